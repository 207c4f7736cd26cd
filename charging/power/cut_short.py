"""Charges that end before the vehicle is full, at piles that share with nobody: how far they get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from charging.power.compiled import compiled
from charging.power.curves import soc_after
from charging.power.records import Battery

if TYPE_CHECKING:
    from data.arrays import Floats, Ints


@compiled
def cut_short(
    curves: Floats, batteries: Floats, requests: Ints, cap_kw: Floats, minutes: Floats, full_min: Floats, soc: Floats
) -> None:
    """Write the SOC of vehicles that charge for fewer minutes than they need; leave that of the others.

    Parameters
    ----------
    curves, batteries
        As in ``charging.power.curves`` and ``charging.engine.demand``.
    requests
        Positions of the requests.
    cap_kw, minutes, full_min
        By charge: the most power that the gun gives, the minutes that it lasts, and those that it would need.
    soc
        By charge: SOC at its end.
    """
    for row in range(len(requests)):
        if minutes[row] < full_min[row]:
            battery = batteries[requests[row]]
            accept_kw = battery[Battery.ACCEPT_KW]
            scale_min = battery[Battery.CAPACITY_KWH] / accept_kw
            curve, start_soc = int(battery[Battery.CURVE]), battery[Battery.START_SOC]
            reached = soc_after(curves, curve, cap_kw[row] / accept_kw, start_soc, minutes[row] / scale_min)
            soc[row] = min(reached, soc[row])
