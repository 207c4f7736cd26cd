"""A planned day of buses simulated with drawn traffic and temperature: which duties are completed, why others fail.

Buses are SimPy processes that follow their blocks; chargers in depot and at stops are resources. A trip takes longer
by the day's traffic and its own; energy follows temperature and time. A late bus drives on at once, and charges what
the time until its next departure leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from fleet.operators.buses.bus_plan import most_at_once, terminal_charges
from fleet.operators.day_chance import COMPLETED, DUTY_ENDS, EMPTY, LATE
from fleet.operators.depots import DEPOT

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from data.arrays import Floats
    from fleet.operators.buses.bus_plan import BusPlan, BusService
    from fleet.operators.day_chance import DayChance


def simulated_days(
    service: BusService, plan: BusPlan, chance: DayChance, *, temperature_c: float, days: int, seed: int = 0
) -> pl.DataFrame:
    """Return what becomes of the duties of a plan.

    Parameters
    ----------
    service, plan
        What is driven, with the slack of the plan, and how.
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
        Columns of `fleet.operators.day_chance.DUTY_ENDS`.
    """
    # empty ways are planned with slack, trips are what the timetable says
    empty = ~plan.table["activity"].is_in(["trip", "charge"]).to_numpy()
    slack = np.where(empty, 1.0 + service.slack_share, 1.0)
    factor = chance.driving_factors(days, (plan.table.height,), seed=seed) / slack
    outdoor = chance.temperatures_c(days, temperature_c, seed=seed)
    chargers = {stop: most_at_once(rows) for stop, rows in terminal_charges(plan.table)}
    # as many as the plan has in use at once when each bus charges as it comes: guns of its own at night
    chargers[DEPOT] = max(1, plan.depot.guns)
    rows = []
    for day in range(days):
        energy = _energy(service, plan, factor[day], float(outdoor[day]))
        rows += [(day, *end) for end in _Day(plan, chance, factor[day], energy, chargers).run()]
    return pl.DataFrame(rows, schema=DUTY_ENDS, orient="row")


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
