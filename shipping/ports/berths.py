"""Berths of cargo terminals on SimPy: first come, first served, with shore power for long stays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
import simpy

from data.arrays import YEAR_DAYS
from data.errors import DataError
from data.outcomes import wait_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpy.events import ProcessGenerator

    from data.arrays import Floats


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
    stays: dict[str, list[tuple[float, float]]] = {site.terminal: [] for site in sites}
    columns = (table[name].to_list() for name in ("terminal", "shore_power", "start_min", "leave_min"))
    for terminal, plugged, moored, leaves in zip(*columns, strict=True):
        if plugged:
            stays[terminal].append((moored + connect_min, leaves - connect_min))
    names: list[str] = []
    loads: list[tuple[Floats, Floats]] = [(np.zeros(0), np.zeros(0))]
    for site in sites:
        if not stays[site.terminal]:
            continue
        last = max(end for _, end in stays[site.terminal])
        share = _plugged_share(stays[site.terminal], max(0, int(last // interval_min) + 1), interval_min)
        power_kw = share * site.power_kw
        # intervals without load are left out
        loaded = np.flatnonzero(power_kw > 0.0)
        names += [site.terminal] * loaded.size
        loads.append((np.asarray(interval_min * loaded, dtype=np.float64), power_kw[loaded]))
    start_min, mean_kw = (np.concatenate(parts) for parts in zip(*loads, strict=True))
    return pl.DataFrame(
        {"station_id": names, "start_min": start_min, "mean_kw": mean_kw},
        schema={"station_id": pl.String, "start_min": pl.Float64, "mean_kw": pl.Float64},
    )


def _plugged_share(stays: Sequence[tuple[float, float]], intervals: int, interval_min: float) -> Floats:
    """Return how many vessels take shore power in each interval, as a mean, from start and end of each."""
    edges = interval_min * np.arange(intervals + 1, dtype=np.float64)
    share = np.zeros(intervals)
    for start, end in stays:
        # an interval more on either side: a quotient may be rounded over an edge
        near = slice(max(0, int(start // interval_min) - 1), max(0, int(end // interval_min) + 2))
        upper, lower = edges[1:][near], edges[:-1][near]
        share[near] += np.maximum(np.minimum(upper, end) - np.maximum(lower, start), 0.0) / interval_min
    return share


def _summary(
    table: pl.DataFrame, sites: Sequence[TerminalBerths], load: pl.DataFrame, days: float, interval_min: float
) -> pl.DataFrame:
    """Return the figures of the terminals."""
    rows = []
    # by arrays of all calls: queries for each terminal take as long as the rest of its simulation
    known = table.drop_nulls("start_min")
    late = known.group_by("terminal").agg(wait_quantile(0.95, pl.col("wait_min") / 60.0))
    late_of = dict(late.iter_rows())
    asked, of_moored, of_load = (
        np.array(names.to_list(), dtype=object) for names in (table["terminal"], known["terminal"], load["station_id"])
    )
    cargo_t, power_kw = table["cargo_t"].to_numpy(), load["mean_kw"].to_numpy()
    wait_min, stay_min, leave_min = (known[name].to_numpy() for name in ("wait_min", "stay_min", "leave_min"))
    for site in sites:
        calls_here = asked == site.terminal
        # who still waits for a berth has arrived, but neither waited to the end nor been handled
        moored = of_moored == site.terminal
        wait, stay = wait_min[moored] / 60.0, stay_min[moored] / 60.0
        curve = power_kw[of_load == site.terminal]
        # the last vessels may leave after the days that were drawn: their berth time belongs to the longer span
        span = max(24.0 * days, float(leave_min[moored].max(initial=0.0)) / 60.0)
        rows.append(
            (
                site.terminal,
                site.berths,
                int(calls_here.sum()),
                int(calls_here.sum()) / days,
                # t in the days to Mt per year
                float(cargo_t[calls_here].sum()) / days * YEAR_DAYS / 1e6,
                float(wait.mean()) if wait.size else 0.0,
                late_of.get(site.terminal, 0.0),
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
