"""Days of a simulation: season, holidays and how they multiply traffic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from data.county import County

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Day:
    """A day: energy multiplier of its month's temperature, multipliers of town and through traffic."""

    date: date
    energy_multiplier: float
    town_multiplier: float
    through_multiplier: float
    holiday: str | None

    @property
    def is_working_day(self) -> bool:
        """Return whether people go to work: Monday to Friday outside holidays."""
        return self.holiday is None and self.date.weekday() < _SATURDAY

    def km_multiplier(self, response: float) -> float:
        """Return how a class's km change that follows the change of town traffic to a part (below 0: against it)."""
        # not below 0: a strong response to a busy holiday cannot drive backwards
        return max(0.0, 1.0 + response * (self.town_multiplier - 1.0))


def days_of(county: County, start: date, days: int) -> list[Day]:
    """Return ``days`` days from ``start`` on; ``weather_months`` and ``calendar`` say what they are like."""
    weather = dict(county.weather_months.select("month", "energy_multiplier").rows())
    holidays = county.calendar.rows(named=True)
    result = []
    for offset in range(days):
        day = start + timedelta(days=offset)
        # the first row that holds the day; rows that overlap are not multiplied
        holiday = next((row for row in holidays if row["start_date"] <= day <= row["end_date"]), None)
        town, through, name = (
            (1.0, 1.0, None)
            if holiday is None
            else (holiday["town_multiplier"], holiday["through_multiplier"], holiday["holiday"])
        )
        result.append(Day(day, weather[day.month], town, through, name))
    return result
