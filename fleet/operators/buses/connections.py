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


def connections(
    trips: pl.DataFrame, ways: Ways, *, depot: str, layover_min: float, slack_share: float = 0.0
) -> Connections:
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
    slack_share
        Recovery time after a trip on top of it, over the trip's own time; empty ways are planned as much longer.

    Raises
    ------
    DataError
        A stop or depot without ways.
    """
    starts, ends = ways.rows(trips["from_stop"].to_list()), ways.rows(trips["to_stop"].to_list())
    (home,) = ways.rows([depot])
    start, end = trips["start_min"].to_numpy(), trips["end_min"].to_numpy()
    across = np.ix_(ends, starts)
    ready = end + layover_min + slack_share * (end - start)
    minutes = ways.minutes * (1.0 + slack_share)
    follows = ready[:, None] + minutes[across] <= start[None, :] + 1e-9
    np.fill_diagonal(follows, val=False)
    return Connections(
        start,
        end,
        trips["km"].to_numpy(),
        follows,
        minutes[across],
        ways.km[across],
        minutes[home, starts],
        ways.km[home, starts],
        minutes[ends, home],
        ways.km[ends, home],
    )
