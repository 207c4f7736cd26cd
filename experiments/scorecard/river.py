"""T14 and T18: LNG stations on the river, and the gas that they hand out."""

from __future__ import annotations

import polars as pl

from data.arrays import YEAR_DAYS
from data.outcomes import SERVED, Outcome
from experiments.scenario.county import lng_stations
from experiments.scorecard.evidence import Answer, Evidence, Target, amount, percent, plain_answer
from experiments.statistics.estimates import Estimate, mean_estimate
from shipping.ports.terminals import terminals_at_capacity

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
    "river.unload_alone",
)
_NO_RIVER = "The scenario leaves the river out."


def lng_bunkering(evidence: Evidence, target: Target) -> Answer:
    """Answer T14: LNG stations of the county that are open, with waits and stock-outs at them."""
    if not evidence.scenario.shipping.enabled:
        return Answer(Estimate(None), None, _NO_RIVER)
    own = _own(evidence)
    calls = evidence.tables["calls"].filter(pl.col("station").is_in(own))
    served = calls.filter(SERVED)
    wait = mean_estimate(evidence.by_replication(served, pl.col("wait_min").mean()))
    days = evidence.scenario.days * evidence.scenario.replications
    dry = calls.filter(pl.col("outcome") == Outcome.STOCKOUT).height
    left = calls.filter(pl.col("outcome").is_in([Outcome.BALKED, Outcome.RENEGED])).height
    text = (
        f"Tables calls and tanks: {', '.join(own) or 'none'} open on {evidence.scenario.start}; "
        f"{served.height / days:.1f} vessels served a day after {amount(wait.value, 'min')} on average; over {days} "
        f"simulated days {dry} found the tank dry and {left} did not wait.{_throughput(evidence, served, days)}"
    )
    assumptions = evidence.assumed(figures=_FIGURES, tables=("lng_stations", "vessel_classes"))
    return plain_answer(target, Estimate(float(len(own)), exact=True), text, assumptions)


def _throughput(evidence: Evidence, served: pl.DataFrame, days: int) -> str:
    """Return what the stations hand out, scaled to a year, beside the capacity that is reported."""
    rows = evidence.county.lng_stations.select("station", "capacity_t_year", "sold_t_2025", "opened").iter_rows()
    reported = {name: known for name, *known in rows}
    parts = []
    for name in _own(evidence):
        handed = float(served.filter(pl.col("station") == name)["mass_t"].sort().sum()) / days * YEAR_DAYS
        capacity, sold, opened = reported[name]
        text = f"{name} {handed:,.0f} t a year" + (
            "" if capacity is None else f" of {capacity:,.0f} t reported capacity"
        )
        parts.append(text + ("" if sold is None else f", {sold:,.0f} t reported for 2025 (open since {opened})"))
    return f" If all days were as these: {'; '.join(parts)}." if parts else ""


def gas_share(evidence: Evidence, target: Target) -> Answer:
    """Answer T18: LNG bunkered in the county, scaled to a year, as a share of its natural gas."""
    if not evidence.scenario.shipping.enabled:
        return Answer(Estimate(None), None, _NO_RIVER)
    figure = evidence.county.figure
    days = evidence.scenario.days
    calls = evidence.tables["calls"].filter(pl.col("station").is_in(_own(evidence)))
    mass = [value or 0.0 for value in evidence.by_replication(calls, pl.col("mass_t").sum())]
    tonnes = [value * YEAR_DAYS / days for value in mass]
    gas = [
        value * 1000.0 * figure("river.lng_gas_m3_per_kg") / figure("county.natural_gas_m3_year") for value in tonnes
    ]
    estimate = mean_estimate(gas, floor=0.0)
    text = (
        f"Table calls: {sum(tonnes) / len(tonnes):,.0f} t of LNG a year if all days were as these {days} "
        f"({percent(estimate.value)} of the county's {figure('county.natural_gas_m3_year') / 1e6:,.0f} million m3). "
        "Use on land is not counted; the plan names no share."
    )
    assumptions = evidence.assumed(figures=_FIGURES, tables=("lng_stations",))
    return plain_answer(target, estimate, text, assumptions)


def _own(evidence: Evidence) -> list[str]:
    """Return the LNG stations of the county that take part."""
    inside = evidence.county.lng_stations.filter("in_county")["station"].to_list()
    return [name for name in lng_stations(evidence.scenario, evidence.county)["station"] if name in inside]


def terminals(evidence: Evidence, target: Target) -> Answer:
    """Answer T15: mean wait of cargo vessels at the county's terminals; battery vessels beside it."""
    del target
    if not evidence.scenario.shipping.enabled:
        return Answer(Estimate(None), None, _NO_RIVER)
    table = evidence.tables["terminals"]
    if not table.height:
        return Answer(Estimate(None), None, "No terminal of the county is open, or the figures about them are missing.")
    weighted = (pl.col("wait_mean_h") * pl.col("calls")).sum() / pl.col("calls").sum()
    wait = mean_estimate(evidence.by_replication(table, weighted), floor=0.0)
    parts = []
    for name in table["terminal"].unique(maintain_order=True):
        own = table.filter(pl.col("terminal") == name)
        calls, use, much = (float(own[column].sum()) / own.height for column in _TERMINAL)
        parts.append(f"{name} {calls:.1f} calls a day, berths {percent(use)} in use, {much:.1f} Mt a year")
    text = f"Table terminals, {evidence.scenario.year}: {'; '.join(parts)}; mean wait {amount(wait.value, 'h', 2)}."
    full = [
        f"{row['terminal']} berths {percent(row['berth_use_share'])} in use, wait {amount(row['wait_mean_h'], 'h', 2)}"
        for row in terminals_at_capacity(evidence.county, year=evidence.scenario.year).iter_rows(named=True)
    ]
    text += f" At design capacity (formula): {'; '.join(full)}."
    power = evidence.tables["ship_power"]
    if power.height:
        stays = {}
        for way in ("charging", "swapping"):
            rows = power.filter(pl.col("way") == way)
            stays[way] = mean_estimate(evidence.by_replication(rows, pl.col("stay_mean_min").first())).value
        text += (
            f" Table ship_power: battery vessels stay {amount(stays['charging'], 'min')} to charge and "
            f"{amount(stays['swapping'], 'min')} to swap boxes."
        )
    assumptions = evidence.assumed(figures=_TERMINAL_FIGURES, tables=("terminals",))
    return Answer(wait, None, text, assumptions)


_TERMINAL = ("calls_per_day", "berth_use_share", "throughput_mt_year")
_TERMINAL_FIGURES = ("river.terminal_", "river.electric_", "river.box_", "river.shore_power")
