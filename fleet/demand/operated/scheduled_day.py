"""A day of a class with vehicles of operators: these drive duties, the others the days of their drivers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from fleet.demand.duty_driving import Duties, drive_duties
from fleet.demand.vehicle_day import DEPOT, Fill, Stay, drive_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats
    from fleet.demand.calendar import Day
    from fleet.demand.driving import State, Stops
    from fleet.demand.duty_driving import Stays
    from fleet.demand.operated.schedules import Operated
    from fleet.demand.population import Fleet
    from fleet.demand.vehicle_day import DriveDay, DriverDraws

_REST_KM: Final = (0.5, 1.5)
"""Km of the vehicles without duties over those of their class: beyond it, the duties are taken as longer or shorter."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Vehicles of a class with duties, one behind the other among all of the class.

    Attributes
    ----------
    operated : Operated
        Their operator.
    first : int
        Number of the first of them.
    km_factor : float
        Km driven over those of the duties: the stock states what a class drives.
    efficiency : float
        Battery kWh per kWh at the meter of a depot.
    """

    operated: Operated
    first: int
    km_factor: float
    efficiency: float


def with_operators(
    fleet: Fleet, operated: Sequence[Operated], *, efficiency: float
) -> tuple[Fleet, tuple[Scheduled, ...]]:
    """Return a class with its operators' vehicles in their depots, and those of them that drive duties.

    The first vehicles of the class are the operators'. Those with a charger in a depot have it in the operator's; all
    that drive duties have one. The km of the class stay those of the stock: what duties drive more or less than its
    mean vehicle, the vehicles without duties drive less or more; where all have duties these are scaled.

    Parameters
    ----------
    fleet
        The class.
    operated
        Operators with vehicles of the class.
    efficiency
        Battery kWh per kWh at the meter of a depot.
    """
    town, depot_kw = fleet.town.copy(), np.full(fleet.size, np.nan)
    has_base, at_depot, scheduled = (column.copy() for column in (fleet.has_base, fleet.at_depot, fleet.scheduled))
    begin, items = 0, []
    for one in operated:
        mine = np.zeros(fleet.size, dtype=np.bool_)
        mine[begin : begin + one.vehicles] = True
        if one.days:
            has_base |= mine
            at_depot |= mine
            scheduled |= mine
            items.append((begin, one))
        in_depot = mine & at_depot
        town[in_depot], depot_kw[in_depot] = one.town, one.charger_kw
        begin += one.vehicles
    duties, rest = _km_factors(fleet, [one for _, one in items], int(scheduled.sum()))
    changed = replace(
        fleet,
        town=town,
        depot_kw=depot_kw,
        has_base=has_base,
        at_depot=at_depot,
        has_work=fleet.has_work & ~scheduled,
        two_shifts=fleet.two_shifts & ~scheduled,
        scheduled=scheduled,
        # who has duties drives these, and nothing of the drivers' own
        km_factor=np.where(scheduled, 0.0, rest * fleet.km_factor),
    )
    return changed, tuple(Scheduled(one, first, duties, efficiency) for first, one in items)


def _km_factors(fleet: Fleet, items: Sequence[Operated], number: int) -> tuple[float, float]:
    """Return the km of duties over those planned, and of the other vehicles over those of the class."""
    planned = sum(one.km_a_day for one in items)
    whole = fleet.size * fleet.km_a_day
    others = (fleet.size - number) * fleet.km_a_day
    if planned <= 0.0:
        return 1.0, 1.0
    if others <= 0.0:
        return whole / planned, 1.0
    rest = min(max((whole - planned) / others, _REST_KM[0]), _REST_KM[1])
    return (whole - rest * others) / planned, rest


def scheduled_day(
    fleet: Fleet, day: Day, before: DriveDay, draws: DriverDraws, *, number: int, items: Sequence[Scheduled]
) -> DriveDay:
    """Return the day of a class of which some vehicles have duties; see `fleet.demand.vehicle_day.drive_day`.

    A vehicle drives another duty each day, and stands in the depot when it is a spare one. Where the battery would fall
    below its reserve it charges in public on the way. In the depot, and at chargers at the end of a line, it takes what
    the stay gives time for, until full.
    """
    # where all have duties there is no day of a driver's own
    state = before.next_day() if fleet.all_scheduled else drive_day(fleet, day, before, draws, number=number)
    for item in items:
        _drive_duties(fleet, day, state, draws, item, number)
    return state


def _drive_duties(fleet: Fleet, day: Day, state: DriveDay, draws: DriverDraws, item: Scheduled, number: int) -> None:
    """Drive the duties of an operator on a day."""
    operated, planned = item.operated, item.operated.on(day)
    if not len(planned.km):
        return
    duties = Duties(*planned.columns, operated.driven(planned))
    battery_kw = np.where(fleet.dc_kw > 0.0, fleet.dc_kw, fleet.ac_kw)
    use = day.use_multiplier(fleet.holiday_response)

    def rule(now: State) -> tuple[int, Stops, tuple[Floats, Stays]]:
        return drive_duties(
            now,
            fleet.vehicles,
            fleet.limits,
            duties,
            battery_kw,
            fleet.most_stops,
            item.first,
            operated.vehicles,
            number,
            float(item.km_factor),
            float(use),
            float(item.efficiency),
        )

    stops, (minutes, (who, figures, town, ends)) = draws.driven(state, rule)
    state.add(stops, minutes)
    begin = 0
    for end in ends.tolist():
        if end > begin:
            kwh, arrive, leave, kw = figures[:, begin:end]
            state.fills.append(Fill(DEPOT, who[begin:end], kwh, Stay(arrive, leave, kw, town[begin:end])))
        begin = end
