"""Vehicles: stock turnover, survival, cost of ownership, choice."""
