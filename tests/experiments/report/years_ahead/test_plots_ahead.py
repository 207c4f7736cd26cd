"""The years ahead on the page: paths with bands and without the measures, what is saved, and what a tonne costs."""

import polars as pl
import pytest

from experiments.pathways.target_paths import PATHS
from experiments.report.language import translator
from experiments.report.words.place_names import PlaceNames
from experiments.report.years_ahead.plots_ahead import plots_ahead
from experiments.report.years_ahead.saving_figures import cost_by_measure, saved_by_measure
from experiments.report.years_ahead.target_figures import target_path
from experiments.scorecard.facts.saved import SAVINGS

ENGLISH = translator("en")


def paths(target="T1", criterion="new_energy_car_flow_share", unit="share", **row):
    """Return two years of a path to a target."""
    given = {"target_id": target, "criterion": criterion, "unit": unit, "low": None, "high": None, "without": None}
    first = {**given, "year": 2025, "value": 0.2, "limit": None, **row}
    return pl.DataFrame([first, {**first, "year": 2030, "value": 0.5, "limit": 0.4}], schema=PATHS)


def saved(measure, tonnes, *, part="land", year=2030, cost=None, span=(None, None)):
    """Return a row of savings; the cost has a range where `span` gives one."""
    row = {**dict.fromkeys(SAVINGS), "year": year, "part": part, "measure": measure, "b_tco2": tonnes}
    return {**row, "cny_per_tco2": cost, "cny_per_tco2_low": span[0], "cny_per_tco2_high": span[1]}


def table(*rows):
    return pl.DataFrame(list(rows), schema=SAVINGS)


def test_a_path_has_its_band_the_path_without_and_the_limit():
    rows = paths(low=0.1, high=0.3, without=0.15)
    band, line, without, limit = target_path(rows, {"new_energy_car_flow_share": "with"}, ENGLISH).plotly().data
    assert band.x == (2025, 2030, 2030, 2025)
    assert band.y == pytest.approx((10.0, 10.0, 30.0, 30.0))
    assert line.y == pytest.approx((20.0, 50.0))
    assert without.name == "without the measures"
    assert without.y == pytest.approx((15.0, 15.0))
    assert (limit.name, set(limit.y)) == ("target of 2030", {40.0})


def test_a_band_of_one_year_is_a_whisker_and_series_are_named():
    rows = paths(criterion="ship_intensity_change_share", low=-0.2, high=0.6, without=0.1).with_columns(
        pl.when(pl.col("year") == 2030).then(pl.col("low", "high"))
    )
    other = rows.with_columns(criterion=pl.lit("ship_intensity_change_share_b"))
    names = {"ship_intensity_change_share": "a", "ship_intensity_change_share_b": "b"}
    point, line, without, *_ = target_path(pl.concat([rows, other]), names, ENGLISH).plotly().data
    assert point.x == (2030,)
    assert (point.error_y.array[0], point.error_y.arrayminus[0]) == pytest.approx((10.0, 70.0))
    assert (line.name, without.name) == ("a", "a, without the measures")


def test_what_was_not_drawn_has_no_band_and_tonnes_begin_at_0():
    rows = paths(criterion="petroleum_peak_year", unit="t").with_columns(limit=pl.lit(None, pl.Float64))
    figure = target_path(rows, {"petroleum_peak_year": "with"}, ENGLISH).plotly()
    assert [trace.name for trace in figure.data] == ["with"]
    assert figure.data[0].y == (0.2, 0.5)
    assert figure.layout.yaxis.rangemode == "tozero"


def test_measures_stand_upon_each_other_and_their_sum_is_a_line():
    rows = table(saved("cars", 30.0), saved("trucks", -10.0), saved("other", 1e-9), saved("together", 20.0))
    figure = saved_by_measure(rows, ENGLISH).plotly()
    assert [(trace.type, trace.y[0]) for trace in figure.data] == [("bar", 30.0), ("bar", -10.0), ("scatter", 20.0)]
    # what adds stands below 0: bars that lie upon each other must not hide it
    assert figure.layout.barmode == "relative"


def test_the_cheapest_tonne_comes_first_and_measures_without_a_cost_have_no_bar():
    rows = table(
        saved("cars", 30.0, cost=500.0),
        saved("trucks", 10.0, cost=-200.0, span=(-300.0, 50.0)),
        saved("freight_shift", 5.0),
        saved("together", 45.0, cost=100.0),
        saved("cars", 3.0, year=2025, cost=900.0),
    )
    (bar,) = cost_by_measure(rows, 2030, ENGLISH).plotly().data
    assert bar.x == (-200.0, 500.0)
    assert bar.text == ("10 t", "30 t")
    # whiskers to the ends of the range, none where the prices have no range
    assert (bar.error_x.array, bar.error_x.arrayminus) == ((250.0, 0.0), (100.0, 0.0))
    assert cost_by_measure(table(saved("cars", 3.0)), 2030, ENGLISH) is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_each_target_with_a_path_and_each_part_that_saves(run_by_hand, language):
    translate = translator(language)
    run = run_by_hand()
    target = run.county.targets.filter(metric="new_energy_car_flow_share")["target"][0]
    run.tables["target_paths"] = paths(target)
    run.tables["savings"] = table(
        saved("cars", 30.0, cost=1.0, year=run.scenario.year),
        saved("together", 30.0, year=run.scenario.year),
        saved("together", 0.0, part="ships", year=run.scenario.year),
    )
    found = plots_ahead(run, PlaceNames(run.county, language, translate), translate)
    assert [(one.key, len(one.plots)) for one in found] == [("s-targets", 1), ("s-savings", 2)]
    caption = found[0].plots[0][1]
    measure = PlaceNames(run.county, language, translate).measure(target)
    assert caption.startswith(f"{target}")
    assert measure in caption
    run.tables["target_paths"], run.tables["savings"] = paths().clear(), table()
    assert plots_ahead(run, PlaceNames(run.county, language, translate), translate) == []
