"""Energy carriers of vessels as a table: what a kWh at the shaft takes and emits, from tank and from well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.errors import DataError
from data.factors import grid_factor

if TYPE_CHECKING:
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
    if not county.energy_carriers.height:
        raise DataError(f"{county.name}: no table energy_carriers; add energy_carriers.csv.")
    if slip not in ("slip_share", "slip_low", "slip_high"):
        raise DataError(f"slip: got {slip!r}, expected slip_share, slip_low or slip_high.")
    warming = county.figure("carbon.gwp_ch4_ar5") if gwp_ch4 is None else gwp_ch4
    rows = []
    for row in county.energy_carriers.iter_rows(named=True):
        if not row["efficiency"] > 0.0:
            raise DataError(f"energy_carriers: {row['carrier']} has efficiency 0; expected more.")
        lost = row["slip_share"] if row[slip] is None else row[slip]
        if row["fuel"] == "electricity":
            mass = 1.0 / row["efficiency"]
            direct = heated = 0.0
            upstream = 1000.0 * mass * grid_factor(county, year)
        else:
            mass = _MJ_PER_KWH / row["efficiency"] / row["heating_mj_per_kg"]
            direct = 1000.0 * mass * (1.0 - lost) * row["co2_kg_per_kg"]
            heated = 1000.0 * mass * lost * warming
            upstream = mass * row["heating_mj_per_kg"] * row["upstream_g_per_mj"]
        rows.append((row["carrier"], row["converter"], mass, direct, direct + heated, direct + heated + upstream))
    return pl.DataFrame(rows, schema=CARRIERS, orient="row").sort("well_gco2e_per_kwh", "carrier")
