"""Tours of vans from the depot and back by PyVRP: capacity, windows, hours and range.

Iterated local search; Wouda, Lan and Kool 2024, INFORMS Journal on Computing 36:943-955.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from data.errors import InfeasibleError
from fleet.operators.distribution.nearest_places import TourLimits, nearest_in_turn, nearest_of_each
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
        Whether tours to the nearest place each time are improved by moving a place, exchanging two of them, or the ends
        of two tours, and that is all: where it finds feasible ones.

    Raises
    ------
    InfeasibleError
        No feasible tours in the iterations.
    """
    import pyvrp  # noqa: PLC0415 - loads matplotlib, and only routes need it

    rows = ways.rows([DEPOT, *(piece["drop"] for piece in pieces)])
    cross = np.ix_(rows, rows)
    # rounded up: what holds in whole seconds and metres holds
    metres: Any = np.ceil(ways.km * _M).astype(np.int64)[cross]  # pyvrp's stubs know no shapes
    seconds: Any = np.ceil(ways.minutes * _S).astype(np.int64)[cross]
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0)] * len(rows),
        [_client(pyvrp, piece, van, location) for location, piece in enumerate(pieces, start=1)],
        # loading is the service of the depot before each tour
        [pyvrp.Depot(0, service_duration=math.ceil(van.load_min * _S))],
        [_vehicles(pyvrp, van, len(pieces))],
        [metres],
        [seconds],
    )
    if quick:
        first = nearest_tours(pieces, metres, seconds, van)
        better = _improved(pyvrp, data, seed, first, near_pieces(pyvrp, metres, seconds, data.vehicle_type(0)))
        if better.is_feasible():
            return _tours(better)
    # penalties take some iterations to settle: a search that found nothing goes on for longer
    for times in _LONGER:
        best = _searched(pyvrp, data, iterations * times, seed)
        if best.is_feasible():
            return _tours(best)
    raise InfeasibleError(
        f"van routes: no feasible routes in {iterations * _LONGER[-1]} iterations. Allow more of them, a longer "
        "shift or a larger battery."
    )


def _tours(solution: Any) -> list[list[int]]:  # noqa: ANN401 - a late type of pyvrp
    """Return the tours of a solution by the numbers of their pieces."""
    return [[stop.idx for stop in route.schedule() if stop.is_client()] for route in solution.routes()]


def _searched(pyvrp: Any, data: Any, iterations: int, seed: int) -> Any:  # noqa: ANN401 - late types of pyvrp
    """Return the best solution of PyVRP's search from random tours."""
    limit = pyvrp.stop.MaxIterations(iterations)
    params = pyvrp.SolveParams(penalty=pyvrp.PenaltyParams(max_penalty=_PENALTY))
    return pyvrp.solve(data, limit, seed=seed, collect_stats=False, display=False, params=params).best


def _improved(pyvrp: Any, data: Any, seed: int, first: list[list[int]], near: Any) -> Any:  # noqa: ANN401 - as above
    """Return tours that are given after moves of PyVRP's local search, until none of them is better."""
    search = pyvrp.search
    local = search.LocalSearch(data, pyvrp.RandomNumberGenerator(seed=seed), near)
    for kind in (search.Relocate1, search.Swap11, search.SwapTails):
        local.add_operator(kind(data))
    penalty = pyvrp.PenaltyParams(max_penalty=_PENALTY)
    dearest = pyvrp.PenaltyManager(penalty.midpoint_penalties(data), penalty).max_cost_evaluator()
    return local(pyvrp.Solution(data, first), dearest, exhaustive=True)


def near_pieces(pyvrp: Any, metres: Ints, seconds: Ints, vehicle: Any) -> Any:  # noqa: ANN401 - as above
    """Return the pieces near to each by the cost of the way, as PyVRP's search takes them.

    Its own `compute_neighbours` counts windows too, of which deliveries have few, and takes twice as long.
    """
    number = len(metres) - 1
    most = min(_NEIGHBOURS, number - 1)
    nearest = nearest_of_each(metres, seconds, vehicle.unit_distance_cost, vehicle.unit_duration_cost, most)
    pieces = np.empty(number, dtype=object)
    pieces[:] = [pyvrp.Activity(pyvrp.ActivityType.CLIENT, piece) for piece in range(number)]
    return dict(zip(pieces.tolist(), pieces[nearest].tolist(), strict=True))


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
    parcels, kg, service_s = np.array(
        [(piece["parcels"], piece["kg"], van.service_min(piece["parcels"]) * _S) for piece in pieces], dtype=np.float64
    ).T.copy()
    most = TourLimits(
        float(van.parcels), float(van.payload_kg), float(van.range_km * _M), float((van.shift_min - van.load_min) * _S)
    )
    order, tours = nearest_in_turn(metres, seconds, parcels, kg, service_s, most)
    ends = np.flatnonzero(np.diff(tours)) + 1
    return [tour.tolist() for tour in np.split(order, ends)]


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
