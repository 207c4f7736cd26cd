"""``size ebikes``: swap crews and rebalancing vans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.errors import ScenarioError
from data.goals import Goal, Service, Shown, Sizing
from experiments.runs.replicate import child_seed
from experiments.scenario.county import edited_county
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.purchases import priced
from experiments.sizing.targets import check_budget, check_goals
from experiments.statistics.estimates import mean_estimate
from fleet.ebikes.simulation import ebike_totals
from fleet.ebikes.sizing import size_teams
from fleet.ebikes.system import EbikeSystem
from fleet.ebikes.trips import county_trips

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.scenario.model import Scenario
    from experiments.sizing.evaluations import Evaluations

KNOWN = {name: name for name in ("lost_share", "low_share", "availability_share", "crew_use_share", "van_use_share")}
BUDGET = ("crews", "vans")


def size_bikes(
    scenario: Scenario, goals: Sequence[Goal], budget: Mapping[str, int], *, kept: Evaluations = NOTHING_KEPT
) -> Sizing:
    """Size crews and vans; see `experiments.sizing.size`."""
    check_goals(goals, KNOWN)
    check_budget(budget, BUDGET)
    county = edited_county(scenario)
    if not county.ebike_points.height:
        raise ScenarioError(f"size ebikes: {county.name} has no table ebike_points.")
    limits = ("lost_share", "low_share")
    goals = tuple(goals) or tuple(Goal(name, "<=", county.figure(f"ebikes.{name}")) for name in limits)
    # twice as many: the first half for the search, the second to confirm
    seeds = [child_seed(scenario.seed, number) for number in range(2 * scenario.replications)]
    # drawn once, so that all teams see the same trips
    trips = {seed: county_trips(county, days=scenario.days, seed=seed) for seed in seeds}

    def evaluate(crews: int, vans: int, part: int) -> Service:
        system = EbikeSystem.from_county(county, crews=crews, vans=vans)
        drawn = seeds[part * scenario.replications : (part + 1) * scenario.replications]
        totals = [ebike_totals(county.ebike_points, trips[seed], system, days=float(scenario.days)) for seed in drawn]
        measures = {}
        for name in dict.fromkeys((*(goal.measure for goal in goals), "availability_share")):
            estimate = mean_estimate([total[name] for total in totals], floor=0.0, ceiling=1.0)
            measures[name] = Shown(estimate.value, estimate.low, estimate.high)
        return Service(measures)

    asked = " ".join(goal.measure for goal in goals)

    def known(crews: int, vans: int, part: int) -> Service:
        return kept.service(f"{crews} {vans} {part} {asked}", lambda: evaluate(crews, vans, part))

    found = size_teams(known, goals, budget=budget)
    crews, vans = found.answer.row(0)
    return priced(
        found, county, {"": {"swap_crew": crews, "van": vans, "ebike": float(county.ebike_points["bikes"].sum())}}
    )
