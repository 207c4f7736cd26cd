"""Battery swapping: the stock of batteries and their chargers, swap stations, comparison with fast charging."""

from __future__ import annotations

from charging.swapping.swap_result import COMPARISON, SwapResult, compare_swapping
from charging.swapping.swap_stations import simulate_swaps

__all__ = ["COMPARISON", "SwapResult", "compare_swapping", "simulate_swaps"]
