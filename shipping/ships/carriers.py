"""Energy carriers of vessels as a table: what a kWh at the shaft takes and emits, and what a trip's energy weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from data.errors import DataError
from data.factors import electricity_factor
from shipping.parameters.carbon_parameters import electric_efficiency
from shipping.parameters.carbon_parameters import gwp_ch4 as gwp_of_county
from shipping.parameters.county_river import rows_of
from shipping.parameters.ship_parameters import EngineParameters
from shipping.ships.fuels import ShipFuel
from shipping.ships.ship_classes import sfc_by_fuel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from data.county import County

_MJ_PER_KWH: Final = 3.6
ELECTRICITY: Final = "electricity"
"""Fuel of the carriers that take their carbon from the grid."""

CARRIERS: Final = {
    "carrier": pl.String,
    "converter": pl.String,
    **dict.fromkeys(("kg_per_kwh", "tank_gco2_per_kwh", "tank_gco2e_per_kwh", "well_gco2e_per_kwh"), pl.Float64),
}
"""Schema of the table of carriers."""


def carrier_table(county: County, *, year: int, gwp_ch4: float | None = None, slip: str = "slip_share") -> pl.DataFrame:
    """Return consumption and emissions of the county's carriers per kWh at the shaft, the cleanest from the well first.

    Parameters
    ----------
    county : data.County
        Tables ``energy_carriers``, ``fuel_factors`` and ``engine_ages``, grid factors, figures ``river.sfc_*`` and
        ``carbon.gwp_ch4_ar5``.
    year : int
        Year of the grid factor.
    gwp_ch4 : float, optional
        Warming potential of methane over 100 years, instead of the figure.
    slip : str
        ``slip_share``, or an end of its range: ``slip_low``, ``slip_high``.

    Returns
    -------
    polars.DataFrame
        ``carrier, converter, kg_per_kwh`` (kWh of electricity for batteries), ``tank_gco2_per_kwh`` (CO2 only),
        ``tank_gco2e_per_kwh`` (methane and nitrous oxide too, with slip), ``well_gco2e_per_kwh``; the factors are those
        of the carbon account (`shipping.ships.fuels.ShipFuel.emissions`).

    Raises
    ------
    DataError
        No table, an unknown slip column, a carrier without efficiency or factors, or no grid factor for the year.
    """
    carriers = rows_of(county, "energy_carriers")
    if not carriers.height:
        raise DataError(f"{county.name}: no table energy_carriers; add energy_carriers.csv.")
    if slip not in ("slip_share", "slip_low", "slip_high"):
        raise DataError(f"slip: got {slip!r}, expected slip_share, slip_low or slip_high.")
    warming = gwp_of_county(county) if gwp_ch4 is None else gwp_ch4
    wanted = carriers.with_columns(slip_share=pl.coalesce(slip, "slip_share"))
    table = [EnergyCarrier._make(row) for row in wanted.select(EnergyCarrier._fields).iter_rows()]
    burnt = sorted({carrier.fuel for carrier in table} - {ELECTRICITY})
    fuels = {fuel: ShipFuel.from_table(county.fuel_factors, fuel) for fuel in burnt}
    # well-to-wake: with what the making of electricity adds, as in series c of the accounts
    grid_kg_kwh = (
        electricity_factor(county, year, "c") if any(carrier.fuel == ELECTRICITY for carrier in table) else 0.0
    )
    return carriers_per_kwh(table, fuels, _converters(county), grid_kg_kwh=grid_kg_kwh, gwp_ch4=warming)


def _converters(county: County) -> dict[str, float]:
    """Return what a kWh at the shaft takes in the county's engines (kg) and electric drives (kWh at the shore)."""
    return sfc_by_fuel(EngineParameters.from_county(county)) | {ELECTRICITY: 1.0 / electric_efficiency(county)}


class EnergyCarrier(NamedTuple):
    """A row of ``energy_carriers``; without an efficiency it is that of the county's engines or electric drives."""

    carrier: str
    converter: str
    fuel: str
    efficiency: float | None
    slip_share: float

    def kg_per_kwh(self, fuels: Mapping[str, ShipFuel], engines: Mapping[str, float]) -> float:
        """Return the fuel (for electricity: kWh) of a kWh at the shaft.

        Raises
        ------
        DataError
            If neither efficiency nor engine is known, or the fuel has no heating value.
        """
        if self.efficiency is None and self.fuel in engines:
            return engines[self.fuel]
        if not self.efficiency:
            lacking = "no efficiency" if self.efficiency is None else "efficiency 0"
            expected = f"more (null only for {', '.join(sorted(engines))}, whose converters are figures of the county)"
            raise DataError(f"energy_carriers: {self.carrier} has {lacking}; expected {expected}.")
        if self.fuel == ELECTRICITY:
            return 1.0 / self.efficiency
        heating = fuels[self.fuel].lower_heating_mj_per_kg
        if heating is None:
            raise DataError(f"fuel_factors: no lower_heating_mj_per_kg of '{self.fuel}' for ships; expected a number.")
        return _MJ_PER_KWH / self.efficiency / heating


def carriers_per_kwh(
    carriers: Iterable[EnergyCarrier],
    fuels: Mapping[str, ShipFuel],
    engines: Mapping[str, float],
    *,
    grid_kg_kwh: float,
    gwp_ch4: float,
) -> pl.DataFrame:
    """Return carriers per kWh at the shaft; see `carrier_table`.

    Parameters
    ----------
    carriers : iterable of EnergyCarrier
        Carriers and converters.
    fuels : mapping of str to ShipFuel
        Factors of the fuels that are burnt or converted.
    engines : mapping of str to float
        What the county's engines and drives take, kg (electricity: kWh) per kWh at the shaft, by fuel.
    grid_kg_kwh : float
        CO2e of a kWh at the meter with its upstream, kg.
    gwp_ch4 : float
        Warming potential of methane.
    """
    rows = []
    for carrier in carriers:
        taken = carrier.kg_per_kwh(fuels, engines)
        if carrier.fuel == ELECTRICITY:
            figures = (0.0, 0.0, 1000.0 * taken * grid_kg_kwh)
        else:
            # the slip is that of the converter: one fuel serves several
            found = fuels[carrier.fuel].emissions(slip_share=carrier.slip_share, gwp_ch4=gwp_ch4)
            figures = (1000.0 * taken * found[0], 1000.0 * taken * found[1], 1000.0 * taken * found[2])
        rows.append((carrier.carrier, carrier.converter, taken, *figures))
    return pl.DataFrame(rows, schema=CARRIERS, orient="row").sort("well_gco2e_per_kwh", "carrier")


ON_BOARD: Final = {
    "carrier": pl.String,
    **dict.fromkeys(("stored_kwh", "mass_t", "volume_m3", "cargo_lost_t", "cargo_lost_share"), pl.Float64),
}
"""Schema of the table of what carriers weigh on board."""


def carriers_on_board(county: County, *, shaft_kwh: float, dwt_t: float) -> pl.DataFrame:
    """Return what the energy of a trip weighs and fills on board, by carrier, and the cargo that it costs.

    Parameters
    ----------
    county : data.County
        Tables ``energy_carriers`` (with ``stored_kwh_per_kg`` and ``stored_kwh_per_m3``, tank or pack included) and
        ``fuel_factors``, figures ``river.sfc_*``.
    shaft_kwh : float
        Energy at the shaft between two fillings, with the reserve.
    dwt_t : float
        Deadweight of the vessel.

    Returns
    -------
    polars.DataFrame
        ``carrier, stored_kwh, mass_t, volume_m3, cargo_lost_t`` (mass above that of the lightest carrier, at most the
        deadweight), ``cargo_lost_share`` (of the deadweight), the lightest first; carriers whose storage is not known
        are left out.

    Raises
    ------
    DataError
        Energy or deadweight not above 0; no table.
    """
    if not (shaft_kwh > 0.0 and dwt_t > 0.0):
        raise DataError(f"carriers: got {shaft_kwh:g} kWh at the shaft and {dwt_t:g} t; expected more than 0.")
    carriers = rows_of(county, "energy_carriers").drop_nulls(["stored_kwh_per_kg", "stored_kwh_per_m3"])
    if not carriers.height:
        raise DataError(f"{county.name}: no row of energy_carriers with stored_kwh_per_kg and stored_kwh_per_m3.")
    engines = _converters(county)
    rows = []
    for row in carriers.iter_rows(named=True):
        carrier = EnergyCarrier(*(row[name] for name in EnergyCarrier._fields))
        electric = carrier.fuel == ELECTRICITY
        fuels = {} if electric else {carrier.fuel: ShipFuel.from_table(county.fuel_factors, carrier.fuel)}
        # a kWh is a kWh; a kg holds its heating value
        held = 1.0 if electric else (fuels[carrier.fuel].lower_heating_mj_per_kg or 0.0) / _MJ_PER_KWH
        stored = shaft_kwh * carrier.kg_per_kwh(fuels, engines) * held
        mass = stored / row["stored_kwh_per_kg"] / 1000.0
        rows.append((carrier.carrier, stored, mass, stored / row["stored_kwh_per_m3"]))
    lightest = min(row[2] for row in rows)
    lost = [min(dwt_t, mass - lightest) for _, _, mass, _ in rows]
    table = [(*row, mass, mass / dwt_t) for row, mass in zip(rows, lost, strict=True)]
    return pl.DataFrame(table, schema=ON_BOARD, orient="row").sort("mass_t", "carrier")
