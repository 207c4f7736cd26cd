"""The old address of the travel times, for notebooks; they live in `data.roads.travel_times`."""

from __future__ import annotations

from data.roads.travel_times import travel_matrix

__all__ = ["travel_matrix"]
