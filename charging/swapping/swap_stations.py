"""Battery swapping: bays, batteries and chargers under a stream of vehicles, and the same vehicles at fast chargers."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from charging.engine.clock import LAST, Clock
from charging.swapping.battery_stock import BatteryStock, Rack, charges_load
from data.errors import DataError
from data.outcomes import SERVED, WAIT_MIN, Outcome, wait_quantile
from data.schemas.charging import Requests, SwapStations, Travel
from data.schemas.limits import LEAST_INTERVAL_MIN
from data.tables.validate import validate

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    import simpy

    from charging.engine.clock import Call, Waits


@dataclass(frozen=True, slots=True)
class SwapResult:
    """Tables of a simulation of swap stations.

    Attributes
    ----------
    swaps
        One row per request, by ``request_id``: ``request_id, station_id`` (the last it came to), ``vehicle_class,
        arrive_min, start_min, leave_min, wait_min`` (at all it came to), ``energy_kwh, meter_kwh, travel_min, tries,
        outcome`` (``served``; ``balked`` or ``reneged`` at the only station it tried; ``unserved`` after several, or
        because none in reach takes its class).
    load
        One row per station and interval with load, as of :func:`charging.simulate`.
    stations
        One row per station: ``station_id, bays, batteries, chargers, arrivals, served, balked, reneged, wait_mean_min,
        wait_p95_min, bay_utilisation_share, short_min`` (minutes in which a vehicle stood in a bay without a battery),
        ``energy_kwh, meter_kwh, peak_kw``. Arrivals and waits stand where they happened.
    """

    swaps: pl.DataFrame
    load: pl.DataFrame
    stations: pl.DataFrame


class _Bays:
    """Bays of a station, given to those who wait in the order in which they came."""

    def __init__(self, clock: Clock, bays: int) -> None:
        self._clock = clock
        self.free = bays
        self._waiting: deque[simpy.Event] = deque()

    @property
    def waiting(self) -> int:
        """Return how many vehicles wait for a bay."""
        return len(self._waiting)

    def enter(self, patience_min: float) -> Generator[simpy.Event, Any, bool]:
        """Wait for a bay and take it; return whether there was one in time."""
        if self.free:
            self.free -= 1
            return True
        asked = self._clock.event()
        self._waiting.append(asked)
        if patience_min < math.inf:
            # last: a bay that is free in the very instant in which patience ends is taken
            self._clock.call_at(self._clock.minute + patience_min, LAST, self._give_up, asked)
        yield asked
        return bool(asked.value)

    def leave(self) -> None:
        """Let the vehicle that came first have a bay, or keep it free."""
        if self._waiting:
            self._waiting.popleft().succeed(value=True)
        else:
            self.free += 1

    def _give_up(self, call: Call) -> None:
        """Let a vehicle that still waits go."""
        if not call.load.triggered:
            self._waiting.remove(call.load)
            call.load.succeed(value=False)


class _Station:
    """A swap station: bays, batteries, and what happened there."""

    def __init__(self, clock: Clock, row: Mapping[str, Any]) -> None:
        self.name: str = row["station_id"]
        self.classes = swapped_classes([row["vehicle_classes"]])
        self.swap_min: float = row["swap_min"]
        self.efficiency: float = row["efficiency"]
        self.bays = _Bays(clock, row["bays"])
        names = ("batteries", "chargers", "charger_kw", "battery_kwh", "ready_soc")
        # the connection is at the meter, the rack's power at the batteries
        limit = None if row["limit_kw"] is None else row["limit_kw"] * row["efficiency"]
        self.stock = BatteryStock(clock, Rack(**{name: row[name] for name in names}, limit_kw=limit))
        self.busy_min = 0.0
        self.short = 0

    @property
    def waiting(self) -> int:
        """Return how many vehicles wait here, for a bay or in one for a battery."""
        return self.bays.waiting + self.short

    @property
    def serves_at_once(self) -> bool:
        """Return whether a bay is free and a battery ready."""
        return self.bays.free > 0 and self.stock.ready > 0

    def takes(self, vehicle_class: str | None) -> bool:
        """Return whether vehicles of a class can swap here."""
        return self.classes is None or (vehicle_class or "").partition("/")[0] in self.classes


def swapped_classes(named: Iterable[str | None]) -> frozenset[str] | None:
    """Return the vehicle classes that swap stations take, together; None for all.

    Parameters
    ----------
    named
        ``vehicle_classes`` of the stations: joined by ``|``; one that names none takes all.
    """
    known = list(named)
    if None in known:
        return None
    return frozenset(name for text in known if text is not None for name in text.split("|"))


def simulate_swaps(
    stations: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None = None,
    *,
    interval_min: float = 15.0,
    max_tries: int = 3,
) -> SwapResult:
    """Simulate battery swapping with SimPy.

    A vehicle drives to the nearest station that takes its class, waits for a bay (first come, first served), then in
    the bay for a ready battery, is swapped in ``swap_min`` and leaves with the ready SOC. Its own battery is charged
    again. It drives on to the next station when as many wait as its ``max_queue`` says (0: unless a bay is free and a
    battery ready), or when its patience ends before the swap begins, until it has tried ``max_tries`` stations.

    Parameters
    ----------
    stations
        One row per station: ``station_id, town, bays, batteries, chargers, charger_kw, battery_kwh, swap_min,
        ready_soc, efficiency, vehicle_classes`` (joined by ``|``; null: all), ``limit_kw`` (of the connection: the
        batteries that charge share it equally).
    requests
        As for :func:`charging.simulate`; the SOC on arrival is ``soc_start``, or follows from ``energy_kwh``.
    travel
        As for :func:`charging.simulate`; None: every station at zero distance.
    interval_min
        Interval of the load.
    max_tries
        Stations that a vehicle tries before it gives up.

    Returns
    -------
    SwapResult
        Swaps, load, stations.

    Raises
    ------
    DataError
        Bad tables, naming row and column; an interval not above 0, or less than one try.
    """
    if max_tries < 1:
        raise DataError(f"max_tries: got {max_tries}, expected at least 1.")
    if not interval_min >= LEAST_INTERVAL_MIN:
        raise DataError(f"interval_min: got {interval_min}, expected at least {LEAST_INTERVAL_MIN} minutes.")
    stations = validate(stations, SwapStations, table="swap_stations")
    # of two vehicles that arrive at the same minute the first id is first
    requests = validate(requests, Requests, table="requests").sort("arrive_min", "request_id")
    ways = None if travel is None else _ways(validate(travel, Travel, table="travel"))
    clock = Clock()
    swap_stations = [_Station(clock, row) for row in stations.iter_rows(named=True)]
    trips = _Trips(clock, swap_stations, ways, max_tries)
    vehicles = [_Vehicle(*row) for row in requests.select(_Vehicle._fields).iter_rows()]
    # each begins when it arrives, so that those to come do not stand in the queue
    clock.run_with([vehicle.arrive_min for vehicle in vehicles], lambda number: trips.begin(vehicles[number]))
    loads = [
        charges_load(station.stock.pieces, efficiency=station.efficiency, interval_min=interval_min, name=station.name)
        for station in swap_stations
    ]
    swaps = pl.DataFrame(trips.swaps, schema=_SWAPS, orient="row").sort("request_id")
    visits = pl.DataFrame(trips.visits, schema=_VISITS, orient="row").sort("request_id", maintain_order=True)
    load = pl.concat(loads)
    return SwapResult(swaps, load, _summary(stations, swap_stations, visits, load, _end_min(swaps, swap_stations)))


_SWAPS = {
    "request_id": pl.Int64,
    "station_id": pl.String,
    "vehicle_class": pl.String,
    "arrive_min": pl.Float64,
    "start_min": pl.Float64,
    "leave_min": pl.Float64,
    "wait_min": pl.Float64,
    "energy_kwh": pl.Float64,
    "meter_kwh": pl.Float64,
    "travel_min": pl.Float64,
    "tries": pl.Int64,
    "outcome": pl.String,
}
_VISITS = {
    name: _SWAPS[name] for name in ("request_id", "station_id", "outcome", "wait_min", "energy_kwh", "meter_kwh")
}


def _ways(travel: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Return minutes by origin and station."""
    rows = travel.select("origin", "station_id", "minutes").iter_rows()
    return {(origin, station): minutes for origin, station, minutes in rows}


class _Vehicle(NamedTuple):
    """What a request says to swap stations."""

    request_id: int
    arrive_min: float
    origin: str | None
    vehicle_class: str | None
    energy_kwh: float
    soc_start: float | None
    patience_min: float | None
    max_queue: int | None


@dataclass(slots=True)
class _Visit:
    """How a visit to a station ended; times that did not come are None."""

    outcome: Outcome
    leave_min: float
    wait_min: float
    start_min: float | None = None
    energy_kwh: float = 0.0
    meter_kwh: float = 0.0


class _Trips:
    """The ways of vehicles from station to station, and what happened on them."""

    def __init__(
        self,
        clock: Clock,
        stations: list[_Station],
        ways: dict[tuple[str, str], float] | None,
        max_tries: int,
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._ways = ways
        self._max_tries = max_tries
        self.swaps: list[tuple[object, ...]] = []
        self.visits: list[tuple[int, str, str, float, float, float]] = []

    def begin(self, vehicle: _Vehicle) -> None:
        """Let a vehicle set out now."""
        self._clock.start(self._of(vehicle))

    def _of(self, vehicle: _Vehicle) -> Waits:
        """Let a vehicle try stations until one has swapped its battery."""
        tried: list[_Station] = []
        arrive_min, travel_min, lost_min = vehicle.arrive_min, 0.0, 0.0
        visit: _Visit | None = None
        while len(tried) < self._max_tries and (visit is None or visit.outcome != Outcome.SERVED):
            chosen = self._nearest(vehicle, tried)
            if chosen is None:
                break
            station, minutes = chosen
            tried.append(station)
            travel_min += minutes
            yield minutes
            arrive_min = self._clock.minute
            visit = yield from _visit(self._clock, station, vehicle)
            lost_min += visit.wait_min
            energy = visit.energy_kwh, visit.meter_kwh
            self.visits.append((vehicle.request_id, station.name, visit.outcome, visit.wait_min, *energy))
        name = tried[-1].name if tried else None
        self.swaps.append(
            (vehicle.request_id, name, vehicle.vehicle_class, arrive_min)
            + ((None, None, None, 0.0, 0.0) if visit is None else _times(visit, lost_min))
            + (travel_min, len(tried), _outcome(visit, len(tried)))
        )

    def _nearest(self, vehicle: _Vehicle, tried: list[_Station]) -> tuple[_Station, float] | None:
        """Return the nearest station that takes a vehicle and was not tried, and the minutes to it."""
        nearest = None
        for station in self._stations:
            if station in tried or not station.takes(vehicle.vehicle_class):
                continue
            minutes = self._minutes(vehicle.origin, tried[-1] if tried else None, station)
            if minutes is not None and (nearest is None or minutes < nearest[1]):
                nearest = (station, minutes)
        return nearest

    def _minutes(self, origin: str | None, last: _Station | None, station: _Station) -> float | None:
        """Return the way to a station: only those in reach of the origin, from the last one where that is known."""
        if self._ways is None or (origin is None and last is None):
            return 0.0
        direct = 0.0 if origin is None else self._ways.get((origin, station.name))
        if last is None or direct is None:
            return direct
        return self._ways.get((last.name, station.name), direct)


def _times(visit: _Visit, wait_min: float) -> tuple[object, ...]:
    """Return start, end, wait and energy of a vehicle from its last visit and what it waited at all stations."""
    return visit.start_min, visit.leave_min, wait_min, visit.energy_kwh, visit.meter_kwh


def _outcome(visit: _Visit | None, tries: int) -> str:
    """Return what became of a vehicle: why it failed at the only station that it tried; unserved after several."""
    if visit is None or (visit.outcome != Outcome.SERVED and tries > 1):
        return Outcome.UNSERVED
    return visit.outcome


def _visit(clock: Clock, station: _Station, vehicle: _Vehicle) -> Generator[float | simpy.Event, Any, _Visit]:
    """Let a vehicle swap its battery at a station, or leave it; return the outcome and its times and energy."""
    arrived = clock.minute
    most = vehicle.max_queue
    if most is not None and not station.serves_at_once and station.waiting >= most:
        return _Visit(Outcome.BALKED, arrived, 0.0)
    rack = station.stock.rack
    soc = vehicle.soc_start
    if soc is None:
        # the same energy as in fast charging, in a battery of this station's size
        soc = max(0.0, rack.ready_soc - vehicle.energy_kwh / rack.battery_kwh)
    patience = math.inf if vehicle.patience_min is None else vehicle.patience_min
    if not (yield from station.bays.enter(patience)):
        return _Visit(Outcome.RENEGED, clock.minute, clock.minute - arrived)
    entered = clock.minute
    station.short += 1
    taken = yield from station.stock.take(arrived + patience - entered)
    station.short -= 1
    start = clock.minute
    if taken:
        yield station.swap_min
        station.stock.give(soc)
    station.busy_min += clock.minute - entered
    station.bays.leave()
    if not taken:
        return _Visit(Outcome.RENEGED, clock.minute, start - arrived)
    energy = max(0.0, rack.ready_soc - soc) * rack.battery_kwh
    return _Visit(Outcome.SERVED, clock.minute, start - arrived, start, energy, energy / station.efficiency)


def _end_min(swaps: pl.DataFrame, swap_stations: list[_Station]) -> float:
    """Return when the last vehicle has left and the last battery is charged, minutes."""
    charged = [piece[1] for station in swap_stations for piece in station.stock.pieces]
    return float(max([0.0, *charged, *swaps["leave_min"].drop_nulls()]))


def _summary(
    table: pl.DataFrame, swap_stations: list[_Station], visits: pl.DataFrame, load: pl.DataFrame, end_min: float
) -> pl.DataFrame:
    """Return the figures of the stations."""
    wait = WAIT_MIN
    service = visits.group_by("station_id").agg(
        arrivals=pl.len().cast(pl.Int64),
        served=SERVED.sum().cast(pl.Int64),
        balked=(pl.col("outcome") == Outcome.BALKED).sum().cast(pl.Int64),
        reneged=(pl.col("outcome") == Outcome.RENEGED).sum().cast(pl.Int64),
        wait_mean_min=wait.mean(),
        wait_p95_min=wait_quantile(0.95),
        energy_kwh=pl.col("energy_kwh").sort().sum(),
        meter_kwh=pl.col("meter_kwh").sort().sum(),
    )
    # a run in which nothing happened has no use to share
    span = max(1.0, end_min)
    use = pl.DataFrame(
        {
            "station_id": [station.name for station in swap_stations],
            "busy_min": [station.busy_min for station in swap_stations],
            "short_min": [station.stock.short_min for station in swap_stations],
        },
        schema={"station_id": pl.String, "busy_min": pl.Float64, "short_min": pl.Float64},
    )
    peaks = load.group_by("station_id").agg(peak_kw=pl.col("mean_kw").max())
    counts = ["arrivals", "served", "balked", "reneged"]
    return (
        table.select("station_id", "bays", "batteries", "chargers")
        .join(service, on="station_id", how="left", maintain_order="left")
        .join(use, on="station_id", how="left", maintain_order="left")
        .join(peaks, on="station_id", how="left", maintain_order="left")
        .with_columns(
            pl.col(counts).fill_null(0),
            pl.col("energy_kwh", "meter_kwh", "peak_kw").fill_null(0.0),
            bay_utilisation_share=pl.col("busy_min") / (pl.col("bays") * span),
        )
        .drop("busy_min")
    )


COMPARISON = {
    "way": pl.String,
    "requests": pl.Int64,
    "served": pl.Int64,
    "wait_mean_min": pl.Float64,
    "stay_mean_min": pl.Float64,
    "energy_kwh": pl.Float64,
    "peak_kw": pl.Float64,
}
"""Schema of the comparison with fast charging."""


def compare_swapping(swaps: SwapResult, sessions: pl.DataFrame, load: pl.DataFrame) -> pl.DataFrame:
    """Return swapping beside fast charging of the same requests.

    Parameters
    ----------
    swaps
        The simulation of swap stations.
    sessions, load
        Tables of :func:`charging.simulate` of the same requests.

    Returns
    -------
    polars.DataFrame
        One row per way (``swapping``, ``charging``): ``way, requests, served, wait_mean_min, stay_mean_min``
        (arrival to departure), ``energy_kwh, peak_kw``.
    """
    frames = []
    for way, table, curve in (("swapping", swaps.swaps, swaps.load), ("charging", sessions, load)):
        # sorted for the same reason: stations come in any order
        together = curve.group_by("start_min").agg(pl.col("mean_kw").sort().sum())
        figures = table.select(
            way=pl.lit(way),
            requests=pl.len().cast(pl.Int64),
            served=SERVED.sum().cast(pl.Int64),
            wait_mean_min=WAIT_MIN.mean(),
            stay_mean_min=(pl.col("leave_min") - pl.col("arrive_min")).filter(SERVED).mean(),
            energy_kwh=pl.col("energy_kwh").sort().sum(),
        )
        frames.append(figures.with_columns(peak_kw=pl.lit(together["mean_kw"].max(), pl.Float64)))
    return pl.concat(frames)
