"""Where heavy trucks charge away from their depot."""

from datetime import date

import numpy as np
import polars as pl
import pytest

import fleet
from data import load_county
from fleet.demand.plugs.heavy import OUTSIDE, PUBLIC, SWAP, HeavyCharging

LOT = (np.arange(10_000) + 0.5) / 10_000
VEHICLE = np.repeat(np.arange(100), 100)
RULES = HeavyCharging(frozenset({"tractor"}), 0.2, 0.5, frozenset({"tractor"}))


def test_other_classes_charge_at_the_countys_stations():
    assert (RULES.place("light_truck", VEHICLE, lambda: LOT, size=100, seed=1) == PUBLIC).all()
    assert (HeavyCharging().place("tractor", VEHICLE, lambda: LOT, size=100, seed=1) == PUBLIC).all()


def test_trucks_charge_outside_but_for_a_part_and_swap_where_they_can():
    lot = np.tile((np.arange(100) + 0.5) / 100, 100)
    place = RULES.place("tractor", VEHICLE, lambda: lot, size=100, seed=1)
    assert (place == OUTSIDE).mean() == pytest.approx(0.8)
    swaps = np.array([(place[truck == VEHICLE] == SWAP).sum() for truck in range(100)])
    # a truck swaps all that it takes in the county, or nothing
    assert set(swaps.tolist()) == {0, 20}
    assert 30 < (swaps > 0).sum() < 70


def test_swap_stations_count_from_the_year_in_which_they_open():
    county = load_county("deqing")
    assert HeavyCharging.from_county(county, year=2026).swapped == set()
    assert HeavyCharging.from_county(county, year=2027).swapped == {"tractor", "rigid_truck"}
    unnamed = county.with_table(
        "swap_stations", county.swap_stations.with_columns(vehicle_classes=pl.lit(None, pl.String))
    )
    assert HeavyCharging.from_county(unnamed, year=2026).swapped == {"tractor", "rigid_truck"}


def test_a_county_without_heavy_trucks_needs_no_figures_of_them(three_towns):
    none = three_towns.vehicle_classes.filter(pl.col("role") != "heavy_freight")
    figures = three_towns.figures.filter(~pl.col("key").str.starts_with("fleet.truck"))
    bare = three_towns.with_table("vehicle_classes", none).with_table("figures", figures)
    assert HeavyCharging.from_county(bare, year=2025) == HeavyCharging()


def test_trucks_of_a_county_are_origins_of_their_own_and_every_kwh_has_a_place():
    county = load_county("deqing")
    stock = fleet.stock(county)
    days = fleet.vehicle_days(county, stock, year=2030, start=date(2030, 3, 4), days=14, seed=2)
    heavy = pl.col("vehicle_class").str.contains("^(tractor|rigid_truck)/")
    trucks = days.requests.filter(heavy)
    assert trucks["origin"].str.ends_with("@trucks").all()
    assert not days.requests.filter(~heavy)["origin"].str.ends_with("@trucks").any()
    assert days.swaps.filter(heavy).height == days.swaps.height > 0
    assert days.swaps["request_id"].to_list() == list(
        range(days.requests.height, days.requests.height + days.swaps.height)
    )
    ledger = days.ledger.filter(pl.col("vehicle_class").is_in(["tractor", "rigid_truck"])).sum()
    assert trucks["energy_kwh"].sum() == pytest.approx(ledger["public_kwh"].item())
    assert days.swaps["energy_kwh"].sum() == pytest.approx(ledger["swap_kwh"].item())
    away = ledger["public_kwh"].item() + ledger["swap_kwh"].item() + ledger["outside_kwh"].item()
    assert ledger["outside_kwh"].item() / away == pytest.approx(0.8, abs=0.06)
    # what trucks took of all public energy was a third when each charge was one of the county's car stations
    assert trucks["energy_kwh"].sum() / days.requests["energy_kwh"].sum() < 0.15
