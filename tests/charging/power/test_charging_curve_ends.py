"""What a curve accepts from a SOC on, up to the next breakpoint, and after some minutes, at and between breakpoints."""

import numpy as np
import pytest

from charging.power import curves
from charging.power.compiled import compiled
from charging.power.curves import Curve, curve_array

# it falls, rises to a hump at 0.5, and falls again; a last rise shows that the end counts too
HUMP = Curve((0.0, 0.2, 0.5, 0.9, 1.0), (0.9, 0.4, 1.0, 0.1, 0.3))
TABLE = curve_array([HUMP])


@compiled
def ahead(table, soc):
    return curves.outlook(table, 1, soc)


@pytest.mark.parametrize(
    ("soc", "peak", "near", "stop"),
    [
        (0.0, 1.0, 0.9, 0.2),
        (0.1, 1.0, 0.65, 0.2),
        (0.2, 1.0, 1.0, 0.5),
        (0.3, 1.0, 1.0, 0.5),
        (0.5, 1.0, 1.0, 0.9),
        (0.7, 0.55, 0.55, 0.9),
        (0.85, 0.3, 0.2125, 0.9),
        (0.9, 0.3, 0.3, 1.0),
        (0.95, 0.3, 0.3, 1.0),
        (1.0, 0.3, 0.3, 1.0),
    ],
)
def test_the_most_from_a_soc_on_and_until_the_next_breakpoint(soc, peak, near, stop):
    until, here, there, most = ahead(TABLE, soc)
    assert (most, max(here, there), until) == pytest.approx((peak, near, stop))
    assert (here, there) == pytest.approx(np.interp([soc, stop], HUMP.soc, HUMP.power_share))


@pytest.mark.parametrize("cap", [0.25, 0.5, 0.95, 2.0])
@pytest.mark.parametrize("start", [0.0, 0.15, 0.5, 0.93])
def test_the_soc_after_some_minutes_is_that_of_small_steps(cap, start):
    steps, minutes = 4_000, 90.0
    soc = start
    for _ in range(steps):
        # the midpoint rule: a kWh at a kW of full power takes an hour
        middle = min(soc + 0.5 * min(np.interp(soc, HUMP.soc, HUMP.power_share), cap) * minutes / 60.0 / steps, 1.0)
        soc = min(soc + min(np.interp(middle, HUMP.soc, HUMP.power_share), cap) * minutes / 60.0 / steps, 1.0)
    assert curves.soc_after(TABLE, 1, cap, start, minutes) == pytest.approx(soc, abs=1e-5)
