"""The stated limits of the fleet models hold."""

import datetime as dt
import inspect
from dataclasses import replace

import polars as pl
import pytest

import fleet
from data import load_county
from fleet.demand.through_traffic import through_flows, towns_on
from fleet.limits import LIMITS
from fleet.roads.signals import junction_delays

HELD = {}
WEEK = {"year": 2025, "start": dt.date(2025, 6, 2), "days": 2, "seed": 1}


def holds(key):
    """Register the test of a limit."""

    def register(function):
        HELD[key] = function
        return function

    return register


@pytest.fixture(scope="module")
def towns(three_towns):
    """Return the county of three towns and its stock."""
    return three_towns, fleet.stock(three_towns)


@holds("through_cars_alone")
def test_heavy_traffic_that_passes_asks_for_nothing():
    """A road with trucks alone sends nobody to a charger."""
    county = load_county("deqing")
    heavy = county.through_traffic.with_columns(heavy_share=pl.lit(1.0))
    assert all(flow.cars_a_day == 0.0 for flow in through_flows(county.with_table("through_traffic", heavy), year=2025))
    assert all(flow.cars_a_day > 0.0 for flow in through_flows(county, year=2025))


@holds("prices_of_the_hour")
def test_prices_of_other_days_and_hours_move_nobody(towns):
    """A day of one price has the hours of one price, whatever the hours cost elsewhere in the year."""
    county, stock = towns
    june = county.tariff_seasons.filter(month=6)["season"].item()
    tou = county.tariff_tou.with_columns(
        multiplier=pl.when(pl.col("season") == june).then(1.0).otherwise(10.0 * pl.col("multiplier"))
    )
    flat = county.tariff_tou.with_columns(multiplier=pl.lit(1.0))
    dear, even = (fleet.requests(county.with_table("tariff_tou", table), stock, **WEEK) for table in (tou, flat))
    assert dear.equals(even)


@holds("through_without_areas")
def test_a_road_without_service_areas_sends_both_directions_to_the_same_towns():
    county = load_county("deqing")
    bare = replace(county, tables={**county.tables, "service_areas": county.service_areas.clear()})
    stops = {flow.name: flow.stops for flow in through_flows(bare, year=2025)}
    roads = [road for road in county.through_traffic["road"].unique() if towns_on(county, road)]
    assert roads
    for road in roads:
        assert {stops[name] for name in stops if name.split("-")[0] == road.lower()} == {tuple(towns_on(county, road))}


@holds("no_dispatch")
def test_a_class_drives_its_days_whatever_others_there_are(towns):
    county, stock = towns
    cars = stock.filter(pl.col("vehicle_class") == "private_car")
    columns = ["arrive_min", "origin", "energy_kwh"]
    alone, among = (
        fleet.requests(county, rows, **WEEK).filter(pl.col("vehicle_class").str.starts_with("private_car"))
        for rows in (cars, stock)
    )
    assert alone.height > 0
    assert alone.select(columns).sort(columns).equals(among.select(columns).sort(columns))


@holds("junctions_alone")
def test_a_junction_is_timed_without_its_neighbours():
    county = load_county("deqing")
    first = county.junctions["junction"][0]
    single = county.junctions.filter(pl.col("junction") == first)
    alone = junction_delays(replace(county, tables={**county.tables, "junctions": single}))
    assert alone.equals(junction_delays(county).filter(pl.col("junction") == first))


@holds("draws_without_shift")
def test_the_draws_are_given_no_freight_that_moves():
    assert not {"to_rail", "to_water", "shift", "scenario"} & set(inspect.signature(fleet.monte_carlo).parameters)


def test_every_limit_is_held():
    assert set(HELD) == set(LIMITS)


def test_a_limit_is_one_sentence():
    assert all(sentence.endswith(".") and ". " not in sentence for sentence in LIMITS.values())
