"""The catalogue of metrics as a table, for ``xijiang metrics``."""

from __future__ import annotations

import polars as pl

from data.schemas.metrics import METRICS
from experiments.scorecard.registry import WITHOUT_MODEL


def metrics() -> pl.DataFrame:
    """Return the metrics that a target may ask for.

    Returns
    -------
    polars.DataFrame
        One row per metric: ``metric, unit, what, comparator`` (as plans usually compare it), ``needs`` (tables of the
        county without which it has no value) and ``modelled`` (whether this version answers it).
    """
    rows = [
        (metric.name, metric.unit, metric.what, metric.comparator, ", ".join(metric.needs), name not in WITHOUT_MODEL)
        for name, metric in METRICS.items()
    ]
    texts = dict.fromkeys(("metric", "unit", "what", "comparator", "needs"), pl.String)
    return pl.DataFrame(rows, schema={**texts, "modelled": pl.Boolean}, orient="row")
