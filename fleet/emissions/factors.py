"""What the accounts of road carbon are given: tables and figures, read from a county at the door."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from data.factors import electricity_factor, grid_factor
from fleet.vehicles.charging_places import ChargingPlaces

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from data.county import County


@dataclass(frozen=True, slots=True)
class RoadFactors:
    """Classes, their use of energy, and what a unit of it emits.

    Attributes
    ----------
    vehicle_classes, freight_loads, energy_use, fuel_factors : polars.DataFrame
        County tables of these names.
    grid : callable
        ``grid(year)``: CO2 of a kWh at the meter, kg.
    base_year : int
        Year that changes count from.
    charging_places : ChargingPlaces
        Where a class charges, and what is lost there.
    electricity : callable
        ``electricity(year, series)``: what a kWh at the meter emits in a series, kg.
    electricity_upstream_share : float
        What series c adds to the CO2 of a kWh, over that CO2.
    cng_density_kg_m3 : float
        Kg of compressed gas per m3.
    use_empty_over_full : float
        Use per km of an empty truck over that of a full one.
    pkm_to_tkm : float
        t km that a passenger km counts in converted turnover.
    """

    vehicle_classes: pl.DataFrame
    freight_loads: pl.DataFrame
    energy_use: pl.DataFrame
    fuel_factors: pl.DataFrame
    grid: Callable[[int], float]
    base_year: int
    charging_places: ChargingPlaces
    electricity: Callable[[int, str], float]
    electricity_upstream_share: float
    cng_density_kg_m3: float
    use_empty_over_full: float
    pkm_to_tkm: float

    @classmethod
    def from_county(cls, county: County) -> RoadFactors:
        """Return what a county's tables and figures say."""
        return cls(
            county.vehicle_classes,
            county.freight_loads,
            county.energy_use,
            county.fuel_factors,
            partial(grid_factor, county),
            round(county.figure("carbon.baseline_year")),
            ChargingPlaces.from_county(county),
            partial(electricity_factor, county),
            county.figure("carbon.electricity_upstream_share"),
            county.figure("fleet.cng_density_kg_m3"),
            county.figure("fleet.use_empty_over_full"),
            county.figure("carbon.pkm_to_tkm_road"),
        )
