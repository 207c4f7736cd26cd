"""Options of a bus operator: batteries, chargers in the depot and at the ends of lines, planned on the worst day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from data.errors import InfeasibleError
from data.goals import Finding
from experiments.sizing.operators.operator_days import (
    DAYS,
    completed_days,
    completed_share,
    slack_findings,
    with_slack,
)
from fleet.operators.buses.bus_costs import bus_costs
from fleet.operators.buses.bus_day import simulated_days
from fleet.operators.buses.bus_plan import BusPlan, BusService, plan_buses
from fleet.operators.day_chance import DayChance
from fleet.operators.operator_costs import depot_prices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from data.arrays import Floats
    from data.county import County
    from data.goals import Figure
    from fleet.operators.buses.bus_costs import BusCosts

BATTERIES: Final = (1.0, 1.3, 1.7, 2.2)
"""Sizes of battery that are tried, over that of the class."""
TRIES: Final = 10
"""Plans from which the best blocks are chosen: twice as many take no bus off in the shipped county."""
OPTIONS: Final = {
    "battery_kwh": pl.Float64,
    "depot_kw": pl.Float64,
    "terminal_kw": pl.Float64,
    "slack_share": pl.Float64,
    "vehicles": pl.Int64,
    "fuel_vehicles": pl.Int64,
    "completed_share": pl.Float64,
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
"""Columns of the options; vehicles without the spare ones, duties completed and energy on the worst day."""


class _Option(NamedTuple):
    """What is tried."""

    battery_kwh: float
    depot_kw: float
    terminal_kw: float
    slack_share: float


class _Made(NamedTuple):
    """A plan, its costs, and its duties on simulated worst days."""

    plan: BusPlan
    costs: BusCosts
    duties: pl.DataFrame


def bus_options(
    county: County,
    operator: dict[str, Any],
    year: int,
    progress: Callable[[Finding], None] | None,
    timetable: Path | None = None,
) -> tuple[pl.DataFrame, Callable[..., list[Finding]], Callable[..., dict[str, pl.DataFrame]]]:
    """Return the options of a bus operator, what there is to say about the chosen one, and its plan."""
    service = BusService.from_county(county, operator, year=year, feed=timetable)
    day = service.consumption.climate.worst_day
    planner = _Planner(county, service, year, day, DayChance.from_county(county), _prices(county, day), progress)
    rows = [planner.row(option) for option in _tried(county, service)]

    def slower(row: dict[str, Any], slack_share: float) -> dict[str, Any] | None:
        found = planner.row(_option(row)._replace(slack_share=slack_share))
        return found if "vehicles" in found else None

    rows += with_slack(rows, slower, service.slack_share)
    options = pl.DataFrame(rows, schema=OPTIONS)

    def findings(best: dict[str, Any]) -> list[Finding]:
        option = _option(best)
        return [
            *_findings(planner, option),
            *slack_findings(options, best, ("battery_kwh", "depot_kw", "terminal_kw")),
            *_simulated(planner, option),
        ]

    def tables(best: dict[str, Any]) -> dict[str, pl.DataFrame]:
        made = planner.made[_option(best)]
        return {"blocks": made.plan.table, "depot_load": made.plan.depot.load, "costs": made.costs.table}

    return options, findings, tables


def _option(row: dict[str, Any]) -> _Option:
    """Return what was tried in a row of `OPTIONS`."""
    return _Option(*(row[name] for name in _Option._fields))


def _prices(county: County, day: str) -> Floats:
    """Return the price of each hour in the coldest or the hottest month."""
    table = county.weather_months.sort("temperature_c", descending=day == "hot")
    return depot_prices(county, int(table["month"][0]))


def _tried(county: County, service: BusService) -> list[_Option]:
    """Return the options that are tried."""
    depot_kw, slack = float(service.operator["charger_kw"]), service.slack_share
    terminal = county.figure("operators.terminal_charger_kw")
    sizes = [factor * service.battery_kwh for factor in BATTERIES]
    return [
        *(_Option(size, depot_kw, 0.0, slack) for size in sizes),
        *(_Option(size, depot_kw, terminal, slack) for size in sizes[:2]),
        _Option(sizes[2], 2.0 * depot_kw, 0.0, slack),
    ]


@dataclass(frozen=True, slots=True)
class _Planner:
    """Makes the plans of an operator for its worst day, each once."""

    county: County
    service: BusService
    year: int
    day: str
    chance: DayChance
    prices: Floats
    progress: Callable[[Finding], None] | None
    made: dict[_Option, _Made] = field(default_factory=dict)

    def row(self, option: _Option) -> dict[str, Any]:
        """Return the row of `OPTIONS`: feasible where as many duties are completed as ``operators.completed_share``."""
        if self.progress is not None:
            tried: dict[str, Figure] = {
                "battery_kwh": f"{option.battery_kwh:.0f}",
                "depot_kw": f"{option.depot_kw:g}",
                "terminal_kw": f"{option.terminal_kw:g}",
                "slack_share": option.slack_share,
            }
            self.progress(Finding("buses_tried", tried))
        try:
            plan = self.plan(option, self.day, prices=self.prices)
        except InfeasibleError:
            return {**option._asdict(), "feasible": False}
        costs = bus_costs(
            self.county,
            self.service,
            plan,
            year=self.year,
            depot_kw=option.depot_kw,
            battery_kwh=option.battery_kwh,
            mild_share=_mild_share(self.service, self.day),
        )
        self.made[option] = made = _Made(plan, costs, self.simulated(option, plan, self.day))
        share = completed_share(made.duties)
        return _row(option, made) | {"feasible": share >= self.county.figure("operators.completed_share")}

    def plan(self, option: _Option, day: str, *, prices: Floats | None = None) -> BusPlan:
        """Return the plan of an option; without chargers at stops those of the table stand."""
        return plan_buses(
            self._service(option),
            day=day,
            depot_kw=option.depot_kw,
            battery_kwh=option.battery_kwh,
            terminal_kw=option.terminal_kw or None,
            prices=prices,
            tries=TRIES,
            progress=self.progress,
        )

    def simulated(self, option: _Option, plan: BusPlan, day: str) -> pl.DataFrame:
        """Return the duties of a plan of an option on simulated days."""
        service = self._service(option)
        temperature = service.consumption.climate.temperature_c(day)
        return simulated_days(service, plan, self.chance, temperature_c=temperature, days=DAYS)

    def _service(self, option: _Option) -> BusService:
        """Return the service with the slack of an option."""
        return replace(self.service, slack_share=option.slack_share)


def _mild_share(service: BusService, day: str) -> float:
    """Return the energy of the trips on a mean day over that on a worst one."""
    links = service.links()
    climate = service.consumption.climate
    mean, worst = (
        float(service.energy(links, temperature_c=climate.temperature_c(name)).trip.sum()) for name in ("mean", day)
    )
    return mean / worst


def _row(option: _Option, made: _Made) -> dict[str, Any]:
    """Return a row of `OPTIONS` but for whether it is enough."""
    plan, costs, duties = made
    return {
        **option._asdict(),
        "vehicles": plan.buses,
        "fuel_vehicles": plan.diesel_buses,
        "completed_share": completed_share(duties),
        "chargers": plan.depot.chargers,
        "terminal_chargers": plan.terminal_chargers,
        "connection_kw": plan.depot.connection_kw,
        "km_per_day": plan.km,
        "fuel_km_per_day": plan.diesel_km,
        "kwh_per_day": plan.kwh,
        "cny_per_year": costs.figure("total_cny"),
        "investment_cny": costs.investment_cny,
        "kgco2_per_year": costs.figure("kgco2_per_year"),
    }


def _findings(planner: _Planner, option: _Option) -> list[Finding]:
    """Return what there is to say about a plan: replacement, what binds, connection, other days, what is drawn."""
    service, day, (plan, costs, _) = planner.service, planner.day, planner.made[option]
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
    connection = {"managed_kw": round(plan.depot.connection_kw), "at_once_kw": round(plan.depot.at_once_kw)}
    found.append(Finding("depot_needs", {**depot, **connection}))
    found += [
        Finding("bus_other_day", {"day": Finding(f"day_{name}"), "buses": buses})
        for name, buses in _other_days(planner, option)
    ]
    if service.timetable.drawn:
        trips = service.timetable.trips
        drawn = {"trips": trips.height, "km": round(float(trips["km"].sum()))}
        found.append(Finding("bus_drawn", drawn))
    return found


def _simulated(planner: _Planner, option: _Option) -> list[Finding]:
    """Return which share of the duties is completed on simulated days, and what a plan for a mild day comes to."""
    made, day = planner.made[option], planner.day
    mean = planner.simulated(option, made.plan, "mean")
    found = [
        Finding("duties_completed", completed_days(mean, "mean")),
        Finding("duties_completed", completed_days(made.duties, day)),
    ]
    smaller = option._replace(battery_kwh=planner.service.battery_kwh)
    if smaller.battery_kwh < option.battery_kwh:
        try:
            mild = planner.plan(smaller, "mean")
        except InfeasibleError:
            return found
        # feasible on the mean day: what it comes to on the bad one
        comes_to = completed_days(planner.simulated(smaller, mild, day), day)
        found.append(Finding("mild_plan", {"battery_kwh": round(smaller.battery_kwh), **comes_to}))
    return found


def _other_days(planner: _Planner, option: _Option) -> list[tuple[str, int | Finding]]:
    """Return the buses that the same battery and chargers need on the other days."""
    found: list[tuple[str, int | Finding]] = []
    for name in ("mean", "hot" if planner.day == "cold" else "cold"):
        try:
            found.append((name, planner.plan(option, name).buses))
        except InfeasibleError:
            found.append((name, Finding("not_possible")))
    return found
