"""A comparison over the assumptions: what holds in all of their ranges, what may turn, and who is then the best."""

from types import SimpleNamespace

import polars as pl
import pytest

from experiments import compare
from experiments.designs.doubted import DOUBT, doubt_rows, points_of_comparison, ranked_over
from experiments.designs.judgement import BURDEN, DIFFERENCES, ranking
from experiments.report.language import translator
from experiments.report.sentences.comparing import doubted, told_comparison
from experiments.runs.assumptions.measured import Measured, assumption_samples
from experiments.runs.executors import InProcess
from experiments.statistics.measures import MEASURES

LOST, WAIT = "unserved_share", "wait_mean_min"


def run_of(values):
    """Return a stand-in for a run that has these values of every measure."""
    return SimpleNamespace(values=lambda _measure, count: list(values[:count]))


def measured(name, base, values, **others):
    """Return a measure at the tables and at points, and others the same at all of them."""
    return Measured({name: base, **others}, [{name: value, **others} for value in values])


# the reference is at 10; over four points the other is better twice, equal once, and worse once
RUNS = {"a": run_of([10.0, 10.0]), "b": run_of([9.0, 9.0])}
POINTS = {
    "a": measured(BURDEN, 8.0, [8.0, 8.0, 8.0, 8.0], **{LOST: 0.1}),
    "b": measured(BURDEN, 7.0, [6.0, 7.5, 8.0, 8.5], **{LOST: 0.1}),
}


def test_differences_move_about_those_of_the_run():
    row = doubt_rows(RUNS, POINTS, [MEASURES[BURDEN]], 2).row(0, named=True)
    assert (row["difference"], row["points"]) == (-1.0, 4)
    # -2, -0.5, 0 and 0.5 about a difference that short runs and replications agree on
    assert (row["low"], row["high"]) == pytest.approx((-2.0, 0.5))
    assert (row["p_worse"], row["p_better"]) == (0.25, 0.5)
    assert doubt_rows(RUNS, {}, [MEASURES[BURDEN]], 2).schema == DOUBT


def test_less_of_the_served_is_no_gain_at_points_where_more_go_without():
    points = {
        "a": Measured({WAIT: 5.0, LOST: 0.0}, [{WAIT: 5.0, LOST: 0.0}] * 2),
        "b": Measured({WAIT: 4.0, LOST: 0.0}, [{WAIT: 3.0, LOST: 0.2}, {WAIT: 4.0, LOST: 0.0}]),
    }
    runs = {"a": run_of([5.0]), "b": run_of([4.0])}
    row = doubt_rows(runs, points, [MEASURES[WAIT]], 1).row(0, named=True)
    assert (row["p_worse"], row["p_better"]) == (0.0, 0.5)


def test_the_best_over_the_assumptions_is_counted_point_by_point_and_equals_share():
    table = ranked_over(ranking(RUNS, MEASURES[BURDEN], 2, seed=1), RUNS, POINTS, 2)
    shares = dict(table.select("alternative", "p_best_assumed").iter_rows())
    # best at two points, equal at one
    assert shares == {"a": pytest.approx(0.375), "b": pytest.approx(0.625)}
    assert ranked_over(table, RUNS, {}, 2)["p_best_assumed"].to_list() == table["p_best_assumed"].to_list()


def test_rounding_is_no_difference():
    # 0.1 + 0.2 - 0.1 is not quite 0.2: alternatives that are alike share the first place, and neither is better
    points = {"a": measured(BURDEN, 0.1, [0.2, 0.2]), "b": measured(BURDEN, 0.1, [0.1 + 0.2 - 0.1, 0.2])}
    runs = {"a": run_of([10.0]), "b": run_of([10.0])}
    table = ranked_over(ranking(runs, MEASURES[BURDEN], 1, seed=1), runs, points, 1)
    assert table["p_best_assumed"].to_list() == [0.5, 0.5]
    row = doubt_rows(runs, points, [MEASURES[BURDEN]], 1).row(0, named=True)
    assert (row["p_worse"], row["p_better"]) == (0.0, 0.0)


def test_a_measure_that_was_not_seen_at_a_point_has_no_row():
    points = {"a": measured(BURDEN, 8.0, [8.0, None]), "b": measured(BURDEN, 7.0, [7.0, 7.0])}
    assert doubt_rows(RUNS, points, [MEASURES[BURDEN]], 2).height == 0
    assert ranked_over(ranking(RUNS, MEASURES[BURDEN], 2, seed=1), RUNS, points, 2)["p_best_assumed"].null_count() == 2


def test_what_holds_and_what_may_turn_is_said():
    doubt = doubt_rows(RUNS, POINTS, [MEASURES[BURDEN]], 2)
    part = pl.DataFrame([dict.fromkeys(DIFFERENCES) | {"measure": BURDEN, "judgement": "better"}], schema=DIFFERENCES)
    (said,) = doubted(part, doubt, translator("en"))
    assert said.startswith("It depends on the assumptions: bill, time and energy gone without, per request asked")
    assert "worse in 25 %, better in 50 % of the short runs" in said
    sure = doubt.with_columns(p_better=pl.lit(1.0), p_worse=pl.lit(0.0))
    (said,) = doubted(part, sure, translator("en"))
    assert said.startswith("Within the ranges of the assumptions (4 short runs of each) this holds for: bill")
    # what is the same at every point needs no word
    assert doubted(part, doubt.with_columns(low=pl.lit(0.0), high=pl.lit(0.0)), translator("en")) == []


def test_points_are_made_where_replications_decide():
    assert [points_of_comparison(count) for count in (1, 4, 5, 10)] == [0, 0, 32, 32]


@pytest.fixture(scope="module")
def compared(small_scenario):
    """Return a comparison of two layouts with points over the assumptions."""
    return compare(small_scenario, layouts=["today", "seat-only"], replications=2, points=3)


def test_layouts_are_compared_at_the_same_points(compared):
    doubt = compared.doubt
    assert doubt.schema == DOUBT
    assert set(doubt["measure"]) <= set(compared.deciding)
    assert set(doubt["points"]) == {3}
    row = doubt.filter(measure=BURDEN).row(0, named=True)
    assert row["low"] <= row["high"]
    # about the difference of the run, and moved by the assumptions
    assert row["low"] != row["high"]
    assert compared.ranking["p_best_assumed"].sum() == pytest.approx(1.0)


def test_sentences_of_both_languages_name_the_assumptions(compared):
    for language, words in (("en", "over the assumptions"), ("zh", "假设")):
        lines = told_comparison(
            compared.differences,
            compared.groups,
            compared.ranking,
            reference=compared.names[0],
            deciding=compared.deciding,
            names={},
            translate=translator(language),
            doubt=compared.doubt,
        )
        assert words in lines[-1]


def test_a_measure_moves_about_the_value_of_a_run_and_is_not_known_where_nothing_moves(small_scenario, compared):
    behind = compared.results[0].tables["assumptions"]
    (found,) = assumption_samples([(small_scenario, behind)], [WAIT], InProcess(), points=3)
    seen = [answers[WAIT] - found.base[WAIT] + 2.0 for answers in found.answers]
    assert found.about(WAIT, 2.0).tolist() == pytest.approx(seen)
    assert found.about(WAIT, None) is None
    (still,) = assumption_samples([(small_scenario, behind.clear())], [WAIT], InProcess(), points=3)
    assert still.answers == []
    assert still.about(WAIT, 2.0) is None
