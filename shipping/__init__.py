"""The river: waterway, vessels, voyages, their simulation with LNG bunkering, and the carbon of ships."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.late import late_names, public_names

if TYPE_CHECKING:
    from shipping.emissions.accounts import carbon, share_needed
    from shipping.emissions.ship_change import ship_change
    from shipping.emissions.voyage_emissions import voyage_carbon
    from shipping.engine.network import FAIRWAY
    from shipping.limits import LIMITS
    from shipping.parameters.county_river import has_river
    from shipping.ports.battery_trips import battery_trips
    from shipping.ports.open_stations import stations
    from shipping.result import RiverResult
    from shipping.results.checks import check_mass_balance
    from shipping.results.passages import passage_events
    from shipping.results.river_counts import river_counts
    from shipping.results.summary import lng_throughput, station_summary
    from shipping.river.closures import draw_closures
    from shipping.river.waterway import waterway
    from shipping.ships.carriers import carrier_table
    from shipping.simulation import simulate
    from shipping.traffic.lng_fleet import vessels
    from shipping.traffic.local_voyages import local_traffic
    from shipping.traffic.through import voyages, without_double

__all__ = [
    "FAIRWAY",
    "LIMITS",
    "RiverResult",
    "battery_trips",
    "carbon",
    "carrier_table",
    "check_mass_balance",
    "draw_closures",
    "has_river",
    "lng_throughput",
    "local_traffic",
    "passage_events",
    "river_counts",
    "share_needed",
    "ship_change",
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
    "FAIRWAY": "shipping.engine.network",
    "LIMITS": "shipping.limits",
    "RiverResult": "shipping.result",
    "battery_trips": "shipping.ports.battery_trips",
    "carbon": "shipping.emissions.accounts",
    "carrier_table": "shipping.ships.carriers",
    "check_mass_balance": "shipping.results.checks",
    "draw_closures": "shipping.river.closures",
    "has_river": "shipping.parameters.county_river",
    "lng_throughput": "shipping.results.summary",
    "local_traffic": "shipping.traffic.local_voyages",
    "passage_events": "shipping.results.passages",
    "river_counts": "shipping.results.river_counts",
    "share_needed": "shipping.emissions.accounts",
    "ship_change": "shipping.emissions.ship_change",
    "simulate": "shipping.simulation",
    "station_summary": "shipping.results.summary",
    "stations": "shipping.ports.open_stations",
    "vessels": "shipping.traffic.lng_fleet",
    "voyage_carbon": "shipping.emissions.voyage_emissions",
    "voyages": "shipping.traffic.through",
    "waterway": "shipping.river.waterway",
    "without_double": "shipping.traffic.through",
}

__getattr__ = late_names(__name__, _HOMES)
__dir__ = public_names(__all__)
