"""What a simulation of the stations returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class ChargingResult:
    """Tables of one simulation.

    Attributes
    ----------
    sessions
        One row per request, ordered by ``request_id``.
    load
        One row per station and interval with load.
    stations
        One row per station with its service and use.
    """

    sessions: pl.DataFrame
    load: pl.DataFrame
    stations: pl.DataFrame
