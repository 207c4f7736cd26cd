"""Cargo terminals: calls drawn from the throughput, berths on SimPy, stays, shore power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl
import simpy

from charging.queueing.formulas import wait_mgc
from data.arrays import DAY_MIN, YEAR_DAYS, scalar
from data.errors import DataError
from data.outcomes import wait_quantile
from data.streams import stream
from shipping.parameters.county_river import rows_of
from shipping.parameters.port_parameters import TerminalParameters

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from data.county import County


@dataclass(frozen=True, slots=True)
class TerminalResult:
    """Tables of a simulation of terminals.

    Attributes
    ----------
    calls : polars.DataFrame
        One row a call: ``call_id, terminal, arrive_min, cargo_t, start_min, leave_min, wait_min, stay_min,
        shore_power`` (whether it takes shore power).
    terminals : polars.DataFrame
        One row a terminal: ``terminal, berths, calls, calls_per_day, throughput_mt_year, wait_mean_h, wait_p95_h,
        stay_mean_h, berth_use_share, shore_kwh, shore_peak_kw``.
    load : polars.DataFrame
        Shore power: ``station_id, start_min, mean_kw``, 15 min.
    """

    calls: pl.DataFrame
    terminals: pl.DataFrame
    load: pl.DataFrame


def open_terminals(county: County, *, year: int) -> pl.DataFrame:
    """Return the terminals of the county that are open in a year and whose berths and handling rate are known.

    No rows where the county has no table ``terminals``.
    """
    opened = pl.col("opened_year").is_null() | (pl.col("opened_year") <= year)
    known = pl.all_horizontal(pl.col("berths", "berth_dwt", "capacity_mt_year", "handling_t_h").is_not_null())
    return rows_of(county, "terminals").filter(pl.col("in_county") & opened & known)


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
        load = daily * stay_h / 24.0
        # only the handling varies: mooring is as long as ever, so a stay spreads less than it
        spread = (parameters.handling_cv * handling_h / stay_h) ** 2
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


def draw_terminal_calls(
    terminals: pl.DataFrame, parameters: TerminalParameters, *, year: int, days: int, seed: int
) -> pl.DataFrame:
    """Draw the calls at open terminals; see `terminal_calls`."""
    used = parameters.use_share.at(year)
    shape = 1.0 / parameters.handling_cv**2  # of a gamma distribution with this coefficient of variation
    frames = []
    for site in sites_of(terminals):
        cargo = site.berth_dwt * parameters.cargo_share
        rng = stream(seed, "shipping", "terminal", site.terminal)
        count = int(rng.poisson(1e6 * site.capacity_mt_year * used / cargo / YEAR_DAYS * days))
        mean = 60.0 * cargo / site.handling_t_h
        columns = {
            "terminal": [site.terminal] * count,
            "arrive_min": np.sort(rng.uniform(0.0, DAY_MIN * days, count)),
            "cargo_t": np.full(count, cargo),
            "stay_min": parameters.mooring_min + mean * rng.gamma(shape, size=count) / shape,
        }
        frames.append(pl.DataFrame(columns, schema=_DRAWN))
    return _numbered(frames)


_DRAWN: Final = {"terminal": pl.String, **dict.fromkeys(("arrive_min", "cargo_t", "stay_min"), pl.Float64)}


def _numbered(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Return calls by time with their number."""
    table = pl.concat([pl.DataFrame(schema=_DRAWN), *frames]).sort("arrive_min", "terminal", maintain_order=True)
    return table.with_row_index("call_id").with_columns(pl.col("call_id").cast(pl.Int64))


def simulate_terminals(
    terminals: pl.DataFrame, calls: pl.DataFrame, *, days: float, shore_after_h: float, interval_min: float = 15.0
) -> TerminalResult:
    """Simulate the berths of terminals: first come, first served.

    Parameters
    ----------
    terminals : polars.DataFrame
        ``terminal, berths, shore_power_kw``.
    calls : polars.DataFrame
        From `terminal_calls`.
    days : float
        Days that the calls cover.
    shore_after_h : float
        Stays of at least so long take shore power where the terminal has it.
    interval_min : float
        Interval of the load.

    Returns
    -------
    TerminalResult
        Calls, terminals, load.

    Raises
    ------
    DataError
        A call at a terminal that is not in the table, or days not above 0.
    """
    if not days > 0.0:
        raise DataError(f"days: got {days}, expected more than 0.")
    known = {row["terminal"]: row for row in terminals.iter_rows(named=True)}
    lost = sorted(set(calls["terminal"]) - known.keys())
    if lost:
        raise DataError(f"terminal calls: {lost[0]!r} is no terminal of the table.")
    env = simpy.Environment()
    berths = {name: simpy.Resource(env, row["berths"]) for name, row in known.items()}
    rows: list[dict[str, Any]] = []
    for row in calls.iter_rows(named=True):
        powered = (known[row["terminal"]]["shore_power_kw"] or 0.0) > 0.0 and row["stay_min"] >= 60.0 * shore_after_h
        record = {**row, "shore_power": powered}
        rows.append(record)
        env.process(_call(env, berths[row["terminal"]], record))
    env.run()
    table = pl.DataFrame(rows, schema=_CALLS)
    load = _shore_load(table, known, interval_min)
    return TerminalResult(table, _summary(table, known, load, days, interval_min), load)


_CALLS: Final = {
    "call_id": pl.Int64,
    "terminal": pl.String,
    "arrive_min": pl.Float64,
    "cargo_t": pl.Float64,
    "start_min": pl.Float64,
    "leave_min": pl.Float64,
    "wait_min": pl.Float64,
    "stay_min": pl.Float64,
    "shore_power": pl.Boolean,
}


def _call(env: simpy.Environment, berth: simpy.Resource, record: dict[str, Any]) -> Generator[Any, Any, None]:
    """Let a vessel wait for a berth, be handled, and leave."""
    yield env.timeout(record["arrive_min"])
    with berth.request() as place:
        yield place
        start = env.now
        yield env.timeout(record["stay_min"])
    record |= {"start_min": start, "leave_min": env.now, "wait_min": start - record["arrive_min"]}


def _shore_load(table: pl.DataFrame, known: Mapping[str, Any], interval_min: float) -> pl.DataFrame:
    """Return the load of shore power by terminal and interval."""
    frames = [pl.DataFrame(schema={"station_id": pl.String, "start_min": pl.Float64, "mean_kw": pl.Float64})]
    for name, row in known.items():
        own = table.filter((pl.col("terminal") == name) & pl.col("shore_power"))
        if not own.height:
            continue
        last = float(own["leave_min"].to_numpy().max())
        edges = interval_min * np.arange(int(last // interval_min) + 2, dtype=np.float64)
        share = np.zeros(len(edges) - 1)
        for start, end in own.select("start_min", "leave_min").iter_rows():
            share += np.maximum(np.minimum(edges[1:], end) - np.maximum(edges[:-1], start), 0.0) / interval_min
        frame = pl.DataFrame({"start_min": edges[:-1], "mean_kw": share * row["shore_power_kw"]})
        frames.append(frame.filter(pl.col("mean_kw") > 0.0).select(pl.lit(name).alias("station_id"), pl.all()))
    return pl.concat(frames)


def _summary(
    table: pl.DataFrame, known: Mapping[str, Any], load: pl.DataFrame, days: float, interval_min: float
) -> pl.DataFrame:
    """Return the figures of the terminals."""
    rows = []
    for name, row in known.items():
        own = table.filter(pl.col("terminal") == name)
        wait = own["wait_min"].to_numpy() / 60.0
        stay = own["stay_min"].to_numpy() / 60.0
        curve = load.filter(pl.col("station_id") == name)["mean_kw"].to_numpy()
        span = max(24.0 * days, float(own["leave_min"].to_numpy().max(initial=0.0)) / 60.0)
        rows.append(
            (
                name,
                row["berths"],
                own.height,
                own.height / days,
                float(own["cargo_t"].to_numpy().sum()) / days * YEAR_DAYS / 1e6,
                float(wait.mean()) if wait.size else 0.0,
                scalar(own, wait_quantile(0.95, pl.col("wait_min") / 60.0), default=0.0),
                float(stay.mean()) if stay.size else 0.0,
                float(stay.sum()) / (row["berths"] * span),
                float(curve.sum()) * interval_min / 60.0,
                float(curve.max(initial=0.0)),
            )
        )
    return pl.DataFrame(rows, schema=TERMINALS, orient="row")


TERMINALS: Final = {
    "terminal": pl.String,
    "berths": pl.Int64,
    "calls": pl.Int64,
    **dict.fromkeys(
        (
            "calls_per_day",
            "throughput_mt_year",
            "wait_mean_h",
            "wait_p95_h",
            "stay_mean_h",
            "berth_use_share",
            "shore_kwh",
            "shore_peak_kw",
        ),
        pl.Float64,
    ),
}
"""Schema of the table of terminals."""
