"""Tours of vans from the depot and back by PyVRP: capacity, windows, hours and range.

Iterated local search; Wouda, Lan and Kool 2024, INFORMS Journal on Computing 36:943-955.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from data.errors import InfeasibleError
from fleet.operators.distribution.nearest_places import (
    TourLimits,
    nearest_in_turn,
    nearest_of_each,
    whole_between,
)
from fleet.operators.distribution.vans import DEPOT

if TYPE_CHECKING:
    from data.arrays import Ints
    from fleet.operators.distribution.pieces import Pieces
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
    pieces: Pieces, ways: Ways, van: Van, iterations: int, seed: int, *, quick: bool = False
) -> list[list[int]]:
    """Return tours from the depot and back, by the numbers of their pieces in order.

    Parameters
    ----------
    pieces
        What is brought.
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

    rows = ways.rows([DEPOT, *pieces.drops])
    whole: Any = whole_between(ways.km, ways.minutes, np.array(rows))  # pyvrp's stubs know no shapes
    metres, seconds = whole
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0)] * len(rows),
        _clients(pyvrp, pieces, van),
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
    # between the depot at both ends, where alone vans are loaded
    return [[stop.idx for stop in route.schedule()[1:-1]] for route in solution.routes()]


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
    pieces[:] = [_activity(pyvrp, piece) for piece in range(number)]
    return dict(zip(pieces.tolist(), pieces[nearest].tolist(), strict=True))


@functools.lru_cache(maxsize=2048)
def _activity(pyvrp: Any, piece: int) -> Any:  # noqa: ANN401 - as above
    """Return what PyVRP calls the visit of a piece; kept, as it is the same in all networks."""
    return pyvrp.Activity(pyvrp.ActivityType.CLIENT, piece)


def nearest_tours(pieces: Pieces, metres: Ints, seconds: Ints, van: Van) -> list[list[int]]:
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
    parcels = pieces.parcels.astype(np.float64)
    service_s = van.service_min(parcels) * _S
    most = TourLimits(
        float(van.parcels), float(van.payload_kg), float(van.range_km * _M), float((van.shift_min - van.load_min) * _S)
    )
    order, tours = nearest_in_turn(metres, seconds, parcels, pieces.kg, service_s, most)
    ends = np.flatnonzero(np.diff(tours)) + 1
    return [tour.tolist() for tour in np.split(order, ends)]


def _clients(pyvrp: Any, pieces: Pieces, van: Van) -> list[Any]:  # noqa: ANN401 - late types of pyvrp
    """Return the pieces as clients: parcels and grams, seconds."""
    grams, service_s, early, late = (
        whole.astype(np.int64).tolist()
        for whole in (
            np.ceil(pieces.kg * _M),
            np.ceil(van.service_min(pieces.parcels) * _S),
            np.ceil(pieces.earliest_min * _S),
            np.floor(pieces.latest_min * _S),
        )
    )
    rows = zip(pieces.parcels.tolist(), grams, service_s, early, late, strict=True)
    return [
        pyvrp.Client(location, delivery=[parcels, kg], service_duration=service, tw_early=begin, tw_late=end)
        for location, (parcels, kg, service, begin, end) in enumerate(rows, start=1)
    ]


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
