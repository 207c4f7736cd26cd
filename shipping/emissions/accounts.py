"""Carbon of ships: closed-form energy by class, yearly traffic and the fuels that carry it.

Three series: (a) CO2 from the funnel, (b) a and purchased electricity, (c) well-to-wake CO2e with methane slip.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from data.arrays import YEAR_DAYS
from data.errors import DataError, InfeasibleError, ScenarioError, nearest
from data.factors import grid_factor
from data.schemas.accounts import Carbon
from data.tables.validate import validate
from shipping.river.reaches import Reaches
from shipping.river.waterway import waterway
from shipping.ships.propulsion import ShipDesign
from shipping.ships.sailing import Sailing
from shipping.traffic.lng_fleet import fleet_classes, sfc_by_fuel
from shipping.traffic.through import DIRECTIONS, traffic_mix, voyage_ends, yearly_traffic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County

SERIES = ("a", "b", "c")
GRIDS = ("frozen", "moving")


@dataclass(frozen=True, slots=True)
class ShipYear:
    """Work of the through traffic in a year.

    Attributes
    ----------
    energy_kwh : float
        Brake energy of sailing, of waits at the lock and of stays in port off shore power.
    turnover_tkm : float
        Cargo carried over distance.
    shares : dict of str to float
        Split of the energy over carriers.
    shore_kwh : float
        Shore power in port.
    waiting_kwh : float
        The part of the energy that is taken while not under way.
    load_factor : float
        Consumption over that at the best load, mean over the energy.
    """

    energy_kwh: float
    turnover_tkm: float
    shares: dict[str, float]
    shore_kwh: float = 0.0
    waiting_kwh: float = 0.0
    load_factor: float = 1.0


def ship_year(county: County, year: int) -> ShipYear:
    """Return energy and turnover of the through traffic of a year, from closed forms.

    Every class sails its share of the passages, laden or empty as `shipping.traffic.through.traffic_mix` says, in each
    month with its current, depth and share of the traffic; hull, draught and depth give the power as in
    `shipping.simulate`. To each voyage come ``river.through_lock_h`` at the lock and ``river.through_stay_h`` in port
    at hotel load, of which ``river.shore_power_share`` is shore power in port. Classes and loads per passage are those
    of the table in every year.

    Raises
    ------
    DataError
        If there is no traffic for the year or the shares of the carriers exceed 1.
    """
    traffic = yearly_traffic(county, year)
    mix = traffic_mix(county, traffic)
    months = county.river_months.sort("month")
    graph = waterway(county, start=dt.date(year, 1, 1), days=366 if calendar.isleap(year) else 365)
    sailing = Sailing.on(Reaches.from_graph(graph))
    known = {row["vessel_class"]: row for row in fleet_classes(county).iter_rows(named=True)}
    energy = turnover = burnt = best = 0.0
    for direction in DIRECTIONS:
        start, end = voyage_ends(county)[direction]
        turnover += traffic.cargo_of(direction) * abs(end - start)
        laden = mix.laden_share[direction]
        for name, class_share in zip(mix.classes, mix.share, strict=True):
            row = known[name]
            for load, share in ((mix.load_share[direction], laden), (0.0, 1.0 - laden)):
                point = sailing.table.number(ShipDesign.from_row(row), load)
                voyages = traffic.passages_of(direction) * class_share * share
                for period, weight in enumerate(months["traffic_share"]):
                    _, taken, mass = sailing.estimate(point, start, end, period)
                    energy += voyages * weight * taken
                    burnt += voyages * weight * mass
                    best += voyages * weight * taken * row["sfc_kg_kwh"]
    hotel = float(mix.share @ np.array([known[name]["hotel_kw"] for name in mix.classes]))
    stay, shore = county.figure("river.through_stay_h"), county.figure("river.shore_power_share")
    waiting = traffic.passages * hotel * (county.figure("river.through_lock_h") + stay * (1.0 - shore))
    factor = (burnt + best * waiting / energy) / (best + best * waiting / energy) if best > 0.0 else 1.0
    shares = carrier_shares(county, year)
    return ShipYear(energy + waiting, turnover, shares, traffic.passages * hotel * stay * shore, waiting, factor)


def carrier_shares(county: County, year: int) -> dict[str, float]:
    """Return the shares of diesel, LNG and electricity in the ships' brake energy.

    LNG and electricity are linear between ``river.lng_energy_share_<year>`` and
    ``river.electric_energy_share_<year>`` of 2020, 2025, 2030 and 2035, and constant outside; diesel is the rest.

    Raises
    ------
    DataError
        If they sum to more than 1.
    """
    anchors = (2020, 2025, 2030, 2035)
    shares = {
        carrier: float(
            np.interp(year, anchors, [county.figure(f"river.{carrier}_energy_share_{at}") for at in anchors])
        )
        for carrier in ("lng", "electric")
    }
    diesel = 1.0 - sum(shares.values())
    if diesel < -1e-12:
        raise DataError(
            f"ship energy of {year}: LNG and electricity sum to {1.0 - diesel:.0%}; expected at most 100 %."
        )
    return {"diesel": max(0.0, diesel), **shares}


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
        is the diesel burnt.

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
    rows = []
    for year in years:
        work = ship_year(county, year)
        for treatment in grid:
            of_year = int(county.figure("carbon.baseline_year")) if treatment == "frozen" else year
            for series in SERIES:
                per_kwh = _kg_per_kwh(county, series, of_year, slip_share, gwp_ch4)
                mean = sum(
                    share * per_kwh[carrier] * (1.0 if carrier == "electric" else work.load_factor)
                    for carrier, share in work.shares.items()
                )
                shore = 0.0 if series == "a" else work.shore_kwh * grid_factor(county, of_year)
                emissions = (work.energy_kwh * mean + shore) / 1000.0
                used = sfc_by_fuel(county)["diesel"] * work.load_factor
                diesel = work.energy_kwh * work.shares["diesel"] * used / 1000.0
                intensity = 1e6 * emissions / work.turnover_tkm
                key = (year, "ship", "ships", series, treatment)
                rows.append((*key, emissions, work.turnover_tkm, intensity, diesel))
    frame = pl.DataFrame(rows, schema=Carbon.column_names(), orient="row")
    return validate(frame, Carbon, table="carbon")


def kg_per_kg(
    county: County, fuel: str, series: str, *, slip_share: float | None = None, gwp_ch4: float | None = None
) -> float:
    """Return the emissions of a kg of ship fuel in a series, kg CO2 or CO2e.

    Series c: ``wtt + (1 - s) e + s GWP`` with slip s (share of the fuel that leaves unburnt) and e the CO2e of a kg
    burnt (form of FuelEU Annex I). The table's ``ttw_kgco2e_per_kg`` contains the methane that
    ``ttw_ch4_kgco2e_per_kg`` states; where that slipped, it is taken out to get e. Without CO2e, e is the CO2.

    Raises
    ------
    DataError
        If the county has no factors for the fuel of ships.
    """
    rows = county.fuel_factors.filter((pl.col("fuel") == fuel) & (pl.col("mode") == "ship"))
    if not rows.height:
        raise DataError(f"fuel_factors: no row for fuel '{fuel}' and mode 'ship'.")
    row = rows.row(0, named=True)
    if series in ("a", "b"):
        return float(row["ttw_kgco2_per_kg"])
    own_slip = row["slip_share"] or 0.0
    slip = own_slip if slip_share is None or own_slip == 0.0 else slip_share
    warming = (row["gwp_ch4"] or 0.0) if gwp_ch4 is None else gwp_ch4
    burnt = row["ttw_kgco2_per_kg"] if row["ttw_kgco2e_per_kg"] is None else row["ttw_kgco2e_per_kg"]
    slipped = row["ttw_ch4_kgco2e_per_kg"] or 0.0
    if own_slip > 0.0 and slipped > 0.0 and row["ttw_kgco2e_per_kg"] is not None:
        burnt = (burnt - slipped) / (1.0 - own_slip)
    return float((row["wtt_kgco2e_per_kg"] or 0.0) + (1.0 - slip) * burnt + slip * warming)


def _kg_per_kwh(
    county: County, series: str, grid_year: int, slip_share: float | None, gwp_ch4: float | None
) -> dict[str, float]:
    """Return the emissions of a kWh of brake energy by carrier."""
    result = {
        fuel: sfc * kg_per_kg(county, fuel, series, slip_share=slip_share, gwp_ch4=gwp_ch4)
        for fuel, sfc in sfc_by_fuel(county).items()
    }
    factor = 0.0 if series == "a" else grid_factor(county, grid_year)
    result["electric"] = factor / county.figure("river.electric_efficiency")
    return result


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
    at = int(county.figure("carbon.baseline_year")) if year is None else year
    per_unit = _kg_per_kwh(county, series, at, slip_share, gwp_ch4)
    if basis == "fuel":
        plain = sfc_by_fuel(county)
        per_unit = {fuel: per_unit[fuel] / plain[fuel] * kg for fuel, kg in _kg_per_mj(county).items()}
    saving = 1.0 - per_unit[carrier] / per_unit["diesel"]
    name = {"lng": "LNG", "electric": "electricity"}[carrier]
    if saving <= 0.0 or cut / saving > 1.0:
        raise InfeasibleError(
            f"series {series}: {name} saves {saving:.1%} of the ships' emissions per unit of energy; "
            f"no share of it cuts them by {cut:.0%}."
        )
    return cut / saving


def _kg_per_mj(county: County) -> dict[str, float]:
    """Return the kg that hold one MJ of the ship fuels."""
    table = county.fuel_factors.filter(pl.col("mode") == "ship")
    return {fuel: 1.0 / heat for fuel, heat in table.select("fuel", "lower_heating_mj_per_kg").iter_rows() if heat}


def lng_throughput(calls: pl.DataFrame, *, days: float) -> pl.DataFrame:
    """Return the LNG that stations hand out, scaled from a run to a year.

    Parameters
    ----------
    calls : polars.DataFrame
        Calls of a run.
    days : float
        Days of the run.

    Returns
    -------
    polars.DataFrame
        ``station, calls_per_day, mass_t_per_year``.

    Raises
    ------
    ScenarioError
        If `days` is not above 0.
    """
    if not days > 0.0:
        raise ScenarioError(f"days: got {days}; expected more than 0.")
    given = calls.filter(pl.col("mass_t") > 0.0)
    return (
        given.group_by("station")
        .agg(
            calls_per_day=pl.len() / days,
            mass_t_per_year=pl.col("mass_t").sum() * YEAR_DAYS / days,
        )
        .sort("station")
    )
