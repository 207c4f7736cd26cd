"""Casts of one column to the type that a schema asks for, without losing a value silently."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True, slots=True)
class Cast:
    """Outcome of a cast: the new column, the rows (from 0) that failed, or a problem with all of it."""

    series: pl.Series
    failed: list[int] = field(default_factory=list)
    problem: str = ""
    remedy: str = ""


def cast_column(series: pl.Series, dtype: pl.DataType, *, parse_text: bool) -> Cast:
    """Cast a column.

    Parameters
    ----------
    series : polars.Series
        The column as given.
    dtype : polars.DataType
        The type asked for.
    parse_text : bool
        Whether text is parsed; otherwise a text column where another type is expected is a problem even if
        all its cells would parse.

    Returns
    -------
    Cast
        Cells that cannot be cast are null in ``series`` and listed in ``failed``.
    """
    given = series.dtype
    if given == dtype:
        return Cast(series)
    if given == pl.String:
        return _from_text(series, dtype, parse_text=parse_text)
    if given.is_numeric() and dtype.is_numeric():
        return _between_numbers(series, dtype)
    # a column without any cell has no type of its own
    if given == pl.Null or (dtype == pl.String and isinstance(given, pl.Categorical | pl.Enum)):
        return Cast(series.cast(dtype))
    if dtype == pl.List and isinstance(given, pl.List | pl.Array):
        return _between_lists(series, dtype)
    return _wrong_type(series, dtype)


def parse(series: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Parse text cells to a type; null where a cell does not parse."""
    text = series.str.strip_chars()
    if dtype == pl.Boolean:
        # polars does not parse booleans from text
        words = {"true": True, "false": False}
        return text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
    if dtype == pl.Date:
        return text.str.to_date("%Y-%m-%d", strict=False)
    # not strict: a cell that does not parse is reported, the others are kept
    parsed = text.cast(dtype, strict=False)
    if dtype.is_integer():
        # pandas writes 5.0 for 5 as soon as one cell of the column is empty
        whole = text.str.extract(r"^([+-]?\d+)\.0*$", 1).cast(dtype, strict=False)
        return parsed.fill_null(whole)
    return parsed


def _from_text(series: pl.Series, dtype: pl.DataType, *, parse_text: bool) -> Cast:
    """Parse a text column."""
    if not dtype.is_numeric() and not isinstance(dtype, pl.Boolean | pl.Date):
        return _wrong_type(series, dtype)
    parsed = parse(series, dtype)
    failed = (series.is_not_null() & parsed.is_null()).arg_true().to_list()
    if dtype.is_numeric():
        remedy = "Write a plain number: no unit, no thousands separator."
    else:
        remedy = "Write true or false." if dtype == pl.Boolean else "Write the date as YYYY-MM-DD."
    if failed or parse_text:
        return Cast(parsed, failed=failed, remedy=remedy)
    return _wrong_type(series, dtype)


def _between_numbers(series: pl.Series, dtype: pl.DataType) -> Cast:
    """Cast numbers; a fraction, NaN or a value out of range fails where whole numbers are expected."""
    cast = series.cast(dtype, strict=False)
    failed = series.is_not_null() & cast.is_null()
    if dtype.is_integer() and series.dtype.is_float():
        # a float survives the way to an integer and back only if it is whole
        failed |= (cast.cast(series.dtype) != series).fill_null(value=False)
        # null, so that a cut fraction is never used
        cast = cast.set(failed, None)
    return Cast(cast, failed=failed.arg_true().to_list(), remedy="Write a whole number.")


def _between_lists(series: pl.Series, dtype: pl.DataType) -> Cast:
    """Cast lists, or say that their elements do not fit."""
    try:
        return Cast(series.cast(dtype))
    except pl.exceptions.PolarsError:
        return _wrong_type(series, dtype)


def _wrong_type(series: pl.Series, dtype: pl.DataType) -> Cast:
    """Give the column up."""
    return Cast(
        pl.Series(series.name, [None] * len(series), dtype=dtype),
        problem=f"a column of type {series.dtype}",
        remedy=f"Cast it to polars {dtype}.",
    )
