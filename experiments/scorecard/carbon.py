"""Carbon per turnover against the base year, from the carbon accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

import fleet
from data.errors import InfeasibleError
from data.memory.remembering import remembered
from experiments.scorecard.answer import Answer, Criterion, Fact, Reason, Verdict
from experiments.scorecard.facts.saved import LAND, SHIPS, saving_facts
from experiments.scorecard.registry import answers, main_criterion
from experiments.statistics.estimates import Estimate, drawn_interval, keeps_limit
from fleet.emissions.accounts import HEADLINE_GRID
from shipping import share_needed
from shipping.emissions.ship_change import PARTS
from shipping.emissions.ship_fleets import REGISTERED

if TYPE_CHECKING:
    from typing import Literal

    from experiments.scorecard.answer import Assumption
    from experiments.scorecard.evidence import Evidence, Target

SERIES = ("a", "b", "c")
ACCOUNT = {"vehicle_intensity_change_share": ("road", "narrow"), "ship_intensity_change_share": ("ship", "ships")}
"""Mode and boundary of the account that answers a metric."""
_ROAD_TABLES = (
    "fleet_stock",
    "stock_growth",
    "flow_shares",
    "energy_use",
    "fuel_limits",
    "freight_loads",
    "vehicle_classes",
    "grid_factors",
)
_SHIP_FIGURES = (
    "carbon.covid_bias",
    "river.electric_",
    "river.growth_share",
    "river.lng_energy_share",
    "river.load_factor",
    "river.city_turnover",
    "river.registered_",
    "river.slip_",
    "river.lock_wait_h_",
    "river.empty_draught_share",
    "river.engine_most_share",
    "river.hull_",
    "river.service_margin",
    "river.sfc_",
    "river.speed_depth_m",
    "river.through_",
)


@answers("vehicle_intensity_change_share")
def vehicles(evidence: Evidence, target: Target) -> Answer:
    """Answer with operating vehicles in the narrow boundary, series a; the others beside it."""
    wider = [
        Fact("series_a_change_share", _change(evidence, target, ("road", boundary), "a").value, "share", boundary)
        for boundary in ("plus_bus_taxi", "plus_light_trucks")
    ]
    changes = {series: _drawn(evidence, target, series) for series in SERIES}
    rests_on = evidence.assumed(figures=("carbon.covid_bias", "fleet.cng", "fleet.fuel_limit"), tables=_ROAD_TABLES)
    known = changes[SERIES[0]]
    more = (
        *wider,
        *_electric_buses_and_taxis(evidence, target, known),
        *_electric_work(evidence, target, known),
        *saving_facts(evidence, LAND),
    )
    return _answer(evidence, target, changes, [*more, *_with_moving_grid(evidence, target, "road", "narrow")], rests_on)


def _electric_work(evidence: Evidence, target: Target, known: Estimate) -> list[Fact]:
    """Return the electric share of the work in the target's year, and what the target needs of it in each series."""
    if known.value is None or target.year is None or target.value is None or target.comparator != "<=":
        return []
    stock = evidence.tables["stock"]
    found = fleet.electric_work(evidence.county, stock, change=target.value, year=target.year)
    rows = found.filter(pl.col("grid") == HEADLINE_GRID).sort("series")
    needed = [
        Fact("electric_work_needed", share, "share", series)
        for series, share in rows.select("series", "needed").iter_rows()
    ]
    return [Fact("electric_work_share", rows["share"][0], "share"), *needed]


def _with_moving_grid(evidence: Evidence, target: Target, mode: str, boundary: str) -> list[Fact]:
    """Return the changes of the series that count electricity with the grid of each year, where they are known."""
    changes = {
        series: _change(evidence, target, (mode, boundary), series, grid="moving").value for series in SERIES[1:]
    }
    return [
        Fact("moving_grid_change_share", value, "share", series)
        for series, value in changes.items()
        if value is not None
    ]


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
    rows = effects.filter((pl.col("series") == "a") & (pl.col("grid") == HEADLINE_GRID))
    effect = dict(rows.select("boundary", "effect").iter_rows())
    return [
        Fact("bus_taxi_effect_share", effect[boundary], "share", boundary) for boundary in ("narrow", "plus_bus_taxi")
    ]


@answers("ship_intensity_change_share")
def ships(evidence: Evidence, target: Target) -> Answer:
    """Answer with operating ships, series a; the others, with methane slip, beside it."""
    changes = {series: _drawn(evidence, target, series) for series in SERIES}
    rests_on = evidence.assumed(figures=_SHIP_FIGURES, tables=("vessel_classes", "lock_traffic", "ship_sizes"))
    facts = [
        *_needed(evidence, target, changes[SERIES[0]]),
        *_parts(evidence, target),
        *_registered(evidence, target),
        *_with_moving_grid(evidence, target, "ship", "ships"),
        *saving_facts(evidence, SHIPS),
    ]
    return _answer(evidence, target, changes, facts, rests_on)


def criterion_of(metric: str, series: str) -> str:
    """Return the name of the criterion of a series: the metric itself for the first."""
    return metric if series == SERIES[0] else f"{metric}_{series}"


def _drawn(evidence: Evidence, target: Target, series: str) -> Estimate:
    """Return the change in the account of the target's metric, with the interval of the draws of the assumptions."""
    metric = target.metric or ""
    value = _change(evidence, target, ACCOUNT[metric], series).value
    drawn = evidence.drawn(target, criterion_of(metric, series))
    if value is None or drawn is None:
        # without draws the point alone is known: assumed, but without a range
        return Estimate(value, assumed=True)
    low, high = drawn_interval(drawn.values)
    return Estimate(value, min(low, value), max(high, value), assumed=True)


def _parts(evidence: Evidence, target: Target) -> list[Fact]:
    """Return the parts of the change in series a: sizes of ships, load, power, fuel."""
    if target.year is None:
        return []
    rows = evidence.tables["ship_change"].filter(series=SERIES[0], year=target.year)
    known = dict(rows.select("part", "change_share").iter_rows())
    return [Fact("intensity_part_share", known[part], "share", part) for part in PARTS if part in known]


def _registered(evidence: Evidence, target: Target) -> list[Fact]:
    """Return turnover and change of the ships that the county registers, and the turnover of the corridor beside it."""
    if target.year is None:
        return []
    rows = evidence.tables["ship_fleets"].filter(year=target.year, grid=HEADLINE_GRID)
    own = rows.filter(ships=REGISTERED)
    if not own.height:
        return []
    changes = own.select("series", "change_share").drop_nulls().iter_rows()
    turnover = [
        Fact("ships_turnover_tkm", tkm, "t km", ships)
        for ships, tkm in rows.filter(series=SERIES[0]).select("ships", "turnover_tkm").iter_rows()
    ]
    return [*turnover, *(Fact("registered_change_share", change, "share", series) for series, change in changes)]


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
    others = [replace(main_criterion(target, changes[one]), name=criterion_of(first.name, one)) for one in SERIES[1:]]
    # open series do not agree either: a verdict must hold in all three
    undecided = {one.verdict for one in (first, *others)} != {first.verdict} or first.verdict == Verdict.OPEN
    if undecided and changes[SERIES[0]].value is not None and first.limit is not None:
        first = replace(first, verdict=Verdict.OPEN, reason=_why_open(first, changes))
    return (replace(first, decides=True), *others)


def _why_open(first: Criterion, changes: dict[str, Estimate]) -> Reason:
    """Return why the series leave a target open: their values lie on both sides of the limit, or their ranges do."""
    values = [one.value for one in changes.values() if one.value is not None]
    sides = set(keeps_limit(np.array(values), first.comparator, first.limit or 0.0).tolist())
    # no choice of a series closes what all of them say, though not surely
    return Reason.SERIES_DISAGREE if len(sides) > 1 else Reason.RANGE_SPANS_LIMIT


def _change(
    evidence: Evidence,
    target: Target,
    account: tuple[str, str],
    series: str,
    *,
    grid: str = HEADLINE_GRID,
) -> Estimate:
    """Return the change of intensity from the base year to the target's year, without a range."""
    mode, boundary = account
    rows = evidence.tables["carbon"].filter(
        (pl.col("mode") == mode)
        & (pl.col("boundary") == boundary)
        & (pl.col("series") == series)
        & (pl.col("grid") == grid)
    )
    intensity = dict(rows.select("year", "intensity_g_per_tkm").iter_rows())
    base = intensity.get(round(evidence.county.figure("carbon.baseline_year")))
    later = intensity.get(target.year)
    if not base or later is None:
        return Estimate(None)
    return Estimate(later / base - 1.0, assumed=True)
