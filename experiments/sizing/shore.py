"""``size electric``: shore chargers, or chargers and battery boxes, for the county's battery vessels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import charging
from data.goals import Goal, Service, Sizing
from experiments.runs.replicate import child_seed
from experiments.scenario.county import edited_county
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.purchases import priced
from experiments.sizing.targets import check_budget, check_goals, need_river, service_of
from shipping.ports.battery_trips import electric_calls
from shipping.ports.shore_charging import box_swaps, shore_layout
from shipping.sizing.shore import CHARGING, size_shore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.county import County
    from experiments.scenario.model import Scenario
    from experiments.sizing.evaluations import Evaluations

KNOWN = {"p95_wait_min": "p95_wait_min", "wait_mean_min": "wait_mean_min"}
"""Measures of the target, and what they are called among those of a run."""
BUDGET = ("chargers", "boxes")


def size_electric(
    scenario: Scenario, goals: Sequence[Goal], budget: Mapping[str, int], *, kept: Evaluations = NOTHING_KEPT
) -> Sizing:
    """Size the terminal of the battery vessels both ways; see `experiments.sizing.size`."""
    check_goals(goals, KNOWN)
    check_budget(budget, BUDGET)
    county = edited_county(scenario)
    need_river(county, "electric")
    goals = tuple(goals) or (Goal("p95_wait_min", "<=", county.figure("river.target_p95_wait_min")),)
    count = scenario.replications
    drawn: dict[int, pl.DataFrame] = {}

    def calls(seed: int) -> pl.DataFrame:
        if seed not in drawn:
            # the same calls for all sizes and both ways
            drawn[seed] = electric_calls(
                county, year=scenario.year, days=scenario.days, seed=seed, start=scenario.start
            )
        return drawn[seed]

    def evaluate(way: str, chargers: int, boxes: int, part: int) -> Service:
        frames = []
        for number in range(count):
            wanted = calls(child_seed(scenario.seed, part * count + number))
            frames.append(_served(county, wanted, way, chargers, boxes).with_columns(replication=pl.lit(number)))
        names = {goal.measure: KNOWN[goal.measure] for goal in goals}
        return service_of({"sessions": pl.concat(frames)}, count, names, county.figure)

    asked = " ".join(goal.measure for goal in goals)

    def known(way: str, chargers: int, boxes: int, part: int) -> Service:
        return kept.service(f"{way} {chargers} {boxes} {part} {asked}", lambda: evaluate(way, chargers, boxes, part))

    found = size_shore(known, goals, budget=budget)
    box_kwh = county.figure("river.box_kwh")
    pieces = {
        way: {"shore_charger": chargers, **({"vessel_box": boxes * box_kwh} if boxes else {})}
        for way, chargers, boxes in found.answer.iter_rows()
    }
    return priced(found, county, pieces)


def _served(county: County, wanted: pl.DataFrame, way: str, chargers: int, boxes: int) -> pl.DataFrame:
    """Return outcome and wait of each call, with as many chargers and boxes."""
    if way == CHARGING:
        efficiency = {"efficiency_dc": county.figure("charging.efficiency_dc")}
        done = charging.simulate(shore_layout(county, chargers=chargers), wanted, behaviour=efficiency).sessions
    else:
        done = box_swaps(county, wanted, spares=boxes, chargers=chargers).swaps
    return done.select("request_id", "outcome", "wait_min")
