"""What costs of ownership say of the choice of power: utilities of a nested logit, relative to the base year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import logsumexp

from data.arrays import scalar
from data.errors import DataError
from data.schemas.base import NEW_ENERGY
from data.schemas.costs import FORMS
from fleet.vehicles.cost_inputs import Levers
from fleet.vehicles.costs import COMBUSTION, tco
from fleet.vehicles.turnover import flow_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats
    from data.county import County


def relative_costs(table: pl.DataFrame, name: str, powers: Sequence[str], base: pl.DataFrame) -> list[list[float]]:
    """Return the costs of the forms of each power over the base year's cost of the petrol or diesel vehicle.

    Raises
    ------
    DataError
        A class or power without costs.
    """
    bought = base.filter((pl.col("vehicle_class") == name) & (pl.col("form") == "purchase"))
    usual = bought.filter(pl.col("power").is_in(list(COMBUSTION)))
    # without a petrol or diesel vehicle the class's cheapest purchase stands in
    reference = scalar(usual if usual.height else bought, pl.col("cny_per_km").min(), default=0.0)
    if not reference > 0.0:
        raise DataError(f"vehicle_costs: no row for vehicle_class {name!r}; add its price.")
    result = []
    for power in powers:
        costs = table.filter((pl.col("vehicle_class") == name) & (pl.col("power") == power))["cny_per_km"].to_list()
        if not costs:
            raise DataError(f"vehicle_costs: no row for vehicle_class {name!r} with power {power!r}; add its price.")
        result.append([cost / reference for cost in costs])
    return result


def inclusive_values(costs: Sequence[Sequence[float]], theta: Floats, nest: float) -> Floats:
    """Return nest x log sum over forms of exp(-theta cost / nest), one column per power, one row per theta."""
    # divided by the nest: forms of one power compete more closely than powers do
    columns = [nest * logsumexp(np.multiply.outer(-theta / nest, np.asarray(forms)), axis=1) for forms in costs]
    return np.column_stack(columns)


@dataclass(frozen=True, slots=True)
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
    """

    county: County
    base_year: int
    nest: float

    @classmethod
    def of(cls, county: County) -> CostUtilities:
        """Return those of a county."""
        return cls(county, round(county.figure("adoption.base_year")), county.figure("adoption.form_nest"))

    def table(self, year: int, levers: Levers | None = None) -> pl.DataFrame:
        """Return the cost of ownership of a year; computed once per county, year and policy."""
        policy = yearly(self.county, levers or Levers(), year)
        return self.county.once(("tco", year, policy), lambda: tco(self.county, year=year, levers=policy))

    def logit_of(self, name: str, year: int, theta: Floats) -> Floats:
        """Return what costs add to the logit of new energy in a year against the base year, one value per theta.

        0 for a county without costs, and for a class that buys only one kind of power.
        """
        names, shares = flow_path(self.county, name, [self.base_year])
        bought = [(power, share) for power, share in zip(names, shares[0], strict=True) if share > 0.0]
        new = np.array([power in NEW_ENERGY for power, _ in bought])
        if not self.county.vehicle_costs.height or new.all() or not new.any() or year == self.base_year:
            return np.zeros(len(theta))
        powers, base = [power for power, _ in bought], self.table(self.base_year)
        moved = inclusive_values(relative_costs(self.table(year), name, powers, base), theta, self.nest)
        moved -= inclusive_values(relative_costs(base, name, powers, base), theta, self.nest)
        # log of the mean of exp() over a group, weighted by what was bought: the change of the group's utility
        weighted = moved + np.log([share for _, share in bought])
        gain = logsumexp(weighted[:, new], axis=1) - logsumexp(weighted[:, ~new], axis=1)
        at_base = np.log(sum(s for p, s in bought if p in NEW_ENERGY)) - np.log(
            sum(s for p, s in bought if p not in NEW_ENERGY)
        )
        return np.asarray(gain - at_base)


def yearly(county: County, levers: Levers, year: int) -> Levers:
    """Return the policy of a year: with what the nation paid on average for an old car that is traded in, if it did."""
    first, last = (round(county.figure(f"adoption.trade_in_{end}_year")) for end in ("first", "last"))
    if not first <= year <= max(last, levers.trade_in_until or last):
        return levers
    paid = county.figure("adoption.trade_in_cny") * county.figure("adoption.trade_in_share")
    return replace(levers, trade_in_cny=paid)


def offers(levers: Levers) -> list[tuple[float, Levers]]:
    """Return who is offered what: the share of the buyers with all forms, and of those who can only purchase."""
    both = [(levers.lease_share, levers), (1.0 - levers.lease_share, replace(levers, forms=FORMS[:1]))]
    return [(share, policy) for share, policy in both if share > 0.0]
