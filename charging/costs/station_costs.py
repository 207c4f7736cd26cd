"""What the stations of a layout cost to build and each year, item by item, in whole fen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import dataframely as dy
import polars as pl

from data.arrays import scalar
from data.money import annuity, fen
from data.schemas.base import Table, choice, counted, identifier, measured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from charging.costs.price_table import Prices

COST_ITEMS = ("pile", "works", "transformer", "line", "land", "operation")


class StationCosts(Table):
    """What a station costs: one row per item, those of its piles by group; sums of the fen are exact."""

    station_id = identifier(primary_key=True)
    group_id = dy.String(primary_key=True)
    item = choice(COST_ITEMS, primary_key=True)
    quantity = measured("pieces, m or guns", 0.0, 1e9)
    price_fen = counted("fen", 0, 10**15)
    investment_fen = counted("fen", 0, 10**15)
    yearly_fen = counted("fen", 0, 10**15)


class Bought(NamedTuple):
    """Something bought once: how much of it, its price, how long it lasts."""

    group_id: str
    item: str
    quantity: float
    cny: float
    life_years: float


def station_costs(layout: pl.DataFrame, prices: Prices) -> pl.DataFrame:
    """Return what each station of a layout costs, as if all of it were built now.

    Parameters
    ----------
    layout : polars.DataFrame
        One row per pile group.
    prices : Prices
        Prices of the county.

    Returns
    -------
    polars.DataFrame
        `StationCosts`: pieces, price, investment and what it comes to each year, in fen. A purchase costs each year its
        price over its life at the discount rate; `land` and `operation` are yearly alone. `group_id` is empty for what
        the station has as a whole.

    Raises
    ------
    DataError
        Items without a row in the table of prices.
    """
    rows = [
        row
        for (station,), groups in layout.group_by("station_id", maintain_order=True)
        for row in _station(str(station), groups.to_dicts(), prices)
    ]
    schema = {name: column.dtype for name, column in StationCosts.columns().items()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def investment_fen(layout: pl.DataFrame, prices: Prices) -> int:
    """Return what all stations of a layout cost to build, in fen."""
    return int(scalar(station_costs(layout, prices), pl.col("investment_fen").sum(), default=0.0))


def station_fen(groups: list[dict[str, Any]], prices: Prices) -> int:
    """Return what a station of some pile groups (rows of a layout) costs to build, in fen."""
    groups = [group for group in groups if group["piles"]]
    bought = (*_piles(groups, prices), *_connection(groups, prices)) if groups else ()
    return sum(round(fen(each.cny) * each.quantity) for each in bought)


def _station(station: str, groups: list[dict[str, Any]], prices: Prices) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a station."""
    groups = [group for group in groups if group["piles"]]
    rate = prices.figure("discount")
    investment = 0
    for bought in (*_piles(groups, prices), *_connection(groups, prices)):
        # rounded once, at the price of a piece: pieces and sums stay whole
        price = fen(bought.cny)
        cost = round(price * bought.quantity)
        investment += cost
        yearly = round(cost / annuity(bought.life_years, rate))
        yield station, bought.group_id, bought.item, bought.quantity, price, cost, yearly
    guns = sum(group["piles"] * group["guns_per_pile"] for group in groups)
    if guns:
        rent = fen(prices.figure("land"))
        yield station, "", "land", float(guns), rent, 0, rent * guns
        yield station, "", "operation", 1.0, 0, 0, round(investment * prices.figure("operation"))


def _piles(groups: list[dict[str, Any]], prices: Prices) -> Iterator[Bought]:
    """Yield piles and their works."""
    for group in groups:
        name, piles, current = group["group_id"], float(group["piles"]), group["current"]
        yield Bought(name, "pile", piles, pile_cny(group, prices), prices.life_years(f"{current}_pile"))
        works = f"{current}_works"
        yield Bought(name, "works", piles, prices.figure(works), prices.life_years(works))


def pile_cny(group: Mapping[str, Any], prices: Prices) -> float:
    """Return the price of a pile of a group, CNY, with as many guns as it has."""
    item, kw = f"{group['current']}_pile", float(group["pile_kw"])
    more = int(group["guns_per_pile"]) - prices.guns_at_power(item, kw)
    return max(0.0, prices.at_power(item, kw) + more * prices.figure("gun"))


def with_works_cny(group: Mapping[str, Any], prices: Prices) -> float:
    """Return the price of a pile of a group with its works, CNY."""
    return pile_cny(group, prices) + prices.figure(f"{group['current']}_works")


def _connection(groups: list[dict[str, Any]], prices: Prices) -> Iterator[Bought]:
    """Yield transformers and the line to them, where low voltage does not do.

    A station whose layout names no transformer is connected for all its piles at full power.
    """
    named = [group["transformer_kw"] for group in groups if group.get("transformer_kw") is not None]
    yield from connection(named[0] if named else sum(group["piles"] * group["pile_kw"] for group in groups), prices)


def connection(kw: float, prices: Prices) -> Iterator[Bought]:
    """Yield transformers and the line of a connection, where low voltage does not do.

    Raises
    ------
    DataError
        Items without a row in the table of prices.
    """
    if kw <= prices.figure("low_voltage"):
        return
    # more than the largest of the table: several alike
    pieces = math.ceil(kw / prices.largest_kw("transformer"))
    price = prices.at_power("transformer", kw / pieces)
    yield Bought("", "transformer", float(pieces), price, prices.life_years("transformer"))
    yield Bought("", "line", prices.figure("line_length"), prices.figure("line"), prices.life_years("line"))
