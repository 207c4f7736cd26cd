"""Days of vehicles without a timetable simulated with drawn traffic and temperature: which of them are completed.

Vehicles are SimPy processes: they drive their tours, stop at fast chargers or swap stations where the battery does not
last, and share the chargers of the depot between tours and at night. Who is not full again when the next duty begins is
late; who needs more stops than a day has room for is empty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN
from fleet.operators.day_chance import COMPLETED, DUTY_ENDS, EMPTY, LATE

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from data.arrays import Floats
    from fleet.operators.day_chance import DayChance
    from fleet.operators.duties.duties import Duties, DutyOption

_MOST: Final = 100
"""Vehicles that are simulated: of more of them some stand for all, with their part of the chargers."""
_CLOSE: Final = 1e-9  # kWh that rounding leaves


@dataclass(frozen=True, slots=True)
class DutyChargers:
    """Chargers of a fleet without a timetable.

    Attributes
    ----------
    depot : int
        Chargers in the depot; each gives the duties' `depot_kw` and goes on to the next vehicle by itself.
    stop_min : float
        Time of a stop on the way.
    """

    depot: int
    stop_min: float


def simulated_duties(
    duties: Duties,
    option: DutyOption,
    chargers: DutyChargers,
    chance: DayChance,
    *,
    days: int,
    temperature_c: float | None = None,
    seed: int = 0,
) -> pl.DataFrame:
    """Return what becomes of the duties on some days, spread over those of the year; each begins with full batteries.

    Parameters
    ----------
    duties, option, chargers
        What is driven, and with what.
    chance
        Spreads of traffic and temperature.
    days
        Days that are simulated.
    temperature_c
        About which the days' temperatures are drawn; those of the duties where not given.
    seed
        Seed of the draws.

    Returns
    -------
    polars.DataFrame
        Columns of `fleet.operators.day_chance.DUTY_ENDS`, without vehicles that stand.
    """
    some = _some(duties, days)
    number = len(some.km)
    if temperature_c is not None:
        some = replace(some, temperature_c=chance.temperatures_c(number, temperature_c, seed=seed))
    factor = chance.driving_factors(number, some.tour_km.shape[1:], seed=seed)
    used, minutes = some.used_kwh(factor), 60.0 * some.tour_km / some.km_h * factor
    planned = 60.0 * some.km / some.km_h
    shown = duties.weight * duties.km.shape[1] / some.km.shape[1]
    part = replace(chargers, depot=max(1, math.ceil(chargers.depot / shown - _CLOSE)))
    rows: list[tuple[int, int, str, float, float]] = []
    for day in range(number):
        ends = _Day(some, option, part, used[day], minutes[day]).run(planned[day], 60.0 * some.night_h[day])
        rows += [
            (day, vehicle, _outcome(ready, chance), 0.0 if ready is None else ready, least)
            for vehicle, (ready, least) in sorted(ends.items())
        ]
    return pl.DataFrame(rows, schema=DUTY_ENDS, orient="row")


def _some(duties: Duties, days: int) -> Duties:
    """Return some days and vehicles of an operator, evenly from all."""
    which = np.unique(np.linspace(0, len(duties.km) - 1, min(days, len(duties.km))).round().astype(np.int64))
    who = np.s_[: min(duties.km.shape[1], _MOST)]
    tours = duties.tours
    if tours is not None:
        tours = replace(tours, part=tours.part[which][:, who], loaded_back=tours.loaded_back[which][:, who])
    return replace(
        duties,
        km=duties.km[which][:, who],
        month=duties.month[which],
        temperature_c=duties.temperature_c[which],
        night_h=duties.night_h[which][:, who],
        tours=tours,
    )


def _outcome(late_min: float | None, chance: DayChance) -> str:
    """Return how a duty ended."""
    if late_min is None:
        return EMPTY
    return LATE if late_min > chance.late_min else COMPLETED


class _Day:
    """A day and its night of the vehicles of an operator, on SimPy's clock: minute 0 is when they leave."""

    def __init__(
        self, duties: Duties, option: DutyOption, chargers: DutyChargers, used: Floats, minutes: Floats
    ) -> None:
        import simpy  # noqa: PLC0415 - only simulated days need it

        self.duties, self.chargers, self.used, self.minutes = duties, chargers, used, minutes
        self.full, self.each = duties.lasts_kwh(option), duties.each_stop_kwh(option)
        self.env = simpy.Environment()
        self.depot = simpy.Resource(self.env, chargers.depot)
        self.ends: dict[int, tuple[float | None, float]] = {}

    def run(self, planned_min: Floats, night_min: Floats) -> dict[int, tuple[float | None, float]]:
        """Return by how much the next duty of each vehicle is late (None: this one was not ended), and least energy.

        Parameters
        ----------
        planned_min
            Driving time of each vehicle's duty on a mean day; 0 where it stands.
        night_min
            Time in the depot that its plan has before the next duty.
        """
        for vehicle in np.flatnonzero(planned_min > 0.0).tolist():
            # a duty lasts until the night begins, or as long as it takes
            home = max(DAY_MIN - float(night_min[vehicle]), self._planned(vehicle, float(planned_min[vehicle])))
            self.env.process(self.vehicle(vehicle, home, home + float(night_min[vehicle])))
        self.env.run()
        return self.ends

    def _planned(self, vehicle: int, driving_min: float) -> float:
        """Return the time of a duty without stops on the way."""
        tours = self.duties.tours
        between = 0.0 if tours is None else 60.0 * tours.depot_h
        return driving_min + between * (np.count_nonzero(self.used[vehicle]) - 1)

    def vehicle(self, vehicle: int, home_min: float, next_min: float) -> Generator[simpy.Event, None, None]:
        """Drive the tours of a duty, and charge for the next one."""
        kwh, stops, least = self.full, 0.0, self.full
        tours = np.flatnonzero(self.used[vehicle]).tolist()
        for tour in tours:
            need = float(self.used[vehicle, tour])
            short = max(0.0, need - kwh)
            asked = (math.ceil(short / self.each - _CLOSE) if self.each else math.inf) if short > _CLOSE else 0.0
            if stops + asked > self.duties.most_stops:
                self.ends[vehicle] = (None, min(least, kwh - need))
                return
            yield self.env.timeout(float(self.minutes[vehicle, tour]) + asked * self.chargers.stop_min)
            stops += asked
            kwh = min(self.full, kwh + asked * self.each - need)
            least = min(least, kwh)
            if tour != tours[-1] and self.duties.tours is not None:
                kwh += yield from self.between(60.0 * self.duties.tours.depot_h, kwh)
        # whoever is home early waits for customers, or for the end of the shift
        yield self.env.timeout(max(0.0, home_min - self.env.now))
        with self.depot.request() as gun:
            yield gun
            yield self.env.timeout(max(0.0, self.full - kwh) / self.duties.depot_kw * 60.0)
        self.ends[vehicle] = (max(0.0, self.env.now - next_min), least)

    def between(self, minutes: float, kwh: float) -> Generator[simpy.Event, None, float]:
        """Charge while a lorry is loaded, if a charger is free; return what it got."""
        ends = self.env.now + minutes
        given = 0.0
        with self.depot.request() as gun:
            yield gun | self.env.timeout(minutes)
            if gun.triggered:
                room = (self.full - kwh) / self.duties.depot_kw * 60.0
                charging = min(ends - self.env.now, room)
                yield self.env.timeout(charging)
                given = charging * self.duties.depot_kw / 60.0
        yield self.env.timeout(ends - self.env.now)
        return given
