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
from experiments.sizing.operators.operator_days import completed_days, completed_share
from experiments.sizing.operators.operator_duty_plans import DutyPlanner
from fleet.operators.day_chance import DayChance
from fleet.operators.duties.duties import WAYS, Duties, DutyOption

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from data.county import County
    from experiments.sizing.operators.operator_duty_plans import DutyPlan
    from fleet.operators.duties.duties import DutyResult

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
    "way_kwh_per_day": pl.Float64,
    "cny_per_year": pl.Float64,
    "investment_cny": pl.Float64,
    "kgco2_per_year": pl.Float64,
    "feasible": pl.Boolean,
}
"""Columns of the options; duties completed on simulated days of the year, kWh at the meter, all of them and those of
stops on the way."""


def duty_options(
    county: County,
    operator: dict[str, Any],
    year: int,
    progress: Callable[[Finding], None] | None,
    log: Path | None = None,
) -> tuple[pl.DataFrame, Callable[..., list[Finding]], Callable[..., dict[str, pl.DataFrame]]]:
    """Return the options of an operator, and what there is to say about the chosen one."""
    duties = Duties.from_county(county, operator, year=year, log=None if log is None else _read_log(log))
    planner = DutyPlanner(county, duties, DayChance.from_county(county), year)
    plans: dict[DutyOption, DutyPlan] = {}
    rows = []
    for option in _tried(county, operator, duties.battery_kwh, year):
        if progress is not None:
            progress(
                Finding(
                    "operator_option",
                    {
                        "operator": operator["operator"],
                        "battery_kwh": f"{option.battery_kwh:.0f}",
                        "way": Finding(f"way_{option.way}"),
                    },
                )
            )
        plans[option] = plan = planner.plan(option)
        rows.append(_row(planner, option, plan))

    def findings(best: dict[str, Any]) -> list[Finding]:
        option = DutyOption(best["battery_kwh"], best["way"])
        return [*_findings(planner, plans[option], best), *_simulated(planner, plans, option)]

    def tables(best: dict[str, Any]) -> dict[str, pl.DataFrame]:
        return {"tours": plans[DutyOption(best["battery_kwh"], best["way"])].result.tours} if duties.tours else {}

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


def _row(planner: DutyPlanner, option: DutyOption, plan: DutyPlan) -> dict[str, Any]:
    """Return a row of `OPTIONS`."""
    duties, found = planner.duties, plan.result
    return {
        **option._asdict(),
        "vehicles": found.vehicles,
        "fuel_vehicles": planner.fuel_vehicles,
        "completed_share": plan.completed_share,
        "km_per_day": duties.km_per_day,
        "fuel_km_per_day": duties.km_per_day,
        "stops_per_day": found.stops_per_day,
        "chargers": plan.chargers,
        "connection_kw": plan.chargers * planner.charger_kw,
        "kwh_per_day": found.kwh_per_day / planner.efficiency,
        "way_kwh_per_day": found.way_kwh_per_day / planner.efficiency,
        "cny_per_year": plan.cny_per_year,
        "investment_cny": plan.investment_cny,
        "kgco2_per_year": plan.kgco2_per_year,
        "feasible": plan.enough,
    }


def _findings(planner: DutyPlanner, plan: DutyPlan, best: dict[str, Any]) -> list[Finding]:
    """Return what there is to say about an option: replacement, money, risk of not completing the day."""
    duties, found = planner.duties, plan.result
    fuel_cny, fuel_kgco2 = planner.on_fuel(planner.fuel_vehicles)
    money = {"cny": round(best["cny_per_year"]), "fuel_cny": round(fuel_cny)}
    carbon = {"t": round(best["kgco2_per_year"] / 1000.0), "fuel_t": round(fuel_kgco2 / 1000.0)}
    what = {"vehicles": best["vehicles"], "today": duties.today, "battery_kwh": round(best["battery_kwh"])}
    counts = {"chargers": best["chargers"], "kw": round(planner.charger_kw)}
    risk = {"completed_share": found.completed_share, "month": found.worst_month, "worst_share": found.worst_share}
    days_of = Finding("duty_logged", {"days": len(duties.km), "today": duties.today})
    on_way = {"kwh": round(best["way_kwh_per_day"]), "stops": round(best["stops_per_day"], 2)}
    return [
        Finding("duty_answer", {**what, "way": Finding(f"way_{best['way']}")}),
        *_pool(planner),
        Finding("operator_money", {**money, **carbon}),
        Finding("duty_risk", risk),
        *(_tours(found) if duties.tours else []),
        *([days_of] if duties.logged else []),
        *([Finding("duty_on_way", on_way)] if best["way"] != "none" else []),
        Finding("depot_needs_managed", {**counts, "managed_kw": round(best["connection_kw"])}),
    ]


def _pool(planner: DutyPlanner) -> list[Finding]:
    """Return what pooling alone does: cars that are needed, and what as many as today would cost on fuel."""
    duties = planner.duties
    if duties.operator["kind"] != "pool" or duties.vehicles >= duties.today:
        return []
    apart, pooled = (round(planner.on_fuel(number)[0]) for number in (duties.today, duties.vehicles))
    figures = {"needed": duties.vehicles, "today": duties.today, "apart_cny": apart, "pooled_cny": pooled}
    return [Finding("pool_shares", figures)]


def _simulated(planner: DutyPlanner, plans: dict[DutyOption, DutyPlan], option: DutyOption) -> list[Finding]:
    """Return which share of the duties is completed on simulated days, and a plan that is enough on mild days alone."""
    worst = planner.duties.consumption.climate.worst_day
    sure = planner.duties.sure_share
    bad = planner.simulated(option, plans[option].chargers, worst)
    found = [
        Finding("duties_completed", completed_days(plans[option].days, "year")),
        Finding("duties_completed", completed_days(bad, worst)),
    ]
    smaller = [one for one in plans if one.way == option.way and one.battery_kwh < option.battery_kwh]
    for one in sorted(smaller, key=lambda other: -other.battery_kwh)[:1]:
        chargers = plans[one].chargers
        mild, hard = (planner.simulated(one, chargers, day) for day in ("mean", worst))
        if completed_share(mild) >= sure > completed_share(hard):
            found.append(Finding("mild_plan", {"battery_kwh": round(one.battery_kwh), **completed_days(hard, worst)}))
    return found


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
