"""Who moves: vehicle stock, trips and charging requests, road carbon."""

from __future__ import annotations

from fleet.accounts import carbon, grid_factor, petroleum
from fleet.turnover import crossing_year, flow_share, stock
from fleet.vehicle_day import VehicleDays, requests, vehicle_days

__all__ = [
    "VehicleDays",
    "carbon",
    "crossing_year",
    "flow_share",
    "grid_factor",
    "petroleum",
    "requests",
    "stock",
    "vehicle_days",
]
