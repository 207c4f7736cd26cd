"""Hulls of inland vessels: main dimensions, coefficients of form, and how they change with the cargo.

Resistance, shallow water and power of a hull are `shipping.ships.resistance`, `.shallow_water` and `.brake_power`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.arrays import Floats

GRAVITY: Final = 9.81  # m/s2, a constant of nature
# Holtrop and Mennen fitted their regression to hulls of about this fullness: outside it extrapolates.
_LEAST_BLOCK: Final = 0.5
_MOST_BLOCK: Final = 0.95


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
    # Form and propulsion of an inland cargo vessel as van Koningsveld et al., Ports and Waterways (2023), part IV, take
    # them where nothing better is known; they belong to the method, and a caller that knows the hull sets them.
    block: float = 0.85
    screws: int = 2
    propeller_m: float = 1.4
    open_water: float = 0.40  # heavily loaded propellers in a tunnel; sea-going ships reach 0.6
    rotative: float = 1.0
    shaft: float = 0.98
    gear: float = 0.96

    def __post_init__(self) -> None:
        """Validate the dimensions.

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
        # To the centimetre: vessels of nearly one load then share a row of the speed-power table.
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
        return float(1.006 - 0.0056 * self.block**-3.56)  # Kerlen (1970)

    @property
    def prismatic(self) -> float:
        """Return the prismatic coefficient."""
        return self.block / self.midship

    @property
    def waterplane(self) -> float:
        """Return the waterplane coefficient, (1 + 2 C_B) / 3."""
        return (1.0 + 2.0 * self.block) / 3.0  # Schneekluth and Bertram (1998)

    @property
    def wetted_m2(self) -> float:
        """Return the wetted surface without appendages (Holtrop and Mennen, without bulb)."""
        # Holtrop and Mennen (1982), equation for S; the bulb's term 2.38 A_BT / C_B is 0: inland hulls have none.
        shape = (
            0.453
            + 0.4425 * self.block
            - 0.2862 * self.midship
            - 0.003467 * self.beam_m / self.draught_m
            + 0.3696 * self.waterplane
        )
        girth = 2.0 * self.draught_m + self.beam_m
        return float(self.length_m * girth * np.sqrt(self.midship) * shape)


class Hulls:
    """Several hulls as one: each dimension and coefficient of `Hull` as an array, to be asked for depths and speeds.

    Arrays have the shape (hulls, 1, 1): sections of the water and speeds follow. What is worked out of a hull alone is
    so for each, by the same numbers: arrays raise to powers by other means, which differ in the last digit.
    """

    def __init__(self, hulls: Sequence[Hull]) -> None:
        self.hulls = tuple(hulls)

    def __getattr__(self, name: str) -> Floats:
        """Return a dimension or coefficient of all hulls; worked out once."""
        values = self.of_each(lambda hull: getattr(hull, name))
        setattr(self, name, values)
        return values

    def of_each(self, value: Callable[[Hull], float]) -> Floats:
        """Return a value of each hull."""
        return np.array([value(hull) for hull in self.hulls], dtype=np.float64)[:, None, None]


def of_hull(hull: Hull | Hulls, value: Callable[[Hull], float]) -> float | Floats:
    """Return what is worked out of a hull alone, or of each of several."""
    return hull.of_each(value) if isinstance(hull, Hulls) else value(hull)
