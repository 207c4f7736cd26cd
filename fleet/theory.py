"""Carbon accounting against published and worked examples, for ``xijiang verify`` and the tests."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from data.theory import Check
from fleet.methods import (
    converted_turnover_tkm,
    direct_emissions_t,
    freight_intensity_kg_per_100tkm,
    fuel_factor_tco2_per_t,
    intensity_kg_per_100tkm,
    lmdi,
    toc_intensity_g_per_tkm,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def checks() -> Iterator[Check]:
    """Yield the checks of the fleet room."""
    diesel = fuel_factor_tco2_per_t(42.652, 20.2, 0.98)
    lng = fuel_factor_tco2_per_t(51.498, 15.3, 0.98)
    turnover = converted_turnover_tkm(12e6, 8e6, pkm_to_tkm=0.1)
    direct = direct_emissions_t({"diesel": 500.0, "lng": 100.0}, {"diesel": diesel, "lng": lng})
    before, after = [(0.98, 2.80, 2.6006), (0.02, 11.0, 0.4715)], [(0.70, 2.60, 2.6006), (0.30, 10.0, 0.40)]
    terms = lmdi(before, after)
    change = math.fsum(math.prod(row) for row in after) - math.fsum(math.prod(row) for row in before)
    truck = freight_intensity_kg_per_100tkm(0.33 * 0.84, diesel, empty_share=0.35, payload_t=18.0, load_factor=0.85)
    chain = toc_intensity_g_per_tkm([(60.0, 3.283462)], [(12.0, 100.0)])
    with_grid = intensity_kg_per_100tkm(direct + 200.0 * 0.4419, turnover)
    cases = [
        ("CO2 of diesel, t/t", "Chinese default factors", 3.0959, diesel, 5e-5),
        ("operating vehicles, direct, kg per 100 t km", "worked example W3", 14.3053, direct / turnover * 1e5, 2e-4),
        ("operating vehicles with the grid, kg per 100 t km", "worked example W3", 14.9958, with_grid, 2e-4),
        ("freight bottom-up, kg per 100 t km", "worked example W5", 8.629323, truck, 5e-5),
        ("transport chain, g CO2e per t km", "worked example W6 (ISO 14083)", 164.1730, chain, 5e-4),
        ("attribution: structure", "worked example W7 (LMDI)", -0.7566464, terms[0], 1e-4),
        ("attribution: terms sum to the change", "LMDI is exact", change, math.fsum(terms), 1e-12),
    ]
    for name, source, expected, got, tolerance in cases:
        yield Check("fleet", name, source, expected, got, tolerance)
