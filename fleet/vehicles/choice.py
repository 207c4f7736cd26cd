"""What buyers choose: a nested logit on the cost of ownership, and the path that targets need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from data.errors import DataError
from data.memory.remembering import remembered
from data.schemas.base import NEW_ENERGY
from data.schemas.costs import FORMS
from fleet.vehicles.cost_inputs import Levers
from fleet.vehicles.costs import COMBUSTION, costs_per_km
from fleet.vehicles.turnover import flow_path, flow_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from data.arrays import Floats
    from data.county import County
    from fleet.vehicles.costs import Costs


def nested_shares(costs: Sequence[Sequence[float]], constants: Sequence[float], *, theta: float, nest: float) -> Floats:
    """Return the share of each power by a nested logit.

    Parameters
    ----------
    costs
        For each power the costs of its forms of acquisition, over a reference cost.
    constants
        Constant of each power.
    theta
        Sensitivity to cost, above 0.
    nest
        Nest parameter of the forms within a power, above 0 and at most 1; 1 is the multinomial logit.

    Returns
    -------
    numpy.ndarray
        Shares that sum to 1: P(power) ~ exp(constant + nest * I), I = log sum over forms of exp(-theta cost / nest).
        Ben-Akiva and Lerman, Discrete Choice Analysis (1985), chapter 10.

    Raises
    ------
    DataError
        theta or nest out of bounds, or a power without a form.
    """
    if not (theta > 0.0 and 0.0 < nest <= 1.0):
        raise DataError(f"choice: theta {theta} must be above 0 and nest {nest} above 0 and at most 1.")
    if any(not forms for forms in costs):
        raise DataError("choice: a power has no form of acquisition.")
    # divided by the nest: forms of one power compete more closely than powers do
    inclusive = np.array([_log_sum(np.asarray(forms, dtype=float) * -theta / nest) for forms in costs])
    utility = np.asarray(constants, dtype=float) + nest * inclusive
    # the largest is taken out: shares do not change, and exp() cannot overflow
    weights = np.exp(utility - utility.max())
    return np.asarray(weights / weights.sum())


def _log_sum(values: Floats) -> float:
    """Return log(sum(exp(values)))."""
    top = float(values.max())  # taken out first: exp() of a large utility overflows
    return top + float(np.log(np.exp(values - top).sum()))


def choice_flow(county: County, *, years: Sequence[int], levers: Levers | None = None) -> pl.DataFrame:
    """Return the flow shares that buyers choose.

    Parameters
    ----------
    county
        Costs, and ``flow_shares`` up to ``adoption.base_year``, whose shares the constants reproduce.
    years
        Years to compute; those up to the base year keep the table's shares.
    levers
        Policy after the base year.

    Returns
    -------
    polars.DataFrame
        Rows in the form of ``flow_shares``: ``vehicle_class, power, year, share, low, high, source, confidence``.
        Computed once per years, policy and what it looks at in the county.

    Raises
    ------
    DataError
        A power of the flow without costs.
    """
    policy = levers or Levers()
    key = ("choice_flow", tuple(years), policy)
    return remembered(county, key, lambda watched: _chosen(watched, years, policy))


def _chosen(county: County, years: Sequence[int], levers: Levers) -> pl.DataFrame:
    """Return the flow shares that buyers choose, computed anew."""
    parameters = ChoiceParameters.from_county(county)
    base = parameters.base_year
    known = [year for year in years if year <= base]
    later = [year for year in years if year > base]
    # buyers to whom no other form is offered choose by purchase alone; both kinds are mixed by their share
    offers = [(levers.lease_share, levers)]
    if levers.lease_share < 1.0:
        offers.append((1.0 - levers.lease_share, replace(levers, forms=FORMS[:1])))
    # all forms and no policy: the constants must not contain the levers that are tried
    at_base = costs_per_km(county, year=base)
    costs = [
        (weight, {year: costs_per_km(county, year=year, levers=offer) for year in later}) for weight, offer in offers
    ]
    rows: list[tuple[str, str, int, float]] = []
    for name in county.vehicle_classes["vehicle_class"]:
        powers, shares = flow_path(county, name, known or [base])
        for index, year in enumerate(known):
            rows += [(name, power, year, float(share)) for power, share in zip(powers, shares[index], strict=True)]
        choice = _Choice.calibrated(county, name, at_base, parameters)
        for year in later:
            chosen = sum(weight * choice.shares(by_year[year], year - base) for weight, by_year in costs)
            by_power = dict(zip(choice.powers, np.asarray(chosen).tolist(), strict=True))
            rows += [(name, power, year, by_power.get(power, 0.0)) for power in powers]
    return flow_table(rows)


@dataclass(frozen=True, slots=True)
class ChoiceParameters:
    """Figures of the choice of power.

    Attributes
    ----------
    base_year : int
        Year whose shares the constants reproduce.
    cost_sensitivity : float
        Theta of the nested logit, per reference cost.
    form_nest : float
        Nest parameter of the forms within a power.
    trend_logit_per_year : float
        What new energy gains in the logit per year after the base, whatever it costs.
    """

    base_year: int
    cost_sensitivity: float
    form_nest: float
    trend_logit_per_year: float

    @classmethod
    def from_county(cls, county: County) -> ChoiceParameters:
        """Return the figures ``adoption.*`` of a county."""
        figure = county.figure
        return cls(
            round(figure("adoption.base_year")),
            figure("adoption.cost_sensitivity"),
            figure("adoption.form_nest"),
            figure("adoption.trend_logit_per_year"),
        )


@dataclass(frozen=True, slots=True)
class _Choice:
    """The nested logit of a class: its powers, their constants, and the costs that they are relative to."""

    name: str
    powers: list[str]
    constants: Floats
    at_base: Costs
    parameters: ChoiceParameters

    @classmethod
    def calibrated(cls, county: County, name: str, at_base: Costs, parameters: ChoiceParameters) -> _Choice:
        """Return the choice whose constants reproduce the shares of the base year with all forms on offer.

        A power that nobody bought in that year cannot be chosen later.
        """
        names, table = flow_path(county, name, [parameters.base_year])
        # a share of 0 would need a constant of minus infinity
        bought = [power for power, share in zip(names, table[0], strict=True) if share > 0.0]
        wanted = np.array([share for share in table[0] if share > 0.0])
        before = _relative_costs(at_base, name, bought, at_base)
        plain = nested_shares(before, [0.0] * len(bought), theta=parameters.cost_sensitivity, nest=parameters.form_nest)
        # adding the same to all constants changes no share; these make the shares exactly those of the base year
        constants = np.log(wanted) - np.log(plain)
        return cls(name, bought, constants, at_base, parameters)

    def shares(self, costs: Costs, years_on: int) -> Floats:
        """Return the shares of the powers at the costs of a year that is `years_on` years after the base."""
        trend = self.parameters.trend_logit_per_year
        # what costs do not explain: the trend of new energy as a whole
        drift = np.array([trend * years_on if power in NEW_ENERGY else 0.0 for power in self.powers])
        now = _relative_costs(costs, self.name, self.powers, self.at_base)
        theta, nest = self.parameters.cost_sensitivity, self.parameters.form_nest
        return nested_shares(now, self.constants + drift, theta=theta, nest=nest)


def _relative_costs(costs: Costs, name: str, powers: Sequence[str], base: Costs) -> list[list[float]]:
    """Return the costs of the forms of each power over the base year's cost of the petrol or diesel vehicle."""
    bought = {
        power: cost
        for (vehicle_class, power), forms in base.items()
        for form, cost in forms
        if vehicle_class == name and form == FORMS[0]
    }
    usual = [bought[power] for power in COMBUSTION if power in bought]
    # without a petrol or diesel vehicle the class's cheapest purchase stands in
    reference = min(usual or bought.values(), default=0.0)
    if not reference > 0.0:
        raise DataError(f"vehicle_costs: no row for vehicle_class {name!r}; add its price.")
    result = []
    for power in powers:
        forms = costs.get((name, power))
        if not forms:
            raise DataError(f"vehicle_costs: no row for vehicle_class {name!r} with power {power!r}; add its price.")
        result.append([cost / reference for _form, cost in forms])
    return result
