"""Parts that a county says it does not have leave no row in its tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from data.schemas.catalogue import MODULES
from data.schemas.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Collection

    from data.county_folder.county_file import CountyFile
    from data.schemas.metrics import Metric
    from data.tables.reading import ReadTable


def all_lack(table: str, modules: Collection[str]) -> bool:
    """Return whether a table belongs to parts alone that are not among `modules`."""
    owners = [name for name, module in MODULES.items() if table in module.tables]
    return bool(owners) and not any(name in modules for name in owners)


def modules_of(metric: Metric) -> tuple[str, ...]:
    """Return the parts without which a metric has no value."""
    return tuple(name for name, module in MODULES.items() if any(table in module.tables for table in metric.needs))


def leave_out(tables: dict[str, ReadTable], about: CountyFile) -> None:
    """Take out of the tables of all counties what belongs to parts that this one says it does not have.

    Figures of these parts, targets whose metric needs one of them, and rows such as the ships' fuels. Nothing happens
    where ``county.toml`` lists no parts.
    """
    absent = [module for name, module in MODULES.items() if about.lacks(name)]
    for module in absent:
        for start in module.figures:
            _keep(tables, "figures", ~pl.col("key").str.starts_with(start).fill_null(value=False))
        for name, (column, value) in module.rows.items():
            _keep(tables, name, pl.col(column).ne_missing(value))
    lost = [name for name, metric in METRICS.items() if any(about.lacks(part) for part in modules_of(metric))]
    _keep(tables, "targets", ~pl.col("metric").is_in(lost).fill_null(value=False))
    if about.lacks("road_projects"):
        links = tables["road_links"]
        # the years of the links say when they open; their projects are of no use without the table
        frame = links.frame.with_columns(project=pl.lit(None, dtype=pl.String))
        tables["road_links"] = replace(links, frame=frame)


def _keep(tables: dict[str, ReadTable], name: str, kept: pl.Expr) -> None:
    """Keep the rows of a table for which an expression holds, with their lines in the file."""
    table = tables[name]
    mask = table.frame.select(kept.alias("kept"))["kept"]
    if not mask.all():
        lines = [line for line, stays in zip(table.lines, mask, strict=True) if stays]
        tables[name] = replace(table, frame=table.frame.filter(mask), lines=lines)
