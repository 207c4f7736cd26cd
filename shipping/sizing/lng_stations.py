"""How many berths and trucks and how much tank LNG stations need for a target of service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from data.goals import Sizing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data.goals import Goal, Service

    Evaluate = Callable[[pl.DataFrame, int], Service]
    Size = tuple[int, float, bool, int]  # berths, tank in m3, open all day, trucks
    Sizes = tuple[Size, ...]

SEARCH: Final = 0
TANK_STEP_M3: Final = 50.0
"""Step of the tank sizes that are tried: a design choice, not a figure about the world."""
LEAST_TANK_M3: Final = 100.0
"""Smallest tank that is tried: it takes a road tanker and a bunkering."""
GENEROUS: Final = ((1, 200.0, True, 3), (2, 300.0, True, 6), (3, 500.0, True, 9), (4, 800.0, True, 12))
"""Sizes of a station from which the search first takes back what is not needed: steps, not figures about the world."""
_MOST_STEPS: Final = 40
_IN_VAIN: Final = 4


@dataclass(slots=True)
class _Search:
    """Evaluates sizes of stations and remembers what they showed."""

    stations: pl.DataFrame
    sized: Sequence[str]
    evaluate: Evaluate
    goals: Sequence[Goal]
    budget: Mapping[str, int]
    seen: dict[tuple[Sizes, int], Service] = field(default_factory=dict)
    sets: list[int] = field(default_factory=lambda: [SEARCH])

    def table(self, sizes: Sizes) -> pl.DataFrame:
        """Return the stations with these sizes."""
        berths = {name: size[0] for name, size in zip(self.sized, sizes, strict=True)}
        tanks = {name: size[1] for name, size in zip(self.sized, sizes, strict=True)}
        name = pl.col("station")
        all_day = name.is_in([own for own, size in zip(self.sized, sizes, strict=True) if size[2]])
        trucks = {name: size[3] for name, size in zip(self.sized, sizes, strict=True)}
        return self.stations.with_columns(
            berths=name.replace_strict(berths, default=pl.col("berths"), return_dtype=pl.Int64),
            tank_m3=name.replace_strict(tanks, default=pl.col("tank_m3"), return_dtype=pl.Float64),
            tank_start_m3=pl.lit(None, pl.Float64),
            trucks=name.replace_strict(trucks, default=None, return_dtype=pl.Int64),
            open_h=pl.when(all_day).then(0.0).otherwise("open_h"),
            close_h=pl.when(all_day).then(24.0).otherwise("close_h"),
        )

    def show(self, sizes: Sizes, seeds: int = SEARCH) -> Service:
        """Return what sizes show on a set of seeds."""
        if (sizes, seeds) not in self.seen:
            self.seen[sizes, seeds] = self.evaluate(self.table(sizes), seeds)
        return self.seen[sizes, seeds]

    def meets(self, sizes: Sizes) -> bool:
        """Tell whether sizes meet the target on every set of seeds that the search has come to use."""
        return all(self.show(sizes, seeds).meets(self.goals) for seeds in self.sets)

    def excess(self, sizes: Sizes) -> float:
        """Return the sum of what is over the limits, relative to them, on the worst set of seeds."""
        return max(self.over(self.show(sizes, seeds)) for seeds in self.sets)

    def over(self, shown: Service) -> float:
        """Return the sum of what is over the limits in an evaluation."""
        parts = (goal.excess(shown.measures[goal.measure]) / max(1e-9, abs(goal.limit)) for goal in self.goals)
        return sum(max(0.0, part) for part in parts)

    def allowed(self, sizes: Sizes) -> bool:
        """Tell whether sizes are within the budget."""
        totals = {name: sum(size[at] for size in sizes) for name, at in (("berths", 0), ("tank_m3", 1), ("trucks", 3))}
        return all(totals[name] <= limit for name, limit in self.budget.items())

    def larger(self, sizes: Sizes) -> list[Sizes]:
        """Return the sizes with one step more at one station, within the budget."""
        found = [
            (*sizes[:at], more, *sizes[at + 1 :])
            for at, (berths, tank, all_day, trucks) in enumerate(sizes)
            for more in (
                (berths + 1, tank, all_day, trucks),
                (berths, tank + TANK_STEP_M3, all_day, trucks),
                (berths, tank, True, trucks),
                (berths, tank, all_day, trucks + 1),
            )
            if more != sizes[at]
        ]
        return [one for one in found if self.allowed(one)]

    def smaller(self, sizes: Sizes) -> list[Sizes]:
        """Return the sizes with one step less at one station."""
        return [
            (*sizes[:at], less, *sizes[at + 1 :])
            for at, (berths, tank, all_day, trucks) in enumerate(sizes)
            for less in (
                (berths - 1, tank, all_day, trucks),
                (berths, tank - TANK_STEP_M3, all_day, trucks),
                (berths, tank, False, trucks),
                (berths, tank, all_day, trucks - 1),
            )
            if less != sizes[at] and less[0] >= 1 and less[1] >= LEAST_TANK_M3 and less[3] >= 1
        ]


def size_stations(
    stations: pl.DataFrame,
    sized: Sequence[str],
    evaluate: Evaluate,
    goals: Sequence[Goal],
    *,
    budget: Mapping[str, int] | None = None,
) -> Sizing:
    """Return the least berths, tanks and trucks of stations that meet a target.

    From the first generous size of all stations that meets the target, steps that are not needed are taken back: a
    berth, 50 m3 of tank, the nights, or a truck on order at a time at one station. Where none meets it, the step up
    from the smallest sizes is taken that brings the service nearest to the target, until it is met. The answer is
    checked on fresh random numbers; where it fails there, these join those of the search. No single step can be taken
    back from the answer.

    Parameters
    ----------
    stations : polars.DataFrame
        All stations, as for `shipping.simulate`.
    sized : sequence of str
        The stations whose size is open.
    evaluate : callable
        ``evaluate(stations, seeds)`` simulates on a set of random numbers (0: search, 1: fresh).
    goals : sequence of Goal
        The target.
    budget : mapping of str to int
        ``berths``, ``tank_m3``, ``trucks`` of the sized stations together: at most so much.

    Returns
    -------
    Sizing
        ``answer`` has a row a station: ``station, berths, tank_m3, open_all_day, trucks``.
    """
    search = _Search(stations, sized, evaluate, goals, budget or {})
    smallest: Sizes = tuple((1, LEAST_TANK_M3, False, 1) for _ in sized)
    levels: list[Sizes] = [tuple(level for _ in sized) for level in GENEROUS]
    allowed = [one for one in (smallest, *levels) if search.allowed(one)]
    found = next((one for one in allowed if search.meets(one)), None)
    if found is None and len(allowed) > len(levels):
        found, verified = min(allowed, key=search.excess), False
    else:
        found, verified = _climbed(search, found or smallest)
    answer = pl.DataFrame(
        [(name, *size) for name, size in zip(sized, found, strict=True)],
        schema={
            "station": pl.String,
            "berths": pl.Int64,
            "tank_m3": pl.Float64,
            "open_all_day": pl.Boolean,
            "trucks": pl.Int64,
        },
        orient="row",
    )
    limited = ", ".join(f"at most {limit} {name}" for name, limit in search.budget.items()) or "no budget"
    question = f"Least berths, tanks and trucks of {', '.join(sized)} for {', '.join(map(str, goals))}; {limited}."
    return Sizing(
        question, answer, _frontier(search), tuple(_binds(search, found, verified=verified)), feasible=verified
    )


def _climbed(search: _Search, found: Sizes) -> tuple[Sizes, bool]:
    """Return the least sizes found from some on, and whether they also meet the target on fresh random numbers."""
    in_vain = 0
    for _ in range(_MOST_STEPS):
        if search.meets(found):
            found = _trimmed(search, found)
            fresh = len(search.sets)
            if search.show(found, fresh).meets(search.goals):
                return found, True
            search.sets.append(fresh)
        options = search.larger(found)
        if not options or in_vain >= _IN_VAIN:
            break
        best = min(options, key=lambda one: (search.excess(one), sum(size[1] for size in one), one))
        in_vain = 0 if search.excess(best) < search.excess(found) else in_vain + 1
        found = best
    return found, False


def _trimmed(search: _Search, sizes: Sizes) -> Sizes:
    """Take back steps as long as the target is met."""
    while True:
        fewer = next((one for one in search.smaller(sizes) if search.meets(one)), None)
        if fewer is None:
            return sizes
        sizes = fewer


def _binds(search: _Search, found: Sizes, *, verified: bool) -> list[str]:
    """Return what keeps the answer from being smaller, or the target from being met."""
    if not verified:
        shown = max((search.show(found, seeds) for seeds in search.sets), key=search.over)
        goal = shown.worst(search.goals)
        value = shown.measures[goal.measure].words(goal.measure)
        lines = [
            f"No size that was tried meets {goal}: {value}. Further berths and tank no longer help, or cost too much."
        ]
        return lines + _unloading(search, found, goal)
    lines = []
    for one in search.smaller(found):
        at = next(number for number, pair in enumerate(zip(one, found, strict=True)) if pair[0] != pair[1])
        new, old = one[at], found[at]
        what = "the nights" if new[2] != old[2] else "a truck" if new[3] != old[3] else f"{TANK_STEP_M3:.0f} m3 of tank"
        what = "a berth" if new[0] < old[0] else what
        shown = max((search.show(one, seeds) for seeds in search.sets), key=search.over)
        goal = shown.worst(search.goals)
        value = shown.measures[goal.measure].words(goal.measure)
        lines.append(f"With {what} less at {search.sized[at]}: {value}, the target is {goal}.")
    return lines or ["One berth and the smallest tank each are enough."]


def _unloading(search: _Search, found: Sizes, goal: Goal) -> list[str]:
    """Return what the goal shows without the rule that nobody bunkers while a truck unloads, where it holds."""
    table = search.table(found)
    if "unload_alone" not in table.columns or not table["unload_alone"].any():
        return []
    shown = search.evaluate(table.with_columns(unload_alone=pl.lit(value=False)), SEARCH).measures[goal.measure]
    return [f"If vessels could bunker while a truck unloads: {shown.words(goal.measure)}."]


def _frontier(search: _Search) -> pl.DataFrame:
    """Return all sizes that were evaluated, small to large."""
    rows = []
    for (sizes, seeds), shown in search.seen.items():
        row: dict[str, object] = {
            "berths": sum(size[0] for size in sizes),
            "tank_m3": sum(size[1] for size in sizes),
            "trucks": sum(size[3] for size in sizes),
            "sizes": "; ".join(
                f"{name} {berths} x {tank:.0f}{' all day' if all_day else ''}, {trucks} trucks"
                for name, (berths, tank, all_day, trucks) in zip(search.sized, sizes, strict=True)
            ),
            "seeds": seeds,
        }
        for name, one in shown.measures.items():
            row |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
        rows.append({**row, "meets": shown.meets(search.goals)})
    return pl.DataFrame(rows, infer_schema_length=None).sort("tank_m3", "berths", "seeds", "sizes")
