"""What is added up for a voyage and for a vessel, and the columns of tables that come of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Schema = Mapping[str, type[pl.DataType]]


@dataclass(slots=True)
class VoyageTotals:
    """Totals of a voyage, or of all voyages of a vessel.

    ``waiting_kwh`` is the part of ``energy_kwh`` that is taken while not under way; ``cargo_left_t`` is the cargo that
    low water leaves ashore.
    """

    distance_km: float = 0.0
    sailing_h: float = 0.0
    waiting_h: float = 0.0
    energy_kwh: float = 0.0
    waiting_kwh: float = 0.0
    fuel_t: float = 0.0
    cargo_tkm: float = 0.0
    cargo_left_t: float = 0.0

    # A voyage is the difference of a vessel's running totals: what is booked once cannot be counted twice.
    def copy(self) -> VoyageTotals:
        """Return the totals as they stand now."""
        return VoyageTotals(*self.values())

    def values(self) -> tuple[float, ...]:
        """Return the totals in the order of ``TOTALS``."""
        return _VALUES(self)

    def since(self, before: VoyageTotals) -> tuple[float, ...]:
        """Return what came on top of earlier totals, in the order of ``TOTALS``."""
        return tuple(after - earlier for after, earlier in zip(self.values(), before.values(), strict=True))


TOTALS: Final = tuple(field.name for field in fields(VoyageTotals))
"""Columns of the totals."""
_VALUES: Final[Callable[[VoyageTotals], tuple[float, ...]]] = attrgetter(*TOTALS)
VESSEL_TOTALS: Schema = {
    "vessel_id": pl.String,
    "voyages": pl.Int64,
    **dict.fromkeys((*TOTALS, "lng_bunkered_m3", "tank_end_m3"), pl.Float64),
    "stranded": pl.Boolean,
}
"""What a run adds up for a vessel."""
VESSEL_COLUMNS: Final = (
    "vessel_id",
    "vessel_class",
    "fuel",
    "kind",
    *(name for name in VESSEL_TOTALS if name != "vessel_id"),
)
"""Columns of the table of vessels, in order."""


@dataclass(slots=True)
class Trip:
    """A voyage that was begun: times, and the vessel's totals before and after it."""

    voyage_id: int
    depart_min: float
    before: VoyageTotals
    arrive_min: float | None = None
    after: VoyageTotals | None = None
