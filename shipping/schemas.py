"""Schemas of the tables that `simulate` takes besides the voyages."""

from __future__ import annotations

import dataframely as dy

from data.schemas.base import (
    SHIP_FUELS,
    SUPPLIES,
    UNLOAD_RULES,
    Table,
    amount,
    choice,
    count,
    fraction,
    identifier,
    number,
    positive,
)


class Fleet(Table):
    """Vessels: one row per cycling vessel, and one per class of through traffic (id ``through-<class>``).

    Power follows from the main dimensions (``length_m, beam_m, draught_m`` full, ``empty_draught_m``) and the depth of
    the water, or where they are null from ``reference_kw`` (brake power of the full vessel at
    ``reference_speed_km_h``) and ``empty_power_share`` by the cubic law. A vessel holds ``water_speed_km_h`` through
    the water, or sets the propulsion power ``set_kw`` and takes the speed that it gives; with ``speed_depth_m`` it sets
    the power that makes ``water_speed_km_h`` on that depth, at most ``most_share`` of ``installed_kw``, and is slower
    where the water is shallower. ``block``, ``screws``, ``propeller_m`` and the efficiencies ``open_water, rotative,
    shaft, gear`` are those of the hull (null: as `shipping.ships.hulls.Hull`). ``hotel_kw`` is brake power
    too, at all times; alongside the share ``port_hotel_share`` of it comes from the vessel's own fuel. ``sfc_kg_kwh``
    is the consumption at the best load; with ``installed_kw`` it rises at part load (`shipping.ships.engines`).
    ``margin_share`` is what wind, fouling and bends add to the propulsion power of calm water (null: 0). A vessel
    without ``tank_m3`` never bunkers. ``lock_priority``: higher goes first. Nullable columns may be left out.
    """

    vessel_id = identifier(primary_key=True)
    vessel_class = identifier()
    fuel = choice(SHIP_FUELS)
    kind = choice(("through", "cycling"))
    dwt_t = positive()
    reference_kw = positive(nullable=True)
    reference_speed_km_h = positive(nullable=True)
    water_speed_km_h = positive(nullable=True)
    set_kw = positive(nullable=True)
    empty_power_share = fraction(nullable=True)
    hotel_kw = amount()
    port_hotel_share = fraction()
    sfc_kg_kwh = amount()
    installed_kw = positive(nullable=True)
    margin_share = amount(nullable=True)
    length_m = positive(nullable=True)
    beam_m = positive(nullable=True)
    draught_m = positive(nullable=True)
    empty_draught_m = positive(nullable=True)
    speed_depth_m = positive(nullable=True)
    most_share = fraction(nullable=True)
    block = fraction(nullable=True)
    screws = count(nullable=True, low=1)
    propeller_m = positive(nullable=True)
    open_water = fraction(nullable=True)
    rotative = positive(nullable=True)
    shaft = fraction(nullable=True)
    gear = fraction(nullable=True)
    lock_priority = dy.Int64(nullable=True)
    tank_m3 = positive(nullable=True)
    tank_start_m3 = amount(nullable=True)
    density_t_m3 = positive(nullable=True)
    fill_max_share = fraction(nullable=True)
    reserve_share = fraction(nullable=True)
    may_share = fraction(nullable=True)
    may_queue = count(nullable=True)
    max_queue = count(nullable=True)
    patience_h = amount(nullable=True)


class Supply(Table):
    """LNG stations: berths, pump, times of a call, window, tank and its trucks.

    ``trucks`` is the number that may be on order at once (null: no limit).

    ``unload_rule`` says what vessels may do while a delivery unloads (`shipping.ports.station_spec.UnloadRule`; null:
    ``alone`` or ``together``, as ``unload_alone`` says), with ``tanks`` (null: 1) for the rule by tank. Deliveries
    unload between ``unload_open_h`` and ``unload_close_h`` (null: at any hour) and with ``unload_weather_stop`` not
    while fog or flood closes the station. With ``delivery_interval_h`` they come by timetable, every so many hours.
    ``supply`` names what brings them, a truck or a barge; ``truck_m3`` and so on are then those of the barge.

    ``berth_dwt`` is the largest vessel that the berths take (null: any). ``tank_start_m3`` null: drawn between reorder
    level and full. ``close_h`` at or below ``open_h``: the window spans midnight; 0 to 24: always open.
    """

    station = identifier(primary_key=True)
    chainage_km = number()
    berths = count(low=1)
    berth_dwt = positive(nullable=True)
    pump_m3_h = positive()
    mooring_min = amount()
    precool_min = amount()
    purge_min = amount()
    open_h = number(low=0.0, high=24.0)
    close_h = number(low=0.0, high=24.0)
    tank_m3 = positive()
    tank_start_m3 = amount(nullable=True)
    fill_max_share = fraction()
    heel_share = fraction()
    reorder_share = fraction()
    truck_m3 = positive()
    truck_lead_h = amount()
    truck_lead_cv = amount()
    truck_unload_min = amount()
    trucks = count(low=1, nullable=True)
    unload_alone = dy.Bool()
    unload_rule = choice(UNLOAD_RULES, nullable=True)
    unload_open_h = number(nullable=True, low=0.0, high=24.0)
    unload_close_h = number(nullable=True, low=0.0, high=24.0)
    unload_weather_stop = dy.Bool(nullable=True)
    tanks = count(nullable=True, low=1)
    supply = choice(SUPPLIES, nullable=True)
    delivery_interval_h = positive(nullable=True)
    boil_off_share_per_day = fraction()
    density_t_m3 = positive()
