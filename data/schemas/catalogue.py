"""Register of the county tables: name of the table (file ``<name>.csv``), its schema, and which may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.schemas import charging, costs, places, river, streets, supply, vehicles

if TYPE_CHECKING:
    from collections.abc import Collection

    from data.schemas.base import Table

TABLES: dict[str, type[Table]] = {
    "sources": places.Sources,
    "figures": places.Figures,
    "towns": places.Towns,
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
    "energy_use": vehicles.EnergyUse,
    "ev_models": vehicles.EvModels,
    "charge_curves": supply.ChargeCurves,
    "charging_access": supply.ChargingAccess,
    "charging_behaviour": supply.ChargingBehaviour,
    "profiles": supply.Profiles,
    "calendar": supply.Calendar,
    "weather_months": supply.WeatherMonths,
    "through_traffic": supply.ThroughTraffic,
    "tariff_tou": supply.TariffTou,
    "tariff_seasons": supply.TariffSeasons,
    "fuel_factors": supply.FuelFactors,
    "grid_factors": supply.GridFactors,
    "targets": supply.Targets,
    "vehicle_costs": costs.VehicleCosts,
    "energy_prices": costs.EnergyPrices,
    "acquisition": costs.Acquisition,
    "purchase_tax": costs.PurchaseTax,
    "uncertainties": costs.Uncertainties,
    "swap_stations": charging.SwapStations,
    "ebike_points": streets.EbikePoints,
    "junctions": streets.Junctions,
    "road_classes": streets.RoadClasses,
    "town_grid": streets.TownGrid,
    "pv_months": streets.PvMonths,
    "energy_carriers": river.EnergyCarriers,
    "engine_ages": river.EngineAges,
    "lock_calendar": river.LockCalendar,
    "lock_bulletins": river.LockBulletins,
    "ship_sizes": river.ShipSizes,
}

OPTIONAL_TABLES = frozenset(
    {
        "fleet_sales",
        "vehicle_costs",
        "energy_prices",
        "acquisition",
        "purchase_tax",
        "uncertainties",
        "swap_stations",
        "ebike_points",
        "junctions",
        "road_classes",
        "town_grid",
        "pv_months",
        "energy_carriers",
        "engine_ages",
        "river_reaches",
        "lock_calendar",
        "lock_bulletins",
        "ship_sizes",
    }
)
"""Tables that may be missing one by one; a missing one has no rows."""


@dataclass(frozen=True, slots=True)
class Module:
    """A part that a county has or has not: its tables are there together or missing together.

    Attributes
    ----------
    words : str
        What it is, for messages.
    needed : tuple of str
        Tables that a county with the part must have; the first has rows exactly where the county has the part.
    more : tuple of str
        Tables of the part that may be missing on their own.
    """

    words: str
    needed: tuple[str, ...]
    more: tuple[str, ...] = ()


MODULES: dict[str, Module] = {
    "river": Module(
        "the river",
        ("river_nodes", "river_months", "locks", "lock_traffic", "terminals", "lng_stations", "vessel_classes"),
        ("river_reaches", "energy_carriers", "engine_ages", "lock_calendar", "lock_bulletins", "ship_sizes"),
    ),
    # A road without service areas has through traffic too: its cars charge in the towns.
    "through_traffic": Module("through traffic", ("through_traffic",), ("service_areas",)),
}


def module_of(table: str) -> Module | None:
    """Return the part whose tables include one, None for a table that every county has."""
    for module in MODULES.values():
        if table in (*module.needed, *module.more):
            return module
    return None


def may_be_missing(table: str, present: Collection[str]) -> bool:
    """Return whether a county that has the tables `present` can do without another."""
    if table in OPTIONAL_TABLES:
        return True
    module = module_of(table)
    return module is not None and not any(name in present for name in (*module.needed, *module.more))
