"""What a bunkering station is: berths, pump, times of a call, daily window, tank and trucks."""

from __future__ import annotations

import math
from dataclasses import dataclass

from data.arrays import DAY_MIN


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
    closed: tuple[tuple[float, float], ...] = ()

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
        minute = now_min
        while True:  # a closure may end outside the window, and the window open inside another closure
            opened = self._window_opening(minute)
            later = next((end for start, end in self.closed if start <= opened < end), opened)
            if later == opened:
                return opened
            minute = later

    def _window_opening(self, now_min: float) -> float:
        """Return the first minute from now on at which the daily window is open."""
        # a window over midnight has its end before its start; 0 means the whole day
        span = (self.close_h - self.open_h) % 24.0 or 24.0
        since = (now_min / 60.0 - self.open_h) % 24.0
        if since < span:
            return now_min
        # the next opening after now, counted in whole days
        return (math.floor((now_min / 60.0 - self.open_h) / 24.0) + 1.0) * DAY_MIN + 60.0 * self.open_h
