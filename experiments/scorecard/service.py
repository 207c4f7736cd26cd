"""T04 and T17: whether the chargers are enough, and what the grid sees."""

from __future__ import annotations

import datetime as dt

import polars as pl

from data.outcomes import SERVED, Outcome, late_share, wait_quantile
from experiments.scorecard.evidence import Answer, Evidence, Target, amount, percent
from experiments.statistics.estimates import Estimate, decide, decide_all, mean_estimate, quantile_estimate

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


def enough_charging(evidence: Evidence, target: Target) -> Answer:
    """Answer T04: P(wait over the limit), share not served, P95 in holidays, use of guns."""
    figure = evidence.county.figure
    limit = figure("charging.los_wait_min")
    sessions = evidence.tables["sessions"].filter(pl.col("outcome") != Outcome.UNFINISHED)
    served = sessions.filter(SERVED)
    late = mean_estimate(evidence.by_replication(served, late_share(limit)), floor=0.0, ceiling=1.0)
    lost = mean_estimate(evidence.by_replication(sessions, (~SERVED).mean()), floor=0.0, ceiling=1.0)
    p95 = quantile_estimate(evidence.by_replication(served, wait_quantile(0.95)))
    verdicts = [
        decide(late, target.comparator, target.value),
        decide(lost, "<=", figure("charging.los_unserved_share")),
    ]
    days = _holidays(evidence)
    if days:
        verdicts.append(decide(p95, "<=", figure("charging.los_holiday_p95_min")))
    use = evidence.tables["stations"]
    plugged = mean_estimate(evidence.by_replication(use, _weighted("gun_utilisation_share", "guns")))
    text = (
        f"Table sessions, {evidence.scenario.year}: {percent(late.value)} of the served waited over {limit:.0f} min, "
        f"{percent(lost.value)}{_range(lost)} of the requests were not served (criterion "
        f"{percent(figure('charging.los_unserved_share'))}), P95 of the wait {amount(p95.value, 'min')}, "
        f"guns in use {percent(plugged.value)} of the time."
    )
    if days:
        text += f" The run covers {days}: P95 must be {figure('charging.los_holiday_p95_min'):.0f} min or less."
    verdict = decide_all(verdicts)
    if verdict is None:
        text += " An interval spans its criterion or is missing: run more replications."
    return Answer(late, verdict, text, evidence.assumed(figures=_FIGURES, tables=_FLEET_TABLES))


def grid(evidence: Evidence, target: Target) -> Answer:
    """Answer T17: peak of a station over its transformer's limit, and the peak of all stations together."""
    limits = evidence.tables["layout"].group_by("station_id").agg(pl.col("transformer_kw").first()).drop_nulls()
    load = evidence.tables["load"]
    known = load.join(limits, on="station_id").with_columns(part=pl.col("mean_kw") / pl.col("transformer_kw"))
    share = mean_estimate(evidence.by_replication(known, pl.col("part").max()), floor=0.0)
    # a list keeps the order of rows: sums of polars over many groups differ in the last digit from call to call
    together = load.group_by("replication", "start_min", maintain_order=True).agg("mean_kw")
    total = together.with_columns(pl.col("mean_kw").list.sum())
    peak = mean_estimate(evidence.by_replication(total, pl.col("mean_kw").max()), floor=0.0)
    at_limit = known.filter(pl.col("part") >= _TOUCHES)["station_id"].n_unique()
    minutes = evidence.scenario.charging.interval_min
    text = (
        f"Table load, means of {minutes:g} min at the meter: all stations together peak at "
        f"{amount(peak.value, 'kW', 0)}{_range(peak, 'kW')}; {at_limit} of {limits.height} stations reach the limit of "
        f"their transformer, where the simulation holds them.{_towns(evidence)}{_ways(evidence)}"
    )
    verdict = None if at_limit else decide(share, target.comparator, target.value)
    tables = ("layout", "ev_models", "charge_curves", "town_grid", "pv_months")
    return Answer(share, verdict, text, evidence.assumed(figures=("grid.",), tables=tables))


def _towns(evidence: Evidence) -> str:
    """Return what the grids of the towns see, empty where they are not known."""
    table = evidence.tables["grid"]
    if not table.height:
        return ""
    worst = table.sort("peak_share", "town", descending=[True, False]).row(0, named=True)
    over = table.filter(pl.col("over_80_min") > 0.0)["town"].unique(maintain_order=True).to_list()
    full = table.filter(pl.col("over_100_min") > 0.0)["town"].unique(maintain_order=True).to_list()
    used = float(table["self_consumption_share"].sum()) / table.height
    return (
        f" Table grid, with the towns' other users and rooftop PV: the fullest is {worst['town']} at "
        f"{percent(worst['peak_share'])} of its capacity; over 80 %: {', '.join(over) or 'none'}; over 100 %: "
        f"{', '.join(full) or 'none'}; {percent(used)} of the stations' PV is used there."
    )


def _ways(evidence: Evidence) -> str:
    """Return what managed AC charging changes, empty without AC sessions."""
    table = evidence.tables["managed"]
    if not table.height:
        return ""
    parts = []
    for way in table["way"].unique(maintain_order=True):
        own = table.filter(pl.col("way") == way)
        peak = mean_estimate(evidence.by_replication(own, pl.col("peak_kw").first())).value
        energy, cost = (float(own[name].sum()) for name in ("energy_kwh", "energy_cny"))
        parts.append(f"{way} {amount(peak, 'kW', 0)} and {amount(cost / energy if energy else 0.0, 'CNY/kWh', 2)}")
    return f" Table managed, AC charging: {'; '.join(parts)}."


def _weighted(value: str, weight: str) -> pl.Expr:
    """Return a weighted mean."""
    return (pl.col(value) * pl.col(weight)).sum() / pl.col(weight).sum()


def _range(estimate: Estimate, unit: str = "%") -> str:
    """Return an interval as text, empty where there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    scale, digits = (100.0, 2) if unit == "%" else (1.0, 0)
    return f" ({scale * estimate.low:,.{digits}f} to {scale * estimate.high:,.{digits}f} {unit})"


def _holidays(evidence: Evidence) -> str:
    """Return the names of the holidays that the run covers."""
    first = evidence.scenario.start
    last = first + dt.timedelta(days=evidence.scenario.days - 1)
    table = evidence.county.calendar.filter((pl.col("start_date") <= last) & (pl.col("end_date") >= first))
    return ", ".join(table["name_en"])
