"""People who come home for a holiday: how many, when, with what SOC, and what they charge where."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

import fleet
from data import DataError
from data.edits import with_cells
from fleet.demand.calendar import days_of
from fleet.demand.holidays.visitors import Customs, VisitorInputs, visitor_tables
from fleet.demand.holidays.visits import visiting_fleets
from fleet.demand.parameters import DemandParameters, DemandTables
from fleet.demand.town_pull import gravity
from fleet.demand.vehicle_day import DriverDraws
from fleet.private_charging.chargers import PrivateChargers
from fleet.private_charging.plug_ins import plug_ins

EVE, NATIONAL_DAY, ORDINARY = dt.date(2030, 2, 1), dt.date(2030, 10, 1), dt.date(2030, 11, 11)


@pytest.fixture(scope="module")
def visitors(county):
    return VisitorInputs.from_county(county, year=2030)


@pytest.fixture(scope="module")
def festival(county, stock):
    return fleet.vehicle_days(county, stock, year=2030, start=EVE, days=7, seed=1, fills=True)


@pytest.fixture(scope="module")
def coming(county, visitors):
    """Return the cars of the Spring Festival and their visits."""
    made = DemandTables.from_county(county), DemandParameters.from_county(county)
    calendar = days_of(county, EVE, 7)
    return next(visiting_fleets(visitors, *made, calendar=calendar, year=2030, seed=1, pull=gravity(county, year=2030)))


def town_kwh(county, stock, start, **changes):
    """Return the public energy that is asked for in the towns over three days."""
    changed = with_cells(county, changes)
    made = fleet.vehicle_days(changed, stock, year=2030, start=start, days=3, seed=1)
    towns = ~made.requests["vehicle_class"].str.starts_with("through")
    return made.requests.filter(towns)["energy_kwh"].sum()


def test_cars_follow_from_people_who_live_elsewhere(visitors):
    assert visitors.away_people == 410_300 - 338_200
    customs = Customs(0.5, 0.4, 2.0, 5.0, 1.0, 30.0)
    people = 72_100 * 0.5 * 0.4
    expected = [people * place.people_share / 2.0 * place.bev_share for place in visitors.origins]
    assert visitors.cars(customs) == pytest.approx(expected)
    assert sum(place.people_share for place in visitors.origins) == pytest.approx(1.0)


def test_shares_of_electric_cars_follow_the_year(county, visitors):
    later, earlier = (VisitorInputs.from_county(county, year=year) for year in (2035, 2025))
    shares = [[place.bev_share for place in made.origins] for made in (earlier, visitors, later)]
    assert all(before < now < after for before, now, after in zip(*shares, strict=True))


def test_both_holidays_bring_visitors_and_ordinary_days_none(county, stock, festival):
    assert festival.visitors["holiday"].unique().to_list() == ["spring-festival-2030"]
    national = fleet.vehicle_days(county, stock, year=2030, start=NATIONAL_DAY, days=3, seed=1)
    assert 0 < national.visitors["cars"].sum() < festival.visitors["cars"].sum()
    ordinary = fleet.vehicle_days(county, stock, year=2030, start=ORDINARY, days=3, seed=1)
    assert ordinary.visitors.height == 0
    assert not ordinary.requests["vehicle_class"].str.starts_with("visitor").any()


@pytest.mark.parametrize("start", [EVE, NATIONAL_DAY])
def test_demand_in_the_towns_rises_within_the_range_of_the_tables(county, stock, start):
    nobody = county.with_table("visitors", county.visitors.clear())
    without = town_kwh(nobody, stock, start)
    few, usual, many = (
        town_kwh(county, stock, start, visitors=position, visitor_origins=position) for position in (-1.0, 0.0, 1.0)
    )
    assert without < few < usual < many
    assert usual < 1.5 * without


def test_residents_keep_their_draws_whoever_visits(county, stock):
    nobody = county.with_table("visitors", county.visitors.clear())
    made = [fleet.requests(each, stock, year=2030, start=EVE, days=2, seed=4) for each in (county, nobody)]
    own = [table.filter(~pl.col("vehicle_class").str.starts_with("visitor")).drop("request_id") for table in made]
    assert own[0].equals(own[1])


def test_energy_of_visitors_closes(festival):
    row = festival.ledger.filter(pl.col("vehicle_class") == "visitor").row(0, named=True)
    charged = row["home_kwh"] + row["public_kwh"]
    assert row["driven_kwh"] == pytest.approx(charged - row["battery_change_kwh"], rel=1e-9)
    assert row["depot_kwh"] == row["work_kwh"] == 0.0
    theirs = festival.requests.filter(pl.col("vehicle_class").str.starts_with("visitor"))
    assert theirs["energy_kwh"].sum() == pytest.approx(row["public_kwh"], rel=1e-9)
    by_town = festival.visitors
    assert by_town["public_kwh"].sum() == pytest.approx(row["public_kwh"], rel=1e-9)
    assert by_town["home_kwh"].sum() == pytest.approx(row["home_kwh"], rel=1e-9)
    assert by_town["cars"].sum() == row["vehicles"]


def test_the_soc_of_arrival_follows_from_the_way_and_the_battery(county, visitors, coming):
    cars, visits = coming
    season = days_of(county, EVE, 1)[0].use_multiplier(0.0)
    kwh_a_km = cars.kwh_a_km * visitors.highway_use_factor * season
    kilometres = visits.way_back * cars.battery_kwh / kwh_a_km
    assert set(np.round(kilometres).astype(int)) == {95, 185, 290, 700}
    direct = visitors.trip_start_soc - visits.way_back >= cars.reserve_soc
    assert visits.first_soc[direct] == pytest.approx((visitors.trip_start_soc - visits.way_back)[direct])
    # a small battery does not last for 185 km of expressway: it was charged on the way
    assert not direct[(cars.battery_kwh <= 20.0) & (kilometres > 150.0)].any()
    on_way = visits.first_soc[~direct]
    assert (on_way > 0.0).all()
    assert (on_way <= 1.0).all()
    assert 0.4 < on_way.mean() < 0.75


def test_visits_lie_within_the_days_of_the_holiday(coming):
    _, visits = coming
    assert visits.arrive.min() == dt.date(2030, 1, 30).toordinal()
    assert visits.leave.max() == dt.date(2030, 2, 9).toordinal()
    nights = visits.leave - visits.arrive
    assert nights.min() >= 1
    assert nights.mean() == pytest.approx(6.0, abs=0.2)


def test_nobody_drives_or_charges_before_arriving_or_after_leaving(county, coming):
    cars, visits = coming
    draws = DriverDraws(cars, visits.seed)
    state = draws.first_day()
    for number, day in enumerate(days_of(county, dt.date(2030, 1, 28), 15)):
        before, state = state, visits.drive(cars, day, state, draws, number=number)
        away = (day.date.toordinal() < visits.arrive) | (day.date.toordinal() > visits.leave)
        assert not state.driven[away].any()
        assert (state.charges == before.charges)[away].all()
        assert not any(away[fill.who].any() for fill in state.fills)
        assert (state.soc >= 0.0).all()
        assert (state.soc <= 1.0).all()
    assert state.driven.sum() == 0.0


def test_a_night_at_a_socket_gives_no_more_than_the_socket_can(visitors, festival):
    fills = next(item for item in festival.fills if item.fleet.vehicle_class == "visitor")
    most = visitors.cable_kw * visitors.efficiency_ac * visitors.cable_h
    energy = np.concatenate([fill.energy_kwh for _, fill in fills.fills])
    assert energy.max() <= most + 1e-9
    assert energy.max() > 0.9 * most
    assert {fill.place for _, fill in fills.fills} == {"home"}
    who = np.concatenate([fill.who for _, fill in fills.fills])
    assert fills.fleet.has_base[who].all()
    assert fills.fleet.has_base.mean() == pytest.approx(visitors.cable_share, abs=0.04)


def test_visitors_draw_no_more_than_their_socket_gives(county, visitors, festival):
    stays = plug_ins(festival.fills, PrivateChargers.from_county(county), seed=1).filter(vehicle_class="visitor")
    assert stays.height > 1000
    assert stays["kw"].max() <= visitors.cable_kw
    assert stays["rule"].unique().to_list() == ["plug_in"]


def test_nobody_comes_where_visitors_are_left_out(county, stock):
    made = fleet.vehicle_days(county, stock, year=2030, start=EVE, days=1, seed=1, visitors=False)
    assert made.visitors.height == 0
    assert "visitor" not in made.ledger["vehicle_class"]


def test_more_sockets_move_charges_from_the_piles_to_the_houses(county, stock):
    made = [
        fleet.vehicle_days(
            county.with_figures({"visitors.cable_share": share}), stock, year=2030, start=EVE, days=5, seed=1
        )
        for share in (0.1, 0.6)
    ]
    few, many = (days.visitors.select(pl.col("home_kwh", "public_kwh").sum()).row(0) for days in made)
    assert many[0] > 3.0 * few[0]
    assert many[1] < few[1]


def test_who_charges_before_leaving_takes_enough_for_more_of_the_way(county, stock):
    made = [
        fleet.vehicle_days(
            county.with_figures({"visitors.charge_before_leaving_share": share}),
            stock,
            year=2030,
            start=EVE,
            days=9,
            seed=1,
        )
        for share in (0.0, 1.0)
    ]
    none, everybody = (days.visitors["public_kwh"].sum() for days in made)
    assert everybody > 1.3 * none


def test_visitors_are_a_class_of_their_own_by_the_families_of_the_towns(county, visitors):
    tables = visitor_tables(DemandTables.from_county(county), visitors)
    assert tables.ev_models["vehicle_class"].unique().to_list() == ["visitor"]
    assert tables.charging_access["home_share"].to_list() == [visitors.cable_share]
    people = dict(tables.towns.select("town", "residents").iter_rows())
    assert people["decheng"] == pytest.approx(0.4 * 81_838)
    assert people["xinxu"] == 16_700


def test_a_county_without_the_tables_has_no_visitors(three_towns):
    assert not three_towns.has("visitors")
    assert VisitorInputs.from_county(three_towns, year=2025) is None


def test_more_residents_than_registered_people_are_refused(county):
    turned = county.with_figures({"visitors.resident_people": 420_000.0})
    with pytest.raises(DataError, match=r"visitors.registered_people less visitors.resident_people gives -9,700"):
        VisitorInputs.from_county(turned, year=2030)


def test_a_measure_that_is_lacking_is_named(county):
    some = county.visitors.filter((pl.col("occasion") != "national-day") | (pl.col("measure") != "stay_days"))
    with pytest.raises(DataError, match=r"visitors.csv: occasion 'national-day' has no row for the measure stay_days"):
        VisitorInputs.from_county(county.with_table("visitors", some), year=2030)
