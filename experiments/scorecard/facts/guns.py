"""Whether guns are enough in the years ahead, where they bind first, and what those cost that nobody needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from charging.costs.price_table import Prices
from charging.costs.station_costs import station_costs
from data.money import FEN
from experiments.scorecard.answer import Fact

if TYPE_CHECKING:
    from charging.costs.price_table import Level
    from experiments.scorecard.evidence import Evidence

ORDINARY: Final = "ordinary"
"""A week of no holiday, among the weeks of the table of least guns."""
OCCASION: Final = pl.coalesce("occasion", pl.col("holiday").str.replace(r"-(19|20)\d\d$", ""))
"""Rows of the calendar by what holidays of all years have in common; without it, by their id without its year."""
_PLACE: Final = ["station_id", "current"]
_LEVELS: Final[tuple[Level, ...]] = ("low", "value", "high")


def gun_facts(evidence: Evidence) -> list[Fact]:
    """Return what the table of least guns says; nothing where it was not made.

    Keys are weeks, ``week/station``, or stations.
    """
    table = evidence.tables["least_guns"]
    if not table.height:
        return []
    # the run's year, or the nearest that was looked at
    year = min(table["year"].unique().to_list(), key=lambda known: (abs(known - evidence.scenario.year), known))
    now = table.filter(year=year)
    least = now.group_by("week", maintain_order=True).agg(pl.col("least_guns").sum())
    return [
        Fact("guns_year", year, "year"),
        Fact("guns_standing", int(now.unique(_PLACE)["guns"].sum()), "guns"),
        *(Fact("least_guns", number, "guns", week) for week, number in least.iter_rows()),
        *_enough_until(evidence, table),
        *_first_short(table),
        *_idle(evidence, idle_guns(now)),
        *_least_used(evidence),
    ]


def idle_guns(table: pl.DataFrame) -> pl.DataFrame:
    """Return the guns of a year that not even its busiest week needs, by station and current: ``idle_guns``."""
    most = table.group_by(_PLACE, maintain_order=True).agg(pl.col("guns").first(), pl.col("least_guns").max())
    return most.with_columns(idle_guns=(pl.col("guns") - pl.col("least_guns")).clip(0))


def county_service(table: pl.DataFrame) -> pl.DataFrame:
    """Return the share of all requests that is late, and that leaves its first station, by year and week."""
    weighted = [(pl.col(name) * pl.col("requests")).sum() / pl.col("requests").sum() for name in _SHARES]
    return table.group_by("year", "week", maintain_order=True).agg(weighted)


_SHARES: Final = ("late_share", "left_share")


def _enough_until(evidence: Evidence, table: pl.DataFrame) -> list[Fact]:
    """Return from which year on the guns are not enough in each week, for the county as a whole; null for never."""
    late, left = (evidence.county.figure(f"charging.los_{name}_share") for name in ("wait", "unserved"))
    service = county_service(table).with_columns(
        short=(pl.col("late_share") > late) | (pl.col("left_share") > left)
    )  # fmt: skip
    facts = []
    for (week,), rows in service.group_by("week", maintain_order=True):
        short = rows.filter("short")["year"]
        first = None if short.is_empty() else int(short.sort()[0])
        facts.append(Fact("not_enough_from_year", first, "year", str(week)))
    return facts


def _first_short(table: pl.DataFrame) -> list[Fact]:
    """Return the stations with fewer guns than the formulas ask for, and from which year on: those that bind first."""
    short = table.filter(pl.col("least_guns") > pl.col("guns")).with_columns(lack=pl.col("least_guns") - pl.col("guns"))
    # ties by what is lacking, then by name, so that rows do not depend on the order of the table
    order = short.sort("year", "lack", "station_id", "week", descending=[False, True, False, False])
    first = order.unique("station_id", keep="first", maintain_order=True)
    return [
        Fact("short_from_year", year, "year", f"{week}/{station}")
        for year, week, station in first.select("year", "week", "station_id").iter_rows()
    ]


def _idle(evidence: Evidence, idle: pl.DataFrame) -> list[Fact]:
    """Return how many guns nobody needs, and what they cost a year over the range of the prices."""
    number = int(idle["idle_guns"].sum())
    facts = [Fact("idle_guns", number, "guns")]
    if not (number and evidence.county.infrastructure_prices.height):
        return facts
    low, middle, high = (yearly_cny(evidence, idle, level) for level in _LEVELS)
    return [
        *facts,
        Fact("idle_gun_cny_year", middle / number, "CNY/year", None, low / number, high / number),
        Fact("idle_guns_cny_year", middle, "CNY/year", None, low, high),
    ]


def yearly_cny(evidence: Evidence, idle: pl.DataFrame, level: Level) -> float:
    """Return what idle guns cost a year: their part of piles, works, rents and upkeep, not of the connection."""
    layout = evidence.tables["layout"]
    prices = Prices.from_county(evidence.county, level=level)
    costs = station_costs(layout, prices)
    upkeep = 1.0 + prices.figure("operation") * pl.col("investment_fen") / pl.col("yearly_fen")
    piles = costs.filter(pl.col("item").is_in(["pile", "works"])).group_by("station_id", "group_id")
    own = piles.agg((pl.col("yearly_fen") * upkeep).sum().alias("fen"))
    of_current = layout.select("station_id", "group_id", "current").join(own, on=["station_id", "group_id"])
    each = of_current.group_by(_PLACE).agg(pl.col("fen").sum())
    rent = prices.figure("land")
    known = idle.join(each, on=_PLACE, how="left").with_columns(pl.col("fen").fill_null(0.0) / FEN)
    return float(known.select(((pl.col("fen") / pl.col("guns") + rent) * pl.col("idle_guns")).sum()).item() or 0.0)


_NAMED: Final = 3
"""Towns that are named for guns that stand unused."""


def _least_used(evidence: Evidence) -> list[Fact]:
    """Return the towns whose guns are used least in the simulation, with that use."""
    known = evidence.tables["stations"].drop_nulls("town")
    weighted = (pl.col("gun_utilisation_share") * pl.col("usable_guns")).sum() / pl.col("usable_guns").sum()
    use = known.group_by("town").agg(weighted.alias("use")).drop_nulls().sort("use", "town").head(_NAMED)
    return [Fact("least_used_share", share, "share", town) for town, share in use.iter_rows()]
