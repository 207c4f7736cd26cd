"""Power over time from the pieces of a simulation: exact energy in any intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from charging.pieces import PowerPieces, bin_energy

if TYPE_CHECKING:
    from numpy.typing import NDArray


def split_at(pieces: PowerPieces, edges_min: NDArray[np.float64]) -> tuple[PowerPieces, NDArray[np.int64]]:
    """Cut pieces at the edges of intervals.

    Parameters
    ----------
    pieces
        Pieces of power.
    edges_min
        Increasing edges, minutes; they must enclose all pieces.

    Returns
    -------
    PowerPieces
        The parts, each inside one interval.
    numpy.ndarray of int64
        The interval of each part: ``edges_min[i] <= time < edges_min[i + 1]``.
    """
    first = np.searchsorted(edges_min, pieces.start_min, side="right") - 1
    last = np.maximum(np.searchsorted(edges_min, pieces.end_min, side="left") - 1, first)
    counts = last - first + 1
    index = np.repeat(np.arange(len(first)), counts)
    offset = np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)
    interval = first[index] + offset
    start = np.maximum(pieces.start_min[index], edges_min[interval])
    end = np.minimum(pieces.end_min[index], edges_min[interval + 1])
    length = np.maximum(pieces.end_min[index] - pieces.start_min[index], 1e-300)
    rate = np.log(pieces.end_kw[index] / pieces.start_kw[index]) / length
    at_start = pieces.start_kw[index] * np.exp(rate * (start - pieces.start_min[index]))
    at_end = pieces.start_kw[index] * np.exp(rate * (end - pieces.start_min[index]))
    parts = PowerPieces(pieces.request[index], start, end, at_start, at_end)
    return parts, interval.astype(np.int64)


def load_table(
    pieces: PowerPieces,
    station: NDArray[np.int64],
    efficiency: NDArray[np.float64],
    names: list[str],
    interval_min: float,
) -> pl.DataFrame:
    """Return the load of each station by interval.

    Parameters
    ----------
    pieces
        Pieces of power (battery side).
    station, efficiency
        Station number and battery kWh per meter kWh of each request, by position.
    names
        Station ids by number.
    interval_min
        Length of an interval, minutes.

    Returns
    -------
    polars.DataFrame
        ``station_id, start_min, energy_kwh`` (battery), ``meter_kwh, mean_kw`` (meter side); intervals
        without load have no row. Sorted by station and time.
    """
    if not len(pieces.request):
        return _EMPTY_LOAD.clone()
    width = int(pieces.end_min.max() // interval_min) + 2
    # metered energy is added in the order of the pieces: the same bytes every time, which a parallel sum is not
    at = station[pieces.request]
    energy = bin_energy(pieces, at, interval_min, width)
    per_kwh = 1.0 / efficiency[pieces.request]
    drawn = replace(pieces, start_kw=pieces.start_kw * per_kwh, end_kw=pieces.end_kw * per_kwh)
    metered = bin_energy(drawn, at, interval_min, width)
    used = np.nonzero(metered)
    return pl.DataFrame(
        {
            "station_id": pl.Series(names, dtype=pl.String).gather(used[0]),
            "start_min": used[1] * interval_min,
            "energy_kwh": energy[used],
            "meter_kwh": metered[used],
            "mean_kw": metered[used] * (60.0 / interval_min),
        },
        schema=_EMPTY_LOAD.schema,
    )


_EMPTY_LOAD = pl.DataFrame(
    schema={
        "station_id": pl.String,
        "start_min": pl.Float64,
        "energy_kwh": pl.Float64,
        "meter_kwh": pl.Float64,
        "mean_kw": pl.Float64,
    }
)
