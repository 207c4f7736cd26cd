"""How many crews and vans shared e-bikes need for a target of service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.goals import Finding, Sizing, within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data.goals import Goal, Service

    Evaluate = Callable[[int, int, int], Service]

SEARCH: Final = 0
"""Set of random numbers on which the search runs; the next one confirms its answer."""
_LEAST_LIMIT: Final = 1e-9  # a target of 0 has no relative excess
_MOST_TEAMS: Final = 12  # bounds the search at 91 pairs of crews and vans
MOST_TRIED: Final = 2 * sum(total + 1 for total in range(_MOST_TEAMS + 1))
"""Pairs that are tried at the most, each on the numbers of the search and on fresh ones."""


def size_teams(
    evaluate: Evaluate, goals: Sequence[Goal], *, budget: Mapping[str, int] | None = None, most: int = _MOST_TEAMS
) -> Sizing:
    """Return the fewest crews and vans together that meet a target.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(crews, vans, seeds)`` simulates on a set of random numbers (0 for the search, 1 fresh ones); the
        same set must give the same trips to every number of teams.
    goals : sequence of Goal
        The target.
    budget : mapping of str to int
        Most ``crews`` and ``vans``.
    most : int
        Crews and vans together that are tried at most.

    Returns
    -------
    Sizing
        ``answer`` has one row: ``crews, vans``. All pairs of a total are tried before the next total, so no smaller
        total meets the target on the search's random numbers; the answer meets it on fresh ones too.
    """
    limits = {"crews": most, "vans": most, **(budget or {})}
    rows: list[tuple[int, int, int, Service]] = []
    best: tuple[float, int, int] | None = None
    found = None
    for total in range(most + 1):
        # of pairs with the same total the one with the fewest crews is the answer
        pairs = [
            (crews, total - crews)
            for crews in range(total + 1)
            if crews <= limits["crews"] and total - crews <= limits["vans"]
        ]
        for crews, vans in pairs:
            shown = evaluate(crews, vans, SEARCH)
            rows.append((crews, vans, SEARCH, shown))
            goal = shown.worst(goals)
            # relative, so that minutes and shares compare
            excess = goal.excess(shown.measures[goal.measure]) / max(_LEAST_LIMIT, abs(goal.limit))
            if best is None or excess < best[0]:
                best = (excess, crews, vans)
            if shown.meets(goals):
                # fresh numbers: the search picks what was lucky on its own
                again = evaluate(crews, vans, SEARCH + 1)
                rows.append((crews, vans, SEARCH + 1, again))
                if again.meets(goals):
                    found = (crews, vans)
                    break
        if found is not None:
            break
    crews, vans = found or (0, 0) if best is None else found or best[1:]
    answer = pl.DataFrame({"crews": [crews], "vans": [vans]})
    question = Finding("question_teams", {"goals": tuple(goals), "budget": within(budget or {})})
    return Sizing(
        question, answer, _frontier(rows, goals), tuple(_binds(rows, goals, found)), feasible=found is not None
    )


def _binds(
    rows: Sequence[tuple[int, int, int, Service]], goals: Sequence[Goal], found: tuple[int, int] | None
) -> list[Finding]:
    """Return what keeps the answer from being smaller."""
    if found is None:
        return [Finding("no_teams")]
    smaller = []
    for crews, vans, seeds, shown in rows:
        near = seeds == SEARCH and (crews, vans) in {(found[0] - 1, found[1]), (found[0], found[1] - 1)}
        if near:
            smaller.append(Finding("teams", {"crews": crews, "vans": vans, **shown.against(goals)}))
    return smaller or [Finding("least_teams")]


def _frontier(rows: Sequence[tuple[int, int, int, Service]], goals: Sequence[Goal]) -> pl.DataFrame:
    """Return what was tried."""
    table = []
    for crews, vans, seeds, shown in rows:
        row: dict[str, object] = {"crews": crews, "vans": vans, "seeds": seeds}
        for name, measure in shown.measures.items():
            row |= {name: measure.value, f"{name}_low": measure.low, f"{name}_high": measure.high}
        table.append({**row, "meets": shown.meets(goals)})
    return pl.DataFrame(table, infer_schema_length=None)
