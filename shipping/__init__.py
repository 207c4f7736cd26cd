"""The river: waterway, vessels, voyages, their simulation with LNG bunkering, and the carbon of ships."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shipping.accounts import carbon, lng_throughput, share_needed
    from shipping.carriers import carrier_table
    from shipping.checks import check_mass_balance
    from shipping.closures import draw_closures
    from shipping.cycling import vessels
    from shipping.fairway import waterway
    from shipping.legs import voyage_carbon
    from shipping.passages import passage_events
    from shipping.river import FAIRWAY
    from shipping.simulation import RiverResult, simulate
    from shipping.summary import station_summary
    from shipping.supply import stations
    from shipping.traffic import voyages, without_double

__all__ = [
    "FAIRWAY",
    "RiverResult",
    "carbon",
    "carrier_table",
    "check_mass_balance",
    "draw_closures",
    "lng_throughput",
    "passage_events",
    "share_needed",
    "simulate",
    "station_summary",
    "stations",
    "vessels",
    "voyage_carbon",
    "voyages",
    "waterway",
    "without_double",
]

_HOMES = {
    "FAIRWAY": "shipping.river",
    "RiverResult": "shipping.simulation",
    "carbon": "shipping.accounts",
    "carrier_table": "shipping.carriers",
    "check_mass_balance": "shipping.checks",
    "draw_closures": "shipping.closures",
    "lng_throughput": "shipping.accounts",
    "passage_events": "shipping.passages",
    "share_needed": "shipping.accounts",
    "simulate": "shipping.simulation",
    "station_summary": "shipping.summary",
    "stations": "shipping.supply",
    "vessels": "shipping.cycling",
    "voyage_carbon": "shipping.legs",
    "voyages": "shipping.traffic",
    "waterway": "shipping.fairway",
    "without_double": "shipping.traffic",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: ``import shipping`` alone stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module 'shipping' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)
