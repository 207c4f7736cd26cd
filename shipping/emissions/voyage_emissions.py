"""Carbon of simulated voyages: each with its waits, in three series, and per tonne-kilometre carried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from data.errors import DataError
from data.factors import electricity_factor
from shipping.emissions.ship_factors import SERIES
from shipping.parameters.carbon_parameters import electric_efficiency
from shipping.parameters.county_river import require_river
from shipping.parameters.ship_parameters import BURNT
from shipping.ships.fuels import ShipFuel

if TYPE_CHECKING:
    from data.county import County


def voyage_carbon(
    county: County,
    voyages: pl.DataFrame,
    vessels: pl.DataFrame,
    *,
    year: int,
    slip_share: float | None = None,
    gwp_ch4: float | None = None,
) -> pl.DataFrame:
    """Return the emissions of simulated voyages.

    Parameters
    ----------
    county : data.County
        ``fuel_factors``, ``grid_factors`` and figure ``river.electric_efficiency``.
    voyages : polars.DataFrame
        `RiverResult.voyages`.
    vessels : polars.DataFrame
        The fleet that was simulated, `shipping.schemas.Fleet`.
    year : int
        Year of the grid factor.
    slip_share, gwp_ch4 : float, optional
        As for `shipping.carbon`.

    Returns
    -------
    polars.DataFrame
        One row per voyage: ``voyage_id, vessel_id, fuel, loaded, cargo_tkm``, emissions ``kg_a, kg_b, kg_c`` with all
        waits of the voyage, and ``g_per_tkm_a, ...``, null for an empty voyage. Over many voyages the emissions, empty
        ones included, over the sum of ``cargo_tkm`` give each tonne-kilometre its share.

    Raises
    ------
    DataError
        The county has no river, or no factors for a fuel.
    """
    require_river(county)
    fuels = dict(vessels.select("vessel_id", "fuel").iter_rows())
    table = voyages.with_columns(fuel=pl.col("vessel_id").replace_strict(fuels, return_dtype=pl.String))
    unknown = sorted(set(table["fuel"]) - {*BURNT, "electric"})
    if unknown:
        raise DataError(f"voyages: no factors for ships on '{unknown[0]}'; expected {', '.join(BURNT)} or electric.")
    # at the shore meter, because energy_kwh is that of the shaft
    efficiency = electric_efficiency(county)
    factors = {fuel: ShipFuel.from_table(county.fuel_factors, fuel) for fuel in BURNT if fuel in set(table["fuel"])}
    columns = {}
    for series in SERIES:
        per_kg = {fuel: row.kg_per_kg(series, slip_share=slip_share, gwp_ch4=gwp_ch4) for fuel, row in factors.items()}
        # 0 for electric vessels: they burn nothing and have no fuel_t
        factor = pl.col("fuel").replace_strict(per_kg, default=0.0, return_dtype=pl.Float64)
        electric = electricity_factor(county, year, series) / efficiency
        power = pl.when(pl.col("fuel") == "electric").then(pl.col("energy_kwh") * electric).otherwise(0.0)
        # t to kg
        columns[f"kg_{series}"] = 1000.0 * pl.col("fuel_t") * factor + power
    # an empty voyage has no t km to share its emissions by
    loaded = pl.col("cargo_tkm") > 0.0
    table = table.with_columns(loaded=loaded, **columns)
    return table.select(
        "voyage_id",
        "vessel_id",
        "fuel",
        "loaded",
        "cargo_tkm",
        *columns,
        *(
            pl.when(loaded).then(1000.0 * pl.col(f"kg_{series}") / pl.col("cargo_tkm")).alias(f"g_per_tkm_{series}")
            for series in SERIES
        ),
    )
