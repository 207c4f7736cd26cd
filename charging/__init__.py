"""Where vehicles fill: layouts, stations, piles and guns, their simulation and queueing formulas."""

from __future__ import annotations

from charging.behaviour import Behaviour, behaviour_of, vehicles_table
from charging.checks import check_accounts, check_little
from charging.outages import draw_outages, outages_of
from charging.power import share
from charging.previewing import preview, preview_against
from charging.simulation import ChargingResult, simulate
from charging.summary import access, access_figures, gini, load_by_hour, station_summary, town_summary
from charging.swapping import SwapResult, compare_swapping, simulate_swaps
from charging.tariff import tariff_of

__all__ = [
    "Behaviour",
    "ChargingResult",
    "SwapResult",
    "access",
    "access_figures",
    "behaviour_of",
    "check_accounts",
    "check_little",
    "compare_swapping",
    "draw_outages",
    "gini",
    "load_by_hour",
    "outages_of",
    "preview",
    "preview_against",
    "share",
    "simulate",
    "simulate_swaps",
    "station_summary",
    "tariff_of",
    "town_summary",
    "vehicles_table",
]
