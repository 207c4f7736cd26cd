"""Tours of lorries from their depot: how many a day, how long, with a load on the way back or without."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.streams import stream
from data.tables.roles import HEAVY_FREIGHT, classes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats
    from data.county import County

BANDS_KM: Final = (50.0, 100.0, 200.0, 300.0, math.inf)
"""Upper ends of the bands of lengths in which tours are told: for reading, nothing is computed by them."""
TOURS: Final = pl.Schema(
    {
        "month": pl.Int64,
        "up_to_km": pl.Float64,
        "tours_per_day": pl.Float64,
        "battery_alone_share": pl.Float64,
        "completed_share": pl.Float64,
    }
)
"""Columns: a row per month and band of lengths (month null: all year); tours that the battery lasts for, with charging
in the depot, and with stops on the way as well."""


@dataclass(frozen=True, slots=True)
class Tours:
    """Tours of the days of lorries, by day, vehicle and tour of the day.

    Attributes
    ----------
    part : numpy.ndarray
        Part of the day's km; 0 where a day has fewer tours.
    loaded_back : numpy.ndarray of bool
        Whether it comes back with a load.
    load_t : float
        Load of a way that has one.
    depot_h : float
        Time in the depot between two tours.
    """

    part: Floats
    loaded_back: NDArray[np.bool_]
    load_t: float
    depot_h: float


def drawn_tours(county: County, operator: dict[str, Any], km: Floats, seed: int) -> Tours:
    """Return the tours of days: as many as make the mean length of a tour, of drawn lengths."""
    name = operator["vehicle_class"]
    heavy = name in classes_of(county.vehicle_classes, *HEAVY_FREIGHT)
    mean = county.figure("operators.heavy_tour_km" if heavy else "operators.light_tour_km")
    number = np.maximum(1, np.rint(km / mean)).astype(np.int64)
    owner = (seed, "operators", operator["operator"])
    shape = 1.0 / county.figure("operators.tour_km_cv") ** 2
    lots = stream(*owner, "tours").gamma(shape, size=(*km.shape, int(number.max())))
    lots = np.where(np.arange(lots.shape[2]) < number[:, :, None], lots, 0.0)
    row = county.vehicle_classes.filter(vehicle_class=name).row(0, named=True)
    # all empty km are ways back: twice the share of all km, of the ways back
    empty = min(1.0, 2.0 * (row["empty_share"] or 0.0))
    back = stream(*owner, "back").random(lots.shape) >= empty
    load = (row["payload_t"] or 0.0) * (row["load_factor"] or 0.0)
    hours = county.figure("operators.tour_load_min") / 60.0
    return Tours(lots / lots.sum(axis=2, keepdims=True), back, load, hours)
