"""Register of the county tables: name of the table (file ``<name>.csv``), its schema, and which may be missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from data.schemas import charging, costs, places, river, streets, supply, vehicles
from data.schemas.fleets import operators

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from data.schemas.base import Table

TABLES: dict[str, type[Table]] = {
    "sources": places.Sources,
    "figures": places.Figures,
    "observations": places.Observations,
    "towns": places.Towns,
    "outline": places.Outline,
    "villages": places.Villages,
    "candidates": places.Candidates,
    "places": places.Places,
    "service_areas": places.ServiceAreas,
    "road_links": places.RoadLinks,
    "road_projects": places.RoadProjects,
    "river_nodes": river.RiverNodes,
    "river_reaches": river.RiverReaches,
    "river_months": river.RiverMonths,
    "locks": river.Locks,
    "lock_traffic": river.LockTraffic,
    "terminals": river.Terminals,
    "lng_stations": river.LngStations,
    "vessel_classes": river.VesselClasses,
    "vehicle_classes": vehicles.VehicleClasses,
    "fleet_stock": vehicles.FleetStock,
    "fleet_sales": vehicles.FleetSales,
    "stock_growth": vehicles.StockGrowth,
    "survival": vehicles.Survival,
    "flow_shares": vehicles.FlowShares,
    "adoption_observed": vehicles.AdoptionObserved,
    "adoption_series": vehicles.AdoptionSeries,
    "energy_use": vehicles.EnergyUse,
    "fuel_limits": vehicles.FuelLimits,
    "freight_loads": vehicles.FreightLoads,
    "ev_models": vehicles.EvModels,
    "ev_model_shares": vehicles.EvModelShares,
    "charge_curves": supply.ChargeCurves,
    "charging_access": supply.ChargingAccess,
    "charging_behaviour": supply.ChargingBehaviour,
    "profiles": supply.Profiles,
    "calendar": supply.Calendar,
    "weather_months": supply.WeatherMonths,
    "private_chargers": supply.PrivateChargers,
    "through_traffic": supply.ThroughTraffic,
    "trip_lengths": supply.TripLengths,
    "visitors": supply.Visitors,
    "visitor_origins": supply.VisitorOrigins,
    "tariff_tou": supply.TariffTou,
    "tariff_seasons": supply.TariffSeasons,
    "fuel_factors": supply.FuelFactors,
    "grid_factors": supply.GridFactors,
    "targets": supply.Targets,
    "vehicle_costs": costs.VehicleCosts,
    "energy_prices": costs.EnergyPrices,
    "infrastructure_prices": costs.InfrastructurePrices,
    "acquisition": costs.Acquisition,
    "purchase_tax": costs.PurchaseTax,
    "uncertainties": costs.Uncertainties,
    "swap_stations": charging.SwapStations,
    "ebike_points": streets.EbikePoints,
    "junctions": streets.Junctions,
    "road_classes": streets.RoadClasses,
    "town_grid": streets.TownGrid,
    "feeders": streets.Feeders,
    "pv_months": streets.PvMonths,
    "energy_carriers": river.EnergyCarriers,
    "engine_ages": river.EngineAges,
    "lock_calendar": river.LockCalendar,
    "lock_bulletins": river.LockBulletins,
    "ship_sizes": river.ShipSizes,
    "operators": operators.Operators,
    "bus_lines": operators.BusLines,
    "bus_stops": operators.BusStops,
    "bus_line_stops": operators.BusLineStops,
    "bus_timetable": operators.BusTimetable,
    "deliveries": operators.Deliveries,
}

OPTIONAL_TABLES = frozenset(
    {
        "outline",
        "villages",
        "candidates",
        "trip_lengths",
        "visitors",
        "visitor_origins",
        "fleet_sales",
        "adoption_observed",
        "adoption_series",
        "observations",
        "fuel_limits",
        "freight_loads",
        "ev_model_shares",
        "vehicle_costs",
        "energy_prices",
        "infrastructure_prices",
        "acquisition",
        "purchase_tax",
        "uncertainties",
        "swap_stations",
        "ebike_points",
        "junctions",
        "road_classes",
        "town_grid",
        "feeders",
        "private_chargers",
        "pv_months",
        "energy_carriers",
        "engine_ages",
        "river_reaches",
        "lock_calendar",
        "lock_bulletins",
        "ship_sizes",
        "operators",
        "bus_lines",
        "bus_stops",
        "bus_line_stops",
        "bus_timetable",
        "deliveries",
    }
)
"""Tables that may be missing one by one; a missing one has no rows."""


@dataclass(frozen=True, slots=True)
class Module:
    """A part that a county has or has not: an absent one needs no table, no figure and no target.

    Attributes
    ----------
    words : str
        What it is, for messages.
    needed : tuple of str
        Tables that a county with the part must have; the first has rows exactly where the county has the part.
    more : tuple of str
        Tables of the part that may be missing on their own.
    figures : tuple of str
        How the keys of its figures begin.
    rows : mapping of str to (str, str)
        Rows of tables that other parts use too: column and value by table.
    seen_by : tuple of str
        Beginnings of figures that show a part without tables of its own, in a county that lists no parts.
    """

    words: str
    needed: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    rows: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    seen_by: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """All tables of the part."""
        return (*self.needed, *self.more)


MODULES: dict[str, Module] = {
    "river": Module(
        "the river",
        ("river_nodes", "river_months", "locks", "lock_traffic", "terminals", "lng_stations", "vessel_classes"),
        ("river_reaches", "energy_carriers", "engine_ages", "lock_calendar", "lock_bulletins", "ship_sizes"),
        ("river.", "county.natural_gas_"),
        {"fuel_factors": ("mode", "ship"), "road_projects": ("kind", "terminal")},
    ),
    # A road without service areas has through traffic too: its cars charge in the towns.
    "through_traffic": Module(
        "through traffic", ("through_traffic",), ("service_areas", "trip_lengths"), ("through.",)
    ),
    "ebikes": Module("shared e-bikes", ("ebike_points",), (), ("ebikes.",)),
    "swap": Module("battery swapping", ("swap_stations",)),
    "rail": Module("a railway", rows={"road_projects": ("kind", "railway")}, seen_by=("shift.rail_",)),
    "road_projects": Module("road projects", ("road_projects", "road_classes"), (), ("roads.",)),
    "signals": Module("signalled junctions", ("junctions",), (), ("signals.",)),
    "grid": Module("the towns' grids", ("town_grid", "pv_months"), ("feeders",), ("grid.",)),
    "costs": Module(
        "costs of vehicles", ("vehicle_costs", "energy_prices", "acquisition"), ("purchase_tax",), ("cost.",)
    ),
    "holidays": Module("holidays", ("calendar",)),
    "visitors": Module("visitors in the holidays", ("visitors", "visitor_origins"), (), ("visitors.",)),
    "operators": Module(
        "operators' fleets",
        ("operators",),
        ("bus_lines", "bus_stops", "bus_line_stops", "bus_timetable", "deliveries"),
        ("operators.",),
    ),
    "uncertainty": Module("ranges of the carbon accounts", ("uncertainties",)),
}
"""Parts by name, as ``county.toml`` lists them."""
ALIASES = {"expressway": "through_traffic"}
"""Other names of parts that people use."""
TOGETHER = ("river", "through_traffic")
"""Parts of whose tables a county without a list of parts has all that are needed, or none."""


def module_name(name: str) -> str:
    """Return the name of a part that a name means; an unknown one as it is."""
    return ALIASES.get(name, name)


def module_of(table: str) -> Module | None:
    """Return the part whose tables include one, None for a table that every county has."""
    return next((module for module in MODULES.values() if table in module.tables), None)


def may_be_missing(table: str, present: Collection[str], modules: Collection[str] | None = None) -> bool:
    """Return whether a county that has the tables `present` can do without another.

    Where the county says which parts it has, `modules`, those need their tables and no others do.
    """
    if modules is not None:
        named = [name for name, module in MODULES.items() if table in module.tables]
        needing = [name for name in named if name in modules and table in MODULES[name].needed]
        return not needing if named else table in OPTIONAL_TABLES
    if table in OPTIONAL_TABLES:
        return True
    return any(
        table in MODULES[name].tables and not any(other in present for other in MODULES[name].tables)
        for name in TOGETHER
    )
