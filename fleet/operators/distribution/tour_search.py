"""Tours of vans from the depot and back by PyVRP: capacity, windows, hours and range.

Iterated local search; Wouda, Lan and Kool 2024, INFORMS Journal on Computing 36:943-955.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from data.errors import InfeasibleError
from fleet.operators.distribution.vans import DEPOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Ints
    from fleet.operators.distribution.vans import Van
    from fleet.operators.ways import Ways

_M: Final = 1000
_S: Final = 60
_LONGER: Final = (1, 5, 25)
"""Multiples of the iterations that are tried until there are feasible routes."""
_PENALTY: Final = 1e8
"""Most that a parcel, m or s too much may cost: by default less than the tour that it would save."""
_UNIT: Final = 1e-4
"""CNY that the search counts in: it takes whole numbers, and a m costs some of them."""
_NEIGHBOURS: Final = 20
"""Places nearby that a quick search looks at for each."""


def searched_tours(
    pieces: Sequence[dict[str, Any]], ways: Ways, van: Van, iterations: int, seed: int, *, quick: bool = False
) -> list[list[int]]:
    """Return tours from the depot and back, by the numbers of their pieces in order.

    Parameters
    ----------
    pieces
        What is brought: a row of `fleet.operators.distribution.deliveries.DROPS` that one van takes.
    ways
        Between the places and the depot.
    van
        The van.
    iterations, seed
        Of the search; without feasible tours it goes on for longer.
    quick
        Whether the search starts from tours to the nearest place each time, not from random ones, and tries few
        neighbours: as good after few iterations, in a third of the time.

    Raises
    ------
    InfeasibleError
        No feasible tours in the iterations.
    """
    import pyvrp  # noqa: PLC0415 - loads matplotlib, and only routes need it

    rows = ways.rows([DEPOT, *(piece["drop"] for piece in pieces)])
    cross = np.ix_(rows, rows)
    # rounded up: what holds in whole seconds and metres holds
    metres: Any = np.ceil(ways.km[cross] * _M).astype(np.int64)  # pyvrp's stubs know no shapes
    seconds: Any = np.ceil(ways.minutes[cross] * _S).astype(np.int64)
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0)] * len(rows),
        [_client(pyvrp, piece, van, location) for location, piece in enumerate(pieces, start=1)],
        # loading is the service of the depot before each tour
        [pyvrp.Depot(0, service_duration=math.ceil(van.load_min * _S))],
        [_vehicles(pyvrp, van, len(pieces))],
        [metres],
        [seconds],
    )
    first = nearest_tours(pieces, metres, seconds, van) if quick else None
    # penalties take some iterations to settle: a search that found nothing goes on for longer
    for times in _LONGER:
        result = _searched(pyvrp, data, iterations * times, seed, first)
        if result.is_feasible():
            return [[stop.idx for stop in route.schedule() if stop.is_client()] for route in result.best.routes()]
    raise InfeasibleError(
        f"van routes: no feasible routes in {iterations * _LONGER[-1]} iterations. Allow more of them, a longer "
        "shift or a larger battery."
    )


def _searched(pyvrp: Any, data: Any, iterations: int, seed: int, first: list[list[int]] | None) -> Any:  # noqa: ANN401 - late types of pyvrp
    """Return PyVRP's result; from tours that are given as its `solve` does from random ones, with few neighbours."""
    limit = pyvrp.stop.MaxIterations(iterations)
    penalty = pyvrp.PenaltyParams(max_penalty=_PENALTY)
    if first is None:
        params = pyvrp.SolveParams(penalty=penalty)
        return pyvrp.solve(data, limit, seed=seed, collect_stats=False, display=False, params=params)
    search = pyvrp.search
    near = search.compute_neighbours(data, search.NeighbourhoodParams(num_neighbours=_NEIGHBOURS))
    local = search.LocalSearch(data, pyvrp.RandomNumberGenerator(seed=seed), near, search.PerturbationManager())
    for kind in search.OPERATORS:
        if kind.supports(data):
            local.add_operator(kind(data))
    penalties = pyvrp.PenaltyManager(penalty.midpoint_penalties(data), penalty)
    # a start that is given is not improved by `solve` but around what an iteration has disturbed
    better = local(pyvrp.Solution(data, first), penalties.max_cost_evaluator(), exhaustive=True)
    return pyvrp.IteratedLocalSearch(data, penalties, local, better).run(limit, collect_stats=False)


def nearest_tours(pieces: Sequence[dict[str, Any]], metres: Ints, seconds: Ints, van: Van) -> list[list[int]]:
    """Return tours to the nearest place each time, each as long as capacity, shift and range last.

    Windows are left to the search: vans may come too early or too late.

    Parameters
    ----------
    pieces
        As of `searched_tours`.
    metres, seconds
        Ways between the depot, which is first, and the places of the pieces.
    van
        The van.
    """
    shift_s = (van.shift_min - van.load_min) * _S
    tours: list[list[int]] = []
    # what is served lies further away than all that is left
    left = metres[:, 1:].copy()
    at, parcels, kg, way_m, spent_s = 0, 0.0, 0.0, 0.0, 0.0
    for _ in pieces:
        number = int(left[at].argmin())
        left[:, number] = np.iinfo(np.int64).max
        piece, place = pieces[number], number + 1
        service_s = van.service_min(piece["parcels"]) * _S
        full = parcels + piece["parcels"] > van.parcels or kg + piece["kg"] > van.payload_kg
        far = way_m + metres.item(at, place) + metres.item(place, 0) > van.range_km * _M
        late = spent_s + seconds.item(at, place) + service_s + seconds.item(place, 0) > shift_s
        if not tours or full or far or late:
            tours.append([])
            at, parcels, kg, way_m, spent_s = 0, 0.0, 0.0, 0.0, 0.0
        tours[-1].append(number)
        parcels, kg = parcels + piece["parcels"], kg + piece["kg"]
        way_m, spent_s = way_m + metres.item(at, place), spent_s + seconds.item(at, place) + service_s
        at = place
    return tours


def _client(pyvrp: Any, piece: dict[str, Any], van: Van, location: int) -> Any:  # noqa: ANN401 - a late type of pyvrp
    """Return a piece as a client: parcels and grams, seconds."""
    return pyvrp.Client(
        location,
        delivery=[piece["parcels"], math.ceil(piece["kg"] * _M)],
        service_duration=math.ceil(van.service_min(piece["parcels"]) * _S),
        tw_early=math.ceil(piece["earliest_min"] * _S),
        tw_late=math.floor(piece["latest_min"] * _S),
    )


def _vehicles(pyvrp: Any, van: Van, most: int) -> Any:  # noqa: ANN401 - as above
    """Return as many tours as there are pieces; an hour of one costs the driver and its part of the van's day."""
    begin = math.ceil(van.start_min * _S)
    far = np.iinfo(np.int64).max if math.isinf(van.usable_kwh) else math.floor(van.range_km * _M)
    hour = van.cny_h + van.cny_day / (van.shift_min / 60.0)
    return pyvrp.VehicleType(
        most,
        [math.floor(van.parcels), math.floor(van.payload_kg * _M)],
        tw_early=begin,
        tw_late=begin + math.floor(van.shift_min * _S),
        shift_duration=math.floor(van.shift_min * _S),
        max_distance=far,
        unit_distance_cost=max(1, round(van.cny_km / _M / _UNIT)),
        unit_duration_cost=max(1, round(hour / 3600.0 / _UNIT)),
    )
