"""Models of a class by year."""

from datetime import date

import polars as pl
import pytest

import charging
import fleet
from data import load_county
from data.county import rows_of
from fleet.demand.plugs.models import models_in, power_kw, relative_use

MODELS = pl.DataFrame(
    {
        "vehicle_class": ["car", "car", "van"],
        "segment": ["small", "large", "one"],
        "share": [0.5, 0.5, 1.0],
        "battery_kwh": [20.0, 60.0, 40.0],
        "dc_kw": [None, 80.0, 60.0],
        "kwh_per_100km": [10.0, 15.0, None],
    }
)
MIX = pl.DataFrame(
    {
        "vehicle_class": ["car"] * 4,
        "segment": ["small", "large"] * 2,
        "year": [2020, 2020, 2030, 2030],
        "share": [0.6, 0.4, 0.2, 0.8],
    }
)


def models_of(name, year, mix=MIX):
    """Models of a class in a year."""
    return models_in(rows_of(MODELS, "vehicle_class")[name], rows_of(mix, "vehicle_class").get(name, ()), year)


def test_shares_are_linear_between_the_years_and_constant_outside():
    shares = {year: models_of("car", year).share.tolist() for year in (2015, 2025, 2035)}
    assert shares[2015] == [0.6, 0.4]
    assert shares[2025] == pytest.approx([0.4, 0.6])
    assert shares[2035] == [0.2, 0.8]
    assert models_of("van", 2025).share.tolist() == [1.0]
    assert models_of("car", 2020, MIX.filter(segment="large")).share.tolist() == [0.0, 0.4]
    # in any order of the rows
    assert models_of("car", 2025, MIX.reverse()).share.tolist() == shares[2025]


def test_use_differs_by_model_and_keeps_the_mean_of_the_class():
    cars = models_of("car", 2025)
    use = relative_use(cars)
    assert use[1] / use[0] == pytest.approx(1.5)
    assert (use * cars.share).sum() == pytest.approx(1.0)
    assert relative_use(models_of("van", 2025)).tolist() == [1.0]
    rows = rows_of(MODELS.drop("kwh_per_100km"), "vehicle_class")["car"]
    assert relative_use(models_in(rows, (), 2025)).tolist() == [1.0, 1.0]


def test_a_model_without_an_inlet_has_no_power_there():
    assert [power_kw(models_of(name, 2025).dc_kw).tolist() for name in ("car", "van")] == [[0.0, 80.0], [60.0]]


def test_private_sessions_grow_with_the_models():
    county = load_county("deqing")
    stock = fleet.stock(county)
    mean = {}
    for year in (2020, 2025, 2030):
        table = fleet.requests(county, stock, year=year, start=date(year, 3, 2), days=28, seed=5)
        table = table.filter(~pl.col("vehicle_class").str.ends_with("/PHEV"))
        kind = pl.col("vehicle_class").str.split("/").list.first()
        mean[year] = dict(table.group_by(kind).agg(pl.col("energy_kwh").mean()).rows())
    assert mean[2020]["private_car"] < mean[2025]["private_car"] < mean[2030]["private_car"]
    # 25.6 kWh in cities with much ride hailing, 25.1 kWh on expressways (white paper, Spring Festival 2026)
    assert 20.0 < mean[2025]["private_car"] < 24.0
    assert 23.0 < mean[2025]["through"] < 28.0


@pytest.mark.parametrize("no_kw", [None, 0.0])
def test_cars_without_a_dc_inlet_charge_at_ac(no_kw):
    county = load_county("deqing")
    small = (pl.col("vehicle_class") == "private_car") & (pl.col("segment") == "A00")
    models = county.ev_models.with_columns(dc_kw=pl.when(small).then(no_kw).otherwise("dc_kw"))
    changed = county.with_table("ev_models", models)
    table = fleet.requests(changed, fleet.stock(county), year=2025, start=date(2025, 3, 3), days=14, seed=5)
    minis = table.filter(vehicle_class="private_car/A00")
    assert minis["current"].unique().to_list() == ["ac"]
    assert minis["accept_kw"].unique().to_list() == [3.3]
    others = table.filter(
        pl.col("vehicle_class").str.starts_with("private_car/")
        & ~pl.col("vehicle_class").is_in(["private_car/A00", "private_car/PHEV"])
    )
    assert set(others.filter(pl.col("vehicle_class") != "private_car/PHEV")["current"]) == {"dc", "any"}
    layout = county.layout("plan-2025").with_columns(transformer_kw=None)
    found = charging.simulate(layout, minis.with_columns(origin=None), vehicles=charging.vehicles_table(changed))
    served = found.sessions.filter(outcome="served")
    assert served.height > 100
    assert served["group_id"].unique().to_list() == ["ac"]
