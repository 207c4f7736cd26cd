"""A planned day of buses simulated with drawn traffic and temperature: which duties are completed, why others fail.

Buses are SimPy processes that follow their blocks; chargers in depot and at stops are resources. A trip takes longer
by the day's traffic and its own; energy follows temperature and time. A late bus drives on at once, and charges what
the time until its next departure leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import polars as pl

from data.streams import stream
from fleet.operators.buses.bus_plan import most_at_once, terminal_charges
from fleet.operators.depots import DEPOT

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from data.arrays import Floats
    from data.county import County
    from fleet.operators.buses.bus_plan import BusPlan, BusService

COMPLETED, LATE, EMPTY = "completed", "late", "empty"
"""Ends of a duty: done; a trip began too late; the battery did not last."""
DUTIES: Final = pl.Schema(
    {"day": pl.Int64, "vehicle": pl.Int64, "outcome": pl.String, "late_min": pl.Float64, "least_kwh": pl.Float64}
)
"""Columns: a row per day and bus; the latest start of its trips, and the least energy in its battery."""


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
        A duty whose trip starts later than this is not completed.
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


def simulated_days(
    service: BusService, plan: BusPlan, chance: DayChance, *, temperature_c: float, days: int, seed: int = 0
) -> pl.DataFrame:
    """Return what becomes of the duties of a plan.

    Parameters
    ----------
    service, plan
        What is driven, and how.
    chance
        Spreads of traffic and temperature.
    temperature_c
        About which the days' temperatures are drawn.
    days
        Days that are simulated; each begins with full batteries.
    seed
        Seed of the draws.

    Returns
    -------
    polars.DataFrame
        Columns of `DUTIES`.
    """
    # an array per decision, for all days and activities at once
    traffic = _lognormal(stream(seed, "operators", "traffic").standard_normal((days, 1)), chance.traffic_cv)
    own = _lognormal(stream(seed, "operators", "trip").standard_normal((days, plan.table.height)), chance.trip_cv)
    cold = temperature_c + chance.temperature_sd_k * stream(seed, "operators", "day").standard_normal(days)
    chargers = {stop: most_at_once(rows) for stop, rows in terminal_charges(plan.table)}
    # as many as the plan has in use at once when each bus charges as it comes: guns of its own at night
    chargers[DEPOT] = max(1, plan.depot.guns)
    rows = []
    for day in range(days):
        energy = _energy(service, plan, traffic[day] * own[day], float(cold[day]))
        rows += [(day, *end) for end in _Day(plan, chance, traffic[day] * own[day], energy, chargers).run()]
    return pl.DataFrame(rows, schema=DUTIES, orient="row")


def _lognormal(scores: Floats, cv: float) -> Floats:
    """Return factors with mean 1 and a coefficient of variation, from normal scores."""
    variance = np.log1p(cv * cv)
    return np.asarray(np.exp(np.sqrt(variance) * scores - 0.5 * variance))


def _energy(service: BusService, plan: BusPlan, factor: Floats, temperature_c: float) -> Floats:
    """Return the energy of each activity on a day: driving as planned, the cabin for the time that it takes."""
    table, climate = plan.table, service.consumption.climate
    minutes = (table["end_min"] - table["start_min"]).to_numpy()
    moving = table["activity"].is_in(["trip", "deadhead", "pull_out", "pull_in"]).to_numpy()
    planned = float(climate.cabin_kw(plan.temperature_c)) * minutes / 60.0
    today = float(climate.cabin_kw(temperature_c)) * minutes * factor / 60.0
    return np.where(moving, table["used_kwh"].to_numpy() - planned + today, 0.0)


class _Day:
    """A day of all buses of a plan, on SimPy's clock."""

    def __init__(
        self, plan: BusPlan, chance: DayChance, factor: Floats, energy: Floats, chargers: dict[str, int]
    ) -> None:
        import simpy  # noqa: PLC0415 - only simulated days need it

        self.plan, self.chance, self.factor, self.energy = plan, chance, factor, energy
        self.env = simpy.Environment(initial_time=float(plan.table["start_min"].to_numpy().min()) - 1.0)
        self.chargers = {place: simpy.Resource(self.env, number) for place, number in chargers.items()}
        self.ends: dict[int, tuple[str, float, float]] = {}

    def run(self) -> list[tuple[int, str, float, float]]:
        """Return vehicle, outcome, latest start and least energy of each bus."""
        rows = self.plan.table.with_row_index("row").to_dicts()
        buses: dict[int, list[dict[str, Any]]] = {}
        for row in rows:
            buses.setdefault(row["vehicle"], []).append(row)
        for vehicle, activities in buses.items():
            self.env.process(self.bus(vehicle, activities))
        self.env.run()
        return [(vehicle, *self.ends[vehicle]) for vehicle in buses]

    def bus(self, vehicle: int, activities: list[dict[str, Any]]) -> Generator[simpy.Event, None, None]:
        """Follow a block until it ends, or cannot be completed."""
        battery = self.plan.battery
        kwh, least, late = battery.usable_kwh, battery.usable_kwh, 0.0
        outcome = COMPLETED
        for number, row in enumerate(activities):
            if row["activity"] == "charge":
                leaves = activities[number + 1]["start_min"]
                charged = yield from self.charge(row, kwh, leaves)
                kwh += charged
                continue
            if self.env.now < row["start_min"]:
                yield self.env.timeout(row["start_min"] - self.env.now)
            if row["activity"] == "trip":
                late = max(late, self.env.now - row["start_min"])
            minutes = (row["end_min"] - row["start_min"]) * float(self.factor[row["row"]])
            yield self.env.timeout(minutes)
            kwh -= float(self.energy[row["row"]])
            least = min(least, kwh)
            if kwh < 0.0:
                outcome = EMPTY
                break
        if outcome == COMPLETED and late > self.chance.late_min:
            outcome = LATE
        self.ends[vehicle] = (outcome, late, least)

    def charge(self, row: dict[str, Any], kwh: float, leaves: float) -> Generator[simpy.Event, None, float]:
        """Charge at a place until the battery is full or the bus has to leave; return what it got."""
        battery = self.plan.battery
        power = row["charged_kwh"] / (row["end_min"] - row["start_min"])
        with self.chargers[row["from_place"]].request() as gun:
            yield gun | self.env.timeout(max(0.0, leaves - self.env.now))
            if not gun.triggered:
                return 0.0
            ready = max(self.env.now, min(row["start_min"], leaves))
            # a late bus plugs in later, and leaves at its time all the same
            minutes = max(0.0, min((battery.usable_kwh - kwh) / power, leaves - ready))
            yield self.env.timeout(max(0.0, ready - self.env.now) + minutes)
            return float(minutes * power)
