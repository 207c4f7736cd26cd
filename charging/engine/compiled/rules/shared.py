"""Rules that the engine in SimPy runs as plain functions, made known to numba: here they are compiled as they are."""

from __future__ import annotations

from typing import Final

from numba.extending import register_jitable

from charging.engine.choice import balks, expected_wait_min, in_turn, joint_charge_min, travel_cost_min
from charging.inputs.fees import shortened_min, with_stay_cny
from charging.inputs.hours import is_within, next_end
from charging.inputs.rates import amount_at, amount_until, left_min, mean_amount, step_of

__all__ = [
    "amount_at",
    "amount_until",
    "balks",
    "expected_wait_min",
    "in_turn",
    "is_within",
    "joint_charge_min",
    "left_min",
    "mean_amount",
    "next_end",
    "shortened_min",
    "step_of",
    "travel_cost_min",
    "with_stay_cny",
]

_SHARED: Final = (
    amount_at,
    amount_until,
    balks,
    expected_wait_min,
    in_turn,
    is_within,
    joint_charge_min,
    left_min,
    mean_amount,
    next_end,
    shortened_min,
    step_of,
    travel_cost_min,
    with_stay_cny,
)

for _rule in _SHARED:
    # compiled functions may call it from now on; the function itself stays as it is
    register_jitable(_rule)
