"""Schemas of the county tables about the waterway, its vessels and its stations."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import dataframely as dy
import polars as pl

from data.schemas.base import (
    SHIP_FUELS,
    SUPPLIES,
    UNLOAD_RULES,
    Explained,
    Table,
    calendar_year,
    choice,
    confidence,
    counted,
    fraction,
    identifier,
    latitude,
    longitude,
    measured,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class RiverNodes(Table):
    """Points of the waterway by chainage below the first lock."""

    node = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    chainage_km = measured("km below the first lock", -5000.0, 5000.0, usual=(-2500.0, 2500.0))
    lon = longitude(nullable=True)
    lat = latitude(nullable=True)
    kind = choice(("lock", "town", "port", "border", "confluence", "gateway"))
    source = identifier()
    confidence = confidence()


class RiverReaches(Table):
    """How the reach below a node differs: current over that of the month, depth added to it, width of the water."""

    node = identifier(primary_key=True)
    current_factor = measured("times the month's current", 0.0, 20.0, usual=(0.0, 3.0))
    depth_add_m = measured("m", -50.0, 100.0, usual=(-10.0, 30.0))
    width_m = measured("m", 0.02, 50_000.0, usual=(20.0, 5000.0), nullable=True)
    source = identifier()
    confidence = confidence()


class RiverMonths(Table):
    """Current, depth, traffic and closures by month."""

    month = counted("month", 1, 12, primary_key=True)
    current_km_h = measured("km/h", 0.0, 40.0, usual=(0.0, 15.0))
    depth_m = measured("m", 0.0005, 200.0, usual=(0.5, 40.0))
    traffic_share = fraction()
    closure_share = fraction(usual=(0.0, 0.5))
    source = identifier()
    confidence = confidence()


class Locks(Table):
    """Chambers of the locks; ``in_use`` false: the chamber takes no part."""

    lock = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    chainage_km = measured("km below the first lock", -5000.0, 5000.0, usual=(-2500.0, 2500.0))
    chamber = identifier(primary_key=True)
    length_m = measured("m", 0.02, 1000.0, usual=(20.0, 500.0))
    width_m = measured("m", 0.005, 200.0, usual=(5.0, 80.0))
    sill_depth_m = measured("m", 0.0005, 50.0, usual=(0.5, 12.0), nullable=True)
    fill_min = measured("min", 0.002, 240.0, usual=(2.0, 60.0))
    door_min = measured("min", 0.0, 120.0, usual=(0.0, 20.0))
    in_use = dy.Bool(nullable=True)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "has_a_depth": Explained(
            "sill_depth_m",
            "a depth where the chamber is in use",
            "Give the water over its sill, or set in_use to false.",
        )
    }

    @dy.rule()
    def has_a_depth(cls) -> pl.Expr:
        """Require the depth of a chamber in use: without one nobody knows which vessels it takes."""
        return pl.col("sill_depth_m").is_not_null() | ~pl.col("in_use").fill_null(value=True)


class LockCalendar(Table):
    """When chambers rest, from the first day to the end of the last: works, water level.

    Rows with ``yearly`` come back in every year in which no row of the lock begins.
    """

    lock = identifier(primary_key=True)
    chamber = identifier(primary_key=True)
    first_day = dy.Date(primary_key=True)
    last_day = dy.Date()
    yearly = dy.Bool()
    reason = choice(("works", "water_level", "closure"))
    source = identifier()
    confidence = confidence()


class LockBulletins(Table):
    """What the operator of a lock reports of a period: lockages, passages, vessels that wait (mean and most)."""

    lock = identifier(primary_key=True)
    first_day = dy.Date(primary_key=True)
    last_day = dy.Date(primary_key=True)
    lockages = measured("lockages", 1.0, 1e6, usual=(10.0, 50_000.0), nullable=True)
    passages = measured("passages", 1.0, 1e7, usual=(100.0, 500_000.0))
    cargo_t = measured("t", 1.0, 1e10, usual=(1e4, 1e9), nullable=True)
    rated_t = measured("t", 1.0, 1e10, usual=(1e4, 1e9), nullable=True)
    waiting_mean = measured("vessels", 0.0, 1e5, usual=(0.0, 3000.0), nullable=True)
    waiting_max = measured("vessels", 0.0, 1e5, usual=(0.0, 5000.0), nullable=True)
    outflow_m3_s = measured("m3/s", 0.0, 1e6, usual=(10.0, 100_000.0), nullable=True)
    source = identifier()
    confidence = confidence()


class EngineAges(Table):
    """Specific consumption of ship engines by first year of build, over that of the reference years."""

    from_year = calendar_year(primary_key=True)
    sfc_factor = measured("times the reference consumption", 0.2, 5.0, usual=(0.7, 1.6))
    source = identifier()
    confidence = confidence()


class LockTraffic(Table):
    """Yearly traffic through the first lock."""

    year = calendar_year(primary_key=True)
    cargo_mt = measured("million t", 1e-05, 5000.0, usual=(0.01, 600.0))
    passages = measured("vessels", 0.01, 1e7, usual=(10.0, 1e6), nullable=True)
    lockages = measured("lockages", 0.01, 1e6, usual=(10.0, 1e5), nullable=True)
    mean_dwt = measured("t", 0.02, 5e5, usual=(20.0, 20_000.0), nullable=True)
    down_share = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class ShipSizes(Table):
    """Cargo of a mean passage of the first lock by year, empty ones included: how large the vessels were or will be."""

    year = calendar_year(primary_key=True)
    cargo_t_per_passage = measured("t", 1.0, 1e6, usual=(50.0, 20_000.0))
    low = measured("t", 1.0, 1e6, usual=(50.0, 20_000.0), nullable=True)
    high = measured("t", 1.0, 1e6, usual=(50.0, 20_000.0), nullable=True)
    source = identifier()
    confidence = confidence()


class Terminals(Table):
    """Cargo terminals."""

    terminal = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    node = identifier()
    chainage_km = measured("km below the first lock", -5000.0, 5000.0, usual=(-2500.0, 2500.0))
    berths = counted("berths", 0, 1000, usual=(0, 60), nullable=True)
    berth_dwt = measured("t", 0.05, 5e5, usual=(50.0, 1e5), nullable=True)
    capacity_mt_year = measured("million t a year", 0.0, 2000.0, usual=(0.0, 200.0), nullable=True)
    handling_t_h = measured("t/h", 0.005, 1e5, usual=(5.0, 5000.0), nullable=True)
    stay_h = measured("h", 0.0003, 2000.0, usual=(0.25, 240.0), nullable=True)
    shore_power_kw = measured("kW", 0.0, 1e5, usual=(0.0, 5000.0), nullable=True)
    opened_year = calendar_year(nullable=True)
    in_county = dy.Bool()
    source = identifier()
    confidence = confidence()


class LngStations(Table):
    """LNG bunkering stations.

    ``tanks`` share ``tank_m3`` (null: 1); ``supply`` is by truck or barge (null: truck); ``unload_rule`` says what
    vessels may do while a delivery unloads (null: the figures ``river.unload_alone``).
    """

    station = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    node = identifier()
    chainage_km = measured("km below the first lock", -5000.0, 5000.0, usual=(-2500.0, 2500.0))
    in_county = dy.Bool()
    berths = counted("berths", 1, 100, usual=(1, 6))
    tank_m3 = measured("m3", 0.005, 3e5, usual=(5.0, 30_000.0))
    tank_low_m3 = measured("m3", 0.005, 3e5, usual=(5.0, 30_000.0), nullable=True)
    tank_high_m3 = measured("m3", 0.005, 3e5, usual=(5.0, 30_000.0), nullable=True)
    capacity_t_year = measured("t a year", 0.05, 1e7, usual=(50.0, 1e6), nullable=True)
    sold_t_2025 = measured("t a year", 0.001, 1e7, usual=(1.0, 1e6), nullable=True)
    pump_m3_h = measured("m3/h", 0.001, 10_000.0, usual=(1.0, 500.0))
    open_h = measured("hour of the day", 0.0, 24.0)
    close_h = measured("hour of the day", 0.0, 24.0)
    reorder_share = fraction()
    opened = dy.Date(nullable=True)
    tanks = counted("tanks", 1, 100, usual=(1, 4), nullable=True)
    supply = choice(SUPPLIES, nullable=True)
    unload_rule = choice(UNLOAD_RULES, nullable=True)
    source = identifier()
    confidence = confidence()


class VesselClasses(Table):
    """Vessel classes; `passage_share` is the share of the diesel and LNG through traffic.

    ``charge_kw`` is what a battery vessel accepts at a shore charger; without it the figure of the county's chargers.
    ``block`` is the block coefficient; without it the figure ``river.hull_block``.
    """

    vessel_class = identifier(primary_key=True)
    fuel = choice(SHIP_FUELS)
    dwt_t = measured("t", 0.01, 5e5, usual=(10.0, 20_000.0))
    length_m = measured("m", 0.005, 500.0, usual=(5.0, 200.0))
    beam_m = measured("m", 0.002, 100.0, usual=(1.5, 40.0))
    draught_m = measured("m", 0.0002, 30.0, usual=(0.2, 10.0))
    installed_kw = measured("kW", 0.005, 1e5, usual=(5.0, 10_000.0))
    reference_kw = measured("kW", 0.005, 1e5, usual=(5.0, 10_000.0))
    reference_speed_km_h = measured("km/h", 0.003, 100.0, usual=(3.0, 60.0))
    water_speed_km_h = measured("km/h", 0.003, 100.0, usual=(3.0, 60.0))
    hotel_kw = measured("kW", 0.0, 10_000.0, usual=(0.0, 500.0))
    passage_share = fraction(nullable=True)
    tank_m3 = measured("m3", 0.0, 10_000.0, usual=(0.0, 500.0), nullable=True)
    battery_kwh = measured("kWh", 0.0, 1e6, usual=(0.0, 20_000.0), nullable=True)
    charge_kw = measured("kW", 0.01, 1e5, usual=(5.0, 10_000.0), nullable=True)
    block = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class EnergyCarriers(Table):
    """What drives a vessel: converter, efficiency at the shaft, methane slip, and how heavy and large it is on board.

    ``fuel`` is one of ``fuel_factors`` for ships, which have heating value and emissions; electricity takes its carbon
    from the grid factors. Without an efficiency it is that of the county's engines and drives (figures
    ``river.sfc_*`` and ``river.electric_efficiency``). What is stored counts with its tank or pack.
    """

    carrier = identifier(primary_key=True)
    converter = identifier()
    fuel = identifier()
    efficiency = measured("share", 0.01, 1.0, usual=(0.15, 0.95), nullable=True)
    slip_share = fraction()
    slip_low = fraction(nullable=True)
    slip_high = fraction(nullable=True)
    stored_kwh_per_kg = measured("kWh/kg", 0.001, 100.0, usual=(0.05, 40.0), nullable=True)
    stored_kwh_per_m3 = measured("kWh/m3", 0.1, 50_000.0, usual=(50.0, 15_000.0), nullable=True)
    stored_source = identifier(nullable=True)
    source = identifier()
    confidence = confidence()
