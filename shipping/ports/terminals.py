"""Cargo terminals: calls drawn from the throughput, berths on SimPy, stays, shore power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import simpy

from charging.queueing.formulas import wait_mgc
from data.arrays import DAY_MIN, YEAR_DAYS, scalar
from data.errors import DataError
from data.outcomes import wait_quantile
from data.streams import stream

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
    """Return the terminals of the county that are open in a year and whose berths and handling rate are known."""
    opened = pl.col("opened_year").is_null() | (pl.col("opened_year") <= year)
    known = pl.all_horizontal(pl.col("berths", "berth_dwt", "capacity_mt_year", "handling_t_h").is_not_null())
    return county.terminals.filter(pl.col("in_county") & opened & known)


def terminals_at_capacity(county: County, *, year: int) -> pl.DataFrame:
    """Return what the terminals would show if they handled their design capacity, by formula.

    Returns
    -------
    polars.DataFrame
        ``terminal, calls_per_day, berth_use_share, wait_mean_h`` (null where berths and rate cannot handle it), by the
        approximation of Allen and Cunneen for Poisson calls.
    """
    figure = county.figure
    rows = []
    for row in open_terminals(county, year=year).iter_rows(named=True):
        cargo = row["berth_dwt"] * figure("river.terminal_cargo_share")
        handling_h = cargo / row["handling_t_h"]
        stay_h = handling_h + figure("river.terminal_mooring_min") / 60.0
        daily = 1e6 * row["capacity_mt_year"] / cargo / YEAR_DAYS
        load = daily * stay_h / 24.0
        spread = (figure("river.terminal_handling_cv") * handling_h / stay_h) ** 2
        wait = None if load >= row["berths"] else stay_h * wait_mgc(row["berths"], load, service_scv=spread)
        rows.append((row["terminal"], daily, load / row["berths"], wait))
    names = ("calls_per_day", "berth_use_share", "wait_mean_h")
    return pl.DataFrame(rows, schema={"terminal": pl.String, **dict.fromkeys(names, pl.Float64)}, orient="row")


def terminal_calls(county: County, *, year: int, days: int, seed: int) -> pl.DataFrame:
    """Draw the calls of cargo vessels at the county's terminals.

    Calls are a Poisson process whose mean carries the throughput: design capacity times the share in use, which is
    linear between ``river.terminal_use_share_2026`` and ``..._2030``; a call carries ``river.terminal_cargo_share`` of
    the berth's deadweight, and its stay follows from the handling rate with a gamma spread.

    Returns
    -------
    polars.DataFrame
        ``call_id, terminal, arrive_min, cargo_t, stay_min``, by time.
    """
    figure = county.figure
    used = float(np.interp(year, (2026, 2030), [figure(f"river.terminal_use_share_{at}") for at in (2026, 2030)]))
    shape = 1.0 / figure("river.terminal_handling_cv") ** 2
    frames = []
    for row in open_terminals(county, year=year).iter_rows(named=True):
        cargo = row["berth_dwt"] * figure("river.terminal_cargo_share")
        rng = stream(seed, "shipping", "terminal", row["terminal"])
        count = int(rng.poisson(1e6 * row["capacity_mt_year"] * used / cargo / YEAR_DAYS * days))
        mean = 60.0 * cargo / row["handling_t_h"]
        frames.append(
            pl.DataFrame(
                {
                    "terminal": [row["terminal"]] * count,
                    "arrive_min": np.sort(rng.uniform(0.0, DAY_MIN * days, count)),
                    "cargo_t": np.full(count, cargo),
                    "stay_min": figure("river.terminal_mooring_min") + mean * rng.gamma(shape, size=count) / shape,
                },
                schema={"terminal": pl.String, "arrive_min": pl.Float64, "cargo_t": pl.Float64, "stay_min": pl.Float64},
            )
        )
    empty = pl.DataFrame(
        schema={"terminal": pl.String, **dict.fromkeys(("arrive_min", "cargo_t", "stay_min"), pl.Float64)}
    )
    table = pl.concat([empty, *frames]).sort("arrive_min", "terminal", maintain_order=True)
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
