"""Duties of operators in the county's demand: nothing twice, totals of stock and ledger, places and hours of plans."""

from datetime import date

import polars as pl
import pytest

import fleet
from data.errors import InfeasibleError
from fleet.demand.calendar import days_of
from fleet.operators import duty_table as duty_tables
from fleet.operators.duty_table import operator_plans
from fleet.operators.networks import DEPOT_LOADS, DUTIES
from fleet.operators.operated_fleets import fleets_table, operated_fleets
from fleet.private_charging.chargers import PrivateChargers
from fleet.private_charging.plug_ins import plug_ins

MONDAY, DAYS, YEAR = date(2030, 6, 3), 7, 2030


@pytest.fixture(scope="module")
def stock(three_towns):
    # enough electric vans for every operator to have some
    vans = (pl.col("vehicle_class") == "light_truck") & (pl.col("power") == "bev")
    return fleet.stock(three_towns).with_columns(vehicles=pl.when(vans).then(120.0).otherwise("vehicles"))


@pytest.fixture(scope="module")
def planned(three_towns):
    plans = operator_plans(three_towns, year=YEAR)
    assert plans.lost == []
    return plans.duties


@pytest.fixture(scope="module")
def operated(three_towns, stock, planned):
    return operated_fleets(three_towns, stock, planned, year=YEAR)


@pytest.fixture(scope="module")
def week(three_towns, stock, operated):
    return fleet.vehicle_days(
        three_towns, stock, year=YEAR, start=MONDAY, days=DAYS, seed=2, fills=True, operated=operated
    )


def test_legs_of_duties_follow_each_other(planned):
    assert planned.schema == DUTIES
    order = planned.with_columns(before=pl.col("end_min").shift(1).over("operator", "days", "duty"))
    assert (order.drop_nulls("before")["start_min"] >= order.drop_nulls("before")["before"] - 1e-9).all()
    ends = planned.group_by("operator", "duty", maintain_order=True).agg(
        first=pl.col("from_place").first(), last=pl.col("to_place").last(), kw=pl.col("charger_kw").last()
    )
    assert set(ends["first"]) == set(ends["last"]) == {"depot"}
    assert ends["kw"].null_count() == 0
    # chargers have a town in whose grid they stand, other places none
    assert planned.filter(pl.col("charger_kw").is_null() != pl.col("town").is_null()).height == 0


def test_vehicles_of_all_operators_are_vehicles_of_the_stock(stock, operated, week):
    electric = stock.filter(pl.col("year") == YEAR, pl.col("power") == "bev")
    counts = {name: round(vehicles) for name, vehicles in electric.select("vehicle_class", "vehicles").iter_rows()}
    by_class = {}
    for one in operated:
        by_class[one.vehicle_class] = by_class.get(one.vehicle_class, 0) + one.vehicles
    assert set(by_class) == {"bus", "taxi", "light_truck"}
    assert all(number <= counts[name] for name, number in by_class.items())
    assert by_class["taxi"] == counts["taxi"]
    # four buses of the six, nearly all of them electric
    assert by_class["bus"] == 4
    # a row per class: the operators' vehicles are in that of their class
    ledger = week.ledger.filter(power="bev")
    assert dict(ledger.select("vehicle_class", "vehicles").iter_rows()) == {k: v for k, v in counts.items() if v}


def test_energy_is_that_of_the_stock_and_the_ledger_closes(three_towns, stock, week):
    ledger = week.ledger
    charged = sum(pl.col(f"{place}_kwh") for place in ("home", "depot", "work", "public", "swap", "outside"))
    gap = ledger.select(gap=(pl.col("driven_kwh") - charged + pl.col("battery_change_kwh")).abs().max()).item()
    assert gap <= 1e-9 * ledger["driven_kwh"].sum()
    without = fleet.vehicle_days(three_towns, stock, year=YEAR, start=MONDAY, days=DAYS, seed=2, fills=True).ledger
    both = ledger.join(without, on=["vehicle_class", "power"], suffix="_without", validate="1:1")
    assert both.height == ledger.height == without.height
    # drawn days of a few vehicles spread; the stock's km are in both
    rows = both.filter(pl.col("vehicle_class").is_in(["bus", "light_truck"]), power="bev")
    assert rows["driven_kwh"].sum() == pytest.approx(rows["driven_kwh_without"].sum(), rel=0.05)
    others = both.filter(~pl.col("vehicle_class").is_in(["bus", "light_truck", "taxi"]) | (pl.col("power") != "bev"))
    assert others["driven_kwh"].equals(others["driven_kwh_without"].rename("driven_kwh"))


def test_buses_charge_in_their_depot_within_the_hours_of_their_duties(three_towns, planned, week):
    stays = plug_ins(week.fills, PrivateChargers.from_county(three_towns), seed=2)
    # the first of the class are the operator's
    buses = stays.filter(pl.col("vehicle") < 4, vehicle_class="bus")
    assert set(buses["town"]) == {"anping"}
    assert (buses["plug_min"] + 60.0 * buses["meter_kwh"] / buses["kw"] <= buses["leave_min"] + 1e-6).all()
    bus = planned.filter(vehicle_class="bus")
    arrivals = set((bus.drop_nulls("charger_kw")["end_min"] % 1440.0).round(6))
    assert set((buses["plug_min"] % 1440.0).round(6)) <= arrivals
    ledger = week.ledger.filter(vehicle_class="bus", power="bev")
    # what was charged from the first day on, and in the night before it
    inside = stays.filter(pl.col("plug_min") >= 0.0, vehicle_class="bus")["energy_kwh"].sum()
    assert inside == pytest.approx(ledger["depot_kwh"][0], rel=1e-9)


def test_freight_operators_without_a_number_of_vehicles_are_many(three_towns, stock, planned):
    rows = three_towns.operators
    named = rows.with_columns(vehicles=pl.when(pl.col("kind") == "trucks").then(2).otherwise("vehicles"))
    electric = (pl.col("vehicle_class") == "tractor") & (pl.col("power") == "bev")
    many = stock.with_columns(vehicles=pl.when(electric).then(50.0).otherwise("vehicles"))
    found = operated_fleets(three_towns.with_table("operators", named), many, planned, year=YEAR)
    assert [one.operator for one in found if one.vehicle_class == "tractor"] == ["haulier"]
    assert not [one for one in operated_fleets(three_towns, many, planned, year=YEAR) if one.vehicle_class == "tractor"]


def test_all_vehicles_of_a_class_are_told_once(three_towns, stock, planned):
    again = three_towns.operators.filter(operator="haulier").with_columns(operator=pl.lit("another-haulier"))
    vans = again.with_columns(operator=pl.lit("light-haulier"), vehicle_class=pl.lit("light_truck"))
    county = three_towns.with_table("operators", pl.concat([three_towns.operators, again, vans]))
    told = fleets_table(county, stock, planned, DEPOT_LOADS.to_frame(), year=YEAR)
    now = stock.filter(pl.col("year") == YEAR)
    for name in ("tractor", "light_truck"):
        rows, own = told.filter(vehicle_class=name), now.filter(vehicle_class=name)
        # named operators and many hauliers together are the class: nothing twice, nothing lost
        assert rows["vehicles"].sum() == pytest.approx(own["vehicles"].sum())
        assert rows["electric_vehicles"].sum() == round(own.filter(power="bev")["vehicles"].sum())
    assert told.filter(operator="another-haulier")["vehicles"].to_list() == [0.0]
    assert told.filter(operator="light-haulier")["vehicles"][0] > 0.0


def test_operators_without_an_electric_vehicle_keep_their_duties(three_towns, stock, planned):
    few = stock.with_columns(
        vehicles=pl.when(pl.col("vehicle_class") == "light_truck", pl.col("power") == "bev")
        .then(1.0)
        .otherwise("vehicles")
    )
    assert not [
        one for one in operated_fleets(three_towns, few, planned, year=YEAR) if one.vehicle_class != "bus" and one.days
    ]
    told = fleets_table(three_towns, few, planned, DEPOT_LOADS.to_frame(), year=YEAR).filter(kind="vans")
    assert told["duties"].null_count() == 0
    assert told["driven_duties"].to_list() == told["electric_vehicles"].to_list() == [0, 0]
    assert (told["vehicles"] >= told["duties"]).all()


def test_what_no_electric_vehicle_can_do_is_said(three_towns, monkeypatch):
    def fails(*_args, **_kwargs):
        raise InfeasibleError("a trip is too long. Give a larger battery.")

    monkeypatch.setattr(duty_tables, "range_blocks", fails)
    monkeypatch.setattr(duty_tables, "distribution", fails)
    plans = operator_plans(three_towns, year=YEAR)
    assert plans.duties.height == plans.loads.height == 0
    assert plans.lost == [
        "operator seat-bus: a trip is too long. Give a larger battery.",
        "operators of vans: a trip is too long. Give a larger battery.",
    ]


def test_buses_that_stand_still_at_the_weekend_drive_nothing_then(three_towns, stock, planned):
    workdays = planned.with_columns(
        days=pl.when(pl.col("vehicle_class") == "bus").then(pl.lit("workday")).otherwise("days")
    )
    found = operated_fleets(three_towns, stock, workdays, year=YEAR)
    bus = next(one for one in found if one.vehicle_class == "bus")
    days = days_of(three_towns, MONDAY, DAYS)
    assert [len(bus.on(day).km) > 0 for day in days] == [day.is_working_day for day in days]
    daily = next(one for one in operated_fleets(three_towns, stock, planned, year=YEAR) if one.vehicle_class == "bus")
    assert bus.km_a_day == pytest.approx(5.0 / 7.0 * daily.km_a_day)
    week = fleet.vehicle_days(
        three_towns, stock, year=YEAR, start=MONDAY, days=DAYS, seed=2, fills=True, operated=found
    )
    assert week.ledger.filter(vehicle_class="bus", power="bev")["depot_kwh"][0] > 0.0
