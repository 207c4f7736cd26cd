"""Building blocks of the schemas: the base class and short names for common columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import dataframely as dy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

CONFIDENCES = ("plan", "official", "published", "secondary", "derived", "assumption")
POWERS = ("petrol", "diesel", "lng", "cng", "phev", "bev", "fcev")
FUELS = ("petrol", "diesel", "lng", "cng", "hydrogen", "hydrogen_renewable", "methanol")
SHIP_FUELS = ("diesel", "lng", "methanol", "electric", "hydrogen")
UNLOAD_RULES = ("alone", "per_tank", "per_berth_distance", "together")
SUPPLIES = ("truck", "barge")
CURRENTS = ("dc", "ac")
SHARINGS = ("exclusive", "equal", "sequential", "dynamic")


class Explained(NamedTuple):
    """Words for a rule that looks at several columns: where to point, what it expects, what to do."""

    column: str
    expected: str
    remedy: str


class Table(dy.Schema):
    """Base of all schemas.

    `EXPLAIN` gives the words for each rule that is declared with ``@dy.rule``; `BY_ROW` says that all of them but the
    primary key look at one row each.
    """

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {}
    BY_ROW: ClassVar[bool] = False


def choice(values: Sequence[str], *, nullable: bool = False, primary_key: bool = False) -> dy.String:
    """Text that must be one of `values`."""
    allowed = tuple(values)

    def is_known(expr: pl.Expr) -> pl.Expr:
        return expr.is_in(allowed)

    return dy.String(
        nullable=nullable,
        primary_key=primary_key,
        check={"choice": is_known},
        metadata={"values": allowed},
    )


def identifier(*, primary_key: bool = False, nullable: bool = False) -> dy.String:
    """Text that is not empty."""
    return dy.String(primary_key=primary_key, nullable=nullable, min_length=1)


def number(*, nullable: bool = False, low: float | None = None, high: float | None = None) -> dy.Float64:
    """Finite number within ``[low, high]``."""
    return dy.Float64(nullable=nullable, min=low, max=high)


def amount(*, nullable: bool = False) -> dy.Float64:
    """Finite number that is zero or more."""
    return dy.Float64(nullable=nullable, min=0.0)


def positive(*, nullable: bool = False) -> dy.Float64:
    """Finite number above zero."""
    return dy.Float64(nullable=nullable, min_exclusive=0.0)


def fraction(*, nullable: bool = False) -> dy.Float64:
    """Share in ``[0, 1]``."""
    return dy.Float64(nullable=nullable, min=0.0, max=1.0)


def count(*, nullable: bool = False, low: int = 0, primary_key: bool = False) -> dy.Int64:
    """Whole number of at least `low`."""
    return dy.Int64(nullable=nullable, min=low, primary_key=primary_key)


def calendar_year(*, nullable: bool = False, primary_key: bool = False) -> dy.Int64:
    """Year between 1900 and 2100."""
    return dy.Int64(nullable=nullable, primary_key=primary_key, min=1900, max=2100)


def longitude(*, nullable: bool = False) -> dy.Float64:
    """Longitude in degrees, WGS 84."""
    return dy.Float64(nullable=nullable, min=-180.0, max=180.0)


def latitude(*, nullable: bool = False) -> dy.Float64:
    """Latitude in degrees, WGS 84."""
    return dy.Float64(nullable=nullable, min=-90.0, max=90.0)


def confidence(*, nullable: bool = False) -> dy.String:
    """How well a figure is known."""
    return choice(CONFIDENCES, nullable=nullable)


NEW_ENERGY = ("bev", "phev", "fcev")


CLEAN_ENERGY = (*NEW_ENERGY, "lng", "cng")
