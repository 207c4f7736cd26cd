"""Options of operators without a timetable: taxis, sanitation, official cars, lorries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.goals import Finding
from fleet.operators.consumption import ELECTRIC
from fleet.operators.duties import WAYS, Duties, DutyOption, DutyResult, night_chargers
from fleet.operators.operator_costs import VehicleCost, chargers_cost, usual_power

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.county import County

BATTERIES: Final = (0.7, 1.0, 1.4, 2.0)
"""Sizes of battery that are tried, over that of the class."""
OPTIONS: Final = {
    "battery_kwh": pl.Float64,
    "way": pl.String,
    "vehicles": pl.Int64,
    "completed_share": pl.Float64,
    "stops_per_day": pl.Float64,
    "chargers": pl.Int64,
    "connection_kw": pl.Float64,
    "kwh_per_day": pl.Float64,
    "cny_per_year": pl.Float64,
    "investment_cny": pl.Float64,
    "kgco2_per_year": pl.Float64,
    "feasible": pl.Boolean,
}
"""Columns of the options."""


def duty_options(
    county: County, operator: dict[str, Any], year: int, progress: Callable[[str], None] | None
) -> tuple[pl.DataFrame, Callable[..., list[Finding]], Callable[..., dict[str, pl.DataFrame]]]:
    """Return the options of an operator, and what there is to say about the chosen one."""
    duties = Duties.from_county(county, operator, year=year)
    sure = county.figure("operators.completed_share")
    results: dict[DutyOption, DutyResult] = {}
    rows = []
    for factor in BATTERIES:
        for way in _ways(county, operator):
            option = DutyOption(factor * duties.battery_kwh, way)
            if progress is not None:
                progress(f"{operator['operator']}: {option.battery_kwh:.0f} kWh, {way}")
            results[option] = found = duties.result(option)
            rows.append(_row(county, duties, option, found, year) | {"feasible": found.completed_share >= sure})

    def findings(best: dict[str, Any]) -> list[Finding]:
        option = DutyOption(best["battery_kwh"], best["way"])
        return _findings(county, duties, results[option], best, year)

    return pl.DataFrame(rows, schema=OPTIONS), findings, lambda _: {}


def _ways(county: County, operator: dict[str, Any]) -> tuple[str, ...]:
    """Return what vehicles may do on their way: swapping only where a station of the county takes the class."""
    lists = county.swap_stations["vehicle_classes"].to_list()
    swaps = any(operator["vehicle_class"] in text.split("|") for text in lists)
    return WAYS if swaps else WAYS[:-1]


def _row(county: County, duties: Duties, option: DutyOption, found: DutyResult, year: int) -> dict[str, Any]:
    """Return a row of `OPTIONS` but for whether it is enough."""
    operator = duties.operator
    name, days = operator["vehicle_class"], county.figure("operators.service_days")
    vehicle = VehicleCost.from_county(county, name, ELECTRIC, year=year)
    vehicle = vehicle.with_battery(county, name, option.battery_kwh)
    kwh = found.kwh_per_day / county.figure("charging.efficiency_dc")
    chargers = night_chargers(kwh, operator["charger_kw"], county.figure("operators.night_h"))
    connection = chargers * operator["charger_kw"]
    build = chargers_cost(county, [("depot", chargers, operator["charger_kw"], connection)])
    spare = 1.0 + county.figure("operators.spare_share")
    km = float(duties.km.mean()) * duties.vehicles * days
    lost_h = found.stops_per_day * duties.vehicles * days * _stop_min(county, option.way) / 60.0
    cny = found.vehicles * spare * vehicle.cny_year + km * vehicle.maintenance_cny_km + build.cny_year
    return {
        **option._asdict(),
        "vehicles": found.vehicles,
        "completed_share": found.completed_share,
        "stops_per_day": found.stops_per_day,
        "chargers": chargers,
        "connection_kw": connection,
        "kwh_per_day": kwh,
        "cny_per_year": cny
        + kwh * days * vehicle.energy_cny_unit
        + lost_h * county.figure("operators.van_driver_cny_h"),
        "investment_cny": build.investment_cny,
        "kgco2_per_year": kwh * days * vehicle.kgco2_unit,
    }


def _stop_min(county: County, way: str) -> float:
    """Return the time of a stop on the way."""
    return {"none": 0.0, "fast": county.figure("operators.stop_min"), "swap": county.figure("operators.swap_min")}[way]


def _findings(county: County, duties: Duties, found: DutyResult, best: dict[str, Any], year: int) -> list[Finding]:
    """Return what there is to say about an option: replacement, money, risk of not completing the day."""
    name, days = duties.operator["vehicle_class"], county.figure("operators.service_days")
    fuel = VehicleCost.from_county(county, name, usual_power(county, name), year=year)
    km = float(duties.km.mean()) * duties.vehicles * days
    units = km * fuel.use_per_km
    spare = 1.0 + county.figure("operators.spare_share")
    fuel_cny = duties.today * spare * fuel.cny_year + km * fuel.maintenance_cny_km + units * fuel.energy_cny_unit
    money = {"cny": round(best["cny_per_year"]), "fuel_cny": round(fuel_cny)}
    carbon = {"t": round(best["kgco2_per_year"] / 1000.0), "fuel_t": round(units * fuel.kgco2_unit / 1000.0)}
    what = {"vehicles": best["vehicles"], "today": duties.today, "battery_kwh": round(best["battery_kwh"])}
    counts = {"chargers": best["chargers"], "kw": round(duties.operator["charger_kw"])}
    risk = {"completed_share": found.completed_share, "month": found.worst_month, "worst_share": found.worst_share}
    pool = [Finding("pool_shares", {"needed": duties.vehicles, "today": duties.today})]
    return [
        Finding("duty_answer", {**what, "way": Finding(f"way_{best['way']}")}),
        *(pool if duties.vehicles < duties.today else []),
        Finding("operator_money", {**money, **carbon}),
        Finding("duty_risk", risk),
        Finding("depot_needs_managed", {**counts, "managed_kw": round(best["connection_kw"])}),
    ]
