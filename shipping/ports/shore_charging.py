"""Shore charging of battery vessels at their terminal, beside swapping of their boxes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

import charging
from shipping.parameters.port_parameters import ShoreParameters
from shipping.ports.box_swaps import simulate_box_swaps

if TYPE_CHECKING:
    from charging.swapping.swap_result import SwapResult
    from data.county import County


def shore_layout(county: County, *, chargers: int | None = None) -> pl.DataFrame:
    """Return the shore chargers of a terminal as a charging layout behind their transformer."""
    shore = ShoreParameters.from_county(county)
    return charger_layout(shore if chargers is None else replace(shore, chargers=chargers))


def charger_layout(shore: ShoreParameters) -> pl.DataFrame:
    """Return shore chargers as a charging layout."""
    return pl.DataFrame(
        {
            "station_id": ["shore"],
            "group_id": ["berth"],
            "current": ["dc"],
            "pile_kw": [shore.charger_kw],
            "piles": [shore.chargers],
            "guns_per_pile": [1],
            "sharing": ["exclusive"],
            "transformer_kw": [shore.transformer_kw],
        }
    )


def box_swaps(
    county: County, requests: pl.DataFrame, *, spares: int | None = None, chargers: int | None = None
) -> SwapResult:
    """Simulate the swapping of boxes for calls of battery vessels, with as many boxes and chargers ashore."""
    shore = ShoreParameters.from_county(county)
    shore = shore if spares is None else replace(shore, box_spares=spares)
    return simulate_box_swaps(shore if chargers is None else replace(shore, chargers=chargers), requests)


def charging_against_swapping(
    county: County, requests: pl.DataFrame, *, chargers: int | None = None, spares: int | None = None
) -> pl.DataFrame:
    """Return shore charging beside swapping of boxes for the same vessels, as `charging.compare_swapping`."""
    shore = ShoreParameters.from_county(county)
    # the same efficiency for both ways, or the comparison would be one of chargers
    charged = charging.simulate(
        shore_layout(county, chargers=chargers), requests, behaviour={"efficiency_dc": shore.efficiency}
    )
    swapped = box_swaps(county, requests, spares=spares)
    return charging.compare_swapping(swapped, charged.sessions, charged.load)
