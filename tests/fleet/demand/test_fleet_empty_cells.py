"""Cells that a county leaves empty: habits mean what the schema says, and no car charges at a plug that it lacks."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import fleet
from data import load_county
from data.errors import DataError
from data.schemas.supply import HABITS, ChargingBehaviour
from fleet.demand.class_inputs import BEV

UNBOUNDED = ("patience_mean_min", "max_queue")


@pytest.fixture(scope="module")
def towns():
    """Towns at an expressway."""
    return load_county(Path(__file__).parents[2] / "counties" / "expressway-towns")


def asked(county):
    return fleet.requests(county, fleet.stock(county), year=2025, start=dt.date(2025, 6, 2), days=5, seed=1)


def with_habits(county, values):
    """The county with a value in all rows of some columns of its table of habits."""
    columns = {name: pl.lit(value, ChargingBehaviour.columns()[name].dtype) for name, value in values.items()}
    return county.with_table("charging_behaviour", county.charging_behaviour.with_columns(**columns))


@pytest.mark.parametrize("name", [name for name in HABITS if name not in UNBOUNDED])
def test_an_empty_habit_is_the_one_that_the_schema_states(towns, name):
    empty, stated = (asked(with_habits(towns, {name: value})) for value in (None, HABITS[name]))
    assert empty.height > 100
    assert_frame_equal(empty, stated, check_exact=True)


def test_drivers_without_patience_or_queue_wait_without_end_and_are_else_the_same(towns):
    usual, endless = asked(towns), asked(with_habits(towns, dict.fromkeys(UNBOUNDED)))
    columns = ("patience_min", "max_queue")
    assert usual.select(columns).null_count().row(0) == (0, 0)
    assert endless.select(columns).null_count().row(0) == (endless.height, endless.height)
    assert endless.schema == usual.schema
    assert_frame_equal(endless.drop(columns), usual.drop(columns), check_exact=True)


def test_a_class_without_patience_leaves_that_of_the_others(towns):
    behaviour = towns.charging_behaviour.with_columns(
        patience_mean_min=pl.when(pl.col("vehicle_class") != "private_car").then("patience_mean_min")
    )
    found = asked(towns.with_table("charging_behaviour", behaviour))
    private = pl.col("vehicle_class").str.starts_with("private_car")
    assert found.filter(private)["patience_min"].is_null().all()
    assert found.filter(~private)["patience_min"].is_not_null().all()


def through(county):
    return asked(county).filter(pl.col("vehicle_class").str.starts_with("through"))


@pytest.fixture(scope="module")
def cars(towns):
    """Models that drive through the county."""
    return sorted({name.removeprefix("through/") for name in through(towns)["vehicle_class"]})


def without_dc(county, *segments):
    lacking = (pl.col("vehicle_class") == "private_car") & pl.col("segment").is_in(segments)
    dc_kw = pl.when(~lacking).then("dc_kw")
    return county.with_table("ev_models", county.ev_models.with_columns(dc_kw=dc_kw))


def test_cars_without_a_dc_inlet_do_not_charge_on_the_way(towns, cars):
    first, *others = cars
    found = through(without_dc(towns, first))
    assert set(found["vehicle_class"]) == {f"through/{name}" for name in others}
    # who passes is counted by its charges: they are as many as before
    assert found.height == through(towns).height
    assert (found["accept_kw"] > 0.0).all()


def test_without_any_car_that_can_charge_on_the_way_the_remedy_is_said(towns):
    with pytest.raises(DataError, match=r"models with a dc_kw in ev_models"):
        asked(without_dc(towns, *towns.ev_models["segment"]))


def test_a_class_without_a_row_is_named(towns):
    lacking = towns.charging_behaviour.filter(pl.col("vehicle_class") != "private_car")
    county = towns.with_table("charging_behaviour", lacking)
    assert fleet.stock(county).filter(power=BEV, vehicle_class="private_car")["vehicles"].sum() > 0.0
    with pytest.raises(DataError, match="charging_behaviour: no row for vehicle_class 'private_car'; add one"):
        asked(county)
