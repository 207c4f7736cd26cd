"""Where vehicles fill: layouts, stations, piles and guns, their simulation and queueing formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.late import late_names, public_names

if TYPE_CHECKING:
    from charging.engine.ends.chaining import chain_requests
    from charging.inputs.behaviour import Behaviour, behaviour_of
    from charging.inputs.outages import draw_outages, outages_of
    from charging.inputs.tariff import prices_by_month, tariff_of
    from charging.inputs.vehicles import hybrid_models, vehicles_table
    from charging.power.allocation import share
    from charging.queueing.preview import preview, preview_against
    from charging.result import ChargingResult
    from charging.results.access import access, access_figures, gini
    from charging.results.checks import check_accounts, check_little
    from charging.results.homes import home_ways, homes_table
    from charging.results.in_reach import reach
    from charging.results.summary import load_by_hour, station_summary, town_summary
    from charging.simulation import simulate
    from charging.swapping.swap_result import SwapResult, compare_swapping
    from charging.swapping.swap_stations import simulate_swaps, swapped_classes

__all__ = [
    "Behaviour",
    "ChargingResult",
    "SwapResult",
    "access",
    "access_figures",
    "behaviour_of",
    "chain_requests",
    "check_accounts",
    "check_little",
    "compare_swapping",
    "draw_outages",
    "gini",
    "home_ways",
    "homes_table",
    "hybrid_models",
    "load_by_hour",
    "outages_of",
    "preview",
    "preview_against",
    "prices_by_month",
    "reach",
    "share",
    "simulate",
    "simulate_swaps",
    "station_summary",
    "swapped_classes",
    "tariff_of",
    "town_summary",
    "vehicles_table",
]

_HOMES = {
    "Behaviour": "charging.inputs.behaviour",
    "ChargingResult": "charging.result",
    "SwapResult": "charging.swapping.swap_result",
    "access": "charging.results.access",
    "access_figures": "charging.results.access",
    "behaviour_of": "charging.inputs.behaviour",
    "chain_requests": "charging.engine.ends.chaining",
    "check_accounts": "charging.results.checks",
    "check_little": "charging.results.checks",
    "compare_swapping": "charging.swapping.swap_result",
    "draw_outages": "charging.inputs.outages",
    "gini": "charging.results.access",
    "home_ways": "charging.results.homes",
    "homes_table": "charging.results.homes",
    "hybrid_models": "charging.inputs.vehicles",
    "load_by_hour": "charging.results.summary",
    "outages_of": "charging.inputs.outages",
    "preview": "charging.queueing.preview",
    "preview_against": "charging.queueing.preview",
    "prices_by_month": "charging.inputs.tariff",
    "reach": "charging.results.in_reach",
    "share": "charging.power.allocation",
    "simulate": "charging.simulation",
    "simulate_swaps": "charging.swapping.swap_stations",
    "swapped_classes": "charging.swapping.swap_stations",
    "station_summary": "charging.results.summary",
    "tariff_of": "charging.inputs.tariff",
    "town_summary": "charging.results.summary",
    "vehicles_table": "charging.inputs.vehicles",
}

__getattr__ = late_names(__name__, _HOMES)
__dir__ = public_names(__all__)
