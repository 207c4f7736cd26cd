"""Vehicles that plug in by habit: plug-in hybrids, which drive on without a charge, and two-wheelers."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import compiled
from data.streams import stream
from fleet.demand.decisions import of_day, uniform
from fleet.demand.vehicle_day import DEPOT, HOME, WORK, charge_in_public, daily_need, fill_up

if TYPE_CHECKING:
    from data.arrays import Floats
    from fleet.demand.calendar import Day
    from fleet.demand.population import Fleet
    from fleet.demand.vehicle_day import DriveDay, DriverDraws

# days of the search for a habit: enough that the mean share of electric km stands to half a percent with the cars below
_DAYS: Final = 28
_WARM_UP: Final = 7
_CARS: Final = 2000
_HALVINGS: Final = 12  # 1/4096: finer than the share is known


@dataclass(frozen=True, slots=True)
class Habit:
    """How often vehicles that need no charge are plugged in.

    Attributes
    ----------
    own_probability : float
        Of a vehicle with a charger of its own, after a day.
    public_probability : float
        Of a vehicle without one, at a public AC pile on a day.
    """

    own_probability: float
    public_probability: float


NIGHTLY: Final = Habit(1.0, 0.0)
"""Two-wheelers: every night at a socket at home, never in public."""


def hybrid_habit(fleet: Fleet, utility_factor: float, public_probability: float) -> Habit:
    """Return the habit of plug-in hybrids with which the class drives a share of its km on electricity.

    The share is that of the energy accounts, so that load and accounts speak of the same kWh. It grows with the
    probability of plugging in at a charger of one's own, which is found by halving on mean days. Where even a charge
    every night does not reach the share, they charge every night; where public charges alone pass it, never.

    Parameters
    ----------
    fleet
        Plug-in hybrids of a class.
    utility_factor
        Share of the km on electricity.
    public_probability
        As in `Habit`.
    """
    low, high, days = 0.0, 1.0, _MeanDays(fleet)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        enough = days.electric_share(Habit(middle, public_probability)) >= utility_factor
        low, high = (low, middle) if enough else (middle, high)
    return Habit(0.5 * (low + high), public_probability)


class _MeanDays:
    """Mean days of some vehicles of a class: what they need, and a lot of each on each day.

    The same lots for every habit and in every replication: the share grows with the probability, without noise.
    """

    def __init__(self, fleet: Fleet) -> None:
        cars = slice(min(fleet.size, _CARS))
        sigma = np.sqrt(np.log1p(fleet.km_cv**2))
        self._fleet, self._battery = fleet, fleet.battery_kwh[cars]
        self._own = (fleet.has_base | fleet.has_work)[cars]
        # arrays of days by cars
        scores, self._lots = _habit_draws(fleet.name, len(self._battery))
        factor = np.exp(sigma * scores - 0.5 * sigma**2)
        self._needs = fleet.km_a_day * factor * fleet.kwh_a_km[cars] / self._battery
        self._needed_kwh = self._kwh(self._needs[_WARM_UP:].sum(axis=0))

    def _kwh(self, shares: Floats) -> float:
        """Return the energy of all cars, from shares of their batteries."""
        return float(shares @ self._battery)

    def electric_share(self, habit: Habit) -> float:
        """Return the share of the energy that comes from the battery."""
        fleet = self._fleet
        chance = np.where(self._own, habit.own_probability, habit.public_probability)
        # above the reserve: what a day may take
        left, full = np.full(len(self._battery), 1.0 - fleet.reserve_soc), fleet.base_end_soc - fleet.reserve_soc
        driven = np.zeros(len(self._battery))
        _drive(self._needs, self._lots, chance, left, float(full), driven)
        return self._kwh(driven) / self._needed_kwh if self._needed_kwh else 1.0


# the same for every year, point and replication: a county has two or three classes of hybrids, 1 MB each
@functools.lru_cache(maxsize=8)
def _habit_draws(name: str, cars: int) -> tuple[Floats, Floats]:
    """Return normal scores of the km and lots of plugging in, by day and car, which callers must not change."""
    draw = stream(0, "fleet", name, "habit")
    scores, lots = np.empty((2, _WARM_UP + _DAYS, cars))
    for score, lot in zip(scores, lots, strict=True):
        score[:], lot[:] = draw.standard_normal(cars), uniform(draw, (cars,))
    return scores, lots


@compiled
def _drive(needs: Floats, lots: Floats, chance: Floats, left: Floats, full: float, driven: Floats) -> None:
    """Add up what cars drive on the battery after the warm-up; ``left`` is what it may give, ``full`` after a charge.

    Compiled, because a habit is found in a dozen passes over 70,000 days of cars.
    """
    for day in range(len(needs)):
        for car in range(len(left)):
            drive = min(needs[day, car], left[car])
            left[car] = full if lots[day, car] < chance[car] else left[car] - drive
            driven[car] += drive if day >= _WARM_UP else 0.0


def habit_day(fleet: Fleet, day: Day, before: DriveDay, draws: DriverDraws, *, number: int, habit: Habit) -> DriveDay:
    """Return the day of a class that plugs in by habit: its charges, its energy, and the SOC in which it ends.

    A day is driven on the battery down to the reserve; what it asks beyond that is driven on fuel, or not at all.
    After it a vehicle plugs in with the probability of the habit: at home, at its depot, at work on working days where
    it has a charger there alone, or in public without any.

    Parameters
    ----------
    fleet, day, before, draws, number
        As of `fleet.demand.vehicle_day.drive_day`.
    habit
        How often they plug in.
    """
    state = before.next_day()
    need = daily_need(fleet, day, draws.km_factor(number))
    drive = np.minimum(need, np.maximum(state.soc - fleet.reserve_soc, 0.0))
    state.soc = state.soc - drive
    state.driven += drive * fleet.battery_kwh
    lot = of_day(draws.seed, fleet.name, "plug-in", number, uniform, fleet.size)
    at_own = lot < habit.own_probability
    fill_up(fleet, state, np.flatnonzero(fleet.has_base & ~fleet.at_depot & at_own), HOME)
    fill_up(fleet, state, np.flatnonzero(fleet.has_base & fleet.at_depot & at_own), DEPOT)
    if day.is_working_day:
        fill_up(fleet, state, fleet.works[at_own[fleet.works]], WORK)
    without = ~(fleet.has_base | fleet.has_work) & (lot < habit.public_probability)
    charge_in_public(fleet, state, np.flatnonzero(without & (state.soc < 1.0 - fleet.least_gain_share)), 0, draws)
    return state
