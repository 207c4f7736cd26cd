"""Charges at home, depot and work as stays, from the vehicle days; and the energy that must close."""

from datetime import date

import numpy as np
import polars as pl
import pytest

import fleet
from charging.grid.charge_times import ChargeTimes
from charging.grid.starts import START_RULES, Prices
from data.errors import DataError
from fleet.demand.calendar import days_of
from fleet.demand.population import build_fleet
from fleet.demand.requests import DemandInputs
from fleet.demand.vehicle_day import DriverDraws, drive_day
from fleet.private_charging.balance import charging_growth, energy_balance, vehicles_by_town
from fleet.private_charging.chargers import PrivateChargers
from fleet.private_charging.plug_ins import PLUG_INS, plug_ins

MONDAY = date(2025, 11, 10)
DAYS = 3


@pytest.fixture(scope="module")
def stock(three_towns):
    return fleet.stock(three_towns)


@pytest.fixture(scope="module")
def days(three_towns, stock):
    return fleet.vehicle_days(three_towns, stock, year=2030, start=MONDAY, days=DAYS, seed=4, fills=True)


@pytest.fixture(scope="module")
def chargers(three_towns):
    return PrivateChargers.from_county(three_towns)


@pytest.fixture(scope="module")
def stays(days, chargers):
    return plug_ins(days.fills, chargers, seed=4)


def test_energy_closes_for_each_vehicle(three_towns, stock):
    """Driven = own charges + public charges - change in the battery, vehicle by vehicle and day by day."""
    inputs = DemandInputs.from_county(three_towns, year=2030)
    cars = build_fleet(inputs.tables, inputs.parameters, stock, "private_car", year=2030, seed=4, pull=inputs.pull)
    draws = DriverDraws(cars, 4)
    state = draws.first_day()
    for number, day in enumerate(days_of(three_towns, MONDAY, 5)):
        before, state = state, drive_day(cars, day, state, draws, number=number)
        charged = np.zeros(cars.size)
        for fill in state.fills:
            np.add.at(charged, fill.who, fill.energy_kwh)
        for stop in state.stops:
            np.add.at(charged, stop.who, (stop.goal - stop.first) * cars.battery_kwh[stop.who])
        change = (state.soc - before.soc) * cars.battery_kwh
        assert np.abs(state.driven - charged + change).max() < 1e-9


def test_stays_hold_what_the_vehicle_days_charge_and_no_vehicle_stands_twice(days, stays):
    # words as enumerations, all else as declared
    words = {name: kind for name, kind in stays.schema.items() if PLUG_INS[name] == pl.String}
    assert words
    assert all(isinstance(kind, pl.Enum) for kind in words.values())
    assert stays.cast(dict.fromkeys(words, pl.String)).schema == pl.Schema(PLUG_INS)
    first = stays.filter(pl.col("plug_min") >= 0.0)
    assert stays.height > first.height > 0
    ledger = days.ledger.select("vehicle_class", "power", "home_kwh", "depot_kwh", "work_kwh")
    of_days = _charged_in(days)
    for place in ("home", "depot", "work"):
        in_stays = stays.filter(place=place)["energy_kwh"].sum()
        # the stays hold the day before the first one too
        night = of_days.filter(pl.col("day") == -1, pl.col("place") == place)["energy_kwh"].sum()
        assert in_stays == pytest.approx(ledger[f"{place}_kwh"].sum() + night, rel=1e-9)
    order = stays.sort("vehicle_class", "power", "vehicle", "plug_min")
    same = pl.struct("vehicle_class", "power", "vehicle")
    gap = order.select(gap=pl.col("plug_min") - pl.col("leave_min").shift(1).over(same))["gap"].drop_nulls()
    assert gap.min() >= 0.0


def _charged_in(days):
    rows = [(day, fill.place, float(fill.energy_kwh.sum())) for item in days.fills for day, fill in item.fills]
    return pl.DataFrame(rows, schema=["day", "place", "energy_kwh"], orient="row")


def test_every_charge_fits_its_stay_at_what_charger_and_vehicle_can(three_towns, stays, chargers):
    minutes = 60.0 * stays["meter_kwh"] / stays["kw"]
    assert (stays["plug_min"] + minutes <= stays["leave_min"] + 1e-9).all()
    cars = stays.filter(vehicle_class="private_car", place="home")
    # wall box of 7 kW, or the on-board charger of 3.3 kW at the battery
    assert set(cars["kw"].round(6)) == {round(3.3 / 0.89, 6), 7.0}
    hybrids = cars.filter(power="phev")
    on_board = three_towns.figure("fleet.phev_ac_kw") / three_towns.figure("charging.efficiency_ac")
    assert hybrids["kw"].to_numpy() == pytest.approx(on_board)
    buses = stays.filter(vehicle_class="bus")
    assert set(buses["place"]) == {"depot"}
    assert buses["kw"].max() <= chargers.of("bus", "depot").charger_kw
    # at every start rule, too
    for rule in START_RULES:
        begin, end = ChargeTimes(stays, Prices(None)).of(rule)
        assert (begin >= stays["plug_min"].to_numpy()).all()
        assert (end <= stays["leave_min"].to_numpy() + 1e-6).all()


def test_shares_of_the_start_rules_are_those_of_the_table(three_towns, days):
    table = three_towns.private_chargers.with_columns(timer_share=0.3, managed_share=0.2)
    chargers = PrivateChargers.from_county(three_towns.with_table("private_chargers", table))
    stays = plug_ins(days.fills, chargers, seed=4)
    cars = stays.unique(["vehicle_class", "power", "vehicle"])
    found = dict(cars["rule"].value_counts(normalize=True).iter_rows())
    assert found["timer"] == pytest.approx(0.3, abs=0.06)
    assert found["managed"] == pytest.approx(0.2, abs=0.06)
    # a vehicle keeps its rule
    assert stays.group_by("vehicle_class", "power", "vehicle").agg(pl.col("rule").n_unique())["rule"].max() == 1


def test_whoever_is_not_full_in_the_morning_stays_until_it_is(three_towns, days):
    table = three_towns.private_chargers.with_columns(charger_kw=pl.lit(0.4), current=pl.lit("ac"))
    slow = PrivateChargers.from_county(three_towns.with_table("private_chargers", table))
    stays = plug_ins(days.fills, slow, seed=4)
    asked = plug_ins(days.fills, PrivateChargers.from_county(three_towns), seed=4)
    assert stays["energy_kwh"].sum() == pytest.approx(asked["energy_kwh"].sum(), rel=1e-9)
    assert (stays["leave_min"] - stays["plug_min"] + 1e-6 >= 60.0 * stays["meter_kwh"] / stays["kw"]).all()


def test_who_has_no_inlet_for_the_charger_takes_what_the_other_one_gives(three_towns, days):
    at_dc = three_towns.private_chargers.with_columns(current=pl.lit("dc"), charger_kw=pl.lit(40.0))
    stays = plug_ins(days.fills, PrivateChargers.from_county(three_towns.with_table("private_chargers", at_dc)), seed=4)
    efficiency = three_towns.figure("charging.efficiency_dc")
    hybrids = stays.filter(power="phev")
    # no inlet for DC: the on-board charger
    on_board = three_towns.figure("fleet.phev_ac_kw") / efficiency
    assert hybrids.height
    assert hybrids["kw"].to_numpy() == pytest.approx(on_board)
    assert stays["leave_min"].is_finite().all()


def test_a_place_without_a_charger_is_named(three_towns, days):
    table = three_towns.private_chargers.filter(pl.col("place") != "depot")
    chargers = PrivateChargers.from_county(three_towns.with_table("private_chargers", table))
    with pytest.raises(DataError, match=r"private_chargers: no row for vehicle_class '\w+' and place 'depot'"):
        plug_ins(days.fills, chargers, seed=4)


def test_the_same_seed_gives_the_same_stays_and_nobody_gives_none(days, chargers, stays):
    assert plug_ins(days.fills, chargers, seed=4).equals(stays)
    assert not plug_ins(days.fills, chargers, seed=5).equals(stays)
    assert plug_ins((), chargers, seed=4).schema == pl.Schema(PLUG_INS)


def test_the_balance_closes_and_names_what_others_take_away(days):
    requests = days.requests.with_columns(energy_kwh=pl.col("energy_kwh") * 1.0)
    visitor = requests.head(1).with_columns(vehicle_class=pl.lit("through/A"), energy_kwh=pl.lit(30.0))
    requests = pl.concat([requests, visitor])
    lost = requests["request_id"][0]
    sessions = requests.with_columns(energy_kwh=pl.when(pl.col("request_id") == lost).then(0.0).otherwise("energy_kwh"))
    table = energy_balance(days.ledger, requests, sessions)
    gap = table.select(
        pl.col("driven_kwh")
        + pl.col("taken_away_kwh")
        - pl.sum_horizontal("home_kwh", "depot_kwh", "work_kwh", "public_kwh", "swap_kwh", "outside_kwh")
        + pl.col("battery_change_kwh")
    ).to_series()
    assert gap.abs().max() < 1e-9 * table["driven_kwh"].max()
    others = table.filter(vehicle_class="through").row(0, named=True)
    assert others["taken_away_kwh"] == others["public_kwh"] == 30.0
    assert table["lost_kwh"].sum() == pytest.approx(requests["energy_kwh"].sum() - sessions["energy_kwh"].sum())
    # public charges of the ledger are the requests
    own = table.filter(pl.col("vehicle_class") != "through")
    assert own["public_kwh"].sum() == pytest.approx(days.requests["energy_kwh"].sum(), rel=1e-9)


def test_vehicles_by_town_and_their_growth(three_towns, days, stock):
    towns = vehicles_by_town(days.fills)
    assert towns["town"].to_list() == three_towns.towns["town"].to_list()
    assert towns["vehicles"].sum() == days.ledger["vehicles"].sum()
    assert vehicles_by_town(()).height == 0
    growth = charging_growth(stock, days.ledger, year=2030)
    # a division by the first of a column may take its reciprocal, which rounds once more
    assert growth.row(0) == (2030, 1.0, pytest.approx(1.0))
    assert growth["energy_factor"].is_sorted()
    assert growth["vehicles_factor"][-1] > 1.2
