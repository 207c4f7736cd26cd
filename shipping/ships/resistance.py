"""Resistance of inland hulls in calm water: Holtrop and Mennen with transom, shallow water by Zeng and Lackenby."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from data.errors import DataError
from shipping.ships.hulls import GRAVITY, Hull, Hulls, of_hull
from shipping.ships.shallow_water import speed_loss_share, squat_m

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from data.arrays import Floats


_WATER_T_M3: Final = 1.0  # fresh water
_VISCOSITY: Final = 1.0e-6  # m2/s, fresh water at 20 C
_APPENDAGE: Final = 2.5  # 1 + k2 of rudders and shaft brackets: inside Holtrop and Mennen's table, 1.3 to 4
_APPENDED_SHARE: Final = 0.05  # wetted surface of appendages over that of the hull: van Koningsveld et al. (2023)
_TRANSOM_SHARE: Final = 0.1  # immersed transom over beam times draught: the same
_DEEP: Final = 4.0  # depth over draught from which the water does not speed up under the hull: Zeng et al. (2019)
_TRANSOM_DRY: Final = 5.0  # Froude number of the transom from which it runs dry: Holtrop and Mennen (1982), c6
_LEAST_INNER: Final = 1e-9  # keeps the root of the half angle of entrance real for hulls fuller than the regression's


def resistance_kn(
    hull: Hull | Hulls, speed_km_h: ArrayLike, *, depth_m: ArrayLike, width_m: ArrayLike | None = None
) -> Floats:
    """Return the resistance of a hull in calm water.

    Parameters
    ----------
    hull : Hull or Hulls
        The hull, or several along the first axis of speeds and depths.
    speed_km_h : array_like
        Speed through the water, above 0.
    depth_m : array_like
        Depth of the water; infinite: deep.
    width_m : array_like, optional
        Width of the water: the hull then squats (`squat_m`) and has so much less water under it.

    Returns
    -------
    numpy.ndarray
        Resistance, kN: friction with form factor, appendages, waves, transom, correlation allowance.

    Raises
    ------
    DataError
        A speed not above 0, a depth not above the draught, or a squat that grounds the hull.

    Notes
    -----
    Holtrop and Mennen, International Shipbuilding Progress 29 (1982); friction on the flat bottom in shallow water by
    Zeng et al., Ocean Engineering 176 (2019). As gathered for inland vessels by van Koningsveld et al., Ports and
    Waterways (2023), part IV. Loss of speed in shallow water: `shipping.ships.shallow_water`.
    """
    speed = np.asarray(speed_km_h, dtype=np.float64) / 3.6
    if np.any(speed <= 0.0):
        raise DataError(f"speed: got {float(np.min(speed)) * 3.6:g} km/h, expected more than 0.")
    depth = np.asarray(depth_m, dtype=np.float64)
    if not np.all(depth > hull.draught_m):
        raise DataError(f"depth_m: got {float(np.min(depth)):g}, expected more than the draught of {hull.draught_m} m.")
    if width_m is not None:
        depth = depth - squat_m(hull, speed_km_h, depth_m=depth, width_m=width_m)
        if not np.all(depth > hull.draught_m):
            most = float(np.max(speed)) * 3.6
            raise DataError(f"speed: {most:.1f} km/h grounds the hull; expected less (see top_speed_km_h).")
    # In shallow water the hull takes the power of a higher speed in deep water; friction under it comes on top.
    deep_speed = speed / (1.0 - speed_loss_share(hull, 3.6 * speed, depth_m=depth))
    return np.asarray(_calm_kn(hull, deep_speed, depth) * deep_speed / speed)


def _calm_kn(hull: Hull | Hulls, speed: Floats, depth: Floats) -> Floats:
    """Return the resistance at a speed in m/s without loss of speed, kN."""
    pressure = 0.5 * _WATER_T_M3 * speed**2  # kN per m2 and unit coefficient
    wetted = hull.wetted_m2
    transom = of_hull(hull, _transom_m2)
    friction = _friction(hull, speed, depth)
    appended = _APPENDED_SHARE * wetted * _APPENDAGE * friction
    froude_transom = speed / np.sqrt(2.0 * GRAVITY * transom / (hull.beam_m * (1.0 + hull.waterplane)))
    drag = np.where(froude_transom < _TRANSOM_DRY, 0.2 * (1.0 - 0.2 * froude_transom), 0.0)
    areas = wetted * friction * of_hull(hull, _form) + appended + transom * drag + wetted * of_hull(hull, _allowance)
    return np.asarray(pressure * areas + _waves_kn(hull, speed))


def _transom_m2(hull: Hull) -> float:
    """Return the immersed area of the transom."""
    return _TRANSOM_SHARE * hull.beam_m * hull.draught_m


def _friction(hull: Hull | Hulls, speed: Floats, depth_m: Floats) -> Floats:
    """Return the friction coefficient: ITTC 1957, and what the shallow flat bottom adds (Zeng)."""
    reynolds = np.log10(speed * hull.length_m / _VISCOSITY)
    plain = 0.075 / (reynolds - 2.0) ** 2  # ITTC 1957
    deep = 0.08169 / (reynolds - 1.717) ** 2  # flat plate in deep water, Zeng et al. (2019)
    clearance = (depth_m - hull.draught_m) / hull.length_m
    shallow = deep * (1.0 + 0.003998 / (reynolds - 4.393) * clearance**-1.083)
    # Water that speeds up under the hull rubs with the square of its speed, and only on the flat bottom.
    ratio = depth_m / hull.draught_m
    under = np.where(ratio <= _DEEP, 0.4277 * np.exp(ratio**-0.07634), 1.0)
    bottom = hull.length_m * hull.beam_m / hull.wetted_m2
    return np.asarray(plain + (shallow - deep) * bottom * under**2)


def _centre_of_buoyancy(prismatic: float) -> float:
    """Return the centre of buoyancy, % of the length before midship: Schneekluth and Bertram (1998), full ships."""
    return -13.5 + 19.4 * prismatic


def _run_m(hull: Hull) -> float:
    """Return the length of run, L_R of Holtrop and Mennen."""
    prismatic = hull.prismatic
    centre = _centre_of_buoyancy(prismatic)
    return float(hull.length_m * (1.0 - prismatic + 0.06 * prismatic * centre / (4.0 * prismatic - 1.0)))


def _form(hull: Hull) -> float:
    """Return the form factor 1 + k1 of Holtrop and Mennen (1982), with c14 = 1: sections of the stern are normal."""
    length = hull.length_m
    return float(
        0.93
        + 0.487118
        * (hull.beam_m / length) ** 1.06806
        * (hull.draught_m / length) ** 0.46106
        * (length / _run_m(hull)) ** 0.121563
        * (length**3 / hull.displacement_m3) ** 0.36486
        * (1.0 - hull.prismatic) ** -0.604247
    )


def _allowance(hull: Hull) -> float:
    """Return the correlation allowance C_A of Holtrop and Mennen (1982), with c2 = 1: no bulb."""
    draught = min(hull.draught_m / hull.length_m, 0.04)  # c4
    bow = 0.003 * np.sqrt(hull.length_m / 7.5) * hull.block**4 * (0.04 - draught)
    return float(0.006 * (hull.length_m + 100.0) ** -0.16 - 0.00205 + bow)


def _waves_kn(hull: Hull | Hulls, speed: Floats) -> Floats:
    """Return the wave resistance: R_W = c1 c2 c5 V rho g exp(m1 Fn^-0.9 + m2 cos(lambda Fn^-2)), c2 = 1 (no bulb)."""
    froude = speed / np.sqrt(GRAVITY * hull.length_m)
    hump = of_hull(hull, _wave_hump) * np.exp(-0.1 / froude**2)
    exponent = of_hull(hull, _wave_steepness) * froude**-0.9 + hump * np.cos(of_hull(hull, _wave_phase) / froude**2)
    return np.asarray(of_hull(hull, _wave_scale_kn) * np.exp(exponent))


def _wave_scale_kn(hull: Hull) -> float:
    """Return what the waves of a hull are scaled by: c1 c5 V rho g."""
    length, beam, draught = hull.length_m, hull.beam_m, hull.draught_m
    volume, prismatic = hull.displacement_m3, hull.prismatic
    slender = beam / length
    # c7 of the breadth, which c1 takes to a high power
    if slender < 0.11:
        width = 0.229577 * slender ** (1.0 / 3.0)
    else:
        width = slender if slender <= 0.25 else 0.5 - 0.0625 / slender
    inner = max(_LEAST_INNER, 1.0 - prismatic - 0.0225 * _centre_of_buoyancy(prismatic))
    # half angle of entrance in degrees, from the regression, because it is not reported for river vessels
    entrance = 1.0 + 89.0 * np.exp(
        -((1.0 / slender) ** 0.80856)
        * (1.0 - hull.waterplane) ** 0.30484
        * inner**0.6367
        * (_run_m(hull) / beam) ** 0.34574
        * (100.0 * volume / length**3) ** 0.16302
    )
    # c1 and c5: the transom takes away what makes waves
    first = 2_223_105.0 * width**3.78613 * (draught / beam) ** 1.07961 * (90.0 - entrance) ** -1.37565
    stern = 1.0 - 0.8 * _transom_m2(hull) / (beam * draught * hull.midship)
    return float(first * stern * volume * _WATER_T_M3 * GRAVITY)


def _wave_steepness(hull: Hull) -> float:
    """Return m1: how waves grow with the speed."""
    prismatic = hull.prismatic
    # c16 falls off differently for full hulls, which most river vessels are
    if prismatic < 0.8:
        fullness = 8.07981 * prismatic - 13.8673 * prismatic**2 + 6.984388 * prismatic**3
    else:
        fullness = 1.73014 - 0.7067 * prismatic
    length, volume = hull.length_m, hull.displacement_m3
    slender = hull.beam_m / length
    steep = (
        0.0140407 * length / hull.draught_m - 1.75254 * volume ** (1.0 / 3.0) / length - 4.79323 * slender - fullness
    )
    return float(steep)


def _wave_hump(hull: Hull) -> float:
    """Return what m2 is of a hull, with c15 = -1.69385 (L^3 / V below 512)."""
    return float(-1.69385 * hull.prismatic**2)


def _wave_phase(hull: Hull) -> float:
    """Return lambda (L / B below 12): where bow and stern wave meet."""
    return 1.446 * hull.prismatic - 0.03 / (hull.beam_m / hull.length_m)
