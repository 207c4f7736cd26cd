"""Routes of vans: capacity, windows, hours and range, with charging in the depot between two tours.

Tours are those of a search. A van drives as many of them one after the other as its shift and its battery last for,
charging while it is loaded or longer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import polars as pl

from data.errors import DataError, InfeasibleError
from fleet.operators.distribution.best_fit import (
    BACK,
    BEGIN,
    CHARGED,
    CLOCK,
    EARLIEST,
    END,
    FIRST,
    KM,
    LATEST,
    READY,
    SERVICE,
    STAY,
    VAN,
    WAY,
    VanLimits,
    driven_days,
)
from fleet.operators.distribution.pieces import Pieces
from fleet.operators.distribution.tour_search import searched_tours
from fleet.operators.distribution.vans import DEPOT

if TYPE_CHECKING:
    from data.arrays import Floats
    from fleet.operators.distribution.vans import Van
    from fleet.operators.ways import Ways

ROUTES: Final = pl.Schema(
    {
        "van": pl.Int64,
        "stop": pl.Int64,
        "place": pl.String,
        "arrive_min": pl.Float64,
        "leave_min": pl.Float64,
        "km": pl.Float64,
        "way_min": pl.Float64,
        "earliest_min": pl.Float64,
        "latest_min": pl.Float64,
        "parcels": pl.Int64,
        "kg": pl.Float64,
        "charged_kwh": pl.Float64,
        "battery_kwh": pl.Float64,
    }
)
"""Columns: a row per stop of a van, the depot first, between tours, and last; `km` and `way_min` are the way to it,
`earliest_min` and `latest_min` its window (null in the depot), `parcels` and `kg` what is handed over there,
`charged_kwh` goes into the battery before leaving, `battery_kwh` is there then."""
MOST_VISITS: Final = 1_500
"""Visits of a day that are planned: five times a county's; the search takes their square in time and memory."""


@dataclass(frozen=True)
class Routes:
    """Routes of the vans of a network.

    Attributes
    ----------
    vans, km, kwh, hours, parcels : float
        Of a day; `hours` are those of the drivers, `kwh` at the battery.
    """

    vans: int
    km: float
    kwh: float
    hours: float
    parcels: int
    _driven: _Driven = field(repr=False)

    @cached_property
    def table(self) -> pl.DataFrame:
        """Columns of `ROUTES`; made when it is asked for, because points of a sample ask for the sums alone."""
        days = [self._driven.stops(van) for van in range(self.vans)]
        rows = [(number, stop, *row) for number, day in enumerate(days) for stop, row in enumerate(day)]
        return pl.DataFrame(rows, schema=ROUTES, orient="row")


def van_routes(
    drops: pl.DataFrame, ways: Ways, van: Van, *, iterations: int = 400, seed: int = 0, quick: bool = False
) -> Routes:
    """Return routes that cost least, vans, km and hours together.

    Parameters
    ----------
    drops
        Columns of `fleet.operators.distribution.deliveries.DROPS`.
    ways
        Between the drops and the depot.
    van
        The van.
    iterations
        Iterations of the search; the same routes on every machine for the same number.
    seed
        Seed of the search.
    quick
        As of `fleet.operators.distribution.tour_search.searched_tours`.

    Raises
    ------
    DataError
        A parcel that no van can carry, or no drops.
    InfeasibleError
        A place that no van can serve within its window, hours and range; no feasible routes in the iterations; or more
        than `MOST_VISITS` visits.
    """
    if not drops.height:
        raise DataError("van routes: got no deliveries, expected some. Add rows to deliveries.csv, or residents.")
    pieces = Pieces.of(drops, van)
    if len(pieces) > MOST_VISITS:
        raise InfeasibleError(
            f"van routes: got {len(pieces):,} visits a day; expected at most {MOST_VISITS:,}, which a search plans in "
            "minutes. Give the operators of a large city by district: fewer rows in deliveries.csv, or smaller shares."
        )
    _check_reach(pieces, ways, van)
    tours = searched_tours(pieces, ways, van, iterations, seed, quick=quick)
    driven = _Driven.of(tours, pieces, ways, van)
    hours = math.fsum(driven.vans[:, BACK] - driven.vans[:, BEGIN]) / 60.0
    km = float(pl.Series(driven.ways_km(), dtype=pl.Float64).sum())
    parcels = int(pieces.parcels[[piece for day in driven.days for tour in day for piece in tours[tour]]].sum())
    return Routes(len(driven.vans), km, km * van.kwh_per_km, hours, parcels, driven)


def _check_reach(pieces: Pieces, ways: Ways, van: Van) -> None:
    """Raise where a place cannot be served by a van that goes nowhere else."""
    home, *places = ways.rows([DEPOT, *pieces.drops])
    earliest, latest = pieces.earliest_min, pieces.latest_min
    km = ways.km[home, places] + ways.km[places, home]
    far = km > van.range_km + 1e-9
    arrive = np.maximum(earliest, van.start_min + van.load_min + ways.minutes[home, places])
    back = arrive + van.drop_min + van.parcel_min * pieces.parcels + ways.minutes[places, home]
    lost = far | (arrive > latest) | (back > van.start_min + van.shift_min)
    if not lost.any():
        return
    first = int(lost.argmax())
    place = pieces.drops[first]
    if far[first]:
        raise InfeasibleError(
            f"van routes: {place!r} is {km[first]:.0f} km there and back, a van drives {van.range_km:.0f} km "
            "on its battery. Expected a place in range: give a larger battery, or a depot nearby."
        )
    raise InfeasibleError(
        f"van routes: {place!r} cannot be served between {earliest[first]:.0f} and "
        f"{latest[first]:.0f} min within a shift of {van.shift_min / 60.0:g} h. Expected a wider window, "
        "a longer shift, or a depot nearby."
    )


@dataclass(frozen=True)
class _Driven:
    """The days of vans, each with the tours that it drives one after the other.

    Attributes
    ----------
    legs, tours, vans : numpy.ndarray
        As the memory map of `fleet.operators.distribution.best_fit` says.
    pieces : Pieces
        What is brought.
    brought : list of list of int
        Numbers of the pieces of each tour, in order.
    days : list of list of int
        Numbers of the tours of each van, in order.
    kwh_per_km : float
        Use.
    """

    legs: Floats
    tours: Floats
    vans: Floats
    pieces: Pieces
    brought: list[list[int]]
    days: list[list[int]]
    kwh_per_km: float

    @classmethod
    def of(cls, brought: list[list[int]], pieces: Pieces, ways: Ways, van: Van) -> Self:
        """Return the days of vans that drive tours, given by the numbers of their pieces."""
        home, *places = ways.rows([DEPOT, *pieces.drops])
        # each way ends at a piece, or at home where there is none
        ends = np.array([piece for tour in brought for piece in (*tour, -1)])
        begins = np.cumsum([0, *(len(tour) + 1 for tour in brought)])
        rows = np.array([*places, home])
        to = rows[ends]
        come = np.concatenate([[home], to[:-1]])
        legs = np.zeros((len(ends), 5))
        legs[:, KM], legs[:, WAY] = ways.km[come, to], ways.minutes[come, to]
        at_piece, piece = ends >= 0, ends[ends >= 0]
        legs[at_piece, SERVICE] = van.service_min(pieces.parcels)[piece]
        legs[at_piece, EARLIEST], legs[at_piece, LATEST] = pieces.earliest_min[piece], pieces.latest_min[piece]
        tours = np.zeros((len(brought), 9))
        tours[:, FIRST], tours[:, END] = begins[:-1], begins[1:]
        limits = (getattr(van, name) for name in VanLimits._fields)
        order, vans = driven_days(legs, tours, VanLimits(*map(float, limits)))
        days: list[list[int]] = [[] for _ in vans]
        for tour, which in zip(order.tolist(), tours[order, VAN].astype(np.int64).tolist(), strict=True):
            if which >= 0:
                days[which].append(tour)
        return cls(legs, tours, vans, pieces, brought, days, van.kwh_per_km)

    def ways_km(self) -> list[float]:
        """Return the ways of the vans as in the table, where the first stop of a day has none."""
        km = self.legs[:, KM].tolist()
        first, end = self.tours[:, [FIRST, END]].astype(np.int64).T.tolist()
        days = [[way for tour in day for way in km[first[tour] : end[tour]]] for day in self.days]
        return [way for day in days if day for way in (0.0, *day)]

    def stops(self, van: int) -> list[tuple[Any, ...]]:
        """Return the stops of a van as rows of `ROUTES` without van and stop."""
        rows: list[tuple[Any, ...]] = []
        back = 0.0, 0.0
        for tour in self.days[van]:
            begin, stay, charged, kwh = self.tours[tour, [CLOCK, STAY, CHARGED, READY]].tolist()
            clock = begin + stay
            rows.append((DEPOT, begin, clock, *back, None, None, 0, 0.0, charged, kwh))
            *legs, home = self.legs[int(self.tours[tour, FIRST]) : int(self.tours[tour, END])].tolist()
            for piece, (km, minutes, service, earliest, latest) in zip(self.brought[tour], legs, strict=True):
                arrive = max(clock + minutes, earliest)
                clock, kwh = arrive + service, kwh - km * self.kwh_per_km
                parcels, kg = int(self.pieces.parcels[piece]), float(self.pieces.kg[piece])
                place = self.pieces.drops[piece]
                rows.append((place, arrive, clock, km, minutes, earliest, latest, parcels, kg, 0.0, kwh))
            back = home[KM], home[WAY]
        if not rows:
            return rows
        _, end, kwh, _ = self.vans[van].tolist()
        return [*rows, (DEPOT, end, end, *back, None, None, 0, 0.0, 0.0, kwh)]
