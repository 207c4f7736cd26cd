"""Columns and names of duties and of the comparison of delivery networks, for those that read but do not make them."""

from __future__ import annotations

from typing import Final

import polars as pl

FLEET_PLAN: Final = "fleet_plan_cost_change_share"
"""Metric of the targets that ask for operators' fleets."""
_CABIN: Final = (
    *("bus_cooling_kw_per_k", "bus_heating_kw_per_k"),
    *("cold_day_k", "comfort_high_c", "comfort_low_c", "hot_day_k"),
)
_BATTERY: Final = ("battery_health_share", "reserve_soc_share", "slack_share")
_DRIVING: Final = ("driveline_efficiency_share", "mass_energy_share", "regeneration_share")
_VANS: Final = (
    *("delivery_end_h", "delivery_start_h", "drop_min", "kg_per_parcel", "parcel_min", "parcels_per_resident_day"),
    *("parcels_per_van", "service_days", "spare_share", "van_climate_share", "van_driver_cny_h", "van_load_min"),
    *("van_shift_h", "van_start_h"),
)
ROUTE_FIGURES: Final = tuple(f"operators.{name}" for name in (*_CABIN, *_BATTERY, *_DRIVING, *_VANS))
"""Figures of operators that routes of vans rest on."""
PLAN_FIGURES: Final = tuple(
    f"operators.{name}"
    for name in (
        *("parcels_per_resident_day", "parcels_per_van", "van_shift_h", "van_start_h"),
        *("bus_layover_min", "bus_service_end_h", "slack_share"),
    )
)
"""Figures of operators that say how many vehicles are out in a run and when they come home to charge: plans read them.
At an end of its range none of the others that plans read moves the fullest town of the shipped county by as much as
0.02 % of its peak."""
LOAD_FIGURES: Final = (*PLAN_FIGURES, "operators.spare_share")
"""Figures of operators that the load of the towns rests on."""
SEPARATE, JOINT = "separate", "joint"
NETWORKS: Final = {
    "network": pl.String,
    "operator": pl.String,
    "power": pl.String,
    **dict.fromkeys(
        (
            "parcels_per_day",
            "vans",
            "km_per_day",
            "driver_h_per_day",
            "energy_units_per_day",
            "cny_per_day",
            "kgco2_per_day",
            "cny_per_parcel",
            "gco2_per_parcel",
        ),
        pl.Float64,
    ),
}
"""Columns: a row per network, operator (null: all of the network) and power; energy in kWh at the meter, or L of fuel.
Fuel vans drive the routes of the electric ones."""
DISTRIBUTION: Final = {"year": pl.Int64, "case": pl.String, **NETWORKS}
"""Columns of the run table; `case` is `AS_GIVEN`, or the figure that stands at an end of its range."""
AS_GIVEN: Final = "as given"
OPERATOR_FLEETS: Final = {
    "operator": pl.String,
    "kind": pl.String,
    "vehicle_class": pl.String,
    "town": pl.String,
    "vehicles": pl.Float64,
    "electric_vehicles": pl.Int64,
    "duties": pl.Int64,
    "driven_duties": pl.Int64,
    "duty_km": pl.Float64,
    "charger_kw": pl.Float64,
    "at_once_kw": pl.Float64,
    "managed_kw": pl.Float64,
}
"""Columns: a row per operator in the year of a run: vehicles and electric ones among them, town of its depot; duties
that are planned and those that electric vehicles drive on a day, with the mean km of one (null: days are drawn); power
of the depot with all duties electric, as vehicles come and managed."""
DEPOT_LOADS: Final = pl.Schema(
    {"operator": pl.String, "start_min": pl.Float64, "at_once_kw": pl.Float64, "managed_kw": pl.Float64}
)
"""Columns: load of the depot with all duties electric on a mild day, by interval, at the meter."""
DUTIES: Final = pl.Schema(
    {
        "operator": pl.String,
        "vehicle_class": pl.String,
        "days": pl.String,
        "duty": pl.Int64,
        "leg": pl.Int64,
        "activity": pl.String,
        "start_min": pl.Float64,
        "end_min": pl.Float64,
        "from_place": pl.String,
        "to_place": pl.String,
        "from_lon": pl.Float64,
        "from_lat": pl.Float64,
        "to_lon": pl.Float64,
        "to_lat": pl.Float64,
        "town": pl.String,
        "km": pl.Float64,
        "charger_kw": pl.Float64,
    }
)
"""Columns: a row per leg of a duty, in order. `days` is ``daily``, ``workday`` or ``weekend``; `charger_kw` is
at the meter of the charger where the leg ends, until the next leg starts (null: there is none), and `town` that in
whose grid it stands. After the last leg the vehicle is in the depot until its first leg of the next day."""


def network_figure(table: pl.DataFrame, network: str, column: str, *, electric: bool = True) -> float:
    """Return a figure of a whole network from a table with the columns of `NETWORKS`: of electric or of fuel vans."""
    power = pl.col("power") == "bev"
    rows = table.filter(pl.col("network") == network, power if electric else ~power, pl.col("operator").is_null())
    return float(rows[column].sum() if "_per_parcel" not in column else rows[column][0])


def cost_share(table: pl.DataFrame) -> float:
    """Return the cost of the joint network over that of the separate operators, both with electric vans, less 1."""
    joint, separate = (network_figure(table, name, "cny_per_day") for name in (JOINT, SEPARATE))
    return joint / separate - 1.0
