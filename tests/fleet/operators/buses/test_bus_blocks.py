"""Blocks of buses: the fewest there are, by counting all plans; the check sees what is wrong."""

import itertools
import math
import re

import polars as pl
import pytest

from data.errors import InfeasibleError
from fleet.operators.buses.activities import activities
from fleet.operators.buses.block_check import check_blocks
from fleet.operators.buses.blocks import BUS_KM, blocks_by_flow, empty_km, minimum_blocks
from fleet.operators.buses.range_blocks import range_blocks

REST = 5.0


def partitions(items):
    """All ways to divide trips among buses."""
    if not items:
        yield []
        return
    first, *rest = items
    for other in partitions(rest):
        yield [[first], *other]
        for number, part in enumerate(other):
            yield [*other[:number], [first, *part], *other[number + 1 :]]


def cost_of(links, blocks):
    return sum(BUS_KM + empty_km(links, block) for block in blocks)


@pytest.mark.parametrize("seed", range(6))
def test_fewest_blocks_are_those_of_all_plans_and_of_the_flow(day, seed):
    drawn, rule_of, _ = day
    links = rule_of(drawn(seed, 7)).links

    def driveable(block):
        return all(links.follows[a, b] for a, b in itertools.pairwise(block))

    best = min(cost_of(links, plan) for plan in partitions(list(range(7))) if all(map(driveable, plan)))
    assert cost_of(links, minimum_blocks(links)) == pytest.approx(best, abs=1e-9)
    assert cost_of(links, blocks_by_flow(links)) == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("terminal", [0.0, 90.0])
@pytest.mark.parametrize("seed", range(4))
def test_fewest_blocks_under_a_range_are_those_of_all_plans(day, seed, terminal):
    drawn, rule_of, _ = day
    rule = rule_of(drawn(seed, 7), usable=42.0, terminal=terminal)
    sizes = [
        len(plan)
        for plan in partitions(list(range(7)))
        if all(rule.follow(block) is not None for block in plan)
    ]  # fmt: skip
    found = range_blocks(rule)
    assert found.proven
    assert len(found.blocks) == min(sizes)
    # a range never makes do with fewer buses than a tank
    assert len(found.blocks) >= len(minimum_blocks(rule.links))


def test_a_pool_gives_what_all_blocks_give(day, monkeypatch):
    drawn, rule_of, _ = day
    rule = rule_of(drawn(11, 14), usable=60.0)
    whole = range_blocks(rule)
    monkeypatch.setattr("fleet.operators.buses.range_blocks.ALL_BLOCKS", 0)
    pooled = range_blocks(rule)
    assert whole.proven
    assert whole.bound <= len(pooled.blocks) <= len(whole.blocks) + 1
    assert pooled.bound <= len(whole.blocks)


def test_a_bus_charges_between_trips_and_leaves_out_ways_it_does_not_need(day):
    _, rule_of, trips_at = day
    # 5 km each: a battery of 36 kWh above its reserve lasts for 3 trips and the ways, not for 4
    rows = [(400.0, "a", "b"), (520.0, "b", "a"), (640.0, "a", "b"), (760.0, "b", "a")]
    trips = trips_at(rows)
    rule = rule_of(trips, usable=24.0)
    found = range_blocks(rule)
    assert len(found.blocks) == 1
    charges = [step.charging for step in found.blocks[0] if step.charging is not None]
    assert [charge.at for charge in charges] == ["depot"]
    roomy = range_blocks(rule_of(trips, usable=80.0))
    assert all(step.charging is None for step in roomy.blocks[0])


def test_a_trip_that_no_battery_lasts_for_is_named(day):
    drawn, rule_of, _ = day
    with pytest.raises(InfeasibleError, match="trips cannot be driven; from depot to depot they take up to 30 kWh"):
        range_blocks(rule_of(drawn(0, 5), usable=12.0))


def plan_of(day, **options):
    drawn, rule_of, _ = day
    trips = drawn(3, 9)
    rule = rule_of(trips, **options)
    return activities(rule, range_blocks(rule).blocks, trips, "depot"), trips, rule


@pytest.mark.parametrize("terminal", [0.0, 90.0])
def test_plans_pass_the_independent_check_and_energy_closes(day, terminal):
    plan, trips, rule = plan_of(day, usable=42.0, terminal=terminal)
    assert check_blocks(plan, trips, rule.battery, layover_min=REST) == []
    change = plan.group_by("vehicle").agg(
        net=pl.col("charged_kwh").sum() - pl.col("used_kwh").sum(), last=pl.col("battery_kwh").last()
    )
    error = (rule.battery.usable_kwh + change["net"] - change["last"]).abs().max()
    assert error < 1e-9 * rule.battery.usable_kwh
    assert math.isclose(plan.filter(activity="trip")["used_kwh"].sum(), rule.energy.trip.sum(), rel_tol=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start_min": pl.col("start_min") - 30.0}, "the timetable has"),
        ({"used_kwh": pl.col("used_kwh") + 1.0}, "leaves .* kWh, expected"),
        ({"battery_kwh": pl.col("battery_kwh") - 60.0}, "kWh in the battery at"),
        ({"to_place": pl.lit("depot")}, "goes on from"),
        ({"trip": pl.lit("t0")}, "is not driven once"),
        ({"activity": pl.lit("pull_in")}, "does not begin and end in the depot"),
    ],
)
def test_the_check_sees_what_is_wrong(day, change, words):
    plan, trips, rule = plan_of(day)
    ((column, value),) = change.items()
    wrong = plan.with_columns(pl.when(pl.col("activity") == "trip").then(value).otherwise(pl.col(column)).alias(column))
    if "pull_in" in str(value):
        wrong = plan.with_columns(activity=value)
    faults = check_blocks(wrong, trips, rule.battery, layover_min=REST)
    assert any(re.search(words, fault) for fault in faults), faults[:5]


def test_the_check_sees_a_rest_that_is_too_short(day):
    plan, trips, rule = plan_of(day)
    faults = check_blocks(plan, trips, rule.battery, layover_min=500.0)
    assert any("rests" in fault for fault in faults)
