"""Energy of a car per km by its speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.arrays import scalar
from data.tables.roles import household_car

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County


def use_factor(speed_km_h: Floats | float, *, best_km_h: float, slow_weight: float, fast_weight: float) -> Floats:
    """Return energy per km over that at the best speed: 1 + weight (2 (v / best - 1))^2, one weight on either side.

    At half the best speed it is 1 + slow weight, at one and a half times 1 + fast weight.
    """
    # two halves of a parabola: idling weighs on slow driving, air on fast, and they weigh differently
    apart = 2.0 * (np.asarray(speed_km_h, dtype=np.float64) / best_km_h - 1.0)
    return np.asarray(1.0 + np.where(apart < 0.0, slow_weight, fast_weight) * apart**2)


@dataclass(frozen=True, slots=True)
class DrivingEnergy:
    """Petrol (L) or electricity (kWh at the battery) of a car by speed.

    Attributes
    ----------
    use_per_100km : float
        Use at the speed that the table of energy use stands for.
    reference_km_h : float
        That speed.
    best_km_h, slow_weight, fast_weight : float
        As for :func:`use_factor`.
    """

    use_per_100km: float
    reference_km_h: float
    best_km_h: float
    slow_weight: float
    fast_weight: float

    @classmethod
    def from_county(cls, county: County, power: str) -> DrivingEnergy:
        """Return the energy of the cars of households on ``petrol`` or on electricity (any other power)."""
        prefix = "use" if power == "petrol" else "electric"
        rows = county.energy_use.filter(
            (pl.col("vehicle_class") == household_car(county.vehicle_classes, county.name)) & (pl.col("power") == power)
        )
        names = ("best_km_h", "slow_weight", "fast_weight")
        return cls(
            scalar(rows, pl.col("use_per_100km").first()),
            county.figure("roads.use_reference_km_h"),
            **{name: county.figure(f"roads.{prefix}_{name}") for name in names},
        )

    def per_km(self, speed_km_h: Floats) -> Floats:
        """Return the use per km at given speeds."""
        shape = {"best_km_h": self.best_km_h, "slow_weight": self.slow_weight, "fast_weight": self.fast_weight}
        at_reference = float(use_factor(self.reference_km_h, **shape))
        # scaled so that the table's use comes out at the speed that it stands for
        return use_factor(speed_km_h, **shape) / at_reference * self.use_per_100km / 100.0
