"""A day of the battery vehicles of a class: legs, stops at public chargers, charging at home, depot and work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from fleet.demand.population import end_soc, start_soc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from fleet.demand.calendar import Day
    from fleet.demand.population import Fleet


_LEAST: Final = 1e-12
_AT_FLOOR: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Stop:
    """Vehicles that charge in public at the same point of their day.

    Attributes
    ----------
    who : numpy.ndarray of int
        Ints of the vehicles.
    first, goal : numpy.ndarray
        SOC at arrival and at the end of the charge.
    leg : int
        Half of the day in which it happens.
    """

    who: Ints
    first: Floats
    goal: Floats
    leg: int


@dataclass(slots=True)
class DriveDay:
    """State of a class through a day, SOC of each vehicle.

    Attributes
    ----------
    soc : numpy.ndarray
        State of charge now.
    threshold : numpy.ndarray
        SOC at which each driver without an own charger looks for a public one; drawn anew after each public charge.
    stops : list of Stop
        Public charges so far.
    driven, home, depot, work, public : float
        Energy so far, kWh at the battery.
    """

    soc: Floats
    threshold: Floats
    stops: list[Stop] = field(default_factory=list)
    driven: float = 0.0
    home: float = 0.0
    depot: float = 0.0
    work: float = 0.0
    public: float = 0.0


def drive_day(fleet: Fleet, day: Day, soc: Floats, threshold: Floats, draw: np.random.Generator) -> DriveDay:
    """Return the day of a class: its public charges, its energy, and the SOC in which it ends.

    Where some can charge at work or drive two shifts, the day has two legs of equal length. After the first, whoever
    has a charger at work fills up there on a working day. After either, a taxi in two shifts that is below the
    handover's SOC is charged in public before the other driver takes it; it has no rest at a charger of its own. All
    others with a home or depot charger fill up there at the end of the day.

    Parameters
    ----------
    fleet, day
        The vehicles and what the day is like.
    soc, threshold
        State at the start of the day; not changed.
    draw
        Generator of the class and day.
    """
    sigma = np.sqrt(np.log1p(fleet.km_cv**2))
    km = fleet.km_a_day * day.km_multiplier(fleet.holiday_response) * fleet.km_factor
    km = km * draw.lognormal(-0.5 * sigma**2, sigma, fleet.size)
    need = km * fleet.kwh_a_km * day.energy_multiplier / fleet.battery_kwh
    topup = draw.uniform(size=fleet.size) < fleet.topup_probability
    state = DriveDay(soc.copy(), threshold.copy())
    legs = 2 if fleet.has_work.any() or fleet.two_shifts.any() else 1
    for leg in range(legs):
        _drive_leg(fleet, state, need / legs, topup if leg == legs - 1 else None, leg, draw)
        if leg == 0 and day.is_working_day:
            state.work += _fill_up(fleet, state, fleet.has_work)
        handed_over = np.flatnonzero(fleet.two_shifts & (state.soc < fleet.handover_soc))
        _charge(fleet, state, handed_over, leg, draw, least=fleet.handover_soc)
    rests = fleet.has_base & ~fleet.two_shifts
    state.home += _fill_up(fleet, state, rests & ~fleet.at_depot)
    state.depot += state.work + _fill_up(fleet, state, rests & fleet.at_depot)
    return state


def _drive_leg(
    fleet: Fleet,
    state: DriveDay,
    need: Floats,
    topup: NDArray[np.bool_] | None,
    leg: int,
    draw: np.random.Generator,
) -> None:
    """Drive a leg: on to the own threshold (the reserve, for who has an own charger), charge, drive on.

    What a leg asks beyond all stops is not driven.
    """
    reserve, own = fleet.reserve_soc, fleet.has_own
    left = need.copy()
    for stop in range(fleet.most_stops):
        floor = np.where(own, reserve, np.maximum(state.threshold, reserve))
        drive = np.minimum(left, np.maximum(state.soc - floor, 0.0))
        state.soc = state.soc - drive
        left = left - drive
        on_the_way = left > _LEAST
        short = on_the_way
        if stop == 0:
            short = on_the_way | (~own & (state.soc <= floor + _AT_FLOOR))
            if topup is not None:
                short |= topup & own & (state.soc < state.threshold)
        who = np.flatnonzero(short)
        if not len(who) or stop == fleet.most_stops - 1:
            break
        _charge(fleet, state, who, leg, draw)
    state.driven += float(((need - left) * fleet.battery_kwh).sum())


def _charge(
    fleet: Fleet, state: DriveDay, who: Ints, leg: int, draw: np.random.Generator, *, least: float = 0.0
) -> None:
    """Charge some vehicles in public, at least up to a SOC."""
    if not len(who):
        return
    first = state.soc[who].copy()
    goal = np.minimum(
        np.maximum(end_soc(fleet, len(who), draw), np.maximum(first + fleet.least_gain_share, least)), 1.0
    )
    state.stops.append(Stop(who, first, goal, leg))
    state.soc[who] = goal
    state.threshold[who] = start_soc(fleet, len(who), draw)
    state.public += float(((goal - first) * fleet.battery_kwh[who]).sum())


def _fill_up(fleet: Fleet, state: DriveDay, who: NDArray[np.bool_]) -> float:
    """Fill some vehicles up at a charger of their own; return the energy, kWh at the battery."""
    added = np.where(who, np.maximum(fleet.base_end_soc - state.soc, 0.0), 0.0)
    state.soc = state.soc + added
    return float((added * fleet.battery_kwh).sum())
