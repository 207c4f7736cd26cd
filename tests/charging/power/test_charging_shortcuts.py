"""What the power rules leave out: never what would have changed the answer."""

import itertools

import numpy as np
import pytest

import charging
from charging.power import connection_sharing, curves, vehicle_state
from charging.power.compiled import compiled
from charging.power.curves import Curve, curve_array
from charging.power.records import COLUMNS, Connection, Gun, Pile

CURVE = Curve((0.0, 0.05, 0.3, 0.5, 0.8, 1.0), (0.6, 1.0, 1.0, 0.7, 0.75, 0.05))


@compiled
def look(rows, table, kw):
    vehicle_state.observe(rows, table, 0, 1, 0.0)
    return vehicle_state.requests_until(rows, table, 0, kw)


@compiled
def surely(rows, kw, now):
    return vehicle_state.requests_at_least(rows, 0, kw, now)


@compiled
def part(table, soc):
    return curves.segment(table, 1, soc), curves.passed(table, 1, soc)


@compiled
def note(rows, connection, pile):
    connection_sharing.note_next(rows, connection, pile)


def test_a_vehicle_requests_what_it_surely_requests():
    table = curve_array([CURVE])
    rng = np.random.default_rng(3)
    sure, not_sure = 0, 0
    for soc, cap_kw, kw in zip(*rng.uniform([[0.0], [10.0], [5.0]], [[0.9], [120.0], [100.0]], (3, 300)), strict=True):
        rows = np.zeros((1, COLUMNS))
        rows[0, [Gun.ACTIVE, Gun.CURVE, Gun.ACCEPT_KW, Gun.SCALE_MIN]] = 1.0, 1.0, 100.0, 0.5
        rows[0, [Gun.START_SOC, Gun.TARGET_SOC, Gun.MOST_KW, Gun.CAP_KW]] = soc, 0.95, 90.0, min(cap_kw, 90.0)
        rows[0, [Gun.SEEN_MIN, Gun.BREAK_MIN]] = -np.inf, np.inf
        until_min = look(rows, table, kw)
        for now in rng.uniform(0.0, 40.0, 5):
            reached = min(curves.soc_after(table, 1, min(cap_kw, 90.0) / 100.0, soc, now / 0.5), 0.95)
            requests = min(100.0 * curves.power_at(table, 1, reached), 90.0) >= kw - 1e-9
            for said in (now < until_min, surely(rows, kw, now)):
                assert requests or not said
                sure, not_sure = sure + said, not_sure + (requests and not said)
    # it says so often enough to be of use
    assert sure > not_sure


def test_the_part_of_a_curve_is_the_one_that_a_search_finds():
    table = curve_array([CURVE])
    for soc in [*CURVE.soc, *np.linspace(0.0, 1.0, 57), 0.3 - 1e-13, 0.3 + 1e-13, 0.8 - 1e-9]:
        at_or_above = [knot for knot, start in enumerate(CURVE.soc[:-1]) if start <= soc + 1e-12]
        above = [knot for knot, end in enumerate(CURVE.soc[1:]) if end > soc]
        assert part(table, soc) == (at_or_above[-1], above[0] if above else len(CURVE.soc) - 1)


def test_a_stretch_that_is_known_beforehand_takes_as_long_as_its_halves():
    # a curve of another length makes the table wider than this one
    table = curve_array([CURVE, Curve(tuple(np.linspace(0.0, 1.0, 9)), (1.0,) * 9)])
    for cap in (2.0, 1.0, 0.72, 0.3):
        whole = curves.minutes_between(table, 1, cap, 0.0, 1.0)
        stops = sorted({*CURVE.soc, 0.02, 0.11, 0.4, 0.66, 0.9})
        parts = [curves.minutes_between(table, 1, cap, *pair) for pair in itertools.pairwise(stops)]
        assert whole == pytest.approx(sum(parts), rel=1e-13)
        for stop, minutes in zip(stops[1:], np.cumsum(parts), strict=True):
            assert curves.soc_after(table, 1, cap, 0.0, minutes) == pytest.approx(stop, abs=1e-12)


def test_what_is_next_behind_a_connection_is_the_first_of_its_soonest_piles():
    rng = np.random.default_rng(4)
    rows = np.zeros((9, COLUMNS))
    first, last, connection = 1, 8, 8
    rows[first:last, Pile.NEXT_MIN] = np.inf
    rows[connection, [Connection.FIRST_PILE, Connection.PILES]] = first, last - first
    rows[connection, [Connection.NEXT_PILE, Connection.NEXT_MIN]] = first, np.inf
    for _ in range(2000):
        pile = int(rng.integers(first, last))
        # whole minutes, so that ties happen
        rows[pile, Pile.NEXT_MIN] = rng.choice([np.inf, *range(5)])
        note(rows, connection, pile)
        due = rows[first:last, Pile.NEXT_MIN]
        assert rows[connection, Connection.NEXT_MIN] == due.min()
        assert rows[connection, Connection.NEXT_PILE] == first + int(np.argmin(due))


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_a_newcomer_finds_the_gun_beside_the_vehicle_that_takes_least(make_layout, make_requests, engine):
    # three piles of 120 kW: beside two vehicles that take 100 kW a newcomer gets half, beside the third 90 kW
    layout = make_layout({"piles": 3, "pile_kw": 120.0, "guns_per_pile": 2, "sharing": "dynamic"})
    there = [{"arrive_min": 0.0, "energy_kwh": 100.0, "accept_kw": kw} for kw in (100.0, 100.0, 30.0)]
    requests = make_requests(*there, {"arrive_min": 10.0, "energy_kwh": 15.0, "accept_kw": 100.0})
    found = charging.simulate(layout, requests, engine=engine).sessions
    assert found["pile"].to_list()[:3] == [0, 1, 2]
    assert found["pile"][3] == 2
    assert found["peak_kw"][3] == pytest.approx(90.0)
