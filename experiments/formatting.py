"""Figures and tables as a reader wants them, on the screen, in the report and in a spreadsheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

FORMULA = r"^[=+\-@\t\r\n]"
"""Beginnings that make a spreadsheet take a cell for a formula, or skip to a character that does."""
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
ON_EXPRESSWAY = " (expressway)"
"""What follows a town in a table where its service areas are meant."""


def figure(value: float | None, unit: str | None) -> str:
    """Return a figure with its unit: shares in per cent, whole numbers whole, others to three digits.

    Examples
    --------
    >>> figure(0.081, "share"), figure(1234.5, "kWh"), figure(0.5, "min")
    ('8.1 %', '1,234 kWh', '0.5 min')
    """
    if value is None:
        return ""
    if unit == "share":
        return _unsigned_zero(f"{100.0 * value:.1f} %")
    if unit == "year":
        return f"{value:.0f}"
    whole = abs(value) >= 100.0 or value == round(value)
    number = f"{value:,.0f}" if whole else f"{value:.3g}"
    return _unsigned_zero(f"{number} {unit or ''}".strip())


def _unsigned_zero(text: str) -> str:
    """Return a figure as text without the sign of a zero."""
    return re.sub(r"^-(?=[0.]+(?![\d.]))", "", text)


def defused(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table in which no text is a formula for a spreadsheet.

    An apostrophe goes before text that begins with ``=``, ``+``, ``-``, ``@``, a tab or an end of line, because
    spreadsheets run such cells: names in tables may come from strangers. Numbers, also as text, stay as they are.
    """
    import polars as pl  # noqa: PLC0415 - heavy: figures on the screen do without it

    texts = [name for name, dtype in frame.schema.items() if dtype.base_type() in {pl.String, pl.Categorical, pl.Enum}]
    return frame.with_columns(
        pl.when(cell.str.contains(FORMULA) & ~cell.str.contains(NUMBER)).then("'" + cell).otherwise(cell).alias(name)
        for name, cell in ((name, pl.col(name).cast(pl.String)) for name in texts)
    )


def write_csv(frame: pl.DataFrame, file: Path) -> None:
    """Write a table as CSV that a spreadsheet may open (see `defused`): whole, or not at all."""
    from data.storage import write_whole  # noqa: PLC0415 - heavy, as above

    write_whole(file, defused(frame).write_csv().encode())
