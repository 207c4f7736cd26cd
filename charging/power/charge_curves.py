"""Charge curves: power a battery accepts by its state of charge, and how long a charge takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from charging.power.curves import curve_array, minutes_between
from data.errors import DataError


@dataclass(frozen=True, slots=True)
class Curve:
    """Accepted power over state of charge, piecewise linear.

    Attributes
    ----------
    soc
        Breakpoints, increasing from 0 to 1.
    power_share
        Power at the breakpoints as a share of the vehicle's largest power; above 0 below SOC 1.
    """

    soc: tuple[float, ...]
    power_share: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse a curve that cannot be integrated.

        Raises
        ------
        DataError
            Lengths differ, SOC does not increase from 0 to 1, or power is not above 0 below SOC 1.
        """
        if len(self.soc) != len(self.power_share) or len(self.soc) < 2:
            raise DataError("charge curve: soc and power_share need the same length of at least 2.")
        rising = all(low < high for low, high in zip(self.soc, self.soc[1:], strict=False))
        if not rising or self.soc[0] != 0.0 or self.soc[-1] != 1.0:
            raise DataError(f"charge curve: soc must increase from 0 to 1, got {list(self.soc)}.")
        if any(part <= 0.0 for part in self.power_share[:-1]) or self.power_share[-1] < 0.0:
            raise DataError("charge curve: power_share must be above 0 below SOC 1, and not negative at SOC 1.")


def charge_minutes(
    curve: Curve, *, battery_kwh: float, vehicle_kw: float, gun_kw: float, soc: float, end_soc: float
) -> float:
    """Return the minutes of an undisturbed charge.

    Parameters
    ----------
    curve
        Accepted power over SOC.
    battery_kwh, vehicle_kw, gun_kw
        Battery capacity (kWh), the vehicle's largest power and the gun's power (kW).
    soc, end_soc
        State of charge at the start and at the end.

    Returns
    -------
    float
        Minutes.

    Raises
    ------
    DataError
        The curve accepts no power at the end.
    """
    table = curve_array([curve])
    per_unit = minutes_between(table, 1, gun_kw / vehicle_kw, soc, end_soc)
    if not math.isfinite(per_unit):
        raise DataError(f"a charge to SOC {end_soc} never ends: the curve accepts no power there.")
    return per_unit * battery_kwh / vehicle_kw
