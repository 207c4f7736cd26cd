"""Known faults F1 to F10 of other river models, each a test by name, with what is exact worked out here."""

from __future__ import annotations

import json
import math
from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl
import pytest
from pyproj import Geod

from data import DataError, load_county
from shipping import passage_events, simulate, vessels
from shipping.river.chambers import LockRules, pack
from shipping.river.waterway import geodesic_waterway
from shipping.schemas import Supply
from shipping.ships.brake_power import PowerCurve, brake_kw
from shipping.ships.engines import age_factor, part_load_factor
from shipping.ships.hulls import Hull

GOLDEN = Path(__file__).parent / "golden_power_2026-11-26.json"
NO_STATIONS = Supply.create_empty()


def sail(graph, fleet, plan, **options):
    return simulate(graph, plan, NO_STATIONS, vessels=pl.DataFrame([fleet]), passages=True, **options)


@pytest.fixture
def ship(fleet_row):
    """Return a function that makes a through vessel without hotel load that sails 14.4 km/h at 420 kW."""

    def make(**changes):
        return fleet_row(
            "s",
            kind="through",
            fuel="diesel",
            tank_m3=None,
            reference_kw=420.0,
            reference_speed_km_h=14.4,
            **{"water_speed_km_h": 14.4, "sfc_kg_kwh": 0.2, **changes},
        )

    return make


@pytest.mark.parametrize("heading", range(0, 360, 15))
@pytest.mark.parametrize("latitude", [0.0, 23.1, 52.0])
def test_f1_reaches_are_as_long_as_the_geodesic_at_any_heading(heading, latitude):
    lon, lat, _ = Geod(ellps="WGS84").fwd(111.5, latitude, heading, 5000.0)
    graph = geodesic_waterway(pl.DataFrame({"node": ["a", "b"], "lon": [111.5, lon], "lat": [latitude, lat]}))
    assert graph["a"]["b"]["length_km"] == pytest.approx(5.0, rel=1e-3)


@pytest.mark.parametrize("current", [0.0, 1.8, 3.6, 9.0])
def test_f2_energy_on_a_current_has_the_exact_ratios(line, ship, trips, current):
    energy = {}
    for name, ends, along in (
        ("slack", (0.0, 10.0), 0.0),
        ("down", (0.0, 10.0), current),
        ("up", (10.0, 0.0), current),
    ):
        done = sail(line([0.0, 10.0], current_km_h=along), ship(), trips(("s", 0.0, *ends), kind="through"))
        energy[name] = done.vessels["energy_kwh"].item()
    assert energy["up"] / energy["slack"] == pytest.approx(14.4 / (14.4 - current), rel=1e-9)
    assert energy["down"] / energy["slack"] == pytest.approx(14.4 / (14.4 + current), rel=1e-9)
    assert energy["up"] >= energy["slack"] >= energy["down"]


@pytest.mark.parametrize("current", [0.0, 3.0])
def test_f3_energy_is_the_power_set_times_the_time(line, ship, trips, current):
    graph = line([0.0, 7.0, 30.0], current_km_h=current)
    nx.set_edge_attributes(graph, 6.0, "depth_m")
    nx.set_edge_attributes(graph, 150.0, "width_m")
    hull = {"length_m": 110.0, "beam_m": 11.4, "draught_m": 3.0}
    done = sail(graph, ship(**hull, set_kw=400.0, water_speed_km_h=None), trips(("s", 0.0, 0.0, 30.0), kind="through"))
    hours = done.voyages["sailing_h"].item()
    assert done.voyages["energy_kwh"].item() == pytest.approx(400.0 * hours, rel=1e-12)
    assert done.passages["energy_kwh"].sum() == pytest.approx(400.0 * hours, rel=1e-12)
    speed = 30.0 / hours - current
    assert float(brake_kw(Hull(110.0, 11.4, 3.0), speed, depth_m=6.0, width_m=150.0)) == pytest.approx(400.0, rel=1e-3)


def test_f4_waiting_energy_is_in_the_total(locked, ship, trips):
    fleet = ship(hotel_kw=30.0, length_m=78.0, beam_m=15.6, draught_m=3.0)
    plan = trips(*(("s", 0.0, 0.0, 20.0) for _ in range(6)), kind="through")
    done = sail(locked, fleet, plan)
    lock = done.locks.with_columns(stay=(pl.col("leave_min") - pl.col("arrive_min")) / 60.0)
    assert lock["wait_min"].max() > 0.0
    row = done.vessels.row(0, named=True)
    assert row["waiting_h"] == pytest.approx(lock["stay"].sum(), rel=1e-12)
    assert row["waiting_kwh"] == pytest.approx(30.0 * lock["stay"].sum(), rel=1e-12)
    sailing = done.passages["energy_kwh"].sum()
    assert row["energy_kwh"] == pytest.approx(sailing + row["waiting_kwh"], rel=1e-9)
    assert row["energy_kwh"] == pytest.approx(done.voyages["energy_kwh"].sum(), rel=1e-9)
    assert row["fuel_t"] == pytest.approx(0.2e-3 * row["energy_kwh"], rel=1e-9)


@pytest.mark.parametrize("year", [1850, 1899, 1900, 1973, 1974, 1975, 1989, 1990, 2002, 2003, 2019, 2020, 2100])
def test_f5_engines_of_every_year_and_load_have_a_consumption(year):
    ages = load_county("deqing").engine_ages
    assert 0.9 <= float(age_factor(ages, year)) <= 1.2
    assert float(age_factor(ages.clear(), year)) == 1.0
    loads = part_load_factor(np.array([-1.0, 0.0, 1e-9, 0.29, 0.8, 1.0, 3.0]))
    assert loads == pytest.approx([1.28, 1.28, 1.28, 0.455 * 0.29**2 - 0.71 * 0.29 + 1.28, 1.0032, 1.025, 1.025])
    assert 205.0 * loads[3] == pytest.approx(228.0, abs=0.5)


@pytest.mark.parametrize(
    ("table", "wrong", "right"),
    [
        ("vessels", "hotel_kv", "hotel_kw"),
        ("voyages", "depart_mins", "depart_min"),
        ("stations", "pump_m3_per_h", "pump_m3_h"),
    ],
)
def test_f6_an_unknown_field_is_named_with_the_nearest(line, fleet_row, supply_row, trips, table, wrong, right):
    frames = {
        "vessels": pl.DataFrame([fleet_row()]),
        "voyages": trips(("v1", 0.0, 0.0, 100.0)),
        "stations": pl.DataFrame([supply_row()]),
    }
    frames[table] = frames[table].with_columns(pl.lit(1.0).alias(wrong))
    with pytest.raises(DataError, match=rf"{table}.*'{wrong}'[\s\S]*Did you mean '{right}'"):
        simulate(line([0.0, 100.0]), frames["voyages"], frames["stations"], vessels=frames["vessels"])


def test_f7_the_log_is_in_minutes_of_the_simulation(line, ship, trips):
    # a year and a half: no clock change anywhere, and 13 915 s stay 13 915 s
    speed = 3600.0 * 20.0 / 13_915.0
    plan = trips(*(("s", 1440.0 * day, 0.0, 20.0) for day in range(0, 540, 30)), kind="through")
    done = sail(line([0.0, 20.0]), ship(water_speed_km_h=speed), plan)
    taken = 60.0 * (done.passages["stop_min"] - done.passages["start_min"]).to_numpy()
    assert taken == pytest.approx(np.full(18, 13_915.0), rel=1e-9)
    events = passage_events(done.passages)
    assert events.columns == ["time_min", "voyage_id", "node", "event"]
    assert events["time_min"].is_sorted()
    assert events.height == 2 * done.passages.height


def test_a_vessel_stops_at_the_end_of_a_reach_before_it_starts_on_the_next(line, ship, trips):
    plan = trips(("s", 0.0, 0.0, 20.0), ("s", 0.0, 20.0, 0.0), kind="through")
    events = passage_events(sail(line([0.0, 10.0, 20.0]), ship(water_speed_km_h=10.0), plan).passages)
    for number, nodes in ((0, ["km0", "km10", "km10", "km20"]), (1, ["km20", "km10", "km10", "km0"])):
        own = events.filter(voyage_id=number)
        assert own["node"].to_list() == nodes
        assert own["event"].to_list() == ["start", "stop", "start", "stop"]


@pytest.mark.parametrize(
    ("beam", "gap", "expected"), [(20.0, 0.0, 8), (12.0, 0.0, 16), (20.0, 11.0, 4), (26.0, 0.0, 4)]
)
def test_f8_chambers_are_packed_in_two_dimensions(beam, gap, expected):
    rules = LockRules(gap_m=0.0, side_m=gap)
    assert len(pack([(100.0, beam)] * 20, length_m=400.0, width_m=50.0, rules=rules)) == expected


def test_f9_the_fleet_is_drawn_from_its_table():
    county = load_county("deqing").with_figures({"river.lng_fleet_vessels": 3000.0})
    drawn = vessels(county, year=2025, seed=7).filter(kind="cycling")
    assert drawn.height == 3000
    assert drawn.equals(vessels(county, year=2025, seed=7).filter(kind="cycling"))
    assert not drawn.equals(vessels(county, year=2025, seed=8).filter(kind="cycling"))
    classes = county.vessel_classes.filter(pl.col("fuel") == "lng")
    total = classes["passage_share"].sum()
    for name, part in classes.select("vessel_class", "passage_share").iter_rows():
        share = part / total
        found = drawn.filter(vessel_class=name).height / 3000
        assert abs(found - share) < 3.0 * math.sqrt(share * (1.0 - share) / 3000)


def test_f10_brake_power_is_that_of_the_dated_golden_file():
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert golden["power"] == "brake"
    for row in golden["rows"]:
        hull = Hull(row["length_m"], row["beam_m"], row["draught_m"])
        own = float(brake_kw(hull, row["speed_km_h"], depth_m=row["depth_m"], width_m=row["width_m"]))
        assert own == pytest.approx(row["brake_kw"], rel=1e-6)
        curve = PowerCurve.from_hull(hull, depth_m=row["depth_m"], width_m=row["width_m"])
        assert float(curve.speed(own)) == pytest.approx(row["speed_km_h"], rel=1e-3)
