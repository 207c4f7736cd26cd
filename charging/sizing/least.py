"""The least set: fewest piles or guns, or the least cost, at given sites that meet a target of service."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from charging.sizing.search import SEARCH, Search, frontier, most_tried
from charging.sizing.spending import MOST_TRIED as SPENDING_TRIES
from charging.sizing.spending import rebalanced, spend, target_loss
from data.goals import Finding, Sizing, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from charging.sizing.pile_sites import Piles, Sites
    from charging.sizing.search import Evaluate
    from data.goals import Figure, Goal, Service

_WORST: Final = 3
"""Sites that a sentence names."""
_ROUNDS: Final = 6
"""Rounds of moving piles and taking away what that makes room for."""
_MOVED: Final = 16
"""Sizes that are tried in a round of moving."""
_BLOCK: Final = 16
"""Piles that are taken away at once after it."""
_NEEDED: Final = 16
"""Rows that are found to need their last pile before taking away ends: those that miss one least come first."""
_BINDING: Final = 5
"""Rows of the layout whose need is explained."""

MOST_TRIED: Final = (
    most_tried(bisected=2, trimmed=2 + _ROUNDS, exchanged=1, verified=1) + _ROUNDS * (_MOVED + 1) + SPENDING_TRIES
)
"""Sizes that are tried at the most; searches end long before."""


def size_piles(
    sites: Sites,
    evaluate: Evaluate,
    goals: Sequence[Goal],
    *,
    budget: Mapping[str, int] | None = None,
    floor: Piles = (),
    screen: bool = False,
) -> Sizing:
    """Return the least of what `sites` minimises (guns, piles or cost) that meets a target of service.

    Parameters
    ----------
    sites : Sites
        Sites, pile types and their loads.
    evaluate : callable
        ``evaluate(layout, seeds)`` simulates a layout on a set of random numbers (0 for the search, 1, 2, ... fresh
        ones) and returns the service; the same set must give the same requests to every layout.
    goals : sequence of Goal
        The target.
    budget : mapping of str to int
        ``piles``, ``guns``, ``kw``, ``cny``: the most of each.
    floor : tuple of int
        Piles that stand already and stay; empty for none.
    screen : bool
        Whether `evaluate` takes the seeds `charging.sizing.search.SCREEN` too: the first few of the search.

    Returns
    -------
    Sizing
        ``answer`` is a layout. Every site keeps a gun of each current that it has.
    """
    search = Search(sites, evaluate, goals, budget or {}, floor, screen)
    family = _from_floor(sites, floor)
    least = _least(search, family)
    if least is None:
        return _infeasible(search, family, Finding("largest_misses"))
    trimmed, needed = _smaller(search, family[0], *search.trim(least, failures=_NEEDED))
    size, verified = search.verified(trimmed)
    if not verified:
        return _infeasible(search, family, Finding("none_confirmed"))
    if not search.affordable(size):
        # the fewest guns may be too many piles, or too dear: the best that the whole budget allows may do
        split = _spent(search, family)
        if split is not None and search.meets(split, "verified", 1):
            return Sizing(_question(search), sites.with_piles(split), frontier(search), (), feasible=True)
        over = Finding("over_budget", dict(sites.totals(size, ())))
        return _infeasible(search, family, over)
    binds = [_needed(search, size, row) for row in needed[:_BINDING]]
    alone = sum(1 for rows in sites.parts.values() if sum(size[row] for row in rows) == 1)
    if alone:
        binds.append(Finding("sites_at_least", {"alone": alone, "parts": len(sites.parts)}))
    return Sizing(_question(search), sites.with_piles(size), frontier(search), tuple(binds), feasible=True)


def _from_floor(sites: Sites, floor: Piles) -> list[Piles]:
    """Return the family of sizes that formulas propose, none with fewer piles than stand already."""
    if not floor:
        return sites.family()
    raised = [tuple(max(pair) for pair in zip(size, floor, strict=True)) for size in sites.family()]
    return list(dict.fromkeys([floor, *raised]))


def _least(search: Search, family: Sequence[Piles]) -> Piles | None:
    """Return the smaller of two sizes that meet the target; None where the largest misses it.

    One gives every site the same chance of having to wait, the other has the fewest late for its guns.
    """
    alike = search.least(family)
    if alike is None:
        return None
    # enough guns that taking them away one by one has room to choose
    larger = family[min(len(family) - 1, family.index(alike) + len(family) // 4)]
    thinned = search.least(search.sites.thinned(larger, search.floor or family[0]))
    return alike if thinned is None else min(alike, thinned, key=search.sites.amount)


def _smaller(search: Search, smallest: Piles, piles: Piles, needed: list[int]) -> tuple[Piles, list[int]]:
    """Return a smaller size that meets the target, and the rows whose last pile it needs.

    Piles that move to where drivers are lost leave room in the target, which takes others away; then pairs are tried.
    """
    loss = target_loss(search.goals)
    for _ in range(_ROUNDS):
        now = search.sites.amount(piles)

        def no_larger(size: Piles, now: tuple[float, ...] = now) -> bool:
            return search.sites.amount(size) <= now

        moved = rebalanced(search, piles, loss=loss, least=search.floor or smallest, allowed=no_larger, most=_MOVED)
        if moved == piles or not search.meets(moved, "moved piles"):
            break
        fewer, needs = search.trim(moved, block=_BLOCK, failures=_NEEDED)
        if search.sites.amount(fewer) >= now:
            break
        piles, needed = fewer, needs
    exchanged = search.exchange(piles)
    return (piles, needed) if exchanged == piles else search.trim(exchanged, block=1, failures=_NEEDED)


def _spent(search: Search, family: Sequence[Piles]) -> Piles | None:
    """Return the best that takes the whole budget; None without one, or where not even the smallest is within it."""
    if not search.budget or not search.affordable(family[0]):
        return None
    return spend(search, family[0], loss=target_loss(search.goals))


def _needed(search: Search, size: Piles, row: int) -> Finding:
    """Return why a row cannot lose a pile."""
    name = search.sites.layout.row(row, named=True)
    place: dict[str, Figure] = {"site": name["station_id"], "group": name["group_id"]}
    fewer = tuple(count - (number == row) for number, count in enumerate(size))
    known = search.seen.get((fewer, SEARCH))
    if known is None:
        return Finding("pile_less_misses", place)
    return Finding("pile_less", place | known[0].against(search.goals))


def _infeasible(search: Search, family: Sequence[Piles], reason: Finding) -> Sizing:
    """Return the best that the budget allows, and what binds."""
    within_budget = search.affordable(family[0])
    # without a budget the largest, which serves best
    best = _spent(search, family) or family[-1 if within_budget else 0]
    shown = search.show(best, "verified", 1)
    binds = [reason]
    if "cny" in search.budget:
        binds.append(Finding("best_costs_cny", {"cny": search.sites.totals(best, search.budget)["cny"]}))
    if not within_budget:
        binds.append(Finding("least_over_budget"))
    binds.append(Finding("within_budget" if within_budget else "least_shows", shown.against(search.goals)))
    if shown.worst(search.goals).excess(shown.measures[shown.worst(search.goals).measure]) > 0.0:
        binds.append(Finding("nearest_target", {"goals": nearest_target(search.goals, shown)}))
    worst = sorted(shown.trouble, key=lambda name: (-shown.trouble[name], name))[:_WORST]
    if worst:
        binds.append(Finding("worst_sites", {"sites": tuple(worst)}))
    return Sizing(_question(search), search.sites.with_piles(best), frontier(search), tuple(binds), feasible=False)


def _question(search: Search) -> Finding:
    """Return what was asked."""
    stations = search.sites.layout["station_id"].n_unique()
    figures: dict[str, Figure] = {"sites": stations, "goals": tuple(search.goals), "budget": within(search.budget)}
    return Finding("question_piles", figures)


def nearest_target(goals: Sequence[Goal], shown: Service) -> tuple[Goal, ...]:
    """Return the goals with the limits of those that are missed moved to where they are just met."""
    moved = []
    for goal in goals:
        excess = goal.excess(shown.measures[goal.measure])
        limit = goal.limit + excess if goal.sign == "<=" else goal.limit - excess
        # three digits, on the side where the goal is met
        step = 10.0 ** (math.floor(math.log10(abs(limit))) - 2) if limit else 1.0
        rounded = math.ceil(limit / step) if goal.sign == "<=" else math.floor(limit / step)
        moved.append(goal if goal.met(shown.measures[goal.measure]) else replace(goal, limit=rounded * step))
    return tuple(moved)
