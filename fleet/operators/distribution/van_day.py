"""A planned day of vans simulated with drawn traffic and temperature: which duties are completed, why others fail.

Vans are SimPy processes that follow their routes; guns of the depot are a resource. A way takes longer by the day's
traffic and its own, energy follows time and temperature. A van that has to load or to charge longer leaves later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from fleet.operators.day_chance import COMPLETED, DUTY_ENDS, EMPTY, LATE
from fleet.operators.distribution.vans import DEPOT

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from data.arrays import Floats
    from fleet.operators.consumption import Consumption
    from fleet.operators.day_chance import DayChance
    from fleet.operators.distribution.vans import Van


@dataclass(frozen=True, slots=True)
class VanDay:
    """What a simulated day of vans rests on.

    Attributes
    ----------
    van : Van
        As its routes took it.
    consumption : Consumption
        Of the van, with the cabin by temperature.
    guns : int
        Vans that may charge in the depot at once.
    slack_share : float
        Recovery time that the routes have on their ways, over the driving time.
    """

    van: Van
    consumption: Consumption
    guns: int
    slack_share: float


def simulated_van_days(
    routes: pl.DataFrame, day: VanDay, chance: DayChance, *, temperature_c: float, days: int, seed: int = 0
) -> pl.DataFrame:
    """Return what becomes of the duties of vans.

    A duty is late when a delivery begins after the end of its window, or the van comes home after the end of its shift,
    by more than ``operators.late_start_min``.

    Parameters
    ----------
    routes
        Columns of `fleet.operators.distribution.routing.ROUTES`.
    day
        The van and its depot.
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
    factor = chance.driving_factors(days, (routes.height,), seed=seed)
    outdoor = chance.temperatures_c(days, temperature_c, seed=seed)
    vans: dict[int, list[dict[str, Any]]] = {}
    for row in routes.with_row_index("row").iter_rows(named=True):
        vans.setdefault(row["van"], []).append(row)
    rows: list[tuple[int, int, str, float, float]] = []
    for number in range(days):
        cabin_kw = float(day.consumption.climate.cabin_kw(float(outdoor[number])))
        ends = _Day(day, chance, factor[number] / (1.0 + day.slack_share), cabin_kw).run(vans)
        rows += [(number, van, *ends[van]) for van in vans]
    return pl.DataFrame(rows, schema=DUTY_ENDS, orient="row")


class _Day:
    """A day of all vans of a network, on SimPy's clock."""

    def __init__(self, day: VanDay, chance: DayChance, factor: Floats, cabin_kw: float) -> None:
        import simpy  # noqa: PLC0415 - only simulated days need it

        self.day, self.chance, self.factor, self.cabin_kw = day, chance, factor, cabin_kw
        self.env = simpy.Environment(initial_time=day.van.start_min - 1.0)
        self.guns = simpy.Resource(self.env, max(1, day.guns))
        self.ends: dict[int, tuple[str, float, float]] = {}

    def run(self, vans: dict[int, list[dict[str, Any]]]) -> dict[int, tuple[str, float, float]]:
        """Return outcome, lateness and least energy of each van."""
        for van, stops in vans.items():
            self.env.process(self.van(van, stops))
        self.env.run()
        return self.ends

    def van(self, number: int, stops: list[dict[str, Any]]) -> Generator[simpy.Event, None, None]:
        """Follow a route until it ends, or cannot be completed."""
        van, use = self.day.van, self.day.consumption.kwh_per_km
        kwh, least, late = van.usable_kwh, van.usable_kwh, 0.0
        begin = stops[0]["arrive_min"]
        yield self.env.timeout(begin - self.env.now)
        for stop in stops:
            minutes = stop["way_min"] * float(self.factor[stop["row"]])
            yield self.env.timeout(minutes)
            kwh -= use * stop["km"] + self.cabin_kw * minutes / 60.0
            least = min(least, kwh)
            if kwh < 0.0:
                self.ends[number] = (EMPTY, late, least)
                return
            if stop["place"] != DEPOT:
                late = max(late, self.env.now - stop["latest_min"])
                yield self.env.timeout(max(0.0, stop["earliest_min"] - self.env.now))
                yield self.env.timeout(stop["leave_min"] - stop["arrive_min"])
            elif stop is not stops[-1]:
                kwh += yield from self.load(stop, kwh, first=stop is stops[0])
        late = max(late, self.env.now - begin - van.shift_min)
        self.ends[number] = (LATE if late > self.chance.late_min else COMPLETED, late, least)

    def load(self, stop: dict[str, Any], kwh: float, *, first: bool) -> Generator[simpy.Event, None, float]:
        """Load, charging meanwhile, and longer where the battery is emptier than planned; return what it got."""
        van = self.day.van
        loaded = self.env.now + van.load_min
        given = 0.0
        if not first:
            with self.guns.request() as gun:
                yield gun | self.env.timeout(max(0.0, loaded - self.env.now))
                lasts = kwh >= stop["battery_kwh"]
                if not gun.triggered and not lasts:
                    yield gun
                if gun.triggered:
                    # at least what was planned to be there, at most what fits in while it is loaded
                    needed = max(0.0, stop["battery_kwh"] - kwh) / van.charge_kw * 60.0
                    minutes = min(max(needed, loaded - self.env.now), (van.usable_kwh - kwh) / van.charge_kw * 60.0)
                    yield self.env.timeout(max(0.0, minutes))
                    given = max(0.0, minutes) * van.charge_kw / 60.0
        yield self.env.timeout(max(0.0, loaded - self.env.now))
        return given
