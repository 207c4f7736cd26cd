"""Emissions of a unit of energy on ships: per kg of fuel, and per kWh at the shaft.

Three series: (a) CO2 from the funnel, (b) a and purchased electricity, (c) well-to-wake CO2e with methane slip. What a
kg of fuel emits is `shipping.ships.fuels`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shipping.parameters.county_river import rows_of
from shipping.parameters.ship_parameters import BURNT, EngineParameters
from shipping.ships.fuels import ShipFuel
from shipping.ships.ship_classes import sfc_by_fuel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County

SERIES: Final = ("a", "b", "c")


@dataclass(frozen=True, eq=False, slots=True)
class ShipFactors:
    """What a unit of energy on ships takes and emits.

    Attributes
    ----------
    sfc_kg_kwh : mapping of str to float
        Specific fuel consumption at the best load, by fuel that is burnt, kg/kWh.
    fuels : mapping of str to ShipFuel
        Emissions of a kg of those fuels.
    electric_efficiency : float
        Energy at the shaft over energy at the shore meter.
    baseline_year : int
        Year whose grid factor is frozen.
    """

    sfc_kg_kwh: Mapping[str, float]
    fuels: Mapping[str, ShipFuel]
    electric_efficiency: float
    baseline_year: int

    @classmethod
    def from_county(cls, county: County) -> ShipFactors:
        """Return the factors of a county: ``fuel_factors``, engines, figures; DataError if a fuel has none."""
        table = rows_of(county, "fuel_factors")
        return cls(
            sfc_by_fuel(EngineParameters.from_county(county)),
            {fuel: ShipFuel.from_table(table, fuel) for fuel in BURNT},
            county.figure("river.electric_efficiency"),
            int(county.figure("carbon.baseline_year")),
        )

    def kg_per_kwh(
        self, series: str, grid_kg_kwh: float, *, slip_share: float | None = None, gwp_ch4: float | None = None
    ) -> dict[str, float]:
        """Return the emissions of a kWh of brake energy by carrier, with the CO2 of a kWh at the shore meter."""
        per_kwh = {
            fuel: sfc * self.fuels[fuel].kg_per_kg(series, slip_share=slip_share, gwp_ch4=gwp_ch4)
            for fuel, sfc in self.sfc_kg_kwh.items()
        }
        # at the shore meter: losses on the way to the shaft are bought too
        return {**per_kwh, "electric": grid_kg_kwh / self.electric_efficiency}

    def kg_per_mj(self) -> dict[str, float]:
        """Return the kg that hold one MJ, by fuel whose heating value is known."""
        heats = {fuel: row.lower_heating_mj_per_kg for fuel, row in self.fuels.items()}
        return {fuel: 1.0 / heat for fuel, heat in heats.items() if heat}
