"""What shallow and narrow water does to a hull: squat, and the speed above which no vessel of its kind goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from shipping.ships.hulls import GRAVITY, Hull

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from data.arrays import Floats


_SUBCRITICAL: Final = 0.9  # of the critical speed sqrt(g h): near it the wave resistance of the method has no meaning
_KM_H_PER_KNOT: Final = 1.852  # by definition
_SQUAT_EXPONENT: Final = 2.08  # of the speed in knots: Barrass, Ship Squat (1979)
_BLOCKAGE_EXPONENT: Final = 0.81  # of the blockage factor: the same
_SQUAT_DIVISOR: Final = 20.0  # the same
_ROOM_SHARE: Final = 0.5  # of the water under the hull at rest: the squat may take it, the other half is kept as margin


def squat_m(hull: Hull, speed_km_h: ArrayLike, *, depth_m: ArrayLike, width_m: float) -> Floats:
    """Return the squat in a channel, m (Barrass): C_B S^0.81 v_kn^2.08 / 20 with the blockage S = B T / (W h)."""
    knots = np.asarray(speed_km_h, dtype=np.float64) / _KM_H_PER_KNOT
    return np.asarray(_squat_per_knot(hull, depth_m, width_m) * knots**_SQUAT_EXPONENT)


def _squat_per_knot(hull: Hull, depth_m: ArrayLike, width_m: float) -> Floats:
    """Return the squat at one knot."""
    blockage = hull.beam_m * hull.draught_m / (width_m * np.asarray(depth_m, dtype=np.float64))
    return np.asarray(hull.block * blockage**_BLOCKAGE_EXPONENT / _SQUAT_DIVISOR)


def top_speed_km_h(hull: Hull, *, depth_m: ArrayLike, width_m: float | None = None) -> Floats:
    """Return the highest speed through the water for which the method holds.

    0.9 of the critical speed of the depth, sqrt(g h); and where a width is given not more than leaves half of the
    water under the hull at rest to it.
    """
    depth = np.asarray(depth_m, dtype=np.float64)
    top = 3.6 * _SUBCRITICAL * np.sqrt(GRAVITY * depth)
    if width_m is None:
        return np.asarray(top)
    room = _ROOM_SHARE * np.maximum(depth - hull.draught_m, 0.0)
    # The squat grows as a power of the speed, so the speed at which it takes the room up has a closed form.
    with np.errstate(divide="ignore", invalid="ignore"):
        knots = np.where(
            np.isinf(depth), np.inf, (room / _squat_per_knot(hull, depth, width_m)) ** (1.0 / _SQUAT_EXPONENT)
        )
    return np.asarray(np.minimum(top, knots * _KM_H_PER_KNOT))
