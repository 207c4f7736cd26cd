"""Building blocks of the schemas: the base class and short names for common columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import dataframely as dy
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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


def fraction(*, nullable: bool = False, usual: tuple[float, float] | None = None) -> dy.Float64:
    """Share in ``[0, 1]``."""
    return measured("share", 0.0, 1.0, usual=usual, nullable=nullable)


def measured(
    unit: str,
    low: float,
    high: float,
    *,
    usual: tuple[float, float] | None = None,
    nullable: bool = False,
    primary_key: bool = False,
) -> dy.Float64:
    """Finite number in a unit.

    Parameters
    ----------
    unit : str
        Its unit.
    low, high : float
        Ends of what is possible; a value outside is a fault.
    usual : tuple of float, optional
        Ends of what counties usually have; a value outside is worth a warning. None: all that is possible.
    nullable, primary_key : bool
        As of any column.
    """
    return dy.Float64(
        nullable=nullable,
        primary_key=primary_key,
        min=low,
        max=high,
        metadata=_meaning(unit, usual),
    )


def counted(
    unit: str,
    low: int,
    high: int,
    *,
    usual: tuple[int, int] | None = None,
    nullable: bool = False,
    primary_key: bool = False,
) -> dy.Int64:
    """Whole number of things; bounds as of `measured`."""
    return dy.Int64(nullable=nullable, primary_key=primary_key, min=low, max=high, metadata=_meaning(unit, usual))


def _meaning(unit: str, usual: tuple[float, float] | None) -> dict[str, object]:
    """Return what a numeric column says of itself besides its bounds."""
    return {"unit": unit} if usual is None else {"unit": unit, "usual": usual}


def count(*, nullable: bool = False, low: int = 0, primary_key: bool = False) -> dy.Int64:
    """Whole number of at least `low`."""
    return dy.Int64(nullable=nullable, min=low, primary_key=primary_key)


def calendar_year(*, nullable: bool = False, primary_key: bool = False) -> dy.Int64:
    """Year between 1900 and 2100."""
    return counted("year", 1900, 2100, nullable=nullable, primary_key=primary_key)


def longitude(*, nullable: bool = False) -> dy.Float64:
    """Longitude in degrees, WGS 84."""
    return measured("degrees", -180.0, 180.0, nullable=nullable)


def latitude(*, nullable: bool = False) -> dy.Float64:
    """Latitude in degrees, WGS 84."""
    return measured("degrees", -90.0, 90.0, nullable=nullable)


def confidence(*, nullable: bool = False) -> dy.String:
    """How well a figure is known."""
    return choice(CONFIDENCES, nullable=nullable)


NEW_ENERGY = ("bev", "phev", "fcev")


CLEAN_ENERGY = (*NEW_ENERGY, "lng", "cng")


def open_in(year: int) -> pl.Expr:
    """Return which rows of a table with `opened_year` stand in a year; those without a year always have."""
    return pl.col("opened_year").is_null() | (pl.col("opened_year") <= year)
