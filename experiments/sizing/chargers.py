"""``size charging``: piles and guns at the sites of a layout, or the best of given layouts."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import polars as pl

from charging.costs.price_table import Prices
from charging.queueing.preview import busy_loads
from charging.result import PLUGGED
from charging.sizing import SEARCH, Sites, size_piles
from data.goals import Finding, Goal, Sizing
from data.outcomes import LATE_MIN, late_min
from experiments.runs.case import places
from experiments.runs.plan import prepare
from experiments.runs.provenance import frame_digest
from experiments.runs.replicate import child_seed, demand, simulate_charging
from experiments.scenario.layouts import load_layout
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.targets import check_budget, check_goals, service_of
from experiments.statistics import select_best
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data.county import County
    from data.goals import Service
    from experiments.runs.case import Case
    from experiments.scenario.model import Scenario
    from experiments.sizing.evaluations import Evaluations
    from experiments.statistics.measures import Measure

KNOWN = {name: name for name, one in MEASURES.items() if one.table in ("sessions", "stations", "load")}
BUDGET = ("piles", "guns", "cny")


def county_goals(county: County) -> tuple[Goal, ...]:
    """Return the county's criteria of service, as its target asks: share not served in time, share not served."""
    return (
        Goal("not_in_time_share", "<=", county.figure("charging.los_wait_share")),
        Goal("unserved_share", "<=", county.figure("charging.los_unserved_share")),
    )


def size_chargers(
    scenario: Scenario,
    goals: Sequence[Goal],
    budget: Mapping[str, int],
    *,
    layouts: Sequence[str] = (),
    progress: Callable[[str], None] | None = None,
    kept: Evaluations = NOTHING_KEPT,
) -> Sizing:
    """Size the piles of a scenario's sites, or choose among layouts; see `experiments.sizing.size`."""
    check_goals(goals, KNOWN)
    check_budget(budget, BUDGET)
    case = prepare(scenario).case
    goals = tuple(goals) or county_goals(case.county)
    trial = Trial(case, tuple(goal.measure for goal in goals), progress=progress, kept=kept)
    if layouts:
        return _best(trial, {name: load_layout(case.county, name) for name in layouts}, goals, budget)
    loads = busy_loads(
        case.layout, trial.requests(SEARCH, 0), case.travel, behaviour=case.behaviour, vehicles=case.vehicles
    )
    prices = Prices.from_county(case.county) if "cny" in budget else None
    return size_piles(Sites(case.layout, loads, prices), trial.evaluate, goals, budget=budget)


class Trial:
    """Simulates layouts on the same requests; each set of seeds has its own."""

    def __init__(
        self,
        case: Case,
        measures: Sequence[str],
        *,
        progress: Callable[[str], None] | None = None,
        kept: Evaluations = NOTHING_KEPT,
    ) -> None:
        self._tell = progress or (lambda _: None)
        self._kept = kept
        self._simulated = 0
        self._case = case
        self.figure = case.county.figure
        self._known = {name: KNOWN[name] for name in measures}
        self._cases: dict[tuple[tuple[object, ...], ...], Case] = {}
        # kept for the search and the confirmations: requests do not depend on the layout
        self.requests = functools.lru_cache(maxsize=4 * case.scenario.replications)(self._requests)

    def case(self, layout: pl.DataFrame) -> Case:
        """Return the case with a layout; the ways to its stations are computed once per set of places."""
        known = self._cases.setdefault(places(layout), self._case.with_layout(layout))
        return known.with_layout(layout)

    def seed(self, seeds: int, replication: int) -> int:
        """Return the seed of a replication of a set."""
        # far apart, so that sets do not overlap at any number of replications
        return child_seed(self._case.scenario.seed, replication + 1_000_000 * seeds)

    def _requests(self, seeds: int, replication: int) -> pl.DataFrame:
        """Draw the requests of a replication."""
        return demand(self._case, seed=self.seed(seeds, replication))

    def tables(self, layout: pl.DataFrame, seeds: int, count: int, *, first: int = 0) -> dict[str, pl.DataFrame]:
        """Return sessions, visits, load and stations of the replications of a set from one to before another."""
        case = self.case(layout)
        found: dict[str, list[pl.DataFrame]] = {"sessions": [], "visits": [], "load": [], "stations": []}
        piles, guns = _totals(layout)
        # the search may be compiled; what it finds is confirmed in SimPy, the model
        engine = self._case.scenario.charging.engine if seeds == SEARCH else "simpy"
        for number in range(first, count):
            self._tell(f"{self._simulated} replications simulated; now {piles} piles with {guns} guns")
            self._simulated += 1
            result = simulate_charging(case, self.requests(seeds, number), seed=self.seed(seeds, number), engine=engine)
            for name, parts in found.items():
                parts.append(getattr(result, name).with_columns(replication=pl.lit(number)))
        return {name: pl.concat(parts) for name, parts in found.items()}

    def evaluate(self, layout: pl.DataFrame, seeds: int) -> Service:
        """Return the service of a layout on a set of seeds."""
        design = f"{frame_digest(layout)} {seeds} {' '.join(self._known)}"
        return self._kept.service(design, lambda: self._evaluate(layout, seeds))

    def sample(self, layout: pl.DataFrame, measure: Measure, first: int, count: int) -> list[float]:
        """Return a measure in the replications of the search from one to before another; 0 where nothing is seen."""

        def simulated() -> list[float]:
            tables = self.tables(layout, SEARCH, count, first=first)
            values = measure.values(tables, count, self.figure)[first:]
            return [0.0 if value is None else value for value in values]

        return self._kept.values(f"{frame_digest(layout)} {measure.name} {first} {count}", simulated)

    def _evaluate(self, layout: pl.DataFrame, seeds: int) -> Service:
        """Simulate a layout on a set of seeds."""
        count = self._case.scenario.replications
        tables = self.tables(layout, seeds, count)
        waited = pl.col("leave_queue_min") - pl.col("arrive_min")
        over = pl.when(PLUGGED).then(late_min(self.figure(LATE_MIN), waited)).otherwise(60.0)
        trouble = tables["visits"].group_by("station_id", maintain_order=True).agg(over.sum().alias("late_min"))
        return service_of(tables, count, self._known, self.figure, trouble=dict(trouble.iter_rows()))


def _best(
    trial: Trial, layouts: Mapping[str, pl.DataFrame], goals: Sequence[Goal], budget: Mapping[str, int]
) -> Sizing:
    """Choose among layouts: the one with fewest guns that meets the target; procedure KN ranks their service."""
    shown = {name: trial.evaluate(layout, SEARCH) for name, layout in layouts.items()}
    sizes = {name: _totals(one) for name, one in layouts.items()}
    rows = []
    for name, service in shown.items():
        row: dict[str, object] = {"layout": name, "piles": sizes[name][0], "guns": sizes[name][1]}
        for measure, value in service.measures.items():
            row |= {measure: value.value, f"{measure}_low": value.low, f"{measure}_high": value.high}
        within = all(dict(zip(BUDGET, sizes[name], strict=True))[part] <= limit for part, limit in budget.items())
        rows.append({**row, "meets": service.meets(goals) and within})
    # the fewest guns first: the first that meets the target is the answer
    table = pl.DataFrame(rows, infer_schema_length=None).sort("guns", "layout")
    good = table.filter("meets")["layout"].to_list()
    goal = goals[0]
    selection = _ranked(trial, layouts, goal)
    best = good[0] if good else selection[0]
    binds = [selection[1]] if len(layouts) > 1 else []
    short = [name for name in shown if name not in good]
    binds += [Finding("layout_misses", {"layout": name, **shown[name].against(goals)}) for name in short]
    question = Finding("question_layouts", {"layouts": tuple(layouts), "goals": tuple(goals)})
    return Sizing(question, layouts[best], table, tuple(binds), feasible=bool(good))


def _totals(layout: pl.DataFrame) -> tuple[int, int]:
    """Return piles and guns of a layout."""
    return int(layout["piles"].sum()), int((layout["piles"] * layout["guns_per_pile"]).sum())


def _ranked(trial: Trial, layouts: Mapping[str, pl.DataFrame], goal: Goal) -> tuple[str, Finding]:
    """Return the layout with the best service by the first goal, and what the selection says."""
    names = list(layouts)
    measure = MEASURES[KNOWN[goal.measure]]

    sampled: list[list[float]] = [[] for _ in names]

    def sample(system: int, count: int) -> list[float]:
        series = sampled[system]
        if len(series) < count:
            series += trial.sample(layouts[names[system]], measure, len(series), count)
        return series[:count]

    # a twentieth of the limit does not matter; above 0 where the limit is 0
    zone = max(1e-6, 0.05 * abs(goal.limit))
    chosen = select_best(sample, len(names), zone=zone, most=50, step=10, least=goal.sign == "<=")
    name = names[chosen.best]
    key = "layout_best" if chosen.certain else "layout_best_so_far"
    return name, Finding(key, {"measure": goal.measure, "layout": name, "zone": zone})
