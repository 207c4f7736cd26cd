"""Through traffic on holidays: more cars, longer trips, and so more charges, of other models and from another SOC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.schemas.supply import ORDINARY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.arrays import Floats, Ints
    from fleet.demand.calendar import Day
    from fleet.demand.holidays.trip_lengths import RoadCharges, RoadTrips
    from fleet.demand.plugs.models import Models


@dataclass(frozen=True, slots=True)
class HolidayCharges:
    """Charges of a holiday's cars.

    Attributes
    ----------
    ratio : float
        Chance that a car charges in the county over that of an ordinary day.
    charges : RoadCharges
        Models and SOC.
    """

    ratio: float
    charges: RoadCharges


def holiday_charges(
    trips: RoadTrips | None, days: Sequence[Day], models: Models, rule: Mapping[str, float]
) -> list[HolidayCharges | None]:
    """Return the charges of the cars of each day; None on ordinary days, and on those whose trips have no lengths.

    Ordinary trips are those of a mean day, whose chance ``through_traffic`` states; the holiday's have its weather.
    Computed once per occasion and weather.
    """
    if trips is None or not any(day.occasion in trips.bands for day in days):
        return [None] * len(days)
    usual = trips.charges(ORDINARY, trips.cars(models, rule, weather=1.0)).probability
    known: dict[tuple[str, float], HolidayCharges | None] = {}
    found: list[HolidayCharges | None] = []
    for day in days:
        if day.occasion is None or day.occasion not in trips.bands:
            found.append(None)
            continue
        key = (day.occasion, day.use_multiplier(0.0))
        if key not in known:
            charges = trips.charges(day.occasion, trips.cars(models, rule, weather=key[1]))
            # where nobody has to charge on either the calendar says how many come
            either = usual > 0.0 and charges.probability > 0.0
            known[key] = HolidayCharges(charges.probability / usual, charges) if either else None
        found.append(known[key])
    return found


def with_long_trips(
    model: Ints, soc: Floats, holidays: Sequence[HolidayCharges | None], cars: Ints, lot: Floats
) -> tuple[Ints, Floats]:
    """Return models and SOC of the cars of all days, those of holidays by the lengths of their trips.

    Parameters
    ----------
    model, soc
        Of each car, as on ordinary days.
    holidays
        By day.
    cars
        Cars by day.
    lot
        Between 0 and 1, of each car.
    """
    models, socs = model.copy(), soc.copy()
    ends = np.cumsum(cars)
    for holiday, end, number in zip(holidays, ends.tolist(), cars.tolist(), strict=True):
        if holiday is not None and number:
            mine = slice(end - number, end)
            models[mine], socs[mine] = holiday.charges.drawn(lot[mine])
    return models, socs
