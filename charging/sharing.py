"""Who gets how much power when: piles share among guns, connections among piles; all at events, exact in between.

Shares are set when a vehicle plugs in or gets full, and where a curve's breakpoint changes the division. Between such
events each vehicle draws the lesser of its curve and its share (``charging.ramps``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from charging.clock import FIRST
from charging.power import max_min, share

if TYPE_CHECKING:
    from collections.abc import Callable

    from charging.clock import Clock
    from charging.log import Log
    from charging.ramps import Ramp
    from charging.stations import Charge, Pile, Station

_SLACK_KW: Final = 1e-9


class Part(NamedTuple):
    """A charge at an event: SOC, the most until its next breakpoint (kW), that breakpoint, the pile's cap (kW)."""

    charge: Charge
    soc: float
    wish_kw: float
    stop_soc: float
    cap_kw: float


class Sharing:
    """Divides power and foresees what happens next at each pile, or at each station whose connection binds.

    Parameters
    ----------
    clock
        The simulation's clock.
    log
        Where stretches of charging are written.
    module_kw
        Power modules of dynamic piles, kW; None shares continuously.
    finished
        Called with each charge that is full, after its power went to the others.
    """

    def __init__(self, clock: Clock, log: Log, module_kw: float | None, finished: Callable[[Charge], None]) -> None:
        self._clock = clock
        self._log = log
        self._module_kw = module_kw
        self._finished = finished

    def start(self, charge: Charge) -> None:
        """Let a vehicle that has just plugged in charge."""
        pile = charge.pile
        pile.charges.append(charge)
        station = pile.group.station
        if station.limit_kw is None:
            self._share_pile(pile)
            return
        charge.claim_kw = charge.peak_kw(charge.soc)
        station.live[pile] = None
        _claim(pile)
        if station.bound or (station.claim_kw > station.limit_kw + _SLACK_KW and self._refreshed_binds(station)):
            self._share_station(station)
        else:
            self._share_pile(pile)

    # piles --------------------------------------------------------------------------------------------------

    def _share_pile(self, pile: Pile) -> None:
        """Divide a pile's power among its vehicles and wait for what changes the division next."""
        pile.plan += 1
        charges = pile.charges
        if not charges:
            return
        if len(charges) == 1:
            self._set(charges[0], pile.group.pile_kw)
            soonest = charges[0].end_min
        else:
            soonest = self._apply(self._pile_parts(pile), pile)
        if soonest < math.inf:
            self._clock.call_at(max(soonest, self._clock.now), FIRST, self._on_pile, (pile, pile.plan))

    def _apply(self, parts: list[Part], pile: Pile) -> float:
        """Give the vehicles of a pile their caps; return when the next gets full or changes the division."""
        soonest = math.inf
        dynamic = pile.group.sharing == "dynamic"
        for part in parts:
            charge = part.charge
            self._set(charge, part.cap_kw)
            soonest = min(soonest, charge.end_min)
            if dynamic and part.stop_soc < charge.end_soc:
                soonest = min(soonest, self._watch(part, part.cap_kw))
        return soonest

    def _pile_parts(self, pile: Pile) -> list[Part]:
        """Return the pile's cap for each of its vehicles; breakpoints that cannot matter are left out (SOC 1)."""
        now = self._clock.now
        capacity = pile.group.pile_kw
        policy = pile.group.sharing
        charges = pile.charges
        if policy != "dynamic" and len(charges) > 1:
            caps = share(capacity, [capacity] * len(charges), policy)
            return [
                Part(charge, soc, *charge.wish_kw(soc), cap)
                for charge, cap in zip(charges, caps, strict=True)
                for soc in (charge.soc_at(now),)
            ]
        parts = [
            Part(charge, soc, *charge.wish_kw(soc), capacity) for charge in charges for soc in (charge.soc_at(now),)
        ]
        if len(charges) == 1 or math.fsum(part.charge.peak_kw(part.soc) for part in parts) <= capacity:
            return [part._replace(stop_soc=1.0) for part in parts] if pile.group.station.limit_kw is None else parts
        wishes = [part.wish_kw for part in parts]
        caps = (
            max_min(capacity, wishes) if self._module_kw is None else share(capacity, wishes, policy, self._module_kw)
        )
        return [
            part._replace(cap_kw=capacity if cap >= part.wish_kw else cap)
            for part, cap in zip(parts, caps, strict=True)
        ]

    def _on_pile(self, event: Any) -> None:  # noqa: ANN401 - SimPy's events are untyped
        """Finish who is full and divide again, unless something else changed the division since."""
        pile, plan = event.load
        if pile.plan != plan:
            return
        self._finish(pile)
        if pile.plan == plan:
            self._share_pile(pile)

    def _finish(self, pile: Pile) -> None:
        """Take the vehicles that are full off the power and say so."""
        now = self._clock.now
        done = [charge for charge in pile.charges if charge.end_min <= now]
        for charge in done:
            pile.charges.remove(charge)
        if done and pile.group.station.limit_kw is not None:
            _claim(pile)
            if not pile.charges:
                del pile.group.station.live[pile]
        for charge in done:
            self._finished(charge)

    # connections --------------------------------------------------------------------------------------------

    def _refreshed_binds(self, station: Station) -> bool:
        """Claim anew with the SOC of now and tell whether the vehicles could together exceed the connection.

        A claim is the most that a pile's vehicles may still draw; curves fall, so old claims are too high.
        """
        now = self._clock.now
        station.claim_kw = 0.0
        for pile in station.live:
            pile.claim_kw = 0.0
            for charge in pile.charges:
                charge.claim_kw = charge.peak_kw(charge.soc_at(now))
            _claim(pile)
        assert station.limit_kw is not None  # noqa: S101 - only limited stations claim
        return station.claim_kw > station.limit_kw + _SLACK_KW

    def _share_station(self, station: Station) -> None:
        """Share a connection max-min fair over its guns, on top of the shares of the piles, while it may bind.

        The connection is metered: a vehicle's draw behind it is its power over its efficiency.
        """
        assert station.limit_kw is not None  # noqa: S101 - called for limited stations only
        station.plan += 1
        binds = self._refreshed_binds(station)
        if station.bound and not binds:
            station.bound = False
            for pile in list(station.live):
                self._share_pile(pile)
            return
        station.bound = True
        parts = []
        for pile in station.live:
            pile.plan += 1
            parts.extend(self._pile_parts(pile))
        wishes = [min(part.cap_kw, part.wish_kw) / part.charge.efficiency for part in parts]
        granted = max_min(station.limit_kw, wishes)
        soonest = math.inf
        for part, wish, metered in zip(parts, wishes, granted, strict=True):
            charge = part.charge
            cap = part.cap_kw if metered >= wish else metered * charge.efficiency
            self._set(charge, cap)
            soonest = min(soonest, charge.end_min)
            if part.stop_soc < charge.end_soc:
                soonest = min(soonest, self._watch(part, cap))
        if soonest < math.inf:
            self._clock.call_at(max(soonest, self._clock.now), FIRST, self._on_station, (station, station.plan))

    def _on_station(self, event: Any) -> None:  # noqa: ANN401
        """Finish who is full and divide again, unless something else changed the division since."""
        station, plan = event.load
        if station.plan != plan:
            return
        for pile in list(station.live):
            self._finish(pile)
        if station.plan == plan:
            self._share_station(station)

    # vehicles -----------------------------------------------------------------------------------------------

    def _set(self, charge: Charge, cap_kw: float) -> None:
        """Give a vehicle another cap from now on and foresee when it is full."""
        ramp: Ramp | None
        if cap_kw >= charge.most_kw:
            ramp = charge.base
            cap_kw = charge.most_kw
        else:
            ramp = charge.table.capped(cap_kw / charge.accept_kw) if cap_kw > 0.0 else None
        if ramp is charge.ramp:
            return
        now = self._clock.now
        soc = charge.soc_at(now)
        charge.soc, charge.since_min, charge.ramp = soc, now, ramp
        charge.break_min = charge.break_soc = math.inf
        charge.seen_until_min = -math.inf
        if ramp is None:
            charge.end_min = math.inf
        else:
            charge.ramp_min = ramp.minutes_at(soc)
            charge.end_min = now + (ramp.minutes_at(charge.end_soc) - charge.ramp_min) * charge.scale_min
        self._log.stretch(charge.index, now, soc, cap_kw)

    def _watch(self, part: Part, cap_kw: float) -> float:
        """Return when a vehicle reaches the breakpoint from which its wish changes the division, minutes.

        Who gets less than wished does not until less than that is wished for.
        """
        charge = part.charge
        stop = part.stop_soc
        if cap_kw < part.wish_kw and self._module_kw is None:
            stop = min(charge.table.falls_below(part.soc, cap_kw / charge.accept_kw), charge.end_soc)
        if stop >= charge.end_soc or charge.ramp is None:
            charge.break_min = charge.break_soc = math.inf
            return math.inf
        if stop != charge.break_soc:
            charge.break_soc = stop
            charge.break_min = max(charge.time_of(stop), self._clock.now)
        return charge.break_min


def _claim(pile: Pile) -> None:
    """Claim at the connection what a pile's vehicles may still draw together, metered kW."""
    claim = 0.0
    if pile.charges:
        wanted = min(math.fsum(charge.claim_kw for charge in pile.charges), pile.group.pile_kw)
        claim = wanted / min(charge.efficiency for charge in pile.charges)
    pile.group.station.claim_kw += claim - pile.claim_kw
    pile.claim_kw = claim
