"""The assumptions that weigh most in a scenario: by an earlier run of it where there is one, else by their ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from experiments.runs.assumptions.axes import assumed_axes

if TYPE_CHECKING:
    from pathlib import Path

    from data.county import County

MOST: Final = 10
"""Assumptions that are named before a run."""
COLUMNS: Final = pl.Schema(
    {
        "assumption": pl.String,
        "low": pl.Float64,
        "value": pl.Float64,
        "high": pl.Float64,
        "unit": pl.String,
        "source": pl.String,
        "share": pl.Float64,
    }
)
_FLIPS: Final = "flips.parquet"
_PREFIX: Final = "figures."


def weightiest(county: County, folder: Path | None = None) -> pl.DataFrame:
    """Return the assumptions that weigh most, the first `MOST`.

    Where a run in `folder` has asked what its assumptions mean, these are the ones in which most of the doubt about any
    target is, with that share. Otherwise they are the assumed figures with the widest ranges, relative to the larger
    end, and ``share`` is null: a wide range need not matter.

    Parameters
    ----------
    county : data.County
        Its figures.
    folder : pathlib.Path, optional
        Run folder of the same scenario, which need not exist.

    Returns
    -------
    polars.DataFrame
        ``assumption`` (a key such as ``figures.charging.max_tries`` or ``tables.energy_use``), ``low, value, high``,
        ``unit``, ``source`` and ``share``.
    """
    seen = None if folder is None else _by_doubt(county, folder)
    return _by_range(county) if seen is None else seen


def _known(county: County) -> pl.DataFrame:
    """Return the figures of a county as the assumptions are named."""
    return county.figures.select(
        (_PREFIX + pl.col("key")).alias("assumption"), "low", "value", "high", "unit", "source"
    )


def _by_doubt(county: County, folder: Path) -> pl.DataFrame | None:
    """Return the assumptions of a run by their largest share of the doubt; None where the run says nothing of it."""
    file = folder / _FLIPS
    if not file.is_file():
        return None
    try:
        flips = pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError):  # a damaged run says nothing, and is named when it is read
        return None
    if not flips.height:
        return None
    shares = (
        flips.group_by("assumption").agg(pl.col("share").max()).sort("share", "assumption", descending=[True, False])
    )
    return shares.head(MOST).join(_known(county), on="assumption", how="left", maintain_order="left").select(*COLUMNS)


def _by_range(county: County) -> pl.DataFrame:
    """Return the assumed figures by the width of their range."""
    axes = assumed_axes(county, county.figure_keys, ())
    wide = {axis.key: (axis.high - axis.low) / max(abs(axis.low), abs(axis.high)) for axis in axes}
    first = sorted(wide, key=lambda key: (-wide[key], key))[:MOST]
    rows = pl.DataFrame({"assumption": first}, schema={"assumption": pl.String})
    found = rows.join(_known(county), on="assumption", how="left", maintain_order="left")
    return found.with_columns(share=pl.lit(None, pl.Float64)).select(*COLUMNS)
