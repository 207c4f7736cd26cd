"""What chance does to the planned day of a vehicle: traffic and temperature, and how a duty may end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import polars as pl

from data.streams import stream

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County

COMPLETED, LATE, EMPTY = "completed", "late", "empty"
"""Ends of a duty: done; something began too late; the battery did not last."""
DUTY_ENDS: Final = pl.Schema(
    {"day": pl.Int64, "vehicle": pl.Int64, "outcome": pl.String, "late_min": pl.Float64, "least_kwh": pl.Float64}
)
"""Columns: a row per day and vehicle that is out; by how much it was late, and the least energy in its battery."""


@dataclass(frozen=True, slots=True)
class DayChance:
    """What chance does to a day.

    Attributes
    ----------
    traffic_cv, trip_cv : float
        Spread of the driving time of a day, and of a trip about that of its day; both log-normal with mean 1.
    temperature_sd_k : float
        Of the day, about the temperature that is planned for.
    late_min : float
        A duty that is later than this is not completed.
    """

    traffic_cv: float
    trip_cv: float
    temperature_sd_k: float
    late_min: float

    @classmethod
    def from_county(cls, county: County) -> Self:
        """Return the figures ``operators.*`` of a county."""
        names = ("traffic_cv", "trip_cv", "temperature_sd_k", "late_start_min")
        return cls(*(county.figure(f"operators.{name}") for name in names))

    def driving_factors(self, days: int, trips: tuple[int, ...], *, seed: int) -> Floats:
        """Return driving times over those of a mean day, by day and trip (any shape); an array per decision."""
        each = (days, *(1 for _ in trips))
        traffic = _lognormal(stream(seed, "operators", "traffic").standard_normal(each), self.traffic_cv)
        own = _lognormal(stream(seed, "operators", "trip").standard_normal((days, *trips)), self.trip_cv)
        return traffic * own

    def temperatures_c(self, days: int, about_c: float, *, seed: int) -> Floats:
        """Return the outdoor temperature of each day."""
        return about_c + self.temperature_sd_k * stream(seed, "operators", "day").standard_normal(days)


def _lognormal(scores: Floats, cv: float) -> Floats:
    """Return factors with mean 1 and a coefficient of variation, from normal scores."""
    variance = np.log1p(cv * cv)
    return np.asarray(np.exp(np.sqrt(variance) * scores - 0.5 * variance))
