"""Better, worse, or neither; how many pairs decide; who is probably the best."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from experiments.designs.judgement import BURDEN, RANKING, difference_rows, judgement, ranking
from experiments.statistics.measures import MEASURES
from experiments.statistics.paired import NO_DIFFERENCE, SAME, UNDECIDED, paired_difference


def run_of(values):
    """Return a stand-in for a run that has these values of every measure."""
    return SimpleNamespace(values=lambda _measure, count: list(values[:count]))


LOWER = paired_difference([2.0, 2.0, 2.1], [1.0, 1.1, 1.0])


@pytest.mark.parametrize(
    ("measure", "more_unserved", "said"),
    [
        ("unserved_share", False, "better"),
        ("energy_delivered_share", False, "worse"),
        ("cost_cny", False, "context"),
        ("kgco2", True, "context"),
        ("cost_cny_per_kwh", True, "context"),
        ("cost_cny_per_kwh", False, "better"),
        ("burden_cny_per_request", True, "better"),
        # waits of the served are shorter because others went without
        ("p95_wait_min", True, "context"),
        ("p95_wait_min", False, "better"),
    ],
)
def test_less_is_better_only_where_it_is_no_sign_of_fewer_served(measure, more_unserved, said):
    assert judgement(LOWER, MEASURES[measure], more_unserved=more_unserved) == said


@pytest.mark.parametrize(
    ("pairs", "said"),
    [(([1.0], [2.0]), UNDECIDED), (([1.0, 3.0],) * 2, SAME), (([1.0, 2.0], [2.0, 1.0]), NO_DIFFERENCE)],
)
def test_what_is_not_clear_is_not_judged(pairs, said):
    assert judgement(paired_difference(*pairs), MEASURES["kgco2"], more_unserved=False) == said


def test_an_unclear_difference_says_how_many_pairs_make_it_clear():
    one, other = [0.0] * 4, [0.3, -0.1, 0.4, 0.0]
    rows = difference_rows(
        {"a": run_of(one), "b": run_of(other)}, [MEASURES["wait_mean_min"]], 4, deciding={"wait_mean_min"}
    )
    row = rows.row(0, named=True)
    assert row["judgement"] == NO_DIFFERENCE
    number, spread = row["pairs_to_decide"], np.std(other, ddof=1)
    for count, clear in ((number, True), (number - 1, False)):
        assert (stats.t.ppf(0.975, count - 1) * spread / count**0.5 < 0.15) == clear


def test_the_probability_to_be_best_is_that_of_students_t():
    rng = np.random.default_rng(3)
    first = rng.normal(10.0, 1.0, 8)
    second = first + rng.normal(0.15, 0.5, 8)
    table = ranking({"a": run_of(first), "b": run_of(second)}, MEASURES[BURDEN], 8, seed=1)
    apart = second - first
    exact = stats.t.cdf(apart.mean() / (apart.std(ddof=1) / 8**0.5), 7)
    chances = dict(table.select("alternative", "p_best").iter_rows())
    assert chances["a"] == pytest.approx(exact, abs=0.01)
    assert sum(chances.values()) == pytest.approx(1.0)
    assert table.schema == RANKING


def test_more_is_best_where_less_is_worse_and_equals_share():
    given = {"a": run_of([0.5, 0.6]), "b": run_of([0.9, 0.91]), "c": run_of([0.9, 0.91])}
    table = ranking(given, MEASURES["energy_delivered_share"], 2, seed=1)
    assert table["alternative"].to_list() == ["b", "c", "a"]
    assert table["p_best"][0] == pytest.approx(table["p_best"][1])
    single = ranking(given, MEASURES["energy_delivered_share"], 1, seed=1)
    assert single["p_best"].null_count() == 3
    unknown = ranking({"a": run_of([None, None]), "b": run_of([1.0, 2.0])}, MEASURES[BURDEN], 2, seed=1)
    assert unknown.select("alternative", "mean").rows() == [("a", None), ("b", None)]
    assert isinstance(unknown, pl.DataFrame)
