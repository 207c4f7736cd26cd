"""Plug-in hybrids and two-wheelers: as much on electricity as the accounts say, and nothing lost."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

import fleet
from fleet.demand.calendar import days_of
from fleet.demand.class_inputs import PHEV
from fleet.demand.habits import NIGHTLY, Habit, habit_day, hybrid_habit
from fleet.demand.population import build_fleet
from fleet.demand.requests import DemandInputs
from fleet.demand.vehicle_day import DriverDraws

MONDAY = date(2025, 11, 10)


@pytest.fixture(scope="module")
def stock(three_towns):
    return fleet.stock(three_towns)


@pytest.fixture(scope="module")
def hybrids(three_towns, stock):
    inputs = DemandInputs.from_county(three_towns, year=2030)
    return build_fleet(
        inputs.tables, inputs.parameters, stock, "private_car", year=2030, seed=4, pull=inputs.pull, power=PHEV
    )


def test_the_habit_gives_the_share_of_electric_km_of_the_accounts(three_towns, stock):
    """Eight weeks of hybrids: km times use times the utility factor, within three per cent."""
    made = fleet.vehicle_days(three_towns, stock, year=2030, start=date(2030, 4, 1), days=56, seed=2, fills=True)
    row = made.ledger.filter(vehicle_class="private_car", power="phev").row(0, named=True)
    use = three_towns.energy_use.filter(vehicle_class="private_car", power="phev", carrier="electricity").row(
        0, named=True
    )
    km = stock.filter(year=2030, vehicle_class="private_car", power="phev")["km_per_vehicle"].item()
    # the energy of these days over that of a mean day of the year
    season = np.mean([day.use_multiplier(1.0) for day in days_of(three_towns, date(2030, 4, 1), 56)])
    asked = row["vehicles"] * 56 * km / 365.0 * use["use_per_100km"] / 100.0 * use["utility_factor"] * season
    assert row["driven_kwh"] == pytest.approx(asked, rel=0.03)


def test_the_more_electric_km_the_more_often_they_plug_in(hybrids):
    often = [hybrid_habit(hybrids, share, 0.03).own_probability for share in (0.2, 0.4, 0.6)]
    assert often == sorted(often)
    assert 0.0 < often[0] < often[-1] < 1.0
    # beyond reach they charge every night; where public charges alone are enough, never
    assert hybrid_habit(hybrids, 1.0, 0.0).own_probability > 0.999
    assert hybrid_habit(hybrids, 0.0, 0.03).own_probability < 0.001


def test_energy_closes_for_each_hybrid_and_only_those_without_a_charger_go_public(three_towns, hybrids):
    draws = DriverDraws(hybrids, 4)
    state = draws.first_day()
    public = np.zeros(hybrids.size, dtype=bool)
    for number, day in enumerate(days_of(three_towns, MONDAY, 7)):
        before = state
        state = habit_day(hybrids, day, before, draws, number=number, habit=Habit(0.4, 0.2))
        charged = np.zeros(hybrids.size)
        for fill in state.fills:
            np.add.at(charged, fill.who, fill.energy_kwh)
        for stop in state.stops:
            np.add.at(charged, stop.who, (stop.goal - stop.first) * hybrids.battery_kwh[stop.who])
            public[stop.who] = True
        change = (state.soc - before.soc) * hybrids.battery_kwh
        assert np.abs(state.driven - charged + change).max() < 1e-9
        assert (state.soc >= 0.0).all()
    assert public.any()
    assert not (public & (hybrids.has_base | hybrids.has_work)).any()


def test_hybrids_ask_for_ac_alone_and_two_wheelers_for_nothing(three_towns, stock):
    made = fleet.vehicle_days(three_towns, stock, year=2030, start=MONDAY, days=7, seed=4, fills=True)
    own = made.requests.filter(pl.col("vehicle_class") == "private_car/PHEV")
    assert own.height
    assert set(own["current"]) == {"ac"}
    assert own["accept_kw"].to_list() == [three_towns.figure("fleet.phev_ac_kw")] * own.height
    two = made.ledger.filter(vehicle_class="motorcycle").row(0, named=True)
    assert two["public_kwh"] == 0.0
    assert two["home_kwh"] == pytest.approx(two["driven_kwh"] + two["battery_change_kwh"])
    # a run without the county's load asks for the same in public
    plain = fleet.vehicle_days(three_towns, stock, year=2030, start=MONDAY, days=7, seed=4)
    assert plain.requests.equals(made.requests)
    assert plain.fills == ()
    assert "motorcycle" not in plain.ledger["vehicle_class"]


def test_two_wheelers_are_full_every_morning(three_towns, hybrids):
    (day,) = days_of(three_towns, MONDAY, 1)
    small = replace(hybrids, has_base=np.ones(hybrids.size, dtype=bool))
    draws = DriverDraws(small, 4)
    state = habit_day(small, day, draws.first_day(), draws, number=0, habit=NIGHTLY)
    assert (state.soc == small.base_end_soc).all()
    assert state.stops == [] or not len(state.stops[0].who)
