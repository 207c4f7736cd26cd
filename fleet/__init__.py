"""Who moves: vehicle stock, trips and charging requests, road carbon."""

from __future__ import annotations

from data.factors import grid_factor
from fleet.demand.requests import VehicleDays, requests, vehicle_days
from fleet.emissions.accounts import carbon, petroleum
from fleet.emissions.decomposition import attribution
from fleet.emissions.electrification import bus_taxi_effect, electric_share_needed
from fleet.emissions.uncertainty import baseline_test, monte_carlo
from fleet.vehicles.adoption_trend import adoption_trend, held_out
from fleet.vehicles.backcast import backcast
from fleet.vehicles.choice import choice_flow, chosen_shares
from fleet.vehicles.cost_inputs import Levers
from fleet.vehicles.costs import tco
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
    "flow_share",
    "grid_factor",
    "held_out",
    "monte_carlo",
    "petroleum",
    "requests",
    "stock",
    "tco",
    "vehicle_days",
]
