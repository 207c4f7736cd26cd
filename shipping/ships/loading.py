"""How full vessels sail: as the water of the days ahead lets them, with water under the keel in reaches and over sills.

A vessel that does not float with its cargo loads less; one that does not float empty waits in port for more water.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from data.errors import DataError
from shipping.river.chambers import EVEN_M
from shipping.river.reaches import KEPT_WAYS, passes_lock

if TYPE_CHECKING:
    from shipping.ships.propulsion import ShipDesign
    from shipping.ships.sailing import Sailing

    Run = tuple[int, int, tuple[int, ...]]
    _Shares = dict[tuple[ShipDesign, float, Run, int, int], float]

_KEPT_SHARES: Final = 65_536
"""Shares that are kept on a waterway: a year asks for fewer, and points of a design have designs of their own."""
_CM: Final = 100.0  # in a metre: draughts are kept to the centimetre


@dataclass(eq=False)
class Loading:
    """How full vessels sail on a waterway; without `keel_m` of its reaches they are as full as they want to be."""

    sailing: Sailing
    _known: _Shares = field(init=False)
    _runs: dict[tuple[float, float], Run] = field(init=False, default_factory=dict)
    _marks: list[float] = field(init=False)
    _locks: list[tuple[int, float]] = field(init=False)

    def __post_init__(self) -> None:
        """Go on with what is known of the reaches: nothing in it depends on who asks or when."""
        kept: _Shares = {}
        self._known = self.sailing.reaches.kept("shares", kept)
        self._marks = self.sailing.reaches.chainage_km.tolist()
        self._locks = [(number, site.chainage_km) for number, site in enumerate(self.sailing.reaches.locks)]

    @property
    def asks(self) -> bool:
        """Return whether vessels look at the water before they load."""
        return self.sailing.reaches.keel_m is not None

    def begins(
        self, design: ShipDesign, load_share: float, way: tuple[float, float], time_min: float
    ) -> tuple[float, float]:
        """Return when a vessel that is ready at a time sets out, and the share of its deadweight that it then carries.

        ``way`` has the chainages of its ends. Infinite where there is never enough water for it, not even empty.
        """
        if not self.asks or design.draught_m is None:
            return time_min, load_share
        share = self.share(design, load_share, way, time_min)
        if share >= 0.0:
            return time_min, share
        starts = self.sailing.reaches.period_start_min
        for time in starts[starts > time_min].tolist():
            share = self.share(design, load_share, way, time)
            if share >= 0.0:
                return time, share
        return math.inf, 0.0

    def share(self, design: ShipDesign, load_share: float, way: tuple[float, float], time_min: float) -> float:
        """Return the share that a vessel carries which sets out at a time; below 0: it does not float empty."""
        until = time_min + self.sailing.reaches.load_ahead_min
        periods = self.sailing.period_of(time_min), self.sailing.period_of(until)
        return self.share_in(design, load_share, way, *periods)

    def taken(self, design: ShipDesign, load_share: float, way: tuple[float, float], period: int) -> float:
        """Return the share that a vessel carries in the water of one period.

        Raises
        ------
        DataError
            If it carries nothing.
        """
        if not self.asks or design.draught_m is None or load_share == 0.0:
            return load_share
        share = self.share_in(design, load_share, way, period, period)
        if share <= 0.0:
            raise DataError(
                f"vessel class '{design.vessel_class}': no water for any cargo between {way[0]:g} and {way[1]:g} km in "
                f"period {period + 1}. Raise depth_m of river_months or river.level_change_m, or lower river.keel_m."
            )
        return share

    def share_in(self, design: ShipDesign, load_share: float, way: tuple[float, float], first: int, last: int) -> float:
        """Return that share with the lowest water of some periods."""
        # a fleet goes up and down between the same few places, whatever the voyages of others begin at
        run = self._runs.get(way)
        if run is None:
            if len(self._runs) >= KEPT_WAYS:
                self._runs.clear()
            run = self._runs[way] = self.run_of(way)
        return self.share_on(design, load_share, run, first, last)

    def share_on(self, design: ShipDesign, load_share: float, run: Run, first: int, last: int) -> float:
        """Return `share_in` for a run of reaches."""
        key = (design, load_share, run, first, last)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _KEPT_SHARES:
                self._known.clear()
            allowed = min([self._allowed_m(design, run, period) for period in range(first, last + 1)])
            known = self._known[key] = _share_of(design, load_share, allowed)
        return known

    def run_of(self, way: tuple[float, float]) -> Run:
        """Return the first reach of a way, the one after its last, and the locks that it passes.

        Hundreds of ways, which begin anywhere, lie in a few dozen such runs.
        """
        start, end = way
        low, high = (start, end) if start <= end else (end, start)
        first = bisect.bisect_right(self._marks, low) - 1
        passed = tuple([number for number, km in self._locks if low <= km <= high and passes_lock(km, start, end)])
        return max(0, first), bisect.bisect_left(self._marks, high), passed

    def _allowed_m(self, design: ShipDesign, run: Run, period: int) -> float:
        """Return the greatest draught for which a period has water on a run of reaches."""
        reaches = self.sailing.reaches
        first, last, passed = run
        # infinite for a way of no length
        shallowest = float(reaches.depth_m[period, first:last].min(initial=math.inf))
        allowed = shallowest - (reaches.keel_m or 0.0)
        for site in (reaches.locks[number] for number in passed):
            since = float(reaches.period_start_min[period])
            size = (design.length_m or 0.0, design.beam_m or 0.0)
            sills = [one.sill_at(since) for one in site.chambers if one.takes(*size, 0.0)]
            allowed = min(allowed, max(sills, default=0.0) - site.rules.keel_m)
        return allowed + EVEN_M


def _share_of(design: ShipDesign, load_share: float, allowed_m: float) -> float:
    """Return the share, at most the given one, at which a vessel draws no more than what is allowed."""
    if design.hull_at(load_share).draught_m <= allowed_m:
        return load_share
    full = float(design.draught_m or 0.0)
    empty = full if design.empty_draught_m is None else design.empty_draught_m
    if empty >= full:
        return -1.0
    # down to the centimetre: a draught that is rounded up would not float over the sill
    return (math.floor(_CM * allowed_m) / _CM - empty) / (full - empty)
