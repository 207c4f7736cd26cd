"""Resistance and power of inland hulls: Holtrop and Mennen with transom and shallow-water friction; speed from power.

Pure functions on numbers and arrays; nothing here knows a vessel's voyage. Powers are named by where they are taken:
effective (towing), delivered (propeller), brake (engine).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from data.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from data.arrays import Floats


_WATER_T_M3: Final = 1.0
_GRAVITY: Final = 9.81
_VISCOSITY: Final = 1.0e-6  # m2/s, fresh water at 20 C
_APPENDAGE: Final = 2.5  # 1 + k2 of rudders and shaft brackets
_DEEP: Final = 4.0  # depth over draught from which water does not speed up under the hull
_SUBCRITICAL: Final = 0.9  # of the critical speed sqrt(g h): the method holds below
_TABLE: Final = 80
_LEAST_BLOCK: Final = 0.5
_MOST_BLOCK: Final = 0.95
_OPEN_WATER_KM_H: Final = 60.0  # end of the table in deep water
_KM_H_PER_KNOT: Final = 1.852
_SQUAT_EXPONENT: Final = 2.08


@dataclass(frozen=True, slots=True)
class Hull:
    """Main dimensions and propulsion of a vessel.

    Attributes
    ----------
    length_m, beam_m, draught_m : float
        On the waterline.
    block : float
        Block coefficient.
    screws : int
        Propellers.
    propeller_m : float
        Their diameter.
    open_water, rotative : float
        Open-water and relative rotative efficiency of the propeller.
    shaft, gear : float
        Efficiency of shaft and gearbox.
    """

    length_m: float
    beam_m: float
    draught_m: float
    block: float = 0.85
    screws: int = 2
    propeller_m: float = 1.4
    open_water: float = 0.40
    rotative: float = 1.0
    shaft: float = 0.98
    gear: float = 0.96

    def __post_init__(self) -> None:
        """Refuse dimensions that no hull has.

        Raises
        ------
        DataError
            A length, beam, draught or propeller not above 0; a block coefficient outside 0.5 to 0.95.
        """
        for name in ("length_m", "beam_m", "draught_m", "propeller_m"):
            if not getattr(self, name) > 0.0:
                raise DataError(f"{name}: got {getattr(self, name)}, expected more than 0 m.")
        if not _LEAST_BLOCK <= self.block <= _MOST_BLOCK:
            raise DataError(f"block: got {self.block}, expected 0.5 to 0.95.")

    def at_load(self, load_share: float, *, empty_draught_m: float) -> Hull:
        """Return the hull as it floats with a share of its cargo: draught to the centimetre, and a finer block.

        The draught is linear between empty and full; the block coefficient falls with it by Riddlesworth's
        approximation, 1 - (1 - C_B) (T / t)^(1/3) (Barrass and Derrett, Ship Stability).
        """
        draught = round(empty_draught_m + (self.draught_m - empty_draught_m) * load_share, 2)
        block = 1.0 - (1.0 - self.block) * (self.draught_m / draught) ** (1.0 / 3.0)
        return replace(self, draught_m=draught, block=max(block, _LEAST_BLOCK))

    @property
    def displacement_m3(self) -> float:
        """Return the displaced volume."""
        return self.block * self.length_m * self.beam_m * self.draught_m

    @property
    def midship(self) -> float:
        """Return the midship coefficient, 1.006 - 0.0056 C_B^-3.56."""
        return float(1.006 - 0.0056 * self.block**-3.56)

    @property
    def prismatic(self) -> float:
        """Return the prismatic coefficient."""
        return self.block / self.midship

    @property
    def waterplane(self) -> float:
        """Return the waterplane coefficient, (1 + 2 C_B) / 3."""
        return (1.0 + 2.0 * self.block) / 3.0

    @property
    def wetted_m2(self) -> float:
        """Return the wetted surface without appendages (Holtrop and Mennen, without bulb)."""
        shape = (
            0.453
            + 0.4425 * self.block
            - 0.2862 * self.midship
            - 0.003467 * self.beam_m / self.draught_m
            + 0.3696 * self.waterplane
        )
        girth = 2.0 * self.draught_m + self.beam_m
        return float(self.length_m * girth * np.sqrt(self.midship) * shape)


def resistance_kn(hull: Hull, speed_km_h: ArrayLike, *, depth_m: ArrayLike, width_m: float | None = None) -> Floats:
    """Return the resistance of a hull in calm water.

    Parameters
    ----------
    hull : Hull
        The hull.
    speed_km_h : array_like
        Speed through the water, above 0.
    depth_m : array_like
        Depth of the water; infinite: deep.
    width_m : float, optional
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
    Waterways (2023), part IV.
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
    pressure = 0.5 * _WATER_T_M3 * speed**2  # kN per m2 and unit coefficient
    wetted = hull.wetted_m2
    transom = 0.1 * hull.beam_m * hull.draught_m
    friction = _friction(hull, speed, depth)
    appended = 0.05 * wetted * _APPENDAGE * friction
    froude_transom = speed / np.sqrt(2.0 * _GRAVITY * transom / (hull.beam_m * (1.0 + hull.waterplane)))
    drag = np.where(froude_transom < 5.0, 0.2 * (1.0 - 0.2 * froude_transom), 0.0)
    areas = wetted * friction * _form(hull) + appended + transom * drag + wetted * _allowance(hull)
    return np.asarray(pressure * areas + _waves_kn(hull, speed, transom))


def _friction(hull: Hull, speed: Floats, depth_m: Floats) -> Floats:
    """Return the friction coefficient: ITTC 1957, and what the shallow flat bottom adds (Zeng)."""
    reynolds = np.log10(speed * hull.length_m / _VISCOSITY)
    plain = 0.075 / (reynolds - 2.0) ** 2
    deep = 0.08169 / (reynolds - 1.717) ** 2
    clearance = (depth_m - hull.draught_m) / hull.length_m
    shallow = deep * (1.0 + 0.003998 / (reynolds - 4.393) * clearance**-1.083)
    ratio = depth_m / hull.draught_m
    under = np.where(ratio <= _DEEP, 0.4277 * np.exp(ratio**-0.07634), 1.0)
    bottom = hull.length_m * hull.beam_m / hull.wetted_m2
    return np.asarray(plain + (shallow - deep) * bottom * under**2)


def _run_m(hull: Hull) -> float:
    """Return the length of run."""
    prismatic = hull.prismatic
    centre = -13.5 + 19.4 * prismatic
    return float(hull.length_m * (1.0 - prismatic + 0.06 * prismatic * centre / (4.0 * prismatic - 1.0)))


def _form(hull: Hull) -> float:
    """Return the form factor 1 + k1."""
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
    """Return the correlation allowance."""
    draught = min(hull.draught_m / hull.length_m, 0.04)
    bow = 0.003 * np.sqrt(hull.length_m / 7.5) * hull.block**4 * (0.04 - draught)
    return float(0.006 * (hull.length_m + 100.0) ** -0.16 - 0.00205 + bow)


def _waves_kn(hull: Hull, speed: Floats, transom_m2: float) -> Floats:
    """Return the wave resistance."""
    length, beam, draught = hull.length_m, hull.beam_m, hull.draught_m
    volume, prismatic = hull.displacement_m3, hull.prismatic
    slender = beam / length
    centre = -13.5 + 19.4 * prismatic
    if slender < 0.11:
        width = 0.229577 * slender ** (1.0 / 3.0)
    else:
        width = slender if slender <= 0.25 else 0.5 - 0.0625 / slender
    inner = max(1e-9, 1.0 - prismatic - 0.0225 * centre)
    entrance = 1.0 + 89.0 * np.exp(
        -((1.0 / slender) ** 0.80856)
        * (1.0 - hull.waterplane) ** 0.30484
        * inner**0.6367
        * (_run_m(hull) / beam) ** 0.34574
        * (100.0 * volume / length**3) ** 0.16302
    )
    first = 2_223_105.0 * width**3.78613 * (draught / beam) ** 1.07961 * (90.0 - entrance) ** -1.37565
    stern = 1.0 - 0.8 * transom_m2 / (beam * draught * hull.midship)
    if prismatic < 0.8:
        fullness = 8.07981 * prismatic - 13.8673 * prismatic**2 + 6.984388 * prismatic**3
    else:
        fullness = 1.73014 - 0.7067 * prismatic
    steep = 0.0140407 * length / draught - 1.75254 * volume ** (1.0 / 3.0) / length - 4.79323 * slender - fullness
    froude = speed / np.sqrt(_GRAVITY * length)
    hump = -1.69385 * prismatic**2 * np.exp(-0.1 / froude**2)
    wave = 1.446 * prismatic - 0.03 / slender
    exponent = steep * froude**-0.9 + hump * np.cos(wave / froude**2)
    return np.asarray(first * stern * volume * _WATER_T_M3 * _GRAVITY * np.exp(exponent))


def hull_efficiency(hull: Hull) -> float:
    """Return the hull efficiency (1 - t) / (1 - w): thrust deduction and wake of inland vessels."""
    root = np.sqrt(hull.displacement_m3 ** (1.0 / 3.0) / hull.propeller_m)
    wake = 0.11 * 0.16 / hull.screws * hull.block**hull.screws * root
    thrust = 0.6 * wake * (1.0 + 0.67 * wake) if hull.screws == 1 else 0.8 * wake * (1.0 + 0.25 * wake)
    return float((1.0 - thrust) / (1.0 - wake))


def brake_kw(hull: Hull, speed_km_h: ArrayLike, *, depth_m: ArrayLike, width_m: float | None = None) -> Floats:
    """Return the brake power that drives a hull at a speed through the water, kW; see `resistance_kn`."""
    speed = np.asarray(speed_km_h, dtype=np.float64) / 3.6
    effective = resistance_kn(hull, speed_km_h, depth_m=depth_m, width_m=width_m) * speed
    delivered = effective / (hull.open_water * hull.rotative * hull_efficiency(hull))
    return np.asarray(delivered / (hull.shaft * hull.gear))


def squat_m(hull: Hull, speed_km_h: ArrayLike, *, depth_m: ArrayLike, width_m: float) -> Floats:
    """Return the squat in a channel, m (Barrass): C_B S^0.81 v_kn^2.08 / 20 with the blockage S = B T / (W h)."""
    knots = np.asarray(speed_km_h, dtype=np.float64) / _KM_H_PER_KNOT
    return np.asarray(_squat_per_knot(hull, depth_m, width_m) * knots**_SQUAT_EXPONENT)


def _squat_per_knot(hull: Hull, depth_m: ArrayLike, width_m: float) -> Floats:
    """Return the squat at one knot."""
    blockage = hull.beam_m * hull.draught_m / (width_m * np.asarray(depth_m, dtype=np.float64))
    return np.asarray(hull.block * blockage**0.81 / 20.0)


def top_speed_km_h(hull: Hull, *, depth_m: ArrayLike, width_m: float | None = None) -> Floats:
    """Return the highest speed through the water for which the method holds.

    0.9 of the critical speed of the depth, sqrt(g h); and where a width is given not more than leaves half of the
    water under the hull at rest to it.
    """
    depth = np.asarray(depth_m, dtype=np.float64)
    top = 3.6 * _SUBCRITICAL * np.sqrt(_GRAVITY * depth)
    if width_m is None:
        return np.asarray(top)
    room = 0.5 * np.maximum(depth - hull.draught_m, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        knots = np.where(
            np.isinf(depth), np.inf, (room / _squat_per_knot(hull, depth, width_m)) ** (1.0 / _SQUAT_EXPONENT)
        )
    return np.asarray(np.minimum(top, knots * _KM_H_PER_KNOT))


@dataclass(frozen=True, eq=False, slots=True)
class PowerCurve:
    """Brake power over speed of one hull, draught and depth, tabulated once: both ways by interpolation.

    The cube root of the power is interpolated, which is nearly a straight line over speed.

    Attributes
    ----------
    speed_km_h, power_kw : numpy.ndarray
        The table, both rising.
    """

    speed_km_h: Floats
    power_kw: Floats

    @classmethod
    def of(
        cls,
        hull: Hull,
        *,
        depth_m: float,
        width_m: float | None = None,
        least_km_h: float = 1.0,
        most_km_h: float | None = None,
    ) -> PowerCurve:
        """Return the curve of a hull up to `top_speed_km_h` or a given speed; with a width the hull squats."""
        most = float(top_speed_km_h(hull, depth_m=depth_m, width_m=width_m)) if most_km_h is None else most_km_h
        most = _OPEN_WATER_KM_H if most == np.inf else most
        speeds = np.linspace(min(least_km_h, 0.5 * most), most, _TABLE)
        return cls(speeds, np.maximum.accumulate(brake_kw(hull, speeds, depth_m=depth_m, width_m=width_m)))

    def power(self, speed_km_h: ArrayLike) -> Floats:
        """Return brake power at speeds, kW.

        Raises
        ------
        DataError
            A speed outside the table.
        """
        speeds = np.asarray(speed_km_h, dtype=np.float64)
        if np.any(speeds < self.speed_km_h[0]) or np.any(speeds > self.speed_km_h[-1]):
            raise DataError(
                f"speed: expected {self.speed_km_h[0]:.1f} to {self.speed_km_h[-1]:.1f} km/h through the water."
            )
        return np.asarray(np.interp(speeds, self.speed_km_h, np.cbrt(self.power_kw)) ** 3)

    def speed(self, power_kw: ArrayLike) -> Floats:
        """Return the speed that a brake power gives, km/h; the table's ends bound it."""
        power = np.asarray(power_kw, dtype=np.float64)
        return np.asarray(np.interp(np.cbrt(power), np.cbrt(self.power_kw), self.speed_km_h))
