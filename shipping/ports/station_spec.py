"""What a bunkering station is: berths, pump, times of a call, daily window, tank, deliveries and their rules."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from data.arrays import DAY_MIN


class UnloadRule(StrEnum):
    """What vessels may do while a delivery unloads.

    GB/T 51312-2018 sets the unloading place apart from the bunkering berth, and simultaneous operation is a matter of
    the risk assessment of a station; no text that forbids it was found, so the rule of a station is an assumption.
    """

    ALONE = "alone"
    """No vessel is alongside while it unloads, and no delivery begins while one is, purging included."""
    PER_TANK = "per_tank"
    """One tank is filled while the others serve: vessels get what those hold. With one tank as ``alone``."""
    PER_BERTH_DISTANCE = "per_berth_distance"
    """The berth next to the unloading place stays free; the others serve. With one berth as ``alone``."""
    TOGETHER = "together"
    """Vessels bunker as ever."""


@dataclass(frozen=True, slots=True)
class StationSpec:
    """What a station is; fields as in `shipping.schemas.Supply`, and when fog or flood closes it (start, end)."""

    station: str
    chainage_km: float
    berths: int
    pump_m3_h: float
    mooring_min: float
    precool_min: float
    purge_min: float
    open_h: float
    close_h: float
    tank_m3: float
    tank_start_m3: float
    fill_max_share: float
    heel_share: float
    reorder_share: float
    truck_m3: float
    truck_lead_h: float
    truck_lead_cv: float
    truck_unload_min: float
    unload_alone: bool
    boil_off_share_per_day: float
    density_t_m3: float
    berth_dwt: float | None = None
    trucks: int | None = None
    unload_rule: str | None = None
    unload_open_h: float | None = None
    unload_close_h: float | None = None
    unload_weather_stop: bool | None = None
    tanks: int | None = None
    supply: str | None = None
    delivery_interval_h: float | None = None
    closed: tuple[tuple[float, float], ...] = ()

    @property
    def rule(self) -> UnloadRule:
        """What holds while a delivery unloads: a rule that the station is too small for is ``alone``."""
        if self.unload_rule is None:
            return UnloadRule.ALONE if self.unload_alone else UnloadRule.TOGETHER
        rule = UnloadRule(self.unload_rule)
        small = (rule is UnloadRule.PER_TANK and (self.tanks or 1) < 2) or (
            rule is UnloadRule.PER_BERTH_DISTANCE and self.berths < 2
        )
        return UnloadRule.ALONE if small else rule

    @property
    def serving_share(self) -> float:
        """Share of the tanks that serves while one is filled."""
        return 1.0 - 1.0 / (self.tanks or 1)

    def due_min(self, earliest_min: float) -> float:
        """Return when a delivery comes that could come from a minute on: at the next time of the timetable."""
        if self.delivery_interval_h is None:
            return earliest_min
        interval = 60.0 * self.delivery_interval_h
        return math.ceil(earliest_min / interval) * interval

    def next_unloading(self, now_min: float) -> float:
        """Return the first minute from now on at which a delivery may begin to unload, as far as hours and weather."""
        stops = self.closed if self.unload_weather_stop else ()
        opened, closed = self.unload_open_h, self.unload_close_h
        if opened is None or closed is None:
            opened, closed = 0.0, 24.0
        return _next_open(now_min, opened, closed, stops)

    @property
    def full_m3(self) -> float:
        """Level up to which the tank may be filled."""
        return self.tank_m3 * self.fill_max_share

    @property
    def heel_m3(self) -> float:
        """Level below which nothing is handed out."""
        return self.tank_m3 * self.heel_share

    def next_opening(self, now_min: float) -> float:
        """Return the first minute from now on at which the daily window is open and no closure lasts."""
        return _next_open(now_min, self.open_h, self.close_h, self.closed)


def _next_open(now_min: float, open_h: float, close_h: float, closed: tuple[tuple[float, float], ...]) -> float:
    """Return the first minute from now on at which a daily window is open and no closure lasts."""
    minute = now_min
    while True:  # a closure may end outside the window, and the window open inside another closure
        opened = _window_opening(minute, open_h, close_h)
        later = next((end for start, end in closed if start <= opened < end), opened)
        if later == opened:
            return opened
        minute = later


def _window_opening(now_min: float, open_h: float, close_h: float) -> float:
    """Return the first minute from now on at which a daily window is open."""
    # a window over midnight has its end before its start; 0 means the whole day
    span = (close_h - open_h) % 24.0 or 24.0
    since = (now_min / 60.0 - open_h) % 24.0
    if since < span:
        return now_min
    # the next opening after now, counted in whole days
    return (math.floor((now_min / 60.0 - open_h) / 24.0) + 1.0) * DAY_MIN + 60.0 * open_h
