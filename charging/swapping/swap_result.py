"""What a simulation of swap stations returns, and the same vehicles at fast chargers beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from data.outcomes import SERVED, WAIT_MIN

if TYPE_CHECKING:
    from collections.abc import Callable


class SwapResult:
    """Tables of a simulation of swap stations, made when they are first asked for.

    Attributes
    ----------
    swaps
        One row per request, by ``request_id``: ``request_id, station_id`` (the last it came to), ``vehicle_class,
        arrive_min, start_min, leave_min, wait_min`` (at all it came to), ``energy_kwh, meter_kwh, travel_min, tries,
        outcome`` (``served``; ``balked`` or ``reneged`` at the only station it tried; ``unserved`` after several, or
        because none in reach takes its class).
    load
        One row per station and interval with load, as of :func:`charging.simulate`.
    stations
        One row per station: ``station_id, bays, batteries, chargers, arrivals, served, balked, reneged, wait_mean_min,
        wait_p95_min, bay_utilisation_share, short_min`` (minutes in which a vehicle stood in a bay without a battery),
        ``energy_kwh, meter_kwh, peak_kw``. Arrivals and waits stand where they happened.

    Parameters
    ----------
    swaps, load, stations
        The tables, or what makes them; the last of a result, whose other tables it may need.
    """

    def __init__(
        self,
        swaps: pl.DataFrame | Callable[[], pl.DataFrame],
        load: pl.DataFrame | Callable[[], pl.DataFrame],
        stations: pl.DataFrame | Callable[[SwapResult], pl.DataFrame],
    ) -> None:
        self._swaps, self._load, self._stations = swaps, load, stations

    def __reduce__(self) -> tuple[type[SwapResult], tuple[pl.DataFrame, ...]]:
        """Let copies and other processes have the tables, not the model that makes them."""
        return SwapResult, (self.swaps, self.load, self.stations)

    @property
    def swaps(self) -> pl.DataFrame:
        """One row per request."""
        if not isinstance(self._swaps, pl.DataFrame):
            self._swaps = self._swaps()
        return self._swaps

    @property
    def load(self) -> pl.DataFrame:
        """One row per station and interval with load."""
        if not isinstance(self._load, pl.DataFrame):
            self._load = self._load()
        return self._load

    @property
    def stations(self) -> pl.DataFrame:
        """One row per station with its service and use."""
        if not isinstance(self._stations, pl.DataFrame):
            self._stations = self._stations(self)
        return self._stations


COMPARISON = {
    "way": pl.String,
    "requests": pl.Int64,
    "served": pl.Int64,
    "wait_mean_min": pl.Float64,
    "stay_mean_min": pl.Float64,
    "energy_kwh": pl.Float64,
    "peak_kw": pl.Float64,
}
"""Schema of the comparison with fast charging."""


def compare_swapping(swaps: SwapResult, sessions: pl.DataFrame, load: pl.DataFrame) -> pl.DataFrame:
    """Return swapping beside fast charging of the same requests.

    Parameters
    ----------
    swaps
        The simulation of swap stations.
    sessions, load
        Tables of :func:`charging.simulate` of the same requests.

    Returns
    -------
    polars.DataFrame
        One row per way (``swapping``, ``charging``): ``way, requests, served, wait_mean_min, stay_mean_min``
        (arrival to departure), ``energy_kwh, peak_kw``.
    """
    frames = []
    for way, table, curve in (("swapping", swaps.swaps, swaps.load), ("charging", sessions, load)):
        # sorted for the same reason: stations come in any order
        together = curve.group_by("start_min").agg(pl.col("mean_kw").sort().sum())
        figures = table.select(
            way=pl.lit(way),
            requests=pl.len().cast(pl.Int64),
            served=SERVED.sum().cast(pl.Int64),
            wait_mean_min=WAIT_MIN.mean(),
            stay_mean_min=(pl.col("leave_min") - pl.col("arrive_min")).filter(SERVED).mean(),
            energy_kwh=pl.col("energy_kwh").sort().sum(),
        )
        frames.append(figures.with_columns(peak_kw=pl.lit(together["mean_kw"].max(), pl.Float64)))
    return pl.concat(frames)
