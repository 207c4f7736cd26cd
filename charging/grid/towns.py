"""Towns against their grids: peaks, their ranges, and what rooftop PV and storage at stations give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import polars as pl

from charging.grid.town_load import CHARGING
from data.arrays import DAY_MIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from charging.grid.town_capacity import Capacity, TownGrids
    from data.arrays import Floats


_NEARLY_FULL_SHARE: Final = 0.8
"""What ``over_80_min`` counts: the column's name states it, so it is no figure of a county."""

TOWNS: Final = {
    "town": pl.String,
    "capacity_from": pl.String,
    **dict.fromkeys(
        (
            "capacity_kw",
            "peak_kw",
            "peak_hour",
            "charging_peak_kw",
            "private_peak_kw",
            "peak_share",
            "peak_share_low",
            "peak_share_high",
            "over_80_min",
            "over_100_min",
            "charging_kwh",
            "pv_kwh",
            "self_consumption_share",
            "peak_shaved_kw",
        ),
        pl.Float64,
    ),
}
"""Schema of the table of town grids."""


FEEDERS: Final = "feeders"
TOWN_GRID: Final = "town_grid"
"""Tables from which the capacity of a town comes."""


@dataclass(frozen=True, slots=True)
class TownCurves:
    """Load of a town in the days of a run, kW by interval.

    Attributes
    ----------
    start_min, base, private, public, vehicles, pv, storage : numpy.ndarray
        When intervals begin; other users, chargers of one's own, public stations, all vehicles, PV, storage.
    """

    start_min: Floats
    base: Floats
    private: Floats
    public: Floats
    vehicles: Floats
    pv: Floats
    storage: Floats

    @classmethod
    def by_town(cls, load: pl.DataFrame, *, days: int) -> dict[str, Self]:
        """Return the curves of each town in the load of the towns."""
        private = pl.col("home_kw") + pl.col("depot_kw") + pl.col("work_kw")
        curves = in_days(load, days).select(
            "town",
            start_min="start_min",
            base="base_kw",
            private=private,
            public="public_kw",
            vehicles=pl.sum_horizontal(CHARGING),
            pv="pv_kw",
            storage="storage_kw",
        )
        names = curves.columns[1:]
        parts = curves.partition_by("town", as_dict=True).items()
        return {town: cls(**{name: rows[name].to_numpy() for name in names}) for (town,), rows in parts}

    def total(self, *, base_factor: float = 1.0, vehicles_factor: float = 1.0) -> Floats:
        """Return what the grid sees; below 0 it takes from the town. With other users or vehicles multiplied."""
        return base_factor * self.base + vehicles_factor * self.vehicles - self.pv + self.storage


def in_days(load: pl.DataFrame, days: int) -> pl.DataFrame:
    """Return the rows of the days of a run: what is charged after the last of them belongs to no whole day."""
    return load.filter(pl.col("start_min") < days * DAY_MIN)


def town_grids(
    load: pl.DataFrame,
    grids: TownGrids,
    *,
    days: int,
    interval_min: float,
    curves: Mapping[str, TownCurves] | None = None,
) -> pl.DataFrame:
    """Return each town against its grid, in the days of the run.

    Parameters
    ----------
    load
        Load of the towns, from :func:`charging.grid.town_load.town_load`.
    grids
        Capacity and other users, with their ranges.
    days
        Days of the run.
    interval_min
        Interval of the load.
    curves
        `load` by town in the days of the run, where it is at hand.

    Returns
    -------
    polars.DataFrame
        One row per town of `grids`: ``town, capacity_from`` (``feeders``, or ``town_grid`` where none is known) ``,
        capacity_kw, peak_kw, peak_hour`` (hour of the day at which the peak begins) ``, charging_peak_kw`` (all
        vehicles) ``, private_peak_kw`` (at chargers of their own) ``, peak_share, peak_share_low, peak_share_high``
        (the ends of the ranges of capacity and other users together) ``, over_80_min, over_100_min, charging_kwh,
        pv_kwh, self_consumption_share`` (of the PV, by stations) ``, peak_shaved_kw`` (of the stations).
    """
    parts = curves or TownCurves.by_town(load, days=days)
    rows = []
    for name, grid in grids.towns.items():
        here = parts[name]
        row: dict[str, str | float] = {
            "town": name,
            "capacity_from": TOWN_GRID if name in grids.synthetic else FEEDERS,
            "capacity_kw": grid.capacity_kw,
        }
        rows.append({**row, **_against(here, grid, interval_min), **_sun(here, interval_min)})
    return pl.DataFrame(rows, schema=TOWNS)


def _against(curves: TownCurves, grid: Capacity, interval_min: float) -> dict[str, float]:
    """Return the peak of a town and its share of the capacity."""
    total = curves.total()
    # without other users the ends of their range multiply nothing
    low, high = (end / grid.base_kw if grid.base_kw else 0.0 for end in (grid.base_low_kw, grid.base_high_kw))
    return {
        "peak_kw": float(total.max()),
        "peak_hour": float(curves.start_min[int(np.argmax(total))] % DAY_MIN / 60.0),
        "charging_peak_kw": float(curves.vehicles.max()),
        "private_peak_kw": float(curves.private.max()),
        "peak_share": float(total.max()) / grid.capacity_kw,
        "peak_share_low": float(curves.total(base_factor=low).max()) / grid.high_kw,
        "peak_share_high": float(curves.total(base_factor=high).max()) / grid.low_kw,
        "over_80_min": float((total > _NEARLY_FULL_SHARE * grid.capacity_kw).sum()) * interval_min,
        "over_100_min": float((total > grid.capacity_kw).sum()) * interval_min,
        "charging_kwh": float(curves.vehicles.sum()) * interval_min / 60.0,
    }


def _sun(curves: TownCurves, interval_min: float) -> dict[str, float]:
    """Return what PV and storage of the stations give."""
    given = float(curves.pv.sum())
    used = float(np.minimum(curves.pv, curves.public + np.maximum(curves.storage, 0.0)).sum())
    at_grid = curves.public - curves.pv + curves.storage
    return {
        "pv_kwh": given * interval_min / 60.0,
        # without PV nothing is divided by it
        "self_consumption_share": used / given if given > 0.0 else 0.0,
        # fed-in power is no peak
        "peak_shaved_kw": float(curves.public.max()) - max(0.0, float(at_grid.max())),
    }
