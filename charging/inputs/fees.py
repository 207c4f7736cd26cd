"""What a station asks on top of the tariff: for the kWh, to start, for the time, and for standing there when full."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from charging.inputs.hours import unreadable, weekly
from charging.inputs.rates import FREE, Rate
from data.tables.week_texts import FEES_LOOK_LIKE, fee_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.arrays import Floats
    from data.tables.week_texts import FeeRule


@dataclass(frozen=True, slots=True)
class Fees:
    """The fees of a station, each a rate that may change through the week.

    Attributes
    ----------
    energy
        For a kWh at the meter, CNY: what is charged in a period has the price of that period.
    start
        For a session, CNY, at the price of the moment in which it starts.
    time
        For an hour at the gun, charging or not, CNY.
    idle, idle_free_min
        For an hour at the gun after the charge, CNY, and how many minutes of that are free.
    """

    energy: Rate = FREE
    start: Rate = FREE
    time: Rate = FREE
    idle: Rate = FREE
    idle_free_min: float = 0.0

    @classmethod
    def of_row(cls, row: Mapping[str, Any], *, number: int = 0, first_weekday: int = 0) -> Fees:
        """Return the fees that a row of the layout states.

        ``fee_cny_kwh`` is asked at all hours, the fees for start, time and idling in ``fee_hours`` (null: always);
        where ``fee_periods`` speaks of a fee, its amount holds instead.

        Raises
        ------
        DataError
            Hours or periods of the fees that cannot be read.
        """
        text = row["fee_hours"]
        hours = None if text is None else weekly(text, first_weekday=first_weekday, row=number, column="fee_hours")
        rules = _rules(row["fee_periods"], number)

        def rate(kind: str, column: str) -> Rate:
            own = [rule for rule in rules if rule.kind == kind]
            if not own and not row[column]:
                return FREE  # one for all: most stations ask nothing on top of the tariff
            asked = None if kind == "energy" else hours
            return Rate.of_rules(row[column] or 0.0, asked, own, first_weekday=first_weekday)

        return cls(
            energy=rate("energy", "fee_cny_kwh"),
            start=rate("start", "start_fee_cny"),
            time=rate("time", "time_fee_cny_h"),
            idle=rate("idle", "idle_fee_cny_h"),
            idle_free_min=row["idle_free_min"] or 0.0,
        )

    @property
    def asked(self) -> bool:
        """Return whether the station asks anything on top of the tariff."""
        return self.energy.asked or self.stays

    @property
    def stays(self) -> bool:
        """Return whether the station asks anything but a price of the kWh."""
        return self.start.asked or self.time.asked or self.idle.asked

    def expected_cny(self, kwh: float, start_min: float, charge_min: float) -> float:
        """Return what a driver expects to pay for a charge from a time on, who leaves when it is full.

        The driver takes the power as constant: the kWh cost the mean price of the charge's minutes.
        """
        full_min = start_min + charge_min
        fee = kwh * self.energy.mean(start_min, full_min)
        if not self.stays:
            return fee
        return with_stay_cny(fee, self.start.at(start_min), self.time.mean(start_min, full_min), charge_min)

    def stay_cny(self, plug_min: Floats, full_min: Floats, leave_min: Floats) -> Floats:
        """Return what sessions pay for start, time and idling."""
        idle_from = np.minimum(full_min + self.idle_free_min, leave_min)
        hourly = self.time.over(plug_min, leave_min) + self.idle.over(idle_from, leave_min)
        return np.asarray(hourly / 60.0 + self.start.at_each(plug_min))

    def overstay_min(self, wished_min: float, full_min: float, response_h_cny: float) -> float:
        """Return how long a driver stands at the gun after the charge, who would like to stay ``wished_min``.

        What is free is used. The rest shrinks to exp(-response x fee): a stay that costs nothing is as long as
        wished, and each CNY/h takes off the same share.

        Parameters
        ----------
        wished_min
            Overstay without a fee, minutes.
        full_min
            When the charge is full: the fee counts that is asked once the free minutes are over.
        response_h_cny
            Share of the rest that each CNY/h takes off, where it is small.
        """
        free = self.idle_free_min
        return shortened_min(wished_min, free, response_h_cny * self.idle.at(full_min + free))


def shortened_min(wished_min: float, free_min: float, discouraged: float) -> float:
    """Return how long a driver stays of whom fees take away a share of the rest, ``discouraged`` where it is small."""
    if wished_min <= free_min:
        return wished_min
    return free_min + (wished_min - free_min) * math.exp(-discouraged)


def with_stay_cny(energy_cny: float, start_cny: float, time_cny_h: float, charge_min: float) -> float:
    """Return what a driver expects to pay who leaves when the charge is over."""
    return energy_cny + start_cny + time_cny_h * charge_min / 60.0


def _rules(text: str | None, row: int) -> list[FeeRule]:
    """Return the rules of fees by period."""
    if text is None:
        return []
    try:
        return fee_rules(text)
    except ValueError as fault:
        raise unreadable(text, fault, FEES_LOOK_LIKE, row=row, column="fee_periods") from None
