"""Routes of vans: capacity, windows, hours and range, with charging in the depot between two tours, by PyVRP.

Tours are PyVRP's (iterated local search; Wouda, Lan and Kool 2024, INFORMS Journal on Computing 36:943-955). A van
drives as many of them one after the other as its shift and its battery last for, charging while it is loaded or longer.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy as np
import polars as pl

from data.errors import DataError, InfeasibleError

if TYPE_CHECKING:
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
DEPOT: Final = "depot"
MOST_VISITS: Final = 1_500
"""Visits of a day that are planned: five times a county's; the search takes their square in time and memory."""
_M: Final = 1000
_S: Final = 60
_LONGER: Final = (1, 5, 25)
"""Multiples of the iterations that are tried until there are feasible routes."""
_PARTS: Final = 3
"""Pieces that a van holds at least: with larger ones a village that fills most of a van leaves the rest of it empty."""
_PENALTY: Final = 1e8
"""Most that a parcel, m or s too much may cost: by default less than the tour that it would save."""
_UNIT: Final = 1e-4
"""CNY that the search counts in: it takes whole numbers, and a m costs some of them."""


@dataclass(frozen=True, slots=True)
class Van:
    """A van and its day.

    Attributes
    ----------
    parcels, payload_kg : float
        What fits in, by volume and by mass.
    usable_kwh, reserve_kwh, kwh_per_km : float
        Battery, what no plan touches, and use; `usable_kwh` infinite for a tank.
    charge_kw : float
        Power into the battery in the depot.
    start_min, shift_min : float
        When the day may begin, and how long it may be.
    load_min : float
        Loading before a tour; between two tours the van charges meanwhile.
    drop_min, parcel_min : float
        Time at a place, and more for each parcel.
    cny_day, cny_km, cny_h : float
        What a van costs for a day, a km and an hour of its driver: routes are those that cost least together.
    """

    parcels: float
    payload_kg: float
    usable_kwh: float
    reserve_kwh: float
    kwh_per_km: float
    charge_kw: float
    start_min: float
    shift_min: float
    load_min: float
    drop_min: float
    parcel_min: float
    cny_day: float
    cny_km: float
    cny_h: float

    @property
    def range_km(self) -> float:
        """Way on a full battery down to the reserve."""
        return (self.usable_kwh - self.reserve_kwh) / self.kwh_per_km


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


def van_routes(drops: pl.DataFrame, ways: Ways, van: Van, *, iterations: int = 400, seed: int = 0) -> Routes:
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
    days = _combined(_tours(pieces, ways, van, iterations, seed), pieces, ways, van)
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
    (home,) = ways.rows([DEPOT])
    for piece in pieces:
        (place,) = ways.rows([piece["drop"]])
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


def _tours(pieces: list[dict[str, Any]], ways: Ways, van: Van, iterations: int, seed: int) -> list[list[int]]:
    """Return tours from the depot and back, by the numbers of their pieces in order."""
    import pyvrp  # noqa: PLC0415 - loads matplotlib, and only routes need it
    from pyvrp.stop import MaxIterations  # noqa: PLC0415 - as above

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
    # penalties take some iterations to settle: a search that found nothing goes on for longer
    params = pyvrp.SolveParams(penalty=pyvrp.PenaltyParams(max_penalty=_PENALTY))
    for times in _LONGER:
        limit = MaxIterations(iterations * times)
        result = pyvrp.solve(data, limit, seed=seed, collect_stats=False, display=False, params=params)
        if result.is_feasible():
            break
    else:
        raise InfeasibleError(
            f"van routes: no feasible routes in {iterations * _LONGER[-1]} iterations. Allow more of them, a longer "
            "shift or a larger battery."
        )
    return [[stop.idx for stop in route.schedule() if stop.is_client()] for route in result.best.routes()]


def _client(pyvrp: Any, piece: dict[str, Any], van: Van, location: int) -> Any:  # noqa: ANN401 - a late type of pyvrp
    """Return a piece as a client: parcels and grams, seconds."""
    return pyvrp.Client(
        location,
        delivery=[piece["parcels"], math.ceil(piece["kg"] * _M)],
        service_duration=math.ceil(_service_min(piece, van) * _S),
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


def _service_min(piece: dict[str, Any], van: Van) -> float:
    """Return the time at a place, min."""
    return float(van.drop_min + van.parcel_min * piece["parcels"])


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
        best, which = None, -1
        for place, before in enumerate(vans):
            day = before and before.extended(driven[number], net, van)
            if day is not None and (best is None or day.clock_min > best.clock_min):
                best, which = day, place
        if best is None:
            vans.append(alone[number])
        else:
            vans[which] = best
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
    """A tour from the depot and back: its pieces in order, their rows, and with how much energy a van leaves for it."""

    pieces: list[int]
    stops: list[int]
    need_kwh: float

    @classmethod
    def of(cls, pieces: list[int], net: _Net, van: Van) -> Self:
        """Return a tour with what it takes."""
        stops = [net.places[number] for number in pieces]
        km = sum(net.km[start][end] for start, end in itertools.pairwise([net.home, *stops, net.home]))
        return cls(pieces, stops, km * van.kwh_per_km + van.reserve_kwh)


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

    def extended(self, tour: _Tour, net: _Net, van: Van) -> Self | None:
        """Return the day with one more tour; None where time or battery do not last.

        Between two tours the van stands in the depot until it is loaded and its battery lasts for the next one.
        """
        clock, kwh = self.clock_min, self.kwh
        charge_min = max(0.0, tour.need_kwh - kwh) / van.charge_kw * 60.0 if self.rows else 0.0
        stay = max(van.load_min, charge_min)
        charged = min(van.usable_kwh - kwh, van.charge_kw * stay / 60.0) if self.rows else 0.0
        kwh += charged
        if kwh < tour.need_kwh - 1e-9:
            return None
        rows = [_Row(DEPOT, clock, clock + stay, *self.back, None, None, 0, 0.0, charged, kwh)]
        clock += stay
        at = net.home
        for number, place in zip(tour.pieces, tour.stops, strict=True):
            piece = net.pieces[number]
            km, minutes = net.km[at][place], net.minutes[at][place]
            window = (piece["earliest_min"], piece["latest_min"])
            arrive = max(clock + minutes, window[0])
            if arrive > window[1] + 1e-6:
                return None
            clock, kwh, at = arrive + _service_min(piece, van), kwh - km * van.kwh_per_km, place
            rows.append(
                _Row(piece["drop"], arrive, clock, km, minutes, *window, piece["parcels"], piece["kg"], 0.0, kwh)
            )
        back = net.km[at][net.home], net.minutes[at][net.home]
        clock, kwh = clock + back[1], kwh - back[0] * van.kwh_per_km
        if clock - self.begin_min > van.shift_min + 1e-6:
            return None
        return type(self)(self.begin_min, clock, kwh, back, [*self.rows, *rows])

    def whole(self) -> list[_Row]:
        """Return the stops, the depot last."""
        clock = self.clock_min
        return [*self.rows, _Row(DEPOT, clock, clock, *self.back, None, None, 0, 0.0, 0.0, self.kwh)]


def _length(day: _Day | None) -> float:
    """Return how long a day is, min."""
    return day.clock_min - day.begin_min if day else 0.0
