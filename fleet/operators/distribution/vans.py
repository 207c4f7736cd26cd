"""A van of a network of deliveries, and its day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from data.arrays import Floats, Ints

DEPOT: Final = "depot"
"""Place from which vans start."""


@dataclass(frozen=True, slots=True)
class Van:
    """A van and its day.

    Attributes
    ----------
    parcels, payload_kg : float
        What fits in, by volume and by mass.
    usable_kwh, reserve_kwh, kwh_per_km : float
        Battery, what no plan touches, and use; `usable_kwh` infinite for a tank.
    charge_kw : float
        Power into the battery in the depot.
    start_min, shift_min : float
        When the day may begin, and how long it may be.
    load_min : float
        Loading before a tour; between two tours the van charges meanwhile.
    drop_min, parcel_min : float
        Time at a place, and more for each parcel.
    cny_day, cny_km, cny_h : float
        What a van costs for a day, a km and an hour of its driver: routes are those that cost least together.
    """

    parcels: float
    payload_kg: float
    usable_kwh: float
    reserve_kwh: float
    kwh_per_km: float
    charge_kw: float
    start_min: float
    shift_min: float
    load_min: float
    drop_min: float
    parcel_min: float
    cny_day: float
    cny_km: float
    cny_h: float

    @property
    def range_km(self) -> float:
        """Way on a full battery down to the reserve."""
        return (self.usable_kwh - self.reserve_kwh) / self.kwh_per_km

    def service_min(self, parcels: Ints | Floats) -> Floats:
        """Return the time at places that get so many parcels, min."""
        return np.asarray(self.drop_min + self.parcel_min * parcels)
