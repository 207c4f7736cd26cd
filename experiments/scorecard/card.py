"""The tables of a scorecard: their columns, and the rows that speak for a target."""

from __future__ import annotations

from typing import Final

import polars as pl

SCORECARD: Final = pl.Schema(
    {
        "target_id": pl.String,
        "metric": pl.String,
        "criterion": pl.String,
        "year": pl.Int64,
        "value": pl.Float64,
        "unit": pl.String,
        "comparator": pl.String,
        "limit": pl.Float64,
        "verdict": pl.String,
        "decides": pl.Boolean,
        "sampling_low": pl.Float64,
        "sampling_high": pl.Float64,
        "assumption_low": pl.Float64,
        "assumption_high": pl.Float64,
        "p_met": pl.Float64,
        "reason": pl.String,
    }
)
"""One row per target and criterion, in the county's order; the metric itself is the first criterion of a target.

``sampling_*`` is a 95 % interval over replications; ``assumption_*`` holds 95 % of the draws of the assumptions, or is
their range where nothing was drawn; ``p_met`` is the share of the draws that keep the limit.
"""

FACTS: Final = pl.Schema(
    {
        "target_id": pl.String,
        "metric": pl.String,
        "fact": pl.String,
        "key": pl.String,
        "value": pl.Float64,
        "unit": pl.String,
        "low": pl.Float64,
        "high": pl.Float64,
    }
)
"""One row per target and named figure behind its answer; `key` is what the figure belongs to."""

ANSWER_DRAWS: Final = pl.Schema(
    {
        "sample": pl.String,
        "target_id": pl.String,
        "criterion": pl.String,
        "draw": pl.Int64,
        "value": pl.Float64,
        "at_tables": pl.Float64,
    }
)
"""Value of a criterion in each draw of the assumptions, and with all of them as the tables have them.

A sample is ``accounts`` (draws of the carbon accounts) or ``runs`` (short runs).
"""

ASSUMPTION_DRAWS: Final = pl.Schema(
    {
        "sample": pl.String,
        "assumption": pl.String,
        "draw": pl.Int64,
        **dict.fromkeys(("value", "low", "at_tables", "high"), pl.Float64),
    }
)
"""Value of each assumption in each draw of a sample, with its range and the value of the tables."""

FLIPS: Final = pl.Schema(
    {
        "target_id": pl.String,
        "criterion": pl.String,
        "rank": pl.Int64,
        "assumption": pl.String,
        **dict.fromkeys(("share", "low", "at_tables", "high"), pl.Float64),
        "beyond": pl.String,
        "flips_at": pl.Float64,
        "q2": pl.Float64,
    }
)
"""The assumptions that matter most to a criterion, and from which value on one of them alone turns its verdict.

`share` is that of the variance over the draws; `low`, `at_tables` and `high` are its range and the value of the tables
(-1, 0 and 1 for the rows of a table together); `beyond` is ``>`` or ``<``; null where it turns nothing in its range.
"""

REMEDIES: Final = pl.Schema(
    {
        **dict.fromkeys(("target_id", "metric", "criterion", "remedy", "subject"), pl.String),
        "value": pl.Float64,
        "unit": pl.String,
    }
)
"""What would close a criterion that is open: at least one row for each.

`remedy` is one of `experiments.scorecard.remedies.Remedy`; `subject` is the assumption, series, table or key that it is
about; `value` its figure, such as the number of replications that would decide.
"""

ASSUMPTIONS: Final = pl.Schema(
    {
        "target_id": pl.String,
        "metric": pl.String,
        "table": pl.String,
        "rows": pl.Int64,
        "of_rows": pl.Int64,
        "figure": pl.String,
    }
)
"""One row per target and table (or figure of the county) behind its answer that is an assumption, in part or fully."""


def headline(scorecard: pl.DataFrame) -> pl.DataFrame:
    """Return the row of each target that decides its verdict."""
    return scorecard.filter("decides")


def metric_rows(scorecard: pl.DataFrame) -> pl.DataFrame:
    """Return the row of each target that holds the value of its metric, which need not be the one that decides."""
    return scorecard.unique("target_id", keep="first", maintain_order=True)


def interval(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows of a scorecard with `low` and `high`: the interval over replications, or else that of assumptions."""
    return frame.with_columns(
        low=pl.coalesce("sampling_low", "assumption_low"), high=pl.coalesce("sampling_high", "assumption_high")
    )
