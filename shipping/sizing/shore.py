"""How many chargers, or chargers and battery boxes, the battery vessels of a terminal need for a target of service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from data.errors import ScenarioError
from data.goals import Sizing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data.goals import Goal, Service

    Size = tuple[int, int]  # chargers, boxes (0: charging on board)
    Evaluate = Callable[[str, int, int, int], Service]

CHARGING, SWAPPING = "charging", "swapping"
WAYS: Final = (CHARGING, SWAPPING)
MOST_CHARGERS: Final = 8
MOST_BOXES: Final = 24
BOX_STEP: Final = 2
"""Steps and ends of what is tried: design choices, not figures about the world."""
_SEARCH, _FRESH = 0, 1


@dataclass(slots=True)
class _Search:
    """Evaluates sizes of a way and remembers what they showed."""

    evaluate: Evaluate
    goals: Sequence[Goal]
    budget: Mapping[str, int]
    seen: dict[tuple[str, Size, int], Service] = field(default_factory=dict)

    def show(self, way: str, size: Size, seeds: int = _SEARCH) -> Service:
        """Return what a size shows on a set of random numbers."""
        key = (way, size, seeds)
        if key not in self.seen:
            self.seen[key] = self.evaluate(way, *size, seeds)
        return self.seen[key]

    def meets(self, way: str, size: Size) -> bool:
        """Return whether a size meets the target on the numbers of the search, and on fresh ones."""
        return self.show(way, size).meets(self.goals) and self.show(way, size, _FRESH).meets(self.goals)

    def sizes(self, way: str) -> list[Size]:
        """Return the sizes of a way within the budget, few boxes and chargers first."""
        chargers = range(1, min(MOST_CHARGERS, self.budget.get("chargers", MOST_CHARGERS)) + 1)
        most = self.budget.get("boxes", MOST_BOXES)
        # no boxes for charging on board
        boxes = (0,) if way == CHARGING else range(BOX_STEP, min(MOST_BOXES, most) + 1, BOX_STEP)
        # by number of parts: chargers and boxes count alike, then few boxes
        return sorted(((few, many) for few in chargers for many in boxes), key=lambda size: (sum(size), size[1]))

    def least(self, way: str) -> Size | None:
        """Return the first size that meets the target; None where none does."""
        return next((size for size in self.sizes(way) if self.meets(way, size)), None)

    def _excess(self, service: Service) -> float:
        """Return what is over the limit of the goal that is missed most."""
        goal = service.worst(self.goals)
        # in the unit of the goal: only sizes of one way and goal are compared
        return goal.excess(service.measures[goal.measure])

    def worse(self, way: str, size: Size) -> Service:
        """Return what a size shows on the numbers that are worse for it."""
        shown = [self.show(way, size, seeds) for seeds in (_SEARCH, _FRESH)]
        return max(shown, key=self._excess)


def size_shore(evaluate: Evaluate, goals: Sequence[Goal], *, budget: Mapping[str, int] | None = None) -> Sizing:
    """Return the fewest shore chargers, and the fewest chargers and boxes, that meet a target for the same vessels.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(way, chargers, boxes, seeds)`` simulates a way of ``WAYS`` on a set of random numbers (0: search, 1:
        fresh).
    goals : sequence of Goal
        The target.
    budget : mapping of str to int, optional
        Most ``chargers`` and ``boxes``.

    Returns
    -------
    Sizing
        ``answer`` has one row per way that can meet the target: ``way, chargers, boxes``. The frontier has every size
        that was tried. Feasible if one way is.

    Raises
    ------
    ScenarioError
        If no goal is given.
    """
    if not goals:
        raise ScenarioError("size electric: no target; expected measures with limits, such as p95_wait_min<=60.")
    search = _Search(evaluate, goals, budget or {})
    least = {way: search.least(way) for way in WAYS}
    answer = pl.DataFrame(
        [(way, *size) for way, size in least.items() if size is not None],
        schema={"way": pl.String, "chargers": pl.Int64, "boxes": pl.Int64},
        orient="row",
    )
    limited = ", ".join(f"at most {limit} {name}" for name, limit in search.budget.items()) or "no budget"
    question = f"Fewest shore chargers, or chargers and boxes, for {', '.join(map(str, goals))}; {limited}."
    binds = [line for way in WAYS for line in _binds(search, way, least[way])]
    return Sizing(question, answer, _frontier(search), tuple(binds), feasible=answer.height > 0)


def _binds(search: _Search, way: str, size: Size | None) -> list[str]:
    """Return what keeps a way from being smaller, or its target from being met."""
    if size is None:
        tried = [key for key in search.seen if key[0] == way]
        if not tried:
            return [f"{way}: the budget leaves nothing to try."]
        # the largest that was tried: where even it misses, the goal it misses binds
        shown = search.seen[max(tried, key=lambda key: (sum(key[1]), key[1]))]
        goal = shown.worst(search.goals)
        return [f"{way}: no size that was tried meets {goal}: {shown.measures[goal.measure].words(goal.measure)}."]
    lines = []
    chargers, boxes = size
    for less, what in (((chargers - 1, boxes), "a charger"), ((chargers, boxes - BOX_STEP), f"{BOX_STEP} boxes")):
        if less[0] < 1 or (way == SWAPPING and less[1] < BOX_STEP) or less[1] < 0:
            continue
        shown = search.worse(way, less)
        goal = shown.worst(search.goals)
        lines.append(
            f"{way} with {what} less: {shown.measures[goal.measure].words(goal.measure)}, the target is {goal}."
        )
    return lines or [f"{way}: the smallest size is enough."]


def _frontier(search: _Search) -> pl.DataFrame:
    """Return all sizes that were evaluated, small to large."""
    rows: list[dict[str, object]] = []
    for (way, (chargers, boxes), seeds), shown in search.seen.items():
        row: dict[str, object] = {"way": way, "chargers": chargers, "boxes": boxes, "seeds": seeds}
        for name, measure in shown.measures.items():
            row |= {name: measure.value, f"{name}_low": measure.low, f"{name}_high": measure.high}
        rows.append({**row, "meets": shown.meets(search.goals)})
    return pl.DataFrame(rows, infer_schema_length=None).sort("way", "boxes", "chargers", "seeds")
