"""Measurements from elsewhere: the table is whole and sourced, and comparisons with the model are right by hand."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from data import load_county
from data.schemas.base import CONFIDENCES
from experiments.calibration.observed import (
    LEVELS,
    arrival_shares,
    compare_day_and_night,
    compare_hours,
    compare_occupancy,
    compare_quantiles,
    hourly,
    load_observed,
    model_occupancy,
)

MONDAY = dt.date(2025, 6, 2)
PAGE = Path(__file__).parents[3] / "docs" / "validation.md"
REFERENCE = Path(__file__).parents[3] / "data" / "reference"


@pytest.fixture(name="observed", scope="module")
def fixture_observed():
    return load_observed()


def test_every_measurement_has_a_source_of_the_county_and_a_confidence(observed):
    known = set(load_county("deqing").sources["source_id"])
    assert set(observed["source"]) <= known
    assert set(observed["confidence"]) <= set(CONFIDENCES)
    assert observed.select("dataset", "quantity", "day_type", "key").is_duplicated().sum() == 0
    assert observed["value"].null_count() == 0


def test_quantiles_rise_and_hours_are_shares(observed):
    for (dataset, quantity), rows in observed.filter(pl.col("key").is_in(list(LEVELS))).group_by("dataset", "quantity"):
        values = rows.sort("key")["value"].to_list()
        assert values == sorted(values), (dataset, quantity)
    arrivals = observed.filter(pl.col("quantity") == "arrivals_by_hour")
    for dataset, kind in arrivals.select("dataset", "day_type").unique().iter_rows():
        assert hourly(observed, dataset, "arrivals_by_hour", kind).sum() == pytest.approx(1.0, abs=0.01)
    share = observed.filter(pl.col("quantity") == "occupancy")
    assert share.select(((pl.col("value") >= 0) & (pl.col("value") <= 1)).all()).item()
    bounded = share.drop_nulls("low")
    assert bounded.height == 96
    assert (bounded["low"] <= bounded["high"]).all()


def test_the_models_occupancy_by_hand():
    sessions = pl.DataFrame(
        {
            "replication": [0, 0, 1, 1],
            "plug_min": [0.0, 60.0, 30.0, None],
            "leave_min": [60.0, 120.0, 60.0, None],
        }
    )
    found = model_occupancy(sessions, 2, MONDAY, 1)
    assert found[0, :3].tolist() == [(1.0 + 0.5) / 4, 1.0 / 4, 0.0]
    assert np.isnan(found[1]).all()


def test_a_model_that_is_the_measurement_agrees_with_it(observed):
    zone = "UrbanEV zone 329 (254 piles)"
    same = np.stack([hourly(observed, zone, "occupancy", kind) for kind in ("workday", "weekend")])
    rows = compare_occupancy(observed, same).filter(dataset=zone)
    assert rows["correlation"].to_list() == pytest.approx([1.0, 1.0])
    assert (rows["observed_busiest_hour"] == rows["model_busiest_hour"]).all()
    own = compare_day_and_night(observed, same).filter(dataset="the model")
    assert own["day"].item() == pytest.approx(same[0, 8:20].mean())
    people = "Netherlands public AC"
    arrivals = np.stack([hourly(observed, people, "arrivals_by_hour", kind) for kind in ("workday", "weekend")])
    arrivals /= arrivals.sum(axis=1, keepdims=True)
    assert compare_hours(observed, {"m": arrivals}).filter(dataset=people)["m"].to_list() == pytest.approx([0.0, 0.0])


def test_hours_with_nothing_in_common_are_one_apart(observed):
    none = np.zeros((2, 24))
    none[:, 2] = 1.0
    found = compare_hours(observed, {"m": none}).filter(dataset="US workplaces", day_type="workday")
    assert found["m"].item() == pytest.approx(1.0, abs=0.01)


def test_quantiles_of_the_model_stand_below_the_measured(observed):
    table = compare_quantiles(observed, "session_energy", {"m": np.arange(1.0, 102.0), "none": np.empty(0)})
    row = table.row(-1, named=True)
    assert (row["dataset"], row["mean"], row["p50"], row["p95"]) == ("m", 51.0, 51.0, 96.0)
    assert table.filter(dataset="Netherlands public AC")["p50"].item() == 7.2


def test_shares_of_arrivals_by_hand():
    sessions = pl.DataFrame({"request_min": [30.0, 45.0, 65.0, 5 * 1440.0 + 600.0]})
    shares = arrival_shares(sessions, MONDAY)
    assert shares[0, :2].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert shares[1, 10] == 1.0


def test_the_page_names_its_script_and_its_sources(observed):
    text = PAGE.read_text(encoding="utf-8")
    assert "benchmarks/validation_page.py" in text
    assert all(f"- {source}: " in text for source in observed["source"].unique())
    assert "nan" not in text.lower().replace("finan", "")


def test_the_page_has_every_public_figure_and_its_source():
    public = pl.read_csv(REFERENCE / "public_figures.csv")
    known = set(load_county("deqing").sources["source_id"])
    assert set(public["source"]) <= known
    assert set(public["confidence"]) <= set(CONFIDENCES)
    assert not public.select("key", "year").is_duplicated().any()
    ranged = public.drop_nulls("low")
    assert (ranged["low"] <= ranged["value"]).all()
    assert (ranged["value"] <= ranged["high"]).all()
    text = PAGE.read_text(encoding="utf-8")
    table = text.partition("## Side by side")[2].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table if line.startswith("|")][2:]
    # as many rows as figures, in their order
    assert [row[-1] for row in rows] == public["source"].to_list()
    assert {row[6] for row in rows} == {"in", "in part", "out"}
    assert "## What cannot be checked" in text


def test_the_page_states_the_observed_sales_as_the_county_has_them():
    public = pl.read_csv(REFERENCE / "public_figures.csv")
    observed = load_county("deqing").adoption_observed
    for key, series in (("new_cars", "cars"), ("heavy_trucks", "heavy_trucks"), ("light_trucks", "light_trucks")):
        here = public.filter(key=f"nev_share_{key}").select("year", "value")
        there = observed.filter(series=series).select("year", value="share")
        assert here.sort("year").rows() == there.sort("year").rows()
