"""Fleet models against published and worked examples, for ``xijiang verify`` and the tests."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from data.factors import lmdi
from data.money import annuity
from data.schemas.limits import METHANE_CO2
from data.verification import Check
from fleet.emissions.methods import (
    converted_turnover_tkm,
    direct_emissions_t,
    eeoi_t_per_tnm,
    freight_intensity_kg_per_100tkm,
    fuel_factor_tco2_per_t,
    fueleu_ttw_g_per_mj,
    implied_factor_t_per_t,
    intensity_kg_per_100tkm,
    pile_mix,
    toc_intensity_g_per_tkm,
)
from fleet.roads.assignment import Links, assign
from fleet.roads.signals import control_delay_s, webster_cycle_s
from fleet.vehicles.ownership import instalment_cny_per_year
from fleet.vehicles.survival import weibull_survival

if TYPE_CHECKING:
    from collections.abc import Iterator

    Case = tuple[str, str, float, float, float]

_LNG_SLIP: Final = {"Otto medium speed": 0.031, "Otto slow speed": 0.017, "diesel": 0.002, "lean burn": 0.026}
_LNG_TTW: Final = {"Otto medium speed": 70.703, "Otto slow speed": 64.368, "diesel": 57.581, "lean burn": 68.440}
_AR4: Final = {"gwp_ch4": 25.0, "gwp_n2o": 298.0}


def checks() -> Iterator[Check]:
    """Yield the checks of the fleet room."""
    for group in (_ships, _road, _attribution, _limits, _vehicles, _routes):
        for name, source, expected, got, tolerance in group():
            yield Check("fleet", name, source, expected, got, tolerance)


def _diesel() -> float:
    """Return the Chinese default factor of diesel, tCO2 per t."""
    return fuel_factor_tco2_per_t(42.652, 20.2, 0.98)


def _lng() -> float:
    """Return the factor of LNG with the carbon content of natural gas, tCO2 per t."""
    return fuel_factor_tco2_per_t(51.498, 15.3, 0.98)


def _ships() -> Iterator[Case]:
    """Yield W1, W2 and W4."""
    legs = [(25000.0, 300.0), (0.0, 300.0), (25000.0, 750.0), (15000.0, 150.0)]
    eeoi = eeoi_t_per_tnm([(100.0, 3.114), (23.0, 3.151)], legs)
    yield "ship indicator EEOI, g per t nautical mile", "worked example W1 (IMO Circ.684)", 13.4692, eeoi * 1e6, 5e-5
    for engine, slip in _LNG_SLIP.items():
        burnt = {"co2_g_per_g": 2.75, "ch4_g_per_g": 0.0, "n2o_g_per_g": 0.00011}
        got = fueleu_ttw_g_per_mj(heating_mj_per_g=0.0491, **burnt, slip_share=slip, **_AR4)
        yield f"LNG, {engine}, tank to wake, g per MJ", "worked example W2 (FuelEU)", _LNG_TTW[engine], got, 6e-4
    oils = (("MGO", 0.0427, 3.206, 14.4, 90.767), ("HFO", 0.0405, 3.114, 13.5, 91.744))
    for fuel, heating, carbon, upstream, expected in oils:
        burnt = {"co2_g_per_g": carbon, "ch4_g_per_g": 0.00005, "n2o_g_per_g": 0.00018}
        got = upstream + fueleu_ttw_g_per_mj(heating_mj_per_g=heating, **burnt, slip_share=0.0, **_AR4)
        yield f"{fuel}, well to wake, g per MJ", "worked example W2 (FuelEU)", expected, got, 6e-4
    ship = intensity_kg_per_100tkm(direct_emissions_t({"diesel": 300.0}, {"diesel": _diesel()}), 60e6)
    yield "ships, g per t km", "worked example W4", 15.4795, 10.0 * ship, 5e-5


def _road() -> Iterator[Case]:
    """Yield the default factors, W3, W5 and W6."""
    diesel = _diesel()
    yield "CO2 of diesel, t/t", "Chinese default factors", 3.0959, diesel, 5e-5
    turnover = converted_turnover_tkm(12e6, 8e6, pkm_to_tkm=0.1)
    yield "operating vehicles, converted turnover, t km", "worked example W3", 12.8e6, turnover, 1e-6
    direct = direct_emissions_t({"diesel": 500.0, "lng": 100.0}, {"diesel": diesel, "lng": _lng()})
    yield "operating vehicles, direct CO2, t", "worked example W3", 1831.0805, direct, 5e-5
    plain = intensity_kg_per_100tkm(direct, turnover)
    yield "operating vehicles, direct, kg per 100 t km", "worked example W3", 14.3053, plain, 5e-5
    with_grid = intensity_kg_per_100tkm(direct + 200.0 * 0.4419, turnover)
    yield "operating vehicles with the grid, kg per 100 t km", "worked example W3", 14.9958, with_grid, 5e-5
    truck = freight_intensity_kg_per_100tkm(0.33 * 0.84, diesel, empty_share=0.35, payload_t=18.0, load_factor=0.85)
    yield "freight bottom-up, kg per 100 t km", "worked example W5", 8.629323, truck, 5e-7
    for name, factor, expected in (("WTW, g CO2e", 3.283462, 164.1730), ("TTW, g CO2e", 2.659372, 132.9685)):
        chain = toc_intensity_g_per_tkm([(60.0, factor)], [(12.0, 100.0)])
        yield f"transport chain, {name} per t km", "worked example W6 (ISO 14083)", expected, chain, 2e-4


def _attribution() -> Iterator[Case]:
    """Yield W7."""
    before, after = [(0.98, 2.80, 2.6006), (0.02, 11.0, 0.4715)], [(0.70, 2.60, 2.6006), (0.30, 10.0, 0.40)]
    terms = lmdi(before, after)
    expected = {"structure": -0.7566464, "efficiency": -0.4764001, "emission factor": -0.0736379}
    for (name, value), got in zip(expected.items(), terms, strict=True):
        yield f"attribution: {name}", "worked example W7 (LMDI)", value, got, 1e-7
    change = math.fsum(math.prod(row) for row in after) - math.fsum(math.prod(row) for row in before)
    yield "attribution: terms sum to the change", "LMDI is exact", change, math.fsum(terms), 1e-12


def _limits() -> Iterator[Case]:
    """Yield W8 to W10."""
    yield "CO2 of pure methane, t/t", "worked example W8 (44.01 / 16.043)", 2.7433, METHANE_CO2, 5e-5
    claim, _possible = implied_factor_t_per_t(343.67, 103.16, limit_t_per_t=3.206)
    yield "factor that a hydrogen ship's claim implies, t/t", "worked example W9", 3.3314, claim, 5e-5
    single, dual = pile_mix(320, 450)
    yield "piles with two guns of 320 with 450", "worked example W10", 130.0, float(dual), 0.0
    yield "piles with one gun of 320 with 450", "worked example W10", 190.0, float(single), 0.0


def _vehicles() -> Iterator[Case]:
    """Yield survival and cost of ownership."""
    survival = "Hao et al. (2011), exp(-(a / T)^k)"
    for age, expected in ((5, 0.993841), (10, 0.842889), (15, 0.303618)):
        alive = float(weibull_survival(age, scale_years=14.46, shape=4.79))
        yield f"private cars alive after {age} years", survival, expected, alive, 5e-7
    monthly = 1.06 ** (1.0 / 12.0) - 1.0
    paid_monthly = (1.0 - 1.06**-5) / monthly / 12.0
    yield "annuity in months, 5 years at 6 %", "(1 - 1.06^-5) / 12 i", paid_monthly, annuity(5.0, 0.06), 1e-12
    paid = instalment_cny_per_year(80_000.0, yearly_rate=0.075, term_months=36.0)
    left = 80_000.0
    for _ in range(36):
        left = left * (1.0 + 0.075 / 12.0) - paid / 12.0
    yield "what is left of a loan after its term, CNY", "bookkeeping", 0.0, left, 1e-6


def _routes() -> Iterator[Case]:
    """Yield an equilibrium in closed form, Braess's paradox, and formulas of signals."""
    two = _network([(0, 1, 10.0, 100.0, 1.0), (0, 1, 10.0, 50.0, 1.0)])
    flow = assign(two, {(0, 1): 150.0}, gap=1e-12, rounds=10_000).flow_h
    yield "two routes, flow of the wider one, cars/h", "equal times (Wardrop)", 100.0, float(flow[0]), 1e-4
    # times 10 x, 50 + x, 50 + x, 10 x, and 10 + x across; 6 cars (free times of 1e-6 stand for 0)
    edges = [(0, 1, 1e-6, 1e-7, 1.0), (0, 2, 50.0, 50.0, 1.0), (1, 3, 50.0, 50.0, 1.0), (2, 3, 1e-6, 1e-7, 1.0)]
    for name, across, expected in (("without", [], 83.0), ("with", [(1, 2, 10.0, 10.0, 1.0)], 92.0)):
        loaded = assign(_network(edges + across), {(0, 3): 6.0}, gap=1e-9, rounds=50_000)
        got = float(loaded.trip_minutes[0])
        yield f"minutes of a trip {name} the road across", "paradox of Braess (1968)", expected, got, 0.01
    yield (
        "best cycle, lost 10 s, ratios of 0.3 and 0.3, s",
        "Webster (1958)",
        50.0,
        webster_cycle_s(10.0, [0.3] * 2),
        1e-9,
    )
    # C 60 s, green 30 s, 600 of 1,800 cars/h, a peak without end: 11.25 + 4.0
    delay = control_delay_s(60.0, 30.0, 600.0, 1800.0, peak_h=1e6)
    yield "delay of an approach, two terms, s", "Webster (1958), by hand", 15.25, delay, 1e-3
    # 1,080 of 900 cars/h for a quarter of an hour: 15 + 225 (0.2 + sqrt(0.04 + 4.8 / 225))
    delay = control_delay_s(60.0, 30.0, 1080.0, 1800.0, peak_h=0.25)
    yield "delay of an approach above capacity, s", "HCM 2000, by hand", 115.7225, delay, 5e-4


def _network(rows: list[tuple[int, int, float, float, float]]) -> Links:
    """Return links (start, end, free minutes, capacity, alpha) with linear delay."""
    start, end, free, capacity, alpha = (np.array(column) for column in zip(*rows, strict=True))
    names = [str(number) for number in range(int(max(start.max(), end.max())) + 1)]
    ones = np.ones(len(rows))
    return Links(names, start, end, [str(link) for link in range(len(rows))], ones, free, capacity, alpha, ones)
