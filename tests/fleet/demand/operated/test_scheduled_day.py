"""Vehicles with duties among those of a class: energy, km, places and hours, by hand and over drawn days."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

import fleet
from fleet.demand.calendar import days_of
from fleet.demand.operated.scheduled_day import scheduled_day, with_operators
from fleet.demand.operated.schedules import DutyDay, Operated
from fleet.demand.population import build_fleet
from fleet.demand.requests import DemandInputs
from fleet.demand.vehicle_day import DriverDraws, drive_day
from fleet.operators.networks import DUTIES

MONDAY = date(2025, 6, 2)
EFFICIENCY = 0.9


def legs(*rows):
    """Legs of duties from (duty, start, end, km, charger kW)."""
    table = [
        ("own", "bus", "daily", duty, leg, "trip", start, end, "a", "b", 0.0, 0.0, 0.0, 0.0, town, km, kw)
        for leg, (duty, start, end, km, kw) in enumerate(rows)
        for town in ["liuhe" if kw else None]
    ]
    return pl.DataFrame(table, schema=DUTIES, orient="row")


@pytest.fixture(scope="module")
def buses(three_towns):
    stock = fleet.stock(three_towns).with_columns(vehicles=pl.lit(4.0)).filter(vehicle_class="bus", power="bev")
    inputs = DemandInputs.from_county(three_towns, year=2025)
    return build_fleet(inputs.tables, inputs.parameters, stock, "bus", year=2025, seed=1, pull=inputs.pull)


@pytest.fixture(scope="module")
def mild_day(three_towns):
    return days_of(three_towns, MONDAY, 1)[0]


def two_duties(towns):
    """One of 40 km, a stay of 20 min at a charger of 60 kW and 30 km; one of 50 km."""
    rows = [(0, 360.0, 440.0, 40.0, 60.0), (0, 460.0, 520.0, 20.0, None), (0, 530.0, 560.0, 10.0, 60.0)]
    return DutyDay.of(legs(*rows, (1, 400.0, 500.0, 50.0, 60.0)), towns)


def test_legs_become_stretches_up_to_a_charger(three_towns):
    duties = two_duties(three_towns.towns["town"].to_list())
    assert duties.first_min.tolist() == [360.0, 400.0]
    assert duties.km.tolist() == [[40.0, 30.0], [50.0, 0.0]]
    assert duties.leave_min[0].tolist() == [460.0, np.inf]
    assert three_towns.towns["town"][int(duties.town[0, 0])] == "liuhe"
    assert duties.mean_km == 60.0


def test_electric_vehicles_drive_their_part_of_the_duties(three_towns):
    duties = two_duties(three_towns.towns["town"].to_list())
    day = {"daily": duties}
    all_electric = Operated("own", "bus", 4, 4.0, 0, 60.0, day)
    assert all_electric.driven(duties).tolist() == [0, 1]
    assert all_electric.km_a_day == 120.0
    assert len(replace(all_electric, vehicles=2).driven(duties)) == 1
    # never more than there are vehicles, and one at least
    assert len(replace(all_electric, vehicles=1).driven(duties)) == 1
    week = replace(all_electric, days={"workday": duties, "weekend": replace(duties, km=duties.km / 2.0)})
    assert week.km_a_day == pytest.approx((5 * 120.0 + 2 * 60.0) / 7.0)


def test_a_day_of_duties_by_hand(three_towns, buses, mild_day):
    duties = two_duties(three_towns.towns["town"].to_list())
    operated = Operated("own", "bus", 4, 4.0, 1, 60.0, {"daily": duties})
    known, items = with_operators(buses, [operated], efficiency=EFFICIENCY)
    assert known.scheduled.all()
    assert set(known.town) == {1}
    # the km are those of the stock, whatever the duties add up to
    assert items[0].km_factor == pytest.approx(4 * buses.km_a_day / 120.0)
    exact = replace(items[0], km_factor=1.0)
    draws = DriverDraws(known, 1)
    full = replace(draws.first_day(), soc=np.full(4, known.base_end_soc))
    state = scheduled_day(known, mild_day, full, draws, number=0, items=[exact])
    use = known.kwh_a_km * mild_day.use_multiplier(known.holiday_response)
    # the first two drive a duty each, the others stand
    assert state.driven == pytest.approx(use * [70.0, 50.0, 0.0, 0.0])
    noon, night = (fill for fill in state.fills if len(fill.who))
    assert noon.energy_kwh.tolist() == pytest.approx([min(40.0 * use[0], 60.0 * EFFICIENCY / 3.0), 50.0 * use[1]])
    assert noon.stay.arrive_min.tolist() == [440.0, 500.0]
    # tomorrow the second one stands, and is ready when the first duty leaves
    assert noon.stay.leave_min.tolist() == [460.0, 1440.0 + 360.0]
    assert night.stay.leave_min.tolist() == [1440.0 + 400.0]
    assert state.soc == pytest.approx(np.full(4, known.base_end_soc))
    assert not state.stops


def test_where_all_have_duties_the_day_of_a_driver_changes_nothing(three_towns, buses, mild_day):
    """So that it is not driven at all."""
    duties = two_duties(three_towns.towns["town"].to_list())
    known, _ = with_operators(
        buses, [Operated("own", "bus", 4, 4.0, 1, 60.0, {"daily": duties})], efficiency=EFFICIENCY
    )
    draws = DriverDraws(known, 1)
    low = replace(draws.first_day(), soc=np.full(4, known.reserve_soc))
    state = drive_day(known, mild_day, low, draws, number=0)
    assert (state.soc == low.soc).all()
    assert not state.stops
    assert not state.fills
    assert not state.driven.any()


def test_a_battery_that_does_not_last_charges_on_the_way(three_towns, buses, mild_day):
    duties = two_duties(three_towns.towns["town"].to_list())
    operated = Operated("own", "bus", 4, 4.0, 1, 60.0, {"daily": duties})
    known, items = with_operators(buses, [operated], efficiency=EFFICIENCY)
    far = replace(items[0], km_factor=8.0)
    draws = DriverDraws(known, 1)
    full = replace(draws.first_day(), soc=np.full(4, known.base_end_soc))
    state = scheduled_day(known, mild_day, full, draws, number=0, items=[far])
    assert state.stops
    assert state.public > 0.0
    # due when its duty has it on the road, not by a profile
    assert state.stops[0].minute.tolist() == [360.0, 400.0][: len(state.stops[0].who)]
    charged = sum(float(fill.energy_kwh.sum()) for fill in state.fills) + state.public
    change = float(((state.soc - full.soc) * known.battery_kwh).sum())
    assert state.driven.sum() == pytest.approx(charged - change, rel=1e-9)
    assert (state.soc >= known.reserve_soc - 1e-9).all()


def test_vehicles_without_duties_drive_what_is_left_of_the_km(buses, three_towns):
    duties = two_duties(three_towns.towns["town"].to_list())
    operated = Operated("own", "bus", 1, 4.0, 1, 60.0, {"daily": duties})
    known, items = with_operators(buses, [operated], efficiency=EFFICIENCY)
    assert known.scheduled.tolist() == [True, False, False, False]
    assert known.km_factor[0] == 0.0
    whole = items[0].km_factor * operated.km_a_day + float((known.km_factor * known.km_a_day).sum())
    assert whole == pytest.approx(buses.size * buses.km_a_day)
    assert items[0].km_factor == 1.0
    # duties so long that nothing would be left for the others are taken as shorter
    longer = replace(operated, days={"daily": replace(duties, km=100.0 * duties.km)})
    known, items = with_operators(buses, [longer], efficiency=EFFICIENCY)
    assert known.km_factor[1:] == pytest.approx(0.5)
    whole = items[0].km_factor * longer.km_a_day + float((known.km_factor * known.km_a_day).sum())
    assert whole == pytest.approx(buses.size * buses.km_a_day)


def test_a_depot_without_duties_moves_only_who_charges_in_it(buses):
    operated = Operated("own", "bus", 2, 4.0, 1, 90.0, {})
    known, items = with_operators(buses, [operated], efficiency=EFFICIENCY)
    assert items == ()
    there = known.at_depot & (np.arange(4) < 2)
    assert (known.town[there] == 1).all()
    assert known.depot_kw[there].tolist() == [90.0] * int(there.sum())
    assert np.isnan(known.depot_kw[~there]).all()
    assert (known.town[~there] == buses.town[~there]).all()
    assert np.array_equal(known.km_factor, buses.km_factor)
