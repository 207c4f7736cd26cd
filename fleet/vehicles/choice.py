"""What buyers choose: a nested logit on the cost of ownership, on an estimated trend of the liking of new energy."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from data.errors import DataError
from data.memory.remembering import remembered
from data.schemas.base import NEW_ENERGY
from data.streams import stream, triangular
from fleet.vehicles.adoption_trend import DRAWS, AdoptionTrend, adoption_trend, band
from fleet.vehicles.choice_costs import ClassCosts, CostUtilities, inclusive_values, offers, relative_costs
from fleet.vehicles.cost_inputs import Levers
from fleet.vehicles.turnover import flow_path, flow_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from data.arrays import Floats
    from data.county import County

_SEED: Final = 20251231  # as that of the trend: a property of the tables, the same in every run
_LEAST_SHARE: Final = 1e-6  # of new energy, at the ends of the range of the base year: none at all has no logit


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
    utility = np.asarray(constants, dtype=float) + inclusive_values(costs, np.array([theta]), nest)[0]
    return np.asarray(scipy.special.softmax(utility))


@dataclass(frozen=True, slots=True)
class ClassShares:
    """Shares of powers among the new vehicles of a class, as drawn.

    Attributes
    ----------
    powers : tuple of str
        Powers of the class in the table of the flow.
    years : tuple of int
        Years after the base year.
    drawn : numpy.ndarray
        Draws by years by powers; they sum to 1 over the powers.
    """

    powers: tuple[str, ...]
    years: tuple[int, ...]
    drawn: Floats

    def of(self, powers: Sequence[str]) -> Floats:
        """Return the share of some powers together, draws by years."""
        counted = [power in powers for power in self.powers]
        return np.asarray(self.drawn[:, :, counted].sum(axis=2))


def chosen_shares(county: County, name: str, *, years: Sequence[int], levers: Levers | None = None) -> ClassShares:
    """Return what the buyers of a class choose in each draw of the estimated model.

    A draw has its own sensitivity to cost, trend, and share of new energy in the base year (within the range of the
    table). A class that follows no observed series has the assumed trend ``adoption.trend_logit_per_year``.
    Computed once per class, years, policy and what it looks at in the county.

    Parameters
    ----------
    county
        Costs, observed series, and ``flow_shares`` up to ``adoption.base_year``, whose shares the constants reproduce.
    name
        Vehicle class.
    years
        Years after the base year.
    levers
        Policy after the base year.

    Raises
    ------
    DataError
        A power of the flow without costs, or an observed series that ends after the base year.
    """
    policy = levers or Levers()
    key = ("chosen", name, tuple(years), policy)
    return remembered(county, key, lambda watched: _chosen(watched, name, tuple(years), policy))


def _chosen(county: County, name: str, years: tuple[int, ...], levers: Levers) -> ClassShares:
    """Return what the buyers of a class choose, computed anew."""
    parameters = ChoiceParameters.from_county(county)
    trend = adoption_trend(county)
    drift = _drift(county, name, years, parameters, trend)
    # drivers who find more guns than they would have count for what they do: a power law of the odds
    drift += parameters.charging_elasticity * np.log(levers.public_guns_factor)
    utilities = CostUtilities.of(county)
    choice = _Choice.calibrated(utilities, name, parameters, trend.cost_sensitivity)
    # who can only purchase chooses by purchase alone; both kinds of buyers are mixed by their share
    parts = [
        share * choice.shares([utilities.costs(year, policy).of(name) for year in years], drift)
        for share, policy in offers(levers)
    ]
    drawn = np.zeros((len(drift), len(years), len(choice.names)))
    drawn[:, :, choice.bought] = np.sum(parts, axis=0)
    return ClassShares(tuple(choice.names), years, drawn)


def choice_flow(county: County, *, years: Sequence[int], levers: Levers | None = None) -> pl.DataFrame:
    """Return the flow shares that buyers choose: means over the draws of the estimated model, with its 90 % band.

    Parameters
    ----------
    county
        Costs, observed series, and ``flow_shares`` up to ``adoption.base_year``, whose shares the constants reproduce.
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
    return remembered(county, key, lambda watched: _flow(watched, years, policy))


def _flow(county: County, years: Sequence[int], levers: Levers) -> pl.DataFrame:
    """Return the flow shares that buyers choose, computed anew."""
    base = ChoiceParameters.from_county(county).base_year
    known = [year for year in years if year <= base]
    later = [year for year in years if year > base]
    rows: list[tuple[str, str, int, float]] = []
    bounds: list[tuple[float | None, float | None]] = []
    for name in county.vehicle_classes["vehicle_class"]:
        powers, shares = flow_path(county, name, known or [base])
        for index, year in enumerate(known):
            rows += [(name, power, year, float(share)) for power, share in zip(powers, shares[index], strict=True)]
        bounds += [(None, None)] * (len(known) * len(powers))
        if not later:
            continue
        chosen = chosen_shares(county, name, years=later, levers=levers)
        middle, (low, high) = chosen.drawn.mean(axis=0), band(chosen.drawn)
        for index, year in enumerate(later):
            rows += [(name, power, year, float(share)) for power, share in zip(powers, middle[index], strict=True)]
            # a mean outside its band: all draws but a few at one end
            ends = zip(np.minimum(low[index], middle[index]), np.maximum(high[index], middle[index]), strict=True)
            bounds += [(float(least), float(most)) for least, most in ends]
    return flow_table(rows, bounds)


@dataclass(frozen=True, slots=True)
class ChoiceParameters:
    """Figures of the choice of power.

    Attributes
    ----------
    base_year : int
        Year whose shares the constants reproduce.
    form_nest : float
        Nest parameter of the forms within a power.
    trend_logit_per_year : tuple of float
        What new energy gains in the logit per year, low to high, in classes that follow no observed series.
    charging_elasticity : float
        Elasticity of the odds of new energy to the number of public guns.
    """

    base_year: int
    form_nest: float
    trend_logit_per_year: tuple[float, float, float]
    charging_elasticity: float

    @classmethod
    def from_county(cls, county: County) -> ChoiceParameters:
        """Return the figures ``adoption.*`` of a county."""
        figure = county.figure
        return cls(
            round(figure("adoption.base_year")),
            figure("adoption.form_nest"),
            county.figure_range("adoption.trend_logit_per_year"),
            figure("adoption.charging_elasticity"),
        )


def _drift(
    county: County, name: str, years: Sequence[int], parameters: ChoiceParameters, trend: AdoptionTrend
) -> Floats:
    """Return what the liking of new energy has gained since the base year, logits, draws by years."""
    followed = [row["series"] for row in county.rows_by("adoption_series").get(name, ())]
    on = np.array(years) - parameters.base_year
    if not followed:
        drawn = triangular(*parameters.trend_logit_per_year, _scores("assumed-trend"))
        return np.asarray(drawn[:, None] * on)
    path = trend.levels(followed[0], [parameters.base_year, *years])
    return np.asarray(path[:, 1:] - path[:, :1])


@functools.cache
def _scores(decision: str) -> Floats:
    """Return the draws of a decision, which all classes share: from 0 to 1, not to be changed."""
    scores = stream(_SEED, "fleet", "adoption", decision).random(DRAWS)
    scores.flags.writeable = False
    return scores


@dataclass(frozen=True, slots=True)
class _Choice:
    """The nested logit of a class, with the constants of each draw, and the costs that they are relative to."""

    names: list[str]
    bought: list[int]
    constants: Floats
    at_base: ClassCosts
    theta: Floats
    nest: float

    @classmethod
    def calibrated(cls, utilities: CostUtilities, name: str, parameters: ChoiceParameters, theta: Floats) -> _Choice:
        """Return the choice whose constants reproduce the shares of the base year with all forms on offer.

        A power that nobody bought in that year cannot be chosen later.
        """
        county = utilities.county
        names, table = flow_path(county, name, [parameters.base_year])
        # a share of 0 would need a constant of minus infinity
        bought = [column for column, share in enumerate(table[0]) if share > 0.0]
        powers, nest = [names[column] for column in bought], parameters.form_nest
        # without policy of the county's own: the constants must not contain the levers that are tried
        at_base = utilities.costs(parameters.base_year).of(name)
        plain = inclusive_values(relative_costs(at_base, powers, at_base), theta, nest)
        wanted = _base_shares(county, name, powers, table[0][bought], parameters.base_year)
        # adding the same to all constants changes no share; these make the shares exactly those of the base year
        return cls(names, bought, np.log(wanted) - plain, at_base, theta, nest)

    def shares(self, costs: Sequence[ClassCosts], drift: Floats) -> Floats:
        """Return the shares of the powers that are bought, draws by years by powers, at the costs of each year."""
        powers = [self.names[column] for column in self.bought]
        new = np.array([power in NEW_ENERGY for power in powers])
        utility = np.stack(
            [
                self.constants + inclusive_values(relative_costs(table, powers, self.at_base), self.theta, self.nest)
                for table in costs
            ],
            axis=1,
        )
        return np.asarray(scipy.special.softmax(utility + drift[:, :, None] * new, axis=2))


def _base_shares(county: County, name: str, powers: Sequence[str], shares: Floats, year: int) -> Floats:
    """Return the shares of the base year, draws by powers: new energy within its range, proportions kept."""
    new = np.array([power in NEW_ENERGY for power in powers])
    rows = [
        row
        for row in county.rows_by("flow_shares").get(name, ())
        if row["year"] == year and row["power"] in powers and row["power"] in NEW_ENERGY
    ]
    total = float(shares[new].sum())
    known = [(row["low"], row["high"]) for row in rows if None not in (row["low"], row["high"])]
    # no new energy, nothing else, or no range: the table's shares in every draw
    if not 0.0 < total < 1.0 or not known:
        return np.tile(shares, (DRAWS, 1))
    low, high = (min(max(sum(ends), _LEAST_SHARE), 1.0 - _LEAST_SHARE) for ends in zip(*known, strict=True))
    drawn = triangular(min(low, total), total, max(high, total), _scores("base-share"))[:, None]
    return np.asarray(np.where(new, shares / total * drawn, shares / (1.0 - total) * (1.0 - drawn)))
