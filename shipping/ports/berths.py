"""Berths of cargo terminals on SimPy: first come, first served, with shore power for long stays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
import simpy

from data.arrays import YEAR_DAYS, scalar
from data.errors import DataError
from data.outcomes import wait_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpy.events import ProcessGenerator


@dataclass(frozen=True, slots=True)
class TerminalResult:
    """Tables of a simulation of terminals.

    Attributes
    ----------
    calls : polars.DataFrame
        One row per call: ``call_id, terminal, arrive_min, cargo_t, start_min, leave_min, wait_min, stay_min,
        shore_power`` (whether it takes shore power).
    terminals : polars.DataFrame
        One row per terminal: ``terminal, berths, calls, calls_per_day, throughput_mt_year, wait_mean_h, wait_p95_h,
        stay_mean_h, berth_use_share, shore_kwh, shore_peak_kw``.
    load : polars.DataFrame
        Shore power: ``station_id, start_min, mean_kw``, 15 min.
    """

    calls: pl.DataFrame
    terminals: pl.DataFrame
    load: pl.DataFrame


def simulate_terminals(
    terminals: pl.DataFrame,
    calls: pl.DataFrame,
    *,
    days: float,
    shore_after_h: float,
    connect_min: float = 0.0,
    interval_min: float = 15.0,
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
        Stays of at least this long take shore power where the terminal has it.
    connect_min : float
        Time after mooring, and again before leaving, in which a vessel is not yet, or no longer, connected.
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
    # rates per day and year divide by it
    if not days > 0.0:
        raise DataError(f"days: got {days}, expected more than 0.")
    sites = [TerminalBerths._make(row) for row in terminals.select(TerminalBerths._fields).iter_rows()]
    known = {site.terminal: site for site in sites}
    lost = sorted(set(calls["terminal"]) - known.keys())
    if lost:
        raise DataError(f"terminal calls: {lost[0]!r} is no terminal of the table.")
    env = simpy.Environment()
    berths = {site.terminal: simpy.Resource(env, site.berths) for site in sites}
    handled = []
    for row in calls.select("call_id", "terminal", "arrive_min", "cargo_t", "stay_min").iter_rows():
        call = TerminalCall(*row)
        handled.append(call)
        env.process(_call(env, berths[call.terminal], call))
    # to the last departure: vessels that arrived within the days are handled to the end
    env.run()
    rows = [tuple(getattr(call, name) for name in _CALLS) for call in handled]
    table = pl.DataFrame(rows, schema=_CALLS, orient="row")
    return terminal_result(
        terminals, table, days=days, shore_after_h=shore_after_h, connect_min=connect_min, interval_min=interval_min
    )


def terminal_result(
    terminals: pl.DataFrame,
    calls: pl.DataFrame,
    *,
    days: float,
    shore_after_h: float,
    connect_min: float = 0.0,
    interval_min: float = 15.0,
) -> TerminalResult:
    """Return the figures and the shore power of terminals whose calls were simulated.

    Parameters
    ----------
    terminals, days, shore_after_h, connect_min, interval_min
        As for `simulate_terminals`.
    calls : polars.DataFrame
        ``call_id, terminal, arrive_min, cargo_t, start_min, leave_min, wait_min, stay_min``; the times are null where a
        vessel still waits for its berth.
    """
    sites = [TerminalBerths._make(row) for row in terminals.select(TerminalBerths._fields).iter_rows()]
    plugged = [site.terminal for site in sites if site.power_kw > 0.0]
    table = calls.with_columns(
        # known when the call is made: the stay follows from cargo and rate
        shore_power=pl.col("terminal").is_in(plugged) & (pl.col("stay_min") >= 60.0 * shore_after_h)
    ).select(tuple(_CALLS))
    load = _shore_load(table.drop_nulls("start_min"), sites, interval_min, connect_min)
    return TerminalResult(table, _summary(table, sites, load, days, interval_min), load)


class TerminalBerths(NamedTuple):
    """A row of the table of terminals, as far as the berths need it."""

    terminal: str
    berths: int
    shore_power_kw: float | None

    @property
    def power_kw(self) -> float:
        """Shore power of a berth; 0 where none is known."""
        return self.shore_power_kw or 0.0


@dataclass(slots=True)
class TerminalCall:
    """A call at a terminal; times in minutes, NaN while they lie ahead."""

    call_id: int
    terminal: str
    arrive_min: float
    cargo_t: float
    stay_min: float
    shore_power: bool = False
    start_min: float = math.nan
    leave_min: float = math.nan

    @property
    def wait_min(self) -> float:
        """Time until the berth was free."""
        return self.start_min - self.arrive_min


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


def _call(env: simpy.Environment, berth: simpy.Resource, call: TerminalCall) -> ProcessGenerator:
    """Let a vessel wait for a berth, be handled, and leave."""
    yield env.timeout(call.arrive_min)
    with berth.request() as granted:
        yield granted
        call.start_min = float(env.now)
        yield env.timeout(call.stay_min)
    call.leave_min = float(env.now)


def _shore_load(
    table: pl.DataFrame, sites: Sequence[TerminalBerths], interval_min: float, connect_min: float
) -> pl.DataFrame:
    """Return the load of shore power by terminal and interval."""
    frames = [pl.DataFrame(schema={"station_id": pl.String, "start_min": pl.Float64, "mean_kw": pl.Float64})]
    for site in sites:
        calls_here = table.filter((pl.col("terminal") == site.terminal) & pl.col("shore_power"))
        if not calls_here.height:
            continue
        last = float(calls_here["leave_min"].to_numpy().max())
        # what each stay overlaps with each interval, as a share of the interval
        edges = interval_min * np.arange(int(last // interval_min) + 2, dtype=np.float64)
        share = np.zeros(len(edges) - 1)
        for moored, leaves in calls_here.select("start_min", "leave_min").iter_rows():
            start, end = moored + connect_min, leaves - connect_min
            share += np.maximum(np.minimum(edges[1:], end) - np.maximum(edges[:-1], start), 0.0) / interval_min
        frame = pl.DataFrame({"start_min": edges[:-1], "mean_kw": share * site.power_kw})
        # intervals without load are left out
        frames.append(frame.filter(pl.col("mean_kw") > 0.0).select(pl.lit(site.terminal).alias("station_id"), pl.all()))
    return pl.concat(frames)


def _summary(
    table: pl.DataFrame, sites: Sequence[TerminalBerths], load: pl.DataFrame, days: float, interval_min: float
) -> pl.DataFrame:
    """Return the figures of the terminals."""
    rows = []
    for site in sites:
        calls_here = table.filter(pl.col("terminal") == site.terminal)
        # who still waits for a berth has arrived, but neither waited to the end nor been handled
        moored = calls_here.drop_nulls("start_min")
        wait = moored["wait_min"].to_numpy() / 60.0
        stay = moored["stay_min"].to_numpy() / 60.0
        curve = load.filter(pl.col("station_id") == site.terminal)["mean_kw"].to_numpy()
        # the last vessels may leave after the days that were drawn: their berth time belongs to the longer span
        span = max(24.0 * days, float(moored["leave_min"].to_numpy().max(initial=0.0)) / 60.0)
        rows.append(
            (
                site.terminal,
                site.berths,
                calls_here.height,
                calls_here.height / days,
                # t in the days to Mt per year
                float(calls_here["cargo_t"].to_numpy().sum()) / days * YEAR_DAYS / 1e6,
                float(wait.mean()) if wait.size else 0.0,
                scalar(moored, wait_quantile(0.95, pl.col("wait_min") / 60.0), default=0.0),
                float(stay.mean()) if stay.size else 0.0,
                float(stay.sum()) / (site.berths * span),
                # kW to kWh
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
