"""Sharing of power inside a pile and behind a station's connection."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.power.compiled import allocating, compiled, inner
from data.errors import DataError, nearest
from data.schemas.limits import check_module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats

    Pair = tuple[float, float]

POLICIES: Final = ("exclusive", "equal", "sequential", "dynamic")
"""Sharing policies; the compiled rules know them by number."""
EXCLUSIVE, EQUAL, SEQUENTIAL, DYNAMIC = range(4)

SLACK_KW: Final = 1e-9
"""Powers that differ by rounding are equal: offers, the claims at a connection, a vehicle's request."""
MODULE_SLACK: Final = 1e-9
"""A ratio this close to a whole number of power modules is that number: 120 kW / 20 kW must not give 5 modules."""


def share(
    capacity_kw: float,
    wanted_kw: Sequence[float],
    policy: str = "dynamic",
    module_kw: float | None = None,
) -> list[float]:
    """Split a capacity among guns, in the order in which the vehicles plugged in.

    Parameters
    ----------
    capacity_kw
        Power to be shared, kW, at least 0.
    wanted_kw
        Power that each vehicle could take now, kW, first come first.
    policy
        ``exclusive``: the first vehicle that wants power has the pile to itself.
        ``equal``: the same part for each vehicle that wants power; what one leaves is lost.
        ``sequential``: one after the other.
        ``dynamic``: max-min fair (water-filling); what one leaves is offered to the others.
    module_kw
        Size of the rectifier modules that ``dynamic`` hands out, kW; None divides continuously.
        Left-over modules go to the first vehicle that can still use one.

    Returns
    -------
    list of float
        Power that flows to each vehicle, kW; never above its request, and in sum never above the capacity.

    Raises
    ------
    DataError
        Unknown policy, negative or not finite capacity or request, module size not above 0.

    Notes
    -----
    Max-min fairness: Bertsekas and Gallager, Data Networks (2nd ed.), section 6.5.2.

    Examples
    --------
    >>> share(120.0, [20.0, 90.0, 90.0])
    [20.0, 50.0, 50.0]
    >>> share(120.0, [20.0, 90.0, 90.0], "equal")
    [20.0, 40.0, 40.0]
    >>> share(120.0, [20.0, 90.0, 90.0], "dynamic", module_kw=20.0)
    [20.0, 60.0, 40.0]
    """
    _check(capacity_kw, wanted_kw, policy, module_kw)
    requested = np.array(wanted_kw, dtype=np.float64)
    parts = np.zeros(len(requested))
    divide(
        POLICIES.index(policy), capacity_kw, requested, 0.0 if module_kw is None else min(module_kw, capacity_kw), parts
    )
    return [float(part) for part in parts]


@compiled
def divide(policy: int, capacity_kw: float, requested: Floats | Pair, module_kw: float, parts: Floats) -> None:
    """Write into ``parts`` the division of a capacity by a policy's number; 0 means no modules. Not checked."""
    if policy == DYNAMIC:
        level = water_level(capacity_kw, requested)
        for index in range(len(requested)):
            parts[index] = min(requested[index], level)
        if module_kw > 0.0:
            _to_modules(capacity_kw, requested, module_kw, parts)
        return
    count = 0
    for request in requested:
        count += request > 0.0
    for index in range(len(requested)):
        parts[index] = 0.0
        if requested[index] > 0.0:
            parts[index] = min(requested[index], capacity_kw / count if policy == EQUAL else capacity_kw)
            if policy != EQUAL:
                capacity_kw = 0.0  # the first has it all; the others wait


@inner
def water_level(capacity_kw: float, requested: Floats | Pair) -> float:
    """Return the level up to which all get what they request, max-min fair; infinite where it is enough for all."""
    total = 0.0
    for request in requested:
        total += request
    if total <= capacity_kw:
        return math.inf
    # from below: each round gives the rest to those above the level, until nobody new falls under it
    level, above = capacity_kw / len(requested), len(requested)
    while True:
        used, more = 0.0, 0
        for request in requested:
            if request <= level:
                used += request
            else:
                more += 1
        if more in (0, above):
            return level
        level, above = (capacity_kw - used) / more, more


@inner
def _to_modules(capacity_kw: float, requested: Floats | Pair, module_kw: float, parts: Floats) -> None:
    """Round a fair division down to whole modules and hand the rest to the first come."""
    free = math.floor(capacity_kw / module_kw + MODULE_SLACK)
    for index in range(len(requested)):
        parts[index] = math.floor(parts[index] / module_kw + MODULE_SLACK)
        free -= parts[index]
    # a module is not split: what rounding left goes whole, in the order of plugging in
    for index in range(len(requested)):
        while free > 0 and parts[index] * module_kw < requested[index] - SLACK_KW:
            parts[index] += 1
            free -= 1
        parts[index] = min(requested[index], parts[index] * module_kw)


def whole_modules_kw(capacity_kw: float, module_kw: float | None) -> float:
    """Return what the whole modules in a pile give, kW; a pile smaller than a module is one of its own size."""
    if module_kw is None or module_kw >= capacity_kw:
        return capacity_kw
    return math.floor(capacity_kw / module_kw + MODULE_SLACK) * module_kw


def _check(capacity_kw: float, wanted_kw: Sequence[float], policy: str, module_kw: float | None) -> None:
    """Validate the inputs of a division."""
    if policy not in POLICIES:
        raise DataError(
            f"sharing policy {policy!r} is not known.{nearest(policy, POLICIES)} Known: {', '.join(POLICIES)}."
        )
    if not (math.isfinite(capacity_kw) and capacity_kw >= 0.0):
        raise DataError(f"capacity_kw: got {capacity_kw}, expected a finite number of kW, at least 0.")
    for index, wanted in enumerate(wanted_kw):
        if not (math.isfinite(wanted) and wanted >= 0.0):
            raise DataError(f"wanted_kw[{index}]: got {wanted}, expected a finite number of kW, at least 0.")
    check_module(module_kw)


def gun_limit_kw(gun_amps: float | None, pack_voltage_v: float | None) -> float:
    """Return the power that a DC gun's current limit leaves (kW); infinite where current or voltage is unknown."""
    if gun_amps is None or pack_voltage_v is None:
        return float("inf")
    return gun_amps * pack_voltage_v / 1000.0


def ac_gun_limit_kw(gun_amps: float | None, phases: int | None, volts: float | None) -> float:
    """Return the power that an AC gun's current limit leaves (kW at the meter); infinite where anything is unknown.

    Parameters
    ----------
    gun_amps
        Current of each phase, A.
    phases
        Number of phases.
    volts
        Voltage of a phase against neutral, V.

    Examples
    --------
    >>> ac_gun_limit_kw(32.0, 1, 220.0)
    7.04
    """
    if gun_amps is None or phases is None or volts is None:
        return float("inf")
    return gun_amps * volts * phases / 1000.0


@allocating
def newcomer_kw(pile_kw: float, policy: int, requested: Floats | Pair, module_kw: float) -> float:
    """Return the power that a vehicle would get now on a pile where others may charge already.

    Parameters
    ----------
    pile_kw
        Rated power of the pile, kW.
    policy
        Number of the pile's sharing policy (``charging.power.allocation.POLICIES``).
    requested
        Power that each vehicle could take, kW, first come first: the newcomer is the last.
    module_kw
        Size of the power modules of a dynamic pile, kW; 0 divides continuously.
    """
    others = len(requested) - 1
    requested_kw = requested[others]
    if policy == DYNAMIC:
        if module_kw == 0.0:
            return float(min(requested_kw, water_level(pile_kw, requested)))
        parts = np.empty(others + 1)
        divide(policy, pile_kw, requested, module_kw, parts)
        return float(parts[others])
    if policy == EQUAL:
        return float(min(requested_kw, pile_kw / (others + 1)))
    return float(min(requested_kw, pile_kw)) if others == 0 else 0.0
