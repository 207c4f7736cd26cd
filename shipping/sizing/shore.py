"""How many chargers, or chargers and battery boxes, the battery vessels of a terminal need for a target of service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from data.errors import ScenarioError
from data.goals import Finding, Sizing, within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data.goals import Figure, Goal, Service

    Size = tuple[int, int]  # chargers, boxes (0: charging on board)
    Evaluate = Callable[[str, int, int, int], Service]

CHARGING, SWAPPING = "charging", "swapping"
WAYS: Final = (CHARGING, SWAPPING)
MOST_CHARGERS: Final = 8
MOST_BOXES: Final = 24
BOX_STEP: Final = 2
"""Steps and ends of what is tried: design choices, not figures about the world."""
_SEARCH, _FRESH = 0, 1
MOST_TRIED: Final = 2 * MOST_CHARGERS * (1 + MOST_BOXES // BOX_STEP)
"""Sizes of both ways that are tried at the most, each on the numbers of the search and on fresh ones."""


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
    question = Finding("question_shore", {"goals": tuple(goals), "budget": within(search.budget)})
    binds = [line for way in WAYS for line in _binds(search, way, least[way])]
    return Sizing(question, answer, _frontier(search), tuple(binds), feasible=answer.height > 0)


def _binds(search: _Search, way: str, size: Size | None) -> list[Finding]:
    """Return what keeps a way from being smaller, or its target from being met."""
    of_way: dict[str, Figure] = {"way": Finding(f"way_{way}")}
    if size is None:
        tried = [key for key in search.seen if key[0] == way]
        if not tried:
            return [Finding("way_nothing_to_try", of_way)]
        # the largest that was tried: where even it misses, the goal it misses binds
        shown = search.seen[max(tried, key=lambda key: (sum(key[1]), key[1]))]
        return [Finding("way_misses", of_way | shown.against(search.goals))]
    found = []
    chargers, boxes = size
    steps = (
        ((chargers - 1, boxes), Finding("step_charger")),
        ((chargers, boxes - BOX_STEP), Finding("step_boxes", {"boxes": BOX_STEP})),
    )
    for less, step in steps:
        if less[0] < 1 or (way == SWAPPING and less[1] < BOX_STEP) or less[1] < 0:
            continue
        found.append(Finding("way_less", {**of_way, "step": step, **search.worse(way, less).against(search.goals)}))
    return found or [Finding("way_smallest", of_way)]


def _frontier(search: _Search) -> pl.DataFrame:
    """Return all sizes that were evaluated, small to large."""
    rows: list[dict[str, object]] = []
    for (way, (chargers, boxes), seeds), shown in search.seen.items():
        row: dict[str, object] = {"way": way, "chargers": chargers, "boxes": boxes, "seeds": seeds}
        for name, measure in shown.measures.items():
            row |= {name: measure.value, f"{name}_low": measure.low, f"{name}_high": measure.high}
        rows.append({**row, "meets": shown.meets(search.goals)})
    return pl.DataFrame(rows, infer_schema_length=None).sort("way", "boxes", "chargers", "seeds")
