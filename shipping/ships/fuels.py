"""What a kg of ship fuel emits: from the funnel and with its supply, methane slip counted once.

One table of factors (``fuel_factors``, mode ship) and one function for the three series of the carbon account and for
the table of carriers.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from data.errors import DataError


class FuelEmissions(NamedTuple):
    """Emissions of a kg of fuel that is bunkered.

    Attributes
    ----------
    tank_kgco2 : float
        CO2 from the funnel: of what is burnt, which is all but the slip.
    tank_kgco2e : float
        CO2e from the funnel: CO2, nitrous oxide and methane of what is burnt, and the methane that slips.
    well_kgco2e : float
        CO2e with the supply of the fuel.
    """

    tank_kgco2: float
    tank_kgco2e: float
    well_kgco2e: float


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

    def emissions(self, *, slip_share: float | None = None, gwp_ch4: float | None = None) -> FuelEmissions:
        """Return what a kg of the fuel emits.

        With the slip s (share of the fuel that leaves unburnt) and e, the CO2e of a kg that is burnt, the funnel emits
        ``(1 - s) e + s GWP`` (form of Regulation (EU) 2023/1805, Annex I), and of CO2 alone ``1 - s`` of the table's:
        carbon that leaves as methane does not leave as CO2 too. The table's ``ttw_kgco2e_per_kg`` contains the methane
        that ``ttw_ch4_kgco2e_per_kg`` states; where that slipped, it is taken out to get e. Without CO2e, e is the CO2.

        Parameters
        ----------
        slip_share, gwp_ch4 : float, optional
            Methane slip and its warming potential, instead of those of the table. A fuel without slip, such as diesel,
            has none whatever slip of gas engines is asked for.
        """
        stated_slip = self.slip_share or 0.0
        slip = stated_slip if slip_share is None or stated_slip == 0.0 else slip_share
        warming = (self.gwp_ch4 or 0.0) if gwp_ch4 is None else gwp_ch4
        burnt = self.ttw_kgco2_per_kg if self.ttw_kgco2e_per_kg is None else self.ttw_kgco2e_per_kg
        slipped = self.ttw_ch4_kgco2e_per_kg or 0.0
        if stated_slip > 0.0 and slipped > 0.0 and self.ttw_kgco2e_per_kg is not None:
            # per kg that is burnt: the table's CO2e is per kg of fuel, of which a part slips
            burnt = (burnt - slipped) / (1.0 - stated_slip)
        tank = (1.0 - slip) * burnt + slip * warming
        return FuelEmissions((1.0 - slip) * self.ttw_kgco2_per_kg, tank, tank + (self.wtt_kgco2e_per_kg or 0.0))

    def kg_per_kg(self, series: str, *, slip_share: float | None = None, gwp_ch4: float | None = None) -> float:
        """Return the emissions of a kg in a series: CO2 from the funnel (a, b), CO2e from the well (c)."""
        found = self.emissions(slip_share=slip_share, gwp_ch4=gwp_ch4)
        # b differs from a by purchased electricity, which no fuel contains
        return found.tank_kgco2 if series in ("a", "b") else found.well_kgco2e
