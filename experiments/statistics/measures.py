"""Measures of a run by name: one number per replication, to compare, to stop on, and to set targets for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from data.errors import ScenarioError, nearest
from data.outcomes import LATE_MIN, SERVED, WAIT_MIN, Outcome, late_share, not_in_time, wait_quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Tables = Mapping[str, pl.DataFrame]
    Figures = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that each replication gives.

    Attributes
    ----------
    name, unit, words : str
        Name, unit and what it is.
    table : str
        Table of the run that it is read from.
    of : callable
        Rows of one replication and the county's figures by key in, number out; None where nothing was observed.
    worse : str
        ``higher`` or ``lower``: which way is worse; ``neither`` where that is a matter of taste, or where it is a total
        that also falls when fewer are served.
    of_served : bool
        Whether only those count who are served: less of it is no gain where more go without.
    """

    name: str
    unit: str
    words: str
    table: str
    of: Callable[[pl.DataFrame, Figures], float | None]
    worse: str = "higher"
    of_served: bool = False

    def values(self, tables: Tables, replications: int, figure: Figures) -> list[float | None]:
        """Return the measure of each replication in order.

        Parameters
        ----------
        tables : mapping of str to polars.DataFrame
            Tables of the run.
        replications : int
            Number of replications.
        figure : callable
            ``county.figure`` of the run: criteria of the county, such as how long a wait may be.
        """
        table = tables[self.table]
        if replications == 1:
            return [self.of(table, figure)]
        parts = table.partition_by("replication", as_dict=True)
        # with the table's columns: a measure of no rows must still find them
        empty = table.clear()
        return [self.of(parts.get((number,), empty), figure) for number in range(replications)]


def _value(rows: pl.DataFrame, expression: pl.Expr) -> float | None:
    """Return the value of an aggregation over the rows; None without rows, or where it is null."""
    value = rows.select(expression).item() if rows.height else None
    return None if value is None else float(value)


def _column(expression: pl.Expr) -> Callable[[pl.DataFrame, Figures], float | None]:
    """Return a measure that is an expression over the rows."""
    return lambda rows, _: _value(rows, expression)


def _total(name: str) -> Callable[[pl.DataFrame, Figures], float | None]:
    """Return a measure that is the exact sum of a column."""
    # exact: the order of rows must not show in differences on common random numbers
    return lambda rows, _: math.fsum(rows[name].to_list())


def _late(rows: pl.DataFrame, figure: Figures) -> float | None:
    """Return the share of the served who wait longer than the county's criterion."""
    return _value(rows, late_share(figure(LATE_MIN)))


def _busy(rows: pl.DataFrame, _: Figures) -> float | None:
    """Return the share of time that guns are in use."""
    guns = rows["usable_guns"].to_list()
    # weighted by the guns that can be used at once: a small station does not count as much as a large one
    return (
        math.fsum(u * g for u, g in zip(rows["gun_utilisation_share"], guns, strict=True)) / sum(guns) if guns else None
    )


def _peak(rows: pl.DataFrame, _: Figures) -> float | None:
    """Return the highest load of all stations together."""
    if not rows.height:
        return None
    # a list keeps the order of rows: group sums of polars differ in the last digit from call to call
    together = rows.group_by("start_min", maintain_order=True).agg("mean_kw")
    return max(math.fsum(values) for values in together["mean_kw"].to_list())


def _call_waits(share: float | None) -> Callable[[pl.DataFrame, Figures], float | None]:
    """Return mean or quantile of the waits at LNG stations."""
    return _column(WAIT_MIN.mean() if share is None else wait_quantile(share))


def _delivered(rows: pl.DataFrame, _: Figures) -> float | None:
    """Return the share of the energy asked for that came into batteries."""
    asked = math.fsum(rows["asked_kwh"].to_list())
    return math.fsum(rows["energy_kwh"].to_list()) / asked if asked > 0.0 else None


def _per(part: str, whole: str) -> Callable[[pl.DataFrame, Figures], float | None]:
    """Return a measure that is the sum of a column over that of another."""

    def ratio(rows: pl.DataFrame, _: Figures) -> float | None:
        over = math.fsum(rows[whole].to_list())
        return math.fsum(rows[part].to_list()) / over if over > 0.0 else None

    return ratio


def _not_in_time(rows: pl.DataFrame, figure: Figures) -> float | None:
    """Return the share of the requests that are not served, or served late: both did not get what they asked for."""
    return _value(rows, not_in_time(figure(LATE_MIN)).mean())


def _lost(rows: pl.DataFrame, _: Figures) -> float | None:
    """Return the energy that was asked for and not delivered, per request."""
    return _lost_kwh(rows) / rows.height if rows.height else None


def _lost_kwh(rows: pl.DataFrame) -> float:
    """Return the energy that was asked for and not delivered."""
    return math.fsum(rows["asked_kwh"].to_list()) - math.fsum(rows["energy_kwh"].to_list())


def _burden(rows: pl.DataFrame, figure: Figures) -> float | None:
    """Return what a request costs its driver: the bill, time on the way and in the queue, energy gone without."""
    if not rows.height:
        return None
    hours = math.fsum(rows["travel_min"].to_list()) / 60.0
    # who leaves the queue has waited too, but the table of sessions does not know how long: a lower bound there
    waited = figure("charging.wait_weight") * math.fsum(rows["wait_min"].fill_null(0.0).to_list()) / 60.0
    time_cny = (hours + waited) * figure("charging.value_of_time_cny_h")
    lost_cny = _lost_kwh(rows) * figure("charging.lost_cny_kwh")
    return (math.fsum(rows["cost_cny"].to_list()) + time_cny + lost_cny) / rows.height


MEASURES = {
    measure.name: measure
    for measure in (
        Measure(
            "wait_mean_min",
            "min",
            "mean wait at charging stations",
            "sessions",
            _column(WAIT_MIN.mean()),
            of_served=True,
        ),
        Measure(
            "p50_wait_min",
            "min",
            "median wait at charging stations",
            "sessions",
            _column(wait_quantile(0.5)),
            of_served=True,
        ),
        Measure(
            "p90_wait_min",
            "min",
            "90th percentile of the wait",
            "sessions",
            _column(wait_quantile(0.9)),
            of_served=True,
        ),
        Measure(
            "p95_wait_min",
            "min",
            "95th percentile of the wait",
            "sessions",
            _column(wait_quantile(0.95)),
            of_served=True,
        ),
        Measure(
            "late_share", "share", "served who wait longer than the county's limit", "sessions", _late, of_served=True
        ),
        Measure("unserved_share", "share", "requests that are not served", "sessions", _column((~SERVED).mean())),
        Measure(
            "not_in_time_share",
            "share",
            "requests not served, or served later than the limit",
            "sessions",
            _not_in_time,
        ),
        Measure(
            "burden_cny_per_request",
            "CNY",
            "bill, time and energy gone without, per request asked",
            "sessions",
            _burden,
        ),
        Measure("lost_kwh_per_request", "kWh", "energy not delivered, per request asked", "sessions", _lost),
        Measure(
            "cost_cny_per_kwh",
            "CNY/kWh",
            "bill per kWh delivered",
            "sessions",
            _per("cost_cny", "energy_kwh"),
            of_served=True,
        ),
        Measure(
            "kgco2_per_kwh",
            "kg/kWh",
            "carbon per kWh delivered",
            "sessions",
            _per("kgco2", "energy_kwh"),
            of_served=True,
        ),
        Measure("travel_mean_min", "min", "mean travel to a station", "sessions", _column(pl.col("travel_min").mean())),
        Measure("energy_kwh", "kWh", "energy into batteries", "sessions", _total("energy_kwh"), "neither"),
        Measure(
            "energy_delivered_share", "share", "energy asked for that is delivered", "sessions", _delivered, "lower"
        ),
        Measure("cost_cny", "CNY", "what drivers pay", "sessions", _total("cost_cny"), "neither"),
        Measure("kgco2", "kg", "carbon of charging", "sessions", _total("kgco2"), "neither"),
        Measure("utilisation_share", "share", "time that guns are in use", "stations", _busy, "neither"),
        Measure("peak_kw", "kW", "peak of all stations together", "load", _peak, "neither"),
        Measure("lng_wait_mean_min", "min", "mean wait at LNG stations", "calls", _call_waits(None)),
        Measure("lng_p95_wait_min", "min", "95th percentile of the wait at LNG stations", "calls", _call_waits(0.95)),
        Measure(
            "stockout_share",
            "share",
            "calls that an LNG station cannot serve for lack of stock",
            "calls",
            _column((pl.col("outcome") == Outcome.STOCKOUT).mean()),
        ),
    )
}
"""All measures by name."""

SERVICE = ("burden_cny_per_request", "not_in_time_share", "unserved_share", "wait_mean_min", "p95_wait_min")
"""Measures that say whether chargers are enough."""


def measures_of(names: Iterable[str]) -> list[Measure]:
    """Return measures by name.

    Raises
    ------
    ScenarioError
        A name that is no measure.
    """
    result = []
    for name in names:
        if name not in MEASURES:
            raise ScenarioError(
                f"measure '{name}' is not known.{nearest(name, MEASURES)} Known: {', '.join(MEASURES)}."
            )
        result.append(MEASURES[name])
    return result
