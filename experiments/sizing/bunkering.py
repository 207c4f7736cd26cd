"""``size bunkering``: berths and tanks of the county's LNG stations."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypedDict

import polars as pl

import shipping
from data.errors import ScenarioError
from data.goals import Goal, Service, Sizing
from experiments.runs.plan import prepare
from experiments.runs.provenance import frame_digest
from experiments.runs.replicate import child_seed, closures, river_traffic
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.purchases import priced
from experiments.sizing.targets import check_budget, check_goals, need_river, service_of
from shipping.parameters.port_parameters import BargeParameters
from shipping.recorded_traffic import RecordedTraffic, recorded
from shipping.sizing.lng_stations import size_stations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.runs.case import Case
    from experiments.scenario.model import Scenario
    from experiments.sizing.evaluations import Evaluations

KNOWN = {
    "p95_wait_min": "lng_p95_wait_min",
    "wait_mean_min": "lng_wait_mean_min",
    "stockout_share": "stockout_share",
}
"""Measures of the target, and what they are called among those of a run."""
BUDGET = ("berths", "tank_m3", "trucks")


class _Options(TypedDict):
    """What a replication is simulated with."""

    seed: int
    days: float
    closures: pl.DataFrame | None


class _Traffic:
    """The river of a run by seed: simulated once with the stations as they are, for the many that are tried."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._recorded: dict[int, RecordedTraffic] = {}

    def simulated(self, stations: pl.DataFrame, seed: int) -> pl.DataFrame:
        """Return the calls of a run with some stations."""
        drawn = river_traffic(self.case, seed)
        return shipping.simulate(
            drawn.waterway,
            drawn.voyages,
            stations,
            vessels=drawn.vessels,
            terminals=drawn.terminals,
            **self._options(seed),
        ).calls

    def searched(self, stations: pl.DataFrame, seed: int) -> pl.DataFrame:
        """Return the calls with some stations, with waits at locks as with today's: a quarter of the time."""
        if seed not in self._recorded:
            drawn = river_traffic(self.case, seed)
            self._recorded[seed] = recorded(
                drawn.waterway,
                drawn.voyages,
                self.case.lng_stations,
                vessels=drawn.vessels,
                terminals=drawn.terminals,
                **self._options(seed),
            )
        return self._recorded[seed].calls(stations)

    def _options(self, seed: int) -> _Options:
        """Return seed, days and closures of a replication."""
        return {"seed": seed, "days": float(self.case.scenario.days), "closures": closures(self.case, seed)}


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
    traffic = _Traffic(case)

    def evaluate(table: pl.DataFrame, part: int, *, exact: bool) -> Service:
        # sets of seeds follow one another: the search never sees a seed of the confirmation
        seeds = [child_seed(scenario.seed, part * count + number) for number in range(count)]
        shown = traffic.simulated if exact else traffic.searched
        calls = pl.concat(
            # stations outside keep their size, so their waits are no matter of it
            shown(table, seed).filter(pl.col("station").is_in(sized)).with_columns(replication=pl.lit(number))
            for number, seed in enumerate(seeds)
        )
        names = {goal.measure: KNOWN[goal.measure] for goal in goals}
        return service_of({"calls": calls}, count, names, county.figure)

    asked = " ".join(goal.measure for goal in goals)

    def known(table: pl.DataFrame, part: int, *, exact: bool = False) -> Service:
        way = " exact" if exact else ""
        design = f"{frame_digest(table)} {part} {asked}{way}"
        return kept.service(design, lambda: evaluate(table, part, exact=exact))

    barge = BargeParameters.from_county(county)
    confirm = functools.partial(known, exact=True)
    found = size_stations(stations, sized, known, goals, budget=budget, barge=barge, confirm=confirm)
    answer = found.answer
    pieces = {"lng_berth": float(answer["berths"].sum()), "lng_tank": float(answer["tank_m3"].sum())}
    if (by_barge := answer.filter(pl.col("supply") == "barge").height) > 0:
        pieces["lng_barge"] = float(by_barge)
    return priced(found, county, {"": pieces})
