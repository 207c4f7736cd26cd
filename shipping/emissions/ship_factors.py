"""Emissions of a unit of energy on ships: per kg of fuel, and per kWh at the shaft.

Three series: (a) CO2 from the funnel, (b) a and purchased electricity, (c) well-to-wake CO2e with methane slip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from data.errors import DataError
from shipping.parameters.county_river import rows_of
from shipping.parameters.ship_parameters import BURNT, EngineParameters
from shipping.ships.ship_classes import sfc_by_fuel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County

SERIES: Final = ("a", "b", "c")


class ShipFuel(NamedTuple):
    """A row of ``fuel_factors`` for ships: kg CO2 or CO2e of a kg of fuel, MJ of a kg; None where not known."""

    ttw_kgco2_per_kg: float
    ttw_kgco2e_per_kg: float | None
    ttw_ch4_kgco2e_per_kg: float | None
    wtt_kgco2e_per_kg: float | None
    slip_share: float | None
    gwp_ch4: float | None
    lower_heating_mj_per_kg: float | None

    @classmethod
    def from_table(cls, fuel_factors: pl.DataFrame, fuel: str) -> ShipFuel:
        """Return the factors of a fuel of ships.

        Raises
        ------
        DataError
            If the table has none.
        """
        rows = fuel_factors.filter((pl.col("fuel") == fuel) & (pl.col("mode") == "ship"))
        if not rows.height:
            raise DataError(f"fuel_factors: no row for fuel '{fuel}' and mode 'ship'.")
        return cls._make(rows.select(cls._fields).row(0))

    def kg_per_kg(self, series: str, *, slip_share: float | None = None, gwp_ch4: float | None = None) -> float:
        """Return the emissions of a kg of the fuel in a series, kg CO2 or CO2e.

        Series c: ``wtt + (1 - s) e + s GWP`` with slip s (share of the fuel that leaves unburnt) and e the CO2e of a kg
        burnt (form of FuelEU Annex I). The table's ``ttw_kgco2e_per_kg`` contains the methane that
        ``ttw_ch4_kgco2e_per_kg`` states; where that slipped, it is taken out to get e. Without CO2e, e is the CO2.
        """
        # b differs from a by purchased electricity, which no fuel contains
        if series in ("a", "b"):
            return float(self.ttw_kgco2_per_kg)
        stated_slip = self.slip_share or 0.0
        # A fuel without slip, such as diesel, has none whatever slip of gas engines is asked for.
        slip = stated_slip if slip_share is None or stated_slip == 0.0 else slip_share
        warming = (self.gwp_ch4 or 0.0) if gwp_ch4 is None else gwp_ch4
        burnt = self.ttw_kgco2_per_kg if self.ttw_kgco2e_per_kg is None else self.ttw_kgco2e_per_kg
        slipped = self.ttw_ch4_kgco2e_per_kg or 0.0
        if stated_slip > 0.0 and slipped > 0.0 and self.ttw_kgco2e_per_kg is not None:
            # per kg that is burnt: the table's CO2e is per kg of fuel, of which a part slips
            burnt = (burnt - slipped) / (1.0 - stated_slip)
        return float((self.wtt_kgco2e_per_kg or 0.0) + (1.0 - slip) * burnt + slip * warming)


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
