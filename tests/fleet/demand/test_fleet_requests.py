"""Charging requests of the vehicle-day model."""

import time
from dataclasses import replace
from datetime import date, timedelta

import networkx as nx
import numpy as np
import polars as pl
import pytest
from scipy import stats

import fleet
from data import DataError
from data.roads.graph import build_graph
from data.schemas.charging import Requests
from data.streams import stream
from data.tables.validate import validate
from fleet.demand.calendar import days_of
from fleet.demand.hours.profiles import hourly_shares, times_of_day
from fleet.demand.parameters import DemandParameters, DemandTables
from fleet.demand.population import build_fleet
from fleet.demand.requests import WARM_UP_DAYS, DemandInputs, drive_days
from fleet.demand.town_pull import gravity
from fleet.demand.vehicle_day import DriveDay, DriverDraws, drive_day

MONDAY = date(2025, 11, 10)


@pytest.fixture(scope="module")
def week(county, stock):
    return fleet.vehicle_days(county, stock, year=2025, start=MONDAY, days=7, seed=3)


def test_the_table_is_a_request_table(week):
    table = validate(week.requests, Requests, table="requests")
    assert table["arrive_min"].is_sorted()
    assert table["arrive_min"].max() < 7 * 1440


def test_energy_closes(week):
    ledger = week.ledger
    gap = (
        ledger["driven_kwh"]
        - ledger["home_kwh"]
        - ledger["depot_kwh"]
        - ledger["work_kwh"]
        - ledger["public_kwh"]
        - ledger["swap_kwh"]
        - ledger["outside_kwh"]
        + ledger["battery_change_kwh"]
    )
    assert gap.abs().max() < 1e-9 * ledger["driven_kwh"].max()
    town = week.requests.filter(~pl.col("vehicle_class").str.starts_with("through"))
    assert town["energy_kwh"].sum() == pytest.approx(ledger["public_kwh"].sum(), rel=1e-9)


def test_vehicles_at_work_follow_their_last_charge_of_the_day(county, week):
    """The same requests and energy; a chain is one vehicle's, and without queues it comes when it was drawn to."""
    chained = week.chained()
    kept = ["request_id", "energy_kwh", "soc_start", "vehicle_class", "patience_min"]
    assert chained.select(kept).equals(week.requests.select(kept))
    links = chained.filter(pl.col("follows").is_not_null())
    classes = set(links["vehicle_class"].str.split("/").list.first())
    assert {"taxi", "ride_hailing", "bus", "tractor"} <= classes
    assert not classes & {"private_car", "light_truck", "through"}
    owner = dict(zip(week.requests["request_id"], week.vehicle, strict=True))
    assert all(owner[one] == owner[other] for one, other in links.select("request_id", "follows").iter_rows())
    # of each vehicle and day, all but the first follow
    days = week.requests.with_columns(vehicle=week.vehicle, day=pl.col("arrive_min") // 1440.0)
    days = days.filter(pl.col("vehicle").is_not_null())
    per_day = days.height - days.select("vehicle", "day").n_unique()
    assert per_day <= links.height <= per_day + 10
    again = fleet.requests(county, fleet.stock(county), year=2025, start=MONDAY, days=7, seed=3, chained=True)
    assert again.equals(chained)


def test_same_seed_same_table(county, stock, week):
    again = fleet.requests(county, stock, year=2025, start=MONDAY, days=7, seed=3)
    other = fleet.requests(county, stock, year=2025, start=MONDAY, days=7, seed=4)
    assert again.equals(week.requests)
    assert not other.equals(week.requests)


def test_a_day_is_what_a_planner_would_expect(week):
    sessions = week.requests.height / 7
    assert 250 < sessions < 1000
    assert 15 < week.requests["energy_kwh"].mean() < 40
    assert 5_000 < week.requests["energy_kwh"].sum() / 7 < 25_000


def test_twice_the_vehicles_make_twice_the_requests(county, stock):
    def town_requests(table):
        made = fleet.requests(county, table, year=2025, start=MONDAY, days=7, seed=5)
        return made.filter(~pl.col("vehicle_class").str.starts_with("through")).height

    ratio = town_requests(stock.with_columns(pl.col("vehicles") * 2)) / town_requests(stock)
    assert ratio == pytest.approx(2.0, abs=0.15)


def test_a_holiday_multiplies_through_traffic(county, stock):
    def through(start):
        made = fleet.requests(county, stock, year=2025, start=start, days=6, seed=2)
        return made.filter(pl.col("vehicle_class").str.starts_with("through")).height

    assert 2.5 < through(date(2025, 10, 2)) / through(MONDAY) < 5.0


def test_hours_follow_the_profile(county):
    share = hourly_shares(county.profiles, "public_fast_mixed")
    minutes = times_of_day(share, stream(1, "hours").random(20_000))
    counts = np.bincount((minutes // 60).astype(int), minlength=24)
    assert stats.chisquare(counts, 20_000 * share).pvalue > 0.001
    within = np.bincount((minutes % 60).astype(int), minlength=60)
    assert stats.chisquare(within).pvalue > 0.001


def test_times_of_day_by_hand():
    # half of the day in its first hour, half in its third
    times = times_of_day(np.array([0.5, 0.0, 0.5, 0.0]), np.array([0.0, 0.25, 0.499999, 0.75, 0.999999]))
    assert times == pytest.approx([0.0, 30.0, 60.0, 150.0, 180.0], abs=1e-3)


@pytest.mark.parametrize(
    ("name", "current", "profile"),
    [
        ("private_car", "dc", "public_fast_mixed"),
        ("private_car", "any", "residential_ac"),
        ("light_truck", "dc", "public_fast_mixed"),
        ("ride_hailing", "dc", "taxi"),
    ],
)
def test_the_hours_of_the_table_follow_the_profile_of_the_class(county, stock, name, current, profile):
    inputs = DemandInputs.from_county(county, year=2030)
    # whoever stands long enough takes AC, so that each current has one profile
    inputs = replace(inputs, rules=replace(inputs.rules, move_car_min=1e6))
    calendar = days_of(county, date(2030, 3, 4) - timedelta(days=WARM_UP_DAYS), WARM_UP_DAYS + 28)
    table = drive_days(inputs, stock, year=2030, calendar=calendar, seed=7).requests
    mine = table.filter(pl.col("vehicle_class").str.starts_with(f"{name}/") & (pl.col("current") == current))
    counts = np.bincount((mine["arrive_min"] % 1440 // 60).cast(pl.Int64), minlength=24)
    part = county.charging_behaviour.filter(vehicle_class=name)["price_response"].item()
    at_one_price = hourly_shares(county.profiles, profile)
    share = inputs.rules.response(part).shares(at_one_price, np.array(inputs.prices_cny_kwh[3]))
    assert mine.height > 1500
    assert stats.chisquare(counts, mine.height * share / share.sum()).pvalue > 0.001
    assert stats.chisquare(counts, mine.height * at_one_price).pvalue < 0.001


def test_hours_outside_the_profile_are_seen_by_the_test(county, stock):
    table = fleet.requests(county, stock, year=2030, start=date(2030, 3, 4), days=28, seed=7)
    mine = table.filter(pl.col("vehicle_class").str.starts_with("private_car/") & (pl.col("current") == "dc"))
    counts = np.bincount((mine["arrive_min"] % 1440 // 60).cast(pl.Int64), minlength=24)
    other = county.profiles.filter(pl.col("profile") == "taxi").sort("hour")["share"].to_numpy()
    assert stats.chisquare(counts, mine.height * other / other.sum()).pvalue < 1e-9


def test_cars_are_within_the_planning_frame(week):
    cars = week.requests.filter(
        pl.col("vehicle_class").str.split("/").list.first().is_in(["private_car", "taxi", "ride_hailing", "through"])
    )
    assert 250 < cars.height / 7 < 700
    assert 5_000 < cars["energy_kwh"].sum() / 7 < 15_000
    car = week.ledger.filter(vehicle_class="private_car", power="bev").row(0, named=True)
    assert 4.0 < car["driven_kwh"] / 7 / car["vehicles"] < 5.5
    assert 0.2 < car["public_kwh"] / car["driven_kwh"] < 0.5


def test_only_workplaces_charge_at_work_and_on_working_days(county, stock):
    days = {
        name: fleet.vehicle_days(county, stock, year=2025, start=start, days=1, seed=3).ledger
        for name, start in (("monday", MONDAY), ("sunday", date(2025, 11, 16)), ("holiday", date(2025, 10, 2)))
    }
    work = {
        name: table.filter(vehicle_class="private_car", power="bev")["work_kwh"].item() for name, table in days.items()
    }
    assert work["monday"] > 0.0
    assert work["sunday"] == work["holiday"] == 0.0
    monday = days["monday"]
    assert set(monday.filter(pl.col("work_kwh") > 0.0)["vehicle_class"]) == {"private_car"}


def test_who_can_charge_at_work_asks_less_in_public(county, stock):
    def public(share):
        moved = pl.when(pl.col("vehicle_class") == "private_car").then(pl.col("public_share") + pl.col("work_share"))
        access = county.charging_access.with_columns(whole=moved.otherwise("public_share")).with_columns(
            work_share=pl.when(pl.col("vehicle_class") == "private_car").then(pl.col("whole") * share).otherwise(0.0)
        )
        access = access.with_columns(public_share=pl.col("whole") - pl.col("work_share")).drop("whole")
        edited = county.with_table("charging_access", access)
        made = fleet.vehicle_days(edited, stock, year=2025, start=MONDAY, days=7, seed=3).ledger
        return made.filter(vehicle_class="private_car", power="bev")["public_kwh"].item()

    assert public(0.0) > 1.3 * public(0.5)


def test_taxis_in_two_shifts_drive_more_and_are_handed_over_charged(county, stock):
    many = stock.with_columns(vehicles=pl.when(pl.col("vehicle_class") == "taxi").then(400.0).otherwise("vehicles"))
    pull = gravity(county, year=2025)
    taxis = build_fleet(
        DemandTables.from_county(county),
        DemandParameters.from_county(county),
        many,
        "taxi",
        year=2025,
        seed=3,
        pull=pull,
    )
    two = taxis.two_shifts
    assert two.mean() == pytest.approx(0.4, abs=0.1)
    assert taxis.km_factor[two].mean() == pytest.approx(1.7 * taxis.km_factor[~two].mean())
    expected = 0.4 * 1.7 + 0.6
    assert taxis.km_factor[~two].mean() == pytest.approx(1.0 / expected)
    (day,) = days_of(county, MONDAY, 1)
    soc, threshold = (np.full(taxis.size, value) for value in (0.7, 0.2))
    before = DriveDay(soc, threshold, np.zeros(taxis.size, dtype=np.int64), np.zeros(taxis.size))
    driven = drive_day(taxis, day, before, DriverDraws(taxis, 1), number=0)
    assert (driven.soc[two] >= county.figure("fleet.handover_soc") - 1e-9).all()
    assert (before.soc == 0.7).all()
    assert (before.charges == 0).all()
    assert driven.charges.sum() == sum(len(stop.who) for stop in driven.stops)
    # a private charger is no use to a car that never rests
    rests = taxis.has_base & ~two
    assert driven.totals_kwh()["home"] + driven.totals_kwh()["depot"] > 0.0
    assert (driven.soc[rests] >= 1.0 - 1e-9).all()
    assert {stop.leg for stop in driven.stops} == {0, 1}


def test_charges_of_two_shifts_fall_into_their_shift(county):
    lot = stream(1, "x").random(4000)
    early = times_of_day(hourly_shares(county.profiles, "taxi", hours=(6.0, 18.0)), lot)
    late = times_of_day(hourly_shares(county.profiles, "taxi", hours=(6.0, 18.0), outside=True), lot)
    assert ((early >= 360.0) & (early < 1080.0)).all()
    assert ((late < 360.0) | (late >= 1080.0)).all()
    with pytest.raises(DataError, match="has nothing in a shift from 30 to 31 h"):
        hourly_shares(county.profiles, "taxi", hours=(30, 31))


def test_freight_drives_less_and_families_more_in_a_holiday(county, stock):
    def driven(start):
        made = fleet.vehicle_days(county, stock, year=2025, start=start, days=5, seed=2).ledger
        return dict(made.filter(power="bev").select("vehicle_class", "driven_kwh").iter_rows())

    usual, festival = driven(date(2025, 2, 10)), driven(date(2025, 1, 29))
    assert festival["private_car"] == pytest.approx(2.1 * usual["private_car"], rel=0.05)
    assert festival["tractor"] == pytest.approx(0.56 * usual["tractor"], rel=0.1)
    assert festival["bus"] == pytest.approx(usual["bus"], rel=0.05)


def test_a_warm_month_takes_more_energy_for_the_same_km(county, stock):
    def driven(start):
        made = fleet.vehicle_days(county, stock, year=2025, start=start, days=3, seed=2).ledger
        return made.filter(vehicle_class="private_car", power="bev")["driven_kwh"].item()

    assert driven(date(2025, 7, 7)) / driven(date(2025, 4, 7)) == pytest.approx(1.06, rel=1e-3)


def test_towns_pull_by_residents_over_road_minutes(county):
    graph = build_graph(county, year=2025)
    towns = county.towns
    pull = gravity(county, year=2025)
    minutes = {
        town: seconds / 60.0
        for town, seconds in nx.single_source_dijkstra_path_length(graph, "decheng", weight="travel_time").items()
    }
    own = towns["town"].to_list().index("decheng")
    for at, (town, people) in enumerate(towns.select("town", "residents").iter_rows()):
        expected = 0.0 if town == "decheng" else people / minutes[town] ** 1.5
        assert pull[own, at] == pytest.approx(expected)
    assert (gravity(county, year=2025, graph=graph) == pull).all()
    islands = graph.copy()
    islands.remove_edges_from(list(graph.edges))
    assert (gravity(county, year=2025, graph=islands) == 0.0).all()


def test_towns_without_roads_pull_by_the_straight_line_and_an_island_not_at_all(county):
    bare = gravity(county.with_table("road_links", county.road_links.clear()), year=2025)
    assert (bare.sum(axis=1) > 0.0).all()
    cut = county.road_links.filter((pl.col("from_node") != "mocun") & (pl.col("to_node") != "mocun"))
    island = gravity(county.with_table("road_links", cut), year=2025)
    at = county.towns["town"].to_list().index("mocun")
    assert island[at].sum() == island[:, at].sum() == 0.0


@pytest.mark.slow
def test_a_county_year_takes_less_than_ten_seconds(county, stock):
    began = time.process_time()
    table = fleet.requests(county, stock, year=2025, start=date(2025, 1, 1), days=365, seed=1)
    assert time.process_time() - began < 10.0
    assert table.height > 100_000


def test_through_traffic_stops_at_every_area_on_its_own_side(week):
    through = week.requests.filter(pl.col("vehicle_class").str.starts_with("through"))
    stops = {origin for origin in through["origin"] if origin.startswith("s8")}
    assert stops == {f"s8-{side}@{area}" for side in ("east", "west") for area in ("bincun", "gaoliang-sa", "bozhi-sa")}


def test_a_county_without_electric_vehicles_has_only_through_traffic(county, stock):
    none = stock.with_columns(vehicles=pl.when(pl.col("power").is_in(["bev", "phev"])).then(0.0).otherwise("vehicles"))
    made = fleet.vehicle_days(county, none, year=2025, start=MONDAY, days=2, seed=1)
    assert made.ledger.height == 0
    assert made.requests["vehicle_class"].str.starts_with("through").all()


def test_bad_calls_are_named(county, stock):
    with pytest.raises(DataError, match="no year 2050"):
        fleet.requests(county, stock, year=2050, start=MONDAY, days=1, seed=1)
    with pytest.raises(DataError, match="days 0"):
        fleet.requests(county, stock, year=2025, start=MONDAY, days=0, seed=1)
    with pytest.raises(DataError, match="no profile 'nightly'"):
        hourly_shares(county.profiles, "nightly")
