"""Models of battery vehicles of a class in a year: their shares, batteries, power and use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from fleet.demand.hours.profiles import at_year

if TYPE_CHECKING:
    from data.arrays import Floats


def models_in(ev_models: pl.DataFrame, mix: pl.DataFrame | None, name: str, year: int) -> pl.DataFrame:
    """Return the models of a class with their shares in a year.

    Parameters
    ----------
    ev_models
        Rows of the county table of that name.
    mix
        Rows ``vehicle_class, segment, year, share``, linear between their years and constant outside; a class without
        rows, or None, keeps the shares of ``ev_models`` in all years.
    name, year
        Vehicle class and year.

    Returns
    -------
    polars.DataFrame
        Rows of ``ev_models`` of the class, none where it has no models. A segment that the mix leaves out has none.
    """
    models = ev_models.filter(pl.col("vehicle_class") == name)
    known = None if mix is None else mix.filter(pl.col("vehicle_class") == name)
    if known is None or not known.height:
        return models
    shares = {segment: at_year(rows, "share", year) for (segment,), rows in known.group_by("segment")}
    return models.with_columns(
        share=pl.Series([shares.get(segment, 0.0) for segment in models["segment"]], dtype=pl.Float64)
    )


def power_kw(column: pl.Series) -> Floats:
    """Return powers of models in kW; 0 where the model has no such inlet or charger."""
    return np.asarray(column.fill_null(0.0).to_numpy(), dtype=np.float64)


def relative_use(models: pl.DataFrame) -> Floats:
    """Return the energy per km of each model over the mean of its class; 1 where a table does not say all of them."""
    use = models["kwh_per_100km"] if "kwh_per_100km" in models.columns else None
    if use is None or use.null_count():
        return np.ones(models.height)
    share = models["share"].to_numpy()
    values = use.to_numpy()
    # the class's own figure stays the mean: what vehicles use and what the accounts say must not part
    return np.asarray(values / np.average(values, weights=share), dtype=np.float64)
