"""Schemas of the county tables about the waterway, its vessels and its stations."""

from __future__ import annotations

import dataframely as dy

from data.schemas.base import (
    SHIP_FUELS,
    SUPPLIES,
    UNLOAD_RULES,
    Table,
    amount,
    calendar_year,
    choice,
    confidence,
    count,
    fraction,
    identifier,
    latitude,
    longitude,
    number,
    positive,
)


class RiverNodes(Table):
    """Points of the waterway by chainage below the first lock."""

    node = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    chainage_km = number()
    lon = longitude(nullable=True)
    lat = latitude(nullable=True)
    kind = choice(("lock", "town", "port", "border", "confluence", "gateway"))
    source = identifier()
    confidence = confidence()


class RiverReaches(Table):
    """How the reach below a node differs: current over that of the month, depth added to it, width of the water."""

    node = identifier(primary_key=True)
    current_factor = amount()
    depth_add_m = number()
    width_m = positive(nullable=True)
    source = identifier()
    confidence = confidence()


class RiverMonths(Table):
    """Current, depth, traffic and closures by month."""

    month = dy.Int64(primary_key=True, min=1, max=12)
    current_km_h = amount()
    depth_m = positive()
    traffic_share = fraction()
    closure_share = fraction()
    source = identifier()
    confidence = confidence()


class Locks(Table):
    """Chambers of the locks; ``in_use`` false: the chamber takes no part."""

    lock = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    chainage_km = number()
    chamber = identifier(primary_key=True)
    length_m = positive()
    width_m = positive()
    sill_depth_m = positive(nullable=True)
    fill_min = positive()
    door_min = amount()
    in_use = dy.Bool(nullable=True)
    source = identifier()
    confidence = confidence()


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
    lockages = positive(nullable=True)
    passages = positive()
    cargo_t = positive(nullable=True)
    rated_t = positive(nullable=True)
    waiting_mean = amount(nullable=True)
    waiting_max = amount(nullable=True)
    outflow_m3_s = amount(nullable=True)
    source = identifier()
    confidence = confidence()


class EngineAges(Table):
    """Specific consumption of ship engines by first year of build, over that of the reference years."""

    from_year = dy.Int64(primary_key=True)
    sfc_factor = positive()
    source = identifier()
    confidence = confidence()


class LockTraffic(Table):
    """Yearly traffic through the first lock."""

    year = calendar_year(primary_key=True)
    cargo_mt = positive()
    passages = positive(nullable=True)
    lockages = positive(nullable=True)
    mean_dwt = positive(nullable=True)
    down_share = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class ShipSizes(Table):
    """Cargo of a mean passage of the first lock by year, empty ones included: how large the vessels were or will be."""

    year = calendar_year(primary_key=True)
    cargo_t_per_passage = positive()
    low = positive(nullable=True)
    high = positive(nullable=True)
    source = identifier()
    confidence = confidence()


class Terminals(Table):
    """Cargo terminals."""

    terminal = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    node = identifier()
    chainage_km = number()
    berths = count(nullable=True)
    berth_dwt = positive(nullable=True)
    capacity_mt_year = amount(nullable=True)
    handling_t_h = positive(nullable=True)
    stay_h = positive(nullable=True)
    shore_power_kw = amount(nullable=True)
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
    chainage_km = number()
    in_county = dy.Bool()
    berths = count(low=1)
    tank_m3 = positive()
    tank_low_m3 = positive(nullable=True)
    tank_high_m3 = positive(nullable=True)
    capacity_t_year = positive(nullable=True)
    sold_t_2025 = positive(nullable=True)
    pump_m3_h = positive()
    open_h = number(low=0.0, high=24.0)
    close_h = number(low=0.0, high=24.0)
    reorder_share = fraction()
    opened = dy.Date(nullable=True)
    tanks = count(nullable=True, low=1)
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
    dwt_t = positive()
    length_m = positive()
    beam_m = positive()
    draught_m = positive()
    installed_kw = positive()
    reference_kw = positive()
    reference_speed_km_h = positive()
    water_speed_km_h = positive()
    hotel_kw = amount()
    passage_share = fraction(nullable=True)
    tank_m3 = amount(nullable=True)
    battery_kwh = amount(nullable=True)
    charge_kw = positive(nullable=True)
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
    efficiency = fraction(nullable=True)
    slip_share = fraction()
    slip_low = fraction(nullable=True)
    slip_high = fraction(nullable=True)
    stored_kwh_per_kg = positive(nullable=True)
    stored_kwh_per_m3 = positive(nullable=True)
    stored_source = identifier(nullable=True)
    source = identifier()
    confidence = confidence()
