"""Whether the chargers are enough, and what the grid sees."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import polars as pl

from charging.grid.hosting import first_full_year
from charging.grid.start_ways import COUNTY
from charging.grid.towns import TOWN_GRID
from data.memory.stored_tables import columns_of
from data.outcomes import LATE_MIN, SERVED, Outcome, late_share, not_in_time, wait_quantile
from data.schemas.supply import VISITOR
from experiments.scorecard.answer import Answer, Fact, Reason, deciding, judged
from experiments.scorecard.facts.guns import gun_facts
from experiments.scorecard.registry import answers, main_criterion
from experiments.statistics.estimates import Estimate, drawn_interval, mean_estimate, quantile_estimate
from fleet.operators.networks import LOAD_FIGURES

if TYPE_CHECKING:
    from experiments.scorecard.evidence import Evidence, Target

_FLEET_TABLES = (
    *("layout", "fleet_stock", "stock_growth", "flow_shares", "vehicle_classes", "energy_use"),
    *("charging_access", "charging_behaviour", "through_traffic", "ev_models", "ev_model_shares"),
)
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
    "fleet.move_car_min",
    "fleet.price_shift_h",
    "fleet.public_ac_share",
    "fleet.reserve_soc",
)
_GRID_TABLES = (
    *("layout", "fleet_stock", "stock_growth", "flow_shares", "vehicle_classes", "energy_use"),
    "ev_models",
    "charge_curves",
    "charging_access",
    "private_chargers",
    "operators",
    "town_grid",
    "feeders",
    "pv_months",
)
_GRID_FIGURES = ("grid.", "fleet.phev_", "charging.demand_interval_min", "charging.efficiency_", *LOAD_FIGURES)
_HOLIDAY_TABLES = ("calendar", "visitors", "visitor_origins", "trip_lengths")
_OF_HOLIDAYS = ("fleet.highway_use_factor", "fleet.trip_start_soc", "through.", "visitors.")
_TOUCHES = 0.999  # a station this close to its transformer's limit is held there by it


@answers("late_share")
def enough_charging(evidence: Evidence, target: Target) -> Answer:
    """Answer with the share who are late: who wait longer than the county's limit, or are not served at all.

    The unserved share and, in holidays, the P95 of the wait must hold too.
    """
    figure = evidence.county.figure
    limit = figure(LATE_MIN)
    late, lost, p95 = _waits(evidence, limit)
    most = figure("charging.los_unserved_share")
    criteria = [
        main_criterion(target, late),
        judged("unserved_share", lost, unit="share", comparator="<=", limit=most),
    ]
    holidays = _holidays(evidence)
    if holidays:
        longest = figure("charging.los_holiday_p95_min")
        criteria.append(judged("holiday_wait_p95_min", p95, unit="min", comparator="<=", limit=longest))
    facts = (*_service(evidence, limit, most, p95), *holidays, *_visitors(evidence)) if evidence.facts else ()
    figures, tables = behind_service(holidays=bool(holidays))
    return Answer(deciding(criteria), facts, evidence.assumed(figures=figures, tables=tables))


def _service(evidence: Evidence, limit: float, most: float, p95: Estimate) -> list[Fact]:
    """Return what drivers and stations see beside the criteria, and how many guns would do."""
    use = evidence.mean(evidence.tables["stations"], _weighted("gun_utilisation_share", "usable_guns"))
    return [
        Fact("year", evidence.scenario.year, "year"),
        Fact("late_after_min", limit, "min"),
        Fact("served_late_share", _served_late(evidence, limit), "share"),
        Fact("wait_p95_min", p95.value, "min", None, p95.low, p95.high),
        Fact("gun_use_share", use, "share"),
        *_at_dc(evidence),
        *_full_sites(evidence, most),
        *gun_facts(evidence),
    ]


def behind_service(*, holidays: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the service of the charging stations rests on: beginnings of the keys of figures, and tables."""
    if not holidays:
        return _FIGURES, _FLEET_TABLES
    return (*_FIGURES, *_OF_HOLIDAYS), (*_FLEET_TABLES, *_HOLIDAY_TABLES)


def _sessions(evidence: Evidence, *columns: str) -> pl.DataFrame:
    """Return columns of the sessions that ended: as few as a figure needs, because a run may have very many."""
    table = columns_of(evidence.tables, "sessions", "replication", "outcome", *columns)
    return table.filter(pl.col("outcome") != Outcome.UNFINISHED)


def _waits(evidence: Evidence, limit: float) -> tuple[Estimate, Estimate, Estimate]:
    """Return the share who are late, those who are not served among them; the share of the latter; P95 of the wait."""
    sessions = _sessions(evidence, "wait_min")
    served = sessions.filter(SERVED)
    late = mean_estimate(evidence.by_replication(sessions, not_in_time(limit).mean()), floor=0.0, ceiling=1.0)
    lost = mean_estimate(evidence.by_replication(sessions, (~SERVED).mean()), floor=0.0, ceiling=1.0)
    # no normal theory for a quantile: its interval comes from order statistics
    return late, lost, quantile_estimate(evidence.by_replication(served, wait_quantile(0.95)))


def _served_late(evidence: Evidence, limit: float) -> float | None:
    """Return the share of late waits among those who are served."""
    return evidence.mean(_sessions(evidence, "wait_min").filter(SERVED), late_share(limit))


def _visitors(evidence: Evidence) -> list[Fact]:
    """Return how many cars come home for the holidays of the run, and their part of the requests; nothing without."""
    table = evidence.tables["visitor_charging"]
    if not table.height:
        return []
    cars, home, public = (evidence.mean(table, pl.col(column).sum()) for column in ("cars", "home_kwh", "public_kwh"))
    theirs = pl.col("vehicle_class").str.starts_with(f"{VISITOR}/").fill_null(value=False)
    sessions = _sessions(evidence, "vehicle_class")
    share = mean_estimate(evidence.by_replication(sessions, theirs.mean()), floor=0.0, ceiling=1.0)
    return [
        Fact("visitor_cars", cars, "vehicles"),
        Fact("visitor_home_kwh", home, "kWh"),
        Fact("visitor_public_kwh", public, "kWh"),
        Fact("visitor_request_share", share.value, "share", None, share.low, share.high),
    ]


def _at_dc(evidence: Evidence) -> list[Fact]:
    """Return how many of the drivers who would take AC, and could take either, took DC; nothing without any."""
    chosen = _sessions(evidence, "current", "station_id", "group_id")
    either = chosen.filter(SERVED & (pl.col("current") == "any"))
    if not either.height:
        return []
    guns = evidence.tables["layout"].select("station_id", "group_id", gun_current="current")
    at = either.join(guns, on=["station_id", "group_id"], how="left", maintain_order="left")
    share = mean_estimate(evidence.by_replication(at, (pl.col("gun_current") == "dc").mean()), floor=0.0, ceiling=1.0)
    number = either.height / evidence.scenario.replications / evidence.scenario.days
    return [
        Fact("ac_drivers_a_day", number, "requests"),
        Fact("ac_drivers_at_dc_share", share.value, "share", None, share.low, share.high),
    ]


def _full_sites(evidence: Evidence, most: float) -> list[Fact]:
    """Return the stations that turn away a larger share of those who come than may stay without a charge, worst first.

    A visit counts where it happened, also of a driver who charges elsewhere later.
    """
    gone = pl.col("balked", "reneged").cast(pl.Float64)
    visits = evidence.tables["stations"].group_by("station_id").agg(pl.col("arrivals").sum(), gone.sum())
    share = (pl.col("balked") + pl.col("reneged")) / pl.col("arrivals")
    full = visits.filter(pl.col("arrivals") > 0).with_columns(share=share).filter(pl.col("share") > most)
    worst = full.sort("share", "station_id", descending=[True, False])
    return [
        Fact("turned_away_share", value, "share", station)
        for station, value in worst.select("station_id", "share").iter_rows()
    ]


@answers("transformer_peak_share")
def grid(evidence: Evidence, target: Target) -> Answer:
    """Answer with the peak of the fullest town over the capacity of its grid: other users and all charging together.

    The interval is that of the ranges of capacity and other users, which are wide where no feeder is known. Stations
    stand beside it: the simulation holds them at their connection, so that keeping that limit proves nothing. Where
    no grid of a town is known they are all there is to say.
    """
    rests_on = evidence.assumed(figures=_GRID_FIGURES, tables=_GRID_TABLES)
    known = bool(evidence.tables["grid"].height)
    if known and not evidence.facts:
        return Answer(deciding([main_criterion(target, _fullest(evidence, target), withheld=None)]), (), rests_on)
    stations, facts = _stations(evidence)
    at_limit = facts[2].value
    if known:
        criterion = main_criterion(target, _fullest(evidence, target), withheld=None)
    else:
        criterion = main_criterion(target, stations, withheld=Reason.AT_LIMIT if at_limit else None)
    if not evidence.facts:
        return Answer(deciding([criterion]), (), rests_on)
    all_facts = (*facts, *_towns(evidence), *_years(evidence), *_starts(evidence), *_ways(evidence))
    return Answer(deciding([criterion]), all_facts, rests_on)


def _fullest(evidence: Evidence, target: Target) -> Estimate:
    """Return the share of the fullest town, with the interval of the draws, or else the range of what is assumed."""
    towns = evidence.tables["grid"]
    parts = {
        name: mean_estimate(evidence.by_replication(towns, pl.col(name).max()), floor=0.0)
        for name in ("peak_share", "peak_share_low", "peak_share_high")
    }
    share, low, high = parts.values()
    drawn = evidence.drawn(target, target.metric or "")
    if drawn is not None and share.value is not None:
        ends = drawn_interval(drawn.about(share.value))
        return Estimate(share.value, max(0.0, min(share.value, ends[0])), max(share.value, ends[1]), assumed=True)
    if low.value == share.value == high.value:
        return share
    return Estimate(share.value, low.value, high.value, assumed=True)


def _stations(evidence: Evidence) -> tuple[Estimate, tuple[Fact, ...]]:
    """Return the highest share of a station's connection, and what all stations draw.

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
    return share, (
        Fact("interval_min", evidence.scenario.charging.interval_min, "min"),
        Fact("peak_kw", peak.value, "kW", None, peak.low, peak.high),
        Fact("stations_at_limit", at_limit, "stations"),
        Fact("stations_with_limit", limits.height, "stations"),
    )


def _towns(evidence: Evidence) -> list[Fact]:
    """Return what the grids of the towns see, nothing where they are not known."""
    table = evidence.tables["grid"]
    if not table.height:
        return []
    # ties by name, so that the row does not depend on the order of the table
    worst = table.sort("peak_share", "town", descending=[True, False]).row(0, named=True)
    town, demand_min = worst["town"], evidence.county.figure("charging.demand_interval_min")
    facts = [
        Fact("demand_interval_min", demand_min, "min"),
        Fact("fullest_town_peak_share", worst["peak_share"], "share", town),
        Fact("fullest_town_hour", worst["peak_hour"], "h", town),
        Fact("towns_assumed", table.filter(pl.col("capacity_from") == TOWN_GRID)["town"].n_unique(), "towns"),
        Fact("towns_with_grid", table["town"].n_unique(), "towns"),
    ]
    for column in ("over_80_min", "over_100_min"):
        rows = table.filter(pl.col(column) > 0.0)
        longest = rows.group_by("town", maintain_order=True).agg(pl.col(column).max())
        facts += [Fact(column, minutes, "min", name) for name, minutes in longest.iter_rows()]
    # a mean over towns and replications: each row is a town
    # exact: how the rows lie in memory must not show
    used = math.fsum(table["self_consumption_share"].drop_nulls()) / table.height
    return [*facts, Fact("pv_used_share", used, "share")]


def _years(evidence: Evidence) -> list[Fact]:
    """Return when which town is full, and how many vehicles the towns carry together in the run's year."""
    table = evidence.tables["hosting"].filter(pl.col("feeder").is_null())
    if not table.height:
        return []
    means = table.group_by("town", "year", maintain_order=True).agg(
        pl.col("vehicles", "vehicles_limit", "peak_share", "headroom_kw").mean()
    )
    years = first_full_year(means.with_columns(feeder=pl.lit(None, dtype=pl.String)))
    facts = [Fact("full_from_year", year, "year", town) for town, year in years.items() if year is not None]
    now = means.filter(pl.col("year") == evidence.scenario.year)
    if now.height and not now["vehicles_limit"].null_count():
        facts += [
            Fact("plug_in_vehicles", float(now["vehicles"].sum()), "vehicles"),
            Fact("plug_in_vehicles_limit", float(now["vehicles_limit"].sum()), "vehicles"),
        ]
    return facts


def _starts(evidence: Evidence) -> list[Fact]:
    """Return the peak of the county and of its private chargers under each way of starting private charges."""
    table = evidence.tables["start_ways"].filter(pl.col("town") == COUNTY)
    facts = []
    for way in table["way"].unique(maintain_order=True):
        rows = table.filter(pl.col("way") == way)
        facts += [
            Fact(f"county_{column}", evidence.mean(rows, pl.col(column).first()), "kW", way)
            for column in ("peak_kw", "private_peak_kw")
        ]
    return facts


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
    rows = table.select("holiday", "start_date", "end_date").iter_rows()
    return [
        Fact("holiday_days", (min(end, last) - max(start, first)).days + 1, "days", key) for key, start, end in rows
    ]
