"""Locks: packing in two dimensions, timelines by hand, several chambers, accounts, a year of Changzhou, faults."""

import datetime as dt

import polars as pl
import pytest

import shipping
from data import DataError, load_county
from shipping.river.chambers import Chamber, LockRules, lock_chambers, pack
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


# the traffic is that of the year in any case; the lock works for a season of low and of rising water
@pytest.mark.parametrize("days", [60, pytest.param(365, marks=pytest.mark.slow)])
def test_a_year_of_changzhou(days):
    county = load_county("deqing")
    start = dt.date(2025, 1, 1)
    voyages = shipping.voyages(county, year=2025, start=start, days=365, seed=3)
    through = voyages.filter(pl.col("kind") == "through")
    assert through.height == pytest.approx(123_620, rel=0.02)
    assert through["cargo_t"].sum() / 1e6 == pytest.approx(223.55, rel=0.03)
    through = through.filter(pl.col("depart_min") < 1440.0 * days)
    found = shipping.simulate(
        shipping.waterway(county, start=start, days=365, locks=True),
        through,
        shipping.stations(county, year=2025),
        vessels=shipping.vessels(county, year=2025, seed=3).filter(pl.col("kind") == "through"),
    )
    assert found.locks.height == through.height
    assert found.locks["leave_min"].null_count() == 0
    assert (found.locks["wait_min"] >= 0.0).all()
    assert found.chambers["vessels"].sum() == through.height
    assert found.chambers["utilisation_share"].is_between(0.0, 1.0).all()
    assert 0.2 < found.locks["wait_min"].mean() / 60.0 < 12.0
    per_lockage = through.height / found.chambers["lockages"].sum()
    assert 2.0 < per_lockage < 8.0
    assert found.vessels["voyages"].sum() == through.height
    assert found.vessels["cargo_tkm"].sum() == pytest.approx(332.0 * through["cargo_t"].sum(), rel=1e-9)
