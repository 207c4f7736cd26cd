"""How vehicles with duties drive and charge on a day: compiled, by the rules of `fleet.demand.driving`.

Stretch by stretch, and vehicle by vehicle in each: an operator has some dozens of vehicles, and as arrays these spent
their time on the way into numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from charging.power.compiled import allocating, compiled, inner
from data.arrays import DAY_MIN
from fleet.demand.driving import LEAST, charge_all, charges_of, drive_down, new_log

if TYPE_CHECKING:
    from data.arrays import Floats, Ints
    from fleet.demand.driving import Limits, Log, State, Stops, Vehicles

    Stays = tuple[Ints, Floats, Ints, Ints]

KWH, ARRIVE, LEAVE, KW = range(4)
"""Rows of the figures of a stay: kWh at the battery, its ends in minutes of the day, power at the meter."""


class Duties(NamedTuple):
    """Duties of a day, as of `fleet.demand.operated.schedules.DutyDay`, and the numbers of those that are driven."""

    first_min: Floats
    km: Floats
    arrive_min: Floats
    leave_min: Floats
    kw: Floats
    town: Ints
    driven: Ints


class _Out(NamedTuple):
    """Vehicles on duty, a place each: number in the class, duty, since when it drives, when it is due tomorrow."""

    vehicle: Ints
    duty: Ints
    began_min: Floats
    ready_min: Floats


@allocating
def _set_out(duties: Duties, first: int, number: int, day: int) -> _Out:
    """Return which vehicles of an operator drive which duty on a day."""
    driven = len(duties.driven)
    out = _Out(np.empty(driven, dtype=np.int64), np.empty(driven, dtype=np.int64), np.empty(driven), np.empty(driven))
    earliest, place = duties.first_min.min(), 0
    for vehicle in range(number):
        slot = (vehicle + day) % number
        if slot < driven:
            tomorrow = (slot + 1) % number
            out.vehicle[place], out.duty[place] = first + vehicle, duties.driven[slot]
            out.began_min[place] = duties.first_min[duties.driven[slot]]
            # whoever drives no duty tomorrow is ready when the first one leaves
            out.ready_min[place] = duties.first_min[duties.driven[tomorrow]] if tomorrow < driven else earliest
            place += 1
    return out


@inner
def _drive_stretch(
    out: _Out,
    left: Floats,
    state: State,
    battery_kwh: Floats,
    limits: Limits,
    most_stops: int,
    short: Ints,
    who: Ints,
    log: Log,
    minutes: Floats,
) -> int:
    """Drive a stretch, with public charges where the battery would fall below its reserve.

    What is left after all stops stays in `left`. Return the columns of draws that are needed, or 0.
    """
    for stop in range(most_stops):
        stopping = 0
        for place in range(len(left)):
            left[place] = drive_down(out.vehicle[place], state, left[place], limits.reserve_soc)
            if left[place] > LEAST:
                short[stopping], who[stopping] = place, out.vehicle[place]
                stopping += 1
        if stopping == 0 or stop == most_stops - 1:
            break
        charges = log.tally[0]
        missing = charge_all(who, stopping, 0, state, battery_kwh, log, limits.least_gain_share, 0.0)
        if missing:
            return int(missing)
        for row in range(stopping):
            minutes[charges + row] = out.began_min[short[row]]
    return 0


@inner
def _stand(
    out: _Out,
    stretch: int,
    duties: Duties,
    state: State,
    battery_kwh: Floats,
    battery_kw: Floats,
    end_soc: float,
    efficiency: float,
    filled: Ints,
    figures: Floats,
    town: Ints,
    row: int,
) -> int:
    """Charge at the chargers at the end of a stretch for as long as stays allow; return how many stays there are."""
    for place in range(len(out.vehicle)):
        vehicle, duty = out.vehicle[place], out.duty[place]
        arrive, kw = duties.arrive_min[duty, stretch], duties.kw[duty, stretch]
        leave = min(duties.leave_min[duty, stretch], DAY_MIN + out.ready_min[place])
        out.began_min[place] = leave
        room = min(kw * efficiency, battery_kw[vehicle]) * max(leave - arrive, 0.0) / 60.0
        kwh = min(max((end_soc - state.soc[vehicle]) * battery_kwh[vehicle], 0.0), room)
        state.soc[vehicle] += kwh / battery_kwh[vehicle]
        if kwh != 0.0:
            filled[row], town[row] = vehicle, duties.town[duty, stretch]
            figures[KWH, row], figures[ARRIVE, row], figures[LEAVE, row], figures[KW, row] = kwh, arrive, leave, kw
            row += 1
    return row


@compiled
def drive_duties(
    state: State,
    vehicles: Vehicles,
    limits: Limits,
    duties: Duties,
    battery_kw: Floats,
    most_stops: int,
    first: int,
    number: int,
    day: int,
    km_factor: float,
    use: float,
    efficiency: float,
) -> tuple[int, Stops, tuple[Floats, Stays]]:
    """Drive the duties of an operator on a day; see `fleet.demand.operated.scheduled_day.scheduled_day`.

    Parameters
    ----------
    state, vehicles, limits
        The class; the state is changed.
    duties
        Those of the day.
    battery_kw
        What the battery of each vehicle of the class takes.
    most_stops
        Public charges on a stretch.
    first, number
        Number of the operator's first vehicle in the class, and how many it has.
    day
        Number of the day: each vehicle drives another duty from day to day.
    km_factor, use
        Km over those of the duties; energy of the day over that of a mean day.
    efficiency
        Battery kWh per kWh at the meter.

    Returns
    -------
    tuple
        The columns of draws that are needed, 0 where the day has been driven; public charges; the minutes at which
        these are due, and stays in which something is charged: vehicles, figures by `KWH`, `ARRIVE`, `LEAVE` and `KW`,
        towns, and how many stays they are up to the end of each stretch.
    """
    out, stretches = _set_out(duties, first, number, day), duties.km.shape[1]
    count = len(out.vehicle)
    left, need, most = np.empty(count), np.empty(count), stretches * count
    short, who = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    log, minutes = new_log(most * most_stops, stretches * most_stops), np.empty(most * most_stops)
    filled, figures, town = np.empty(most, dtype=np.int64), np.empty((4, most)), np.empty(most, dtype=np.int64)
    ends, row, missing, battery_kwh = np.zeros(stretches, dtype=np.int64), 0, 0, vehicles.battery_kwh
    for stretch in range(stretches):
        for place in range(count):
            vehicle = out.vehicle[place]
            kwh = duties.km[out.duty[place], stretch] * km_factor * use * vehicles.kwh_a_km[vehicle]
            need[place] = left[place] = kwh / battery_kwh[vehicle]
        missing = _drive_stretch(out, left, state, battery_kwh, limits, most_stops, short, who, log, minutes)
        if missing:
            break
        for place in range(count):
            vehicle = out.vehicle[place]
            state.driven[vehicle] += (need[place] - left[place]) * battery_kwh[vehicle]
        end_soc = limits.base_end_soc
        row = _stand(
            out, stretch, duties, state, battery_kwh, battery_kw, end_soc, efficiency, filled, figures, town, row
        )
        ends[stretch] = row
    stays = filled[:row].copy(), figures[:, :row].copy(), town[:row].copy(), ends
    return missing, charges_of(log), (minutes[: log.tally[0]].copy(), stays)
