"""Locks: packing in two dimensions, timelines by hand, several chambers, accounts, a year of Changzhou, faults."""

import datetime as dt
import itertools
from dataclasses import replace

import polars as pl
import pytest

import shipping
from charging.engine.clock import Clock
from data import DataError, load_county
from shipping.river.chambers import Chamber, Filling, LockRules, lock_chambers, pack, smallest_sizes
from shipping.river.lock_calendar import resting
from shipping.river.locks import DOWN, UP, Bay, Lock, Transit
from shipping.river.single_lock import simulate_lock

TIGHT = LockRules(entry_min=3.0, exit_min=2.0, gap_m=0.0, side_m=0.0)


def vessels(*rows, **more):
    columns = ["vessel_id", "arrive_min", "direction"]
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(pl.col("arrive_min").cast(pl.Float64))
    sizes = {"length_m": 78.0, "beam_m": 15.6, "draught_m": 4.0, **more}
    return frame.with_columns(pl.lit(value).alias(name) for name, value in sizes.items())


@pytest.mark.parametrize(
    ("sizes", "length", "width", "expected"),
    [
        ([(100.0, 20.0)] * 10, 400.0, 50.0, 8),
        ([(100.0, 12.0)] * 20, 400.0, 50.0, 16),
        ([(78.0, 15.6)] * 10, 340.0, 34.0, 8),
        ([(58.0, 11.0)] * 20, 340.0, 34.0, 15),
        ([(78.0, 15.6)] * 3, 200.0, 34.0, 3),
        ([(401.0, 12.0)], 400.0, 50.0, 0),
    ],
)
def test_two_dimensional_packing(sizes, length, width, expected):
    chosen = pack(sizes, length_m=length, width_m=width)
    assert chosen == list(range(expected))


def test_packing_keeps_the_order_unless_it_may_look_ahead():
    sizes = [(90.0, 20.0), (90.0, 20.0), (5.0, 5.0)]
    assert pack(sizes, length_m=100.0, width_m=30.0) == [0]
    ahead = LockRules(gap_m=0.0, side_m=0.0, lookahead=1)
    assert pack(sizes, length_m=100.0, width_m=30.0, rules=ahead) == [0, 2]
    apart = LockRules(gap_m=15.0, side_m=0.0)
    assert pack([(50.0, 30.0), (50.0, 30.0)], length_m=100.0, width_m=30.0, rules=apart) == [0]


def test_a_chamber_that_has_no_room_for_the_smallest_sizes_has_none_for_any():
    sizes = [(length, beam) for length in (40.0, 55.0, 70.0) for beam in (8.0, 10.8, 13.0)]
    for known in itertools.combinations(sizes, 3):
        smallest = smallest_sizes(known)
        assert set(smallest) <= set(known)
        for length, width in itertools.product((39.0, 50.0, 60.0, 80.0), (7.0, 9.0, 12.0, 14.0)):
            filling = Filling(length, width, 0.0, 0.0)
            assert any(filling.has_room(*size) for size in known) == any(filling.has_room(*size) for size in smallest)
    assert smallest_sizes(sizes) == [(40.0, 8.0)]
    assert smallest_sizes([(60.0, 9.0), (50.0, 12.0), (60.0, 12.0)]) == [(50.0, 12.0), (60.0, 9.0)]


def test_who_asks_at_one_minute_goes_in_the_order_in_which_it_was_known():
    lock = Lock(Clock(), (Chamber("one", 60.0, 12.0, 4.0, 10.0, 1.0),), LockRules(plan_min=30.0, lead_min=5.0))
    vessels = [Transit(number, UP, 50.0, 10.0, 3.0, known_min=known) for number, known in enumerate((7.0, 0.0, 3.0))]
    for vessel, asks in zip(vessels, (20.0, 20.0, 10.0), strict=True):
        lock.expect(vessel, asks)
    left = []
    for vessel in vessels:
        vessel.on_lockage = lambda one: left.append((one.number, one.leave_min))
    lock.clock.run_before(200.0)
    # all stand ready at 35 min; a lockage of 3 + 1 + 10 + 1 + 2 min, and back in 12
    assert left == [(2, 52.0), (1, 81.0), (0, 110.0)]
    assert [vessel.ready_min for vessel in vessels] == [35.0] * 3


@pytest.mark.parametrize("times", [{}, {"plan_min": 30.0, "lead_min": 5.0}, {"plan_min": 30.0}])
def test_vessels_that_are_expected_together_go_as_one_by_one(times):
    left = []
    for together in (True, False):
        lock = Lock(Clock(), (Chamber("one", 60.0, 12.0, 4.0, 10.0, 1.0),), LockRules(**times))
        asks = (20.0, 0.0, 31.0, 20.0, 30.0)
        vessels = [
            Transit(number, (UP, DOWN)[number % 2], 50.0, 10.0, 3.0, arrive_min=ask) for number, ask in enumerate(asks)
        ]
        if together:
            lock.expect_all(vessels)
        else:
            for vessel, ask in zip(vessels, asks, strict=True):
                lock.expect(vessel, ask)
        lock.clock.run_before(500.0)
        left.append([(vessel.ready_min, vessel.start_min, vessel.leave_min) for vessel in vessels])
    assert left[0] == left[1]
    assert all(leave < 500.0 for _, _, leave in left[0])


def test_two_vessels_meet_from_both_sides():
    chamber = Chamber("c", 200.0, 34.0, 5.0, 12.0, 4.0)
    found = simulate_lock(vessels(("a", 0.0, "up"), ("b", 1.0, "down")), [chamber], rules=TIGHT)
    rows = {row["vessel_id"]: row for row in found.passages.iter_rows(named=True)}
    # a: enters 3, doors 4, levelling 12, doors 4, leaves 2
    assert rows["a"]["leave_min"] == 25.0
    # the chamber is then open on b's side: b enters at 25
    assert (rows["b"]["start_min"], rows["b"]["wait_min"]) == (25.0, 24.0)
    assert rows["b"]["leave_min"] == 50.0
    assert found.chambers["lockages"].item() == 2
    assert found.chambers["empty_turns"].item() == 0


def test_an_idle_chamber_turns_empty_to_who_waits_on_the_other_side():
    chamber = Chamber("c", 200.0, 34.0, 5.0, 12.0, 4.0)
    found = simulate_lock(vessels(("a", 0.0, "down")), [chamber], rules=TIGHT)
    assert found.passages["start_min"].item() == 20.0
    assert found.passages["leave_min"].item() == 45.0
    assert found.chambers["empty_turns"].item() == 1


def test_a_lock_of_two_chambers_works_both_ways_at_once():
    chambers = [Chamber(name, 200.0, 34.0, 5.0, 12.0, 4.0) for name in ("x", "y")]
    rows = [(f"u{at}", 0.0, "up") for at in range(4)] + [(f"d{at}", 0.0, "down") for at in range(4)]
    found = simulate_lock(vessels(*rows), chambers, rules=TIGHT)
    assert set(found.passages["chamber"]) == {"x", "y"}
    assert found.passages["leave_min"].max() < 100.0


def test_priority_goes_first_and_deep_vessels_need_deep_sills():
    chamber = Chamber("c", 80.0, 16.0, 5.0, 12.0, 4.0)
    table = vessels(("a", 0.0, "up"), ("b", 1.0, "up"), ("c", 2.0, "up")).with_columns(priority=pl.Series([0, 0, 5]))
    order = simulate_lock(table, [chamber], rules=TIGHT).passages.sort("start_min")["vessel_id"].to_list()
    assert order == ["a", "c", "b"]
    shallow = Chamber("s", 200.0, 34.0, 3.5, 1.0, 1.0)
    both = simulate_lock(vessels(("a", 0.0, "up")), [shallow, chamber], rules=TIGHT)
    assert both.passages["chamber"].item() == "c"


def test_what_fits_nowhere_or_goes_nowhere_is_named():
    chamber = Chamber("c", 80.0, 16.0, 3.0, 12.0, 4.0)
    with pytest.raises(DataError, match=r"'a' .* fits no chamber"):
        simulate_lock(vessels(("a", 0.0, "up")), [chamber])
    with pytest.raises(DataError, match="expected up or down"):
        simulate_lock(vessels(("a", 0.0, "sideways")), [chamber])
    with pytest.raises(DataError, match="no chambers"):
        simulate_lock(vessels(("a", 0.0, "up")), [])
    with pytest.raises(DataError, match="width_m 0"):
        Chamber("c", 80.0, 0.0, 3.0, 12.0, 4.0)
    with pytest.raises(DataError, match="fill_min -1"):
        Chamber("c", 80.0, 1.0, 3.0, -1.0, 4.0)
    with pytest.raises(DataError, match="no lock 'panama'"):
        lock_chambers(load_county("deqing").locks, "panama")


def test_who_fits_together_and_comes_together_leaves_together():
    chamber = Chamber("c", 200.0, 34.0, 5.0, 12.0, 4.0)
    found = simulate_lock(vessels(("a", 5.0, "up"), ("b", 5.0, "up"), ("c", 5.0, "up")), [chamber], rules=TIGHT)
    assert found.passages["lockage"].n_unique() == 1
    assert found.passages["start_min"].to_list() == [5.0] * 3


def test_a_full_chamber_never_waits_and_one_with_room_does():
    hold = LockRules(entry_min=3.0, exit_min=2.0, gap_m=0.0, side_m=0.0, hold_min=60.0)
    chamber = Chamber("c", 80.0, 32.0, 5.0, 12.0, 4.0)
    two = simulate_lock(vessels(("a", 0.0, "up"), ("b", 10.0, "up")), [chamber], rules=hold).passages
    # the second fills it: nobody of 78 x 15.6 m would find room, so it goes at 10 and not at 60
    assert two["start_min"].to_list() == [10.0, 10.0]
    alone = simulate_lock(vessels(("a", 0.0, "up")), [chamber], rules=hold).passages
    assert alone["start_min"].to_list() == [60.0]
    # a small vessel on the river would find room beside one of 25 m beam
    wide = vessels(("a", 0.0, "up"), beam_m=25.0)
    small = vessels(("s", 500.0, "up"), beam_m=6.0, length_m=20.0)
    assert simulate_lock(wide, [chamber], rules=hold).passages["start_min"].item() == 0.0
    assert simulate_lock(pl.concat([wide, small]), [chamber], rules=hold).passages["start_min"][0] == 60.0


def test_small_chambers_start_only_with_what_a_large_load_leaves_over():
    large, small = Chamber("large", 160.0, 32.0, 5.0, 12.0, 4.0), Chamber("small", 80.0, 32.0, 5.0, 12.0, 4.0)
    last = LockRules(entry_min=3.0, exit_min=2.0, gap_m=0.0, side_m=0.0, small_last=True)
    four = vessels(*((f"v{number}", 0.0, "up") for number in range(4)))
    found = simulate_lock(four, [small, large], rules=last).passages
    assert set(found["chamber"]) == {"large"}
    ten = simulate_lock(vessels(*((f"v{number}", 0.0, "up") for number in range(10))), [small, large], rules=last)
    # the large one takes four; of the six that are left its next load would take four, and leave the small one two
    begin = ten.passages.filter(start_min=0.0)
    assert begin["chamber"].to_list() == ["large"] * 4 + ["small"] * 2
    assert begin["vessel_id"].to_list() == ["v0", "v1", "v2", "v3", "v8", "v9"]
    # while the large one rests, the small one is the largest that is open
    resting = Chamber("large", 160.0, 32.0, 5.0, 12.0, 4.0, closed=((0.0, 500.0),))
    found = simulate_lock(vessels(("a", 0.0, "up"), ("b", 600.0, "up")), [small, resting], rules=last).passages
    assert found["chamber"].to_list() == ["small", "large"]


def test_what_a_large_chamber_leaves_over_is_that_of_one_that_is_open():
    deep, shallow = (Chamber(name, 160.0, 32.0, sill, 12.0, 4.0) for name, sill in (("deep", 5.0), ("shallow", 3.0)))
    small = Chamber("small", 80.0, 32.0, 5.0, 12.0, 4.0)
    rules = LockRules(entry_min=3.0, exit_min=2.0, gap_m=0.0, side_m=0.0, small_last=True)
    two = vessels(("a", 0.0, "up"), ("b", 0.0, "up"))
    # the shallow one takes neither of them: if it alone is open, the small one waits for no load of the deep one
    rests = replace(deep, closed=((0.0, 500.0),))
    assert set(simulate_lock(two, [rests, shallow, small], rules=rules).passages["chamber"]) == {"small"}
    assert set(simulate_lock(two, [deep, small], rules=rules).passages["chamber"]) == {"deep"}


def test_the_water_over_a_sill_is_that_of_the_time():
    chamber = Chamber("c", 200.0, 34.0, 4.0, 12.0, 4.0, levels=((0.0, 0.5), (100.0, 1.5), (300.0, 0.0)))
    bay = Bay(chamber)
    times = (0.0, 50.0, 100.0, 101.0, 299.0, 300.0, 1e6)
    assert [bay.sill_m(time) for time in times] == [chamber.sill_at(time) for time in times]
    assert [bay.sill_m(time) for time in (2e6, 3e6)] == [4.0, 4.0]


def test_a_chamber_rests_by_its_calendar_and_finishes_what_it_began():
    chamber = Chamber("c", 200.0, 34.0, 5.0, 12.0, 4.0, closed=((10.0, 100.0), (90.0, 200.0)))
    found = simulate_lock(vessels(("a", 0.0, "up"), ("b", 50.0, "up")), [chamber], rules=TIGHT).passages
    # a has begun; b waits for the end of both rests, and then for the empty turn back
    assert found["leave_min"].to_list() == [25.0, 245.0]


def test_a_plan_calls_up_and_a_lead_passes_before_a_vessel_stands_ready():
    rules = LockRules(entry_min=3.0, exit_min=2.0, gap_m=0.0, side_m=0.0, plan_min=240.0, lead_min=120.0)
    chamber = Chamber("c", 200.0, 34.0, 5.0, 12.0, 4.0)
    table = vessels(("a", 0.0, "up"), ("b", 1.0, "up"), ("c", 240.0, "up"))
    found = simulate_lock(table, [chamber], rules=rules).passages
    # plans at 0 and 240: a stands ready at 120, b and c at 360 and go together once the chamber has turned back (20)
    assert found["start_min"].to_list() == [120.0, 380.0, 380.0]
    assert found["wait_min"].to_list() == [120.0, 379.0, 140.0]
    with pytest.raises(DataError, match="lead_min -1"):
        LockRules(lead_min=-1.0)
    with pytest.raises(DataError, match="plan_min -5"):
        LockRules(plan_min=-5.0)


def test_water_under_the_keel_decides_which_sill_a_vessel_passes():
    deep, shallow = Chamber("deep", 80.0, 16.0, 4.6, 12.0, 4.0), Chamber("shallow", 200.0, 34.0, 4.3, 1.0, 1.0)
    keel = LockRules(gap_m=0.0, side_m=0.0, keel_m=0.5)
    assert simulate_lock(vessels(("a", 0.0, "up")), [shallow, deep], rules=keel).passages["chamber"].item() == "deep"
    with pytest.raises(DataError, match=r"'a' .* fits no chamber of the lock with 0\.5 m under the keel"):
        simulate_lock(vessels(("a", 0.0, "up")), [shallow], rules=keel)


LOCKS = pl.DataFrame({"lock": ["l", "l"], "chamber": ["one", "two"], "in_use": [True, None]})


def rests(*rows):
    columns = ["chamber", "first_day", "last_day", "yearly"]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(lock=pl.lit("l"))


def day(text):
    return dt.date.fromisoformat(text)


def test_a_calendar_gives_minutes_of_the_run():
    own = rests(
        ("one", day("2025-01-01"), day("2025-01-10"), False), ("two", day("2027-12-01"), day("2027-12-31"), True)
    )
    found = resting(own, LOCKS, "l", start=day("2025-01-05"), days=30)
    # to the end of 10 January; the yearly row does not come back in a year with rows of its own
    assert found == {"one": ((-4 * 1440.0, 6 * 1440.0),)}
    assert resting(own, LOCKS, "l", start=day("2025-12-15"), days=10) == {}
    later = resting(own, LOCKS, "l", start=day("2030-12-30"), days=10)
    assert later == {"two": ((-29 * 1440.0, 2 * 1440.0),)}
    leap = rests(("one", day("2024-02-29"), day("2024-03-01"), True))
    assert resting(leap, LOCKS, "l", start=day("2030-02-28"), days=5) == {"one": ((0.0, 2 * 1440.0),)}


def test_calendars_that_mean_nothing_are_named():
    span = {"start": day("2025-01-01"), "days": 10}
    with pytest.raises(DataError, match=r"lock 'l' has no chamber 'on' in locks. Did you mean 'one'"):
        resting(rests(("on", day("2025-01-01"), day("2025-01-02"), False)), LOCKS, "l", **span)
    with pytest.raises(DataError, match="column 'last_day': got 2025-01-01; expected 2025-01-02 or later"):
        resting(rests(("one", day("2025-01-02"), day("2025-01-01"), False)), LOCKS, "l", **span)
    with pytest.raises(DataError, match="chamber 'one' of lock 'l' is never open"):
        resting(rests(("one", day("2025-01-01"), day("2025-12-31"), True)), LOCKS, "l", **span)
    both = rests(*((name, day("2024-12-01"), day("2025-02-01"), False) for name in ("one", "two")))
    with pytest.raises(DataError, match="no chamber of lock 'l' is open from 2025-01-01 for 10 days"):
        resting(both, LOCKS, "l", **span)
    none = pl.DataFrame({"lock": ["l"], "chamber": ["one"], "in_use": [False]})
    with pytest.raises(DataError, match="lock 'l' has no chamber in use"):
        lock_chambers(none, "l")


def simulated(start, days, seed=1, *, empty=False):
    """Return the run of a county as a run of the toolkit makes it; ``empty``: without the queue of the bulletins."""
    county = load_county("deqing")
    if empty:
        county = county.with_table("lock_bulletins", county.lock_bulletins.clear())
    year = start.year
    voyages = shipping.voyages(county, year=year, start=start, days=days, seed=seed, through="fleet")
    return shipping.simulate(
        shipping.waterway(county, start=start, days=days, locks=True),
        shipping.without_double(county, voyages),
        shipping.stations(county, year=year),
        vessels=shipping.vessels(county, year=year, seed=seed),
        days=days,
    )


def passed(result, days):
    """Return lockages a day, vessels a lockage and mean wait in h of those that began to pass."""
    done = result.locks.drop_nulls("start_min")
    lockages = done["lockage"].n_unique()
    return lockages / days, done.height / lockages, done["wait_min"].mean() / 60.0


def test_a_month_of_two_chambers_is_saturated_as_the_bulletins_say():
    # the queue of the first day is that of the bulletins
    per_day, per_lockage, _ = passed(simulated(dt.date(2025, 3, 1), 14), 14)
    assert per_day == pytest.approx(47.8, rel=0.05)
    assert per_lockage == pytest.approx(6.3, rel=0.05)


def test_in_wet_months_vessels_wait_for_the_plan():
    per_day, per_lockage, wait_h = passed(simulated(dt.date(2025, 8, 1), 14), 14)
    assert 65.0 < per_day < 80.0
    assert per_lockage == pytest.approx(5.5, rel=0.1)
    assert 3.0 < wait_h < 12.0


# in the year of the bulletins; what is in-sample is said on the page docs/validation.md
@pytest.mark.slow
def test_a_year_of_changzhou_against_the_bulletins():
    county = load_county("deqing")
    result = simulated(dt.date(2025, 1, 1), 365, empty=True)
    per_day, per_lockage, wait_h = passed(result, 365)
    year = county.lock_bulletins.filter(first_day=dt.date(2025, 1, 1), last_day=dt.date(2025, 12, 31)).row(
        0, named=True
    )
    assert per_day * 365 == pytest.approx(year["lockages"], rel=0.10)
    assert per_day * 365 * per_lockage == pytest.approx(year["passages"], rel=0.05)
    assert per_lockage == pytest.approx(5.88, rel=0.10)
    assert 20.0 < wait_h < 40.0
    assert wait_h == pytest.approx(county.figure("river.lock_wait_h_2025"), rel=0.15)
    assert found_balance(result)


def found_balance(result):
    """Return whether vessels, chambers and the queue agree: no vessel passes twice or gets lost."""
    done = result.locks.drop_nulls("start_min")
    return result.chambers["vessels"].sum() == done.height and done["voyage_id"].is_unique().all()


def test_a_given_arrival_rate_passes_every_vessel_of_two_months():
    county = load_county("deqing")
    start = dt.date(2025, 7, 1)
    voyages = shipping.voyages(county, year=2025, start=start, days=60, seed=3)
    through = voyages.filter(pl.col("kind") == "through")
    found = shipping.simulate(
        shipping.waterway(county, start=start, days=60, locks=True),
        through,
        shipping.stations(county, year=2025),
        vessels=shipping.vessels(county, year=2025, seed=3).filter(pl.col("kind") == "through"),
    )
    assert found.locks.height == through.height
    assert found.locks["leave_min"].null_count() == 0
    assert (found.locks["wait_min"] >= 0.0).all()
    assert found_balance(found)
    assert found.chambers["utilisation_share"].is_between(0.0, 1.0).all()
    assert found.vessels["voyages"].sum() == through.height
    assert found.vessels["cargo_tkm"].sum() == pytest.approx(332.0 * through["cargo_t"].sum(), rel=1e-9)
