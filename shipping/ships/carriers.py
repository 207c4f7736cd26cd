"""Energy carriers of vessels as a table: what a kWh at the shaft takes and emits, from tank and from well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from data.errors import DataError
from data.factors import grid_factor
from shipping.parameters.carbon_parameters import gwp_ch4 as gwp_of_county
from shipping.parameters.county_river import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from data.county import County

_MJ_PER_KWH: Final = 3.6

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
        Table ``energy_carriers``, grid factors, figure ``carbon.gwp_ch4_ar5``.
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
        ``tank_gco2e_per_kwh`` (with slip), ``well_gco2e_per_kwh``: form of Regulation (EU) 2023/1805, Annex I; N2O and
        the methane of combustion are left out.

    Raises
    ------
    DataError
        No table, an unknown slip column, a carrier without efficiency, or no grid factor for the year.
    """
    carriers = rows_of(county, "energy_carriers")
    if not carriers.height:
        raise DataError(f"{county.name}: no table energy_carriers; add energy_carriers.csv.")
    if slip not in ("slip_share", "slip_low", "slip_high"):
        raise DataError(f"slip: got {slip!r}, expected slip_share, slip_low or slip_high.")
    warming = gwp_of_county(county) if gwp_ch4 is None else gwp_ch4
    wanted = carriers.with_columns(slip_share=pl.coalesce(slip, "slip_share"))
    table = [EnergyCarrier._make(row) for row in wanted.select(EnergyCarrier._fields).iter_rows()]
    electric = any(carrier.fuel == "electricity" for carrier in table)
    grid_kg_kwh = grid_factor(county, year) if electric else 0.0
    return carriers_per_kwh(table, grid_kg_kwh=grid_kg_kwh, gwp_ch4=warming)


class EnergyCarrier(NamedTuple):
    """A row of ``energy_carriers``."""

    carrier: str
    converter: str
    fuel: str
    efficiency: float
    heating_mj_per_kg: float
    co2_kg_per_kg: float
    slip_share: float
    upstream_g_per_mj: float


def carriers_per_kwh(carriers: Iterable[EnergyCarrier], *, grid_kg_kwh: float, gwp_ch4: float) -> pl.DataFrame:
    """Return carriers per kWh at the shaft, from the CO2 of a kWh at the meter in kg and methane's warming."""
    rows = []
    for carrier in carriers:
        if not carrier.efficiency > 0.0:
            raise DataError(f"energy_carriers: {carrier.carrier} has efficiency 0; expected more.")
        if carrier.fuel == "electricity":
            mass = 1.0 / carrier.efficiency
            direct = heated = 0.0
            upstream = 1000.0 * mass * grid_kg_kwh
        else:
            mass = _MJ_PER_KWH / carrier.efficiency / carrier.heating_mj_per_kg
            direct = 1000.0 * mass * (1.0 - carrier.slip_share) * carrier.co2_kg_per_kg
            heated = 1000.0 * mass * carrier.slip_share * gwp_ch4
            upstream = mass * carrier.heating_mj_per_kg * carrier.upstream_g_per_mj
        total = direct + heated
        rows.append((carrier.carrier, carrier.converter, mass, direct, total, total + upstream))
    return pl.DataFrame(rows, schema=CARRIERS, orient="row").sort("well_gco2e_per_kwh", "carrier")
