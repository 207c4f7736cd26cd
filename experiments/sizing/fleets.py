"""``size fleet``: the least new energy among new vehicles, by class, that meets the targets of the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import fleet
from data.arrays import scalar
from data.errors import InfeasibleError, ScenarioError
from data.goals import Finding, Goal, Service, Shown, Sizing
from data.schemas.base import CLEAN_ENERGY, NEW_ENERGY
from data.tables.roles import CARS, classes_of
from experiments.scenario.county import CAR_FLOW, CLEAN_FLOW, edited_county, needed, target_of
from experiments.sizing.targets import check_goals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.county import County
    from data.goals import Figure
    from experiments.scenario.model import Scenario

KNOWN = {name: name for name in (CLEAN_FLOW, CAR_FLOW)}
"""Measures of the target; each is the metric of a target of the county."""


_JUST = 1e-3
"""A tenth of a point: shares are shown with no more digits, so what differs by less reads as equal."""


def size_fleet(scenario: Scenario, goals: Sequence[Goal], budget: Mapping[str, int]) -> Sizing:
    """Return the path that the targets need; see `experiments.sizing.size`. There is nothing to budget."""
    check_goals(goals, KNOWN)
    if budget:
        raise ScenarioError(f"--budget {next(iter(budget))}: size fleet has no budget.")
    if any(goal.sign != ">=" for goal in goals):
        raise ScenarioError("--target: size fleet takes shares with >=, such as clean_flow_share>=0.4.")
    # the path of the tables, not that of the choice model: the answer is a path that is needed
    county = edited_county(scenario.with_(fleet={"adoption": "path"}))
    if goals:
        limits = {goal.measure: goal.limit for goal in goals}
        value = pl.col("metric").replace_strict(limits, default=None, return_dtype=pl.Float64)
        flows = pl.col("metric").is_in(list(KNOWN))
        # targets that were not asked for lose their value, so that they do not bind
        targets = county.targets.with_columns(value=pl.when(flows).then(value).otherwise("value"))
        county = county.with_table("targets", targets)
    asked = _goals(county)
    question = Finding("question_fleet", {"goals": tuple(asked.values())})
    binds: list[Finding] = []
    try:
        moved, feasible = needed(county), True
    except InfeasibleError as error:
        moved, feasible = county, False
        binds.append(Finding("out_of_reach", {"reason": str(error)}))
    found = {"as assumed": county, "needed": moved}
    paths = {name: _shares(path) for name, path in found.items()}
    year = _year(county)
    rows = [{"path": name, "year": year, **shares, "meets": _meets(shares, asked)} for name, shares in paths.items()]
    binds += _binds(paths["as assumed"], paths["needed"], asked)
    return Sizing(question, _by_class(found), pl.DataFrame(rows), tuple(binds), feasible=feasible)


def _goals(county: County) -> dict[str, Goal]:
    """Return the goals by measure."""
    found = {metric: target_of(county, metric) for metric in KNOWN}
    return {metric: Goal(metric, ">=", target[0]) for metric, target in found.items() if target is not None}


def _year(county: County) -> int:
    """Return the year of the targets."""
    years = county.targets.filter(pl.col("metric").is_in(list(KNOWN)))["year"].drop_nulls().to_list()
    if not years:
        raise ScenarioError(f"size fleet: {county.name} has no target of {' or '.join(KNOWN)} with a year.")
    return int(max(years))


def _shares(county: County) -> dict[str, float]:
    """Return the shares of a path in the year of the targets, by measure."""
    stock, year = fleet.stock(county), _year(county)
    # as the plan's target counts: without two-wheelers
    everything = county.vehicle_classes.filter(pl.col("kind") != "two_wheeler")["vehicle_class"].to_list()
    kinds = {CLEAN_FLOW: (CLEAN_ENERGY, everything), CAR_FLOW: (NEW_ENERGY, classes_of(county.vehicle_classes, *CARS))}
    of_year = pl.col("share").filter(pl.col("year") == year).first()
    return {
        measure: scalar(fleet.flow_share(stock, powers, classes=classes), of_year)
        for measure, (powers, classes) in kinds.items()
    }


def _meets(shares: Mapping[str, float], goals: Mapping[str, Goal]) -> bool:
    """Return whether shares meet all goals."""
    return Service({measure: Shown(share) for measure, share in shares.items()}).meets(list(goals.values()))


def _by_class(found: Mapping[str, County]) -> pl.DataFrame:
    """Return the clean share of each class in the year of the targets, as assumed and as needed."""
    frames = []
    for name, county in found.items():
        stock = fleet.stock(county).filter(pl.col("year") == _year(county))
        clean = pl.col("new_vehicles").filter(pl.col("power").is_in(list(CLEAN_ENERGY))).sum()
        label = f"clean_share_{name.replace(' ', '_')}"
        total = pl.col("new_vehicles").sum()
        frames.append(
            stock.group_by("vehicle_class", maintain_order=True).agg(
                total.alias("new_vehicles"), (clean / total).alias(label)
            )
        )
    # new vehicles do not depend on powers: those of the first path stand for both
    return frames[0].join(frames[1].drop("new_vehicles"), on="vehicle_class", how="left", maintain_order="left")


def _binds(assumed: Mapping[str, float], needed: Mapping[str, float], goals: Mapping[str, Goal]) -> list[Finding]:
    """Return which target binds, and how far the assumed path is from it."""
    found = []
    for measure, goal in goals.items():
        spare = needed[measure] - goal.limit
        shares: dict[str, Figure] = {"needed_share": needed[measure], "assumed_share": assumed[measure]}
        key = "flow_just_met" if abs(spare) < _JUST else "flow_to_spare"
        found.append(Finding(key, {"goal": goal, "spare_points": 100.0 * spare, **shares}))
    return found
