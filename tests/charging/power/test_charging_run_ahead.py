"""Piles whose guns are all taken are run through their breakpoints at once: what comes out is what events give."""

import numpy as np
import pytest
from polars.testing import assert_frame_equal

import charging
from charging.engine import shared_piles
from charging.engine.demand import build_demand
from charging.engine.ledger import Guns
from charging.engine.shared_piles import is_enough
from charging.inputs.behaviour import Behaviour
from charging.power import kernel
from charging.power.records import ChargingSegment
from charging.simulation import build_stations
from data.schemas.charging import Layout, Requests
from data.tables.validate import validate

ENGINES = ("simpy", "compiled")
PILES, GUNS_KW = 3, 120.0


@pytest.fixture
def week(make_layout, make_requests, case):
    """Return what makes the tables of a busy station of shared piles with a connection; the AC pile serves nobody."""
    rng = np.random.default_rng(8)
    number = 400
    at, soc = np.sort(rng.uniform(0.0, 3200.0, number)), rng.uniform(0.1, 0.6, number)
    requests = make_requests(
        *(
            {
                "arrive_min": float(minute),
                "energy_kwh": float(60.0 * (0.9 - part)),
                "battery_kwh": 60.0,
                "soc_start": float(part),
                "accept_kw": 100.0,
                "vehicle_class": "car",
                "overstay_min": float(turn % 3),
                "leave_by_min": float(minute) + 35.0 if turn % 5 == 0 else None,
            }
            for turn, (minute, part) in enumerate(zip(at, soc, strict=True))
        )
    )
    curve = {"curve_soc": [0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 1.0], "curve_share": [0.5, 1.0, 0.95, 0.8, 0.85, 0.5, 0.05]}

    def made(limit_kw, *, guns=2, module_kw=None):
        shared = {"piles": PILES, "pile_kw": GUNS_KW, "guns_per_pile": guns, "sharing": "dynamic"}
        other = {"piles": 1, "pile_kw": 40.0, "current": "ac", "guns_per_pile": 2, "sharing": "equal"}
        return {
            "layout": make_layout(*({**group, "transformer_kw": limit_kw} for group in (shared, other))),
            "requests": requests,
            "vehicles": case.vehicle(**curve),
            "behaviour": {"module_kw": module_kw},
        }

    return made


def powers_called(monkeypatch, tables):
    """Return a simulation in SimPy, and how often the power at piles changed while no vehicle was full."""
    without = 0

    def counted(advance):
        def call(*arguments):
            nonlocal without
            found = advance(*arguments)
            without += found[0] == -1
            return found

        return call

    with monkeypatch.context() as patch:
        for name in ("advance_pile", "advance_connection"):
            patch.setattr(kernel, name, counted(getattr(kernel, name)))
        return charging.simulate(**tables, engine="simpy"), without


@pytest.mark.parametrize(("guns", "module_kw"), [(2, None), (3, None), (2, 20.0)])
def test_running_ahead_gives_what_events_at_breakpoints_give(monkeypatch, week, guns, module_kw):
    # a kW less than all piles could draw: it might bind, though it never does, and so nothing is run ahead
    all_kw = PILES * GUNS_KW + 40.0
    stepped, at_breakpoints = powers_called(monkeypatch, week(all_kw - 1.0, guns=guns, module_kw=module_kw))
    for limit_kw in (all_kw, None):
        tables = week(limit_kw, guns=guns, module_kw=module_kw)
        ahead, left = powers_called(monkeypatch, tables)
        # where piles have three guns, two vehicles share a pile that a third may join
        assert left == 0 if guns == 2 else 0 < left < at_breakpoints
        for found in (ahead, charging.simulate(**tables, engine="compiled")):
            assert_frame_equal(found.sessions, stepped.sessions, check_exact=True)
            assert_frame_equal(found.load, stepped.load, check_exact=True)
    assert at_breakpoints > 100


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_run_ahead_and_finds_no_room_is_left_to_events(monkeypatch, week, engine):
    tables = week(None)
    whole = charging.simulate(**tables, engine=engine)
    monkeypatch.setattr(shared_piles, "_SEGMENTS", 2)
    monkeypatch.setattr("charging.engine.compiled.state.setup._SEGMENTS", 2)
    parts = charging.simulate(**tables, engine=engine)
    assert_frame_equal(parts.sessions, whole.sessions, check_exact=True)
    assert_frame_equal(parts.load, whole.load, check_exact=True)


def test_segments_are_handed_over_when_they_are_over_and_in_that_order(monkeypatch, week):
    handed, since = [], []

    class Piles(shared_piles.SharedPiles):
        def __init__(self, *arguments):
            *most, add = arguments

            def note(segments, since_min):
                handed.append((self._clock.minute, segments.copy()))
                since.append(since_min)
                add(segments, since_min)

            super().__init__(*most, note)

    monkeypatch.setattr("charging.engine.network.SharedPiles", Piles)
    monkeypatch.setattr(shared_piles, "_SEGMENTS", 20)
    charging.simulate(**week(None), engine="simpy")
    assert len(handed) > 20
    ends = np.concatenate([segments[:, ChargingSegment.END_MIN] for _, segments in handed])
    assert (np.diff(ends) >= 0.0).all()
    assert all((segments[:, ChargingSegment.END_MIN] <= now).all() for now, segments in handed)
    # none of those that come later begins before what was said; where nobody charges, not before that moment
    for (now, _), since_min, (_, segments) in zip(handed, since, handed[1:], strict=False):
        assert (segments[:, ChargingSegment.START_MIN] >= min(since_min, now)).all()


@pytest.mark.parametrize(("current", "losses"), [("dc", 0.95), ("ac", 1.0)])
def test_a_connection_is_enough_for_what_its_piles_draw_at_the_meter(make_layout, make_requests, current, losses):
    # an AC pile is rated at the meter
    draw_kw = 2 * 40.0 / losses
    for limit_kw, enough in ((draw_kw, True), (draw_kw - 0.01, False), (None, True)):
        group = {"piles": 2, "pile_kw": 40.0, "current": current, "guns_per_pile": 2, "sharing": "equal"}
        stations = build_stations(validate(make_layout({**group, "transformer_kw": limit_kw}), Layout, table="layout"))
        requests = validate(make_requests({"current": current}), Requests, table="requests")
        demand = build_demand(requests, None, None, stations)
        guns = Guns.from_stations(stations, demand, Behaviour(efficiency_dc=0.95, efficiency_ac=0.9))
        assert is_enough(stations[0], guns) is enough
