"""Loads against what bounds them: the tariff's hours behind the load, connections, targets over the bars of carbon."""

import datetime as dt

import polars as pl
import pytest

from experiments.report import figures
from experiments.report.language import translator
from experiments.report.plots import load_plots
from experiments.report.plots.load_plots import Band, county_load, tariff_bands
from experiments.report.sections import _connections_kw

ENGLISH = translator("en")
START = dt.date(2025, 7, 31)


@pytest.fixture(scope="module")
def tariff():
    periods = ["valley"] * 8 + ["flat"] * 2 + ["peak"] * 2 + ["flat"] * 12
    sharp = ["valley"] * 8 + ["flat"] * 2 + ["sharp"] * 2 + ["flat"] * 12
    rows = [
        (season, hour, name)
        for season, names in (("base", periods), ("sharp", sharp))
        for hour, name in enumerate(names)
    ]
    return pl.DataFrame(rows, schema=["season", "hour", "period"], orient="row")


@pytest.fixture(scope="module")
def seasons():
    return pl.DataFrame(
        {"month": range(1, 13), "season": ["sharp" if month == 8 else "base" for month in range(1, 13)]}
    )


def test_bands_join_hours_of_one_period_and_follow_the_months(tariff, seasons):
    assert tariff_bands(tariff, seasons, START, 2) == [
        Band("valley", 0.0, 480.0),
        Band("peak", 600.0, 720.0),
        Band("valley", 1440.0, 1920.0),
        Band("sharp", 2040.0, 2160.0),  # the second day is in August
    ]


def load():
    rows = [(0, "a", 15.0 * step, 10.0) for step in range(96)] + [(0, "b", 0.0, 4.0)]
    return pl.DataFrame(rows, schema=["replication", "station_id", "start_min", "mean_kw"], orient="row")


def test_the_load_has_the_tariff_behind_it_and_the_connections_on_request(tariff, seasons):
    stations = pl.DataFrame({"station_id": ["a", "b"], "site": [None, "area"]})
    bands = tariff_bands(tariff, seasons, START, 1)
    drawn = county_load(load(), stations, 1, 15.0, ENGLISH, start=START, bands=bands, connections_kw=630.0).plotly()
    assert [(shape.x0, shape.x1) for shape in drawn.layout.shapes] == [
        ("2025-07-31 00:00:00", "2025-07-31 08:00:00"),
        ("2025-07-31 10:00:00", "2025-07-31 12:00:00"),
    ]
    names = [trace.name for trace in drawn.data]
    assert names == ["towns", "service areas", "connections of all stations", "valley price", "peak price"]
    towns, areas, connections = drawn.data[:3]
    # equal steps: the first and their width in milliseconds
    assert (towns.x0, towns.dx, len(towns.y)) == ("2025-07-31 00:00:00", 15 * 60_000, 96)
    assert sum(areas.y) == 4.0
    assert (tuple(connections.y), connections.visible) == ((630.0, 630.0), "legendonly")


def test_connections_are_summed_where_each_station_has_a_limit():
    layout = pl.DataFrame({"station_id": ["a", "a", "b"], "transformer_kw": [400.0, 400.0, 630.0]})
    assert _connections_kw(layout) == 1030.0
    assert _connections_kw(layout.with_columns(transformer_kw=pl.lit(None, pl.Float64))) is None


def test_hours_that_are_not_equal_are_listed():
    assert load_plots._hours(pl.Series([0.0, 15.0, 30.0])) == {"x0": 0.0, "dx": 0.25}
    assert load_plots._hours(pl.Series([0.0, 15.0, 60.0])) == {"x": [0.0, 0.25, 1.0]}


def test_the_plans_target_stands_over_the_bars():
    rows = [
        (year, mode, boundary, "a", "frozen", value)
        for mode, boundary, values in (("road", "narrow", (80.0, 60.0)), ("ship", "ships", (20.0, 18.0)))
        for year, value in zip((2020, 2030), values, strict=True)
    ]
    columns = ["year", "mode", "boundary", "series", "grid", "intensity_g_per_tkm"]
    carbon = pl.DataFrame(rows, schema=columns, orient="row")
    targets = {"road": {"year": 2030, "limit": -0.1}, "ship": {"year": 2030, "limit": -0.05}}
    marks = figures.carbon_bars(carbon, ENGLISH, targets=targets).plotly().data[-1]
    assert marks.name == "target of 2030"
    assert list(marks.y) == [72.0, 19.0]
    # a plan without such a target has no mark
    assert len(figures.carbon_bars(carbon, ENGLISH).data) == 2
