"""What a hull may be: dimensions above 0, and a block coefficient that ships have."""

import math

import pytest

from data.errors import DataError
from shipping.ships.hulls import Hull

USUAL = {"length_m": 80.0, "beam_m": 14.0, "draught_m": 3.5, "propeller_m": 1.4}


@pytest.mark.parametrize("name", USUAL)
def test_dimensions_are_above_0(name):
    for wrong in (0.0, -1.0, math.nan):
        with pytest.raises(DataError, match=f"{name}: got {wrong}, expected more than 0 m"):
            Hull(**USUAL | {name: wrong})
    assert getattr(Hull(**USUAL | {name: 1e-3}), name) == 1e-3


def test_the_block_coefficient_has_both_ends():
    assert [Hull(**USUAL, block=end).block for end in (0.5, 0.95)] == [0.5, 0.95]
    for wrong in (0.499, 0.951, math.nan):
        with pytest.raises(DataError, match=f"block: got {wrong}, expected 0.5 to 0.95"):
            Hull(**USUAL, block=wrong)
