"""Charging in a depot within hard leaving times: the least connection, and the cheapest hours under it.

A linear programme over intervals of a day that repeats itself (the night's charge runs over midnight): energy in each
stay and interval, power of all together, and for each vehicle that the battery lasts until the next stay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import scipy

from charging.siting.solver import Programme, solve
from data.arrays import DAY_MIN
from data.errors import InfeasibleError
from fleet.operators.operator_costs import connection_kw

if TYPE_CHECKING:
    from data.arrays import Floats

STAYS: Final = pl.Schema(
    {
        "vehicle": pl.Int64,
        "arrive_min": pl.Float64,
        "leave_min": pl.Float64,
        "missing_kwh": pl.Float64,
        "next_kwh": pl.Float64,
    }
)
"""Stays in the depot by vehicle, in order; `missing_kwh` of a full battery if nothing were charged all day, on arrival;
`next_kwh` what is used from leaving until the next arrival (0 after the last stay)."""
STEP_MIN: Final = 15.0
"""Interval of the load: that of the meters of grid companies."""


@dataclass(frozen=True, slots=True)
class DepotLoad:
    """How a depot charges.

    Attributes
    ----------
    load : polars.DataFrame
        ``start_min, at_once_kw, managed_kw`` by interval of the day, at the meter.
    peak_kw, at_once_kw : float
        Highest power, managed and when each vehicle charges as it comes.
    connection_kw : float
        What is built for it: the managed power, and no less than one charger takes.
    chargers : int
        Chargers in use at once, with management; vehicles share them through guns of their own.
    guns : int
        Vehicles that stand in the depot with an open charge at once.
    kwh : float
        Energy of a day at the meter.
    cny : float or None
        Its cost by the hours' prices; None without prices.
    short : tuple of int
        Vehicles that leave with less than they need when each charges as it comes.
    """

    load: pl.DataFrame
    peak_kw: float
    at_once_kw: float
    connection_kw: float
    chargers: int
    guns: int
    kwh: float
    cny: float | None
    short: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DepotChargers:
    """Chargers of a depot.

    Attributes
    ----------
    charger_kw : float
        Power at the meter.
    efficiency : float
        Battery kWh per meter kWh.
    plug_min : float
        From standing to charging, of each stay.
    usable_kwh, reserve_kwh : float
        Of each battery.
    """

    charger_kw: float
    efficiency: float
    plug_min: float
    usable_kwh: float
    reserve_kwh: float


def depot_load(stays: pl.DataFrame, chargers: DepotChargers, *, prices: Floats | None = None) -> DepotLoad:
    """Return the managed load of a depot beside that of charging at once.

    Parameters
    ----------
    stays
        Columns of `STAYS`.
    chargers
        Chargers and batteries.
    prices
        CNY per meter kWh of each hour of the day; None: all alike.

    Raises
    ------
    InfeasibleError
        A vehicle whose stays are too short for what it uses, with its number.
    """
    late = _late(stays, chargers)
    if late:
        raise InfeasibleError(
            f"depot: vehicle {late[0]} cannot charge in its stays what it uses at {chargers.charger_kw:g} kW "
            f"({len(late)} vehicles in all). Expected longer stays: give more power, or more vehicles."
        )
    starts = np.arange(0.0, DAY_MIN, STEP_MIN)
    price = np.ones(len(starts)) if prices is None else prices[(starts // 60.0).astype(int)]
    energy, peak = _managed(stays, chargers, price)
    managed = energy.sum(axis=0) / chargers.efficiency * 60.0 / STEP_MIN
    at_once, short = _at_once(stays, chargers)
    used = managed / chargers.charger_kw
    kwh = float(energy.sum()) / chargers.efficiency
    highest = float(max(peak, managed.max(initial=0.0)))
    return DepotLoad(
        pl.DataFrame({"start_min": starts, "at_once_kw": at_once, "managed_kw": managed}),
        highest,
        float(at_once.max(initial=0.0)),
        connection_kw(highest, chargers.charger_kw),
        math.ceil(float(used.max(initial=0.0)) - 1e-6),
        _together(stays),
        kwh,
        None if prices is None else float((energy.sum(axis=0) * price).sum()) / chargers.efficiency,
        short,
    )


def _late(stays: pl.DataFrame, chargers: DepotChargers) -> list[int]:
    """Return vehicles for which full power in all stays is not enough for the next way, or for a full battery."""
    found = []
    for (vehicle,), rows in stays.group_by("vehicle", maintain_order=True):
        given = 0.0
        for arrive, leave, missing, after in rows.select(
            "arrive_min", "leave_min", "missing_kwh", "next_kwh"
        ).iter_rows():
            most = chargers.charger_kw * chargers.efficiency * max(0.0, leave - arrive - chargers.plug_min) / 60.0
            given = min(missing, given + most)
            if missing - given + after > chargers.usable_kwh - chargers.reserve_kwh + 1e-6:
                found.append(int(str(vehicle)))
                break
        else:
            if missing - given > 1e-6:
                found.append(int(str(vehicle)))
    return found


def _overlaps(stays: pl.DataFrame, chargers: DepotChargers) -> Floats:
    """Return the minutes of each stay (row) in each interval of the day (column), once around the clock."""
    steps = int(DAY_MIN / STEP_MIN)
    starts = STEP_MIN * np.arange(2 * steps)
    arrive = stays["arrive_min"].to_numpy()[:, None] + chargers.plug_min
    leave = stays["leave_min"].to_numpy()[:, None]
    minutes = np.clip(np.minimum(starts + STEP_MIN, leave) - np.maximum(starts, arrive), 0.0, None)
    # beyond midnight the day begins anew
    return np.asarray(minutes[:, :steps] + minutes[:, steps:])


def _managed(stays: pl.DataFrame, chargers: DepotChargers, price: Floats) -> tuple[Floats, float]:
    """Return the kWh by stay and interval into batteries, and the peak at the meter: least peak, then least cost."""
    minutes = _overlaps(stays, chargers)
    stay, step = np.nonzero(minutes)
    top = minutes[stay, step] / 60.0 * chargers.charger_kw * chargers.efficiency
    number = len(stay)
    blocks = [_power_rows(stay, step, minutes.shape[1], chargers.efficiency), _battery_rows(stays, stay, chargers)]
    rows = scipy.sparse.csr_array(np.vstack([block[0] for block in blocks]))
    low, high = (np.concatenate([block[end] for block in blocks]) for end in (1, 2))
    columns = np.append(top, np.inf)
    peak_only = np.append(np.zeros(number), 1.0)
    first = solve(Programme(peak_only, rows, low, high, 0, columns), seconds=math.inf)
    if first is None or first.columns is None:
        raise InfeasibleError("depot: no way of charging keeps all leaving times. Give more power, or more vehicles.")
    peak = float(first.columns[-1])
    # a hair more, so that rounding does not leave the second programme empty
    columns[-1] = peak * (1.0 + 1e-7) + 1e-7
    second = solve(Programme(np.append(price[step], 0.0), rows, low, high, 0, columns), seconds=math.inf)
    chosen = first.columns if second is None or second.columns is None else second.columns
    energy = np.zeros(minutes.shape)
    energy[stay, step] = np.maximum(0.0, chosen[:-1])
    return energy, peak


def _power_rows(stay: np.ndarray, step: np.ndarray, steps: int, efficiency: float) -> tuple[Floats, Floats, Floats]:
    """Return rows that keep the power of each interval below the peak, the last column."""
    rows = np.zeros((steps, len(stay) + 1))
    rows[step, np.arange(len(stay))] = 60.0 / STEP_MIN / efficiency
    rows[:, -1] = -1.0
    return rows, np.full(steps, -np.inf), np.zeros(steps)


def _battery_rows(stays: pl.DataFrame, stay: np.ndarray, chargers: DepotChargers) -> tuple[Floats, Floats, Floats]:
    """Return rows that keep each battery between reserve and full at the ends of stays, and full after the last."""
    vehicles = stays["vehicle"].to_numpy()
    missing, after = stays["missing_kwh"].to_numpy(), stays["next_kwh"].to_numpy()
    rows = np.zeros((stays.height, len(stay) + 1))
    for row in range(stays.height):
        # all that was charged so far, this stay included
        rows[row, :-1] = (vehicles[stay] == vehicles[row]) & (stay <= row)
    least = missing + after - (chargers.usable_kwh - chargers.reserve_kwh)
    last = np.append(vehicles[1:] != vehicles[:-1], True)
    low = np.where(last, missing, np.maximum(0.0, least)) - 1e-9
    return rows, low, missing + 1e-9


def _at_once(stays: pl.DataFrame, chargers: DepotChargers) -> tuple[Floats, tuple[int, ...]]:
    """Return the load when each vehicle charges from plugging in until full, and who leaves with too little."""
    steps = int(DAY_MIN / STEP_MIN)
    load = np.zeros(2 * steps)
    short = []
    kw = chargers.charger_kw * chargers.efficiency
    for (vehicle,), rows in stays.group_by("vehicle", maintain_order=True):
        given = 0.0
        for arrive, leave, missing, after in rows.select(
            "arrive_min", "leave_min", "missing_kwh", "next_kwh"
        ).iter_rows():
            begin = arrive + chargers.plug_min
            kwh = min(missing - given, kw * max(0.0, leave - begin) / 60.0)
            given += kwh
            end = begin + kwh / kw * 60.0
            starts = STEP_MIN * np.arange(2 * steps)
            inside = np.clip(np.minimum(starts + STEP_MIN, end) - np.maximum(starts, begin), 0.0, None)
            load += inside / STEP_MIN * chargers.charger_kw
            if missing - given + after > chargers.usable_kwh - chargers.reserve_kwh + 1e-6:
                short.append(int(str(vehicle)))
    return load[:steps] + load[steps:], tuple(dict.fromkeys(short))


def _together(stays: pl.DataFrame) -> int:
    """Return the most vehicles that stand in the depot at once."""
    events = [(float(minute), 1) for minute in stays["arrive_min"]] + [(float(m), -1) for m in stays["leave_min"]]
    # the night's stays hold at both ends of the day
    events += [(minute + DAY_MIN, sign) for minute, sign in events]
    most = here = 0
    for _, sign in sorted(events):
        here += sign
        most = max(most, here)
    return most
