"""What the power rules say exactly at their edges, where a small mistake moves power or breaks a limit."""

import numpy as np
import polars as pl
import pytest

import charging
from charging.power import connection_sharing, pile_sharing, vehicle_state
from charging.power.allocation import DYNAMIC, EXCLUSIVE, ac_gun_limit_kw, gun_limit_kw, share
from charging.power.compiled import compiled
from charging.power.curves import Curve, curve_array
from charging.power.records import COLUMNS, Connection, Gun, Pile

FLAT = curve_array([Curve((0.0, 1.0), (1.0, 1.0))])
LATE_FALL = curve_array([Curve((0.0, 0.5, 1.0), (1.0, 1.0, 0.05))])
PILE = 4


@compiled
def surely_no_more(rows, best_kw):
    return pile_sharing.offers_no_more(rows, 4, 1.0, best_kw, 10.0)


@compiled
def look(rows, curves, now):
    vehicle_state.observe(rows, curves, 1, 2, now)
    pile_sharing.foresee_half(rows, curves, 4)


@compiled
def work_out(rows, curves):
    pile_sharing.work_out_shares(rows, curves, 4, 10.0)


@compiled
def share_plenty(rows, curves, now):
    return pile_sharing._share_plenty(rows, curves, 4, now)


@compiled
def look_at_all(rows, curves, now):
    vehicle_state.observe(rows, curves, 1, 4, now)
    pile_sharing.work_out_shares(rows, curves, 4, now)


@compiled
def too_much(rows):
    return connection_sharing.exceeded(rows, 0)


@pytest.mark.parametrize(("claim_kw", "found"), [(0.0, False), (99.0, False), (100.0, False), (100.1, True)])
def test_a_connection_is_exceeded_from_its_limit_on(claim_kw, found):
    rows = np.zeros((1, COLUMNS))
    rows[0, [Connection.CLAIM_KW, Connection.LIMIT_KW]] = claim_kw, 100.0
    assert too_much(rows) is found


def pile_with(*accept_kw, guns=2, policy=DYNAMIC, module_kw=0.0):
    """Return the matrix of a pile of 120 kW with vehicles that take so much all the way."""
    rows = np.zeros((PILE + 1, COLUMNS))
    rows[PILE, [Pile.FIRST_GUN, Pile.GUNS, Pile.POWER_KW]] = 1, guns, 120.0
    rows[PILE, [Pile.POLICY, Pile.MODULE_KW]] = policy, module_kw
    rows[PILE, Pile.CHARGING] = len(accept_kw)
    for gun, kw in enumerate(accept_kw, 1):
        rows[gun, [Gun.TAKEN, Gun.ACTIVE, Gun.ORDER, Gun.ACCEPT_KW, Gun.MOST_KW]] = 1.0, 1.0, gun, kw, kw
        rows[gun, [Gun.TARGET_SOC, Gun.SCALE_MIN, Gun.EFFICIENCY, Gun.PER_RATED]] = 0.8, 1.0, 1.0, 1.0
        # looked at when it plugged in
        rows[gun, [Gun.BREAK_MIN, Gun.SEEN_MIN]] = np.inf, -np.inf
    return rows


@pytest.mark.parametrize(("accept_kw", "offer_kw"), [(100.0, 60.0), (30.0, 90.0)])
def test_a_pile_says_without_working_it_out_that_it_offers_no_more(accept_kw, offer_kw):
    # half, or what the other leaves: as much as is known already is no more, a little less is
    rows = pile_with(accept_kw)
    look(rows, FLAT, 0.0)
    assert surely_no_more(rows, offer_kw)
    assert not surely_no_more(rows, offer_kw - 0.01)


def test_what_a_vehicle_takes_is_known_from_how_far_it_can_have_got():
    # 60 kWh at 60 kW: after 10 min it is at a SOC of 0.7 at most, where its curve has fallen from 100 to 62 kW
    rows = pile_with(100.0)
    rows[1, [Gun.CURVE, Gun.START_SOC, Gun.CAP_KW, Gun.SCALE_MIN]] = 1, 0.53, 60.0, 0.6
    look(rows, LATE_FALL, 0.0)
    assert surely_no_more(rows, 60.0)
    # a little on, it may take less than half of the pile
    rows[1, [Gun.START_SOC, Gun.SEEN_MIN]] = 0.55, -np.inf
    look(rows, LATE_FALL, 0.0)
    assert not surely_no_more(rows, 60.0)
    # and it surely takes the 57 kW that leave no more than 63
    assert surely_no_more(rows, 63.0)
    assert not surely_no_more(rows, 61.0)


@pytest.mark.parametrize("changes", [{"policy": EXCLUSIVE}, {"module_kw": 30.0}])
def test_where_a_pile_does_not_share_continuously_nothing_is_said_beforehand(changes):
    for rows in (pile_with(100.0, **changes), pile_with(100.0, 100.0, guns=3)):
        look(rows, FLAT, 0.0)
        assert not surely_no_more(rows, 1000.0)


@pytest.mark.parametrize(
    ("wanted", "tight", "shares"),
    [
        ((60.0, 60.0), 0.0, [120.0, 120.0]),
        ((60.0, 60.1), 1.0, [120.0, 60.0]),
        ((30.0, 91.0), 1.0, [120.0, 90.0]),
        ((100.0, 110.0), 1.0, [60.0, 60.0]),
    ],
)
def test_a_pile_is_tight_from_the_first_kw_that_it_lacks(wanted, tight, shares):
    # to the last digit enough is enough: no breakpoint of a curve moves power then, and no event is spent on it
    rows = pile_with(*wanted)
    work_out(rows, FLAT)
    assert rows[PILE, Pile.TIGHT] == tight
    assert rows[1:3, Gun.SHARE_KW].tolist() == pytest.approx(shares)


@pytest.mark.parametrize(
    ("capacity", "wanted", "expected"),
    [
        (120.0, [60.0, 60.0], [60.0, 60.0]),
        (120.0, [60.3, 60.2], [60.0, 60.0]),
        (120.0, [20.0, 100.5], [20.0, 100.0]),
        (3.0, [2.0, 1.5], [1.5, 1.5]),
    ],
)
def test_less_than_a_kw_too_much_is_too_much(capacity, wanted, expected):
    assert share(capacity, wanted) == pytest.approx(expected)


@pytest.mark.parametrize(("amps", "phases", "volts"), [(None, 3, 230.0), (32.0, None, 230.0), (32.0, 3, None)])
def test_a_gun_of_which_anything_is_unknown_has_no_limit(amps, phases, volts):
    assert ac_gun_limit_kw(amps, phases, volts) == np.inf
    assert ac_gun_limit_kw(32.0, 3, 230.0) == pytest.approx(22.08)


@pytest.mark.parametrize(("amps", "volts"), [(None, 400.0), (250.0, None)])
def test_a_dc_gun_limits_where_current_and_voltage_are_known(amps, volts):
    assert gun_limit_kw(amps, volts) == np.inf
    assert gun_limit_kw(250.0, 400.0) == pytest.approx(100.0)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize("connection_kw", [None, 150.0])
def test_small_powers_are_shared_as_large_ones(make_layout, make_requests, engine, connection_kw):
    # everything a hundredth: piles of 1.2 kW and batteries of 0.6 kWh take the same minutes
    found = []
    for scale in (1.0, 0.01):
        limit = None if connection_kw is None else scale * connection_kw
        pile = {"pile_kw": 120.0 * scale, "piles": 2, "guns_per_pile": 2, "sharing": "dynamic", "transformer_kw": limit}
        cars = [
            {"arrive_min": 5.0 * number, "energy_kwh": scale * energy, "accept_kw": scale * kw}
            | {"battery_kwh": scale * 60.0, "soc_start": 0.2, "vehicle_class": "car"}
            for number, (energy, kw) in enumerate([(30.0, 100.0), (36.0, 90.0), (24.0, 100.0), (40.0, 80.0)])
        ]
        curve = {"vehicle_class": ["car"], "curve_soc": [[0.0, 0.4, 0.7, 1.0]], "curve_share": [[1.0, 1.0, 0.3, 0.1]]}
        given = charging.simulate(make_layout(pile), make_requests(*cars), vehicles=pl.DataFrame(curve), engine=engine)
        found.append(given.sessions["full_min"].to_list())
    assert found[0] == pytest.approx(found[1], rel=1e-9)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_ac_piles_keep_the_limit_of_their_connection_at_the_meter(make_layout, make_requests, engine):
    # each car takes 6.3 kW into its battery, 7 kW at the meter: together 14 kW, of which there are 13
    layout = make_layout(*({"current": "ac", "pile_kw": 11.0, "transformer_kw": 13.0},) * 2)
    cars = [{"current": "ac", "accept_kw": 6.3, "energy_kwh": 6.3}] * 2
    found = charging.simulate(layout, make_requests(*cars), behaviour={"efficiency_ac": 0.9}, engine=engine)
    assert found.sessions["peak_kw"].to_list() == pytest.approx([6.5, 6.5])
    assert found.load["meter_kwh"].sum() == pytest.approx(14.0)


@pytest.mark.parametrize("accept_kw", [(90.0,), (60.0, 60.0), (90.0, 25.0), (100.0, 40.0), (50.0, 40.0, 25.0)])
@pytest.mark.parametrize("now", [0.0, 10.0, 55.0])
def test_shares_without_a_look_at_who_keeps_his_are_those_after_it(accept_kw, now):
    # all plugged in and were looked at in minute 0, and charge as they can since
    looked = pile_with(*accept_kw, guns=3)
    looked[1:PILE, Gun.CURVE], looked[1:PILE, Gun.CAP_KW] = 1, 120.0
    look_at_all(looked, LATE_FALL, 0.0)
    plain = looked.copy()
    look_at_all(plain, LATE_FALL, now)
    if share_plenty(looked, LATE_FALL, now):
        here = slice(1, 1 + len(accept_kw))
        assert looked[here, Gun.SHARE_KW].tolist() == plain[here, Gun.SHARE_KW].tolist() == [120.0] * len(accept_kw)
        assert looked[PILE, Pile.TIGHT] == plain[PILE, Pile.TIGHT] == 0.0
    else:
        assert sum(accept_kw) >= 120.0


def test_in_whole_modules_and_by_other_policies_everybody_is_looked_at():
    assert not share_plenty(pile_with(20.0, policy=EXCLUSIVE), LATE_FALL, 0.0)
    assert not share_plenty(pile_with(20.0, module_kw=40.0), LATE_FALL, 0.0)
    assert share_plenty(pile_with(20.0), LATE_FALL, 0.0)
