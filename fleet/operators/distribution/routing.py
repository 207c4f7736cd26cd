"""Routes of vans: capacity, windows, hours and range, with charging in the depot between two tours.

Tours are those of a search. A van drives as many of them one after the other as its shift and its battery last for,
charging while it is loaded or longer.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy as np
import polars as pl

from data.errors import DataError, InfeasibleError
from fleet.operators.distribution.tour_search import searched_tours
from fleet.operators.distribution.vans import DEPOT

if TYPE_CHECKING:
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
_PARTS: Final = 3
"""Pieces that a van holds at least: with larger ones a village that fills most of a van leaves the rest of it empty."""


class _Row(NamedTuple):
    """A row of the table of routes without van and stop."""

    place: str
    arrive_min: float
    leave_min: float
    km: float
    way_min: float
    earliest_min: float | None
    latest_min: float | None
    parcels: int
    kg: float
    charged_kwh: float
    battery_kwh: float


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
    _days: tuple[_Day | None, ...] = field(repr=False)
    _van: Van = field(repr=False)

    @cached_property
    def table(self) -> pl.DataFrame:
        """Columns of `ROUTES`; made when it is asked for, because points of a sample ask for the sums alone."""
        days = [day.whole(self._van) if day else [] for day in self._days]
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
    pieces = _pieces(drops, van)
    if len(pieces) > MOST_VISITS:
        raise InfeasibleError(
            f"van routes: got {len(pieces):,} visits a day; expected at most {MOST_VISITS:,}, which a search plans in "
            "minutes. Give the operators of a large city by district: fewer rows in deliveries.csv, or smaller shares."
        )
    _check_reach(pieces, ways, van)
    days = _combined(searched_tours(pieces, ways, van, iterations, seed, quick=quick), pieces, ways, van)
    hours = math.fsum(_length(day) for day in days) / 60.0
    tours = [[leg.tour for leg in day.legs] if day else [] for day in days]
    # as in the table, where the first stop of a day has no way
    ways_km = [way for day in tours if day for way in (0.0, *itertools.chain.from_iterable(tour.km for tour in day))]
    km = float(pl.Series(ways_km, dtype=pl.Float64).sum())
    parcels = sum(piece["parcels"] for day in tours for tour in day for piece in tour.pieces)
    return Routes(len(days), km, km * van.kwh_per_km, hours, parcels, tuple(days), van)


def _pieces(drops: pl.DataFrame, van: Van) -> list[dict[str, Any]]:
    """Return drops in pieces: what does not fill a van is brought in one, more in parts that several vans may bring."""
    pieces: list[dict[str, Any]] = []
    # by columns: rows with names take three times as long to make
    names = drops.columns
    for values in zip(*(drops[name].to_list() for name in names), strict=True):
        row = dict(zip(names, values, strict=True))
        each = row["kg"] / row["parcels"]
        if each > van.payload_kg or van.parcels < 1.0:
            raise DataError(
                f"van routes: a parcel for {row['drop']!r} has {each:g} kg, the van carries {van.payload_kg:g} kg and "
                f"{van.parcels:g} parcels. Expected a van larger than a parcel: take another vehicle_class."
            )
        most = max(1, int(min(van.parcels, van.payload_kg / max(each, 1e-9)) / _PARTS))
        number = math.ceil(row["parcels"] / most)
        base, more = divmod(row["parcels"], number)
        for part in range(number):
            parcels = base + (part < more)
            pieces.append({**row, "parcels": parcels, "kg": parcels * each, "row": len(pieces)})
    return pieces


def _check_reach(pieces: list[dict[str, Any]], ways: Ways, van: Van) -> None:
    """Raise where a place cannot be served by a van that goes nowhere else."""
    home, *places = ways.rows([DEPOT, *(piece["drop"] for piece in pieces)])
    parcels, earliest, latest = (
        np.array([piece[name] for piece in pieces], dtype=np.float64)
        for name in ("parcels", "earliest_min", "latest_min")
    )
    km = ways.km[home, places] + ways.km[places, home]
    far = km > van.range_km + 1e-9
    arrive = np.maximum(earliest, van.start_min + van.load_min + ways.minutes[home, places])
    back = arrive + van.drop_min + van.parcel_min * parcels + ways.minutes[places, home]
    lost = far | (arrive > latest) | (back > van.start_min + van.shift_min)
    if not lost.any():
        return
    first = int(lost.argmax())
    piece = pieces[first]
    if far[first]:
        raise InfeasibleError(
            f"van routes: {piece['drop']!r} is {km[first]:.0f} km there and back, a van drives {van.range_km:.0f} km "
            "on its battery. Expected a place in range: give a larger battery, or a depot nearby."
        )
    raise InfeasibleError(
        f"van routes: {piece['drop']!r} cannot be served between {piece['earliest_min']:.0f} and "
        f"{piece['latest_min']:.0f} min within a shift of {van.shift_min / 60.0:g} h. Expected a wider window, "
        "a longer shift, or a depot nearby."
    )


def _combined(tours: list[list[int]], pieces: list[dict[str, Any]], ways: Ways, van: Van) -> list[_Day | None]:
    """Return the days of vans that drive several tours: the longest tour first, each to the van with least time left.

    This is best fit decreasing for bins (Johnson 1973): never more than 11/9 of the fewest vans, and one.
    """
    driven = _driven(tours, pieces, ways, van)
    alone = [_Day.before(tour, van).extended(tour, van) for tour in driven]
    order = sorted(range(len(tours)), key=lambda number: (-_length(alone[number]), number))
    vans: list[_Day | None] = []
    # time left of each shift: most vans have too little for the next tour, which is seen without driving it
    left: list[float] = []
    for number in order:
        tour = driven[number]
        best, which = -math.inf, -1
        # sums of another order differ by less than a ms
        needed = van.load_min + tour.least_min - 1e-4
        for place in [place for place, minutes in enumerate(left) if minutes >= needed]:
            before = vans[place]
            back = None if before is None else before.back_min(tour, van)
            if back is not None and back > best:
                best, which = back, place
        if which < 0:
            vans.append(alone[number])
            left.append(van.shift_min - _length(alone[number]))
        else:
            before = vans[which]
            vans[which] = before and before.extended(tour, van)
            left[which] = van.shift_min - _length(vans[which])
    return vans


@dataclass(frozen=True, slots=True)
class _Tour:
    """A tour from the depot and back.

    Attributes
    ----------
    pieces : list of dict
        What is brought, in order.
    km : list of float
        Ways to the stops, and back.
    need_kwh : float
        Energy with which a van leaves for it.
    legs : list of tuple of float
        Of each stop the way to it and the service, min, and its window.
    home_min : float
        Way back.
    least_min : float
        Ways and services, without waits: what the tour takes at least.
    """

    pieces: list[dict[str, Any]]
    km: list[float]
    need_kwh: float
    legs: list[tuple[float, float, float, float]]
    home_min: float
    least_min: float

    @classmethod
    def of(cls, pieces: list[dict[str, Any]], km: list[float], minutes: list[float], van: Van) -> Self:
        """Return a tour with what it takes; ways to its stops, and back, are given."""
        legs = [
            (way, van.service_min(piece["parcels"]), piece["earliest_min"], piece["latest_min"])
            for way, piece in zip(minutes, pieces, strict=False)
        ]
        least_min = minutes[-1] + sum(way + service for way, service, _, _ in legs)
        return cls(pieces, km, sum(km) * van.kwh_per_km + van.reserve_kwh, legs, minutes[-1], least_min)


def _driven(tours: list[list[int]], pieces: list[dict[str, Any]], ways: Ways, van: Van) -> list[_Tour]:
    """Return tours with what they take."""
    home, *places = ways.rows([DEPOT, *(piece["drop"] for piece in pieces)])
    stops = [[places[number] for number in tour] for tour in tours]
    starts = [place for tour in stops for place in (home, *tour)]
    ends = [place for tour in stops for place in (*tour, home)]
    # looked up at once: an entry of an array takes several times as long as one of a list
    km, minutes = iter(ways.km[starts, ends].tolist()), iter(ways.minutes[starts, ends].tolist())
    return [
        _Tour.of(
            [pieces[number] for number in tour],
            list(itertools.islice(km, len(tour) + 1)),
            list(itertools.islice(minutes, len(tour) + 1)),
            van,
        )
        for tour in tours
    ]


class _Leg(NamedTuple):
    """A tour of a van's day: when it begins, how long the van stands in the depot before, and its battery then."""

    tour: _Tour
    clock_min: float
    stay_min: float
    charged_kwh: float
    kwh: float


@dataclass(frozen=True, slots=True)
class _Day:
    """The day of a van after some tours: when it began and is back, its battery, and the tours so far."""

    begin_min: float
    clock_min: float
    kwh: float
    legs: tuple[_Leg, ...]

    @classmethod
    def before(cls, tour: _Tour, van: Van) -> Self:
        """Return the day of a van that waits for its first tour: it leaves no earlier than the tour's first window."""
        way, _, earliest, _ = tour.legs[0]
        begin = max(van.start_min, earliest - way - van.load_min)
        return cls(begin, begin, van.usable_kwh, ())

    def back_min(self, tour: _Tour, van: Van) -> float | None:
        """Return when the van is back from one more tour; None where time or battery do not last."""
        stay, _, kwh = self._stay(tour, van)
        clock = self.clock_min + stay
        if kwh < tour.need_kwh - 1e-9:
            return None
        for way, service, earliest, latest in tour.legs:
            arrive = max(clock + way, earliest)
            if arrive > latest + 1e-6:
                return None
            clock = arrive + service
        clock += tour.home_min
        return None if clock - self.begin_min > van.shift_min + 1e-6 else clock

    def _stay(self, tour: _Tour, van: Van) -> tuple[float, float, float]:
        """Return how long the van stands in the depot before a tour, min, what it charges, and its battery then, kWh.

        Between two tours the van stands there until it is loaded and its battery lasts for the next one.
        """
        charge_min = max(0.0, tour.need_kwh - self.kwh) / van.charge_kw * 60.0 if self.legs else 0.0
        stay = max(van.load_min, charge_min)
        charged = min(van.usable_kwh - self.kwh, van.charge_kw * stay / 60.0) if self.legs else 0.0
        return stay, charged, self.kwh + charged

    def extended(self, tour: _Tour, van: Van) -> Self | None:
        """Return the day with one more tour; None where time or battery do not last."""
        back_min = self.back_min(tour, van)
        if back_min is None:
            return None
        leg = _Leg(tour, self.clock_min, *self._stay(tour, van))
        kwh = leg.kwh
        for km in tour.km:
            kwh -= km * van.kwh_per_km
        return type(self)(self.begin_min, back_min, kwh, (*self.legs, leg))

    def whole(self, van: Van) -> list[_Row]:
        """Return the stops, the depot first, between tours and last."""
        rows: list[_Row] = []
        back = 0.0, 0.0
        for tour, begin, stay, charged, ready in self.legs:
            rows.append(_Row(DEPOT, begin, begin + stay, *back, None, None, 0, 0.0, charged, ready))
            clock, kwh = begin + stay, ready
            for piece, km, (minutes, service, earliest, latest) in zip(tour.pieces, tour.km, tour.legs, strict=False):
                arrive = max(clock + minutes, earliest)
                clock, kwh = arrive + service, kwh - km * van.kwh_per_km
                brought = piece["parcels"], piece["kg"]
                rows.append(_Row(piece["drop"], arrive, clock, km, minutes, earliest, latest, *brought, 0.0, kwh))
            back = tour.km[-1], tour.home_min
        return [*rows, _Row(DEPOT, self.clock_min, self.clock_min, *back, None, None, 0, 0.0, 0.0, self.kwh)]


def _length(day: _Day | None) -> float:
    """Return how long a day is, min."""
    return day.clock_min - day.begin_min if day else 0.0
