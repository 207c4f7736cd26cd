"""Minutes at a limit of power, by hand, and of charges with so many pieces that the room for them grows."""

import numpy as np
import pytest

from charging.power.curves import Curve, curve_array, minutes_between
from charging.power.limit_minutes import USED_UP, LimitMinutes, _metered_pieces, minutes_above, near_limit
from charging.power.metering import Piece
from charging.power.records import Battery, ChargingSegment

KNOTS = np.linspace(0.0, 1.0, 12)
UNEVEN = Curve(tuple(KNOTS), tuple(np.where(np.arange(12) % 2 == 0, 1.0, 0.5)))


def pieces_of(*rows):
    """Return pieces (from, until, kW at both ends) by their start, a column each."""
    columns = [Piece.START_MIN, Piece.END_MIN, Piece.START_KW, Piece.END_KW]
    table = np.zeros((len(Piece), len(rows)))
    table[columns] = np.array(sorted(rows)).T
    return table


@pytest.mark.parametrize(
    ("rows", "least_kw", "minutes"),
    [
        (((0.0, 30.0, 50.0, 50.0), (10.0, 40.0, 60.0, 60.0)), 100.0, 20.0),
        (((0.0, 30.0, 50.0, 50.0), (10.0, 40.0, 60.0, 60.0)), 60.0, 30.0),
        (((0.0, 30.0, 50.0, 50.0), (10.0, 40.0, 60.0, 60.0)), 110.1, 0.0),
        # a power that falls from 80 to 20 kW in an hour is at 40 kW after half of it
        (((0.0, 60.0, 80.0, 20.0),), 40.0, 30.0),
        (((0.0, 60.0, 20.0, 80.0),), 40.0, 30.0),
        # one takes over from the other in the moment in which it ends
        (((0.0, 30.0, 50.0, 50.0), (30.0, 45.0, 50.0, 50.0)), 50.0, 45.0),
        # nobody for an hour in between
        (((0.0, 30.0, 0.5, 0.5), (90.0, 100.0, 0.5, 0.5)), 0.5, 40.0),
    ],
)
def test_minutes_at_a_limit_by_hand(rows, least_kw, minutes):
    pieces = pieces_of(*rows)
    assert minutes_above(pieces, least_kw, -1.0, np.inf) == pytest.approx(minutes, abs=1e-6)
    # counted in two parts it is the same, whatever the moment in between
    parts = [minutes_above(pieces, least_kw, *part) for part in ((-1.0, 25.0), (25.0, np.inf))]
    assert sum(parts) == pytest.approx(minutes, abs=1e-6)


@pytest.mark.parametrize("number", [1, 2, 9, 40])
def test_pieces_of_many_charges_are_those_of_each(number):
    curves = curve_array([UNEVEN])
    batteries = np.zeros((number, len(Battery)))
    batteries[:, [Battery.CURVE, Battery.ACCEPT_KW, Battery.CAPACITY_KWH]] = 1, 100.0, 60.0
    segments = np.zeros((len(ChargingSegment), number))
    segments[ChargingSegment.REQUEST] = np.arange(number)
    segments[ChargingSegment.START_MIN] = 10.0 * np.arange(number)
    segments[ChargingSegment.END_MIN] = segments[ChargingSegment.START_MIN] + 57.0
    segments[ChargingSegment.END_SOC], segments[ChargingSegment.CAP_KW] = 1.0, 75.0
    station, per_kwh = np.arange(number) % 3, 1.0 + 0.1 * np.arange(number)
    at_stations = np.concatenate([segments, station[None], per_kwh[None]])
    found = _metered_pieces(at_stations, np.arange(number), batteries, curves)
    alone = [_metered_pieces(at_stations, np.array([one]), batteries, curves) for one in range(number)]
    # more than a first guess has room for, from two charges on
    assert found.shape[1] == 17 * number
    assert (found == np.concatenate(alone, axis=1)).all()


@pytest.mark.parametrize(("start_soc", "end_soc"), [(0.0, 1.0), (0.0, 0.9), (1.0 / 44.0, 1.0)])
def test_a_curve_that_crosses_the_cap_is_cut_there_and_equal_neighbours_are_one(start_soc, end_soc):
    curves, battery = curve_array([UNEVEN]), np.zeros((1, len(Battery)))
    battery[0, [Battery.CURVE, Battery.ACCEPT_KW, Battery.CAPACITY_KWH]] = 1, 100.0, 60.0
    segment = np.zeros((len(ChargingSegment), 1))
    segment[[ChargingSegment.START_SOC, ChargingSegment.END_SOC, ChargingSegment.CAP_KW]] = [
        [start_soc],
        [end_soc],
        [75.0],
    ]
    # every second half stretch is at the cap of 75 kW; between these the power falls to 50 kW, or rises from there
    steps = [(75.0, 75.0), (75.0, 50.0), (50.0, 75.0), (75.0, 75.0)]
    expected, now, soc = [], 10.0, 0.0
    for number in range(22):
        begin, close = steps[number % 4]
        low, high = max(soc, start_soc), min(soc + 1.0 / 22.0, end_soc)
        soc += 1.0 / 22.0
        if high <= low + 1e-12:
            continue
        # power is linear in SOC within a step
        ends = [begin + (close - begin) * 22.0 * (soc_at - (soc - 1.0 / 22.0)) for soc_at in (low, high)]
        kwh, apart = 60.0 * (high - low), ends[0] - ends[1]
        hours = kwh / ends[0] if not apart else kwh * np.log(ends[0] / ends[1]) / apart
        if not apart and expected and expected[-1][2:] == ends:
            expected[-1][1] = now + 60.0 * hours
        else:
            expected.append([now, now + 60.0 * hours, *ends])
        now += 60.0 * hours
    segment[[ChargingSegment.START_MIN, ChargingSegment.END_MIN]] = [[10.0], [now]]
    at_station = np.concatenate([segment, np.zeros((1, 1)), np.ones((1, 1))])
    found = _metered_pieces(at_station, np.zeros(1, dtype=np.int64), battery, curves)
    columns = [Piece.START_MIN, Piece.END_MIN, Piece.START_KW, Piece.END_KW]
    shown = found[columns].T
    assert shown == pytest.approx(np.array(expected), rel=1e-9)


def some_charges(number, seed):
    """Return batteries, segments by their end, their stations and meter kWh per battery kWh, over some days."""
    rng = np.random.default_rng(seed)
    batteries = np.zeros((number, len(Battery)))
    batteries[:, [Battery.CURVE, Battery.CAPACITY_KWH]] = 1, 60.0
    batteries[:, Battery.ACCEPT_KW] = rng.choice([40.0, 75.0, 120.0], number)
    segments = np.zeros((len(ChargingSegment), number))
    segments[ChargingSegment.REQUEST] = np.arange(number)
    segments[ChargingSegment.START_MIN] = np.sort(rng.integers(0, 2 * number, number))
    segments[ChargingSegment.START_SOC] = rng.uniform(0.0, 0.6, number)
    segments[ChargingSegment.END_SOC] = segments[ChargingSegment.START_SOC] + rng.uniform(0.0, 0.4, number)
    segments[ChargingSegment.CAP_KW] = rng.choice([30.0, 60.0, 120.0], number)
    curves = curve_array([UNEVEN])
    for charge, row in enumerate(segments.T):
        accept_kw = batteries[charge, Battery.ACCEPT_KW]
        start, end, cap = row[[ChargingSegment.START_SOC, ChargingSegment.END_SOC, ChargingSegment.CAP_KW]]
        minutes = 60.0 / accept_kw * minutes_between(curves, 1, cap / accept_kw, start, end)
        segments[ChargingSegment.END_MIN, charge] = segments[ChargingSegment.START_MIN, charge] + minutes
    segments = segments[:, np.argsort(segments[ChargingSegment.END_MIN], kind="stable")]
    return batteries, curves, segments, rng.integers(0, 3, number), rng.choice([1.0, 1.1], number)


@pytest.mark.parametrize("limit_kw", [20.0, 100.0, 150.0, 1e6])
@pytest.mark.parametrize("parts", [1, 5])
def test_only_what_comes_near_the_limit_is_cut_into_pieces_and_the_minutes_are_the_same(limit_kw, parts):
    batteries, curves, segments, station, per_kwh = some_charges(300, seed=2)
    # the third station has no limit
    found = LimitMinutes(np.array([limit_kw, 1.2 * limit_kw, np.inf]), batteries, curves)
    for some in np.array_split(np.arange(300), parts):
        going_on = segments[ChargingSegment.START_MIN, some[-1] + 1 :].min(initial=np.inf)
        found.add(segments[:, some], station[some], per_kwh[some], until_min=float(going_on))
    minutes = found.minutes()
    assert minutes[2] == 0.0
    at_stations = np.concatenate([segments, station[None], per_kwh[None]])
    for number in (0, 1):
        pieces = _metered_pieces(at_stations, np.flatnonzero(station == number), batteries, curves)
        pieces = np.ascontiguousarray(pieces[: len(Piece), np.argsort(pieces[Piece.START_MIN], kind="stable")])
        plain = minutes_above(pieces, USED_UP * (1.0, 1.2)[number] * limit_kw, 0.0, np.inf)
        # cut at other moments in between, sums differ in the last digits
        assert minutes[number] == (plain if parts == 1 else pytest.approx(plain, rel=1e-12, abs=1e-12))
        assert (plain > 0.0) == (limit_kw < 1e6)


@pytest.mark.parametrize("limit_kw", [20.0, 100.0, 150.0, 1e6])
def test_segments_near_a_limit_stand_by_station_and_all_that_reach_it_are_among_them(limit_kw):
    batteries, curves, segments, station, per_kwh = some_charges(300, seed=3)
    at_stations = np.concatenate([segments, station[None], per_kwh[None]])
    near = near_limit(at_stations, batteries, curves, np.array([limit_kw, 1.2 * limit_kw, np.inf]))
    assert (np.lexsort((near, station[near])) == np.arange(len(near))).all()
    assert 2 not in station[near]
    most_kw = np.minimum(batteries[:, Battery.ACCEPT_KW][segments[0].astype(int)], segments[ChargingSegment.CAP_KW])
    starts, ends = segments[ChargingSegment.START_MIN], segments[ChargingSegment.END_MIN]
    for number, least_kw in ((0, limit_kw), (1, 1.2 * limit_kw)):
        here = station == number
        for start in starts[here]:
            there = here & (starts <= start) & (ends > start)
            if (most_kw * per_kwh)[there].sum() >= least_kw:
                assert set(np.flatnonzero(there)) <= set(near)
    assert (len(near) > 0) == (limit_kw < 1e6)
    # of two of three stations all that charge, unless the limit is high
    assert len(near) < (station < 2).sum() or limit_kw < 150.0
