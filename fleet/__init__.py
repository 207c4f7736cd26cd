"""Who moves: vehicle stock, trips and charging requests, road carbon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.late import late_names, public_names

if TYPE_CHECKING:
    from data.factors import grid_factor
    from fleet.demand.requests import VehicleDays, requests, vehicle_days
    from fleet.emissions.accounts import carbon, petroleum
    from fleet.emissions.decomposition import attribution
    from fleet.emissions.electrification import bus_taxi_effect, electric_share_needed, electric_work
    from fleet.emissions.uncertainty import baseline_test, monte_carlo
    from fleet.vehicles.adoption_trend import adoption_trend, held_out
    from fleet.vehicles.backcast import backcast
    from fleet.vehicles.choice import choice_flow, chosen_shares
    from fleet.vehicles.cost_inputs import Levers
    from fleet.vehicles.costs import tco
    from fleet.vehicles.policy_steps import policy_steps
    from fleet.vehicles.turnover import crossing_year, flow_share, stock

__all__ = [
    "Levers",
    "VehicleDays",
    "adoption_trend",
    "attribution",
    "backcast",
    "baseline_test",
    "bus_taxi_effect",
    "carbon",
    "choice_flow",
    "chosen_shares",
    "crossing_year",
    "electric_share_needed",
    "electric_work",
    "flow_share",
    "grid_factor",
    "held_out",
    "monte_carlo",
    "petroleum",
    "policy_steps",
    "requests",
    "stock",
    "tco",
    "vehicle_days",
]

_HOMES = {
    "Levers": "fleet.vehicles.cost_inputs",
    "VehicleDays": "fleet.demand.requests",
    "adoption_trend": "fleet.vehicles.adoption_trend",
    "attribution": "fleet.emissions.decomposition",
    "backcast": "fleet.vehicles.backcast",
    "baseline_test": "fleet.emissions.uncertainty",
    "bus_taxi_effect": "fleet.emissions.electrification",
    "carbon": "fleet.emissions.accounts",
    "choice_flow": "fleet.vehicles.choice",
    "chosen_shares": "fleet.vehicles.choice",
    "crossing_year": "fleet.vehicles.turnover",
    "electric_share_needed": "fleet.emissions.electrification",
    "electric_work": "fleet.emissions.electrification",
    "flow_share": "fleet.vehicles.turnover",
    "grid_factor": "data.factors",
    "held_out": "fleet.vehicles.adoption_trend",
    "monte_carlo": "fleet.emissions.uncertainty",
    "petroleum": "fleet.emissions.accounts",
    "policy_steps": "fleet.vehicles.policy_steps",
    "requests": "fleet.demand.requests",
    "stock": "fleet.vehicles.turnover",
    "tco": "fleet.vehicles.costs",
    "vehicle_days": "fleet.demand.requests",
}

__getattr__ = late_names(__name__, _HOMES)
__dir__ = public_names(__all__)
