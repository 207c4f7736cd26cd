"""Statistics against theory and on cases with a known answer."""

import math

import numpy as np
import pytest

from charging import simulate
from charging.queueing.formulas import wait_mmc, wait_quantile_mmc
from charging.queueing.verification import SERVICE_MIN, poisson_requests, queue_layout
from data.errors import ScenarioError
from data.streams import stream
from experiments.designs.precision import parse_precision, run_to_precision
from experiments.statistics import (
    enough,
    paired_difference,
    replications_needed,
    select_best,
)
from experiments.statistics.estimates import mean_estimate, quantile_estimate
from experiments.statistics.measures import measures_of
from experiments.statistics.selection import eta


def test_paired_difference_by_hand():
    pair = paired_difference([1.0, 2.0, 3.0], [2.0, 4.0, 4.0])
    # differences 1, 2, 1: mean 4/3, variance 1/3, t(0.975, 2) = 4.3027
    half = 4.302653 * math.sqrt(1 / 3 / 3)
    assert pair.difference == pytest.approx(4 / 3)
    assert (pair.low, pair.high) == pytest.approx((4 / 3 - half, 4 / 3 + half))
    assert pair.verdict == "no clear difference"
    assert pair.variance_ratio == pytest.approx((1.0 + 4 / 3) / (1 / 3))
    assert paired_difference([1, 2, 3], [2, 3.001, 4]).verdict == "higher"
    assert paired_difference([2, 3.001, 4], [1, 2, 3]).verdict == "lower"


def test_a_system_against_itself_has_zero_width():
    pair = paired_difference([1.0, 5.0, 2.0], [1.0, 5.0, 2.0])
    assert (pair.difference, pair.low, pair.high) == (0.0, 0.0, 0.0)
    assert pair.verdict == "same"
    assert pair.variance_ratio == math.inf


def test_pairs_that_were_not_observed_do_not_count():
    assert paired_difference([1.0, None, 3.0], [2.0, 2.0, None]).pairs == 1
    empty = paired_difference([None], [1.0])
    assert (empty.pairs, empty.difference, empty.verdict) == (0, None, "not decided")
    with pytest.raises(ValueError, match="2 and 1 replications"):
        paired_difference([1.0, 2.0], [1.0])


def test_bonferroni_widens():
    values = ([1.0, 2.0, 4.0, 3.0], [2.0, 2.5, 4.0, 4.5])
    one, four = paired_difference(*values), paired_difference(*values, tests=4)
    assert four.high - four.low > one.high - one.low
    assert paired_difference(*values, confidence=1 - 0.05 / 4).low == pytest.approx(four.low)


@pytest.mark.parametrize(("systems", "first", "expected"), [(2, 10, 0.33405), (5, 10, 0.63497), (10, 20, 0.30293)])
def test_constant_of_kn(systems, first, expected):
    assert eta(systems, first, 0.05) == pytest.approx(expected, abs=2e-5)


def problem(number, systems=5, zone=1.0):
    """Return a sampler of systems in the least favourable configuration, with common and own noise."""
    rng = stream(number, "test", "kn")
    means = np.full(systems, zone)
    best = int(rng.integers(systems))
    means[best] = 0.0
    spread = rng.uniform(0.5, 3.0, systems)
    common, own = rng.normal(0, 2.0, 4000), rng.normal(0, 1.0, (systems, 4000))
    return best, lambda at, count: means[at] + common[:count] + spread[at] * own[at, :count]


@pytest.mark.parametrize("problems", [60, pytest.param(200, marks=pytest.mark.slow)])
def test_kn_selects_the_best(problems):
    right = 0
    for number in range(problems):
        best, sample = problem(number)
        chosen = select_best(sample, 5, zone=1.0, most=4000)
        assert chosen.certain
        right += chosen.best == best
    assert right / problems >= 0.95


def test_kn_drops_bad_systems_early_and_respects_the_direction():
    means = [0.0, 50.0, 0.2]
    noise = stream(1, "test", "noise").normal(0, 1, (3, 5000))
    chosen = select_best(lambda at, n: means[at] + noise[at, :n], 3, zone=1.0, most=5000)
    assert chosen.best in {0, 2}
    assert chosen.replications[1] == 10
    most = select_best(lambda at, n: means[at] + noise[at, :n], 3, zone=1.0, most=5000, least=False)
    assert most.best == 1
    same = select_best(lambda _at, n: noise[0, :n], 3, zone=1.0)
    assert same.certain
    short = select_best(lambda at, n: [0.0, 0.3, 0.1][at] + noise[at, :n], 3, zone=0.01, most=12)
    assert not short.certain
    assert max(short.replications) == 12
    assert select_best(lambda _at, n: noise[0, :n], 1, zone=1.0).best == 0


@pytest.mark.parametrize(("options", "message"), [({"zone": 0.0}, "zone 0.0"), ({"zone": 1.0, "first": 1}, "first 1")])
def test_bad_selections(options, message):
    with pytest.raises(ValueError, match=message):
        select_best(lambda _at, n: [0.0] * n, 2, **options)


def test_sequential_stop():
    assert enough([3.0, 3.0, 3.0], precision=0.01)
    assert not enough([3.0], precision=0.5)
    assert not enough([1.0, 2.0, 3.0], precision=0.05)
    values = stream(2, "test", "values").normal(10.0, 1.0, 2000).tolist()
    asked = []

    class Run:
        def __init__(self, count):
            self.count = count

        def values(self, _measure, count):
            return values[: min(count, self.count)]

    run_to_precision(lambda n: asked.append(n) or Run(n), ["wait_mean_min"], precision=0.01, first=5)
    assert asked[0] == 5
    assert enough(values[: asked[-1]], precision=0.01)
    assert asked[-1] < 900
    assert replications_needed([0.0, 0.0], precision=0.1) == 4


@pytest.mark.parametrize(("precision", "wanted"), [(0.25, False), (0.26, True)])
def test_the_half_width_is_held_against_a_precision_that_leaves_room_for_the_estimate(precision, wanted):
    # 10 values of mean 10 and half width 2.04: a fifth of the mean, and 0.25 / 1.25 is 0.2
    values = [10.0 + sign * 2.71 for sign in (1.0, -1.0)] * 5
    estimate = mean_estimate(values)
    half = (estimate.high - estimate.low) / 2.0
    assert half == pytest.approx(2.262157 * 2.71 * math.sqrt(10 / 9 / 10), rel=1e-5)
    assert half / 10.0 < 0.25
    assert enough(values, precision=precision) is wanted
    # from there on the number that is needed follows the same rule
    assert replications_needed(values, precision=0.125) == math.ceil(10 * (half / (10.0 * 0.125 / 1.125)) ** 2)


@pytest.mark.parametrize(("text", "share"), [("5%", 0.05), ("0.1", 0.1)])
def test_precision_text(text, share):
    assert parse_precision(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["five", "0", "150%", "-1%"])
def test_bad_precision(text):
    with pytest.raises(ScenarioError, match="--precision"):
        parse_precision(text)


def test_unknown_measure():
    with pytest.raises(ScenarioError, match="Did you mean 'wait_mean_min'"):
        measures_of(["wait_men_min"])


def waits_of(macro, replication, number):
    """Return the waits of a queue with a known answer: 3 guns, 1.8 Erlang; the first twentieth is left out."""
    table = poisson_requests(1000 * macro + replication, number, 1.8, "exponential")
    found = simulate(queue_layout(3), table, engine="compiled").sessions["wait_min"].to_numpy()
    return found[number // 20 :]


@pytest.mark.parametrize(
    ("macros", "replications", "number", "bounds"),
    [(40, 10, 2500, (0.85, 1.0)), pytest.param(400, 20, 10_000, (0.93, 0.97), marks=pytest.mark.slow)],
)
def test_intervals_cover_the_true_mean_and_quantile(macros, replications, number, bounds):
    # 40 macro-replications lie outside 34 to 40 hits with a chance below 1 % if each covers with 95 %.
    # The quantile is the median over replications of each one's P95; a replication's P95 has a bias that falls with
    # the number of waits, and few of them (1,000) would show it.
    truth = wait_mmc(3, 1.8, service_min=SERVICE_MIN)
    p95 = wait_quantile_mmc(3, 1.8, 0.95, service_min=SERVICE_MIN)
    mean_hits = quantile_hits = 0
    for macro in range(macros):
        waits = [waits_of(macro, replication, number) for replication in range(replications)]
        mean = mean_estimate([float(own.mean()) for own in waits])
        mean_hits += mean.low <= truth <= mean.high
        quantile = quantile_estimate([float(np.quantile(own, 0.95)) for own in waits])
        quantile_hits += quantile.low <= p95 <= quantile.high
    assert bounds[0] <= mean_hits / macros <= bounds[1], mean_hits
    assert bounds[0] <= quantile_hits / macros <= bounds[1], quantile_hits
