"""Start rules: every charge within its stay, at the least cost where it waits, and no cliff where it is managed."""

import numpy as np
import polars as pl
import pytest

from charging.grid.charge_times import ChargeTimes
from charging.grid.spread import Cells, mean_kw
from charging.grid.starts import MANAGED_START, PLUG_IN, START_RULES, TIMER, Prices, charge_starts
from data.errors import DataError

# cheap from midnight to 8, dear from 14 to 19, on two days
TARIFF = pl.DataFrame(
    {
        "start_min": [day * 1440.0 + 60.0 * hour for day in (0, 1) for hour in (0, 8, 14, 19)],
        "cny_per_kwh": [0.4, 1.0, 1.7, 1.0] * 2,
    }
)


@pytest.fixture
def stays():
    """Three hundred cars that come home in the evening and leave in the morning, with what they need."""
    draw = np.random.default_rng(5)
    plug = 60.0 * draw.uniform(17.0, 23.0, 300)
    leave = 1440.0 + 60.0 * draw.uniform(6.0, 8.5, 300)
    minutes = draw.uniform(20.0, 180.0, 300)
    return plug, leave, minutes, draw.random(300)


@pytest.mark.parametrize("rule", START_RULES)
def test_every_charge_lies_within_its_stay(stays, rule):
    plug, leave, minutes, lot = stays
    begin = charge_starts(plug, leave - minutes, minutes, lot, rule, Prices(TARIFF))
    assert (begin >= plug).all()
    assert (begin + minutes <= leave + 1e-9).all()


def test_a_timer_rings_for_all_at_the_first_cheap_minute_and_nobody_waits_for_a_dearer_one(stays):
    plug, leave, minutes, lot = stays
    begin = charge_starts(plug, leave - minutes, minutes, lot, TIMER, Prices(TARIFF))
    assert set(begin) == {1440.0}
    # whoever has no time to wait for midnight begins in the cheaper hours that there are, or at once
    late = np.array([18.0, 20.0]) * 60.0
    begin = charge_starts(late, np.array([19.5, 20.5]) * 60.0, np.full(2, 60.0), lot[:2], TIMER, Prices(TARIFF))
    assert begin.tolist() == [19.0 * 60.0, 20.0 * 60.0]


def test_managed_charges_cost_the_least_and_make_no_cliff(stays):
    plug, leave, minutes, lot = stays
    prices = Prices(TARIFF)
    cells = Cells(1, 192, 15.0)
    first = 1440 // 15
    peak, step = {}, {}
    for rule in START_RULES:
        begin = charge_starts(plug, leave - minutes, minutes, lot, rule, prices)
        load = mean_kw(begin, begin + minutes, np.full(300, 7.0), np.zeros(300, dtype=np.int64), cells)[0]
        cost = prices.over(begin, begin + minutes)
        if rule == MANAGED_START:
            assert cost == pytest.approx(0.4 * minutes, rel=1e-6)
        peak[rule], step[rule] = load.max(), load[first] - load[first - 1]
        assert load.sum() * 0.25 == pytest.approx(7.0 * minutes.sum() / 60.0, rel=1e-12)
    assert step[TIMER] == pytest.approx(300 * 7.0)
    assert step[MANAGED_START] < 0.15 * step[TIMER]
    assert max(peak[MANAGED_START], peak[PLUG_IN]) < 0.4 * peak[TIMER]


def test_the_same_stay_does_not_begin_in_the_same_minute():
    same = np.full(200, 1080.0)
    lot = np.random.default_rng(1).random(200)
    begin = charge_starts(same, same + 600.0, np.full(200, 60.0), lot, MANAGED_START, Prices(None))
    assert len(np.unique(begin.round(3))) == 200
    # without a tariff all times are alike: over the whole slack
    assert np.histogram(begin, 5, (1080.0, 1680.0))[0].min() > 20


def test_prices_add_up_and_an_unknown_rule_is_named():
    prices = Prices(TARIFF)
    assert prices.over(np.array([60.0 * 7]), np.array([60.0 * 9])).tolist() == [60.0 * 0.4 + 60.0 * 1.0]
    # steps of one price are one step
    flat = Prices(pl.DataFrame({"start_min": [0.0, 60.0, 120.0], "cny_per_kwh": [1.0, 1.0, 2.0]}))
    assert flat.steps[0][0].tolist() == [0.0, 120.0]
    with pytest.raises(DataError, match=r"rule 'timers'. Did you mean 'timer'"):
        charge_starts(*(np.zeros(1) for _ in range(4)), "timers", prices)


def test_load_is_exact_to_the_kwh_at_any_interval():
    draw = np.random.default_rng(2)
    begin = draw.uniform(-200.0, 2000.0, 500)
    end = begin + draw.exponential(60.0, 500)
    kw, row = draw.uniform(1.0, 50.0, 500), draw.integers(0, 3, 500)
    inside = np.clip(end, 0.0, 2880.0) - np.clip(begin, 0.0, 2880.0)
    expected = [(kw * inside)[row == at].sum() / 60.0 for at in range(3)]
    for interval in (7.5, 15.0, 60.0):
        load = mean_kw(begin, end, kw, row, Cells(3, int(2880 / interval), interval))
        assert (load >= 0.0).all()
        assert load.sum(axis=1) * interval / 60.0 == pytest.approx(expected, rel=1e-12)
    by_hand = mean_kw(np.array([10.0]), np.array([50.0]), np.array([6.0]), np.array([0]), Cells(1, 4, 15.0))
    assert by_hand.tolist() == [[2.0, 6.0, 6.0, 2.0]]


def spread_by_hand(plug, latest, minutes, lot, prices):
    """Return the starts of managed charges as arrays say it: all places of all charges at once."""
    place = (np.arange(48) + lot[:, None]) / 48
    begin = plug[:, None] + np.maximum(latest - plug, 0.0)[:, None] * place
    cost = prices.over(begin.ravel(), (begin + minutes[:, None]).ravel()).reshape(begin.shape)
    cheapest = cost <= cost.min(axis=1, keepdims=True) * (1.0 + 1e-9) + 1e-9
    wanted = np.floor((lot * 48 % 1.0) * cheapest.sum(axis=1))
    chosen = np.argmax(np.cumsum(cheapest, axis=1) > wanted[:, None], axis=1)
    return begin[np.arange(len(begin)), chosen]


@pytest.mark.parametrize("tariff", [None, [(-1440.0, 0.3), (420.0, 0.9), (600.0, 1.4), (1320.0, 0.3), (1860.0, 0.9)]])
def test_the_compiled_places_of_managed_charges_are_those_of_arrays_to_the_bit(tariff):
    draws = np.random.default_rng(3)
    plug = draws.uniform(-2000.0, 3000.0, 500)
    minutes = draws.uniform(1.0, 600.0, 500)
    # some have no slack, and some less than none, by rounding
    latest = plug + draws.choice([0.0, -1e-10, 30.0, 700.0], 500)
    lot = draws.uniform(size=500)
    frame = None if tariff is None else pl.DataFrame(tariff, schema=["start_min", "cny_per_kwh"], orient="row")
    prices = Prices(frame)
    found = charge_starts(plug, latest, minutes, lot, "managed", prices)
    assert np.array_equal(found, spread_by_hand(plug, latest, minutes, lot, prices))


@pytest.fixture
def plug_ins(stays):
    plug, leave, minutes, lot = stays
    rules = np.array(START_RULES)[np.arange(300) % 3]
    columns = {"plug_min": plug, "leave_min": leave, "meter_kwh": 7.0 * minutes / 60.0, "lot": lot, "rule": rules}
    return pl.DataFrame(columns).with_columns(kw=pl.lit(7.0))


def test_each_stays_own_rule_gives_the_same_minute_whether_all_rules_are_asked_for_or_not(plug_ins):
    alone, shared = (ChargeTimes(plug_ins, Prices(TARIFF), all_rules=every) for every in (False, True))
    begin, end = alone.of()
    assert shared.of()[0].tolist() == begin.tolist()
    for rule in START_RULES:
        own = (plug_ins["rule"] == rule).to_numpy()
        assert begin[own].tolist() == shared.of(rule)[0][own].tolist()
    kwh = shared.chosen({rule: np.full(300, float(number)) for number, rule in enumerate(START_RULES)})
    assert kwh.tolist() == [float(number % 3) for number in range(300)]
    assert (60.0 * plug_ins["meter_kwh"].to_numpy() / 7.0).tolist() == pytest.approx((end - begin).tolist())


def test_a_stay_with_an_unknown_rule_is_named(plug_ins):
    wrong = plug_ins.with_columns(rule=pl.lit("by_moonlight"))
    for every in (False, True):
        with pytest.raises(DataError, match="rule 'by_moonlight'"):
            ChargeTimes(wrong, Prices(TARIFF), all_rules=every).of()


@pytest.mark.parametrize("interval_min", [15.0, 0.1, 7.3])
def test_a_charge_from_edge_to_edge_fills_just_its_intervals(interval_min):
    """Also where the quotient of two lengths that are no binary fractions is rounded up."""
    cells = Cells(1, 400, interval_min)
    for first in range(0, 397, 9):
        begin, end = (np.array([number * interval_min]) for number in (first, first + 3))
        load = mean_kw(begin, end, np.array([7.0]), np.array([0]), cells)[0]
        assert load[first : first + 3] == pytest.approx([7.0] * 3)
        assert load.sum() == pytest.approx(21.0)


def test_the_step_of_a_time_is_the_last_that_has_begun():
    draw = np.random.default_rng(7)
    # steps of minutes and of days, at whole hours and beside them
    start = np.unique(np.concatenate([[-1440.0], np.round(draw.random(30) * 4000.0) - 1440.0, [60.0, 60.1, 9000.0]]))
    prices = Prices(pl.DataFrame({"start_min": start, "cny_per_kwh": draw.random(len(start))}))
    minutes = np.concatenate([start, np.nextafter(start, -np.inf), draw.random(500) * 12_000.0 - 2000.0, [-1e9, 1e9]])
    expected = np.maximum(np.searchsorted(start, minutes, side="right") - 1, 0)
    assert prices.step(minutes).tolist() == expected.tolist()
    steps, _ = prices.steps
    until = steps[2][expected] + steps[1][expected] * (minutes - start[expected])
    assert prices.over(minutes[:-1], minutes[1:]).tolist() == (until[1:] - until[:-1]).tolist()
