"""Where vehicles fill: layouts, stations, piles and guns, their simulation and queueing formulas."""

from __future__ import annotations

from charging.behaviour import Behaviour, behaviour_of, vehicles_table
from charging.checks import check_accounts
from charging.outages import draw_outages, outages_of
from charging.power import share
from charging.simulation import ChargingResult, simulate
from charging.summary import access, station_summary, town_summary
from charging.tariff import tariff_of

__all__ = [
    "Behaviour",
    "ChargingResult",
    "access",
    "behaviour_of",
    "check_accounts",
    "draw_outages",
    "outages_of",
    "share",
    "simulate",
    "station_summary",
    "tariff_of",
    "town_summary",
    "vehicles_table",
]
