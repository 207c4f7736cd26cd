"""How many berths and trucks and how much tank LNG stations need for a target of service."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import polars as pl

from data.goals import Finding, Sizing, within
from shipping.sizing.lng_findings import findings
from shipping.sizing.station_sizes import (
    LEAST_TANK_M3,
    StationSearch,
    StationSize,
    changed,
    smaller,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.goals import Figure, Goal
    from shipping.parameters.port_parameters import BargeParameters
    from shipping.sizing.station_sizes import Evaluate, Sizes

GENEROUS: Final = (
    StationSize(1, 200.0, all_day=True, trucks=3),
    StationSize(2, 300.0, all_day=True, trucks=6),
    StationSize(3, 500.0, all_day=True, trucks=9),
    StationSize(4, 800.0, all_day=True, trucks=12),
)
"""Sizes of a station from which the search first takes back what is not needed: steps, not figures about the world."""
_MOST_SETS: Final = 4  # fresh sets that may turn an answer down before the search climbs from the last one
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
    station, and the barge for trucks. The answer is checked on fresh random numbers; where it fails there, these join
    those of the search, which begins again. Where no generous size meets the target and the budget leaves room, the
    step up from the smallest sizes is taken that brings the service nearest to it. No single step can be taken back
    from the answer.

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
        once), ``supply``. ``binds`` also has what binds at the stations as they
        stand, and the price of each rule for unloading: what the answer shows under it.
    """
    search = StationSearch(stations, sized, evaluate, goals, budget or {}, barge, confirm)
    # the window of the table instead of all day: the least that a station can be
    smallest: Sizes = tuple(StationSize(1, LEAST_TANK_M3, all_day=False, trucks=1) for _ in sized)
    means = (False,) if barge is None else (False, True)
    levels: list[Sizes] = [tuple(level._replace(barge=by) for _ in sized) for by in means for level in GENEROUS]
    allowed = [sizes for sizes in (smallest, *levels) if search.allowed(sizes)]
    found, verified = _descended(search, allowed)
    # the whole ladder was affordable and failed: steps do not help; one that the budget cut off leaves some to try
    if found is None and len(allowed) > len(levels):
        best = min(allowed, key=search.excess)
    elif found is not None and verified:
        best = found
    else:
        best, verified = _climbed(search, found or smallest)
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
    asked: dict[str, Figure] = {"stations": tuple(sized), "goals": tuple(goals), "budget": within(search.budget)}
    question = Finding("question_lng", asked)
    return Sizing(question, answer, _frontier(search), findings(search, best, verified=verified), feasible=verified)


def _descended(search: StationSearch, levels: Sequence[Sizes]) -> tuple[Sizes | None, bool]:
    """Return the least sizes below the first level that meets the target, and whether fresh random numbers confirm it.

    Where they do not they join those of the search, and the first level that meets the target on all of them is next:
    a single step up from what just failed rarely helps against a tank that ran dry by chance.
    """
    best = None
    for _ in range(_MOST_SETS):
        start = next((sizes for sizes in levels if search.meets(sizes)), None)
        if start is None:
            break
        best = _trimmed(search, _halved(search, start))
        if search.confirmed(best):
            return best, True
    return best, False


def _climbed(search: StationSearch, sizes: Sizes) -> tuple[Sizes, bool]:
    """Return the least sizes found from some on, and whether they also meet the target on fresh random numbers."""
    in_vain = 0
    for _ in range(_MOST_STEPS):
        if search.meets(sizes):
            sizes = _trimmed(search, sizes)
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
