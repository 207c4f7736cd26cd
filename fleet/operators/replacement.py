"""In which order an operator replaces its vehicles: a small integer programme over years under a yearly budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
import polars as pl
import scipy

from charging.siting.solver import Programme, solve
from data.errors import InfeasibleError
from fleet.operators.consumption import ELECTRIC
from fleet.operators.operator_costs import vehicle_price_cny

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats
    from data.county import County

ORDER: Final = pl.Schema(
    {"year": pl.Int64, "electric": pl.Int64, "fuel": pl.Int64, "spent_cny": pl.Float64, "electric_fleet": pl.Int64}
)
"""Columns: a row per year, with what is bought, what it costs, and how many of the fleet are then electric."""


class Prices(NamedTuple):
    """Price of a vehicle in each year, and what it costs to run one for a year, CNY."""

    buy: Floats
    run: float


@dataclass(frozen=True, slots=True)
class Replacement:
    """A fleet that has to be replaced over some years.

    Attributes
    ----------
    years : tuple of int
        Years of the plan.
    due : tuple of int
        For each group of vehicles of an age, the number of years until it must be replaced; beyond the plan: need not.
    vehicles : tuple of int
        Vehicles of each group.
    electric, fuel : Prices
        What both kinds cost.
    life_years : float
        How long a vehicle is driven: what is left of it after the plan is worth its part of the price.
    rate : float
        Yearly rate of discount.
    """

    years: tuple[int, ...]
    due: tuple[int, ...]
    vehicles: tuple[int, ...]
    electric: Prices
    fuel: Prices
    life_years: float
    rate: float

    @classmethod
    def from_county(
        cls,
        county: County,
        vehicle_class: str,
        fuel_power: str,
        *,
        years: Sequence[int],
        vehicles: int,
        run_cny: tuple[float, float],
    ) -> Self:
        """Return the fleet of an operator, its ages spread evenly over the years that vehicles are held.

        Parameters
        ----------
        county
            Prices with their trend, years of holding, rate.
        vehicle_class, fuel_power
            Class, and the fuel that its vehicles have today.
        years
            Years of the plan.
        vehicles
            Vehicles of the fleet.
        run_cny
            What an electric and a fuel vehicle cost to run for a year.
        """
        life = county.figure("cost.holding_years")
        groups = max(1, round(life))
        counts = [vehicles * (number + 1) // groups - vehicles * number // groups for number in range(groups)]
        buy = [
            np.array([vehicle_price_cny(county, vehicle_class, power, year=year) for year in years])
            for power in (ELECTRIC, fuel_power)
        ]
        owner = county.vehicle_costs.filter(pl.col("vehicle_class") == vehicle_class)["owner"][0]
        return cls(
            tuple(years),
            tuple(range(groups)),
            tuple(counts),
            Prices(buy[0], run_cny[0]),
            Prices(buy[1], run_cny[1]),
            life,
            county.figure(f"cost.discount_{owner}"),
        )

    def order(self, budget_cny: float = math.inf) -> pl.DataFrame:
        """Return what to buy in each year so that all costs, discounted, are least.

        Parameters
        ----------
        budget_cny
            The most that may be spent on vehicles in a year.

        Returns
        -------
        polars.DataFrame
            Columns of `ORDER`.

        Raises
        ------
        InfeasibleError
            The budget is too small to replace the vehicles that are due.
        """
        size = (len(self.vehicles), len(self.years))
        cost = np.concatenate([self._cost(self.electric, size).ravel(), self._cost(self.fuel, size).ravel()])
        rows, low, high = self._rows(size, budget_cny)
        top = np.tile(np.repeat(np.array(self.vehicles, dtype=float), size[1]), 2)
        solution = solve(
            Programme(cost, scipy.sparse.csr_array(rows), low, high, len(cost), top), seconds=math.inf, nodes=2000
        )
        if solution is None or solution.columns is None:
            raise InfeasibleError(
                f"replacement: {budget_cny:,.0f} CNY a year do not replace the vehicles that are due. Expected at "
                f"least {self._least_cny():,.0f} CNY on the mean: give a larger budget."
            )
        bought = np.round(solution.columns).reshape(2, *size).sum(axis=1)
        spent = bought[0] * self.electric.buy + bought[1] * self.fuel.buy
        kinds = bought.astype(np.int64)
        data = {"year": list(self.years), "electric": kinds[0], "fuel": kinds[1], "spent_cny": spent}
        return pl.DataFrame({**data, "electric_fleet": np.cumsum(kinds[0])}, schema=ORDER)

    def _cost(self, prices: Prices, size: tuple[int, int]) -> Floats:
        """Return the discounted cost of replacing a vehicle in a year.

        Its price and running, less what is left of it after the plan, and less the running of the old one that it ends.
        """
        number = np.arange(size[1])
        discount = (1.0 + self.rate) ** -number.astype(float)
        left = np.maximum(0.0, 1.0 - (size[1] - number) / self.life_years)
        bought = prices.buy * (discount - left * (1.0 + self.rate) ** -float(size[1]))
        later = np.cumsum(discount[::-1])[::-1]
        return np.tile(bought + (prices.run - self.fuel.run) * later, (size[0], 1))

    def _rows(self, size: tuple[int, int], budget_cny: float) -> tuple[Floats, Floats, Floats]:
        """Return rows of the programme: each vehicle once and in time, the budget of each year."""
        groups, years = size
        columns = groups * years
        rows, low, high = [], [], []
        for group, (due, count) in enumerate(zip(self.due, self.vehicles, strict=True)):
            row = np.zeros((2, groups, years))
            row[:, group, : min(due + 1, years)] = 1.0
            rows.append(row.ravel())
            # due within the plan: all of them by then; otherwise as many as pay
            low.append(float(count) if due < years else 0.0)
            high.append(float(count))
            if due + 1 < years:
                late = np.zeros((2, groups, years))
                late[:, group, due + 1 :] = 1.0
                rows.append(late.ravel())
                low.append(0.0)
                high.append(0.0)
        for year in range(years if math.isfinite(budget_cny) else 0):
            row = np.zeros((2, groups, years))
            row[0, :, year], row[1, :, year] = self.electric.buy[year], self.fuel.buy[year]
            rows.append(row.ravel())
            low.append(-np.inf)
            high.append(budget_cny)
        return np.vstack(rows).reshape(-1, 2 * columns), np.array(low), np.array(high)

    def _least_cny(self) -> float:
        """Return what the cheapest replacement of what is due costs by year."""
        due = sum(count for due, count in zip(self.due, self.vehicles, strict=True) if due < len(self.years))
        return due * float(np.minimum(self.electric.buy, self.fuel.buy).mean()) / len(self.years)
