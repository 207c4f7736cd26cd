"""Sharing of power inside a pile and behind a station's connection."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from data.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

POLICIES: Final = ("exclusive", "equal", "sequential", "dynamic")


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
        Power that flows to each vehicle, kW; never above its wish, and in sum never above the capacity.

    Raises
    ------
    DataError
        Unknown policy, negative or not finite capacity or wish, module size not above 0.

    Notes
    -----
    Max-min fairness: Bertsekas and Gallager, Data Networks (2nd ed.), section 6.5.2.
    """
    _check(capacity_kw, wanted_kw, policy, module_kw)
    if policy == "dynamic":
        filled = max_min(capacity_kw, wanted_kw)
        return filled if module_kw is None else _in_modules(capacity_kw, wanted_kw, filled, module_kw)
    if policy == "equal":
        active = sum(1 for wish in wanted_kw if wish > 0.0)
        part = capacity_kw / active if active else 0.0
        return [min(wish, part) for wish in wanted_kw]
    return _first_only(capacity_kw, wanted_kw)


def max_min(capacity_kw: float, wanted_kw: Sequence[float]) -> list[float]:
    """Return the max-min fair division of ``capacity_kw`` (kW); inputs are not checked."""
    count = len(wanted_kw)
    if count == 1:
        return [min(capacity_kw, wanted_kw[0])]
    if math.fsum(wanted_kw) <= capacity_kw:
        return list(wanted_kw)
    result = [0.0] * count
    left = capacity_kw
    for position, index in enumerate(sorted(range(count), key=wanted_kw.__getitem__)):
        part = min(wanted_kw[index], left / (count - position))
        result[index] = part
        left -= part
    return result


def _first_only(capacity_kw: float, wanted_kw: Sequence[float]) -> list[float]:
    """Give all power to the first vehicle that wants any."""
    result = [0.0] * len(wanted_kw)
    for index, wish in enumerate(wanted_kw):
        if wish > 0.0:
            result[index] = min(capacity_kw, wish)
            break
    return result


def _in_modules(
    capacity_kw: float, wanted_kw: Sequence[float], filled_kw: Sequence[float], module_kw: float
) -> list[float]:
    """Round a fair division down to whole modules and hand the rest to the first come."""
    modules = [math.floor(part / module_kw + 1e-9) for part in filled_kw]
    free = math.floor(capacity_kw / module_kw + 1e-9) - sum(modules)
    for index, wish in enumerate(wanted_kw):
        while free > 0 and modules[index] * module_kw < wish - 1e-9:
            modules[index] += 1
            free -= 1
    return [min(wish, count * module_kw) for wish, count in zip(wanted_kw, modules, strict=True)]


def _check(capacity_kw: float, wanted_kw: Sequence[float], policy: str, module_kw: float | None) -> None:
    """Refuse inputs that no pile can have."""
    if policy not in POLICIES:
        raise DataError(
            f"sharing policy {policy!r} is not known.{nearest(policy, POLICIES)} Known: {', '.join(POLICIES)}."
        )
    if not (math.isfinite(capacity_kw) and capacity_kw >= 0.0):
        raise DataError(f"capacity_kw: got {capacity_kw}, expected a finite number of kW, at least 0.")
    for index, wish in enumerate(wanted_kw):
        if not (math.isfinite(wish) and wish >= 0.0):
            raise DataError(f"wanted_kw[{index}]: got {wish}, expected a finite number of kW, at least 0.")
    if module_kw is not None and not module_kw > 0.0:
        raise DataError(f"module_kw: got {module_kw}, expected more than 0 kW, or None for no modules.")
