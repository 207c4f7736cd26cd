"""Battery swapping: bays, batteries and chargers under a stream of vehicles that drive from station to station."""

from __future__ import annotations

import functools
import math
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from charging.engine.clock import LAST, NORMAL, Call, Clock
from charging.swapping.battery_stock import BatteryStock, Rack, charges_load
from charging.swapping.swap_result import SwapResult
from data.errors import DataError
from data.outcomes import SERVED, WAIT_MIN, Outcome, wait_quantile
from data.schemas.charging import Requests, SwapStations, Travel
from data.schemas.limits import LEAST_INTERVAL_MIN
from data.tables.validate import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from charging.engine.clock import Waits


class _Station:
    """A swap station: bays, batteries, and what happened there."""

    def __init__(self, clock: Clock, row: Mapping[str, Any]) -> None:
        self.name: str = row["station_id"]
        self.classes = swapped_classes([row["vehicle_classes"]])
        self.swap_min: float = row["swap_min"]
        self.efficiency: float = row["efficiency"]
        self.free_bays: int = row["bays"]
        self.queue: deque[_Ride] = deque()
        names = ("batteries", "chargers", "charger_kw", "battery_kwh", "ready_soc")
        # the connection is at the meter, the rack's power at the batteries
        limit = None if row["limit_kw"] is None else row["limit_kw"] * row["efficiency"]
        self.stock = BatteryStock(clock, Rack(**{name: row[name] for name in names}, limit_kw=limit))
        self.busy_min = 0.0
        self.short = 0

    @property
    def waiting(self) -> int:
        """Return how many vehicles wait here, for a bay or in one for a battery."""
        return len(self.queue) + self.short

    @property
    def serves_at_once(self) -> bool:
        """Return whether a bay is free and a battery ready."""
        return self.free_bays > 0 and self.stock.ready > 0

    def takes(self, vehicle_class: str | None) -> bool:
        """Return whether vehicles of a class can swap here."""
        return self.classes is None or (vehicle_class or "").partition("/")[0] in self.classes

    def next_in_bay(self) -> _Ride | None:
        """Give a bay that is left to the vehicle that came first, and return it; keep the bay free where none waits."""
        if not self.queue:
            self.free_bays += 1
            return None
        ride = self.queue.popleft()
        ride.patience = None
        return ride


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
    # column by column: a third of the time that the rows of a frame take
    rows = zip(*(requests[name].to_list() for name in _Vehicle._fields), strict=True)
    rides = [_Ride(_Vehicle._make(row), trips.set_out) for row in rows]
    # each begins when it arrives, so that those to come do not stand in the queue
    clock.run_with(requests["arrive_min"].to_list(), lambda number: trips.set_out(rides[number]))
    swaps = functools.partial(_swaps_table, requests, rides)
    load = functools.partial(_load, swap_stations, interval_min)
    return SwapResult(swaps, load, functools.partial(_summary, stations, swap_stations, trips.visits, rides))


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


class _Ride(Call):
    """A vehicle that looks for a full battery: the call that stands on the clock for it, and what came of it."""

    __slots__ = (
        "arrive_min",
        "energy_kwh",
        "entered_min",
        "leave_min",
        "lost_min",
        "meter_kwh",
        "outcome",
        "patience",
        "start_min",
        "travel_min",
        "tried",
        "vehicle",
        "wait_min",
    )

    def __init__(self, vehicle: _Vehicle, set_out: Callable[[_Ride], None]) -> None:
        super().__init__(set_out, None)
        self.vehicle = vehicle
        self.tried: tuple[_Station, ...] = ()
        # of the last visit: without one there is neither an outcome nor an end
        self.arrive_min = self.entered_min = self.start_min = vehicle.arrive_min
        self.leave_min: float | None = None
        self.outcome: Outcome | None = None
        self.wait_min = self.energy_kwh = self.meter_kwh = 0.0
        # at and between all stations
        self.lost_min = self.travel_min = 0.0
        # what ends its patience while it waits for a bay
        self.patience: Call | None = None

    @property
    def visit(self) -> tuple[object, ...]:
        """The last visit to a station."""
        energy = self.energy_kwh, self.meter_kwh
        return (self.vehicle.request_id, self.tried[-1].name, self.outcome, self.wait_min, *energy)

    @property
    def story(self) -> Outcome:
        """What became of it: why it failed at the only station that it tried; unserved after several."""
        if self.outcome is None or (self.outcome is not Outcome.SERVED and len(self.tried) > 1):
            return Outcome.UNSERVED
        return self.outcome


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
        self._known: dict[tuple[object, ...], tuple[tuple[_Station, ...], float] | None] = {}
        self.visits: list[tuple[object, ...]] = []
        """Those after which a vehicle drove on to another station."""

    def set_out(self, ride: _Ride) -> None:
        """Let a vehicle drive to the next station; without one, or after all tries, nothing more comes of it."""
        chosen = self._nearest(ride) if len(ride.tried) < self._max_tries else None
        if chosen is not None:
            if ride.outcome is not None:
                self.visits.append(ride.visit)
            ride.tried, minutes = chosen
            ride.travel_min += minutes
            ride.action = self._arrive
            self._clock.put(self._clock.minute + minutes, NORMAL, ride)

    def _nearest(self, ride: _Ride) -> tuple[tuple[_Station, ...], float] | None:
        """Return the stations tried and the nearest other one that takes a vehicle, and the minutes to it."""
        vehicle, tried = ride.vehicle, ride.tried
        # the same for all of an origin and class that were at the same stations
        key = (vehicle.origin, vehicle.vehicle_class, tried)
        if key not in self._known:
            nearest = None
            for station in self._stations:
                if station in tried or not station.takes(vehicle.vehicle_class):
                    continue
                minutes = self._minutes(vehicle.origin, tried[-1] if tried else None, station)
                if minutes is not None and (nearest is None or minutes < nearest[1]):
                    nearest = ((*tried, station), minutes)
            self._known[key] = nearest
        return self._known[key]

    def _minutes(self, origin: str | None, last: _Station | None, station: _Station) -> float | None:
        """Return the way to a station: only those in reach of the origin, from the last one where that is known."""
        if self._ways is None or (origin is None and last is None):
            return 0.0
        direct = 0.0 if origin is None else self._ways.get((origin, station.name))
        if last is None or direct is None:
            return direct
        return self._ways.get((last.name, station.name), direct)

    def _arrive(self, ride: _Ride) -> None:
        """Let a vehicle have a free bay, wait for one, or drive on."""
        station, vehicle, now = ride.tried[-1], ride.vehicle, self._clock.minute
        ride.arrive_min = now
        most = vehicle.max_queue
        if most is not None and not station.serves_at_once and station.waiting >= most:
            self._drive_on(ride, Outcome.BALKED)
        elif station.free_bays:
            station.free_bays -= 1
            self._enter(ride)
        else:
            ride.action = self._enter
            station.queue.append(ride)
            if vehicle.patience_min is not None:
                # last: a bay that is free in the very instant in which patience ends is taken
                ride.patience = Call(self._give_up, ride)
                self._clock.put(now + vehicle.patience_min, LAST, ride.patience)

    def _give_up(self, call: Call) -> None:
        """Let a vehicle that still waits for a bay go."""
        ride: _Ride = call.load
        if ride.patience is call:
            ride.tried[-1].queue.remove(ride)
            self._drive_on(ride, Outcome.RENEGED)

    def _enter(self, ride: _Ride) -> None:
        """Let a vehicle in a bay have a battery that is ready, or wait for one."""
        station = ride.tried[-1]
        ride.entered_min = self._clock.minute
        station.short += 1
        if station.stock.ready:
            station.stock.take_ready(1)
            # others who act at this minute go first, and see it in the bay
            ride.action = self._swap
            self._clock.follow(ride)
        else:
            self._clock.start(self._await_battery(ride))

    def _await_battery(self, ride: _Ride) -> Waits:
        """Let a vehicle wait in its bay until a battery is ready or its patience ends."""
        station, patience_min = ride.tried[-1], ride.vehicle.patience_min
        left_min = math.inf if patience_min is None else ride.arrive_min + patience_min - ride.entered_min
        if (yield from station.stock.take(left_min)):
            self._swap(ride)
            return
        now = self._clock.minute
        station.short -= 1
        station.busy_min += now - ride.entered_min
        following = station.next_in_bay()
        if following is not None:
            self._clock.put(now, NORMAL, following)
        self._drive_on(ride, Outcome.RENEGED)

    def _swap(self, ride: _Ride) -> None:
        """Begin to swap the battery of a vehicle for the one that it has got."""
        station, now = ride.tried[-1], self._clock.minute
        station.short -= 1
        ride.start_min = now
        ride.action = self._leave
        self._clock.put(now + station.swap_min, NORMAL, ride)

    def _leave(self, ride: _Ride) -> None:
        """Let a vehicle leave with a full battery; its own is charged, and the next one has the bay."""
        station, vehicle = ride.tried[-1], ride.vehicle
        rack = station.stock.rack
        soc = vehicle.soc_start
        if soc is None:
            # the same energy as in fast charging, in a battery of this station's size
            soc = max(0.0, rack.ready_soc - vehicle.energy_kwh / rack.battery_kwh)
        station.stock.give(soc)
        station.busy_min += self._clock.minute - ride.entered_min
        ride.energy_kwh = max(0.0, rack.ready_soc - soc) * rack.battery_kwh
        ride.meter_kwh = ride.energy_kwh / station.efficiency
        self._ended(ride, Outcome.SERVED, ride.start_min)
        following = station.next_in_bay()
        if following is not None:
            self._clock.follow(following)

    def _drive_on(self, ride: _Ride, outcome: Outcome) -> None:
        """Let a vehicle that was not served leave for the next station."""
        self._ended(ride, outcome, self._clock.minute)
        self.set_out(ride)

    def _ended(self, ride: _Ride, outcome: Outcome, waited_until: float) -> None:
        """Note how a visit to a station ended."""
        ride.outcome, ride.leave_min = outcome, self._clock.minute
        ride.wait_min = waited_until - ride.arrive_min
        ride.lost_min += ride.wait_min


def _swaps_table(requests: pl.DataFrame, rides: list[_Ride]) -> pl.DataFrame:
    """Return one row per request, by id, of rides in the order of the requests."""
    columns: dict[str, list[object]] = {
        "station_id": [ride.tried[-1].name if ride.tried else None for ride in rides],
        "arrive_min": [ride.arrive_min for ride in rides],
        "start_min": [ride.start_min if ride.outcome is Outcome.SERVED else None for ride in rides],
        "leave_min": [ride.leave_min for ride in rides],
        "wait_min": [None if ride.outcome is None else ride.lost_min for ride in rides],
        "energy_kwh": [ride.energy_kwh for ride in rides],
        "meter_kwh": [ride.meter_kwh for ride in rides],
        "travel_min": [ride.travel_min for ride in rides],
        "tries": [len(ride.tried) for ride in rides],
        "outcome": [ride.story for ride in rides],
    }
    made = [
        pl.Series(name, columns[name], dtype=kind) if name in columns else requests[name]
        for name, kind in _SWAPS.items()
    ]
    return pl.DataFrame(made).sort("request_id")


def _load(swap_stations: list[_Station], interval_min: float) -> pl.DataFrame:
    """Return the load of the stations by interval."""
    return pl.concat(
        charges_load(station.stock.pieces, efficiency=station.efficiency, interval_min=interval_min, name=station.name)
        for station in swap_stations
    )


def _end_min(swaps: pl.DataFrame, swap_stations: list[_Station]) -> float:
    """Return when the last vehicle has left and the last battery is charged, minutes."""
    charged = [piece[1] for station in swap_stations for piece in station.stock.pieces]
    return float(max([0.0, *charged, *swaps["leave_min"].drop_nulls()]))


def _summary(
    table: pl.DataFrame,
    swap_stations: list[_Station],
    before: list[tuple[object, ...]],
    rides: list[_Ride],
    made: SwapResult,
) -> pl.DataFrame:
    """Return the figures of the stations of a result; the visits before the last of each vehicle come first."""
    wait = WAIT_MIN
    last = [ride.visit for ride in rides if ride.outcome is not None]
    visits = pl.DataFrame([*before, *last], schema=_VISITS, orient="row").sort("request_id", maintain_order=True)
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
    span = max(1.0, _end_min(made.swaps, swap_stations))
    use = pl.DataFrame(
        {
            "station_id": [station.name for station in swap_stations],
            "busy_min": [station.busy_min for station in swap_stations],
            "short_min": [station.stock.short_min for station in swap_stations],
        },
        schema={"station_id": pl.String, "busy_min": pl.Float64, "short_min": pl.Float64},
    )
    peaks = made.load.group_by("station_id").agg(peak_kw=pl.col("mean_kw").max())
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
