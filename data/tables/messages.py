"""Words for schema columns and rules in messages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dataframely as dy

from data.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from data.schemas.base import Explained

SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Words:
    """Where a broken rule points, what it expects and what to do."""

    column: str
    expected: str
    remedy: str
    values: tuple[str, ...] = ()

    def hint(self, got: Iterable[object]) -> str:
        """Return the nearest allowed name to the first of the values."""
        first = next(iter(got), None)
        return nearest(first, self.values) if isinstance(first, str) else ""


def show(value: object) -> str:
    """Return a cell's value for a message."""
    if value is None:
        return "nothing"
    # a cell of a list is a polars series, whose text would be a table
    if hasattr(value, "to_list"):
        value = value.to_list()
    # repr: quotes show a trailing space, and digits all there are
    text = repr(value) if isinstance(value, (str, float, int)) else str(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "..."


def allowed_values(column: dy.Column) -> tuple[str, ...]:
    """Return the words that a column may hold, empty where it is free."""
    values = (column.metadata or {}).get("values", ())
    return tuple(values)


def describe(column: dy.Column) -> str:
    """Return what a column expects, such as ``a number from 0 to 1``."""
    if values := allowed_values(column):
        return "one of " + ", ".join(values)
    if isinstance(column, dy.Float64 | dy.Int64):
        kind = "a number" if isinstance(column, dy.Float64) else "a whole number"
        bounds = _bounds(column.min, column.min_exclusive, column.max, column.max_exclusive)
        return kind + bounds + in_unit(unit_of(column))
    plain = {dy.String: "text", dy.Bool: "true or false", dy.Date: "a date (YYYY-MM-DD)", dy.List: "a list"}
    return plain.get(type(column), str(column.dtype))


def _bounds(low: float | None, above: float | None, high: float | None, below: float | None) -> str:
    """Return the words for the bounds of a number."""
    if low is not None and high is not None:
        return f" {span(low, high)}"
    parts = [
        f" {word} {bound:g}"
        for word, bound in (("of at least", low), ("above", above), ("of at most", high), ("below", below))
        if bound is not None
    ]
    return " and".join(parts)


def span(low: float, high: float) -> str:
    """Return the words for a range."""
    return f"from {low:,.10g} to {high:,.10g}"


def bounds_of(column: dy.Column) -> tuple[float, float]:
    """Return the ends of what a numeric column can hold; infinite where it has none, or is not numeric."""
    low, high = (column.min, column.max) if isinstance(column, dy.Float64 | dy.Int64) else (None, None)
    return -math.inf if low is None else low, math.inf if high is None else high


def unit_of(column: dy.Column) -> str:
    """Return the unit of a numeric column; empty where it has none."""
    return str((column.metadata or {}).get("unit", ""))


def in_unit(unit: str) -> str:
    """Return the words that follow a number for its unit; none where there is nothing to say."""
    return "" if unit in {"", "-"} else f" ({unit})"


def explain(schema: type[dy.Schema], name: str, kind: str) -> Words:
    """Return the words for a rule: a column's rule (`name`, `kind`) or a rule of the schema (`kind`)."""
    if not name:
        explained: Mapping[str, Explained] = getattr(schema, "EXPLAIN", {})
        if kind in explained:
            return Words(*explained[kind])
        return Words(schema.column_names()[0], f"the rule '{kind}' to hold", "")
    column = schema.columns()[name]
    if kind == "nullability":
        return Words(name, describe(column), "Fill the cell in.")
    remedy = "Use one of the names listed." if kind == "check__choice" else "Correct the value."
    return Words(name, describe(column), remedy, allowed_values(column))
