"""Paths over the years: their values, the limit of the plan and the ranges."""

import polars as pl
import pytest

from experiments.report import path_figures
from experiments.report.language import translator
from experiments.report.sections import sections
from experiments.report.words.place_names import PlaceNames
from experiments.runs.tables import RUN_TABLES

ENGLISH = translator("en")
TARGET = {"year": 2030, "value": 0.5, "limit": 0.3, "assumption_low": 0.4, "assumption_high": 0.8}


def test_a_share_stands_beside_its_limit_and_its_range():
    shares = pl.DataFrame({"year": [2030, 2025, 2035], "share": [0.5, 0.2, None]})
    line, limit, point = path_figures.share_path(shares, TARGET, ENGLISH).plotly().data
    assert (line.x, line.y) == ((2025, 2030), (20.0, 50.0))
    assert limit.name == "target of 2030"
    assert set(limit.y) == {30.0}
    assert point.y == (50.0,)
    assert point.error_y.array[0] == pytest.approx(30.0)
    assert point.error_y.arrayminus[0] == pytest.approx(10.0)


def test_without_a_target_there_is_the_path_alone():
    shares = pl.DataFrame({"year": [2025, 2030], "share": [0.2, 0.5]})
    assert len(path_figures.share_path(shares, None, ENGLISH).data) == 1
    assert len(path_figures.share_path(shares, TARGET | {"limit": None, "assumption_low": None}, ENGLISH).data) == 1


def test_petroleum_has_the_band_of_its_paths_and_the_year_of_the_target(run_by_hand):
    tables = run_by_hand().tables
    target = {"year": 2030, "value": 2023.0, "limit": 2030.0}
    drawn = path_figures.petroleum_paths(tables["petroleum"], tables["outlook"], target, ENGLISH).plotly()
    petrol, diesel, band = drawn.data
    assert (petrol.y, diesel.y) == ((2.0, 2.0), (3.0, 3.0))
    assert band.y == (6.0, 6.0, 4.0, 4.0)
    assert drawn.layout.shapes[0].x0 == 2030.0
    assert drawn.layout.annotations[0].text == "peak at the latest in 2030"
    bare = path_figures.petroleum_paths(tables["petroleum"], tables["outlook"].clear(), None, ENGLISH).plotly()
    assert len(bare.data) == 2


def test_the_page_draws_new_energy_among_new_cars(run_by_hand):
    run = run_by_hand()
    found = {part.key: part for part in sections(run, PlaceNames(run.county, "en", ENGLISH), ENGLISH)}
    # two of the three powers are new energy
    assert found["s-new-cars"].plots[0].figure.plotly().data[0].y == pytest.approx((200 / 3, 200 / 3))
    # once: where the paths to the targets have it
    path = {**dict.fromkeys(RUN_TABLES["target_paths"].columns), "criterion": "new_energy_car_flow_share", "year": 2030}
    path |= {"target_id": "T08", "value": 0.5, "unit": "share"}
    run.tables["target_paths"] = pl.DataFrame([path], schema=RUN_TABLES["target_paths"].schema)
    assert "s-new-cars" not in {part.key for part in sections(run, PlaceNames(run.county, "en", ENGLISH), ENGLISH)}
