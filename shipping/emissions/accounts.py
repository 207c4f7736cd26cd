"""The carbon account of ships in three series, and the share of a carrier that a cut in intensity needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from data.errors import InfeasibleError, ScenarioError, nearest
from data.factors import electricity_factor
from data.schemas.accounts import Carbon
from data.tables.validate import validate
from shipping.emissions.ship_factors import SERIES, ShipFactors
from shipping.emissions.ship_year import ship_year
from shipping.parameters.county_river import has_river, require_river

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County
    from shipping.emissions.ship_year import ShipYear

GRIDS: Final = ("frozen", "moving")


def carbon(
    county: County,
    *,
    years: Sequence[int] = (2020, 2030),
    grid: Sequence[str] = GRIDS,
    slip_share: float | None = None,
    gwp_ch4: float | None = None,
) -> pl.DataFrame:
    """Return the carbon account of ships in the three series.

    Parameters
    ----------
    county : data.County
        Tables and figures.
    years : sequence of int
        Years of the account.
    grid : sequence of str
        "frozen" (grid factor of ``carbon.baseline_year``) and "moving" (of the year).
    slip_share : float, optional
        Methane slip of LNG engines as a share of the fuel, instead of that of ``fuel_factors``.
    gwp_ch4 : float, optional
        Global warming potential of methane, instead of that of ``fuel_factors``.

    Returns
    -------
    polars.DataFrame
        `data.schemas.accounts.Carbon` with mode "ship" and boundary "ships"; intensity in g per t km, petroleum
        is the diesel burnt. No rows where the county has no river.

    Raises
    ------
    ScenarioError
        If a treatment of the grid is unknown.
    DataError
        If a factor or the traffic of a year is missing.
    """
    for name in grid:
        if name not in GRIDS:
            raise ScenarioError(f"grid: got '{name}'; expected frozen or moving.{nearest(name, GRIDS)}")
    if not has_river(county):
        return Carbon.create_empty()
    factors = ShipFactors.from_county(county)
    rows = []
    for year in years if county.has("river") else ():
        work = ship_year(county, year)
        for treatment in grid:
            grid_year = factors.baseline_year if treatment == "frozen" else year
            for series in SERIES:
                meter = electricity_factor(county, grid_year, series)
                account = account_row(work, factors, series, meter, slip_share=slip_share, gwp_ch4=gwp_ch4)
                rows.append((year, "ship", "ships", series, treatment, *account))
    frame = pl.DataFrame(rows, schema=Carbon.column_names(), orient="row")
    return validate(frame, Carbon, table="carbon")


def account_row(
    work: ShipYear,
    factors: ShipFactors,
    series: str,
    grid_kg_kwh: float,
    *,
    slip_share: float | None = None,
    gwp_ch4: float | None = None,
) -> tuple[float, float, float, float]:
    """Return emissions in t, turnover in t km, intensity in g per t km and diesel in t of a year in a series."""
    metered = 0.0 if series == "a" else grid_kg_kwh
    slip = factors.fuels["lng"].slip_share if slip_share is None else slip_share
    # the slip of the table is that at the reference load; a year's is that of the loads at which it was burnt
    slip = None if slip is None else min(1.0, slip * work.slip_factor)
    per_kwh = factors.kg_per_kwh(series, metered, slip_share=slip, gwp_ch4=gwp_ch4)
    # Engines burn more per kWh at part load; what a battery gives comes from the meter whatever the load.
    mean = sum(
        share * per_kwh[carrier] * (1.0 if carrier == "electric" else work.load_factor)
        for carrier, share in work.shares.items()
    )
    # kg to t; shore power comes on top of the brake energy, which leaves it out
    emissions = (work.energy_kwh * mean + work.shore_kwh * metered) / 1000.0
    # the load factor is a ratio of consumption: part load burns more per kWh
    used = factors.sfc_kg_kwh["diesel"] * work.load_factor
    diesel = work.energy_kwh * work.shares["diesel"] * used / 1000.0
    # 1e6: t to g
    return emissions, work.turnover_tkm, 1e6 * emissions / work.turnover_tkm, diesel


def share_needed(
    county: County,
    *,
    cut: float = 0.05,
    series: str = "a",
    carrier: Literal["lng", "electric"] = "lng",
    basis: Literal["shaft", "fuel"] = "shaft",
    year: int | None = None,
    slip_share: float | None = None,
    gwp_ch4: float | None = None,
) -> float:
    """Return the share of the ships' energy that must move from diesel to LNG or electricity for a cut in intensity.

    Parameters
    ----------
    county : data.County
        Figures of fuel consumption, ``fuel_factors`` and, for electricity, ``grid_factors``.
    cut : float
        Cut in intensity against all diesel, 0 to 1.
    series : {"a", "b", "c"}
        Series of the intensity.
    carrier : {"lng", "electric"}
        What takes the place of diesel.
    basis : {"shaft", "fuel"}
        Energy at the shaft, each engine with its own consumption; or of the fuel in MJ, at equal efficiency (LNG only).
    year : int, optional
        Year of the grid factor; None: ``carbon.baseline_year``.
    slip_share, gwp_ch4 : float, optional
        As for `carbon`.

    Returns
    -------
    float
        ``cut / (1 - e / e_diesel)``, with e the emissions per unit of energy.

    Raises
    ------
    ScenarioError
        If the cut does not lie between 0 and 1, or the series, carrier or basis is unknown.
    DataError
        If the county has no river.
    InfeasibleError
        If the carrier saves too little or nothing: no share reaches the cut.
    """
    if not 0.0 <= cut <= 1.0:
        raise ScenarioError(f"cut: got {cut}; expected 0 to 1.")
    if series not in SERIES or basis not in ("shaft", "fuel") or carrier not in ("lng", "electric"):
        raise ScenarioError(
            f"share_needed: got series '{series}', carrier '{carrier}', basis '{basis}'; expected a, b or c; lng or "
            "electric; shaft or fuel."
        )
    if basis == "fuel" and carrier == "electric":
        raise ScenarioError("share_needed: electricity has no fuel; take basis 'shaft'.")
    require_river(county)
    factors = ShipFactors.from_county(county)
    meter = electricity_factor(county, factors.baseline_year if year is None else year, series)
    per_unit = factors.kg_per_kwh(series, meter, slip_share=slip_share, gwp_ch4=gwp_ch4)
    if basis == "fuel":
        # kg CO2 per kWh over kg of fuel per kWh, times kg of fuel per MJ
        per_unit = {fuel: per_unit[fuel] / factors.sfc_kg_kwh[fuel] * kg for fuel, kg in factors.kg_per_mj().items()}
    saving = 1.0 - per_unit[carrier] / per_unit["diesel"]
    name = {"lng": "LNG", "electric": "electricity"}[carrier]
    # also above 1: even all energy from this carrier does not cut enough
    if saving <= 0.0 or cut / saving > 1.0:
        raise InfeasibleError(
            f"series {series}: {name} saves {saving:.1%} of the ships' emissions per unit of energy; "
            f"no share of it cuts them by {cut:.0%}."
        )
    return cut / saving
