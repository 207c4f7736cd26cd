"""Payload, load factor and empty running of freight by year: the two cheapest levers of carbon per turnover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.county import rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County

LOADS: Final = ("payload_t", "load_factor", "empty_share")


def loads_by_year(freight_loads: pl.DataFrame, vehicle_classes: pl.DataFrame, years: Sequence[int]) -> pl.DataFrame:
    """Return the loads of the freight classes in some years.

    Parameters
    ----------
    freight_loads
        County table: loads of a class in anchor years; a cell that is left out is that of ``vehicle_classes``.
    vehicle_classes
        County table, for classes without rows of their own.
    years
        Years to return.

    Returns
    -------
    polars.DataFrame
        ``year, vehicle_class, payload_t, load_factor, empty_share``: linear between the anchors, level outside.
    """
    schema = {"year": pl.Int64, "vehicle_class": pl.String, **dict.fromkeys(LOADS, pl.Float64)}
    anchors = rows_of(freight_loads.sort("year"), "vehicle_class")
    columns: dict[str, list[object]] = {name: [] for name in schema}
    for row in vehicle_classes.iter_rows(named=True):
        if row["kind"] != "freight":
            continue
        columns["year"].extend(years)
        columns["vehicle_class"].extend([row["vehicle_class"]] * len(years))
        stated = anchors.get(row["vehicle_class"], [])
        for name in LOADS:
            usual = row[name] or 0.0
            values = [usual if anchor[name] is None else anchor[name] for anchor in stated]
            at = np.interp(years, [anchor["year"] for anchor in stated], values) if stated else [usual] * len(years)
            columns[name].extend(at)
    return pl.DataFrame(columns, schema=schema)


def use_at_load(empty_over_full: float) -> pl.Expr:
    """Return use per km at the mean load over that of a full vehicle: linear between empty and full."""
    carried = (1.0 - pl.col("empty_share")) * pl.col("load_factor")
    return empty_over_full + (1.0 - empty_over_full) * carried


def with_load_changes(county: County, *, load_factor: float, empty_running: float) -> County:
    """Return the county whose freight runs fuller or less empty, in even steps after the base year of adoption.

    Parameters
    ----------
    county
        Its tables ``freight_loads`` and ``vehicle_classes``; the whole change takes ``adoption.ramp_years``.
    load_factor, empty_running
        Relative change of the load factor (at most to 1) and of the share of empty km, such as -0.2; later years keep
        it.
    """
    if load_factor == 0.0 and empty_running == 0.0:
        return county
    after = round(county.figure("adoption.base_year"))
    until = after + max(1, round(county.figure("adoption.ramp_years")))
    known = county.freight_loads["year"].to_list()
    years = sorted({*known, after, until})
    table = loads_by_year(county.freight_loads, county.vehicle_classes, years)
    step = ((pl.col("year") - after) / (until - after)).clip(0.0, 1.0)
    changed = table.with_columns(
        load_factor=(pl.col("load_factor") * (1.0 + load_factor * step)).clip(0.0, 1.0),
        empty_share=(pl.col("empty_share") * (1.0 + empty_running * step)).clip(0.0, 1.0),
        source=pl.lit("model"),
        confidence=pl.lit("assumption"),
    )
    return county.with_table("freight_loads", changed.select(county.freight_loads.columns))
