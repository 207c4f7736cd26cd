"""How many berths and trucks and how much tank LNG stations need for a target of service."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import polars as pl

from data.goals import Sizing
from shipping.ports.station_spec import UnloadRule
from shipping.sizing.station_sizes import (
    LEAST_TANK_M3,
    SEARCH,
    TANK_STEP_M3,
    StationSearch,
    StationSize,
    changed,
    smaller,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.goals import Goal
    from shipping.parameters.port_parameters import BargeParameters
    from shipping.sizing.station_sizes import Evaluate, Sizes

GENEROUS: Final = (
    StationSize(1, 200.0, all_day=True, trucks=3),
    StationSize(2, 300.0, all_day=True, trucks=6),
    StationSize(3, 500.0, all_day=True, trucks=9),
    StationSize(4, 800.0, all_day=True, trucks=12),
)
"""Sizes of a station from which the search first takes back what is not needed: steps, not figures about the world."""
_MOST_STEPS: Final = 40  # bounds the time of a search that climbs for ever
_IN_VAIN: Final = 4  # steps that bring nothing before it gives up: one step of each kind may only help together


def size_stations(
    stations: pl.DataFrame,
    sized: Sequence[str],
    evaluate: Evaluate,
    goals: Sequence[Goal],
    *,
    budget: Mapping[str, int] | None = None,
    barge: BargeParameters | None = None,
    confirm: Evaluate | None = None,
) -> Sizing:
    """Return the least berths, tanks and deliveries of stations that meet a target.

    From the first generous size of all stations that meets the target, first with trucks and then with barges, steps
    that are not needed are taken back: a berth, 50 m3 of tank, the nights, or a delivery on order at a time at one
    station, and the barge for trucks. Where none meets it, the step up
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
        Most ``berths``, ``tank_m3`` and ``trucks`` of the sized stations together.
    barge : BargeParameters, optional
        What supply by barge is; None: it is not tried.
    confirm : callable, optional
        As `evaluate`, exact where that one simplifies: what the search finds must meet the target here too.

    Returns
    -------
    Sizing
        ``answer`` has one row per station: ``station, berths, tank_m3, open_all_day, trucks`` (deliveries on order at
        once), ``supply``. ``binds`` also has the price of each rule for unloading: what the answer shows under it.
    """
    search = StationSearch(stations, sized, evaluate, goals, budget or {}, barge, confirm)
    # the window of the table instead of all day: the least that a station can be
    smallest: Sizes = tuple(StationSize(1, LEAST_TANK_M3, all_day=False, trucks=1) for _ in sized)
    means = (False,) if barge is None else (False, True)
    levels: list[Sizes] = [tuple(level._replace(barge=by) for _ in sized) for by in means for level in GENEROUS]
    allowed = [sizes for sizes in (smallest, *levels) if search.allowed(sizes)]
    start = next((sizes for sizes in allowed if search.meets(sizes)), None)
    # the whole ladder was affordable and failed: steps do not help; one that the budget cut off leaves some to try
    if start is None and len(allowed) > len(levels):
        best, verified = min(allowed, key=search.excess), False
    else:
        best, verified = _climbed(search, start or smallest)
    answer = pl.DataFrame(
        [(name, *size[:-1], "barge" if size.barge else "truck") for name, size in zip(sized, best, strict=True)],
        schema={
            "station": pl.String,
            "berths": pl.Int64,
            "tank_m3": pl.Float64,
            "open_all_day": pl.Boolean,
            "trucks": pl.Int64,
            "supply": pl.String,
        },
        orient="row",
    )
    limited = ", ".join(f"at most {limit} {name}" for name, limit in search.budget.items()) or "no budget"
    question = f"Least berths, tanks and trucks of {', '.join(sized)} for {', '.join(map(str, goals))}; {limited}."
    lines = [*_binds(search, best, verified=verified), *_rules(search, best)]
    return Sizing(question, answer, _frontier(search), tuple(lines), feasible=verified)


def _climbed(search: StationSearch, sizes: Sizes) -> tuple[Sizes, bool]:
    """Return the least sizes found from some on, and whether they also meet the target on fresh random numbers."""
    in_vain = 0
    for _ in range(_MOST_STEPS):
        if search.meets(sizes):
            # the first time many steps are left to take back, later those around an answer that just failed
            sizes = _trimmed(search, _halved(search, sizes) if len(search.sets) == 1 else sizes)
            if search.confirmed(sizes):
                return sizes, True
        options = search.larger(sizes)
        if not options or in_vain >= _IN_VAIN:
            break
        # ties go to the smaller tank, then to the order of the fields: the same search in every process
        best = min(options, key=lambda option: (search.excess(option), sum(size.tank_m3 for size in option), option))
        in_vain = 0 if search.excess(best) < search.excess(sizes) else in_vain + 1
        sizes = best
    return sizes, False


def _halved(search: StationSearch, sizes: Sizes) -> Sizes:
    """Take back many steps of a field at once: the least at which the target is met, by halving."""
    for number, what in itertools.product(range(len(sizes)), StationSize._fields):
        # the target is met with `holds` steps less, and missed, or nothing is left, with `fails` less
        holds, fails = 0, sizes[number].steps_down(what) + 1
        while fails - holds > 1:
            middle = (holds + fails) // 2
            if search.meets(changed(sizes, number, what, -middle)):
                holds = middle
            else:
                fails = middle
        sizes = changed(sizes, number, what, -holds)
    return sizes


def _trimmed(search: StationSearch, sizes: Sizes) -> Sizes:
    """Take back steps as long as the target is met: none can be taken back from the result."""
    while True:
        fewer = next((less for less in smaller(sizes) if search.meets(less)), None)
        if fewer is None:
            return sizes
        sizes = fewer


_STEP_WORDS: Final = {
    "berths": "a berth",
    "tank_m3": f"{TANK_STEP_M3:.0f} m3 of tank",
    "all_day": "the nights",
    "trucks": "a delivery",
    "barge": "the barge",
}


def _binds(search: StationSearch, sizes: Sizes, *, verified: bool) -> list[str]:
    """Return what keeps the answer from being smaller, or the target from being met."""
    if not verified:
        shown = max((search.show(sizes, seeds) for seeds in search.sets), key=search.over)
        goal = shown.worst(search.goals)
        value = shown.measures[goal.measure].words(goal.measure)
        return [
            f"No size that was tried meets {goal}: {value}. Further berths and tank no longer help, or cost too much.",
            *_supplies(search),
        ]
    lines = [f"Met with {'; '.join(_described(search, sizes))}.", *_supplies(search)]
    for fewer in smaller(sizes):
        pairs = enumerate(zip(fewer, sizes, strict=True))
        number, less, size = next((number, *pair) for number, pair in pairs if pair[0] != pair[1])
        changed = next(name for name in StationSize._fields if getattr(less, name) != getattr(size, name))
        # on the set where it is worst: there it misses the target
        shown = max((search.show(fewer, seeds) for seeds in search.sets), key=search.over)
        goal = shown.worst(search.goals)
        value = shown.measures[goal.measure].words(goal.measure)
        lines.append(f"With {_STEP_WORDS[changed]} less at {search.sized[number]}: {value}, the target is {goal}.")
    return lines


def _described(search: StationSearch, sizes: Sizes) -> list[str]:
    """Return the sizes in words, stations that are alike together."""
    stations_of: dict[StationSize, list[str]] = {}
    for name, size in zip(search.sized, sizes, strict=True):
        stations_of.setdefault(size, []).append(name)
    return [
        f"supply by {'barge' if size.barge else 'truck'}, {size.berths} berth{'s' if size.berths > 1 else ''}, "
        f"{size.tank_m3:.0f} m3, open {'all day' if size.all_day else 'as today'} at {' and '.join(names)}"
        for size, names in stations_of.items()
    ]


def _supplies(search: StationSearch) -> list[str]:
    """Return what the best that was tried with trucks alone shows, where barges were tried too."""
    if search.barge is None:
        return []
    tried = [(sizes, shown) for (sizes, _), shown in search.seen.items() if not any(size.barge for size in sizes)]
    if not tried or any(shown.meets(search.goals) for _, shown in tried):
        return []
    sizes, shown = min(tried, key=lambda one: (search.over(one[1]), one[0]))
    goal = shown.worst(search.goals)
    value = shown.measures[goal.measure].words(goal.measure)
    return [f"By truck the nearest is {value}, the target is {goal}: {'; '.join(_described(search, sizes))}."]


def _rules(search: StationSearch, sizes: Sizes) -> list[str]:
    """Return the price of the rules for unloading: what the target's worst measure shows under each of them."""
    if "unload_alone" not in search.stations.columns:
        return []
    table = search.table(sizes)
    lines = []
    for rule in UnloadRule:
        # two tanks of half the size, so that one can serve: the least that the rule by tank asks for
        changes = {"unload_rule": pl.lit(rule.value), "tanks": pl.lit(2, pl.Int64)}
        shown = search.evaluate(table.with_columns(**changes), SEARCH)
        goal = shown.worst(search.goals)
        value = shown.measures[goal.measure].words(goal.measure)
        lines.append(f"While a delivery unloads, rule {rule.value}: {value}.")
    return lines


def _frontier(search: StationSearch) -> pl.DataFrame:
    """Return all sizes that were evaluated, small to large."""
    rows = []
    for (sizes, seeds), shown in search.seen.items():
        row: dict[str, object] = {
            "berths": sum(size.berths for size in sizes),
            "tank_m3": sum(size.tank_m3 for size in sizes),
            "trucks": sum(size.trucks for size in sizes),
            "sizes": "; ".join(
                f"{name} {size.berths} x {size.tank_m3:.0f}{' all day' if size.all_day else ''}, "
                f"{size.trucks} {'barges' if size.barge else 'trucks'}"
                for name, size in zip(search.sized, sizes, strict=True)
            ),
            "seeds": seeds,
        }
        for name, measure in shown.measures.items():
            row |= {name: measure.value, f"{name}_low": measure.low, f"{name}_high": measure.high}
        rows.append({**row, "meets": shown.meets(search.goals)})
    return pl.DataFrame(rows, infer_schema_length=None).sort("tank_m3", "berths", "seeds", "sizes")
