"""Stock, carbon and requests of the three towns stay as they are, until `make golden` writes them anew."""

import datetime as dt

import polars as pl

import fleet


def test_stock_carbon_and_requests_of_the_three_towns(three_towns, golden):
    stock = fleet.stock(three_towns)
    golden("fleet_stock", stock.filter(pl.col("year").is_in([2025, 2030])))
    golden("fleet_carbon", fleet.carbon(three_towns, stock, years=(2020, 2030), grid=("frozen",)))
    asked = fleet.requests(three_towns, stock, year=2030, start=dt.date(2030, 6, 3), days=1, seed=5)
    golden("fleet_requests", asked.head(40))
