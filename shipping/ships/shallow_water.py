"""What shallow and narrow water does to a hull: loss of speed, squat, and the speed above which no vessel goes.

At one power a vessel is slower in shallow water: the water that it pushes aside flows back around it, and its waves
change. Lackenby (1963) put Schlichting's tests into ``dV / V = 0.1242 (A / h^2 - 0.05) + 1 - sqrt(tanh(g h / V^2))``,
with the midship section A and the depth h. Here his slope is counted from the water in which the level of the method
is held against published hulls, and it ends where it overstates full hulls: taken to A / h^2 of 2 and 3, as inland
vessels reach it, it asks for 2.8 times the power where 1.6 times was measured (a tanker of 135 x 11.4 x 2.6 m at 12
km/h, 6 to 3.2 m of water). Between them it gives the 1.34 times that were measured from 6 to 4.5 m. Karpov's curves
were the alternative: they have kinks where their classes of depth meet, and cost hardly anything above twice the
draught.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from shipping.ships.hulls import GRAVITY, Hull, Hulls

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from data.arrays import Floats


_SLOPE: Final = 0.1242  # of the loss of speed over A / h^2: Lackenby (1963)
_DEEP_SECTION: Final = (
    0.65  # A / h^2 of the fullest of the published hulls in the 10 m of their powers: no loss up to it
)
_MOST_SECTION: Final = 1.5  # A / h^2 from which the loss grows no more: hulls beyond the tests behind the slope
_MOST_LOSS: Final = 0.5  # of the speed: keeps the deep-water speed finite right at the critical speed
_SUBCRITICAL: Final = 0.9  # of the critical speed sqrt(g h): near it the wave resistance of the method has no meaning
_KM_H_PER_KNOT: Final = 1.852  # by definition
_SQUAT_EXPONENT: Final = 2.08  # of the speed in knots: Barrass, Ship Squat (1979)
_BLOCKAGE_EXPONENT: Final = 0.81  # of the blockage factor: the same
_SQUAT_DIVISOR: Final = 20.0  # the same
_ROOM_SHARE: Final = 0.5  # of the water under the hull at rest: the squat may take it, the other half is kept as margin


def speed_loss_share(hull: Hull | Hulls, speed_km_h: ArrayLike, *, depth_m: ArrayLike) -> Floats:
    """Return the share of the deep-water speed that a hull loses at one power.

    Parameters
    ----------
    hull : Hull
        The hull.
    speed_km_h : array_like
        Speed through the water, km/h.
    depth_m : array_like
        Depth of the water; infinite: no loss.
    """
    depth = np.asarray(depth_m, dtype=np.float64)
    speed = np.asarray(speed_km_h, dtype=np.float64) / 3.6
    section = hull.midship * hull.beam_m * hull.draught_m / depth**2
    return_flow = _SLOPE * np.clip(section - _DEEP_SECTION, 0.0, _MOST_SECTION - _DEEP_SECTION)
    waves = 1.0 - np.sqrt(np.tanh(GRAVITY * depth / speed**2))
    return np.asarray(np.minimum(return_flow + waves, _MOST_LOSS))


def squat_m(hull: Hull | Hulls, speed_km_h: ArrayLike, *, depth_m: ArrayLike, width_m: ArrayLike) -> Floats:
    """Return the squat in a channel, m (Barrass): C_B S^0.81 v_kn^2.08 / 20 with the blockage S = B T / (W h)."""
    knots = np.asarray(speed_km_h, dtype=np.float64) / _KM_H_PER_KNOT
    return np.asarray(_squat_per_knot(hull, depth_m, width_m) * knots**_SQUAT_EXPONENT)


def _squat_per_knot(hull: Hull | Hulls, depth_m: ArrayLike, width_m: ArrayLike) -> Floats:
    """Return the squat at one knot."""
    width, depth = (np.asarray(size, dtype=np.float64) for size in (width_m, depth_m))
    blockage = hull.beam_m * hull.draught_m / (width * depth)
    return np.asarray(hull.block * blockage**_BLOCKAGE_EXPONENT / _SQUAT_DIVISOR)


def top_speed_km_h(hull: Hull | Hulls, *, depth_m: ArrayLike, width_m: ArrayLike | None = None) -> Floats:
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
