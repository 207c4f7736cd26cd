"""Options of the operators of vans: batteries for one joint network, beside separate operators."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from data.errors import InfeasibleError, ScenarioError
from data.goals import Finding
from experiments.sizing.operators.operator_days import (
    DAYS,
    completed_days,
    completed_share,
    slack_findings,
    with_slack,
)
from fleet.operators.consumption import ELECTRIC, Consumption, mild_month
from fleet.operators.day_chance import DayChance
from fleet.operators.depot_charging import DepotChargers, depot_load
from fleet.operators.distribution.joint_network import VanCosts, distribution, joint_van, van_of, van_stays
from fleet.operators.distribution.van_day import VanDay, simulated_van_days
from fleet.operators.networks import JOINT, SEPARATE
from fleet.operators.operator_costs import chargers_cost, depot_prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.county import County
    from fleet.operators.depot_charging import DepotLoad
    from fleet.operators.distribution.joint_network import Distribution

BATTERIES: Final = (0.6, 0.8, 1.0, 1.5)
"""Sizes of battery that are tried, over that of the class."""
ITERATIONS: Final = 400
"""Of the search for routes: more than a run has, because one network is planned and not twenty."""
OPTIONS: Final = {
    "network": pl.String,
    "battery_kwh": pl.Float64,
    "depot_kw": pl.Float64,
    "slack_share": pl.Float64,
    "vehicles": pl.Int64,
    "fuel_vehicles": pl.Int64,
    "completed_share": pl.Float64,
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
"""Columns of the options; vehicles without the spare ones, duties completed on the worst kind of day."""
SLACK: Final = "operators.slack_share"


def van_options(
    county: County, operator: dict[str, Any], year: int, progress: Callable[[Finding], None] | None
) -> tuple[pl.DataFrame, Callable[..., list[Finding]], Callable[..., dict[str, pl.DataFrame]]]:
    """Return the options of the joint network, and what there is to say about the chosen one."""
    planner = _Planner(county, operator, year, DayChance.from_county(county), progress)
    given, own = county.figure(SLACK), joint_van(county).battery_kwh
    rows = [planner.row(factor * own, given) for factor in BATTERIES]

    def slower(row: dict[str, Any], slack_share: float) -> dict[str, Any] | None:
        found = planner.row(row["battery_kwh"], slack_share)
        return found if "vehicles" in found else None

    rows += with_slack(rows, slower, given)
    options = pl.DataFrame(rows, schema=OPTIONS)

    def findings(best: dict[str, Any]) -> list[Finding]:
        made = planner.made[best["battery_kwh"], best["slack_share"]]
        days = [Finding("duties_completed", completed_days(duties, day)) for day, duties in made.duties.items()]
        return [*_findings(made.found, best, county), *slack_findings(options, best, ("battery_kwh",)), *days]

    def tables(best: dict[str, Any]) -> dict[str, pl.DataFrame]:
        found = planner.made[best["battery_kwh"], best["slack_share"]].found
        return {"routes": found.routes[JOINT].table, "networks": found.table}

    return options, findings, tables


class _Made(NamedTuple):
    """Networks of a plan, and the duties of the joint one by kind of simulated day."""

    found: Distribution
    duties: dict[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class _Planner:
    """Plans the networks with a size of battery and a slack, each once."""

    county: County
    operator: dict[str, Any]
    year: int
    chance: DayChance
    progress: Callable[[Finding], None] | None
    made: dict[tuple[float, float], _Made] = field(default_factory=dict)

    def row(self, battery_kwh: float, slack_share: float) -> dict[str, Any]:
        """Return the row of `OPTIONS`: feasible where as many duties are completed as ``operators.completed_share``."""
        named = {
            "network": JOINT,
            "battery_kwh": battery_kwh,
            "depot_kw": self.operator["charger_kw"],
            "slack_share": slack_share,
        }
        if self.progress is not None:
            self.progress(Finding("vans_tried", {"battery_kwh": f"{battery_kwh:.0f}", "slack_share": slack_share}))
        county = self.county.with_figures({SLACK: slack_share})
        try:
            found = distribution(
                county, year=self.year, iterations=ITERATIONS, battery=battery_kwh, progress=self.progress
            )
        except InfeasibleError:
            return {**named, "feasible": False}
        if found is None:
            raise ScenarioError(f"--operator vans: {county.name} has no table vehicle_costs; a network needs prices.")
        load = self._load(found, battery_kwh)
        duties = self._simulated(county, found, battery_kwh, load.guns)
        self.made[battery_kwh, slack_share] = _Made(found, duties)
        share = min(completed_share(days) for days in duties.values())
        enough = share >= county.figure("operators.completed_share")
        return {**named, **self._figures(found, load), "completed_share": share, "feasible": enough}

    def _load(self, found: Distribution, battery_kwh: float) -> DepotLoad:
        """Return the load of the depot of the joint network."""
        county, charger_kw = self.county, self.operator["charger_kw"]
        van = joint_van(county, battery=battery_kwh)
        chargers = DepotChargers(
            charger_kw, county.figure("charging.efficiency_dc"), 0.0, van.usable_kwh, van.reserve_kwh
        )
        stays = van_stays(found.routes[JOINT].table)
        return depot_load(stays, chargers, prices=depot_prices(county, mild_month(county)))

    def _simulated(self, county: County, found: Distribution, battery_kwh: float, guns: int) -> dict[str, pl.DataFrame]:
        """Return the duties of the joint network on simulated days, mild and worst ones."""
        name = self.operator["vehicle_class"]
        costs = VanCosts.from_county(county, name, ELECTRIC, year=self.year, battery=battery_kwh)
        use = Consumption.from_county(county, name)
        van = van_of(county, self.operator, costs, battery=battery_kwh)
        day = VanDay(van, use, guns, county.figure(SLACK))
        return {
            kind: simulated_van_days(
                found.routes[JOINT].table, day, self.chance, temperature_c=use.climate.temperature_c(kind), days=DAYS
            )
            for kind in ("mean", use.climate.worst_day)
        }

    def _figures(self, found: Distribution, load: DepotLoad) -> dict[str, Any]:
        """Return what the joint network takes and costs."""
        charger_kw, days = self.operator["charger_kw"], self.county.figure("operators.service_days")
        build = chargers_cost(self.county, [("depot", load.chargers, charger_kw, load.connection_kw)])
        return {
            "vehicles": round(found.figure(JOINT, "vans")),
            # fuel vans drive the routes of the electric ones
            "fuel_vehicles": round(found.figure(JOINT, "vans")),
            "chargers": load.chargers,
            "connection_kw": load.connection_kw,
            "km_per_day": found.figure(JOINT, "km_per_day"),
            "fuel_km_per_day": found.figure(JOINT, "km_per_day", electric=False),
            "kwh_per_day": load.kwh,
            "cny_per_year": found.figure(JOINT, "cny_per_day") * days + build.cny_year,
            "investment_cny": build.investment_cny,
            "kgco2_per_year": found.figure(JOINT, "kgco2_per_day") * days,
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
