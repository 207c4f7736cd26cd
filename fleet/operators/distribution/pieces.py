"""What vans bring on a tour: drops in pieces that a van takes, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from data.errors import DataError

if TYPE_CHECKING:
    import polars as pl

    from data.arrays import Floats, Ints
    from fleet.operators.distribution.vans import Van

_PARTS: Final = 3
"""Pieces that a van holds at least: with larger ones a village that fills most of a van leaves the rest of it empty."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """What is brought, an entry per piece: a drop, or the part of one that a van takes.

    Attributes
    ----------
    drops : list of str
        Where it is brought.
    parcels, kg : numpy.ndarray
        What is handed over.
    earliest_min, latest_min : numpy.ndarray
        Window in which it is taken.
    """

    drops: list[str]
    parcels: Ints
    kg: Floats
    earliest_min: Floats
    latest_min: Floats

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.drops)

    @classmethod
    def of(cls, drops: pl.DataFrame, van: Van) -> Self:
        """Return drops in pieces: what does not fill a van in one, more in parts that several vans may bring.

        Parameters
        ----------
        drops
            Columns of `fleet.operators.distribution.deliveries.DROPS`.
        van
            The van.

        Raises
        ------
        DataError
            A parcel that no van can carry.
        """
        parcels, kg = drops["parcels"].to_numpy(), drops["kg"].to_numpy()
        each = kg / parcels
        lost = each > van.payload_kg if van.parcels >= 1.0 else np.ones(len(each), dtype=np.bool_)
        if lost.any():
            first = int(lost.argmax())
            raise DataError(
                f"van routes: a parcel for {drops['drop'][first]!r} has {each[first]:g} kg, the van carries "
                f"{van.payload_kg:g} kg and {van.parcels:g} parcels. Expected a van larger than a parcel: take another "
                "vehicle_class."
            )
        held = np.minimum(van.parcels, van.payload_kg / np.maximum(each, 1e-9))
        parts = np.ceil(parcels / np.maximum(1, (held / _PARTS).astype(np.int64))).astype(np.int64)
        base, more = np.divmod(parcels, parts)
        row = np.repeat(np.arange(len(parts)), parts)
        part = np.arange(len(row)) - (np.cumsum(parts) - parts)[row]
        brought = base[row] + (part < more[row])
        windows = (drops[name].to_numpy()[row] for name in ("earliest_min", "latest_min"))
        names = drops["drop"].to_list()
        return cls([names[number] for number in row.tolist()], brought, brought * each[row], *windows)
