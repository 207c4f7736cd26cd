"""What the accounts of road carbon are given: tables and figures, read from a county at the door."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from data.factors import grid_factor

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from data.county import County


@dataclass(frozen=True, slots=True)
class RoadFactors:
    """Classes, their use of energy, and what a unit of it emits.

    Attributes
    ----------
    vehicle_classes, energy_use, fuel_factors : polars.DataFrame
        County tables of these names.
    grid : callable
        ``grid(year)``: CO2 of a kWh at the meter, kg.
    base_year : int
        Year that changes count from.
    charger_efficiency : float
        Battery kWh per meter kWh.
    cng_density_kg_m3 : float
        Kg of compressed gas per m3.
    pkm_to_tkm : float
        t km that a passenger km counts in converted turnover.
    """

    vehicle_classes: pl.DataFrame
    energy_use: pl.DataFrame
    fuel_factors: pl.DataFrame
    grid: Callable[[int], float]
    base_year: int
    charger_efficiency: float
    cng_density_kg_m3: float
    pkm_to_tkm: float

    @classmethod
    def from_county(cls, county: County) -> RoadFactors:
        """Return what a county's tables and figures say."""
        return cls(
            county.vehicle_classes,
            county.energy_use,
            county.fuel_factors,
            partial(grid_factor, county),
            round(county.figure("carbon.baseline_year")),
            # one efficiency for all electricity: the accounts do not know where a kWh was charged
            county.figure("charging.efficiency_dc"),
            county.figure("fleet.cng_density_kg_m3"),
            county.figure("carbon.pkm_to_tkm_road"),
        )
