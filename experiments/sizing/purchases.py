"""What an answer costs that is no charging station: berths, tanks, shore chargers, crews, vans, modules, storage."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from charging.costs.price_table import Level, Prices
from charging.costs.station_costs import connection
from data.errors import DataError
from data.goals import Finding
from data.money import FEN, annuity, fen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from data.county import County
    from data.goals import Figure, Sizing

_ENDS: Final[tuple[Level, ...]] = ("value", "low", "high")
_SCHEMA: Final = {
    "item": pl.String,
    "quantity": pl.Float64,
    **{f"{name}{end}": pl.Float64 for name in ("build_cny", "yearly_cny") for end in ("", "_low", "_high")},
}


def purchase_costs(
    county: County, pieces: Mapping[str, float], *, connections_kw: Sequence[float] = ()
) -> pl.DataFrame:
    """Return what pieces cost to buy and each year, at the county's prices and at both ends of their ranges.

    Parameters
    ----------
    county : County
        With the table ``infrastructure_prices``: of an item without ``life_years`` the price is paid every year.
    pieces : mapping of str to float
        Quantity of each item, in the unit of its price.
    connections_kw : sequence of float
        Power of each new connection: transformers and lines are added where low voltage does not do.

    Returns
    -------
    polars.DataFrame
        One row per item, those of the connections after the pieces, then ``operation``: ``item, quantity, build_cny,
        yearly_cny``, each with its ends. A purchase costs each year its price over its life at the discount rate; all
        is rounded to the fen, row by row.

    Raises
    ------
    DataError
        An item without a row.
    """
    ends = {end: Prices.from_county(county, level=end) for end in _ENDS}
    rows: list[dict[str, object]] = []
    bought = dict.fromkeys(_ENDS, 0)
    for item, quantity in pieces.items():
        row: dict[str, object] = {"item": item, "quantity": float(quantity)}
        for end, prices in ends.items():
            once, yearly = _fen(item, quantity, prices)
            bought[end] += once
            row |= _columns(end, once, yearly)
        rows.append(row)
    for row, once_fen in _connections(connections_kw, ends):
        rows.append(row)
        for end, fen_of_end in once_fen.items():
            bought[end] += fen_of_end
    upkeep: dict[str, object] = {"item": "operation", "quantity": 1.0}
    for end, prices in ends.items():
        upkeep |= _columns(end, 0, round(bought[end] * prices.figure("operation")))
    return pl.DataFrame([*rows, upkeep], schema=_SCHEMA)


def _fen(item: str, quantity: float, prices: Prices) -> tuple[int, int]:
    """Return what pieces of an item cost once and each year, in fen."""
    price = fen(prices.figure(item))
    life = prices.rows[item][0].life_years
    if life is None:
        return 0, round(price * quantity)
    once = round(price * quantity)
    return once, round(once / annuity(life, prices.figure("discount")))


def _connections(
    connections_kw: Sequence[float], ends: Mapping[Level, Prices]
) -> Iterator[tuple[dict[str, object], dict[Level, int]]]:
    """Yield the rows of transformers and lines, and what each costs once at each end of the prices, in fen."""
    for item in ("transformer", "line"):
        row: dict[str, object] = {"item": item, "quantity": 0.0}
        once = dict.fromkeys(ends, 0)
        for end, prices in ends.items():
            pieces = [each for kw in connections_kw for each in connection(kw, prices) if each.item == item]
            costs = [round(fen(each.cny) * each.quantity) for each in pieces]
            once[end] = sum(costs)
            yearly = sum(
                round(cost / annuity(each.life_years, prices.figure("discount")))
                for cost, each in zip(costs, pieces, strict=True)
            )
            row |= _columns(end, once[end], yearly)
            if end == "value":
                row["quantity"] = math.fsum(each.quantity for each in pieces)
        if any(once.values()):
            yield row, once


def _columns(end: Level, once: int, yearly: int) -> dict[str, float]:
    """Return the columns of an end."""
    suffix = "" if end == "value" else f"_{end}"
    return {f"build_cny{suffix}": once / FEN, f"yearly_cny{suffix}": yearly / FEN}


def priced(
    sizing: Sizing,
    county: County,
    pieces: Mapping[str, Mapping[str, float]],
    *,
    connections_kw: Sequence[float] = (),
) -> Sizing:
    """Return a sizing that says what its answer costs, with a table ``costs``; that it is not known where prices lack.

    Parameters
    ----------
    sizing : Sizing
        What was found.
    county : County
        Whose prices count.
    pieces : mapping of str to mapping of str to float
        By way (``""`` where there is one): quantity of each item.
    connections_kw : sequence of float
        Power of each new connection, of every way.
    """
    says: list[Finding] = []
    tables = []
    for way, of_way in pieces.items():
        try:
            costs = purchase_costs(county, of_way, connections_kw=connections_kw)
        except DataError:
            return replace(sizing, says=(*sizing.says, Finding("no_prices")))
        named: dict[str, Figure] = {"way": Finding(f"way_{way}")} if way else {}
        says.append(Finding("way_cost" if way else "pieces_cost", named | cost_figures(costs)))
        tables.append(costs.select(*([pl.lit(way).alias("way")] if way else []), pl.all()))
    if not tables:
        return sizing
    return replace(sizing, says=(*sizing.says, *says), tables={**sizing.tables, "costs": pl.concat(tables)})


def cost_figures(costs: pl.DataFrame) -> dict[str, Figure]:
    """Return the sums of a table of costs as a finding has them, million CNY."""
    return {
        f"{what}_{end}": f"{math.fsum(costs[column + suffix].to_list()) / 1e6:,.2f}"
        for what, column in (("investment", "build_cny"), ("yearly", "yearly_cny"))
        for end, suffix in (("value", ""), ("low", "_low"), ("high", "_high"))
    }
