"""What a plan of buses costs by year beside the fuel fleet that drives the same timetable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from data.arrays import scalar
from fleet.operators.buses.bus_plan import most_at_once, terminal_charges
from fleet.operators.consumption import ELECTRIC
from fleet.operators.depots import DEPOT
from fleet.operators.operator_costs import VehicleCost, chargers_cost, usual_power
from fleet.operators.operator_vehicles import with_spares

if TYPE_CHECKING:
    from data.county import County
    from fleet.operators.buses.bus_plan import BusPlan, BusService

FLEET_COSTS: Final = {
    "power": pl.String,
    **dict.fromkeys(
        (
            "buses",
            "km_per_year",
            "energy_units_per_year",
            "vehicles_cny",
            "energy_cny",
            "maintenance_cny",
            "drivers_cny",
            "chargers_cny",
            "total_cny",
            "kgco2_per_year",
        ),
        pl.Float64,
    ),
}
"""Columns: a row per power, amounts by year; buses with their spare ones."""


@dataclass(frozen=True, slots=True)
class BusCosts:
    """Costs of a plan.

    Attributes
    ----------
    table : polars.DataFrame
        Columns of `FLEET_COSTS`: the electric fleet first, then that of fuel.
    investment_cny : float
        Chargers and connection, to build.
    """

    table: pl.DataFrame
    investment_cny: float

    def figure(self, column: str, *, electric: bool = True) -> float:
        """Return a figure of the electric or the fuel fleet."""
        return float(self.table[column][0 if electric else 1])


def bus_costs(
    county: County,
    service: BusService,
    plan: BusPlan,
    *,
    year: int,
    depot_kw: float,
    battery_kwh: float,
    mild_share: float,
) -> BusCosts:
    """Return the costs of a plan by year.

    Parameters
    ----------
    county
        Its prices.
    service, plan
        What is driven, and how.
    year
        Year of acquisition.
    depot_kw, battery_kwh
        Charger and new battery of the plan; a battery larger than the class's adds to the price of each bus.
    mild_share
        Energy of a mean day over that of the plan's day.

    Raises
    ------
    DataError
        A price that the county lacks.
    """
    vehicle_class = service.operator["vehicle_class"]
    days = county.figure("operators.service_days")
    dearer = VehicleCost.from_county(county, vehicle_class, ELECTRIC, year=year, battery_kwh=battery_kwh)
    fuel = VehicleCost.from_county(county, vehicle_class, usual_power(county, vehicle_class), year=year)
    if plan.depot.cny is not None and plan.depot.kwh > 0.0:
        dearer = replace(dearer, energy_cny_unit=plan.depot.cny / plan.depot.kwh)
    build = chargers_cost(county, _sites(service, plan, depot_kw))
    buses, fuel_buses = (with_spares(county, number) for number in (plan.buses, plan.diesel_buses))
    wage = county.figure("operators.bus_driver_cny_h") * days
    electric = _Driven(buses, plan.km * days, plan.hours * wage, plan.kwh * mild_share * days)
    on_fuel = _Driven(
        fuel_buses, plan.diesel_km * days, plan.diesel_hours * wage, plan.diesel_km * days * fuel.use_per_km
    )
    rows = [_amounts(dearer, electric, build.cny_year), _amounts(fuel, on_fuel, 0.0)]
    return BusCosts(pl.DataFrame(rows, schema=FLEET_COSTS), build.investment_cny)


class _Driven(NamedTuple):
    """What a fleet does in a year: buses with spare ones, km, wages of its drivers, units of energy."""

    buses: float
    km: float
    drivers_cny: float
    units: float


def _amounts(vehicle: VehicleCost, driven: _Driven, chargers_cny: float) -> dict[str, object]:
    """Return a row of `FLEET_COSTS`."""
    parts = {
        "vehicles_cny": driven.buses * vehicle.cny_year,
        "energy_cny": driven.units * vehicle.energy_cny_unit,
        "maintenance_cny": driven.km * vehicle.maintenance_cny_km,
        "drivers_cny": driven.drivers_cny,
        "chargers_cny": chargers_cny,
    }
    known = {"power": vehicle.power, "buses": driven.buses, "km_per_year": driven.km}
    units = {"energy_units_per_year": driven.units, "kgco2_per_year": driven.units * vehicle.kgco2_unit}
    return {**known, **units, **parts, "total_cny": sum(parts.values())}


def _sites(service: BusService, plan: BusPlan, depot_kw: float) -> list[tuple[str, int, float, float]]:
    """Return chargers and connections of the depot and of the stops."""
    sites = [(DEPOT, plan.depot.chargers, depot_kw, plan.depot.connection_kw)]
    kw = 60.0 * pl.col("charged_kwh") / (pl.col("end_min") - pl.col("start_min")) / service.efficiency
    for stop, rows in terminal_charges(plan.table):
        most = most_at_once(rows)
        power = scalar(rows, kw.max())
        sites.append((stop, most, power, most * power))
    return sites
