"""Tables of the report: means over replications, rounded for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

MORE: Final = {
    "grid": ("town",),
    "managed": ("way",),
    "swapping": ("way",),
    "ebikes": (),
    "terminals": ("terminal",),
    "ship_power": ("way",),
    "ownership": ("vehicle_class", "power", "form"),
    "projects": ("project", "metric", "unit"),
    "signals": ("junction", "name", "timing"),
}
"""Tables that the report shows as they are, and the columns that name their rows."""

_DROPPED: Final = ("replication", "year")


def more_tables(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables of `MORE` that have rows: means over replications in the order of their first rows.

    The totals of the e-bikes stand upside down: one row a figure.
    """
    found = {}
    for name, keys in MORE.items():
        table = tables[name]
        if not table.height:
            continue
        values = [column for column in table.columns if column not in (*keys, *_DROPPED)]
        means = [pl.col(column).mean().round(3) for column in values]
        if keys:
            found[name] = table.group_by(list(keys), maintain_order=True).agg(means)
        else:
            row: dict[str, Any] = table.select(means).row(0, named=True)
            found[name] = pl.DataFrame({"figure": list(row), "value": [float(value) for value in row.values()]})
    return found
