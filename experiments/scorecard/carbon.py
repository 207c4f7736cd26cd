"""T11 and T12: carbon per turnover against the base year, from the carbon accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import fleet
from data.errors import InfeasibleError
from experiments.scorecard.evidence import Answer, Evidence, Target, percent
from experiments.statistics.estimates import Estimate, decide
from shipping import share_needed

if TYPE_CHECKING:
    from typing import Literal

SERIES = ("a", "b", "c")
_NAMES = {"a": "a (tank to wheel)", "b": "b (and electricity)", "c": "c (well to wheel)"}
_ROAD_TABLES = ("fleet_stock", "stock_growth", "flow_shares", "energy_use", "vehicle_classes", "grid_factors")
_SHIP_FIGURES = (
    "carbon.covid_bias",
    "river.electric_",
    "river.growth_share",
    "river.lng_energy_share",
    "river.load_factor",
    "river.empty_draught_share",
    "river.service_margin",
    "river.sfc_",
    "river.through_",
)


def vehicles(evidence: Evidence, target: Target) -> Answer:
    """Answer T11: operating vehicles in the narrow boundary, series a; the others beside it."""
    wider = {
        name: _change(evidence, target, ("road", boundary), "a").value
        for name, boundary in (("buses and taxis", "plus_bus_taxi"), ("light trucks", "plus_light_trucks"))
    }
    listed = ", ".join(f"with {name} {percent(change, sign=True)}" for name, change in wider.items())
    changes = {series: _change(evidence, target, ("road", "narrow"), series, "vehicle") for series in SERIES}
    assumptions = evidence.assumed(figures=("carbon.covid_bias", "fleet.cng"), tables=_ROAD_TABLES)
    more = f"series a in wider boundaries: {listed}; {_electric_buses_and_taxis(evidence, target)}"
    return _answer(evidence, target, changes, more, assumptions)


def _electric_buses_and_taxis(evidence: Evidence, target: Target) -> str:
    """Return what electric buses and taxis do to series a, narrow and wider, computed with and without them."""
    base = round(evidence.county.figure("carbon.baseline_year"))
    if target.year is None or target.year <= base:
        return "boundary narrow: trucks with permits and coaches"
    rows = fleet.bus_taxi_effect(evidence.county, years=[target.year]).filter(
        (pl.col("series") == "a") & (pl.col("grid") == "moving")
    )
    effect = dict(rows.select("boundary", "effect").iter_rows())
    moved = "do not move" if effect["narrow"] == 0.0 else f"move by {100.0 * effect['narrow']:+.1f} points"
    return (
        f"electric buses and taxis {moved} boundary narrow (trucks with permits and coaches) in series a, and the "
        f"boundary with them by {100.0 * effect['plus_bus_taxi']:+.1f} points"
    )


def ships(evidence: Evidence, target: Target) -> Answer:
    """Answer T12: operating ships, series a; the others, with methane slip, beside it."""
    changes = {series: _change(evidence, target, ("ship", "ships"), series, "ship") for series in SERIES}
    assumptions = evidence.assumed(figures=_SHIP_FIGURES, tables=("vessel_classes", "lock_traffic"))
    more = f"series c counts methane slip{_needed(evidence, target)}"
    return _answer(evidence, target, changes, more, assumptions)


def _needed(evidence: Evidence, target: Target) -> str:
    """Return which share of the ships' energy would have to be LNG, or electricity, for the target, by series."""
    if target.value is None or target.value >= 0.0 or not evidence.county.fuel_factors.height:
        return ""
    parts = []
    carriers: tuple[tuple[Literal["lng", "electric"], str], ...] = (("lng", "LNG"), ("electric", "electricity"))
    for carrier, name in carriers:
        shares = []
        for series in SERIES:
            try:
                share = share_needed(
                    evidence.county, cut=-target.value, series=series, carrier=carrier, year=target.year
                )
                shares.append(f"{percent(share)} ({series})")
            except InfeasibleError:
                shares.append(f"no share ({series})")
        parts.append(f"{name} {', '.join(shares)}")
    return f"; {percent(-target.value)} less than all diesel needs of the ships' energy {' or '.join(parts)}"


def _answer(
    evidence: Evidence, target: Target, changes: dict[str, Estimate], more: str, assumptions: tuple[str, ...]
) -> Answer:
    """Return the answer of series a; decided only where all three series agree over their whole ranges."""
    verdicts = {decide(change, target.comparator, target.value) for change in changes.values()}
    listed = ", ".join(f"{_NAMES[series]} {_words(change)}" for series, change in changes.items())
    base = round(evidence.county.figure("carbon.baseline_year"))
    text = (
        f"Tables carbon and outlook, {target.year} against {base}: {listed}; {more}. Ranges are from the slow to the "
        "fast path of new energy; `xijiang carbon` adds the other ranges."
    )
    verdict = verdicts.pop() if len(verdicts) == 1 else None
    if verdict is None and changes["a"].value is not None and target.value is not None:
        text += " Series or paths disagree on the target."
    return Answer(changes["a"], verdict, text, assumptions)


def _words(change: Estimate) -> str:
    """Return a change with its range as text."""
    text = percent(change.value, sign=True)
    if change.low is None or change.high is None:
        return text
    return f"{text} ({percent(change.low, sign=True)} to {percent(change.high, sign=True)})"


def _change(
    evidence: Evidence, target: Target, account: tuple[str, str], series: str, outlook: str | None = None
) -> Estimate:
    """Return the change of intensity from the base year to the target's year, with the range of the paths."""
    mode, boundary = account
    rows = evidence.tables["carbon"].filter(
        (pl.col("mode") == mode)
        & (pl.col("boundary") == boundary)
        & (pl.col("series") == series)
        & (pl.col("grid") == "moving")
    )
    intensity = dict(rows.select("year", "intensity_g_per_tkm").iter_rows())
    base = intensity.get(round(evidence.county.figure("carbon.baseline_year")))
    later = intensity.get(target.year)
    if not base or later is None:
        return Estimate(None)
    paths = evidence.tables["outlook"].filter(
        (pl.col("metric") == f"{outlook}_intensity") & (pl.col("series") == series) & (pl.col("year") == target.year)
    )
    if not paths.height:
        return Estimate(later / base - 1.0)
    ends = [value / base - 1.0 for value in (later, *paths["value"])]
    return Estimate(ends[0], min(ends), max(ends))
