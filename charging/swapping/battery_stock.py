"""A stock of batteries that are swapped: full ones are handed out, empty ones are charged again. Built on SimPy."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import simpy

from charging.engine.clock import NORMAL, Call
from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from charging.engine.clock import Clock


@dataclass(frozen=True, slots=True)
class Rack:
    """What a stock of batteries consists of.

    Attributes
    ----------
    batteries : int
        Batteries in the racks at the start, all ready.
    chargers : int
        Batteries that charge at the same time.
    charger_kw : float
        Power of a charger at the battery.
    battery_kwh : float
        Size of a battery.
    ready_soc : float
        State of charge up to which a battery is charged; then it is handed out.
    limit_kw : float or None
        Power of all chargers together; None: no limit. Batteries that charge at the same time share it equally.
    """

    batteries: int
    chargers: int
    charger_kw: float
    battery_kwh: float
    ready_soc: float = 1.0
    limit_kw: float | None = None

    def __post_init__(self) -> None:
        """Validate the rack.

        Raises
        ------
        DataError
            Less than one battery or charger, sizes not above 0, a ready SOC outside (0, 1], a limit not above 0.
        """
        for name in ("batteries", "chargers"):
            if getattr(self, name) < 1:
                raise DataError(f"{name}: got {getattr(self, name)}, expected at least 1.")
        for name in ("charger_kw", "battery_kwh"):
            if not getattr(self, name) > 0.0:
                raise DataError(f"{name}: got {getattr(self, name)}, expected more than 0.")
        if not 0.0 < self.ready_soc <= 1.0:
            raise DataError(f"ready_soc: got {self.ready_soc}, expected a share above 0 and at most 1.")
        if self.limit_kw is not None and not self.limit_kw > 0.0:
            raise DataError(f"limit_kw: got {self.limit_kw}, expected more than 0.")

    def power_kw(self, charging: int) -> float:
        """Return the power of each battery while `charging` of them charge, kW: max-min fair behind the limit."""
        if self.limit_kw is None:
            return self.charger_kw
        # behind a limit all get the same, because none could take more than another
        return min(self.charger_kw, self.limit_kw / charging)


class BatteryStock:
    """Batteries of one kind at one place.

    A battery that comes back waits for a charger (first come, first served), charges to the ready SOC, and is handed
    to the vehicle that asked first. The power of a battery changes only when another one begins or is ready; all that
    charge get the same, so each is ready when what one battery has got since the start has grown by its need.

    Parameters
    ----------
    clock : Clock
        Clock of the simulation.
    rack : Rack
        Batteries and chargers.
    beside : bool
        Whether batteries get ready beside the clock's queue while no vehicle waits for one: what calls the clock's
        ``run_beside`` calls :meth:`charge_until`.

    Attributes
    ----------
    next_min : float
        When the next battery is ready beside the queue; infinite where none is.
    ready : int
        Batteries that could be handed out now.
    pieces : list of (float, float, float)
        Spans of constant power of all chargers together: start and end (min), kW at the batteries.
    short_min : float
        Minutes in which a vehicle waited for a battery.
    """

    def __init__(self, clock: Clock, rack: Rack, *, beside: bool = False) -> None:
        self._clock = clock
        self._beside = beside
        self.next_min = math.inf
        self._order = 0
        self.rack = rack
        self.ready = rack.batteries
        self._asked: deque[simpy.Event] = deque()
        self._queue: deque[float] = deque()
        self._charging: list[float] = []
        self._given_kwh = 0.0
        self._power_kw = 0.0
        self._since_min = clock.minute
        self._plan = 0
        self.pieces: list[tuple[float, float, float]] = []
        self.short_min = 0.0
        self._waiting = 0
        self._short_since = 0.0

    def take(self, patience_min: float = math.inf) -> Generator[Any, Any, bool]:
        """Wait for a ready battery and take it; return whether there was one in time. Being interrupted takes none."""
        asked = self._clock.event()
        if self.ready:
            # handed out at once, and nobody is short
            self.ready -= 1
            try:
                yield asked.succeed()
            except simpy.Interrupt:
                self._hand_out()
                raise
            return True
        self._asked.append(asked)
        if self.next_min < math.inf:
            # who waits has to hear of it
            self._clock.put(self.next_min, NORMAL, Call(self._on_ready, self._plan), order=self._order)
            self.next_min = math.inf
        self._short(1)
        try:
            yield asked if patience_min == math.inf else asked | self._clock.timeout(patience_min)
        except simpy.Interrupt:
            # withdrawn, or the next battery would go to a vehicle that has left
            self._withdraw(asked)
            self._short(-1)
            raise
        self._short(-1)
        # a battery that is ready in the very instant in which patience ends is taken
        self._withdraw(asked)
        return asked.triggered

    def take_ready(self, number: int) -> None:
        """Take batteries that are ready: for a task, which waits no minute for them but gives way to others."""
        self.ready -= number

    def _withdraw(self, asked: simpy.Event) -> None:
        """Let a vehicle no longer wait that has got no battery."""
        if not asked.triggered:
            self._asked.remove(asked)

    def _hand_out(self) -> None:
        """Give a battery that is ready to the vehicle that asked first, or keep it."""
        if self._asked:
            self._asked.popleft().succeed()
        else:
            self.ready += 1

    def _short(self, change: int) -> None:
        """Count the vehicles that wait for a battery, and how long any does."""
        if self._waiting == 0:
            # from the first that waits to the last: two that wait at a time count once
            self._short_since = self._clock.minute
        self._waiting += change
        if self._waiting == 0:
            self.short_min += self._clock.minute - self._short_since

    def give(self, *socs: float) -> None:
        """Put emptier batteries back; each is charged as soon as a charger is free."""
        waiting = len(self._queue)
        for soc in socs:
            # a battery fuller than the ready SOC needs nothing and gives nothing back
            need_kwh = max(0.0, self.rack.ready_soc - soc) * self.rack.battery_kwh
            if need_kwh > 0.0:
                self._queue.append(need_kwh)
            else:
                self._hand_out()
        if len(self._queue) > waiting:
            # booked before the next one begins: from then on each may get another power
            self._book(self._clock.minute)
            self._go_on(self._clock.minute, None)

    def _book(self, now: float) -> None:
        """Book what the chargers gave since the last change."""
        since_min, charging = self._since_min, len(self._charging)
        if charging and now > since_min:
            self.pieces.append((since_min, now, charging * self._power_kw))
            # of one battery: all that charge get the same power
            self._given_kwh += self._power_kw * (now - since_min) / 60.0
        self._since_min = now

    def _go_on(self, now: float, order: int | None) -> None:
        """Let batteries begin at free chargers, and foresee which is ready next, with an order that is new if None."""
        while self._queue and len(self._charging) < self.rack.chargers:
            # due when one battery's energy since the start has grown by the need
            heappush(self._charging, self._given_kwh + self._queue.popleft())
        # a plan that something overtook is known by its number: what stands in the queue cannot be taken out
        self._plan += 1
        self.next_min = math.inf
        if self._charging:
            left_kwh = max(0.0, self._charging[0] - self._given_kwh)
            self._power_kw = self.rack.power_kw(len(self._charging))
            minutes = 60.0 * left_kwh / self._power_kw
            if self._beside and not self._asked:
                self.next_min, self._order = now + minutes, self._clock.order() if order is None else order
                self._clock.mind(self.next_min)
            else:
                self._clock.call_at(now + minutes, NORMAL, self._on_ready, self._plan)

    def _on_ready(self, call: Call) -> None:
        """Hand on the battery that is ready, unless something else began in the meantime."""
        if call.load == self._plan:
            self._ready(self._clock.minute, None)

    def _ready(self, now: float, order: int | None) -> None:
        """Hand on the battery that is ready."""
        self._book(now)
        # to the exact need, so that rounding does not add up over thousands of batteries
        self._given_kwh = heappop(self._charging)
        self._hand_out()
        self._go_on(now, order)

    def charge_until(self, until_min: float, order: float, new: int) -> None:
        """Let batteries get ready beside the queue up to a time and order, as `charging.engine.clock.Beside` does."""
        while self.next_min < until_min or (self.next_min == until_min < math.inf and self._order < order):
            self._ready(self.next_min, new)


def charges_load(
    pieces: Sequence[tuple[float, float, float]], *, efficiency: float, interval_min: float, name: str
) -> pl.DataFrame:
    """Return the load of charging by interval.

    Parameters
    ----------
    pieces
        Start and end (min) and power (kW at the batteries), as of :class:`BatteryStock`.
    efficiency
        Battery over meter.
    interval_min
        Length of an interval.
    name
        Name of the station.

    Returns
    -------
    polars.DataFrame
        ``station_id, start_min, energy_kwh, meter_kwh, mean_kw`` (meter side) of intervals with load.
    """
    begin, finish, power_kw = np.array(pieces, dtype=np.float64).reshape(-1, 3).T
    edges = interval_min * np.arange(int(finish.max(initial=0.0) // interval_min) + 2, dtype=np.float64)
    # each piece once per interval that it touches, piece by piece: sums come in the order in which power changed
    first = (begin // interval_min).astype(np.int64)
    touched = (finish // interval_min).astype(np.int64) + 1 - first
    piece = np.repeat(np.arange(len(first)), touched)
    cell = np.arange(len(piece)) - np.repeat(np.cumsum(touched) - touched, touched) + first[piece]
    overlap = np.minimum(edges[cell + 1], finish[piece]) - np.maximum(edges[cell], begin[piece])
    energy = np.zeros(len(edges) - 1)
    np.add.at(energy, cell, power_kw[piece] * np.maximum(overlap, 0.0) / 60.0)
    loaded = energy > 0.0
    return pl.DataFrame({"start_min": edges[:-1][loaded], "energy_kwh": energy[loaded]}).select(
        pl.lit(name).alias("station_id"),
        "start_min",
        "energy_kwh",
        meter_kwh=pl.col("energy_kwh") / efficiency,
        mean_kw=pl.col("energy_kwh") / efficiency * 60.0 / interval_min,
    )
