"""Options of the operators of vans: batteries for one joint network, beside separate operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.errors import InfeasibleError, ScenarioError
from data.goals import Finding
from fleet.operators.consumption import mild_month
from fleet.operators.depot_charging import DepotChargers, depot_load
from fleet.operators.distribution.joint_network import distribution, joint_van, van_stays
from fleet.operators.networks import JOINT, SEPARATE
from fleet.operators.operator_costs import chargers_cost, depot_prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.county import County
    from fleet.operators.distribution.joint_network import Distribution

BATTERIES: Final = (0.6, 0.8, 1.0, 1.5)
"""Sizes of battery that are tried, over that of the class."""
ITERATIONS: Final = 400
"""Of the search for routes: more than a run has, because one network is planned and not twenty."""
OPTIONS: Final = {
    "network": pl.String,
    "battery_kwh": pl.Float64,
    "depot_kw": pl.Float64,
    "vehicles": pl.Int64,
    "fuel_vehicles": pl.Int64,
    "chargers": pl.Int64,
    "connection_kw": pl.Float64,
    "km_per_day": pl.Float64,
    "fuel_km_per_day": pl.Float64,
    "kwh_per_day": pl.Float64,
    "cny_per_year": pl.Float64,
    "investment_cny": pl.Float64,
    "kgco2_per_year": pl.Float64,
    "feasible": pl.Boolean,
}
"""Columns of the options."""


def van_options(
    county: County, operator: dict[str, Any], year: int, progress: Callable[[str], None] | None
) -> tuple[pl.DataFrame, Callable[..., list[Finding]], Callable[..., dict[str, pl.DataFrame]]]:
    """Return the options of the joint network, and what there is to say about the chosen one."""
    own = joint_van(county)
    plans: dict[float, Distribution] = {}
    rows = []
    for factor in BATTERIES:
        size = factor * own.battery_kwh
        if progress is not None:
            progress(f"vans with {size:.0f} kWh")
        try:
            found = distribution(county, year=year, iterations=ITERATIONS, battery=size, progress=progress)
        except InfeasibleError:
            rows.append({"network": JOINT, "battery_kwh": size, "depot_kw": operator["charger_kw"], "feasible": False})
            continue
        if found is None:
            raise ScenarioError(f"--operator vans: {county.name} has no table vehicle_costs; a network needs prices.")
        plans[size] = found
        rows.append(_row(county, operator, found, size))

    def findings(best: dict[str, Any]) -> list[Finding]:
        return _findings(plans[best["battery_kwh"]], best, county)

    def tables(best: dict[str, Any]) -> dict[str, pl.DataFrame]:
        found = plans[best["battery_kwh"]]
        return {"routes": found.routes[JOINT].table, "networks": found.table}

    return pl.DataFrame(rows, schema=OPTIONS), findings, tables


def _row(county: County, operator: dict[str, Any], found: Distribution, size: float) -> dict[str, Any]:
    """Return the option of a joint network."""
    van = joint_van(county, battery=size)
    efficiency = county.figure("charging.efficiency_dc")
    chargers = DepotChargers(operator["charger_kw"], efficiency, 0.0, van.usable_kwh, van.reserve_kwh)
    load = depot_load(van_stays(found.routes[JOINT].table), chargers, prices=depot_prices(county, mild_month(county)))
    build = chargers_cost(county, [("depot", load.chargers, operator["charger_kw"], load.peak_kw)])
    days = county.figure("operators.service_days")
    return {
        "network": JOINT,
        "battery_kwh": size,
        "depot_kw": operator["charger_kw"],
        "vehicles": round(found.figure(JOINT, "vans")),
        # fuel vans drive the routes of the electric ones
        "fuel_vehicles": round(found.figure(JOINT, "vans")),
        "chargers": load.chargers,
        "connection_kw": load.peak_kw,
        "km_per_day": found.figure(JOINT, "km_per_day"),
        "fuel_km_per_day": found.figure(JOINT, "km_per_day", electric=False),
        "kwh_per_day": load.kwh,
        "cny_per_year": found.figure(JOINT, "cny_per_day") * days + build.cny_year,
        "investment_cny": build.investment_cny,
        "kgco2_per_year": found.figure(JOINT, "kgco2_per_day") * days,
        "feasible": True,
    }


def _findings(found: Distribution, best: dict[str, Any], county: County) -> list[Finding]:
    """Return what there is to say about a joint network beside separate operators."""
    parts = [
        Finding(
            "vans_network",
            {
                "network": Finding(f"network_{network}"),
                "vans": round(found.figure(network, "vans")),
                "km": round(found.figure(network, "km_per_day")),
                "cny_parcel": found.figure(network, "cny_per_parcel"),
                "g_parcel": found.figure(network, "gco2_per_parcel"),
            },
        )
        for network in (SEPARATE, JOINT)
    ]
    fuel = {name: found.figure(SEPARATE, name, electric=False) for name in ("cny_per_parcel", "gco2_per_parcel")}
    parcels = round(found.figure(JOINT, "parcels_per_day"))
    drawn = [] if county.deliveries.height else [Finding("vans_drawn", {"parcels": parcels})]
    return [
        *parts,
        Finding("vans_saved", {"change_share": found.cost_change_share}),
        Finding("vans_fuel", {"cny_parcel": fuel["cny_per_parcel"], "g_parcel": fuel["gco2_per_parcel"]}),
        Finding(
            "depot_needs_managed",
            {"chargers": best["chargers"], "kw": round(best["depot_kw"]), "managed_kw": round(best["connection_kw"])},
        ),
        *drawn,
    ]
