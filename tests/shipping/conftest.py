"""A river county held in memory: the tables that shipping reads, with round but plausible figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from data.county import County
from data.schemas.catalogue import TABLES
from data.tables.validate import validate

FIGURES = {
    "carbon.baseline_year": 2020.0,
    "carbon.electricity_upstream_share": 0.0,
    "river.base_year": 2025.0,
    "river.boil_off_share_per_day": 0.0015,
    "river.electric_efficiency": 0.85,
    "river.empty_draught_share": 0.45,
    "river.engine_year_diesel": 2012.0,
    "river.engine_year_lng": 2018.0,
    "river.electric_energy_share_2020": 0.0,
    "river.electric_energy_share_2025": 0.0005,
    "river.electric_energy_share_2030": 0.005,
    "river.electric_energy_share_2035": 0.02,
    "river.growth_share_per_year": 0.03,
    "river.keel_m": 0.4,
    "river.level_change_m": 0.0,
    "river.load_ahead_days": 10.0,
    "river.lng_density_t_m3": 0.43,
    "river.lng_energy_share_2020": 0.003,
    "river.lng_energy_share_2025": 0.05,
    "river.lng_energy_share_2030": 0.10,
    "river.lng_energy_share_2035": 0.13,
    "river.lng_fleet_growth_share_per_year": 0.08,
    "river.lng_fleet_vessels": 120.0,
    "river.load_factor_down": 0.92,
    "river.load_factor_up": 0.31,
    "river.max_queue": 4.0,
    "river.may_queue": 0.0,
    "river.may_share": 0.5,
    "river.mooring_min": 15.0,
    "river.passages_down_share": 0.5,
    "river.patience_h": 6.0,
    "river.precool_min": 20.0,
    "river.purge_min": 20.0,
    "river.reserve_share": 0.15,
    "river.round_trips_per_month": 2.25,
    "river.service_margin_share": 0.1,
    "river.sfc_diesel_kg_kwh": 0.205,
    "river.sfc_lng_kg_kwh": 0.165,
    "river.shore_power_share": 0.5,
    "river.tank_fill_max": 0.9,
    "river.tank_heel_share": 0.05,
    "river.through_from_km": 0.0,
    "river.through_lock_h": 6.0,
    "river.through_stay_h": 48.0,
    "river.through_to_km": 331.0,
    "river.trip_from_km": -266.5,
    "river.trip_to_km": 331.0,
    "river.truck_lead_cv": 0.3,
    "river.truck_lead_h": 12.0,
    "river.truck_payload_t": 20.0,
    "river.truck_unload_min": 90.0,
    "river.turnaround_cv": 0.4,
    "river.unload_alone": 1.0,
}
NODES = {
    "guigang": -266.5,
    "lock": 0.0,
    "wuzhou": 15.0,
    "decheng": 99.0,
    "jiushi": 120.0,
    "yuecheng": 141.0,
    "zhaoqing": 195.0,
    "guangzhou": 331.0,
}
CURRENTS = [1.5, 1.5, 2.0, 2.5, 3.5, 4.5, 4.0, 3.5, 2.5, 2.0, 1.5, 1.5]
SOURCED = {"source": "S01", "confidence": "assumption"}


def table(name, rows):
    """Return rows (dicts) as a checked county table."""
    return validate(pl.DataFrame([{**row, **SOURCED} for row in rows]), TABLES[name], table=name)


def vessel_class(name, fuel, dwt_t, kw, share, tank_m3):
    """Return a row of vessel_classes."""
    return {
        "vessel_class": name,
        "fuel": fuel,
        "dwt_t": dwt_t,
        "length_m": 70.0,
        "beam_m": 15.0,
        "draught_m": 3.5,
        "installed_kw": kw * 1.3,
        "reference_kw": kw,
        "reference_speed_km_h": 15.0,
        "water_speed_km_h": 13.5,
        "hotel_kw": 15.0,
        "passage_share": share,
        "tank_m3": tank_m3,
        "battery_kwh": None,
    }


def station(name, node, tank_m3, opened):
    """Return a row of lng_stations."""
    return {
        "station": name,
        "node": node,
        "chainage_km": NODES[node],
        "in_county": True,
        "berths": 1,
        "tank_m3": tank_m3,
        "pump_m3_h": 30.0,
        "open_h": 6.0,
        "close_h": 22.0,
        "reorder_share": 0.5,
        "opened": opened,
    }


def month_row(month):
    """Return a row of river_months."""
    return {
        "month": month,
        "current_km_h": CURRENTS[month - 1],
        "depth_m": 5.0,
        "traffic_share": 1.0 / 12.0,
        "closure_share": 0.01,
    }


def make_county():
    """Return the county."""
    traffic = [
        {"year": 2020, "cargo_mt": 151.03, "passages": None, "mean_dwt": None, "down_share": None},
        {"year": 2025, "cargo_mt": 223.555, "passages": 123620.0, "mean_dwt": 2986.0, "down_share": 0.75},
    ]
    stations = [
        station("fudian", "wuzhou", 200.0, dt.date(2015, 4, 22)),
        station("hub", "jiushi", 200.0, dt.date(2025, 7, 1)),
        station("yuecheng", "yuecheng", 250.0, dt.date(2025, 8, 1)),
    ]
    classes = [
        vessel_class("d1500", "diesel", 1500.0, 300.0, 0.2, None),
        vessel_class("d3350", "diesel", 3350.0, 420.0, 0.75, None),
        vessel_class("l3470", "lng", 3470.0, 430.0, 0.05, 30.0),
    ]
    factors = [
        {"fuel": "diesel", "ttw_kgco2_per_kg": 3.206, "ttw_kgco2e_per_kg": 3.2551, "wtt_kgco2e_per_kg": 0.61488},
        {"fuel": "lng", "ttw_kgco2_per_kg": 2.75, "ttw_kgco2e_per_kg": 3.4349, "wtt_kgco2e_per_kg": 0.90835},
    ]
    extra = {
        "diesel": {"lower_heating_mj_per_kg": 42.7, "slip_share": None, "gwp_ch4": None, "ttw_ch4_kgco2e_per_kg": None},
        "lng": {"lower_heating_mj_per_kg": 49.1, "slip_share": 0.026, "gwp_ch4": 28.0, "ttw_ch4_kgco2e_per_kg": 0.728},
    }
    grid = [(2020, 0.46), (2025, 0.43), (2030, 0.38)]
    tables = {
        "figures": pl.DataFrame(
            {"key": list(FIGURES), "value": list(FIGURES.values())},
        ).with_columns(
            low=pl.lit(None, dtype=pl.Float64),
            high=pl.lit(None, dtype=pl.Float64),
            unit=pl.lit("-"),
            confidence=pl.lit("assumption"),
            note=pl.lit(""),
        ),
        "river_nodes": table(
            "river_nodes", [{"node": name, "chainage_km": at, "kind": "town"} for name, at in NODES.items()]
        ),
        "river_months": table("river_months", [month_row(month) for month in range(1, 13)]),
        "lock_traffic": table("lock_traffic", traffic),
        "lng_stations": table("lng_stations", stations),
        "vessel_classes": table("vessel_classes", classes),
        "fuel_factors": table(
            "fuel_factors", [{**row, **extra[row["fuel"]], "mode": "ship", "unit": "kg"} for row in factors]
        ),
        "engine_ages": TABLES["engine_ages"].create_empty(),
        "river_reaches": TABLES["river_reaches"].create_empty(),
        "grid_factors": table(
            "grid_factors", [{"region": "guangdong", "year": year, "kgco2_per_kwh": value} for year, value in grid]
        ),
    }
    return County("riverside", Path("riverside"), tables, {}, "0" * 32)


@pytest.fixture(scope="session")
def county():
    """Return the river county."""
    return make_county()


@pytest.fixture(scope="session")
def with_table():
    """Return a function that replaces one table of a county."""

    def change(county, name, frame):
        return replace(county, tables={**county.tables, name: frame})

    return change


@pytest.fixture
def line():
    """Return a function that makes a waterway from chainages, with one current."""
    import networkx as nx

    def make(chainages, current_km_h=0.0):
        graph = nx.DiGraph()
        names = [f"km{at:g}" for at in chainages]
        for name, at in zip(names, chainages, strict=True):
            graph.add_node(name, chainage_km=float(at))
        for upper, lower in pairwise(names):
            length = graph.nodes[lower]["chainage_km"] - graph.nodes[upper]["chainage_km"]
            graph.add_edge(upper, lower, length_km=length, current_km_h=current_km_h)
            graph.add_edge(lower, upper, length_km=length, current_km_h=-current_km_h)
        return graph

    return make


@pytest.fixture
def fleet_row():
    """Return a function that makes a vessel's row: 10 km/h, 1 m3 an hour under way, no hotel load, tank 40 m3."""

    def make(vessel_id="v1", **changes):
        row = {
            "vessel_id": vessel_id,
            "vessel_class": "test",
            "fuel": "lng",
            "kind": "cycling",
            "dwt_t": 1000.0,
            "reference_kw": 100.0,
            "reference_speed_km_h": 10.0,
            "water_speed_km_h": 10.0,
            "empty_power_share": 1.0,
            "hotel_kw": 0.0,
            "port_hotel_share": 0.0,
            "sfc_kg_kwh": 4.3,
            "tank_m3": 40.0,
            "tank_start_m3": 20.0,
            "density_t_m3": 0.43,
            "fill_max_share": 0.9,
            "reserve_share": 0.1,
            "may_share": 0.5,
            "may_queue": 0,
            "max_queue": 4,
            "patience_h": 6.0,
        }
        return {**row, **changes}

    return make


@pytest.fixture
def supply_row():
    """Return a function that makes a station's row at km 50: open always, 60 m3/h, no boil-off, trucks of 20 m3."""

    def make(station="quay", **changes):
        row = {
            "station": station,
            "chainage_km": 50.0,
            "berths": 1,
            "pump_m3_h": 60.0,
            "mooring_min": 10.0,
            "precool_min": 20.0,
            "purge_min": 15.0,
            "open_h": 0.0,
            "close_h": 24.0,
            "tank_m3": 100.0,
            "tank_start_m3": 90.0,
            "fill_max_share": 0.9,
            "heel_share": 0.05,
            "reorder_share": 0.2,
            "truck_m3": 20.0,
            "truck_lead_h": 5.0,
            "truck_lead_cv": 0.0,
            "truck_unload_min": 30.0,
            "unload_alone": True,
            "boil_off_share_per_day": 0.0,
            "density_t_m3": 0.43,
        }
        return {**row, **changes}

    return make


@pytest.fixture
def trips():
    """Return a function that makes voyages from (vessel_id, depart_min, from_km, to_km)."""

    def make(*rows, vessel_class="test", kind="cycling", load_share=1.0, cargo_t=1000.0):
        names = ("vessel_id", "depart_min", "from_km", "to_km")
        frame = pl.DataFrame(
            [tuple(row) for row in rows],
            schema=dict(zip(names, (pl.String, pl.Float64, pl.Float64, pl.Float64), strict=True)),
            orient="row",
        )
        return frame.with_row_index("voyage_id").with_columns(
            pl.col("voyage_id").cast(pl.Int64),
            vessel_class=pl.lit(vessel_class),
            cargo_t=pl.lit(cargo_t),
            load_share=pl.lit(load_share),
            kind=pl.lit(kind),
        )

    return make


@pytest.fixture
def locked(line):
    """Return a fairway of 20 km with a lock of one chamber for two vessels of 78 x 15.6 m at km 10."""
    from shipping.river.chambers import Chamber, LockRules

    graph = line([0.0, 10.0, 20.0])
    chamber = Chamber("c", 80.0, 34.0, 5.0, fill_min=12.0, door_min=4.0)
    graph.nodes["km10"].update(chambers=(chamber,), rules=LockRules(3.0, 2.0, 0.0, 1.0))
    return graph
