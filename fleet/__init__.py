"""Who moves: vehicle stock, trips and charging requests, road carbon."""

from __future__ import annotations

from data.factors import grid_factor
from fleet.accounts import carbon, petroleum
from fleet.adoption import backcast, choice_flow
from fleet.costs import Levers, tco
from fleet.decomposition import attribution
from fleet.electrification import bus_taxi_effect, electric_share_needed
from fleet.turnover import crossing_year, flow_share, stock
from fleet.uncertainty import baseline_test, monte_carlo
from fleet.vehicle_day import VehicleDays, requests, vehicle_days

__all__ = [
    "Levers",
    "VehicleDays",
    "attribution",
    "backcast",
    "baseline_test",
    "bus_taxi_effect",
    "carbon",
    "choice_flow",
    "crossing_year",
    "electric_share_needed",
    "flow_share",
    "grid_factor",
    "monte_carlo",
    "petroleum",
    "requests",
    "stock",
    "tco",
    "vehicle_days",
]
