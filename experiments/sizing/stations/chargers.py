"""``size charging``: piles and guns at the sites of a layout, the best of a budget, or the best of given layouts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from charging.costs.price_table import Prices
from charging.queueing.preview import assigned_parts
from charging.sizing import SEARCH, Search, Sites, size_piles, spend
from charging.sizing.least import nearest_target
from charging.sizing.pile_sites import layout_totals
from charging.sizing.search import frontier
from charging.sizing.spending import affordable_exactly, measure_loss, spends
from charging.sizing.thumbs import rules_of_thumb
from data.goals import Finding, Goal, Sizing, within
from data.outcomes import LATE_MIN
from experiments.scenario.layouts import load_layout
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.stations.choices import LATE, Choices
from experiments.sizing.stations.judged_layouts import judged, residents_of
from experiments.sizing.stations.occasions import occasions_of
from experiments.sizing.stations.over_assumptions import over_assumptions
from experiments.sizing.stations.trial import KNOWN, Trial, totals
from experiments.sizing.targets import check_budget, check_goals
from experiments.statistics import select_best
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data.county import County
    from data.goals import Figure
    from experiments.runs.executors import Executor
    from experiments.scenario.model import Scenario
    from experiments.sizing.evaluations import Evaluations

BUDGET = ("piles", "guns", "kw", "cny")
NOT_IN_TIME: Final = "not_in_time_share"


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
    choices: Choices | None = None,
    progress: Callable[[Finding], None] | None = None,
    kept: Evaluations = NOTHING_KEPT,
    executor: Executor | None = None,
) -> Sizing:
    """Size the piles of a scenario's sites, or choose among layouts; see `experiments.sizing.size`."""
    choices = choices or Choices()
    check_goals(goals, KNOWN)
    check_budget(budget, BUDGET)
    choices.check(budget)
    weeks = occasions_of(scenario, holidays=choices.holidays, years=choices.years)
    case = weeks[0].case
    goals = tuple(goals) or county_goals(case.county)
    measures = tuple(dict.fromkeys((*(goal.measure for goal in goals), NOT_IN_TIME)))
    spending = choices.minimise == LATE and not choices.layouts
    trial = Trial(weeks, measures, progress=progress, kept=kept, engine="compiled", executor=executor)
    if choices.layouts:
        return _best(trial, {name: load_layout(case.county, name) for name in choices.layouts}, goals, budget)
    priced = "cny" in budget or choices.minimise == "cost"
    sites = sites_of(trial, priced=priced, minimise="guns" if spending else choices.minimise)
    if spending:
        found = _spent(sites, trial, goals, budget)
    else:
        found = size_piles(sites, trial.evaluate, goals, budget=budget, screen=trial.screens)
    says, tables = judged(found.answer, sites, trial)
    if choices.points:
        sure, robust = over_assumptions(found.answer, sites, trial, goals, points=choices.points)
        says, tables = (*says, *sure), {**tables, **robust}
    answer = found.answer
    if "confidence" in answer.columns:
        # the sites are the plan's, the numbers of piles are not
        answer = answer.with_columns(confidence=pl.lit("derived"))
    return replace(found, answer=answer, says=says, tables=tables)


def sites_of(trial: Trial, *, priced: bool = False, minimise: str = "guns") -> Sites:
    """Return the sites of a scenario's layout with their loads, the largest of all weeks, and prices if they count."""
    loads: dict[tuple[str, str], float] = {}
    late_stays: dict[tuple[str, str], float] = {}
    for number, week in enumerate(trial.occasions):
        case, asked = week.case, trial.requests(SEARCH, 0, number)
        parts = assigned_parts(case.layout, asked, case.travel, behaviour=case.behaviour, vehicles=case.vehicles)
        for part in parts:
            key = (part.station.station_id, part.current)
            if key not in loads or part.busy_erlang > loads[key]:
                loads[key] = part.busy_erlang
                stay_min = float(part.who.stay_min.mean()) if part.who is not None else math.inf
                late_stays[key] = trial.figure(LATE_MIN) / stay_min
    case = trial.occasions[0].case
    rows = [(*key, load) for key, load in loads.items()]
    schema = {"station_id": pl.String, "current": pl.String, "busy_hour_erlang": pl.Float64}
    prices = Prices.from_county(case.county) if priced else None
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    efficiency = case.county.figure("charging.efficiency_dc")
    return Sites(case.layout, frame, prices, minimise, late_stays, efficiency)


def _spent(sites: Sites, trial: Trial, goals: Sequence[Goal], budget: Mapping[str, int]) -> Sizing:
    """Return the best of a whole budget; the target says whether that is enough."""
    search = Search(sites, trial.evaluate, goals, budget, screen=trial.screens)
    least = sites.family()[0]
    figures: dict[str, Figure] = {"sites": sites.layout["station_id"].n_unique(), "budget": within(budget)}
    question = Finding("question_budget", figures)
    if not search.affordable(least):
        shown = search.show(least, "verified", 1)
        binds = [Finding("least_over_budget"), Finding("least_shows", shown.against(goals))]
        return Sizing(question, sites.with_piles(least), frontier(search), tuple(binds), feasible=False)
    by_formula = sites.filled(least, affordable_exactly(search, least))
    by_rule = rules_of_thumb(sites, by_formula, residents_of(trial))
    best = spend(search, least, loss=measure_loss(NOT_IN_TIME), starts=by_rule.values())
    shown = search.show(best, "verified", 1)
    binds = [] if spends(search, best) else [Finding("budget_not_exact", {"budget": within(budget)})]
    if not shown.meets(goals):
        binds += [
            Finding("within_budget", shown.against(goals)),
            Finding("nearest_target", {"goals": nearest_target(goals, shown)}),
        ]
    return Sizing(question, sites.with_piles(best), frontier(search), tuple(binds), feasible=shown.meets(goals))


def _best(
    trial: Trial, layouts: Mapping[str, pl.DataFrame], goals: Sequence[Goal], budget: Mapping[str, int]
) -> Sizing:
    """Choose among layouts: the one with fewest guns that meets the target; procedure KN ranks their service."""
    shown = {name: trial.evaluate(layout, SEARCH) for name, layout in layouts.items()}
    sizes = {name: totals(one) for name, one in layouts.items()}
    priced = Prices.from_county(trial.occasions[0].case.county) if "cny" in budget else None
    rows = []
    for name, service in shown.items():
        row: dict[str, object] = {"layout": name, "piles": sizes[name][0], "guns": sizes[name][1]}
        for measure, value in service.measures.items():
            row |= {measure: value.value, f"{measure}_low": value.low, f"{measure}_high": value.high}
        taken = layout_totals(layouts[name], budget, priced)
        affordable = all(taken[part] <= limit for part, limit in budget.items())
        rows.append({**row, "meets": service.meets(goals) and affordable})
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
