"""Whether the chargers are enough, and what the grid sees."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import polars as pl

from data.memory.stored_tables import columns_of
from data.outcomes import LATE_MIN, SERVED, Outcome, late_share, wait_quantile
from experiments.scorecard.answer import Answer, Fact, Reason, deciding, judged
from experiments.scorecard.registry import answers, main_criterion
from experiments.statistics.estimates import mean_estimate, quantile_estimate

if TYPE_CHECKING:
    from experiments.scorecard.evidence import Evidence, Target

_FLEET_TABLES = ("layout", "fleet_stock", "stock_growth", "flow_shares", "charging_access", "charging_behaviour")
_FIGURES = (
    "charging.efficiency_",
    "charging.indifference_min",
    "charging.los_",
    "charging.max_tries",
    "charging.wait_weight",
    "fleet.daily_km_cv",
    "fleet.demand_cv",
    "fleet.gravity_exponent",
    "fleet.out_of_town_share",
    "fleet.double_shift_km_factor",
    "fleet.handover_soc",
    "fleet.least_gain_share",
    "fleet.public_ac_share",
    "fleet.reserve_soc",
)
_TOUCHES = 0.999  # a station this close to its transformer's limit is held there by it


@answers("late_share")
def enough_charging(evidence: Evidence, target: Target) -> Answer:
    """Answer with the share of late waits; the unserved share and, in holidays, the P95 of the wait must hold too."""
    figure = evidence.county.figure
    limit = figure(LATE_MIN)
    sessions = columns_of(evidence.tables, "sessions", "replication", "outcome", "wait_min")
    sessions = sessions.filter(pl.col("outcome") != Outcome.UNFINISHED)
    served = sessions.filter(SERVED)
    late = mean_estimate(evidence.by_replication(served, late_share(limit)), floor=0.0, ceiling=1.0)
    lost = mean_estimate(evidence.by_replication(sessions, (~SERVED).mean()), floor=0.0, ceiling=1.0)
    # no normal theory for a quantile: its interval comes from order statistics
    p95 = quantile_estimate(evidence.by_replication(served, wait_quantile(0.95)))
    most = figure("charging.los_unserved_share")
    criteria = [
        main_criterion(target, late),
        judged("unserved_share", lost, unit="share", comparator="<=", limit=most),
    ]
    holidays = _holidays(evidence)
    if holidays:
        longest = figure("charging.los_holiday_p95_min")
        criteria.append(judged("holiday_wait_p95_min", p95, unit="min", comparator="<=", limit=longest))
    use = evidence.mean(evidence.tables["stations"], _weighted("gun_utilisation_share", "usable_guns"))
    facts = (
        Fact("year", evidence.scenario.year, "year"),
        Fact("late_after_min", limit, "min"),
        Fact("wait_p95_min", p95.value, "min", None, p95.low, p95.high),
        Fact("gun_use_share", use, "share"),
        *holidays,
    )
    return Answer(deciding(criteria), facts, evidence.assumed(figures=_FIGURES, tables=_FLEET_TABLES))


@answers("transformer_peak_share")
def grid(evidence: Evidence, target: Target) -> Answer:
    """Answer with the peak of a station over its transformer's limit; all stations together and towns beside it.

    The peak of a station is its demand as it is metered, so the answer does not depend on the interval of the load.
    """
    limits = evidence.tables["layout"].group_by("station_id").agg(pl.col("transformer_kw").first()).drop_nulls()
    load = columns_of(evidence.tables, "load", "replication", "start_min", "mean_kw")
    known = (
        evidence.tables["stations"]
        .join(limits, on="station_id", maintain_order="left")
        .with_columns(part=pl.col("peak_kw") / pl.col("transformer_kw"))
    )
    share = mean_estimate(evidence.by_replication(known, pl.col("part").max()), floor=0.0)
    # a list keeps the order of rows: sums of polars over many groups differ in the last digit from call to call
    together = load.group_by("replication", "start_min", maintain_order=True).agg("mean_kw")
    total = together.with_columns(pl.col("mean_kw").list.sum())
    peak = mean_estimate(evidence.by_replication(total, pl.col("mean_kw").max()), floor=0.0)
    at_limit = known.filter(pl.col("part") >= _TOUCHES)["station_id"].n_unique()
    facts = (
        Fact("interval_min", evidence.scenario.charging.interval_min, "min"),
        Fact("peak_kw", peak.value, "kW", None, peak.low, peak.high),
        Fact("stations_at_limit", at_limit, "stations"),
        Fact("stations_with_limit", limits.height, "stations"),
        *_towns(evidence),
        *_ways(evidence),
    )
    # the simulation holds the peak at the limit, so that keeping it proves nothing
    criteria = [main_criterion(target, share, withheld=Reason.AT_LIMIT if at_limit else None)]
    tables = ("layout", "ev_models", "charge_curves", "town_grid", "pv_months")
    return Answer(deciding(criteria), facts, evidence.assumed(figures=("grid.",), tables=tables))


def _towns(evidence: Evidence) -> list[Fact]:
    """Return what the grids of the towns see, nothing where they are not known."""
    table = evidence.tables["grid"]
    if not table.height:
        return []
    # ties by name, so that the row does not depend on the order of the table
    worst = table.sort("peak_share", "town", descending=[True, False]).row(0, named=True)
    facts = [Fact("fullest_town_peak_share", worst["peak_share"], "share", worst["town"])]
    for column in ("over_80_min", "over_100_min"):
        rows = table.filter(pl.col(column) > 0.0)
        longest = rows.group_by("town", maintain_order=True).agg(pl.col(column).max())
        facts += [Fact(column, minutes, "min", town) for town, minutes in longest.iter_rows()]
    # a mean over towns and replications: each row is a town
    # exact: how the rows lie in memory must not show
    used = math.fsum(table["self_consumption_share"].drop_nulls()) / table.height
    return [*facts, Fact("pv_used_share", used, "share")]


def _ways(evidence: Evidence) -> list[Fact]:
    """Return what managed AC charging changes, nothing without AC sessions."""
    table = evidence.tables["managed"]
    facts = []
    for way in table["way"].unique(maintain_order=True):
        rows = table.filter(pl.col("way") == way)
        energy, cost = (float(rows[name].sum()) for name in ("energy_kwh", "energy_cny"))
        facts += [
            Fact("ac_peak_kw", evidence.mean(rows, pl.col("peak_kw").first()), "kW", way),
            Fact("ac_cost_cny_kwh", cost / energy if energy else 0.0, "CNY/kWh", way),
        ]
        above = [times for times in rows["peak_over_immediate"].drop_nulls().to_list() if times > 1.0]
        if above:
            facts.append(Fact("ac_peak_over_immediate", max(above), "share", way))
    return facts


def _weighted(value: str, weight: str) -> pl.Expr:
    """Return a weighted mean."""
    return (pl.col(value) * pl.col(weight)).sum() / pl.col(weight).sum()


def _holidays(evidence: Evidence) -> list[Fact]:
    """Return the holidays that the run covers, each with the number of its days in the run."""
    first = evidence.scenario.start
    last = first + dt.timedelta(days=evidence.scenario.days - 1)
    table = evidence.county.calendar.filter((pl.col("start_date") <= last) & (pl.col("end_date") >= first))
    rows = table.select("name_en", "start_date", "end_date").iter_rows()
    return [
        Fact("holiday_days", (min(end, last) - max(start, first)).days + 1, "days", name) for name, start, end in rows
    ]
