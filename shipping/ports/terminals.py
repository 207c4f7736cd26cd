"""Cargo terminals: which are open, calls drawn from the throughput, what they would show at capacity by formula."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from charging.queueing.formulas import wait_mgc
from data.arrays import DAY_MIN, YEAR_DAYS
from data.memory.remembering import remembered
from data.schemas.base import open_in
from data.streams import stream
from shipping.parameters.county_river import rows_of
from shipping.parameters.port_parameters import TerminalParameters
from shipping.ports.berths import TERMINALS, simulate_terminals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats
    from data.county import County

__all__ = [
    "TERMINALS",
    "TerminalSite",
    "at_capacity",
    "draw_terminal_calls",
    "open_terminals",
    "simulate_terminals",
    "sites_of",
    "terminal_calls",
    "terminals_at_capacity",
]


def open_terminals(county: County, *, year: int) -> pl.DataFrame:
    """Return the terminals of the county that are open in a year and whose berths and handling rate are known.

    No rows where the county has no table ``terminals``.
    """
    known = pl.all_horizontal(pl.col("berths", "berth_dwt", "capacity_mt_year", "handling_t_h").is_not_null())
    in_use = pl.col("in_county") & open_in(year) & known
    # asked for by all who draw or simulate what calls there
    return remembered(county, ("open_terminals", year), lambda watched: rows_of(watched, "terminals").filter(in_use))


def terminals_at_capacity(county: County, *, year: int) -> pl.DataFrame:
    """Return what the terminals would show if they handled their design capacity, by formula.

    Returns
    -------
    polars.DataFrame
        ``terminal, calls_per_day, berth_use_share, wait_mean_h`` (null where berths and rate cannot handle it), by the
        approximation of Allen and Cunneen for Poisson calls. No rows where the county has no terminals.
    """
    table = open_terminals(county, year=year)
    if not table.height:
        return pl.DataFrame(schema=_AT_CAPACITY)
    return at_capacity(table, TerminalParameters.from_county(county))


_AT_CAPACITY: Final = {
    "terminal": pl.String,
    **dict.fromkeys(("calls_per_day", "berth_use_share", "wait_mean_h"), pl.Float64),
}


def at_capacity(terminals: pl.DataFrame, parameters: TerminalParameters) -> pl.DataFrame:
    """Return what open terminals would show at design capacity; see `terminals_at_capacity`."""
    rows = []
    for site in sites_of(terminals):
        cargo = site.berth_dwt * parameters.cargo_share
        handling_h = cargo / site.handling_t_h
        stay_h = handling_h + parameters.mooring_min / 60.0
        daily = 1e6 * site.capacity_mt_year / cargo / YEAR_DAYS
        # in berths, as an offered load
        load = daily * stay_h / 24.0
        # only the handling varies: mooring is as long as ever, so a stay spreads less than it
        spread = (parameters.handling_cv * handling_h / stay_h) ** 2
        # at or above all berths there is no steady state
        wait = None if load >= site.berths else stay_h * wait_mgc(site.berths, load, service_scv=spread)
        rows.append((site.terminal, daily, load / site.berths, wait))
    return pl.DataFrame(rows, schema=_AT_CAPACITY, orient="row")


class TerminalSite(NamedTuple):
    """A row of the table of terminals: berths, deadweight of a berth in t, design capacity, handling rate."""

    terminal: str
    berths: int
    berth_dwt: float
    capacity_mt_year: float
    handling_t_h: float


def sites_of(terminals: pl.DataFrame) -> list[TerminalSite]:
    """Return the rows of a table of open terminals."""
    return [TerminalSite._make(row) for row in terminals.select(TerminalSite._fields).iter_rows()]


def terminal_calls(county: County, *, year: int, days: int, seed: int) -> pl.DataFrame:
    """Draw the calls of cargo vessels at the county's terminals.

    Calls are a Poisson process whose mean carries the throughput: design capacity times the share in use, which is
    linear between ``river.terminal_use_share_2026`` and ``..._2030``; a call carries ``river.terminal_cargo_share`` of
    the berth's deadweight, and its stay follows from the handling rate with a gamma spread.

    Returns
    -------
    polars.DataFrame
        ``call_id, terminal, arrive_min, cargo_t, stay_min``, by time. No rows where the county has no terminals.
    """
    table = open_terminals(county, year=year)
    if not table.height:
        return _numbered([])
    return draw_terminal_calls(table, TerminalParameters.from_county(county), year=year, days=days, seed=seed)


def calls_per_day(terminals: pl.DataFrame, parameters: TerminalParameters, *, year: int) -> list[float]:
    """Return the mean calls of a day at each terminal that carry its throughput of a year."""
    used = parameters.use_share.at(year)
    return [
        1e6 * site.capacity_mt_year * used / (site.berth_dwt * parameters.cargo_share) / YEAR_DAYS
        for site in sites_of(terminals)
    ]


def draw_terminal_calls(
    terminals: pl.DataFrame, parameters: TerminalParameters, *, year: int, days: int, seed: int
) -> pl.DataFrame:
    """Draw the calls at open terminals; see `terminal_calls`."""
    rates = calls_per_day(terminals, parameters, year=year)
    shape = 1.0 / parameters.handling_cv**2  # of a gamma distribution with this coefficient of variation
    drawn: list[tuple[list[str], Floats, Floats, Floats]] = []
    for site, daily in zip(sites_of(terminals), rates, strict=True):
        cargo = site.berth_dwt * parameters.cargo_share
        rng = stream(seed, "shipping", "terminal", site.terminal)
        # Poisson in number and uniform in time: a Poisson process
        count = int(rng.poisson(daily * days))
        mean = 60.0 * cargo / site.handling_t_h
        arrive = np.sort(rng.uniform(0.0, DAY_MIN * days, count))
        stay = parameters.mooring_min + mean * rng.gamma(shape, size=count) / shape
        drawn.append(([site.terminal] * count, arrive, np.full(count, cargo), stay))
    return _numbered(drawn)


_DRAWN: Final = {"terminal": pl.String, **dict.fromkeys(("arrive_min", "cargo_t", "stay_min"), pl.Float64)}


def _numbered(drawn: Sequence[tuple[list[str], Floats, Floats, Floats]]) -> pl.DataFrame:
    """Return the calls of terminals by time with their number."""
    if not drawn:
        return pl.DataFrame(schema={"call_id": pl.Int64, **_DRAWN})
    names, *numbers = zip(*drawn, strict=True)
    columns = [list(itertools.chain.from_iterable(names)), *(np.concatenate(parts) for parts in numbers)]
    # stable, so that ids of calls of one minute do not change between runs
    table = pl.DataFrame(dict(zip(_DRAWN, columns, strict=True)), schema=_DRAWN).sort(
        "arrive_min", "terminal", maintain_order=True
    )
    return table.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("call_id"), pl.all())
