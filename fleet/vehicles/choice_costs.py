"""What costs of ownership say of the choice of power: utilities of a nested logit, relative to the base year."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from data.errors import DataError
from data.memory.remembering import remembered
from data.schemas.base import NEW_ENERGY
from data.schemas.costs import FORMS
from fleet.vehicles.cost_inputs import CostInputs, Levers
from fleet.vehicles.costs import COMBUSTION, costs_per_km
from fleet.vehicles.turnover import flow_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats
    from data.county import County


@dataclass(frozen=True, slots=True)
class ClassCosts:
    """Costs of ownership of a class in a year, CNY per km, ready to be looked up.

    Attributes
    ----------
    name : str
        Vehicle class.
    forms : dict
        Costs of the forms of acquisition by power.
    bought : dict
        Cost of the purchase by power.
    """

    name: str
    forms: dict[str, list[float]]
    bought: dict[str, float]


@dataclass(frozen=True, slots=True)
class YearCosts:
    """Costs of ownership of a year: those of a class are worked out when somebody asks for it.

    A trend asks for all years that were observed, of the classes that follow a series alone.

    Attributes
    ----------
    inputs : CostInputs
        What they are worked out from.
    year : int
        The year.
    levers : Levers
        Policy.
    known : dict
        What `of` has found already.
    """

    inputs: CostInputs
    year: int
    levers: Levers
    known: dict[str, ClassCosts] = field(default_factory=dict, compare=False)

    def of(self, name: str) -> ClassCosts:
        """Return those of a class, of :func:`fleet.vehicles.costs.costs_per_km`."""
        found = self.known.get(name)
        if found is None:
            found = self.known[name] = ClassCosts(name, {}, {})
            for power, form, cost in costs_per_km(self.inputs, name, year=self.year, levers=self.levers):
                found.forms.setdefault(power, []).append(cost)
                if form == FORMS[0]:
                    found.bought[power] = cost
        return found


def relative_costs(costs: ClassCosts, powers: Sequence[str], base: ClassCosts) -> list[list[float]]:
    """Return the costs of the forms of each power over the base year's cost of the petrol or diesel vehicle.

    Raises
    ------
    DataError
        A class or power without costs.
    """
    usual = [cost for power, cost in base.bought.items() if power in COMBUSTION]
    # without a petrol or diesel vehicle the class's cheapest purchase stands in
    reference = min(usual or base.bought.values(), default=0.0)
    if not reference > 0.0:
        raise DataError(f"vehicle_costs: no row for vehicle_class {base.name!r}; add its price.")
    for power in powers:
        if power not in costs.forms:
            raise DataError(
                f"vehicle_costs: no row for vehicle_class {costs.name!r} with power {power!r}; add its price."
            )
    return [[cost / reference for cost in costs.forms[power]] for power in powers]


def inclusive_values(costs: Sequence[Sequence[float]], theta: Floats, nest: float) -> Floats:
    """Return nest x log sum over forms of exp(-theta cost / nest), one column per power, one row per theta."""
    return np.column_stack(_inclusive(costs, theta, nest, {}))


def _inclusive(
    costs: Sequence[Sequence[float]], theta: Floats, nest: float, known: dict[tuple[float, ...], Floats]
) -> list[Floats]:
    """Return the inclusive value of each power by theta; `known` has those of the same thetas by their costs."""
    # divided by the nest: forms of one power compete more closely than powers do
    slope = -theta / nest
    # a vehicle without a trend of its price costs the same in several years
    for forms in map(tuple, costs):
        if forms not in known:
            known[forms] = nest * _log_sum([cost * slope for cost in forms])
    return [known[tuple(forms)] for forms in costs]


def _log_sum(values: Sequence[Floats]) -> Floats:
    """Return the log of the sum of exp() of some rows, entry by entry."""
    # row after row takes a quarter less than `logaddexp.reduce` over a matrix, for the same sums
    return functools.reduce(np.logaddexp, values)


@dataclass(frozen=True)
class CostUtilities:
    """Costs of ownership of all classes by year, as the choice sees them without policy of the county's own.

    Attributes
    ----------
    county : County
        Its costs and flow shares.
    base_year : int
        Year whose costs others are relative to.
    nest : float
        Nest parameter of the forms within a power.
    known : dict
        What `costs` has found already.
    """

    county: County
    base_year: int
    nest: float
    known: dict[tuple[int, Levers | None], YearCosts] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, county: County) -> CostUtilities:
        """Return those of a county."""
        return cls(county, round(county.figure("adoption.base_year")), county.figure("adoption.form_nest"))

    def costs(self, year: int, levers: Levers | None = None) -> YearCosts:
        """Return the costs of ownership of a year; those of a class are computed once per county, year and policy."""
        known = self.known.get((year, levers))
        if known is None:
            policy, inputs = yearly(self.county, levers or Levers(), year), self._inputs
            known = remembered(
                self.county, ("costs", year, policy), lambda _: YearCosts(inputs, year, policy), of=(inputs,)
            )
            self.known[year, levers] = known
        return known

    @functools.cached_property
    def _inputs(self) -> CostInputs:
        """What costs are worked out from."""
        return CostInputs.from_county(self.county)

    def logits_of(self, name: str, years: Sequence[int], theta: Floats) -> Floats:
        """Return what costs add to the logit of new energy in years against the base year, thetas by years.

        0 for a county without costs, and for a class that buys only one kind of power.
        """
        names, shares = flow_path(self.county, name, [self.base_year])
        bought = [(power, share) for power, share in zip(names, shares[0], strict=True) if share > 0.0]
        new = np.array([power in NEW_ENERGY for power, _ in bought])
        found = np.zeros((len(theta), len(years)))
        others = [column for column, year in enumerate(years) if year != self.base_year]
        if not others or not self.county.vehicle_costs.height or new.all() or not new.any():
            return found
        powers, base = [power for power, _ in bought], self.costs(self.base_year).of(name)
        known: dict[tuple[float, ...], Floats] = {}
        at_base = _inclusive(relative_costs(base, powers, base), theta, self.nest, known)
        # log of the mean of exp() over a group, weighted by what was bought: the change of the group's utility
        weights = np.log([share for _, share in bought])
        odds = np.log(sum(s for p, s in bought if p in NEW_ENERGY)) - np.log(
            sum(s for p, s in bought if p not in NEW_ENERGY)
        )
        for column in others:
            costs = relative_costs(self.costs(years[column]).of(name), powers, base)
            values = _inclusive(costs, theta, self.nest, known)
            moved = [now - then + weight for now, then, weight in zip(values, at_base, weights, strict=True)]
            gain = _log_sum(list(itertools.compress(moved, new))) - _log_sum(list(itertools.compress(moved, ~new)))
            found[:, column] = gain - odds
        return found


def yearly(county: County, levers: Levers, year: int) -> Levers:
    """Return the policy of a year: with what the nation paid on average for an old car that is traded in, if it did."""
    first, last = (round(county.figure(f"adoption.trade_in_{end}_year")) for end in ("first", "last"))
    year = levers.trade_in_as_of or year
    if not first <= year <= max(last, levers.trade_in_until or last):
        return levers
    # some buyers have an old car: a mean buyer gets that part of it
    traded = county.figure("adoption.trade_in_share")
    by_price = year >= round(county.figure("adoption.trade_in_by_price_from"))
    most = county.figure("adoption.trade_in_price_share") * traded if by_price else None
    return replace(levers, trade_in_cny=county.figure("adoption.trade_in_cny") * traded, trade_in_price_share=most)


def priced(county: County, classes: Sequence[str]) -> bool:
    """Return whether all vehicles of some classes that the flow brings in have a price."""
    costs, flows = county.rows_by("vehicle_costs"), county.rows_by("flow_shares")
    known = {name: {row["power"] for row in costs.get(name, ())} for name in classes}
    return all(
        row["power"] in known[name] for name in classes for row in flows.get(name, ()) if (row["share"] or 0.0) > 0.0
    )


def offers(levers: Levers) -> list[tuple[float, Levers]]:
    """Return who is offered what: the share of the buyers with all forms, and of those who can only purchase."""
    both = [(levers.lease_share, levers), (1.0 - levers.lease_share, replace(levers, forms=FORMS[:1]))]
    return [(share, policy) for share, policy in both if share > 0.0]
