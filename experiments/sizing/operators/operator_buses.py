"""Options of a bus operator: batteries, chargers in the depot and at the ends of lines, planned on the worst day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from data.arrays import scalar
from data.errors import InfeasibleError
from data.goals import Finding, Shown
from experiments.statistics.estimates import mean_estimate
from fleet.operators.buses.bus_costs import bus_costs
from fleet.operators.buses.bus_day import COMPLETED, EMPTY, LATE, DayChance, simulated_days
from fleet.operators.buses.bus_plan import BusPlan, BusService, plan_buses, worst_day
from fleet.operators.operator_costs import depot_prices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from data.arrays import Floats
    from data.county import County
    from fleet.operators.buses.bus_costs import BusCosts

BATTERIES: Final = (1.0, 1.3, 1.7, 2.2)
"""Sizes of battery that are tried, over that of the class."""
DAYS: Final = 30
"""Days that are simulated: the interval of a share of 95 % of 60 duties is then about one point."""
TRIES: Final = 10
"""Plans from which the best blocks are chosen: twice as many take no bus off in the shipped county."""
OPTIONS: Final = {
    "battery_kwh": pl.Float64,
    "depot_kw": pl.Float64,
    "terminal_kw": pl.Float64,
    "vehicles": pl.Int64,
    "fuel_vehicles": pl.Int64,
    "chargers": pl.Int64,
    "terminal_chargers": pl.Int64,
    "connection_kw": pl.Float64,
    "km_per_day": pl.Float64,
    "fuel_km_per_day": pl.Float64,
    "kwh_per_day": pl.Float64,
    "cny_per_year": pl.Float64,
    "investment_cny": pl.Float64,
    "kgco2_per_year": pl.Float64,
    "feasible": pl.Boolean,
}
"""Columns of the options; vehicles without the spare ones, energy on the worst day."""


class _Option(NamedTuple):
    """What is tried."""

    battery_kwh: float
    depot_kw: float
    terminal_kw: float


def bus_options(
    county: County,
    operator: dict[str, Any],
    year: int,
    progress: Callable[[str], None] | None,
    timetable: Path | None = None,
) -> tuple[pl.DataFrame, Callable[..., list[Finding]], Callable[..., dict[str, pl.DataFrame]]]:
    """Return the options of a bus operator, what there is to say about the chosen one, and its plan."""
    service = BusService.from_county(county, operator, year=year, feed=timetable)
    day = worst_day(service)
    prices = depot_prices(county, _month(county, day))
    plans: dict[_Option, tuple[BusPlan, BusCosts]] = {}
    rows = []
    for option in _tried(county, service):
        if progress is not None:
            progress(
                f"buses with {option.battery_kwh:.0f} kWh, {option.depot_kw:g} kW, {option.terminal_kw:g} kW at stops"
            )
        try:
            plan = _plan(service, option, day, prices=prices, progress=progress)
        except InfeasibleError:
            rows.append({**option._asdict(), "feasible": False})
            continue
        costs = bus_costs(
            county,
            service,
            plan,
            year=year,
            depot_kw=option.depot_kw,
            battery_kwh=option.battery_kwh,
            mild_share=_mild_share(service, day),
        )
        plans[option] = plan, costs
        rows.append(_row(option, plan, costs))
    options = pl.DataFrame(rows, schema=OPTIONS)

    def findings(best: dict[str, Any]) -> list[Finding]:
        option = _Option(*(best[name] for name in _Option._fields))
        return [
            *_findings(service, option, day, *plans[option]),
            *_simulated(county, service, option, plans[option][0], day),
        ]

    def tables(best: dict[str, Any]) -> dict[str, pl.DataFrame]:
        plan, costs = plans[_Option(*(best[name] for name in _Option._fields))]
        return {"blocks": plan.table, "depot_load": plan.depot.load, "costs": costs.table}

    return options, findings, tables


def _tried(county: County, service: BusService) -> list[_Option]:
    """Return the options that are tried."""
    depot_kw = float(service.operator["charger_kw"])
    terminal = county.figure("operators.terminal_charger_kw")
    sizes = [factor * service.battery_kwh for factor in BATTERIES]
    return [
        *(_Option(size, depot_kw, 0.0) for size in sizes),
        *(_Option(size, depot_kw, terminal) for size in sizes[:2]),
        _Option(sizes[2], 2.0 * depot_kw, 0.0),
    ]


def _plan(
    service: BusService,
    option: _Option,
    day: str,
    *,
    prices: Floats | None = None,
    progress: Callable[[str], None] | None = None,
) -> BusPlan:
    """Return the plan of an option; without chargers at stops those of the table stand."""
    return plan_buses(
        service,
        day=day,
        depot_kw=option.depot_kw,
        battery_kwh=option.battery_kwh,
        terminal_kw=option.terminal_kw or None,
        prices=prices,
        tries=TRIES,
        progress=progress,
    )


def _month(county: County, day: str) -> int:
    """Return the coldest or the hottest month."""
    table = county.weather_months.sort("temperature_c", descending=day == "hot")
    return int(table["month"][0])


def _mild_share(service: BusService, day: str) -> float:
    """Return the energy of the trips on a mean day over that on a worst one."""
    links = service.links()
    climate = service.consumption.climate
    mean, worst = (
        float(service.energy(links, temperature_c=climate.temperature_c(name)).trip.sum()) for name in ("mean", day)
    )
    return mean / worst


def _row(option: _Option, plan: BusPlan, costs: BusCosts) -> dict[str, Any]:
    """Return a row of `OPTIONS`."""
    return {
        **option._asdict(),
        "vehicles": plan.buses,
        "fuel_vehicles": plan.diesel_buses,
        "chargers": plan.depot.chargers,
        "terminal_chargers": plan.terminal_chargers,
        "connection_kw": plan.depot.peak_kw,
        "km_per_day": plan.km,
        "fuel_km_per_day": plan.diesel_km,
        "kwh_per_day": plan.kwh,
        "cny_per_year": costs.figure("total_cny"),
        "investment_cny": costs.investment_cny,
        "kgco2_per_year": costs.figure("kgco2_per_year"),
        "feasible": True,
    }


def _findings(service: BusService, option: _Option, day: str, plan: BusPlan, costs: BusCosts) -> list[Finding]:
    """Return what there is to say about a plan: replacement, what binds, connection, other days, what is drawn."""
    fuel_cny, fuel_kgco2 = (costs.figure(name, electric=False) for name in ("total_cny", "kgco2_per_year"))
    money = {"cny": round(costs.figure("total_cny")), "fuel_cny": round(fuel_cny)}
    carbon = {"t": round(costs.figure("kgco2_per_year") / 1000.0), "fuel_t": round(fuel_kgco2 / 1000.0)}
    counts = {"buses": plan.buses, "fuel_buses": plan.diesel_buses, "today": round(service.today)}
    found = [
        Finding("bus_answer", {**counts, "battery_kwh": round(option.battery_kwh), "day": Finding(f"day_{day}")}),
        Finding("operator_money", {**money, **carbon}),
    ]
    extra = plan.buses - plan.diesel_buses
    found.append(Finding("bus_battery_binds", {"extra": extra}) if extra else Finding("bus_timetable_binds"))
    if not plan.proven:
        found.append(Finding("bus_bound", {"bound": plan.bound}))
    depot = {"chargers": plan.depot.chargers, "kw": round(option.depot_kw), "guns": plan.depot.guns}
    connection = {"managed_kw": round(plan.depot.peak_kw), "at_once_kw": round(plan.depot.at_once_kw)}
    found.append(Finding("depot_needs", {**depot, **connection}))
    found += [
        Finding("bus_other_day", {"day": Finding(f"day_{name}"), "buses": buses})
        for name, buses in _other_days(service, option, day)
    ]
    if service.timetable.drawn:
        trips = service.timetable.trips
        drawn = {"trips": trips.height, "km": round(float(trips["km"].sum()))}
        found.append(Finding("bus_drawn", drawn))
    return found


def _simulated(county: County, service: BusService, option: _Option, plan: BusPlan, day: str) -> list[Finding]:
    """Return which share of the duties is completed on simulated days, and what a plan for a mild day comes to."""
    chance = DayChance.from_county(county)

    def completed(made: BusPlan, name: str) -> dict[str, Finding | Shown | int | float]:
        temperature = service.consumption.climate.temperature_c(name)
        duties = simulated_days(service, made, chance, temperature_c=temperature, days=DAYS)
        outcome = pl.col("outcome")
        by_day = duties.group_by("day", maintain_order=True).agg((outcome == COMPLETED).mean().alias("share"))
        share = mean_estimate([100.0 * part for part in by_day["share"]], floor=0.0, ceiling=100.0)
        kinds = {f"{kind}_share": scalar(duties, (outcome == kind).mean()) for kind in (LATE, EMPTY)}
        return {
            "day": Finding(f"day_{name}"),
            "completed": Shown(share.value, share.low, share.high),
            **kinds,
            "days": DAYS,
        }

    found = [Finding("bus_completed", completed(plan, name)) for name in ("mean", day)]
    smaller = _Option(service.battery_kwh, option.depot_kw, option.terminal_kw)
    if smaller.battery_kwh < option.battery_kwh:
        try:
            mild = _plan(service, smaller, "mean")
        except InfeasibleError:
            return found
        # feasible on the mean day: what it comes to on the bad one
        found.append(Finding("bus_mild_plan", {"battery_kwh": round(smaller.battery_kwh), **completed(mild, day)}))
    return found


def _other_days(service: BusService, option: _Option, day: str) -> list[tuple[str, int | Finding]]:
    """Return the buses that the same battery and chargers need on the other days."""
    found: list[tuple[str, int | Finding]] = []
    for name in ("mean", "hot" if day == "cold" else "cold"):
        try:
            found.append((name, _plan(service, option, name).buses))
        except InfeasibleError:
            found.append((name, Finding("not_possible")))
    return found
