"""What a station asks on top of the tariff: for the kWh, to start, for the time, and for standing there when full."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from charging.inputs.hours import Hours, open_minutes, weekly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.arrays import Floats


@dataclass(frozen=True, slots=True)
class Fees:
    """The fees of a station.

    Attributes
    ----------
    cny_kwh
        For a kWh at the meter.
    start_cny
        For a session.
    time_cny_h
        For an hour at the gun, charging or not.
    idle_cny_h, idle_free_min
        For an hour at the gun after the charge, and how many minutes of that are free.
    hours
        When the fees for start, time and idling are asked; None: always.
    """

    cny_kwh: float = 0.0
    start_cny: float = 0.0
    time_cny_h: float = 0.0
    idle_cny_h: float = 0.0
    idle_free_min: float = 0.0
    hours: Hours | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any], *, number: int = 0, first_weekday: int = 0) -> Fees:
        """Return the fees that a row of the layout states.

        Raises
        ------
        DataError
            Hours of the fees that cannot be read.
        """
        text = row["fee_hours"]
        return cls(
            cny_kwh=row["fee_cny_kwh"] or 0.0,
            start_cny=row["start_fee_cny"] or 0.0,
            time_cny_h=row["time_fee_cny_h"] or 0.0,
            idle_cny_h=row["idle_fee_cny_h"] or 0.0,
            idle_free_min=row["idle_free_min"] or 0.0,
            hours=None if text is None else weekly(text, first_weekday=first_weekday, row=number, column="fee_hours"),
        )

    @property
    def asked(self) -> bool:
        """Return whether the station asks anything on top of the tariff."""
        return bool(self.cny_kwh or self.stays)

    @property
    def stays(self) -> bool:
        """Return whether the station asks anything but a price of the kWh."""
        return bool(self.start_cny or self.time_cny_h or self.idle_cny_h)

    def expected_cny(self, kwh: float, start_min: float, charge_min: float) -> float:
        """Return what a driver expects to pay for a charge from a time on, who leaves when it is full."""
        if not self.stays:
            return self.cny_kwh * kwh
        start, full = np.array([start_min]), np.array([start_min + charge_min])
        return self.cny_kwh * kwh + float(self.stay_cny(start, full, full)[0])

    def stay_cny(self, plug_min: Floats, full_min: Floats, leave_min: Floats) -> Floats:
        """Return what sessions pay for start, time and idling."""
        bill = self.time_cny_h / 60.0 * open_minutes(self.hours, plug_min, leave_min)
        idle_from = np.minimum(full_min + self.idle_free_min, leave_min)
        bill += self.idle_cny_h / 60.0 * open_minutes(self.hours, idle_from, leave_min)
        if self.hours is None:
            return np.asarray(bill + self.start_cny)
        started = np.array([self.hours.is_open(minute) for minute in plug_min.tolist()], dtype=bool)
        return np.asarray(bill + np.where(started, self.start_cny, 0.0))

    def overstay_min(self, wished_min: float, full_min: float, response_h_cny: float) -> float:
        """Return how long a driver stands at the gun after the charge, who would like to stay ``wished_min``.

        What is free is used. The rest shrinks to exp(-response x fee): a stay that costs nothing is as long as
        wished, and each CNY/h takes off the same share.

        Parameters
        ----------
        wished_min
            Overstay without a fee, minutes.
        full_min
            When the charge is full: the fee counts where it is asked once the free minutes are over.
        response_h_cny
            Share of the rest that each CNY/h takes off, where it is small.
        """
        free = self.idle_free_min
        if not self.idle_cny_h or wished_min <= free:
            return wished_min
        if self.hours is not None and not self.hours.is_open(full_min + free):
            return wished_min
        return free + (wished_min - free) * math.exp(-response_h_cny * self.idle_cny_h)
