"""Where heavy trucks charge away from their depot: outside the county, at swap stations, at sites they can enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import charging
from data.schemas.base import open_in
from data.streams import stream
from data.tables.roles import HEAVY_FREIGHT, classes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from data.county import County

PUBLIC, SWAP, OUTSIDE = range(3)
"""Where a charge happens that is not at a charger of the vehicle's own."""


@dataclass(frozen=True, slots=True)
class HeavyCharging:
    """Charges of heavy trucks away from their depot.

    Attributes
    ----------
    classes : frozenset of str
        Classes of heavy trucks; all others charge at the county's public stations.
    in_county_share : float
        Part of those charges that happens in the county: about that of a haul which lies in it.
    swap_share : float
        Part of the trucks whose battery can be swapped.
    swapped : frozenset of str
        Classes that a swap station of the county takes in the year.
    """

    classes: frozenset[str] = frozenset()
    in_county_share: float = 1.0
    swap_share: float = 0.0
    swapped: frozenset[str] = frozenset()

    @classmethod
    def from_county(cls, county: County, *, year: int) -> HeavyCharging:
        """Return what a county's tables and figures ``fleet.truck_*`` say of a year.

        Raises
        ------
        DataError
            A figure that the county lacks; one without heavy trucks needs none.
        """
        classes = classes_of(county.vehicle_classes, *HEAVY_FREIGHT)
        if not classes:
            return cls()
        taken = charging.swapped_classes(county.swap_stations.filter(open_in(year))["vehicle_classes"])
        return cls(
            frozenset(classes),
            county.figure("fleet.truck_in_county_share"),
            county.figure("fleet.truck_swap_share"),
            frozenset(classes) if taken is None else frozenset(classes) & taken,
        )

    def place(self, name: str, vehicle: Ints, lots: Callable[[], Floats], *, size: int, seed: int) -> NDArray[np.int8]:
        """Return `PUBLIC`, `SWAP` or `OUTSIDE` for each charge of a class.

        Parameters
        ----------
        name : str
            Vehicle class, which owns the stream.
        vehicle : numpy.ndarray
            Numbers of the vehicles of the charges.
        lots : callable
            Draws a lot between 0 and 1 for each charge; not called where none decides.
        size, seed : int
            Vehicles of the class; seed of the replication.
        """
        place = np.full(len(vehicle), PUBLIC, dtype=np.int8)
        if name not in self.classes:
            return place
        if name in self.swapped:
            # a truck can swap or it cannot: one lot for all its charges
            can = stream(seed, "fleet", name, "swaps").uniform(size=size) < self.swap_share
            place[can[vehicle]] = SWAP
        place[lots() >= self.in_county_share] = OUTSIDE
        return place
