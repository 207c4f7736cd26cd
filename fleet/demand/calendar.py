"""Days of a simulation: season, holidays and how they multiply traffic; over a whole year they multiply nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.county import County

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Year:
    """What the days of a year are like: multipliers of energy and of town traffic, with how many days have them."""

    kinds: tuple[tuple[float, float, int], ...] = ((1.0, 1.0, 1),)
    # by response, of which a county's classes have a few: to look a year up by its kinds takes longer than to add
    _means: dict[float, float] = field(default_factory=dict, init=False, repr=False, compare=False)

    def mean_use(self, response: float) -> float:
        """Return the mean over the days of what a class uses that follows town traffic to a part."""
        if response not in self._means:
            self._means[response] = _mean_use(self.kinds, response)
        return self._means[response]


@dataclass(frozen=True, slots=True)
class Day:
    """A day: energy multiplier of its month's temperature, multipliers of town and through traffic, and its year.

    Of a holiday also its occasion, where the calendar names one; of through traffic the mean multiplier of the year,
    over which that of the day is taken.

    Temperatures and holidays move energy within a year, not its sum: the tables' km and use are those of a mean day.
    """

    date: date
    energy_multiplier: float
    town_multiplier: float
    through_multiplier: float
    holiday: str | None
    year: Year = Year()
    occasion: str | None = None
    mean_through: float = 1.0

    @property
    def is_working_day(self) -> bool:
        """Return whether people go to work: Monday to Friday outside holidays."""
        return self.holiday is None and self.date.weekday() < _SATURDAY

    def use_multiplier(self, response: float) -> float:
        """Return the energy of the day over that of a mean day of its year, for a class that follows town traffic.

        `response` is the part to which it does (below 0: against it).
        """
        return _km(self.town_multiplier, response) * self.energy_multiplier / self.year.mean_use(response)


def days_of(county: County, start: date, days: int) -> list[Day]:
    """Return ``days`` days from ``start`` on; ``weather_months`` and ``calendar`` say what they are like.

    The multiplier of through traffic is over the mean of its year: counts of traffic are yearly means.
    """
    weather = dict(county.weather_months.select("month", "energy_multiplier").rows())
    holidays = county.calendar.rows(named=True)
    occasions = dict(county.calendar.select("holiday", "occasion").iter_rows())
    wanted = [start + timedelta(days=offset) for offset in range(days)]
    years = {year: _year(year, weather, holidays) for year in sorted({day.year for day in wanted})}
    result = []
    for day in wanted:
        town, through, name = _holiday(day, holidays)
        year, mean_through = years[day.year]
        occasion = occasions.get(name) if name is not None else None
        through /= mean_through
        result.append(Day(day, weather[day.month], town, through, name, year, occasion, mean_through))
    return result


def _holiday(day: date, holidays: Sequence[Mapping[str, Any]]) -> tuple[float, float, str | None]:
    """Return multipliers of town and through traffic, and the holiday, None on other days."""
    # the first row that holds the day; rows that overlap are not multiplied
    row = next((row for row in holidays if row["start_date"] <= day <= row["end_date"]), None)
    return (1.0, 1.0, None) if row is None else (row["town_multiplier"], row["through_multiplier"], row["holiday"])


def _year(year: int, weather: Mapping[int, float], holidays: Sequence[Mapping[str, Any]]) -> tuple[Year, float]:
    """Return a year, and the mean of its multipliers of through traffic."""
    start = date(year, 1, 1)
    days = [start + timedelta(days=offset) for offset in range((date(year + 1, 1, 1) - start).days)]
    found = [_holiday(day, holidays) for day in days]
    kinds = Counter((weather[day.month], town) for day, (town, _, _) in zip(days, found, strict=True))
    through = sum(through for _, through, _ in found) / len(days)
    return Year(tuple((energy, town, number) for (energy, town), number in sorted(kinds.items()))), through


def _km(town_multiplier: float, response: float) -> float:
    """Return km of a day over those of an ordinary one."""
    # not below 0: a strong response to a busy holiday cannot drive backwards
    return max(0.0, 1.0 + response * (town_multiplier - 1.0))


def _mean_use(kinds: tuple[tuple[float, float, int], ...], response: float) -> float:
    """Return the mean of km times energy over the days of a year."""
    total = sum(number for *_, number in kinds)
    return sum(energy * _km(town, response) * number for energy, town, number in kinds) / total
