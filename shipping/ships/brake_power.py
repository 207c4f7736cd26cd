"""Brake power of a hull at a speed, and the speed that a power gives.

Powers are named by where they are taken: effective (towing), delivered (propeller), brake (engine).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from data.errors import DataError
from shipping.ships.hulls import Hulls, of_hull
from shipping.ships.resistance import resistance_kn
from shipping.ships.shallow_water import top_speed_km_h

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from data.arrays import Floats
    from shipping.ships.hulls import Hull


_POINTS: Final = 80  # of a power curve: its cube root is nearly straight, so that few points are enough
_LEAST_KM_H: Final = 1.0  # where a curve begins
_OPEN_WATER_KM_H: Final = 60.0  # end of the curve in deep water, where nothing else bounds it


def hull_efficiency(hull: Hull) -> float:
    """Return the hull efficiency (1 - t) / (1 - w): thrust deduction and wake of inland vessels."""
    # As van Koningsveld et al. (2023) gather them: the wake is shared by the screws, the thrust follows from the wake.
    root = np.sqrt(hull.displacement_m3 ** (1.0 / 3.0) / hull.propeller_m)
    wake = 0.11 * 0.16 / hull.screws * hull.block**hull.screws * root
    thrust = 0.6 * wake * (1.0 + 0.67 * wake) if hull.screws == 1 else 0.8 * wake * (1.0 + 0.25 * wake)
    return float((1.0 - thrust) / (1.0 - wake))


def brake_kw(
    hull: Hull | Hulls, speed_km_h: ArrayLike, *, depth_m: ArrayLike, width_m: ArrayLike | None = None
) -> Floats:
    """Return the brake power that drives a hull at a speed through the water, kW; see `resistance_kn`."""
    speed = np.asarray(speed_km_h, dtype=np.float64) / 3.6
    effective = resistance_kn(hull, speed_km_h, depth_m=depth_m, width_m=width_m) * speed
    delivered = effective / (hull.open_water * hull.rotative * of_hull(hull, hull_efficiency))
    return np.asarray(delivered / (hull.shaft * hull.gear))


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
    def from_hull(
        cls,
        hull: Hull,
        *,
        depth_m: float,
        width_m: float | None = None,
        least_km_h: float = _LEAST_KM_H,
        most_km_h: float | None = None,
    ) -> PowerCurve:
        """Return the curve of a hull up to `top_speed_km_h` or a given speed; with a width the hull squats."""
        most = float(top_speed_km_h(hull, depth_m=depth_m, width_m=width_m)) if most_km_h is None else most_km_h
        most = _OPEN_WATER_KM_H if most == np.inf else most
        speeds = np.linspace(min(least_km_h, 0.5 * most), most, _POINTS)
        return cls._rising(speeds, brake_kw(hull, speeds, depth_m=depth_m, width_m=width_m))

    @classmethod
    def of_sections(
        cls, hulls: Sequence[Hull], *, depths_m: Sequence[Sequence[float]], widths_m: Sequence[float] | None = None
    ) -> list[list[PowerCurve]]:
        """Return the curves of `from_hull` of several hulls in several sections of the water at once.

        Parameters
        ----------
        hulls : sequence of Hull
            The hulls.
        depths_m : sequence of sequence of float
            Depth of the water, by hull and section.
        widths_m : sequence of float, optional
            Width of the water, by section; None: wide everywhere.
        """
        # one call for all: what each takes is mostly that of calling numpy on eighty numbers
        every, depth = Hulls(hulls), np.array(depths_m, dtype=np.float64)[:, :, None]
        width = None if widths_m is None else np.array(widths_m, dtype=np.float64)[:, None]
        most = top_speed_km_h(every, depth_m=depth, width_m=width)[:, :, 0]
        most = np.where(np.isinf(most), _OPEN_WATER_KM_H, most)
        speeds = np.ascontiguousarray(np.linspace(np.minimum(_LEAST_KM_H, 0.5 * most), most, _POINTS, axis=-1))
        powers = brake_kw(every, speeds, depth_m=depth, width_m=width)
        return [
            [cls._rising(speed, power) for speed, power in zip(*pairs, strict=True)]
            for pairs in zip(speeds, powers, strict=True)
        ]

    @classmethod
    def _rising(cls, speed_km_h: Floats, power_kw: Floats) -> PowerCurve:
        """Return a curve that does not fall."""
        # The regression dips a little at walking pace; a curve that can be read both ways must not fall.
        return cls(speed_km_h, np.maximum.accumulate(power_kw))

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
