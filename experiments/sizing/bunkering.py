"""``size bunkering``: berths and tanks of the county's LNG stations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import shipping
from data.errors import ScenarioError
from data.goals import Goal, Service, Sizing
from experiments.runs.plan import prepare
from experiments.runs.provenance import frame_digest
from experiments.runs.replicate import child_seed, closures, river_traffic
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.targets import check_budget, check_goals, need_river, service_of
from shipping.parameters.port_parameters import BargeParameters
from shipping.sizing.lng_stations import size_stations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import networkx as nx

    from experiments.scenario.model import Scenario
    from experiments.sizing.evaluations import Evaluations

KNOWN = {
    "p95_wait_min": "lng_p95_wait_min",
    "wait_mean_min": "lng_wait_mean_min",
    "stockout_share": "stockout_share",
}
"""Measures of the target, and what they are called among those of a run."""
BUDGET = ("berths", "tank_m3", "trucks")


def size_bunkering(
    scenario: Scenario, goals: Sequence[Goal], budget: Mapping[str, int], *, kept: Evaluations = NOTHING_KEPT
) -> Sizing:
    """Size the county's LNG stations; see `experiments.sizing.size`. Those outside keep their size."""
    check_goals(goals, KNOWN)
    check_budget(budget, BUDGET)
    case = prepare(scenario).case
    need_river(case.county, "bunkering")
    county, stations = case.county, case.lng_stations
    inside = county.lng_stations.filter("in_county")["station"].to_list()
    sized = [name for name in stations["station"] if name in inside]
    if not sized:
        raise ScenarioError(f"size bunkering: no LNG station of {county.name} is open on {scenario.start}.")
    goals = tuple(goals) or tuple(
        Goal(name, "<=", county.figure(f"river.target_{name}")) for name in ("p95_wait_min", "stockout_share")
    )
    count = scenario.replications
    # kept: many sizes are tried on the same few fleets, on the river of a run
    fleets: dict[int, tuple[nx.DiGraph, pl.DataFrame, pl.DataFrame]] = {}

    def evaluate(table: pl.DataFrame, part: int) -> Service:
        calls = []
        for number in range(count):
            # sets of seeds follow one another: the search never sees a seed of the confirmation
            seed = child_seed(scenario.seed, part * count + number)
            if seed not in fleets:
                fleets[seed] = river_traffic(case, seed)
            river, voyages, vessels = fleets[seed]
            shut = closures(case, seed)
            days = float(scenario.days)
            result = shipping.simulate(river, voyages, table, vessels=vessels, seed=seed, days=days, closures=shut)
            # stations outside keep their size, so their waits are no matter of it
            inside_calls = result.calls.filter(pl.col("station").is_in(sized))
            calls.append(inside_calls.with_columns(replication=pl.lit(number)))
        names = {goal.measure: KNOWN[goal.measure] for goal in goals}
        return service_of({"calls": pl.concat(calls)}, count, names, county.figure)

    asked = " ".join(goal.measure for goal in goals)

    def known(table: pl.DataFrame, part: int) -> Service:
        return kept.service(f"{frame_digest(table)} {part} {asked}", lambda: evaluate(table, part))

    barge = BargeParameters.from_county(county)
    return size_stations(stations, sized, known, goals, budget=budget, barge=barge)
