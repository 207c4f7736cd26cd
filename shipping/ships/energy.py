"""Power, time, energy and fuel of a vessel on a current: pure functions on numbers and arrays.

A vessel holds its speed *through the water*; the current changes its speed over ground and so the time under
power. At the same water speed a leg against a current c costs v / (v - c) of the leg on slack water, and with
the current v / (v + c).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from data.arrays import Floats


EXPONENT = 3.0  # propeller law: at constant displacement the torque rises with the square of the speed


def power_kw(
    water_speed_km_h: ArrayLike,
    *,
    reference_kw: ArrayLike,
    reference_speed_km_h: ArrayLike,
    load_share: ArrayLike = 1.0,
    empty_power_share: ArrayLike = 1.0,
) -> Floats:
    """Return the brake power that drives a vessel through the water.

    Parameters
    ----------
    water_speed_km_h : array_like
        Speed through the water, km/h.
    reference_kw, reference_speed_km_h : array_like
        Brake power of the fully loaded vessel at a reference speed.
    load_share : array_like
        Cargo over deadweight, 0 to 1.
    empty_power_share : array_like
        Power of the empty vessel over that of the full one at the same speed; linear in the load between.

    Returns
    -------
    numpy.ndarray
        Brake power, kW.

    Notes
    -----
    Propeller law P = P_ref (v / v_ref)^3, the admiralty formula at constant displacement.
    """
    ratio = np.asarray(water_speed_km_h, dtype=np.float64) / np.asarray(reference_speed_km_h, dtype=np.float64)
    empty = np.asarray(empty_power_share, dtype=np.float64)
    loaded = empty + (1.0 - empty) * np.asarray(load_share, dtype=np.float64)
    return np.asarray(np.asarray(reference_kw, dtype=np.float64) * ratio**EXPONENT * loaded)


def ground_speed_km_h(water_speed_km_h: ArrayLike, current_km_h: ArrayLike) -> Floats:
    """Return the speed over ground.

    Parameters
    ----------
    water_speed_km_h : array_like
        Speed through the water, km/h.
    current_km_h : array_like
        Current along the course, km/h: positive helps, negative holds back.

    Raises
    ------
    DataError
        If the current stops the vessel.

    Examples
    --------
    >>> ground_speed_km_h(12.0, [-4.0, 4.0]).tolist()
    [8.0, 16.0]
    """
    ground = np.asarray(water_speed_km_h, dtype=np.float64) + np.asarray(current_km_h, dtype=np.float64)
    if np.any(ground <= 0.0):
        raise DataError(
            f"speed over ground: got {float(np.min(ground)):g} km/h; expected more than 0. "
            "The current is as fast as the vessel: raise its water_speed_km_h or lower current_km_h."
        )
    return np.asarray(ground)


def leg_hours(length_km: ArrayLike, water_speed_km_h: ArrayLike, current_km_h: ArrayLike = 0.0) -> Floats:
    """Return the hours of a leg; see `ground_speed_km_h` for the sign of the current and the error.

    Examples
    --------
    >>> leg_hours(24.0, 12.0, -4.0).tolist()
    3.0
    """
    length = np.asarray(length_km, dtype=np.float64)
    return np.asarray(length / ground_speed_km_h(water_speed_km_h, current_km_h))


def energy_kwh(hours: ArrayLike, *, propulsion_kw: ArrayLike, hotel_kw: ArrayLike = 0.0) -> Floats:
    """Return the brake energy of propulsion and hotel load over some hours (propulsion 0: waiting).

    Examples
    --------
    >>> energy_kwh(3.0, propulsion_kw=400.0, hotel_kw=20.0).tolist()
    1260.0
    """
    total = np.asarray(propulsion_kw, dtype=np.float64) + np.asarray(hotel_kw, dtype=np.float64)
    return np.asarray(total * np.asarray(hours, dtype=np.float64))


def fuel_t(energy: ArrayLike, *, sfc_kg_kwh: ArrayLike) -> Floats:
    """Return the fuel in t for a brake energy in kWh at a specific fuel consumption in kg/kWh.

    Examples
    --------
    >>> round(float(fuel_t(1000.0, sfc_kg_kwh=0.2)), 6)
    0.2
    """
    return np.asarray(np.asarray(energy, dtype=np.float64) * np.asarray(sfc_kg_kwh, dtype=np.float64) / 1000.0)
