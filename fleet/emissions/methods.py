"""Methods of carbon accounting as functions of plain numbers, each with its source."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from data.errors import DataError, nearest
from data.schemas.limits import GAS_CO2_LIMIT, METHANE_CO2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def converted_turnover_tkm(freight_tkm: float, passenger_pkm: float, *, pkm_to_tkm: float) -> float:
    """Return converted turnover Q = freight + k passengers, t km (Chinese statistical practice; road k = 0.1).

    Examples
    --------
    >>> converted_turnover_tkm(1000.0, 500.0, pkm_to_tkm=0.1)
    1050.0
    """
    return freight_tkm + pkm_to_tkm * passenger_pkm


def fuel_factor_tco2_per_t(net_calorific_gj_per_t: float, carbon_tc_per_tj: float, oxidised_share: float) -> float:
    """Return NCV x carbon content x oxidation x 44/12, tCO2 per t (NDRC guide for land transport, 2015).

    Examples
    --------
    Diesel by the default values of the guide:

    >>> round(fuel_factor_tco2_per_t(42.652, 20.2, 0.98), 3)
    3.096
    """
    # 44/12: t CO2 per t of carbon; 1000: GJ per TJ
    return net_calorific_gj_per_t * carbon_tc_per_tj * oxidised_share * 44.0 / 12.0 / 1000.0


def direct_emissions_t(fuel_t: Mapping[str, float], factor_t_per_t: Mapping[str, float]) -> float:
    """Return direct CO2 of fuels, t.

    Raises
    ------
    DataError
        A fuel without a factor, or an LNG factor that is physically impossible.

    Examples
    --------
    >>> round(direct_emissions_t({"diesel": 10.0, "lng": 1.0}, {"diesel": 3.1, "lng": 2.7}), 6)
    33.7
    """
    for fuel in fuel_t:
        if fuel not in factor_t_per_t:
            raise DataError(f"no emission factor for fuel {fuel!r}.{nearest(fuel, factor_t_per_t)}")
    for fuel, factor in factor_t_per_t.items():
        if fuel.lower() == "lng":
            check_lng_factor(factor)
    # fsum: the total must not depend on the order in which fuels are named
    return math.fsum(mass * factor_t_per_t[fuel] for fuel, mass in fuel_t.items())


def check_lng_factor(factor_t_per_t: float, *, limit_t_per_t: float = GAS_CO2_LIMIT) -> None:
    """Validate a tank-to-wheel CO2 factor for LNG: not above what its carbon can give.

    Raises
    ------
    DataError
        A factor above the limit: pure methane gives 44.01/16.043 = 2.743, and a little ethane not much more.
    """
    if factor_t_per_t > limit_t_per_t:
        raise DataError(
            f"LNG: {factor_t_per_t:.3f} tCO2/t is above {limit_t_per_t}; pure methane gives {METHANE_CO2:.3f}. "
            "Tables with 3.18 took over the carbon content of LPG (17.2 tC/TJ); natural gas has 15.3."
        )


def intensity_kg_per_100tkm(emissions_t: float, turnover_tkm: float) -> float:
    """Return carbon intensity, kgCO2 per 100 t km.

    Raises
    ------
    DataError
        A turnover that is not above 0.

    Examples
    --------
    >>> intensity_kg_per_100tkm(2.0, 40_000.0)
    5.0
    """
    if not turnover_tkm > 0.0:
        raise DataError(f"intensity: turnover {turnover_tkm} tkm; it must be above 0.")
    # t to kg, and per t km to per 100 t km
    return emissions_t * 1000.0 / turnover_tkm * 100.0


def freight_intensity_kg_per_100tkm(
    fuel_kg_per_km: float,
    factor_kg_per_kg: float,
    *,
    empty_share: float,
    payload_t: float,
    load_factor: float,
) -> float:
    """Return a truck's intensity I = FC EF / ((1 - e) P LF), kgCO2 per 100 t km."""
    # empty km burn fuel and carry nothing: the quotient is over loaded km only
    return 100.0 * fuel_kg_per_km * factor_kg_per_kg / ((1.0 - empty_share) * payload_t * load_factor)


def toc_intensity_g_per_tkm(energy: Sequence[tuple[float, float]], transport: Sequence[tuple[float, float]]) -> float:
    """Return the intensity of a transport operation category by ISO 14083, gCO2e per t km.

    Parameters
    ----------
    energy
        Amount of each energy carrier used, empty running included, and its factor, kgCO2e per unit.
    transport
        Mass (t) and activity distance (km; shortest feasible, one way) of each consignment.
    """
    # distance of the consignment, not of the vehicle: detours make a carrier worse, not better
    work = math.fsum(mass * distance for mass, distance in transport)
    return 1000.0 * math.fsum(amount * factor for amount, factor in energy) / work


def eeoi_t_per_tnm(fuel_t: Sequence[tuple[float, float]], transport: Sequence[tuple[float, float]]) -> float:
    """Return the energy efficiency operational indicator, tCO2 per t nautical mile.

    Parameters
    ----------
    fuel_t
        Mass of each fuel burnt over all legs, ballast included, and its factor, tCO2 per t.
    transport
        Cargo (t) and distance (nautical miles) of each leg.

    Raises
    ------
    DataError
        No cargo was moved.

    Notes
    -----
    IMO MEPC.1/Circ.684.
    """
    work = math.fsum(mass * distance for mass, distance in transport)
    # ballast legs alone move no cargo: there is nothing to divide by
    if not work > 0.0:
        raise DataError("eeoi: no cargo was moved; the indicator needs cargo times distance above 0.")
    return math.fsum(mass * factor for mass, factor in fuel_t) / work


def fueleu_ttw_g_per_mj(
    *,
    heating_mj_per_g: float,
    co2_g_per_g: float,
    ch4_g_per_g: float,
    n2o_g_per_g: float,
    slip_share: float,
    gwp_ch4: float,
    gwp_n2o: float,
) -> float:
    """Return tank-to-wake CO2e of a marine fuel, g per MJ.

    Parameters
    ----------
    heating_mj_per_g
        Lower heating value, MJ per g.
    co2_g_per_g, ch4_g_per_g, n2o_g_per_g
        Emission of burnt fuel, g per g.
    slip_share
        Share of the fuel that leaves the engine unburnt (methane).
    gwp_ch4, gwp_n2o
        Global warming potentials over 100 years.

    Notes
    -----
    Regulation (EU) 2023/1805, Annex I: ((1 - s) (Cf_CO2 + Cf_CH4 GWP + Cf_N2O GWP) + s GWP_CH4) / LCV.
    """
    burnt = co2_g_per_g + ch4_g_per_g * gwp_ch4 + n2o_g_per_g * gwp_n2o
    # the slipped part is not burnt: it counts as methane alone
    return ((1.0 - slip_share) * burnt + slip_share * gwp_ch4) / heating_mj_per_g


def share_needed(change: float, usual_kg_per_km: float, other_kg_per_km: float) -> float | None:
    """Return the share of the work that cleaner vehicles must do for a change of intensity; None where they are not.

    With equal loads intensity is proportional to the emission of a km: a share s changes it by -s (1 - other / usual).
    A share above 1 cannot be had.
    """
    saved = 1.0 - other_kg_per_km / usual_kg_per_km
    # a rise that is allowed needs no cleaner vehicle at all
    return None if saved <= 0.0 else max(0.0, -change / saved)


def implied_factor_t_per_t(emissions_t: float, fuel_t: float, *, limit_t_per_t: float) -> tuple[float, bool]:
    """Return the factor that a claim of emissions and fuel implies, and whether it is within a limit."""
    factor = emissions_t / fuel_t
    return factor, factor <= limit_t_per_t


def pile_mix(piles: int, guns: int) -> tuple[int, int]:
    """Return how many piles have one gun and two guns, if none has more.

    Raises
    ------
    DataError
        No such mix: fewer guns than piles, or more than two each.
    """
    # piles = single + dual and guns = single + 2 dual
    dual = guns - piles
    if not 0 <= dual <= piles:
        raise DataError(f"{piles} piles with {guns} guns: no mix of piles with one and two guns gives that.")
    return piles - dual, dual
