"""What is newly added: new and clean energy as estimated from observed sales, beside the path that is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

import fleet
from data.memory.remembering import remembered
from data.schemas.base import CLEAN_ENERGY, NEW_ENERGY
from data.tables.roles import CARS, classes_of
from experiments.scenario.county import HORIZON, levers
from experiments.scorecard.answer import Answer, Criterion, Fact, Reason, Verdict
from experiments.scorecard.registry import answers, main_criterion
from experiments.statistics.estimates import Estimate
from fleet.vehicles.adoption_trend import BAND, band
from fleet.vehicles.choice_costs import priced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats
    from experiments.scorecard.evidence import Evidence, Target

_CHOICE: Final = ("adoption_observed", "adoption_series", "vehicle_costs", "energy_prices", "acquisition")
_STOCK: Final = ("fleet_stock", "stock_growth", "survival", "flow_shares")
GIVEN: Final = "given_path"
"""Criterion: the share on the path that the run was given, not estimated."""
SURE: Final = 0.9
"""Probability from which a target ahead is on course, and below whose rest it is off course; between it is open."""
OPERATING: Final = ("narrow", "bus_taxi", "light_truck")
"""Boundaries of the classes that carry goods or passengers for pay."""


@answers("clean_flow_share")
def clean_flow(evidence: Evidence, target: Target) -> Answer:
    """Answer with new-energy and gas vehicles in what is newly added without two-wheelers, and other boundaries."""
    kinds = evidence.county.vehicle_classes
    classes = kinds.filter(pl.col("kind") != "two_wheeler")["vehicle_class"].to_list()
    if not evidence.facts:
        return _answer(evidence, target, CLEAN_ENERGY, classes, ())
    operating = kinds.filter(pl.col("boundary").is_in(OPERATING))["vehicle_class"].to_list()
    inner = [
        _stated(evidence, target, "without_gas_share", NEW_ENERGY, classes),
        _stated(evidence, target, "with_two_wheelers_share", CLEAN_ENERGY, kinds["vehicle_class"].to_list()),
        _stated(evidence, target, "operating_only_share", CLEAN_ENERGY, operating),
    ]
    return _answer(evidence, target, CLEAN_ENERGY, classes, inner)


@answers("new_energy_car_flow_share")
def electric_cars(evidence: Evidence, target: Target) -> Answer:
    """Answer with the share of battery, plug-in and fuel-cell cars in the new passenger cars, and when it crosses."""
    cars = classes_of(evidence.county.vehicle_classes, *CARS)
    if not evidence.facts:
        return _answer(evidence, target, NEW_ENERGY, cars, ())
    battery = _stated(evidence, target, "battery_electric_share", ("bev",), cars)
    return _answer(evidence, target, NEW_ENERGY, cars, [battery, *_policy(evidence, target, cars)])


def _policy(evidence: Evidence, target: Target, classes: Sequence[str]) -> list[Fact]:
    """Return what steps of policy do to the share up to the target's year: of all new cars, by year of the step."""
    county = evidence.county
    policy = levers(evidence.scenario, county, evidence.tables["layout"])
    years = [year for year in HORIZON if target.year is None or year <= target.year]
    steps = fleet.policy_steps(
        county, evidence.tables["stock"], NEW_ENERGY, classes=classes, years=years, levers=policy
    )
    return [
        Fact(f"policy_{part}", row[part], "share", str(row["year"]))
        for row in steps.iter_rows(named=True)
        for part in ("change", "tax", "trade_in", "rest")
    ]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A share of what is newly added, draws by years; up to the base year of adoption all draws are what is known."""

    years: list[int]
    share: Floats

    def of(self, year: int) -> Floats:
        """Return the draws of a year."""
        return np.asarray(self.share[:, self.years.index(year)])

    def estimate(self, year: int) -> Estimate:
        """Return mean and 90 % band of a year."""
        drawn = self.of(year)
        low, high = (float(end) for end in band(drawn))
        mean = float(drawn.mean())
        return Estimate(mean, min(low, mean), max(high, mean), assumed=True)

    def crossing(self, limit: float) -> tuple[float | None, float | None, float | None]:
        """Return the year from which the share stays at a limit: median, early, late; None: after the last year."""
        below = self.share < limit
        # the last year below decides: a share may fall back
        after = np.where(below.any(axis=1), len(self.years) - np.argmax(below[:, ::-1], axis=1), 0)
        ranked = np.sort(after)
        picked = [int(ranked[int(part * (len(ranked) - 1))]) for part in (0.5, *BAND)]
        middle, early, late = (float(self.years[at]) if at < len(self.years) else None for at in picked)
        return middle, early, late


def drawn_share(
    evidence: Evidence,
    powers: Sequence[str],
    classes: Sequence[str],
    *,
    only: int | None = None,
    policy: fleet.Levers | None = None,
) -> Drawn | None:
    """Return what the estimated model says of a share of the new vehicles, on what is known up to the base year.

    ``only`` leaves out all years but that one, which comes after the base year; ``policy`` is the scenario's where
    none is given.

    The number of new vehicles of each class is that of the run's stock: it does not depend on their power. None where
    the county has no observed series, or no price of a vehicle that is bought.
    """
    county, stock = evidence.county, evidence.tables["stock"]
    if not county.adoption_series.height or not priced(county, classes):
        return None
    base = round(county.figure("adoption.base_year"))
    later = tuple(year for year in HORIZON if year > base and only in (None, year))
    if not later:
        return None
    # the same for all shares and policies that are asked for
    counts = remembered(county, "new vehicles", lambda _: _new_vehicles(stock), of=(stock,))
    weights = {name: np.array([counts.get((year, name), 0.0) for year in later]) for name in classes}
    total = sum(weights.values(), np.zeros(len(later)))
    if not (total > 0.0).all():
        return None
    policy = policy or levers(evidence.scenario, county, evidence.tables["layout"])
    parts = [
        weights[name] * fleet.chosen_shares(county, name, years=later, levers=policy).of(powers)
        for name in classes
        if weights[name].any()
    ]
    shares = np.sum(parts, axis=0) / total
    if only is not None:
        return Drawn([only], shares)
    known = fleet.flow_share(stock, powers, classes=classes).filter(pl.col("year") <= base)
    history = np.tile(known["share"].to_numpy(), (len(shares), 1))
    return Drawn([*known["year"].to_list(), *later], np.hstack([history, shares]))


def _new_vehicles(stock: pl.DataFrame) -> dict[tuple[int, str], float]:
    """Return the new vehicles by year and class."""
    new = stock.group_by("year", "vehicle_class").agg(pl.col("new_vehicles").sum())
    return {(year, name): vehicles for year, name, vehicles in new.iter_rows()}


def _answer(
    evidence: Evidence, target: Target, powers: Sequence[str], classes: Sequence[str], inner: Sequence[Fact]
) -> Answer:
    """Return the answer: the estimated share and the given one; the estimate decides where there is one."""
    path = _path(evidence, target, powers, classes)
    # the other years say when it crosses its limit, which is a fact beside
    only = None if evidence.facts else target.year
    drawn = None if _past(evidence, target) else drawn_share(evidence, powers, classes, only=only)
    estimated = drawn is not None and target.year in drawn.years
    rests_on = evidence.assumed(figures=("adoption.",), tables=(*_CHOICE, *_STOCK))
    crossing = _crossing(evidence, target, powers, classes, drawn if estimated else None) if evidence.facts else ()
    facts = (*inner, *crossing)
    if not estimated or drawn is None or target.year is None:
        return Answer((_given(target, path, observed=_past(evidence, target)),), facts, rests_on)
    criteria = [_judged(target, drawn)]
    if evidence.scenario.fleet.adoption != "choice":
        criteria.append(_beside(_given(target, path, observed=False)))
    return Answer(tuple(criteria), facts, rests_on)


def _past(evidence: Evidence, target: Target) -> bool:
    """Return whether the target's year is one whose sales the tables know."""
    return target.year is not None and target.year <= round(evidence.county.figure("adoption.base_year"))


def _judged(target: Target, drawn: Drawn) -> Criterion:
    """Return the criterion of the estimate: on course where its probability says so."""
    estimate = drawn.estimate(target.year or 0)
    plain = main_criterion(target, estimate)
    if plain.limit is None:
        return Criterion(*_head(plain), Verdict.REPORTED, decides=True)
    values = drawn.of(target.year or 0)
    chance = float((values >= plain.limit if plain.comparator == ">=" else values <= plain.limit).mean())
    verdict = Verdict.ON_COURSE if chance >= SURE else Verdict.OFF_COURSE if chance <= 1.0 - SURE else Verdict.OPEN
    reason = Reason.RANGE_SPANS_LIMIT if verdict == Verdict.OPEN else None
    return Criterion(*_head(plain), verdict, reason, decides=True, p_met=chance)


def _given(target: Target, path: Estimate, *, observed: bool) -> Criterion:
    """Return the criterion of the path: an input, not a result, unless its year has passed."""
    plain = main_criterion(target, path)
    if observed or (plain.verdict in (Verdict.REPORTED, Verdict.OPEN) and path.value is None):
        return Criterion(*_head(plain), plain.verdict, plain.reason, decides=True)
    return Criterion(*_head(plain), Verdict.GIVEN, decides=True)


def _beside(criterion: Criterion) -> Criterion:
    """Return the given path as a criterion that stands beside the estimate."""
    return Criterion(
        GIVEN, criterion.estimate, criterion.unit, criterion.comparator, criterion.limit, criterion.verdict
    )


def _head(criterion: Criterion) -> tuple[str, Estimate, str | None, str, float | None]:
    """Return what a criterion says before its verdict."""
    return criterion.name, criterion.estimate, criterion.unit, criterion.comparator, criterion.limit


def _crossing(
    evidence: Evidence, target: Target, powers: Sequence[str], classes: Sequence[str], drawn: Drawn | None
) -> list[Fact]:
    """Return when a share crosses its target for good: null for never, nothing without a target."""
    if target.value is None:
        return []
    shares = fleet.flow_share(evidence.tables["stock"], powers, classes=classes)
    facts = [Fact("crossing_year", fleet.crossing_year(shares, target.value) or None, "year")]
    if drawn is not None:
        middle, early, late = drawn.crossing(target.value)
        facts.append(Fact("estimated_crossing_year", middle, "year", None, early, late))
    return facts


def _stated(evidence: Evidence, target: Target, name: str, powers: Sequence[str], classes: Sequence[str]) -> Fact:
    """Return a share within another boundary as a fact: estimated where it can be, else that of the path."""
    drawn = drawn_share(evidence, powers, classes)
    found = _path(evidence, target, powers, classes)
    if drawn is not None and target.year in drawn.years:
        found = drawn.estimate(target.year)
    return Fact(name, found.value, "share", None, found.low, found.high)


def _path(evidence: Evidence, target: Target, powers: Sequence[str], classes: Sequence[str]) -> Estimate:
    """Return the share of some powers in the new vehicles of the target's year, with the range of the tables."""
    year = target.year
    rows = evidence.tables["stock"].filter(pl.col("year") == pl.lit(year, pl.Int64))
    found = fleet.flow_share(rows, powers, classes=classes)["share"]
    if year is None or not len(found):
        return Estimate(None)
    value = float(found[0])
    if evidence.alone:
        return Estimate(value, assumed=True)
    # bounds are by class: weighted by what each class newly adds
    new = dict(rows.group_by("vehicle_class").agg(pl.col("new_vehicles").sum()).iter_rows())
    counted = [name for name in classes if new.get(name)]
    total = sum(new[name] for name in counted)
    bounds = _bounds(evidence, powers, year)
    low, high = (sum(new[name] * bounds.get(name, (0.0, 0.0))[end] for name in counted) / total for end in (0, 1))
    # the table's ends may lie on one side of a path that the scenario moved
    return Estimate(value, min(low, value), max(high, value), assumed=True)


def _bounds(evidence: Evidence, powers: Sequence[str], year: int) -> dict[str, tuple[float, float]]:
    """Return the low and high of each class's flow share of some powers in a year, between 0 and 1."""
    table = evidence.county.flow_shares.filter(pl.col("power").is_in(list(powers))).sort("year")
    paths: dict[str, dict[str, list[tuple[float, ...]]]] = {}
    ends = (pl.coalesce(end, "share").alias(f"to_{end}") for end in ("low", "high"))
    for name, power, *row in table.select("vehicle_class", "power", "year", *ends).iter_rows():
        paths.setdefault(name, {}).setdefault(power, []).append(tuple(row))
    found = {}
    for name, by_power in paths.items():
        years_low_high = [np.array(rows).T for rows in by_power.values()]
        low, high = (sum(float(np.interp(year, one[0], one[end])) for one in years_low_high) for end in (1, 2))
        # highs of several powers may sum above 1
        found[name] = min(1.0, low), min(1.0, high)
    return found
