"""Which trip a bus can drive after which: times and ways between the trips of a day and the depot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from data.arrays import Floats
    from fleet.operators.ways import Ways


@dataclass(frozen=True, slots=True)
class Connections:
    """The trips of a day, by start, and the ways between them.

    Attributes
    ----------
    start_min, end_min, km : numpy.ndarray
        Of each trip.
    follows : numpy.ndarray
        Whether a bus can drive the trip of the column after that of the row, with its rest between.
    dead_min, dead_km : numpy.ndarray
        Way from the end of the trip of the row to the start of that of the column.
    out_min, out_km : numpy.ndarray
        Way from the depot to the start of each trip.
    in_min, in_km : numpy.ndarray
        Way from the end of each trip to the depot.
    """

    start_min: Floats
    end_min: Floats
    km: Floats
    follows: NDArray[np.bool_]
    dead_min: Floats
    dead_km: Floats
    out_min: Floats
    out_km: Floats
    in_min: Floats
    in_km: Floats

    @property
    def size(self) -> int:
        """Number of trips."""
        return len(self.start_min)


def connections(trips: pl.DataFrame, ways: Ways, *, depot: str, layover_min: float) -> Connections:
    """Return the connections between the trips of a day.

    Parameters
    ----------
    trips
        Columns of `fleet.operators.buses.timetable.TRIPS`, by start.
    ways
        Between stops and depot.
    depot
        Its place there.
    layover_min
        Least rest between two trips.

    Raises
    ------
    DataError
        A stop or depot without ways.
    """
    starts, ends = ways.rows(trips["from_stop"].to_list()), ways.rows(trips["to_stop"].to_list())
    (home,) = ways.rows([depot])
    start, end = trips["start_min"].to_numpy(), trips["end_min"].to_numpy()
    across = np.ix_(ends, starts)
    follows = end[:, None] + layover_min + ways.minutes[across] <= start[None, :] + 1e-9
    np.fill_diagonal(follows, val=False)
    return Connections(
        start,
        end,
        trips["km"].to_numpy(),
        follows,
        ways.minutes[across],
        ways.km[across],
        ways.minutes[home, starts],
        ways.km[home, starts],
        ways.minutes[ends, home],
        ways.km[ends, home],
    )
