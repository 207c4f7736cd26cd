"""Schemas of the county tables about streets and grid: e-bikes, junctions, road classes, town grids, sunshine."""

from __future__ import annotations

from typing import ClassVar

import dataframely as dy
import polars as pl

from data.schemas.base import (
    Explained,
    Table,
    choice,
    confidence,
    counted,
    fraction,
    identifier,
    latitude,
    longitude,
    measured,
)


class EbikePoints(Table):
    """Parking points of shared e-bikes; weights say where trips start and end in the morning (evenings: reversed)."""

    point = identifier(primary_key=True)
    town = identifier()
    kind = choice(("residential", "centre", "school", "work", "transit"))
    lon = longitude()
    lat = latitude()
    bikes = counted("e-bikes", 0, 100_000, usual=(0, 2000))
    morning_origin_weight = measured("-", 0.0, 1e6, usual=(0.0, 1000.0))
    morning_destination_weight = measured("-", 0.0, 1e6, usual=(0.0, 1000.0))
    source = identifier()
    confidence = confidence()


class Junctions(Table):
    """Approaches of signal junctions in the peak; approaches of one group have green together.

    `saturation_veh_h` is that of cars; `heavy_share` is the share of trucks and buses in the count of an approach, that
    of the figure ``signals.heavy_share`` where it is left out.
    """

    junction = identifier(primary_key=True)
    name = identifier()
    approach = identifier(primary_key=True)
    flow_veh_h = measured("vehicles/h", 0.0, 20_000.0, usual=(0.0, 8000.0))
    saturation_veh_h = measured("vehicles/h", 0.5, 30_000.0, usual=(500.0, 12_000.0))
    group = counted("group", 1, 16, usual=(1, 8))
    lost_s = measured("s", 0.001, 300.0, usual=(1.0, 60.0))
    cycle_now_s = measured("s", 0.02, 1200.0, usual=(20.0, 400.0))
    green_now_s = measured("s", 0.002, 1200.0, usual=(2.0, 300.0))
    peak_hours_day = measured("h a day", 0.0003, 24.0, usual=(0.25, 16.0))
    heavy_share = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class RoadClasses(Table):
    """Capacity of a lane and delay under load (function of the Bureau of Public Roads) by road class."""

    highway = identifier(primary_key=True)
    capacity_veh_h_lane = measured("vehicles/h per lane", 0.1, 10_000.0, usual=(100.0, 3000.0))
    bpr_alpha = measured("-", 1e-05, 20.0, usual=(0.01, 4.0))
    bpr_beta = measured("-", 0.0005, 30.0, usual=(0.5, 12.0))
    source = identifier()
    confidence = confidence()


class TownGrid(Table):
    """Capacity of the grid that feeds a town, and what its other users draw at their peak.

    `low` and `high` belong to the capacity, `base_low_kw` and `base_high_kw` to the peak of the others. A town with
    rows in `Feeders` has the capacity of those.
    """

    town = identifier(primary_key=True)
    capacity_kw = measured("kW", 0.05, 1e8, usual=(50.0, 5e6))
    base_peak_kw = measured("kW", 0.0, 1e8, usual=(0.0, 5e6))
    low = measured("kW", 0.05, 1e8, nullable=True)
    high = measured("kW", 0.05, 1e8, nullable=True)
    base_low_kw = measured("kW", 0.0, 1e8, nullable=True)
    base_high_kw = measured("kW", 0.0, 1e8, nullable=True)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar = {
        "base_in_range": Explained(
            "base_peak_kw", "base_low_kw <= base_peak_kw <= base_high_kw", "Correct the value or its bounds."
        ),
    }
    BY_ROW: ClassVar = True

    @dy.rule()
    def base_in_range(cls) -> pl.Expr:
        """Require the peak of the others within its own range; nothing where that is left out."""
        base = pl.col("base_peak_kw")
        return (pl.col("base_low_kw").fill_null(base) <= base) & (base <= pl.col("base_high_kw").fill_null(base))


class Feeders(Table):
    """Transformers on the feeders of the towns, as the grid company lists them; they replace rows of `TownGrid`.

    `base_peak_kw` is what other users draw at their peak (empty: the town's, divided by kVA), `charging_share` the part
    of the town's charging (empty: by kVA; either all rows of a town state it, or none).
    """

    town = identifier(primary_key=True)
    feeder = identifier(primary_key=True)
    transformer = identifier(primary_key=True)
    kva = measured("kVA", 1.0, 1e6, usual=(10.0, 100_000.0))
    base_peak_kw = measured("kW", 0.0, 1e6, nullable=True)
    charging_share = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class PvMonths(Table):
    """Yield of a kW of modules on a mean day of a month, and the hours of daylight."""

    month = counted("month", 1, 12, primary_key=True)
    kwh_per_kwp_day = measured("kWh per kW and day", 0.0, 24.0, usual=(0.0, 9.0))
    sunrise_h = measured("hour of the day", 0.0, 24.0)
    sunset_h = measured("hour of the day", 0.0, 24.0)
    source = identifier()
    confidence = confidence()
