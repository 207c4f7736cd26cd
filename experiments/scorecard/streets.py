"""Battery swapping, shared e-bikes, road projects, signals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from data.arrays import YEAR_DAYS
from data.schemas.base import open_in
from experiments.scorecard.answer import Answer, Fact, Reason, Verdict, deciding, judged
from experiments.scorecard.registry import answer_of, answers, main_criterion, open_answer
from experiments.statistics.estimates import Estimate, drawn_interval, mean_estimate
from fleet.roads.network import eco_routes
from fleet.roads.projects import first_project

if TYPE_CHECKING:
    from experiments.scorecard.answer import Criterion
    from experiments.scorecard.evidence import Evidence, Target

_SAME_ROUTE = 1e-9  # a relative saving below this is rounding, not another route
_EBIKE_TABLES = ("ebike_points", "profiles")
_PROJECT_TABLES = ("road_links", "road_projects", "road_classes", "through_traffic")
CHANGES = ("trip_minutes", "through_minutes", "seat_minutes", "vehicle_km", "kgco2")
"""What is compared without and with a road project."""


@answers("swap_stations")
def swapping(evidence: Evidence, target: Target) -> Answer:
    """Answer with the swap stations of the county; what they do beside fast charging with it."""
    if not evidence.county.swap_stations.height:
        return open_answer(target, Reason.NO_DATA)
    stations = evidence.county.swap_stations.filter(open_in(evidence.scenario.year)).height
    opened = Fact("open_stations", stations, "stations", str(evidence.scenario.year))
    facts = [opened, *_ways(evidence)] if evidence.facts else []
    return answer_of(target, Estimate(float(stations), exact=True), facts, evidence.assumed(tables=("swap_stations",)))


def _ways(evidence: Evidence) -> list[Fact]:
    """Return what swapping and fast charging do for the vehicles that can swap; nothing without such vehicles."""
    table = evidence.tables["swapping"]
    facts = []
    for way in ("swapping", "charging") if table.height else ():
        rows = table.filter(pl.col("way") == way)
        # no such vehicle, no request: nothing was served, and nothing is divided by 0
        served = float(rows["served"].sum()) / max(1.0, float(rows["requests"].sum()))
        facts += [
            Fact("served_share", served, "share", way),
            Fact("stay_mean_min", evidence.mean(rows, pl.col("stay_mean_min").first()), "min", way),
            Fact("peak_kw", evidence.mean(rows, pl.col("peak_kw").first()), "kW", way),
        ]
    return facts


@answers("ebikes_total")
def ebikes(evidence: Evidence, target: Target) -> Answer:
    """Answer with the number of shared e-bikes; trips that find none must keep to the county's criterion too.

    In a run of a year before the target's the number is the plan's, not one that is on the streets: given, not met.
    """
    table = evidence.tables["ebikes"]
    if not evidence.county.ebike_points.height:
        return open_answer(target, Reason.NO_DATA)
    bikes = Estimate(float(evidence.county.ebike_points["bikes"].sum()), exact=True)
    count = main_criterion(target, bikes)
    if target.year is not None and evidence.scenario.year < target.year and count.verdict == Verdict.MET:
        count = replace(count, verdict=Verdict.GIVEN)
    criteria, facts = [count], list[Fact]()
    if table.height:
        lost = mean_estimate(evidence.by_replication(table, pl.col("lost_share").first()), floor=0.0, ceiling=1.0)
        most = evidence.county.figure("ebikes.lost_share")
        criteria.append(judged("ebike_lost_share", lost, unit="share", comparator="<=", limit=most))
        shares = ("availability_share", "crew_use_share", "van_use_share")
        saved = evidence.mean(table, pl.col("saved_kgco2").first()) or 0.0
        facts = [
            Fact("crews", int(table["crews"][0]), "crews"),
            Fact("vans", int(table["vans"][0]), "vans"),
            Fact("lost_share", lost.value, "share", None, lost.low, lost.high),
            Fact("lost_share_limit", most, "share"),
            *(Fact(name, evidence.mean(table, pl.col(name).first()) or 0.0, "share") for name in shares),
            Fact("saved_kgco2_day", saved / evidence.scenario.days, "kg/day"),
        ]
    rests_on = evidence.assumed(figures=("ebikes.",), tables=_EBIKE_TABLES)
    return Answer(deciding(criteria), tuple(facts), rests_on)


@answers("idling_energy_change_share")
def signals(evidence: Evidence, target: Target) -> Answer:
    """Answer with the change of idling fuel at the junctions with Webster's timing.

    What retimings on the road were found to save stands beside it: another method, not an end of this one's doubt.
    """
    table = evidence.tables["signals"]
    if not table.height:
        return open_answer(target, Reason.NO_DATA)
    fuel: dict[str, float] = {}
    now = table.filter(pl.col("timing") == "now")
    # their queues grow through the peak: a timing saves most there, if it gives them room
    over = now.filter(pl.col("saturation_most") > 1.0).height
    facts = [Fact("junctions", now.height, "junctions"), Fact("junctions_over_capacity", over, "junctions")]
    for timing in ("now", "webster"):
        rows = table.filter(pl.col("timing") == timing)
        fuel[timing] = float(rows["fuel_l_year"].sum())
        facts += [
            Fact("delay_mean_s", _mean_delay(rows), "s", timing),
            Fact("idling_fuel_l_year", fuel[timing], "L/year", timing),
        ]
    # without idling now there is nothing to save
    change = fuel["webster"] / fuel["now"] - 1.0 if fuel["now"] else 0.0
    rests_on = evidence.assumed(figures=("signals.",), tables=("junctions",))
    for name in ("delay", "fuel"):
        low, middle, high = evidence.county.figure_range(f"signals.retiming_{name}_saved_share")
        facts.append(Fact("evaluated_saved_share", middle, "share", name, low, high))
    # points of a sample ask for the value alone, and routes take longer than it
    facts += _eco(evidence) if evidence.facts else []
    return answer_of(target, evidence.with_draws(target, change), facts, rests_on)


def _mean_delay(rows: pl.DataFrame) -> float:
    """Return the delay of a mean vehicle of all junctions, s: busy ones weigh more."""
    flow = float(rows["flow_veh_h"].sum())
    return float((rows["delay_s"] * rows["flow_veh_h"]).sum()) / flow if flow > 0.0 else 0.0


def _eco(evidence: Evidence) -> list[Fact]:
    """Return what routes by energy save between towns against routes by time."""
    if not evidence.county.road_classes.height:
        return []
    facts = []
    for power in ("petrol", "bev"):
        routes = eco_routes(evidence.county, year=evidence.scenario.year, power=power)
        # who has to go too far round stays on the fast route
        longest = evidence.county.figure("signals.worthwhile_min")
        worth = (pl.col("saved_share") > _SAME_ROUTE) & (pl.col("eco_min") - pl.col("fast_min") <= longest)
        other = routes.filter(worth)
        # over all pairs of towns, also those whose routes are the same
        taken = routes.select(pl.when(worth).then("eco_use").otherwise("fast_use").sum()).item()
        saved = 1.0 - float(taken) / float(routes["fast_use"].sum())
        longer = float((other["eco_min"] - other["fast_min"]).sum()) / max(1, other.height)
        facts += [
            Fact("eco_saved_share", saved, "share", power),
            Fact("eco_other_routes", other.height, "pairs", power),
            Fact("eco_pairs", routes.height, "pairs", power),
            Fact("eco_longer_min", longer, "min", power),
        ]
    return facts


@answers("travel_time_change_share")
def projects(evidence: Evidence, target: Target) -> Answer:
    """Answer with the change of travel time by the first road project; all projects beside it.

    Whether that project opens by the target's year decides: it is the figure that the plan names.
    """
    table = evidence.tables["projects"]
    if not table.height:
        return open_answer(target, Reason.NO_DATA)
    facts: list[Fact] = []
    shifted = dict(evidence.county.road_projects.select("project", "heavy_shift_share").iter_rows())
    ordered = table.sort("year", maintain_order=True).group_by("project", "year", maintain_order=True)
    for (name, year), rows in ordered:
        change = dict(rows.select("metric", "change_share").iter_rows())
        facts.append(Fact("opening_year", int(year), "year", str(name)))
        facts += [
            Fact(f"{metric}_change_share", change[metric], "share", str(name)) for metric in CHANGES if metric in change
        ]
        facts += _a_year(evidence, str(name), rows)
        if shifted[name] is not None:
            facts.append(Fact("heavy_shift_share", shifted[name], "share", str(name)))
    first = first_project(evidence.county)
    of_first = {fact.name: fact for fact in facts if fact.key == first}
    opened, minutes = of_first["opening_year"], of_first["trip_minutes_change_share"]
    rests_on = evidence.assumed(figures=("roads.",), tables=_PROJECT_TABLES)
    criterion = main_criterion(target, evidence.with_draws(target, minutes.value))
    return Answer(_opening(evidence, target, criterion, opened), tuple(facts), rests_on)


def _a_year(evidence: Evidence, project: str, rows: pl.DataFrame) -> list[Fact]:
    """Return what a project changes in a year, on all roads and on the county's, as if all hours were the busiest."""
    hours = YEAR_DAYS / evidence.county.figure("roads.peak_hour_share")
    change = {name: after - before for name, before, after in rows.select("metric", "before", "after").iter_rows()}
    return [
        Fact(f"{name}_a_year", change[name] * hours / per, unit, project)
        for name, unit, per in _OF_YEAR
        if name in change
    ]


_OF_YEAR = (
    ("vehicle_km", "million km/year", 1e6),
    ("county_vehicle_km", "million km/year", 1e6),
    ("kgco2", "t/year", 1e3),
    ("county_kgco2", "t/year", 1e3),
)
"""Figures of the peak hour that are scaled to a year, their unit, and how many of the hour's make one of it."""


_OPENING = "project_opening_year"
"""Criterion that decides about road projects."""


def _opening(evidence: Evidence, target: Target, change: Criterion, opened: Fact) -> tuple[Criterion, ...]:
    """Return the change, and whether the first project opens by the target's year, which decides."""
    if target.year is None or opened.value is None:
        return deciding([change])
    year = judged(
        _OPENING,
        Estimate(opened.value, exact=True),
        unit="year",
        comparator="<=",
        limit=float(target.year),
    )
    drawn = evidence.drawn(target, _OPENING)
    if drawn is not None:
        # the verdict is that of the year in the table; how sure it is stands beside it
        year = replace(year, estimate=Estimate(opened.value, *drawn_interval(drawn.values), assumed=True))
    verdict = Verdict.LATE
    if year.verdict == Verdict.MET:
        # what has opened is an input of the run; what has not is still ahead
        verdict = Verdict.GIVEN if evidence.scenario.year >= opened.value else Verdict.ON_COURSE
    return (replace(change, decides=False), replace(year, verdict=verdict, decides=True))
