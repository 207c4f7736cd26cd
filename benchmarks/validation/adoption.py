"""Adoption, energy, carbon and freight: years held out, and balances between the parts of the model."""

import datetime as dt

import polars as pl

import fleet
from data import County
from data.schemas.base import NEW_ENERGY
from experiments import Scenario
from experiments.pathways.modal_shift import freight_table
from fleet.emissions.accounts import energy
from fleet.emissions.factors import RoadFactors
from fleet.vehicles.choice import chosen_shares
from validation.markdown import table

YEAR = 2025
TEXT = """## Adoption: each year from the years before

The trend is fitted to the years before, and predicts the year (median and 90 % band): out of sample. "Naive" is the
year before plus the mean step so far. The first years of a series are read alone.

{ahead}

The county's cars, as drawn by the model: {county}.

## Energy: requests against accounts

A year of vehicle days ({year}, all battery vehicles) against km times use per km of the carbon account, at the battery:
{ratio:.4f} in all.

{classes}

## Carbon of operating vehicles, 2030 against 2020

Boundary narrow; the 5 and 95 % quantiles are over the ranges of the tables (500 draws), and `p met` is the part of
them that keeps -10 %. `share` of the t km is electric in 2030, `needed` is the share at which -10 % just holds.

{carbon}

## Freight that moves (`deqing-2030-shift`, 2030)

Tonnes of `without` are those of `stays`, `water` on water and `rail` on rail together; t km are tonnes times the way.

{freight}
"""


def year_of_requests(county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return what vehicles used in a year of vehicle days beside the accounts, by class, MWh at the battery."""
    ledger = fleet.vehicle_days(county, stock, year=YEAR, start=dt.date(YEAR, 1, 1), days=365, seed=1).ledger
    ledger = ledger.filter(pl.col("power") == "bev")
    factors = RoadFactors.from_county(county)
    used = energy(factors, stock.filter(pl.col("year") == YEAR)).filter(pl.col("power") == "bev")
    losses = {name: factors.charging_places.meter_per_battery(name) for name in used["vehicle_class"].unique()}
    at_battery = pl.col("amount") / pl.col("vehicle_class").replace_strict(losses, return_dtype=pl.Float64) / 1000.0
    both = ledger.join(used.select("vehicle_class", account_mwh=at_battery), on="vehicle_class")
    return both.select(
        "vehicle_class",
        "vehicles",
        requests_mwh=pl.col("driven_kwh") / 1000.0,
        account_mwh="account_mwh",
        ratio=pl.col("driven_kwh") / 1000.0 / pl.col("account_mwh"),
    )


def section(county: County, stock: pl.DataFrame) -> str:
    """Return the section."""
    drawn = chosen_shares(county, "private_car", years=[2030]).of(NEW_ENERGY)[:, 0]
    low, high = sorted(drawn)[len(drawn) // 20], sorted(drawn)[-len(drawn) // 20]
    now = county.flow_shares.filter(vehicle_class="private_car", year=YEAR).filter(pl.col("power").is_in(NEW_ENERGY))
    classes = year_of_requests(county, stock)
    account = fleet.carbon(county, stock, years=[2020, 2030]).filter(boundary="narrow").sort("year")
    keys = ["series", "grid"]
    change = account.group_by(keys).agg(
        change=pl.col("intensity_g_per_tkm").last() / pl.col("intensity_g_per_tkm").first() - 1.0
    )
    spread = fleet.monte_carlo(county, years=[2030], samples=500).change.filter(boundary="narrow")
    change = change.join(spread.select(*keys, "low", "high", p_met="met_share"), on=keys)
    work = fleet.electric_work(county, stock, change=-0.1, year=2030)
    freight = freight_table(Scenario.load("deqing-2030-shift"), county, stock, years=[2030])
    return TEXT.format(
        ahead=table(fleet.held_out(county, every_year=True).with_columns(pl.col("year").cast(pl.String))),
        county=f"{now['share'].sum():.0%} of the sales of {YEAR}; {drawn.mean():.0%} ({low:.0%} to {high:.0%}) in 2030",
        year=YEAR,
        ratio=classes["requests_mwh"].sum() / classes["account_mwh"].sum(),
        classes=table(classes.sort("vehicle_class")),
        carbon=table(change.join(work, on=keys).sort(keys)),
        freight=table(freight.drop("year")),
    )
