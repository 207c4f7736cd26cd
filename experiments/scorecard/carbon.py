"""Carbon per turnover against the base year, from the carbon accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

import fleet
from data.errors import InfeasibleError
from data.memory.remembering import remembered
from experiments.scorecard.answer import Answer, Criterion, Fact, Reason, Verdict
from experiments.scorecard.registry import answers, main_criterion
from experiments.statistics.estimates import Estimate
from shipping import share_needed

if TYPE_CHECKING:
    from typing import Literal

    from experiments.scorecard.answer import Assumption
    from experiments.scorecard.evidence import Evidence, Target

SERIES = ("a", "b", "c")
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


@answers("vehicle_intensity_change_share")
def vehicles(evidence: Evidence, target: Target) -> Answer:
    """Answer with operating vehicles in the narrow boundary, series a; the others beside it."""
    wider = [
        Fact("series_a_change_share", _change(evidence, target, ("road", boundary), "a").value, "share", boundary)
        for boundary in ("plus_bus_taxi", "plus_light_trucks")
    ]
    changes = {series: _change(evidence, target, ("road", "narrow"), series, "vehicle") for series in SERIES}
    rests_on = evidence.assumed(figures=("carbon.covid_bias", "fleet.cng"), tables=_ROAD_TABLES)
    return _answer(
        evidence, target, changes, [*wider, *_electric_buses_and_taxis(evidence, target, changes[SERIES[0]])], rests_on
    )


def _electric_buses_and_taxis(evidence: Evidence, target: Target, known: Estimate) -> list[Fact]:
    """Return what electric buses and taxis do to series a, narrow and wider, computed with and without them."""
    base = round(evidence.county.figure("carbon.baseline_year"))
    # before or in the base year there is no change to explain
    if known.value is None or target.year is None or target.year <= base:
        return []
    year = target.year
    effects = remembered(
        evidence.county, ("bus_taxi", year), lambda watched: fleet.bus_taxi_effect(watched, years=[year])
    )
    rows = effects.filter((pl.col("series") == "a") & (pl.col("grid") == "moving"))
    effect = dict(rows.select("boundary", "effect").iter_rows())
    return [
        Fact("bus_taxi_effect_share", effect[boundary], "share", boundary) for boundary in ("narrow", "plus_bus_taxi")
    ]


@answers("ship_intensity_change_share")
def ships(evidence: Evidence, target: Target) -> Answer:
    """Answer with operating ships, series a; the others, with methane slip, beside it."""
    changes = {series: _change(evidence, target, ("ship", "ships"), series, "ship") for series in SERIES}
    rests_on = evidence.assumed(figures=_SHIP_FIGURES, tables=("vessel_classes", "lock_traffic"))
    return _answer(evidence, target, changes, _needed(evidence, target, changes[SERIES[0]]), rests_on)


def _needed(evidence: Evidence, target: Target, known: Estimate) -> list[Fact]:
    """Return which share of the ships' energy would have to be LNG, or electricity, for the target, by series.

    Keys are ``carrier/series``; a null says that no share is enough.
    """
    # a target that allows a rise needs no carrier
    if known.value is None or target.value is None or target.value >= 0.0 or not evidence.county.fuel_factors.height:
        return []
    carriers: tuple[Literal["lng", "electric"], ...] = ("lng", "electric")
    return [
        Fact("energy_share_needed", _share_needed(evidence, target, carrier, series), "share", f"{carrier}/{series}")
        for carrier in carriers
        for series in SERIES
    ]


def _share_needed(evidence: Evidence, target: Target, carrier: Literal["lng", "electric"], series: str) -> float | None:
    """Return the share of a carrier that the target needs; None where all of it is not enough."""
    cut = -(target.value or 0.0)
    try:
        return share_needed(evidence.county, cut=cut, series=series, carrier=carrier, year=target.year)
    except InfeasibleError:
        return None


def _answer(
    evidence: Evidence,
    target: Target,
    changes: dict[str, Estimate],
    facts: list[Fact],
    rests_on: tuple[Assumption, ...],
) -> Answer:
    """Return the answer of series a; decided only where all three series agree over their whole ranges."""
    base = Fact("base_year", round(evidence.county.figure("carbon.baseline_year")), "year")
    return Answer(_agreed(target, changes), (base, *facts), rests_on)


def _agreed(target: Target, changes: dict[str, Estimate]) -> tuple[Criterion, ...]:
    """Return a criterion per series; that of series a decides, and is open where the others do not agree with it."""
    first = main_criterion(target, changes[SERIES[0]])
    others = [replace(main_criterion(target, changes[one]), name=f"{first.name}_{one}") for one in SERIES[1:]]
    # open series do not agree either: a verdict must hold in all three
    undecided = {one.verdict for one in (first, *others)} != {first.verdict} or first.verdict == Verdict.OPEN
    if undecided and changes[SERIES[0]].value is not None and first.limit is not None:
        first = replace(first, verdict=Verdict.OPEN, reason=Reason.SERIES_DISAGREE)
    return (replace(first, decides=True), *others)


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
        # without paths the point alone is known: assumed, but without a range
        return Estimate(later / base - 1.0, assumed=True)
    # the value itself is one of the ends where paths run to one side only
    ends = [value / base - 1.0 for value in (later, *paths["value"])]
    return Estimate(ends[0], min(ends), max(ends), assumed=True)
