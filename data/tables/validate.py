"""Check of a frame against a schema: all faults at once, each with its place and a remedy."""

from __future__ import annotations

import copy
import functools
import hashlib
import math
import types
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

import dataframely as dy
import numpy as np
import polars as pl

from data.errors import DataError, Fault, nearest
from data.tables.casting import cast_column
from data.tables.messages import describe, explain, show

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Fault", "check_frame", "conformed", "inspect_frame", "validate"]

CAP = 5
ROW = "data_row_"
SLICE = 32_768
"""Rows that are checked at once where the rules look at one row each."""
KEPT_GOOD = 256
"""Contents of which it is remembered that they keep their rules."""
FIRST_RULES = ("nullability", "nan", "inf")
_LOWER, _UPPER = ("min", "min_exclusive"), ("max", "max_exclusive")
_OF_NULLS = ("nullability",)
_OF_NUMBERS = (*FIRST_RULES, *_LOWER, *_UPPER)

Extra = Literal["forbid", "allow"]


def check_frame(
    frame: pl.DataFrame,
    schema: type[dy.Schema],
    *,
    table: str,
    row_offset: int = 0,
    extra: Extra = "forbid",
) -> list[Fault]:
    """List everything that is wrong with a frame.

    Parameters
    ----------
    frame : polars.DataFrame
        The frame to check.
    schema : type of dataframely.Schema
        What it must look like.
    table : str
        Name of the table or file for the messages.
    row_offset : int
        Added to the row numbers. Rows are data rows counted from 1.
    extra : {"forbid", "allow"}
        Whether columns that the schema does not know are faults.

    Returns
    -------
    list of Fault
        Empty for a good frame. At most five rows are named for each column and rule.
    """
    rows = range(1 + row_offset, 1 + row_offset + frame.height)
    return inspect_frame(frame, schema, table=table, rows=rows, extra=extra)[1]


def validate(frame: pl.DataFrame, schema: type[dy.Schema], *, table: str, extra: Extra = "forbid") -> pl.DataFrame:
    """Return the frame with exactly the schema's columns and types, or raise with all faults.

    Whole numbers are accepted where numbers are expected. Nullable columns that are missing are filled with
    nulls. NaN and infinite numbers are faults.

    Parameters
    ----------
    frame : polars.DataFrame
        The frame to check.
    schema : type of dataframely.Schema
        What it must look like.
    table : str
        Name of the table for the messages.
    extra : {"forbid", "allow"}
        Whether columns that the schema does not know are faults; allowed ones are dropped.

    Returns
    -------
    polars.DataFrame
        The checked frame, rows in the order given.

    Raises
    ------
    DataError
        If the frame has faults; each names row (data rows counted from 1) and column.
    """
    if not isinstance(frame, pl.DataFrame):
        kind = f"{type(frame).__module__.split('.')[0]}.{type(frame).__name__}"
        raise DataError(f"{table}: got {kind}; expected a polars DataFrame. Convert it, or collect a LazyFrame.")
    checked, faults = inspect_frame(frame, schema, table=table, extra=extra)
    if faults:
        raise DataError.of(table, faults)
    return checked


def conformed(frame: pl.DataFrame, schema: type[dy.Schema], *, table: str) -> pl.DataFrame:
    """Return a frame with exactly the schema's columns and types, as `validate` does, without asking for the rules.

    For tables that the toolkit itself makes of good ones, and that are validated where they are used.

    Raises
    ------
    DataError
        Columns that are missing, unknown or of another type.
    """
    found, columns = _Findings(table, range(1, frame.height + 1)), schema.columns()
    _check_unknown(frame, columns, found)
    shaped = [_conform(frame, name, column, found, parse_text=False) for name, column in columns.items()]
    if found.faults:
        raise DataError.of(table, found.faults)
    return pl.DataFrame(shaped)


@dataclass
class _Findings:
    """Faults found so far, with the cells and columns that later rules need not report again."""

    table: str
    rows: Sequence[int]
    faults: list[Fault] = field(default_factory=list)
    bad_cells: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    lost: set[str] = field(default_factory=set)

    def add(self, index: int | None, column: str, got: str, expected: str, remedy: str) -> None:
        """Record one fault; `index` counts the frame's rows from 0."""
        row = None if index is None else self.rows[index]
        self.faults.append(Fault(self.table, row, column, got, expected, remedy))

    def add_cells(self, indices: Sequence[int], column: str, got: Sequence[str], words: tuple[str, str]) -> None:
        """Record the first cells of a rule that fails in `indices`, and how many more there are."""
        self.bad_cells[column].update(indices)
        for index, text in zip(indices[:CAP], got, strict=False):
            self.add(index, column, text, *words)
        if len(indices) > CAP:
            self.add(None, column, f"the same in ... and {len(indices) - CAP} more rows", *words)


def inspect_frame(
    frame: pl.DataFrame,
    schema: type[dy.Schema],
    *,
    table: str,
    rows: Sequence[int] | None = None,
    parse_text: bool = False,
    extra: Extra = "forbid",
) -> tuple[pl.DataFrame, list[Fault]]:
    """Return the frame in the schema's shape, and all its faults.

    Parameters
    ----------
    frame : polars.DataFrame
        The frame to check.
    schema : type of dataframely.Schema
        What it must look like.
    table : str
        Name of the table or file for the messages.
    rows : sequence of int, optional
        Number to print for each row, such as the line of a file; default 1, 2, ...
    parse_text : bool
        Whether text cells are parsed to the schema's types (as read from a CSV file).
    extra : {"forbid", "allow"}
        Whether columns that the schema does not know are faults.

    Returns
    -------
    tuple of polars.DataFrame and list of Fault
        Cells that cannot be used are null in the frame.
    """
    found = _Findings(table, range(1, frame.height + 1) if rows is None else rows)
    columns = schema.columns()
    if extra == "forbid":
        _check_unknown(frame, columns, found)
    conformed = pl.DataFrame(
        # every column, in the schema's order: later rules may ask for any of them
        [_conform(frame, name, column, found, parse_text=parse_text) for name, column in columns.items()]
    )
    _check_rules(conformed, schema, found)
    order = {name: place for place, name in enumerate(columns)}
    # faults of the whole table first, then by column
    found.faults.sort(key=lambda fault: order.get(fault.column or "", -1))
    return conformed, found.faults


def _check_unknown(frame: pl.DataFrame, columns: dict[str, dy.Column], found: _Findings) -> None:
    """Report the frame's columns that the schema does not know."""
    for name in frame.columns:
        if name not in columns:
            missing = [known for known in columns if known not in frame.columns]
            hint = nearest(name, missing) or nearest(name, columns)
            found.add(
                None,
                name,
                "an unknown column",
                "one of " + ", ".join(columns),
                f"Rename or remove it.{hint}",
            )


def _conform(frame: pl.DataFrame, name: str, column: dy.Column, found: _Findings, *, parse_text: bool) -> pl.Series:
    """Return one column in the schema's type, null where it cannot be had."""
    if name not in frame.columns:
        if not column.nullable:
            found.lost.add(name)
            hint = nearest(name, frame.columns)
            found.add(None, name, "no such column", describe(column), f"Add the column.{hint}")
        # nulls in the column's type, so that rules of other columns still run
        return _null(name, column.dtype).new_from_index(0, frame.height)
    series = frame[name]
    outcome = cast_column(series, column.dtype, parse_text=parse_text)
    if outcome.problem:
        found.lost.add(name)
        found.add(None, name, outcome.problem, describe(column), outcome.remedy)
    elif outcome.failed:
        # the text as given, before it was cast
        got = [show(series[index]) for index in outcome.failed[:CAP]]
        found.add_cells(outcome.failed, name, got, (describe(column), outcome.remedy))
    return outcome.series


@functools.cache
def _null(name: str, kind: pl.DataType) -> pl.Series:
    """Return a column of one null; kept, because most tables lack most of the columns that may lack."""
    return pl.Series(name, [None], dtype=kind)


@functools.cache
def _numbered(schema: type[dy.Schema]) -> type[dy.Schema]:
    """Return the schema with one more column for the row's index."""
    body = {ROW: dy.Int64(nullable=True)}
    numbered = types.new_class(f"{schema.__name__}Numbered", (schema,), exec_body=lambda names: names.update(body))
    return cast("type[dy.Schema]", numbered)


@functools.cache
def _keyless(schema: type[dy.Schema]) -> type[dy.Schema]:
    """Return the schema without its key, for rows of which it is known that they are unique."""
    body = {}
    for name in schema.primary_key():
        body[name] = copy.copy(schema.columns()[name])
        body[name].primary_key = False
    keyless = types.new_class(f"{schema.__name__}Keyless", (schema,), exec_body=lambda names: names.update(body))
    return cast("type[dy.Schema]", keyless)


def _keeps_rules(frame: pl.DataFrame, schema: type[dy.Schema]) -> bool:
    """Return whether all rules hold; rows in memory need no streaming and no query plan: twice as fast.

    That a content keeps them is remembered: layouts, ways and vehicles are checked anew in every replication.
    """
    if not frame.height:
        return True
    content = _content(frame)
    if (schema, content) in _good:
        _good.move_to_end((schema, content))
        return True
    good = all_rules_hold(frame, schema)
    if good:
        _good[schema, content] = None
        while len(_good) > KEPT_GOOD:
            _good.popitem(last=False)
    return good


def all_rules_hold(frame: pl.DataFrame, schema: type[dy.Schema]) -> bool:
    """Return whether a frame that has the columns of a schema keeps its rules: as ``schema.is_valid``.

    That makes all rules anew and a column of each before it looks at any: twice the time, and a schema has a hundred.
    Most of them are bounds of numbers, which hold for all rows of a column where they hold for its least and greatest:
    a quarter of the time. Rules of a column that may be broken are asked as they stand.
    """
    rules = _rules(schema)
    kept = {rule for column in _bounded(schema) if column.holds(frame[column.name]) for rule in column.rules}
    asked = [rule for name, rule in rules.items() if name not in kept]
    if not asked:
        return True
    held = frame.lazy().select(asked).collect(engine="in-memory", optimizations=pl.QueryOptFlags.none())
    return all(held.row(0))


@functools.cache
def _rules(schema: type[dy.Schema]) -> dict[str, pl.Expr]:
    """Return for each rule of a schema whether all rows keep it; null keeps a rule, about nulls there are others."""
    rules = schema._validation_rules(with_cast=False)  # noqa: SLF001 - there is no public way to them
    return {name: rule.expr.fill_null(value=True).all().alias(name) for name, rule in rules.items()}


@dataclass(frozen=True)
class _Bounded:
    """A column whose rules about nulls and bounds are seen without asking each: what it may hold, and their names."""

    name: str
    nullable: bool
    is_number: bool
    low: tuple[float, ...]  # at least, above
    high: tuple[float, ...]  # at most, below
    rules: tuple[str, ...]

    def holds(self, column: pl.Series) -> bool:
        """Return whether its rules are kept; False where that is not sure."""
        nulls = column.null_count()
        if nulls and not self.nullable:
            return False
        if not self.is_number or nulls == column.len():
            return True
        if column.dtype not in (pl.Float64, pl.Int64):
            return False
        # a sum is finite only where all numbers are: the least and the greatest say nothing of NaN
        if column.dtype == pl.Float64 and not math.isfinite(column.sum()):
            return False
        least, most = cast("float", column.min()), cast("float", column.max())
        return self.low[0] <= least and self.low[1] < least and most <= self.high[0] and most < self.high[1]


@functools.cache
def _bounded(schema: type[dy.Schema]) -> list[_Bounded]:
    """Return the columns of a schema of which something is seen without asking its rules."""
    found, rules = [], _rules(schema)
    for name, column in schema.columns().items():
        # where NaN or infinite numbers are allowed the rules themselves say what bounds mean for them
        is_number = isinstance(column, dy.Int64) or (
            isinstance(column, dy.Float64) and not (column.allow_nan or column.allow_inf)
        )
        names = [f"{name}|{rule}" for rule in (_OF_NUMBERS if is_number else _OF_NULLS)]
        seen = tuple(rule for rule in names if rule in rules)
        low, high = (
            tuple(end if given is None else given for given in (getattr(column, bound, None) for bound in bounds))
            for bounds, end in ((_LOWER, -math.inf), (_UPPER, math.inf))
        )
        if seen:
            found.append(_Bounded(name, column.nullable, is_number, low, high, seen))
    return found


def _content(frame: pl.DataFrame) -> bytes:
    """Return what stands for the cells of a frame with rows, not for the object: frames can be changed in place.

    It takes a fiftieth of the rules. Columns that hold nothing are told by their names.
    """
    held = [series for series in frame if series.null_count() < frame.height]
    names = ",".join(series.name for series in held)
    content = hashlib.blake2b(f"{frame.height},{names}".encode(), digest_size=16)
    if held:
        content.update(pl.DataFrame(held).hash_rows().to_numpy().data)
    return content.digest()


_good: OrderedDict[tuple[type[dy.Schema], bytes], None] = OrderedDict()
"""Schemas and hashes of frames that keep their rules, those seen last at the end."""


def _is_rising(frame: pl.DataFrame, keys: Sequence[str]) -> bool:
    """Return whether a key is a whole number that rises from row to row: it is unique then, which costs no memory."""
    if len(keys) != 1 or not frame[keys[0]].dtype.is_integer() or frame[keys[0]].null_count():
        return False
    numbers = frame[keys[0]].to_numpy()
    return bool(np.all(numbers[1:] > numbers[:-1]))


def _is_valid(frame: pl.DataFrame, schema: type[dy.Schema]) -> bool:
    """Return whether all rules hold; tall tables whose rules look at single rows are checked in slices: less memory."""
    if frame.height <= SLICE or not getattr(schema, "BY_ROW", False):
        return _keeps_rules(frame, schema)
    keys = schema.primary_key()
    # keys must be unique over all rows, so they cannot be checked by slice
    if not _is_rising(frame, keys) and frame.select(keys).n_unique() < frame.height:
        return False
    return all(_keeps_rules(frame[first : first + SLICE], _keyless(schema)) for first in range(0, frame.height, SLICE))


def _check_rules(frame: pl.DataFrame, schema: type[dy.Schema], found: _Findings) -> None:
    """Report the rows that break a rule of the schema."""
    if _is_valid(frame, schema):
        return
    # the numbered copy is made of failing frames alone: it costs memory, and most frames are good
    failure = _numbered(schema).filter(frame.with_row_index(ROW).cast({ROW: pl.Int64})).failure
    details = failure.details()
    # nulls and NaN first: later rules then leave these cells alone
    rules = sorted(failure.counts(), key=lambda rule: rule.rpartition("|")[2] not in FIRST_RULES)
    for rule in rules:
        broken = details.filter(pl.col(rule) == "invalid")
        if rule == "primary_key":
            _report_duplicates(broken, schema, found)
            continue
        name, _, kind = rule.rpartition("|")
        words = explain(schema, name, kind)
        # a lost column breaks every rule that reads it; its own fault is enough
        if words.column in found.lost or (not name and found.lost):
            continue
        # rules over several columns leave out a row with any bad cell
        seen = found.bad_cells[words.column] if name else set().union(*found.bad_cells.values())
        broken = broken.filter(~pl.col(ROW).is_in(seen)) if seen else broken
        if broken.height:
            values = broken[words.column].head(CAP)
            got = [show(value) for value in values]
            remedies = words.remedy + (words.hint(values) if kind == "check__choice" else "")
            found.add_cells(broken[ROW].to_list(), words.column, got, (words.expected, remedies))


def _report_duplicates(broken: pl.DataFrame, schema: type[dy.Schema], found: _Findings) -> None:
    """Report rows whose key stands in an earlier row."""
    keys = schema.primary_key()
    if found.lost.intersection(keys):
        return
    # rows whose key could not be read are no duplicates of each other
    spoilt = set().union(*(found.bad_cells[key] for key in keys))
    later = (
        broken.filter(~pl.col(ROW).is_in(spoilt), pl.all_horizontal(pl.col(keys).is_not_null()))
        .with_columns(first=pl.col(ROW).min().over(keys))
        # the first of equals is good: only those that repeat it are named
        .filter(pl.col(ROW) > pl.col("first"))
    )
    if not later.height:
        return
    word = "line" if found.table.endswith(".csv") else "row"
    got = [
        "(" + ", ".join(show(row[key]) for key in keys) + f"), which {word} {found.rows[row['first']]} has too"
        for row in later.head(CAP).iter_rows(named=True)
    ]
    expected = f"each {' + '.join(keys)} once"
    found.add_cells(later[ROW].to_list(), keys[-1], got, (expected, "Remove the duplicate or give it its own id."))
