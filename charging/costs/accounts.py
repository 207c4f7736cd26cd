"""What stations cost a year, per kWh and per request that is not lost, and whether drivers pay it back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from data.arrays import scalar
from data.errors import DataError
from data.money import FEN, fen

YEARLY = ("land", "operation")


@dataclass(frozen=True, slots=True)
class Account:
    """A year of stations, in fen.

    Attributes
    ----------
    investment_fen : int
        Paid once.
    capital_fen, land_fen, operation_fen : int
        Each year: the investment over its life, rents, upkeep.
    power_fen, paid_fen : int
        Each year: what the stations pay for their electricity, and what drivers pay to them.
    energy_kwh : float
        Each year, at the meters of drivers.
    """

    investment_fen: int
    capital_fen: int
    land_fen: int
    operation_fen: int
    power_fen: int
    paid_fen: int
    energy_kwh: float

    @property
    def yearly_fen(self) -> int:
        """All costs of a year."""
        return self.capital_fen + self.land_fen + self.operation_fen + self.power_fen

    @property
    def margin_fen(self) -> int:
        """What is left of a year's payments for the investment."""
        return self.paid_fen - self.power_fen - self.land_fen - self.operation_fen

    @property
    def cny_per_kwh(self) -> float | None:
        """All costs over the energy, CNY/kWh; None where nothing is charged."""
        return self.yearly_fen / FEN / self.energy_kwh if self.energy_kwh > 0.0 else None

    @property
    def payback_years(self) -> float | None:
        """Years after which the margins have paid the investment, undiscounted; None where they never do."""
        if not self.investment_fen:
            return 0.0
        return self.investment_fen / self.margin_fen if self.margin_fen > 0 else None

    @property
    def subsidy_share(self) -> float:
        """Share of the investment that others have to give so that the margins pay the rest over its life.

        Above 1 where not even stations that cost nothing would pay for their running.
        """
        return max(0.0, 1.0 - self.margin_fen / self.capital_fen) if self.capital_fen else 0.0


def account_of(costs: pl.DataFrame, *, energy_kwh: float, paid_cny: float, power_cny: float) -> Account:
    """Return the account of a year.

    Parameters
    ----------
    costs : polars.DataFrame
        `charging.costs.station_costs.StationCosts`.
    energy_kwh : float
        Energy of the year at the drivers' meters.
    paid_cny : float
        What drivers pay for it, tariff and fees together.
    power_cny : float
        What the stations pay for their electricity.

    Raises
    ------
    DataError
        A negative or infinite figure.
    """
    for name, value in {"energy_kwh": energy_kwh, "paid_cny": paid_cny, "power_cny": power_cny}.items():
        if not (math.isfinite(value) and value >= 0.0):
            raise DataError(f"{name}: got {value}; expected a finite figure of at least 0.")

    def total(column: str, chosen: pl.Expr) -> int:
        return int(scalar(costs.filter(chosen), pl.col(column).sum(), default=0.0))

    bought = ~pl.col("item").is_in(YEARLY)
    return Account(
        investment_fen=total("investment_fen", bought),
        capital_fen=total("yearly_fen", bought),
        land_fen=total("yearly_fen", pl.col("item") == "land"),
        operation_fen=total("yearly_fen", pl.col("item") == "operation"),
        power_fen=fen(power_cny),
        paid_fen=fen(paid_cny),
        energy_kwh=energy_kwh,
    )


def cny_per_avoided(more_fen: int, less_fen: int, *, lost_with: float, lost_without: float) -> float | None:
    """Return what a request that is not lost costs, CNY: yearly costs more over requests lost less in a year.

    None where no fewer are lost.
    """
    avoided = lost_without - lost_with
    return (more_fen - less_fen) / FEN / avoided if avoided > 0.0 else None
