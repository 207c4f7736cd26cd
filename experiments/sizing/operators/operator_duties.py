"""Options of operators without a timetable: taxis, sanitation, official cars, lorries."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from charging import swapped_classes
from data.errors import DataError, ScenarioError
from data.goals import Finding
from data.schemas.base import open_in
from data.schemas.fleets.operators import DutyLog
from data.tables.reading import read_table
from fleet.operators.consumption import ELECTRIC
from fleet.operators.duties.duties import WAYS, Duties, DutyOption, DutyResult, night_chargers
from fleet.operators.operator_costs import VehicleCost, chargers_cost, usual_power

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from data.county import County

BATTERIES: Final = (0.7, 1.0, 1.4, 2.0)
"""Sizes of battery that are tried, over that of the class."""
OPTIONS: Final = {
    "battery_kwh": pl.Float64,
    "way": pl.String,
    "vehicles": pl.Int64,
    "fuel_vehicles": pl.Int64,
    "completed_share": pl.Float64,
    "km_per_day": pl.Float64,
    "fuel_km_per_day": pl.Float64,
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
    county: County,
    operator: dict[str, Any],
    year: int,
    progress: Callable[[str], None] | None,
    log: Path | None = None,
) -> tuple[pl.DataFrame, Callable[..., list[Finding]], Callable[..., dict[str, pl.DataFrame]]]:
    """Return the options of an operator, and what there is to say about the chosen one."""
    duties = Duties.from_county(county, operator, year=year, log=None if log is None else _read_log(log))
    sure = county.figure("operators.completed_share")
    results: dict[DutyOption, DutyResult] = {}
    rows = []
    for option in _tried(county, operator, duties.battery_kwh, year):
        if progress is not None:
            progress(f"{operator['operator']}: {option.battery_kwh:.0f} kWh, {option.way}")
        results[option] = found = duties.result(option)
        rows.append(_row(county, duties, option, found, year) | {"feasible": found.completed_share >= sure})

    def findings(best: dict[str, Any]) -> list[Finding]:
        option = DutyOption(best["battery_kwh"], best["way"])
        return _findings(county, duties, results[option], best, year)

    def tables(best: dict[str, Any]) -> dict[str, pl.DataFrame]:
        return {"tours": results[DutyOption(best["battery_kwh"], best["way"])].tours} if duties.tours else {}

    return pl.DataFrame(rows, schema=OPTIONS), findings, tables


def _read_log(file: Path) -> pl.DataFrame:
    """Return the log of an operator's vehicles, checked.

    Raises
    ------
    ScenarioError
        No such file.
    DataError
        Faults of the table, or no rows.
    """
    if not file.is_file():
        raise ScenarioError(f"--log: no file {file}; expected a table with the columns vehicle, date and km.")
    table = read_table(file.parent, file.name, DutyLog)
    if table.faults:
        raise DataError.of(f"--log, {file.name}", table.faults)
    if not table.frame.height:
        raise DataError(f"--log, {file.name}: got no rows, expected one for each vehicle and day.")
    return table.frame


def _tried(county: County, operator: dict[str, Any], battery_kwh: float, year: int) -> list[DutyOption]:
    """Return what is tried: sizes of battery, and swaps of the batteries of open stations that take the class."""
    own = [DutyOption(factor * battery_kwh, way) for factor in BATTERIES for way in WAYS[:2]]
    stations = county.swap_stations.filter(open_in(year)).select("vehicle_classes", "battery_kwh").iter_rows()
    takes = ((kwh, swapped_classes([named])) for named, kwh in stations)
    swapped = {kwh for kwh, classes in takes if classes is None or operator["vehicle_class"] in classes}
    return [*own, *(DutyOption(kwh, WAYS[2]) for kwh in sorted(swapped))]


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
    km = duties.km_per_day * days
    lost_h = found.stops_per_day * duties.vehicles * days * _stop_min(county, option.way) / 60.0
    cny = found.vehicles * spare * vehicle.cny_year + km * vehicle.maintenance_cny_km + build.cny_year
    return {
        **option._asdict(),
        "vehicles": found.vehicles,
        "fuel_vehicles": duties.today,
        "completed_share": found.completed_share,
        "km_per_day": duties.km_per_day,
        "fuel_km_per_day": duties.km_per_day,
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
    km = duties.km_per_day * days
    units = km * fuel.use_per_km
    spare = 1.0 + county.figure("operators.spare_share")
    fuel_cny = duties.today * spare * fuel.cny_year + km * fuel.maintenance_cny_km + units * fuel.energy_cny_unit
    money = {"cny": round(best["cny_per_year"]), "fuel_cny": round(fuel_cny)}
    carbon = {"t": round(best["kgco2_per_year"] / 1000.0), "fuel_t": round(units * fuel.kgco2_unit / 1000.0)}
    what = {"vehicles": best["vehicles"], "today": duties.today, "battery_kwh": round(best["battery_kwh"])}
    counts = {"chargers": best["chargers"], "kw": round(duties.operator["charger_kw"])}
    risk = {"completed_share": found.completed_share, "month": found.worst_month, "worst_share": found.worst_share}
    pool = [Finding("pool_shares", {"needed": duties.vehicles, "today": duties.today})]
    days_of = Finding("duty_logged", {"days": len(duties.km), "today": duties.today})
    return [
        Finding("duty_answer", {**what, "way": Finding(f"way_{best['way']}")}),
        *(pool if duties.operator["kind"] == "pool" and duties.vehicles < duties.today else []),
        Finding("operator_money", {**money, **carbon}),
        Finding("duty_risk", risk),
        *(_tours(found) if duties.tours else []),
        *([days_of] if duties.logged else []),
        Finding("depot_needs_managed", {**counts, "managed_kw": round(best["connection_kw"])}),
    ]


def _tours(found: DutyResult) -> list[Finding]:
    """Return which tours the battery lasts for, by length, over the year and in the worst month."""
    yearly = found.tours.filter(pl.col("month").is_null())
    monthly = found.tours.filter(pl.col("month").is_not_null())
    per_day = pl.col("tours_per_day")
    whole = {
        name: (per_day * pl.col(name)).sum() / per_day.sum() for name in ("battery_alone_share", "completed_share")
    }
    of_year = yearly.select(**whole).row(0, named=True)
    by_month = monthly.group_by("month").agg(**whole).sort("battery_alone_share", "month").row(0, named=True)
    parts = tuple(
        Finding(
            "tour_longest" if isinf(km) else "tour_band",
            {**({} if isinf(km) else {"km": round(km)}), "alone_share": alone, "completed_share": done},
        )
        for km, alone, done in yearly.select("up_to_km", "battery_alone_share", "completed_share").iter_rows()
    )
    return [
        Finding("tours_alone", {**of_year, "month": by_month["month"], "worst_share": by_month["battery_alone_share"]}),
        Finding("tours_by_length", {"bands": parts}),
    ]
