"""The models run on parameters and frames alone; a county is read at the door and nowhere else."""

import ast
import datetime as dt
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import shipping
from data import DataError, load_county
from data.county import County
from data.schemas.catalogue import TABLES
from data.schemas.shipping import Voyages
from data.tables.validate import validate
from shipping import simulate
from shipping.emissions.passage_work import work_on
from shipping.emissions.ship_factors import ShipFactors
from shipping.emissions.ship_year import carrier_shares, year_of
from shipping.parameters.anchors import Anchors
from shipping.parameters.carbon_parameters import ShipCarbonParameters
from shipping.parameters.port_parameters import (
    BatteryVesselParameters,
    HydrogenParameters,
    ShoreParameters,
    StationParameters,
    TerminalParameters,
)
from shipping.parameters.river_parameters import ClosureParameters, RiverTables
from shipping.parameters.ship_parameters import EngineParameters, HullForm, ShipParameters, TankParameters
from shipping.parameters.traffic_parameters import (
    ClosedFleetParameters,
    RoundTripParameters,
    ShipSizes,
    ThroughParameters,
)
from shipping.ports.battery_trips import calls_of, drawn_trips, electric_calls, trips_on
from shipping.ports.open_stations import stations_km, with_shared
from shipping.ports.shore_charging import charger_layout
from shipping.ports.terminals import at_capacity, draw_terminal_calls
from shipping.river.chambers import LockRules
from shipping.river.closures import closure_table
from shipping.river.reaches import Reaches
from shipping.river.waterway import river_graph
from shipping.schemas import Fleet
from shipping.ships.fuels import ShipFuel
from shipping.ships.propulsion import ShipDesign, operating_point
from shipping.ships.sailing import Sailing
from shipping.ships.ship_classes import designs, ship_classes
from shipping.traffic.lng_fleet import cycling_fleet, through_fleet
from shipping.traffic.round_trips import cycling_voyages, draw_round_trips
from shipping.traffic.through import through_voyages
from shipping.traffic.yearly import Traffic, traffic_mix

ROOT = Path(__file__).parents[3] / "shipping"
LOADS = {"down": 0.9, "up": 0.3}
AGES = pl.DataFrame(schema={"from_year": pl.Int64, "sfc_factor": pl.Float64})
SHIPS = ShipParameters(
    0.45, 0.1, 0.5, EngineParameters({"diesel": 0.2, "lng": 0.165}, {"diesel": 2012, "lng": 2018}, AGES)
)
TANKS = TankParameters(0.43, 0.9, 0.15, 0.5, 0, 4, 12.0)
TRIPS = RoundTripParameters(2025, 10.0, 0.08, 4.0, 0.0, 200.0, 0.4, LOADS)
THROUGH = ThroughParameters(0.02, 0.5, LOADS, 0.0, 200.0)
STATIONS = StationParameters(
    mooring_min=15.0,
    precool_min=20.0,
    purge_min=20.0,
    fill_max_share=0.9,
    heel_share=0.05,
    truck_m3=46.5,
    truck_lead_h=24.0,
    truck_lead_cv=0.3,
    truck_unload_min=90.0,
    unload_alone=True,
    boil_off_share_per_day=0.0015,
    density_t_m3=0.43,
)
NODES = pl.DataFrame({"node": ["top", "mid", "end"], "chainage_km": [0.0, 100.0, 200.0], "kind": ["town"] * 3})
MONTHS = pl.DataFrame(
    {"month": range(1, 13), "current_km_h": [2.0] * 12, "depth_m": [6.0] * 12, "traffic_share": [1.0 / 12.0] * 12}
)
NO_CHANGES = TABLES["river_reaches"].create_empty()
PARAMETERS = (
    BatteryVesselParameters,
    ClosedFleetParameters,
    ClosureParameters,
    EngineParameters,
    HullForm,
    HydrogenParameters,
    LockRules,
    RiverTables,
    RoundTripParameters,
    ShipCarbonParameters,
    ShipFactors,
    ShipParameters,
    ShipSizes,
    ShoreParameters,
    StationParameters,
    TankParameters,
    TerminalParameters,
    ThroughParameters,
)


def vessel_class(name, fuel, share, **changes):
    row = {"vessel_class": name, "fuel": fuel, "dwt_t": 3000.0, "length_m": 70.0, "beam_m": 15.0, "draught_m": 3.5}
    row |= {"installed_kw": 600.0, "water_speed_km_h": 13.5, "hotel_kw": 15.0, "passage_share": share}
    return {**row, "tank_m3": None, "battery_kwh": None, **changes}


CLASSES = pl.DataFrame(
    [vessel_class("d", "diesel", 0.8), vessel_class("l", "lng", 0.2, tank_m3=30.0)],
    schema_overrides={"tank_m3": pl.Float64, "battery_kwh": pl.Float64},
)


def test_a_week_on_a_river_that_no_county_describes():
    tables = RiverTables(NODES, MONTHS, NO_CHANGES)
    graph = river_graph(tables, start=dt.date(2025, 1, 1), days=7)
    reaches = Reaches.from_graph(graph)
    traffic = Traffic(20_000.0, 3e7, 0.75, 0.5)
    mix = traffic_mix(CLASSES, LOADS, traffic)
    share = dict(MONTHS.select("month", "traffic_share").iter_rows())
    passing = through_voyages(traffic, mix, share, THROUGH.ends, start=dt.date(2025, 1, 1), days=7, seed=1)
    round_trips = draw_round_trips(CLASSES, reaches, TRIPS, year=2025, seed=1)
    cycling_trips = cycling_voyages(round_trips, TRIPS, days=7, seed=1)
    # planned departures instead of stays: one table of independent voyages
    cycling_trips = cycling_trips.with_columns(depart_min="planned_min", kind=pl.lit("cycling")).select(passing.columns)
    voyages = pl.concat([passing, cycling_trips]).sort("depart_min")
    voyages = voyages.with_row_index("voyage_id").with_columns(pl.col("voyage_id").cast(pl.Int64))
    full = ship_classes(CLASSES, SHIPS)
    cycling = cycling_fleet(round_trips, full, TANKS, np.zeros(10), seed=1)
    fleet = pl.concat([cycling, through_fleet(CLASSES, full)], how="diagonal")
    row = {"station": "quay", "chainage_km": 100.0, "berths": 1, "pump_m3_h": 30.0, "open_h": 0.0, "close_h": 24.0}
    stations = with_shared(pl.DataFrame([{**row, "tank_m3": 200.0, "reorder_share": 0.5}]), STATIONS)
    result = simulate(graph, validate(voyages, Voyages, table="voyages"), stations, vessels=fleet, seed=1)
    shipping.check_mass_balance(result)
    assert result.calls.height > 0
    assert result.voyages["arrive_min"].null_count() == 0
    assert closure_table(ClosureParameters(5.0, {1: 0.5}), ["quay"], start=dt.date(2025, 1, 1), days=9, seed=1).height


def test_the_carbon_of_a_year_that_no_county_describes():
    graph = river_graph(RiverTables(NODES, MONTHS, NO_CHANGES), start=dt.date(2025, 1, 1), days=365)
    traffic = Traffic(20_000.0, 3e7, 0.75, 0.5)
    mix, known = traffic_mix(CLASSES, LOADS, traffic), designs(ship_classes(CLASSES, SHIPS))
    sailing = Sailing.on(Reaches.from_graph(graph))
    sailed = work_on(sailing, MONTHS["traffic_share"].to_list(), mix, known, THROUGH.ends)
    carbon = ShipCarbonParameters(
        Anchors((2020, 2030), (0.0, 0.2)), Anchors((2020,), (0.0,)), Anchors((2020,), (6.0,)), 48.0, 0.5
    )
    work = year_of(sailed, traffic, mix, carbon, carrier_shares(carbon, 2025), lock_h=carbon.lock_h.at(2025))
    assert work.shares == pytest.approx({"diesel": 0.9, "lng": 0.1, "electric": 0.0})
    assert work.turnover_tkm == pytest.approx(3e7 * 200.0)
    assert work.waiting_kwh == pytest.approx(20_000.0 * 15.0 * (6.0 + 24.0))
    fuel = ShipFuel(3.2, None, None, None, None, None, 42.7)
    factors = ShipFactors({"diesel": 0.2}, {"diesel": fuel}, 0.8, 2020)
    assert factors.kg_per_kwh("b", 0.4) == pytest.approx({"diesel": 0.64, "electric": 0.5})


def test_ports_that_no_county_describes():
    site = {"terminal": "quay", "berths": 2, "berth_dwt": 3000.0, "capacity_mt_year": 2.0, "handling_t_h": 300.0}
    terminals = pl.DataFrame([site])
    parameters = TerminalParameters(0.85, 0.3, 30.0, Anchors((2026, 2030), (0.2, 0.6)))
    shown = at_capacity(terminals, parameters).row(0, named=True)
    assert shown["calls_per_day"] == pytest.approx(2e6 / (3000.0 * 0.85) / 365.0)
    half, full = (
        draw_terminal_calls(terminals, parameters, year=year, days=365, seed=1).height for year in (2026, 2030)
    )
    assert full == pytest.approx(3.0 * half, rel=0.2)
    shore = ShoreParameters(2, 600.0, 1250.0, 0.92, 1500.0, 4, 20.0)
    assert charger_layout(shore)["piles"].item() == 2


def test_battery_vessels_that_no_county_describes():
    vessels = BatteryVesselParameters(
        Anchors((2025,), (5.0,)), 1.0, 60.0, 60.0, 0.9, 0.15, 600.0, Anchors((2025,), (0.0,))
    )
    known = designs(ship_classes(CLASSES.head(1).with_columns(fuel=pl.lit("electric")), SHIPS))
    name = next(iter(known))
    graph = river_graph(RiverTables(NODES, MONTHS, NO_CHANGES), start=dt.date(2025, 1, 1), days=365)
    trips = trips_on(Sailing.on(Reaches.from_graph(graph)), known, {name: 9000.0}, vessels, [], year=2025)
    assert trips.height == 24
    drawn = drawn_trips(trips, vessels, year=2025, days=10, seed=1, start=dt.date(2025, 1, 1))
    accepts = pl.DataFrame({"vessel_class": [name], "battery_kwh": [9000.0], "accept_kw": [600.0]})
    calls = calls_of(drawn, accepts)
    assert calls.height == drawn["can_sail"].sum() > 20


def test_parameters_are_frozen_and_say_their_units():
    for parameters in PARAMETERS:
        assert is_dataclass(parameters)
        assert parameters.__dataclass_params__.frozen
        assert parameters.from_county.__doc__
        text = parameters.__doc__ or ""
        assert [field.name for field in fields(parameters) if field.name not in text] == []


def test_figures_are_read_at_the_door_alone():
    reading = []
    for file in ROOT.rglob("*.py"):
        tree = ast.parse(file.read_text("utf8"))
        doors = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "from_county"]
        inside = {id(node) for door in doors for node in ast.walk(door)}
        reading += [
            f"{file.name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr in {"figure", "figure_range"}
            and id(node) not in inside
            and file.parent.name != "parameters"
        ]
    assert reading == []


def test_anchors_are_linear_between_their_years_and_constant_outside():
    anchors = Anchors((2020, 2030), (0.0, 1.0))
    assert [anchors.at(year) for year in (2000, 2020, 2025, 2030, 2040)] == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_a_design_without_hull_or_reference_power_is_refused(line):
    bare = ShipDesign("odd", 0.0, 0.2, water_speed_km_h=10.0)
    with pytest.raises(DataError, match="vessel class 'odd': no main dimensions"):
        bare.hull_at(1.0)
    with pytest.raises(DataError, match="'odd': neither main dimensions nor reference_kw"):
        operating_point(Reaches.from_graph(line([0.0, 10.0])), bare, 1.0)


RIVER_TABLES = ("river_nodes", "river_months", "river_reaches", "lock_traffic", "locks", "lng_stations", "terminals")


@pytest.fixture(params=["missing", "empty"])
def dry(request, county):
    """Return the county without a river: its tables missing, or without rows."""
    gone = (*RIVER_TABLES, "vessel_classes", "engine_ages")
    tables = {name: frame for name, frame in county.tables.items() if name not in gone}
    tables["figures"] = county.figures.filter(~pl.col("key").str.starts_with("river."))
    if request.param == "empty":
        tables |= {name: TABLES[name].create_empty() for name in gone}
    return County("inland", Path("inland"), tables, {}, "0" * 32)


@pytest.mark.parametrize(
    "call",
    [
        lambda county: shipping.waterway(county, start=dt.date(2025, 1, 1), locks=True),
        lambda county: shipping.voyages(county, year=2025, start=dt.date(2025, 1, 1), days=1, seed=1),
        lambda county: shipping.vessels(county, year=2025, seed=1),
        shipping.share_needed,
        lambda county: shipping.voyage_carbon(county, Voyages.create_empty(), Fleet.create_empty(), year=2025),
        lambda county: electric_calls(county, year=2025, days=1, seed=1),
        lambda county: shipping.draw_closures(county, ["x"], start=dt.date(2025, 1, 1), days=1, seed=1),
    ],
    ids=["waterway", "voyages", "vessels", "share_needed", "voyage_carbon", "electric_calls", "draw_closures"],
)
def test_a_county_without_a_river_is_said_so(dry, call):
    assert not shipping.has_river(dry)
    with pytest.raises(DataError, match="county inland has no river: table river_nodes is missing or empty"):
        call(dry)


def test_what_callers_join_has_no_rows_without_a_river(dry, county):
    from shipping.ports.terminals import open_terminals, terminal_calls, terminals_at_capacity

    assert shipping.has_river(county)
    for only in (None, ()):
        found = shipping.stations(dry, date=dt.date(2025, 1, 1), only=only)
        assert found.is_empty()
        assert found.schema == shipping.stations(county, only=only).schema
    account = shipping.carbon(dry, years=(2025,))
    assert account.is_empty()
    assert account.schema == shipping.carbon(county, years=(2025,)).schema
    drawn = terminal_calls(dry, year=2025, days=1, seed=1)
    assert drawn.is_empty()
    assert drawn.columns == ["call_id", "terminal", "arrive_min", "cargo_t", "stay_min"]
    assert open_terminals(dry, year=2025).is_empty()
    assert terminals_at_capacity(dry, year=2025).is_empty()
    voyages = Voyages.create_empty()
    assert shipping.without_double(dry, voyages).equals(voyages)
    with pytest.raises(DataError, match="lng_stations: no station 'quay'"):
        shipping.stations(dry, only=("quay",))


def test_a_river_without_one_of_its_tables_names_it(county):
    tables = {name: frame for name, frame in county.tables.items() if name != "river_months"}
    with pytest.raises(DataError, match=r"no table river_months; expected river_months.csv"):
        shipping.waterway(replace(county, tables=tables))


@pytest.mark.parametrize("year", [2020, 2025, 2030])
def test_stations_lie_where_their_table_says(year):
    county = load_county("deqing")
    assert stations_km(county, year=year) == shipping.stations(county, year=year)["chainage_km"].to_list()
