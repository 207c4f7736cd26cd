"""``size sites``: where stations should stand beside those that do, by the minutes of the residents to the nearest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.costs.price_table import Prices
from charging.costs.station_costs import station_fen
from charging.siting import fair_median, max_cover, p_center, p_median
from charging.siting.candidates import Reachable, candidate_sites, reachable
from charging.siting.equity import worst_mean
from charging.sizing.least import nearest_target
from data.errors import InfeasibleError, ScenarioError
from data.goals import Finding, Goal, Service, Shown, Sizing, within
from data.imports.candidate_sites import candidates_from
from data.money import FEN
from experiments.runs.plan import prepare
from experiments.sizing.evaluations import NOTHING_KEPT
from experiments.sizing.targets import check_budget, check_goals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from charging.siting import Siting
    from data.arrays import Floats
    from data.goals import Figure
    from experiments.runs.case import Case
    from experiments.scenario.model import Scenario
    from experiments.sizing.evaluations import Evaluations

MEASURED: Final = ("mean_way_min", "farthest_way_min", "worst_tenth_way_min", "near_share")
"""Mean and longest way, the mean of the tenth with the longest, and who lives within the county's near limit."""
KNOWN: Final = {name: name for name in MEASURED}
BUDGET: Final = ("sites", "cny")
_SITES: Final = 5
"""New stations that are looked at where no budget says how many."""
_WORST: Final = 0.1
_SECONDS: Final = 20.0
"""Longest search for a number of sites; what is not proved by then has its gap in the frontier."""


@dataclass(frozen=True, slots=True)
class _Question:
    """Candidates with the people, and what a new station is like.

    Attributes
    ----------
    way : Reachable
        Candidates, homes and minutes.
    people : array
        Residents of each home.
    near_min : float
        Limit of ``near_share``.
    forbidden : list of int
        Candidates that are closed, out of reach, or whose grid is too small for a station.
    costs_cny : array or None
        What a new station costs at each candidate; None without prices.
    """

    way: Reachable
    people: Floats
    near_min: float
    forbidden: list[int]
    costs_cny: Floats | None

    def shows(self, sites: Sequence[int]) -> Service:
        """Return the service of some sites."""
        minutes = self.way.minutes[:, list(sites)].min(axis=1)
        share = self.people / self.people.sum()
        reached = np.isfinite(minutes)
        return Service(
            {
                "mean_way_min": Shown(float(share[reached] @ minutes[reached] / share[reached].sum())),
                "farthest_way_min": Shown(float(minutes[reached].max())),
                "worst_tenth_way_min": Shown(worst_mean(minutes[reached], self.people[reached], _WORST)),
                "near_share": Shown(float(share[minutes <= self.near_min].sum())),
            }
        )

    def chosen(self, measure: str, count: int) -> Siting:
        """Return the best so many sites, those that stand included, for a measure."""
        common: dict[str, Any] = {"fixed": self.way.fixed, "forbidden": self.forbidden, "time_limit_s": _SECONDS}
        minutes = self.way.minutes
        if measure == "near_share":
            return max_cover(minutes, self.people, count, self.near_min, **common)
        common["leave_out"] = True
        if measure == "farthest_way_min":
            return p_center(minutes, count, **common)
        if measure == "worst_tenth_way_min":
            return fair_median(minutes, self.people, count, worst_share=_WORST, **common)
        return p_median(minutes, self.people, count, **common)


def size_sites(
    scenario: Scenario,
    goals: Sequence[Goal],
    budget: Mapping[str, int],
    *,
    kept: Evaluations = NOTHING_KEPT,
    candidates: Path | None = None,
) -> Sizing:
    """Choose sites of new stations; see `experiments.sizing.size`.

    The answer is the scenario's layout with a station like its smallest at each new site: ``size charging`` then says
    how many piles each needs. With a target the fewest new sites that meet it, without one all that the budget allows.
    """
    del kept  # integer programmes of seconds: there is nothing to go on with
    check_goals(goals, KNOWN)
    check_budget(budget, BUDGET)
    case = prepare(scenario).case
    if candidates is not None:
        listed = candidates_from(case.county, candidates)
        case = replace(case, county=case.county.with_table("candidates", listed))
    pattern = _pattern(case.layout)
    question = _question(case, pattern)
    allowed = sum(1 for each in range(question.way.candidates.height) if each not in question.forbidden)
    most = min(budget.get("sites", _SITES), allowed - len(question.way.fixed))
    if most < 0 or not allowed:
        raise ScenarioError(f"size sites: {case.county.name} has no candidate for a station. Add rows to candidates.")
    measure = goals[0].measure if goals else MEASURED[0]
    rows, sizes = _frontier(question, measure, goals, budget, most)
    good = [number for number, row in enumerate(rows) if row["meets"]]
    affordable = [number for number, row in enumerate(rows) if row["affordable"]]
    best = min(good) if good and goals else max(affordable, default=0)
    chosen = sizes[best]
    asked: dict[str, Figure] = {
        "candidates": question.way.candidates.height,
        "standing": len(question.way.fixed),
        "goals": tuple(goals) or (Finding("shortest_ways"),),
        "budget": within(budget or {"sites": most}),
    }
    new = [site for site in chosen if site not in question.way.fixed]
    frontier = pl.DataFrame(rows, infer_schema_length=None).drop("affordable")
    says, tables = _told(question, rows[0], rows[best], new)
    return Sizing(
        Finding("question_sites", asked),
        _layout(case.layout, pattern, question.way.candidates[new]),
        frontier,
        tuple(_binds(question, goals, rows[best], feasible=bool(good))),
        feasible=bool(good) or not goals,
        says=says,
        tables=tables,
    )


def _question(case: Case, pattern: pl.DataFrame) -> _Question:
    """Return candidates, people, and where no station like the pattern may stand."""
    county = case.county
    way = reachable(county, candidate_sites(county, case.layout), year=case.scenario.year)
    kw = float((pattern["piles"] * pattern["pile_kw"]).sum())
    candidates = way.candidates
    small = (candidates["headroom_kw"] < kw).fill_null(value=False).to_numpy()
    reached = np.isfinite(way.minutes).any(axis=0)
    barred = (small & (candidates["state"] == "new").to_numpy()) | ~reached
    forbidden = sorted({*np.flatnonzero(barred).tolist(), *way.forbidden} - set(way.fixed))
    people = way.homes["residents"].to_numpy().astype(np.float64)
    return _Question(
        way, people, county.figure("charging.reach_near_min"), forbidden, _costs(case, pattern, candidates)
    )


def _costs(case: Case, pattern: pl.DataFrame, candidates: pl.DataFrame) -> Floats | None:
    """Return what a station like the pattern costs to build at each candidate; None where there are no prices."""
    if not case.county.infrastructure_prices.height:
        return None
    prices = Prices.from_county(case.county)
    rows = pattern.to_dicts()
    usual = station_fen(rows, prices) / FEN
    low = prices.figure("low_voltage")
    # piles and works alone: connected at low voltage the station has no transformer of its own
    alone = station_fen([{**row, "transformer_kw": low} for row in rows], prices) / FEN
    given = candidates["connection_cny"]
    return (given + alone).fill_null(usual).to_numpy().astype(np.float64)


def _pattern(layout: pl.DataFrame) -> pl.DataFrame:
    """Return the groups of the smallest station off the expressway: what a new one is like before it is sized."""
    off = layout.filter(pl.col("site").is_null()) if "site" in layout.columns else layout
    off = off if off.height else layout
    guns = (pl.col("piles") * pl.col("guns_per_pile")).sum()
    # of equals the first of the layout
    smallest = off.group_by("station_id", maintain_order=True).agg(guns=guns).sort("guns", maintain_order=True)
    return off.filter(pl.col("station_id") == smallest["station_id"][0])


def _frontier(
    question: _Question, measure: str, goals: Sequence[Goal], budget: Mapping[str, int], most: int
) -> tuple[list[dict[str, Any]], list[list[int]]]:
    """Return a row for each number of new sites, from none, and the sites; it ends where a target is met."""
    rows: list[dict[str, Any]] = []
    sizes: list[list[int]] = []
    for new in range(most + 1):
        count = len(question.way.fixed) + new
        if not count:
            continue
        try:
            found = question.chosen(measure, count)
        except InfeasibleError:
            continue  # fewer sites than it takes to reach everybody
        service = question.shows(found.sites)
        cost = None
        if question.costs_cny is not None:
            cost = float(sum(question.costs_cny[site] for site in found.sites if site not in question.way.fixed))
        affordable = cost is None or cost <= budget.get("cny", np.inf)
        row = {"new_sites": new, "sites": count, "build_cny": cost}
        row |= {name: shown.value for name, shown in service.measures.items()}
        meets = affordable and service.meets(goals)
        rows.append({**row, "gap_share": found.gap, "meets": meets, "affordable": affordable})
        sizes.append(found.sites)
        if (goals and meets) or not affordable:
            break
    if not rows:
        raise ScenarioError(f"size sites: no {most} new sites reach a resident. Allow more with --budget sites=N.")
    return rows, sizes


def _layout(layout: pl.DataFrame, pattern: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return the layout with a station like the pattern at each new site."""
    parts = [layout]
    for name, town, lon, lat in new.select("candidate", "town", "lon", "lat").iter_rows():
        values = {"station_id": name, "town": town, "lon": lon, "lat": lat, "confidence": "derived"}
        known = {key: pl.lit(value).cast(layout.schema[key]) for key, value in values.items() if key in layout.columns}
        parts.append(pattern.with_columns(**known))
    return pl.concat(parts)


def _told(
    question: _Question, before: Mapping[str, Any], after: Mapping[str, Any], new: list[int]
) -> tuple[tuple[Finding, ...], dict[str, pl.DataFrame]]:
    """Return what there is to say of the new sites, and the table of them."""
    candidates = question.way.candidates
    drawn = int(candidates[new]["placed"].is_in(["drawn", "centre"]).sum())
    ways: dict[str, Figure] = {
        "new": len(new),
        "before_min": before["mean_way_min"],
        "mean_min": after["mean_way_min"],
        "worst_before_min": before["worst_tenth_way_min"],
        "worst_min": after["worst_tenth_way_min"],
        "near_min": question.near_min,
        "near_before_share": before["near_share"],
        "near_share": after["near_share"],
    }
    says = [Finding("sites_ways", ways)]
    if after["build_cny"] is not None:
        says.append(Finding("sites_cost", {"cny": f"{after['build_cny'] / 1e6:,.2f}"}))
    else:
        says.append(Finding("no_prices"))
    if drawn:
        says.append(Finding("sites_drawn", {"drawn": drawn, "new": len(new)}))
    cost = [None if question.costs_cny is None else float(question.costs_cny[site]) for site in new]
    table = candidates[new].select("candidate", "kind", "town", "lon", "lat", "headroom_kw", "placed")
    return tuple(says), {"new_sites": table.with_columns(build_cny=pl.Series(cost, dtype=pl.Float64))}


def _binds(question: _Question, goals: Sequence[Goal], best: Mapping[str, Any], *, feasible: bool) -> list[Finding]:
    """Return what keeps the answer from being better."""
    binds = []
    service = Service({name: Shown(best[name]) for name in MEASURED})
    if goals and not feasible:
        binds.append(Finding("within_budget", service.against(goals)))
        binds.append(Finding("nearest_target", {"goals": nearest_target(goals, service)}))
    if best["gap_share"] > 0.0:
        binds.append(Finding("sites_gap", {"gap_share": best["gap_share"]}))
    barred = [site for site in question.forbidden if np.isfinite(question.way.minutes[:, site]).any()]
    if barred:
        binds.append(Finding("sites_barred", {"barred": len(barred)}))
    lost = question.way.homes.filter(pl.Series(~np.isfinite(question.way.minutes).any(axis=1)))
    if lost.height:
        binds.append(Finding("homes_lost", {"homes": tuple(lost["village"].to_list())}))
    return binds
