"""Routes of vans: capacity, windows, hours and range, with charging in the depot between two tours.

Tours are those of a search. A van drives as many of them one after the other as its shift and its battery last for,
charging while it is loaded or longer.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

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


@dataclass(frozen=True, slots=True)
class Routes:
    """Routes of the vans of a network.

    Attributes
    ----------
    table : polars.DataFrame
        Columns of `ROUTES`.
    vans, km, kwh, hours, parcels : float
        Of a day; `hours` are those of the drivers, `kwh` at the battery.
    """

    table: pl.DataFrame
    vans: int
    km: float
    kwh: float
    hours: float
    parcels: int


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
    rows = [(number, stop, *row) for number, day in enumerate(days) for stop, row in enumerate(day)]
    table = pl.DataFrame(rows, schema=ROUTES, orient="row")
    hours = math.fsum(day[-1].leave_min - day[0].arrive_min for day in days if day) / 60.0
    km = float(table["km"].sum())
    parcels = int(table["parcels"].sum())
    return Routes(table, len(days), km, km * van.kwh_per_km, hours, parcels)


def _pieces(drops: pl.DataFrame, van: Van) -> list[dict[str, Any]]:
    """Return drops in pieces: what does not fill a van is brought in one, more in parts that several vans may bring."""
    pieces: list[dict[str, Any]] = []
    for row in drops.iter_rows(named=True):
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
    for piece, place in zip(pieces, places, strict=True):
        km = ways.km[home, place] + ways.km[place, home]
        if km > van.range_km + 1e-9:
            raise InfeasibleError(
                f"van routes: {piece['drop']!r} is {km:.0f} km there and back, a van drives {van.range_km:.0f} km on "
                "its battery. Expected a place in range: give a larger battery, or a depot nearby."
            )
        arrive = max(piece["earliest_min"], van.start_min + van.load_min + ways.minutes[home, place])
        back = arrive + van.drop_min + van.parcel_min * piece["parcels"] + ways.minutes[place, home]
        if arrive > piece["latest_min"] or back > van.start_min + van.shift_min:
            raise InfeasibleError(
                f"van routes: {piece['drop']!r} cannot be served between {piece['earliest_min']:.0f} and "
                f"{piece['latest_min']:.0f} min within a shift of {van.shift_min / 60.0:g} h. Expected a wider window, "
                "a longer shift, or a depot nearby."
            )


def _combined(tours: list[list[int]], pieces: list[dict[str, Any]], ways: Ways, van: Van) -> list[list[_Row]]:
    """Return the days of vans that drive several tours: the longest tour first, each to the van with least time left.

    This is best fit decreasing for bins (Johnson 1973): never more than 11/9 of the fewest vans, and one.
    """
    net = _Net.of(ways, pieces)
    driven = [_Tour.of(tour, net, van) for tour in tours]
    alone = [_Day.before(tour, net, van).extended(tour, net, van) for tour in driven]
    order = sorted(range(len(tours)), key=lambda number: (-_length(alone[number]), number))
    vans: list[_Day | None] = []
    for number in order:
        best, which = -math.inf, -1
        for place, before in enumerate(vans):
            back = None if before is None else before.back_min(driven[number], van)
            if back is not None and back > best:
                best, which = back, place
        if which < 0:
            vans.append(alone[number])
        else:
            before = vans[which]
            vans[which] = before and before.extended(driven[number], net, van)
    return [day.whole() if day else [] for day in vans]


@dataclass(frozen=True, slots=True)
class _Net:
    """Ways as plain numbers, which a loop reads several times faster than entries of arrays.

    Attributes
    ----------
    pieces : list of dict
        What is brought.
    home : int
        Row of the depot.
    places : list of int
        Row of each piece.
    km, minutes : list of list of float
        From the place of a row to that of a column.
    """

    pieces: list[dict[str, Any]]
    home: int
    places: list[int]
    km: list[list[float]]
    minutes: list[list[float]]

    @classmethod
    def of(cls, ways: Ways, pieces: list[dict[str, Any]]) -> Self:
        """Return the ways between some pieces and the depot."""
        home, *places = ways.rows([DEPOT, *(piece["drop"] for piece in pieces)])
        return cls(pieces, home, places, ways.km.tolist(), ways.minutes.tolist())


@dataclass(frozen=True, slots=True)
class _Tour:
    """A tour from the depot and back.

    Attributes
    ----------
    pieces, stops : list of int
        What is brought, in order, and the rows of its places.
    need_kwh : float
        Energy with which a van leaves for it.
    legs : list of tuple of float
        Of each stop the way to it and the service, min, and its window.
    home_min : float
        Way back.
    least_min : float
        Ways and services, without waits: what the tour takes at least.
    """

    pieces: list[int]
    stops: list[int]
    need_kwh: float
    legs: list[tuple[float, float, float, float]]
    home_min: float
    least_min: float

    @classmethod
    def of(cls, pieces: list[int], net: _Net, van: Van) -> Self:
        """Return a tour with what it takes."""
        stops = [net.places[number] for number in pieces]
        km = sum(net.km[start][end] for start, end in itertools.pairwise([net.home, *stops, net.home]))
        served = [net.pieces[number] for number in pieces]
        legs = [
            (net.minutes[start][end], van.service_min(piece["parcels"]), piece["earliest_min"], piece["latest_min"])
            for (start, end), piece in zip(itertools.pairwise([net.home, *stops]), served, strict=True)
        ]
        home_min = net.minutes[stops[-1]][net.home]
        least_min = home_min + sum(way + service for way, service, _, _ in legs)
        return cls(pieces, stops, km * van.kwh_per_km + van.reserve_kwh, legs, home_min, least_min)


@dataclass(frozen=True, slots=True)
class _Day:
    """The day of a van after some tours: when it began and is back, its battery, the way back, and its stops so far."""

    begin_min: float
    clock_min: float
    kwh: float
    back: tuple[float, float]
    rows: list[_Row]

    @classmethod
    def before(cls, tour: _Tour, net: _Net, van: Van) -> Self:
        """Return the day of a van that waits for its first tour: it leaves no earlier than the tour's first window."""
        first = net.pieces[tour.pieces[0]]["earliest_min"] - net.minutes[net.home][tour.stops[0]] - van.load_min
        begin = max(van.start_min, first)
        return cls(begin, begin, van.usable_kwh, (0.0, 0.0), [])

    def back_min(self, tour: _Tour, van: Van) -> float | None:
        """Return when the van is back from one more tour; None where time or battery do not last.

        Most vans have no time left: what a tour takes at least says so at once.
        """
        stay, _, kwh = self._stay(tour, van)
        clock = self.clock_min + stay
        # sums of another order differ by less than a ms
        if kwh < tour.need_kwh - 1e-9 or clock + tour.least_min - self.begin_min > van.shift_min + 1e-4:
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
        charge_min = max(0.0, tour.need_kwh - self.kwh) / van.charge_kw * 60.0 if self.rows else 0.0
        stay = max(van.load_min, charge_min)
        charged = min(van.usable_kwh - self.kwh, van.charge_kw * stay / 60.0) if self.rows else 0.0
        return stay, charged, self.kwh + charged

    def extended(self, tour: _Tour, net: _Net, van: Van) -> Self | None:
        """Return the day with one more tour; None where time or battery do not last."""
        back_min = self.back_min(tour, van)
        if back_min is None:
            return None
        stay, charged, kwh = self._stay(tour, van)
        clock = self.clock_min
        rows = [_Row(DEPOT, clock, clock + stay, *self.back, None, None, 0, 0.0, charged, kwh)]
        clock += stay
        at = net.home
        stops = zip(tour.pieces, tour.stops, tour.legs, strict=True)
        for number, place, (minutes, service, *window) in stops:
            piece, km = net.pieces[number], net.km[at][place]
            arrive = max(clock + minutes, window[0])
            clock, kwh, at = arrive + service, kwh - km * van.kwh_per_km, place
            ends = window[0], window[1], piece["parcels"], piece["kg"]
            rows.append(_Row(piece["drop"], arrive, clock, km, minutes, *ends, 0.0, kwh))
        km = net.km[at][net.home]
        return type(self)(
            self.begin_min, back_min, kwh - km * van.kwh_per_km, (km, tour.home_min), [*self.rows, *rows]
        )  # fmt: skip

    def whole(self) -> list[_Row]:
        """Return the stops, the depot last."""
        clock = self.clock_min
        return [*self.rows, _Row(DEPOT, clock, clock, *self.back, None, None, 0, 0.0, 0.0, self.kwh)]


def _length(day: _Day | None) -> float:
    """Return how long a day is, min."""
    return day.clock_min - day.begin_min if day else 0.0
