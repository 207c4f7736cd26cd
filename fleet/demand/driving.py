"""How vehicles drive and charge on a day: the rules, vehicle by vehicle, compiled.

State of a class is changed in place. A rule that needs the draws of more charges than it has stops and says how many
it needs: whoever called draws them and begins again with the state from before.

Vehicles one by one and not as arrays: a class of some dozens spent its time on the way into numpy, a large one on
copies, and most vehicles have nothing to do with most steps of a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from charging.power.compiled import allocating, compiled, inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats, Ints

    Flags = NDArray[np.bool_]
    Stops = tuple[Ints, Floats, Ints]
    Fills = tuple[Ints, Floats, Ints]

END, LOOK = range(2)
"""What is drawn for a charge: what a battery lacks at its end, and the threshold after it."""
WHO, CHARGE = range(2)
"""Rows of the numbers of a public charge: its vehicle, and which of the vehicle's charges it is."""
FIRST, GOAL, KWH = range(3)
"""Rows of the figures of a public charge: SOC at arrival and at the end, energy at the battery."""
LEG, CHARGES = range(2)
"""Columns of a group of charges at one point of the day: its leg, and all charges up to its last one."""
LEAST: Final = 1e-12  # of a battery: what rounding leaves of a leg is not driven
_AT_FLOOR: Final = 1e-9  # of a battery: a car that stopped at its threshold is still at it after rounding


class State(NamedTuple):
    """State of a class: as of `fleet.demand.vehicle_day.DriveDay`; draws by `END` or `LOOK`, vehicle, charge."""

    soc: Floats
    threshold: Floats
    charges: Ints
    driven: Floats
    drawn: Floats


class Vehicles(NamedTuple):
    """Columns of a class: as those of `fleet.demand.population.Fleet`, which says what they mean."""

    battery_kwh: Floats
    kwh_a_km: Floats
    km_factor: Floats
    has_own: Flags
    two_shifts: Flags
    scheduled: Flags
    works: Ints
    at_home: Ints
    in_depot: Ints


class Limits(NamedTuple):
    """Figures of a class."""

    km_a_day: float
    reserve_soc: float
    least_gain_share: float
    base_end_soc: float
    handover_soc: float
    topup_probability: float


class Log(NamedTuple):
    """Public charges so far, and how many they and their groups are."""

    numbers: Ints
    figures: Floats
    groups: Ints
    tally: Ints


@allocating
def new_log(most: int, groups: int) -> Log:
    """Return a log with room for charges and groups."""
    return Log(
        np.empty((2, most), dtype=np.int64),
        np.empty((3, most)),
        np.empty((groups, 2), dtype=np.int64),
        np.zeros(2, dtype=np.int64),
    )


@allocating
def charges_of(log: Log) -> Stops:
    """Return the charges of a log: their numbers, figures and groups."""
    charges, groups = log.tally
    return log.numbers[:, :charges].copy(), log.figures[:, :charges].copy(), log.groups[:groups].copy()


@inner
def daily_need(vehicle: int, vehicles: Vehicles, km_a_day: float, factor: float, use: float) -> float:
    """Return the energy of a vehicle's day in shares of its battery: SOC is what drivers look at."""
    km = km_a_day * vehicles.km_factor[vehicle] * factor
    return float(km * vehicles.kwh_a_km[vehicle] * use / vehicles.battery_kwh[vehicle])


@inner
def _floor_soc(vehicle: int, state: State, vehicles: Vehicles, limits: Limits) -> float:
    """Return the SOC down to which a vehicle is driven.

    With a charger of one's own the reserve is enough to get home; the others look for one earlier.
    """
    reserve = limits.reserve_soc
    return reserve if vehicles.has_own[vehicle] else max(float(state.threshold[vehicle]), reserve)


@inner
def drive_down(vehicle: int, state: State, left: float, floor: float) -> float:
    """Drive a vehicle as far as its battery lasts to a floor; return what is left of its way."""
    drive = min(left, max(state.soc[vehicle] - floor, 0.0))
    state.soc[vehicle] -= drive
    return float(left - drive)


@inner
def _charge_one(vehicle: int, state: State, battery_kwh: Floats, log: Log, least_gain: float, least: float) -> int:
    """Charge a vehicle in public, at least up to a SOC; return the columns of draws that are needed, or 0."""
    charge = state.charges[vehicle]
    if charge >= state.drawn.shape[2]:
        return int(charge) + 1
    first = state.soc[vehicle]
    wanted = 1.0 - state.drawn[END, vehicle, charge]
    # nobody plugs in for less than a least gain, however the two laws fall
    goal = min(max(wanted, first + least_gain, least), 1.0)
    row = log.tally[0]
    log.numbers[WHO, row], log.numbers[CHARGE, row] = vehicle, charge
    log.figures[FIRST, row], log.figures[GOAL, row] = first, goal
    log.figures[KWH, row] = (goal - first) * battery_kwh[vehicle]
    log.tally[0] += 1
    state.soc[vehicle] = goal
    state.threshold[vehicle] = state.drawn[LOOK, vehicle, charge]
    state.charges[vehicle] += 1
    return 0


@inner
def _end_group(log: Log, leg: int) -> None:
    """Note that the charges since the last group happen at one point of the day; none are no group."""
    charges, groups = log.tally
    if charges > (log.groups[groups - 1, CHARGES] if groups else 0):
        log.groups[groups, LEG], log.groups[groups, CHARGES] = leg, charges
        log.tally[1] += 1


@inner
def charge_all(
    who: Ints, number: int, leg: int, state: State, battery_kwh: Floats, log: Log, least_gain: float, least: float
) -> int:
    """Charge the first of some vehicles in public; return the columns of draws that are needed, or 0."""
    for place in range(number):
        missing = _charge_one(who[place], state, battery_kwh, log, least_gain, least)
        if missing:
            return int(missing)
    _end_group(log, leg)
    return 0


@compiled
def charge(
    who: Ints, leg: int, state: State, battery_kwh: Floats, least_gain: float, least: float
) -> tuple[int, Stops]:
    """Charge some vehicles in public, at least up to a SOC; return the columns of draws that are needed, and these."""
    log = new_log(len(who), 1)
    missing = charge_all(who, len(who), leg, state, battery_kwh, log, least_gain, least)
    return missing, charges_of(log)


@inner
def _fill(who: Ints, state: State, vehicles: Vehicles, end_soc: float, filled: Ints, kwh: Floats, row: int) -> int:
    """Fill some vehicles up at chargers of their own; return how many are filled so far."""
    for vehicle in who:
        # not below 0: a battery above the end SOC is not discharged
        added = max(end_soc - state.soc[vehicle], 0.0)
        if added > 0.0:
            state.soc[vehicle] += added
            filled[row], kwh[row] = vehicle, added * vehicles.battery_kwh[vehicle]
            row += 1
    return row


@inner
def _set_out(
    need: Floats, left: Floats, who: Ints, state: State, vehicles: Vehicles, limits: Limits, lots: Floats, topup: float
) -> int:
    """Drive a leg up to the first stop of each vehicle; return how many stop, and put them into `who`.

    `topup` is the probability that a driver below the threshold charges in public although an own charger waits.
    """
    stopping = 0
    for vehicle in range(len(need)):
        own, floor = vehicles.has_own[vehicle], _floor_soc(vehicle, state, vehicles, limits)
        left[vehicle] = drive_down(vehicle, state, need[vehicle], floor)
        # parked at the threshold: charges now rather than on tomorrow's way
        short = left[vehicle] > LEAST or (not own and state.soc[vehicle] <= floor + _AT_FLOOR)
        if topup > 0.0 and own and state.soc[vehicle] < state.threshold[vehicle]:
            short |= lots[vehicle] < topup
        # who has duties is driven by these
        if short and not vehicles.scheduled[vehicle]:
            who[stopping] = vehicle
            stopping += 1
    return stopping


@inner
def _go_on(left: Floats, who: Ints, state: State, vehicles: Vehicles, limits: Limits) -> int:
    """Drive on after a stop; return how many stop again, and put them into `who`."""
    stopping = 0
    for vehicle in range(len(left)):
        # few of a class: all others have arrived
        if left[vehicle] != 0.0:
            floor = _floor_soc(vehicle, state, vehicles, limits)
            left[vehicle] = drive_down(vehicle, state, left[vehicle], floor)
            if left[vehicle] > LEAST:
                who[stopping] = vehicle
                stopping += 1
    return stopping


@inner
def _drive_leg(
    leg: int,
    need: Floats,
    left: Floats,
    who: Ints,
    state: State,
    vehicles: Vehicles,
    limits: Limits,
    lots: Floats,
    topup: float,
    most_stops: int,
    log: Log,
) -> int:
    """Drive a leg: on to the driver's floor, charge, drive on; return the columns of draws that are needed, or 0.

    What a leg asks beyond all stops is not driven.
    """
    stopping = _set_out(need, left, who, state, vehicles, limits, lots, topup)
    for _ in range(most_stops - 1):
        if stopping == 0:
            break
        missing = charge_all(who, stopping, leg, state, vehicles.battery_kwh, log, limits.least_gain_share, 0.0)
        if missing:
            return int(missing)
        stopping = _go_on(left, who, state, vehicles, limits)
    for vehicle in range(len(need)):
        state.driven[vehicle] += (need[vehicle] - left[vehicle]) * vehicles.battery_kwh[vehicle]
    return 0


@inner
def _hand_over(leg: int, who: Ints, state: State, vehicles: Vehicles, limits: Limits, log: Log) -> int:
    """Charge the taxis in two shifts that are below the handover's SOC; return the columns that are needed, or 0."""
    stopping = 0
    for vehicle in range(len(state.soc)):
        if vehicles.two_shifts[vehicle] and state.soc[vehicle] < limits.handover_soc:
            who[stopping] = vehicle
            stopping += 1
    battery_kwh = vehicles.battery_kwh
    return charge_all(who, stopping, leg, state, battery_kwh, log, limits.least_gain_share, limits.handover_soc)


@compiled
def drive(
    state: State,
    vehicles: Vehicles,
    limits: Limits,
    factor: Floats,
    lots: Floats,
    use: float,
    legs: int,
    most_stops: int,
    working_day: bool,  # noqa: FBT001 - compiled functions take their arguments by position
) -> tuple[int, Stops, Fills]:
    """Drive a day of a class; see `fleet.demand.vehicle_day.drive_day`.

    Parameters
    ----------
    state, vehicles, limits
        The class; the state is changed.
    factor, lots
        Of each vehicle: km of the day over its mean; between 0 and 1, whether it would charge in public although a
        charger of its own waits.
    use
        Energy of the day over that of a mean day.
    legs, most_stops
        Parts of the day; stops of a leg.
    working_day
        Whether chargers at work are used.

    Returns
    -------
    tuple
        The columns of draws that are needed, 0 where the day has been driven; public charges; vehicles and kWh of fills
        with how many they are up to those at work, at home and in the depot.
    """
    number = len(state.soc)
    need, left, who = np.empty(number), np.empty(number), np.empty(number, dtype=np.int64)
    filled, kwh = np.empty(2 * number, dtype=np.int64), np.empty(2 * number)
    ends, log, row, missing = np.zeros(3, dtype=np.int64), new_log(legs * most_stops * number, legs * most_stops), 0, 0
    for vehicle in range(number):
        need[vehicle] = daily_need(vehicle, vehicles, limits.km_a_day, factor[vehicle], use) / legs
    for leg in range(legs):
        # whoever has a charger of their own decides once a day, on the last leg to it
        topup = limits.topup_probability if leg == legs - 1 else 0.0
        missing = _drive_leg(leg, need, left, who, state, vehicles, limits, lots, topup, most_stops, log)
        if leg == 0 and working_day:
            row = _fill(vehicles.works, state, vehicles, limits.base_end_soc, filled, kwh, row)
            ends[0] = row
        # 0 where the class has no shifts
        if not missing and limits.handover_soc > 0.0:
            missing = _hand_over(leg, who, state, vehicles, limits, log)
        if missing:
            break
    ends[1] = row = _fill(vehicles.at_home, state, vehicles, limits.base_end_soc, filled, kwh, row)
    ends[2] = row = _fill(vehicles.in_depot, state, vehicles, limits.base_end_soc, filled, kwh, row)
    return missing, charges_of(log), (filled[:row].copy(), kwh[:row].copy(), ends)
