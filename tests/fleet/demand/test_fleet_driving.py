"""The compiled day of drivers begins again where it needs further draws, and comes out as if all had been there."""

from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import polars as pl
import pytest

from fleet.demand.calendar import days_of
from fleet.demand.operated.scheduled_day import scheduled_day, with_operators
from fleet.demand.operated.schedules import DutyDay, Operated
from fleet.demand.population import build_fleet
from fleet.demand.requests import DemandInputs
from fleet.demand.vehicle_day import DriverDraws, drive_day

DAYS = 12
BLOCK = 8
"""Charges whose draws come together; a class with more begins another block."""


@pytest.fixture(scope="module")
def taxis(county, stock):
    inputs = DemandInputs.from_county(county, year=2025)
    few = stock.with_columns(vehicles=pl.when(pl.col("vehicle_class") == "taxi").then(30.0).otherwise("vehicles"))
    found = build_fleet(inputs.tables, inputs.parameters, few, "taxi", year=2025, seed=3, pull=inputs.pull)
    # 1.5 times as far: several charges on a day
    return replace(found, km_factor=1.5 * found.km_factor)


@pytest.fixture(scope="module")
def calendar(county):
    return days_of(county, date(2025, 6, 2), DAYS)


def on_duty(taxis):
    """The first ten drive two stretches of 260 km with a short stay between."""
    number = 10
    columns = (np.tile(pair, (number, 1)) for pair in ([260.0, 260.0], [600.0, 1200.0], [610.0, np.inf], [60.0, 60.0]))
    km, arrive, leave, kw = columns
    duties = DutyDay(300.0 + 5.0 * np.arange(number), km, arrive, leave, kw, np.zeros((number, 2), dtype=np.int64))
    return with_operators(taxis, [Operated("own", "taxi", number, 10.0, 1, 60.0, {"daily": duties})], efficiency=0.9)


def driven(fleet, calendar, drive, *, at_once):
    """States of the days, with all draws there from the beginning or not."""
    draws = DriverDraws(fleet, 5)
    if at_once:
        draws._soc = np.stack([decision.columns(4 * BLOCK) for decision in draws._by_charge])
    states = [draws.first_day()]
    for number, day in enumerate(calendar):
        kept = tuple(np.copy(part) for part in (states[-1].soc, states[-1].threshold, states[-1].charges))
        states.append(drive(fleet, day, states[-1], draws, number=number))
        # whatever was tried first, the day before is as it was
        before = states[-2].soc, states[-2].threshold, states[-2].charges
        assert all(np.array_equal(one, other) for one, other in zip(before, kept, strict=True))
    return draws, states


@pytest.mark.parametrize("duties", [False, True])
def test_a_later_block_of_draws_changes_nothing_that_was_driven(taxis, calendar, duties):
    known, items = on_duty(taxis) if duties else (taxis, ())
    drive = partial(scheduled_day, items=items) if duties else drive_day
    draws, found = driven(known, calendar, drive, at_once=False)
    _, expected = driven(known, calendar, drive, at_once=True)
    # a block at the first charge, and others on later days
    assert found[-1].charges[known.scheduled if duties else slice(None)].max() > BLOCK
    assert draws._soc.shape[2] > BLOCK
    for one, other in zip(found[1:], expected[1:], strict=True):
        for name in ("soc", "threshold", "charges", "driven", "public"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
        assert one.totals_kwh() == other.totals_kwh()
        assert len(one.stops) == len(other.stops)
        for stop, same in zip(one.stops, other.stops, strict=True):
            assert np.array_equal(stop.who, same.who)
            assert np.array_equal(stop.goal, same.goal)


@pytest.mark.parametrize("duties", [False, True])
def test_each_charge_has_the_draw_of_its_vehicle_and_number(taxis, calendar, duties):
    known, items = on_duty(taxis) if duties else (taxis, ())
    drive = partial(scheduled_day, items=items) if duties else drive_day
    draws, states = driven(known, calendar, drive, at_once=False)
    stops = [stop for state in states for stop in state.stops if stop.leg == 0]
    who, charge, first, goal = (
        np.concatenate([getattr(stop, name) for stop in stops]) for name in ("who", "charge", "first", "goal")
    )
    assert charge.max() > BLOCK
    wanted = 1.0 - draws._by_charge[0].of(who, charge)
    energy = np.concatenate([stop.energy_kwh for stop in stops])
    assert energy == pytest.approx((goal - first) * known.battery_kwh[who])
    free = wanted > np.maximum(first + known.least_gain_share, known.handover_soc)
    assert free.any()
    assert goal[free] == pytest.approx(wanted[free])
    # the numbers of a vehicle's charges have no gaps
    seen = np.concatenate([stop.who for state in states for stop in state.stops])
    assert np.array_equal(np.bincount(seen, minlength=known.size), states[-1].charges)


def test_charges_of_duties_are_due_when_the_stretch_begins(taxis, calendar):
    known, items = on_duty(taxis)
    state = scheduled_day(
        known, calendar[0], DriverDraws(known, 5).first_day(), DriverDraws(known, 5), number=0, items=items
    )
    stops = [stop for stop in state.stops if stop.minute is not None]
    # none of the drivers without duties says when
    assert all(known.scheduled[stop.who].all() for stop in stops)
    assert {round(float(minute)) for stop in stops for minute in stop.minute} <= {
        300 + 5 * duty for duty in range(10)
    } | {610}
    assert len({float(minute) for minute in stops[0].minute}) == len(stops[0].who)
    assert any(minute == 610.0 for stop in stops for minute in stop.minute)
