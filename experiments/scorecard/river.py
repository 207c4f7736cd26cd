"""LNG stations on the river, the gas that they hand out, and the terminals."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from data.arrays import DAY_MIN, YEAR_DAYS, scalar
from data.outcomes import LEFT, SERVED, Outcome, wait_quantile
from experiments.scenario.county import open_lng_stations
from experiments.scorecard.answer import Answer, Criterion, Fact, Reason, Verdict, deciding, judged
from experiments.scorecard.registry import answer_of, answers, main_criterion, open_answer
from experiments.statistics.estimates import Estimate, mean_estimate
from shipping.ports.terminals import terminals_at_capacity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.scorecard.evidence import Evidence, Target

_MONTHS: Final = range(1, 13)
_FIGURES = (
    "river.lng_fleet",
    "river.lng_density",
    "river.lng_gas",
    "river.sfc_lng",
    "river.empty_draught_share",
    "river.service_margin",
    "river.trip_",
    "river.turnaround",
    "river.reserve_share",
    "river.may_",
    "river.max_queue",
    "river.patience_h",
    "river.mooring_min",
    "river.precool_min",
    "river.purge_min",
    "river.tank_",
    "river.truck_",
    "river.unload_",
    "river.target_",
)


@answers("lng_stations_in_county")
def lng_bunkering(evidence: Evidence, target: Target) -> Answer:
    """Answer with the LNG stations of the county that are open; waits and stock-outs must keep their limits too."""
    if not evidence.scenario.shipping.enabled:
        return open_answer(target, Reason.LEFT_OUT)
    stations = _stations(evidence)
    calls = evidence.tables["calls"].filter(pl.col("station").is_in(stations))
    rests_on = evidence.assumed(figures=_FIGURES, tables=("lng_stations", "vessel_classes"))
    open_now = main_criterion(target, Estimate(float(len(stations)), exact=True))
    # what the table of stations says is an input; only the service is a result
    if open_now.verdict == Verdict.MET:
        open_now = replace(open_now, verdict=Verdict.GIVEN)
    # where none is open there is no service to judge, however many days are simulated
    service = _service(evidence, calls) if stations else ()
    facts = (*_station_facts(evidence, calls, stations), *_service_facts(service)) if evidence.facts else ()
    return Answer(deciding((open_now, *service)), facts, rests_on)


def _station_facts(evidence: Evidence, calls: pl.DataFrame, stations: list[str]) -> tuple[Fact, ...]:
    """Return what the open stations do: vessels served and lost, waits and what they are made of, LNG handed out."""
    served = calls.filter(SERVED)
    wait = mean_estimate(evidence.by_replication(served, pl.col("wait_min").mean()))
    # over all replications: calls are counted over all of them too
    days = evidence.scenario.days * evidence.scenario.replications
    return (
        Fact("open_stations", len(stations), "stations", evidence.scenario.start.isoformat()),
        Fact("served_per_day", served.height / days, "vessels/day"),
        Fact("wait_mean_min", wait.value, "min", None, wait.low, wait.high),
        Fact("simulated_days", days, "days"),
        Fact("calls_found_dry", calls.filter(pl.col("outcome") == Outcome.STOCKOUT).height, "calls"),
        Fact("calls_not_waiting", calls.filter(pl.col("outcome").is_in(LEFT)).height, "calls"),
        *_binding(evidence, served),
        *_throughput(evidence, served, days),
    )


def _service(evidence: Evidence, calls: pl.DataFrame) -> tuple[Criterion, ...]:
    """Return the service at the stations against the county's own criterion."""
    known = set(evidence.county.figure_keys)
    p95 = mean_estimate(evidence.by_replication(calls.filter(SERVED), wait_quantile(0.95)), floor=0.0)
    dry, left = (
        mean_estimate(evidence.by_replication(calls, share.mean()), floor=0.0, ceiling=1.0)
        for share in (pl.col("outcome") == Outcome.STOCKOUT, pl.col("outcome").is_in(LEFT))
    )
    asked = (
        ("lng_p95_wait_min", p95, "min", "river.target_p95_wait_min"),
        ("stockout_share", dry, "share", "river.target_stockout_share"),
        # who leaves unserved is held against the same share as who finds the tank dry
        ("lng_unserved_share", left, "share", "river.target_stockout_share"),
    )
    return tuple(
        judged(name, estimate, unit=unit, comparator="<=", limit=evidence.county.figure(key))
        for name, estimate, unit, key in asked
        if key in known
    )


def _binding(evidence: Evidence, served: pl.DataFrame) -> list[Fact]:
    """Return what the waits at each station are made of: the part while it is closed, and how busy it is while open."""
    days = evidence.scenario.days * evidence.scenario.replications
    facts = []
    hours = evidence.county.lng_stations.select("station", "open_h", "close_h", "berths")
    for name, first, last, berths in hours.filter(pl.col("station").is_in(_stations(evidence))).iter_rows():
        rows = served.filter(station=name)
        minute = pl.col("arrive_min") % DAY_MIN
        # who comes after closing waits for the next morning, who comes before opening for this one
        until = pl.when(minute >= last * 60.0).then(DAY_MIN + first * 60.0 - minute).otherwise(first * 60.0 - minute)
        closed = rows.select(pl.min_horizontal("wait_min", until.clip(0.0)).sum()).item()
        waited, busy = (float(rows.select(total.sum()).item()) for total in (pl.col("wait_min"), _AT_BERTH))
        if waited:
            facts.append(Fact("wait_while_closed_share", closed / waited, "share", name))
        open_min = (last - first) * 60.0 * berths * days
        facts.append(Fact("berths_busy_share", busy / open_min, "share", name))
    return facts


_AT_BERTH = pl.col("end_min") - pl.col("start_min")


def _service_facts(service: tuple[Criterion, ...]) -> list[Fact]:
    """Return value and limit of the criteria of service."""
    facts = []
    for one in service:
        found = one.estimate
        facts += [
            Fact("service", found.value, one.unit, one.name, found.low, found.high),
            Fact("service_limit", one.limit, one.unit, one.name),
        ]
    return facts


def _throughput(evidence: Evidence, served: pl.DataFrame, days: int) -> list[Fact]:
    """Return what the stations hand out, scaled to a year, beside the capacity and the sales that are reported.

    The key of ``opened_year`` is ``station/day``.
    """
    rows = evidence.county.lng_stations.select("station", "capacity_t_year", "sold_t_2025", "opened").iter_rows()
    reported = {name: known for name, *known in rows}
    facts = []
    for name in _stations(evidence):
        # sorted, because a sum of floats depends on the order of its terms
        handed = float(served.filter(pl.col("station") == name)["mass_t"].sort().sum()) / days * YEAR_DAYS
        capacity, sold, opened = reported[name]
        facts.append(Fact("handed_out_t_year", handed, "t/year", name))
        if capacity is not None:
            facts.append(Fact("reported_capacity_t_year", capacity, "t/year", name))
        if sold is not None:
            facts.append(Fact("reported_sold_2025_t", sold, "t", name))
        if opened is not None:
            facts.append(Fact("opened_year", opened.year, "year", f"{name}/{opened.isoformat()}"))
    return facts


@answers("lng_bunkered_gas_share")
def gas_share(evidence: Evidence, target: Target) -> Answer:
    """Answer with the LNG bunkered in the county, scaled to a year, as a share of its natural gas."""
    if not evidence.scenario.shipping.enabled:
        return open_answer(target, Reason.LEFT_OUT)
    figure = evidence.county.figure
    days = evidence.scenario.days
    names = _stations(evidence)
    shares = _open_shares(evidence, names)
    calls = evidence.tables["calls"].filter(pl.col("station").is_in(names))
    # no calls in a replication is 0 t, not an unknown amount
    # of each station only the days of the year on which it was open
    open_share = pl.col("station").replace_strict(shares, return_dtype=pl.Float64)
    mass = [value or 0.0 for value in evidence.by_replication(calls, (pl.col("mass_t") * open_share).sum())]
    tonnes = [value * YEAR_DAYS / days for value in mass]
    # t to kg, then to m3 of gas
    gas = [
        value * 1000.0 * figure("river.lng_gas_m3_per_kg") / figure("county.natural_gas_m3_year") for value in tonnes
    ]
    facts = (
        (
            Fact("bunkered_t_year", sum(tonnes) / len(tonnes), "t/year"),
            Fact("days", days, "days"),
            Fact("natural_gas_m3_year", figure("county.natural_gas_m3_year"), "m3/year"),
            *_by_month(evidence, calls, names),
            *(Fact("open_months", 12.0 * share, "months", name) for name, share in shares.items() if share < 1),
        )
        if evidence.facts
        else ()
    )
    rests_on = evidence.assumed(figures=_FIGURES, tables=("lng_stations",))
    return answer_of(target, mean_estimate(gas, floor=0.0), facts, rests_on)


def _by_month(evidence: Evidence, calls: pl.DataFrame, names: Sequence[str]) -> list[Fact]:
    """Return the LNG of each month of the scenario's year: what a day of the run brings, over the days it is open."""
    rate = dict(calls.group_by("station").agg(pl.col("mass_t").sort().sum()).iter_rows())
    simulated = evidence.scenario.days * evidence.scenario.replications
    facts = []
    opened = _opened(evidence)
    for month in _MONTHS:
        days = _open_days(evidence.scenario.year, month, names, opened)
        tonnes = sum(rate.get(name, 0.0) / simulated * days[name] for name in names)
        facts.append(Fact("bunkered_t_month", tonnes, "t", str(month)))
    return facts


def _opened(evidence: Evidence) -> dict[str, dt.date | None]:
    """Return the day on which each LNG station of the county opened; None where it has always been open."""
    return dict(evidence.county.lng_stations.select("station", "opened").iter_rows())


def _open_days(year: int, month: int, names: Sequence[str], opened: Mapping[str, dt.date | None]) -> dict[str, int]:
    """Return the days of a month on which each of some stations is open."""
    first = dt.date(year, month, 1)
    days = calendar.monthrange(year, month)[1]
    return {name: days - min(max(((opened[name] or first) - first).days, 0), days) for name in names}


def _open_shares(evidence: Evidence, names: Sequence[str]) -> dict[str, float]:
    """Return the share of the scenario's year in which each of some stations is open."""
    year = evidence.scenario.year
    opened = _opened(evidence)
    months = [_open_days(year, month, names, opened) for month in _MONTHS]
    days = 366 if calendar.isleap(year) else 365
    return {name: sum(month[name] for month in months) / days for name in names}


def _stations(evidence: Evidence) -> list[str]:
    """Return the LNG stations of the county that take part."""
    return open_lng_stations(evidence.scenario, evidence.county).filter("in_county")["station"].to_list()


@answers("terminal_wait_h")
def terminals(evidence: Evidence, target: Target) -> Answer:
    """Answer with the mean wait of cargo vessels at the county's terminals; battery vessels beside it.

    A terminal that opens after the target's year is late, however short the waits are.
    """
    if not evidence.scenario.shipping.enabled:
        return open_answer(target, Reason.LEFT_OUT)
    table = evidence.tables["terminals"]
    if not table.height:
        return open_answer(target, Reason.NO_DATA)
    # by calls: a terminal with few of them does not count as much
    weighted = (pl.col("wait_mean_h") * pl.col("calls")).sum() / pl.col("calls").sum()
    wait = mean_estimate(evidence.by_replication(table, weighted), floor=0.0)
    facts = _terminal_facts(evidence, table) if evidence.facts else ()
    rests_on = evidence.assumed(figures=_TERMINAL_FIGURES, tables=("terminals",))
    return Answer(_in_time(evidence, target, main_criterion(target, wait)), facts, rests_on)


def _terminal_facts(evidence: Evidence, table: pl.DataFrame) -> tuple[Fact, ...]:
    """Return what stands behind the mean wait: each terminal, its berths when they are full, and battery vessels."""
    year = evidence.scenario.year
    facts = [Fact("year", year, "year")]
    for name in table["terminal"].unique(maintain_order=True):
        rows = table.filter(pl.col("terminal") == name)
        facts += [Fact(column, float(rows[column].sum()) / rows.height, unit, name) for column, unit in _TERMINAL]
    for row in terminals_at_capacity(evidence.county, year=year).iter_rows(named=True):
        facts += [
            Fact("full_berth_use_share", row["berth_use_share"], "share", row["terminal"]),
            Fact("full_wait_mean_h", row["wait_mean_h"], "h", row["terminal"]),
        ]
    power = evidence.tables["ship_power"]
    if power.height:
        for way in ("charging", "swapping"):
            stay = evidence.mean(power.filter(pl.col("way") == way), pl.col("stay_mean_min").first())
            facts.append(Fact("battery_vessel_stay_min", stay, "min", way))
    return (*facts, *_battery_trips(evidence), *_low_water(evidence))


def _in_time(evidence: Evidence, target: Target, wait: Criterion) -> tuple[Criterion, ...]:
    """Return the wait, and whether the terminals open by the target's year: late decides over all but missed."""
    opening = evidence.county.terminals.filter("in_county")["opened_year"].drop_nulls()
    if target.year is None or not opening.len():
        return deciding([wait])
    last = Estimate(scalar(opening.to_frame(), pl.col("opened_year").max()), exact=True)
    opened = judged("last_terminal_year", last, unit="year", comparator="<=", limit=float(target.year))
    if opened.verdict == Verdict.MET:
        return deciding([wait, opened])
    late = replace(opened, verdict=Verdict.LATE, decides=wait.verdict != Verdict.MISSED)
    return (replace(wait, decides=not late.decides), late)


def _low_water(evidence: Evidence) -> list[Fact]:
    """Return the cargo that low water leaves ashore in a day; none where there is water for all."""
    scenario = evidence.scenario
    left = float(evidence.tables["vessels"]["cargo_left_t"].sort().sum()) / (scenario.days * scenario.replications)
    return [Fact("cargo_left_t_day", left, "t/day")] if left > 0.0 else []


def _battery_trips(evidence: Evidence) -> list[Fact]:
    """Return the share of battery vessels' trips that cannot be sailed, by direction; the key also has the months."""
    trips = evidence.tables["battery_trips"]
    facts = []
    for direction in trips["direction"].unique(maintain_order=True):
        own = trips.filter(direction=direction)
        left = own.filter(~pl.col("can_sail"))
        if left.height:
            months = ", ".join(str(month) for month in left["month"].unique().sort())
            facts.append(Fact("battery_trips_left_share", left.height / own.height, "share", f"{direction}/{months}"))
    return facts


_TERMINAL = (("calls_per_day", "calls/day"), ("berth_use_share", "share"), ("throughput_mt_year", "Mt/year"))
_TERMINAL_FIGURES = ("river.terminal_", "river.electric_", "river.box_", "river.shore_power")
