"""The power of shared piles and connections inside the simulation: calls the rules of ``charging.kernel`` in time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from charging import kernel, queues
from charging.clock import FIRST
from charging.power import POLICIES, whole_modules_kw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from charging.clock import Clock
    from charging.demand import Demand
    from charging.stations import Group, Station

    Floats = NDArray[np.float64]

_ROWS = 4096


class Sharing:
    """Shared piles as arrays, and the events at which something changes in them.

    Parameters
    ----------
    clock
        The simulation's clock.
    stations
        Stations; each group that is not ``alone`` gets rows here.
    demand
        The vehicles.
    module_kw
        Power modules of dynamic piles, kW; None shares continuously.
    finished
        Called with request and gun of each charge that is full, after its power went to the others.
    """

    def __init__(
        self,
        clock: Clock,
        stations: Sequence[Station],
        demand: Demand,
        module_kw: float | None,
        finished: Callable[[int, int], None],
    ) -> None:
        self._clock = clock
        self._finished = finished
        self._curves = demand.curves
        self._batteries = demand.batteries
        groups = [group for station in stations for group in station.groups["any"] if not group.alone]
        self._groups = [group for group in groups for _ in range(group.piles)]
        limits = [station for station in stations if station.limit_kw is not None]
        self._piles = _pile_rows(groups, {station.number: site for site, station in enumerate(limits)}, module_kw)
        self._guns = np.zeros((int(self._piles[:, kernel.GUNS].sum()), kernel.GUN_COLUMNS))
        self._sites = _site_rows(limits, self._piles)
        self._site_of = self._piles[:, kernel.SITE].astype(int).tolist()
        self._first_gun = self._piles[:, kernel.FIRST_GUN].astype(int).tolist()
        self._pile_due = [math.inf] * len(self._piles)
        self._site_due = [math.inf] * len(limits)
        self._pile_at = np.repeat(np.arange(len(self._piles)), self._piles[:, kernel.GUNS].astype(int)).tolist()
        self._guns[:, kernel.PILE] = self._pile_at
        self._request_at = [-1] * len(self._guns)
        self._done = np.zeros(len(self._guns) + 1)
        most = max([float(row[kernel.PILES]) for row in self._sites], default=1.0)
        self._room = int(len(self._guns) * (most + 2.0))
        self._log = np.zeros((_ROWS + self._room, 4))

    def log(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Return request, time (min), SOC and cap (kW) of each change."""
        rows = self._log[1 : int(self._log[0, 0]) + 1]
        return rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3]

    def forget(self) -> None:
        """Give back the memory of the changes; nothing can be simulated any more."""
        self._log = np.zeros((1, 4))

    def places(self, guns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of the guns' piles in their groups, and of the guns in their piles."""
        piles = np.array(self._pile_at, dtype=np.int64)[guns]
        first_pile = np.array([group.first_pile for group in self._groups], dtype=np.int64)
        return piles - first_pile[piles], guns - np.array(self._first_gun, dtype=np.int64)[piles]

    def offer(self, group: Group, index: int, limit_kw: float) -> tuple[float, int]:
        """Return the most power a free gun of a group offers a vehicle now (kW), and that gun (-1 if none is free)."""
        return kernel.best_pile(
            self._guns,
            self._piles,
            self._curves,
            self._batteries,
            group.first_pile,
            group.piles,
            index,
            limit_kw,
            self._clock.minute,
        )

    def take(self, gun: int) -> None:
        """Keep a free gun for a vehicle on its way."""
        self._guns[gun, kernel.TAKEN] = 1.0
        self._groups[self._pile_at[gun]].free -= 1

    def release(self, gun: int) -> Group:
        """Free a gun, and return its group."""
        pile = self._pile_at[gun]
        group = self._groups[pile]
        self._guns[gun, kernel.TAKEN] = 0.0
        if pile not in group.down:
            group.free += 1
        return group

    def switch(self, pile: int, *, down: bool) -> None:
        """Put a pile out of service (who charges there may finish), or back."""
        group = self._groups[pile]
        if down:
            group.down.add(pile)
        else:
            group.down.discard(pile)
        self._piles[pile, kernel.DOWN] = float(down)
        first = self._first_gun[pile]
        free = int(np.sum(self._guns[first : first + group.guns_per_pile, kernel.TAKEN] == 0.0))
        group.free += -free if down else free

    def plug_best(self, group: Group, index: int, most_kw: float, efficiency: float) -> int:
        """Let a vehicle charge at the free gun of a group that has most power now, and return the gun."""
        self._make_room()
        gun, following = kernel.plug_best(
            self._guns,
            self._piles,
            self._sites,
            self._curves,
            self._log,
            self._batteries,
            group.first_pile,
            group.piles,
            index,
            most_kw,
            efficiency,
            self._clock.minute,
        )
        group.free -= 1
        self._request_at[gun] = index
        self._wait_for(gun, following)
        return gun

    def plug(self, gun: int, index: int, most_kw: float, efficiency: float) -> None:
        """Let a vehicle charge at a gun that was taken."""
        self._make_room()
        following = kernel.plug(
            self._guns,
            self._piles,
            self._sites,
            self._curves,
            self._log,
            self._batteries,
            gun,
            index,
            most_kw,
            efficiency,
            self._clock.minute,
        )
        self._request_at[gun] = index
        self._wait_for(gun, following)

    def serve(
        self,
        group: Group,
        order: NDArray[np.int64],
        arrive: Floats,
        most_kw: Floats,
        efficiency: Floats,
        overstay: Floats,
        patience: Floats,
        max_queue: Floats,
        plug: Floats,
        full: Floats,
        gun_of: NDArray[np.int64],
        outcome: NDArray[np.int64],
        leave: Floats,
    ) -> None:
        """Serve all requests of a group that stands alone, as ``charging.queues.serve_shared``."""
        self._log = queues.serve_shared(
            self._guns,
            self._piles,
            self._sites,
            self._curves,
            self._log,
            self._batteries,
            group.first_pile,
            group.piles,
            order,
            arrive,
            most_kw,
            efficiency,
            overstay,
            patience,
            max_queue,
            plug,
            full,
            gun_of,
            outcome,
            leave,
        )

    def _wait_for(self, gun: int, following: float) -> None:
        """Wait for what happens next at the pile or connection of a gun."""
        pile = self._pile_at[gun]
        site = self._site_of[pile]
        if site >= 0:
            self._await(self._site_due, site, following, self._on_site)
        else:
            self._await(self._pile_due, pile, following, self._on_pile)

    def _await(self, due: list[float], place: int, following: float, action: Callable[[Any], None]) -> None:
        """Wait for what happens next at a place, if that has changed."""
        if due[place] != following:
            due[place] = following
            if following < math.inf:
                self._clock.call_at(following, FIRST, action, place)

    def _on_pile(self, event: Any) -> None:  # noqa: ANN401 - SimPy's events are untyped
        """Finish who is full at a pile and divide again, unless something else changed the division since."""
        pile = event.load
        now = self._clock.minute
        if self._pile_due[pile] == now:
            self._make_room()
            count, following = kernel.advance_pile(
                self._guns, self._piles, self._curves, self._log, pile, now, self._done
            )
            self._pile_due[pile] = -math.inf
            self._await(self._pile_due, pile, following, self._on_pile)
            if count:
                self._finish(count)

    def _on_site(self, event: Any) -> None:  # noqa: ANN401
        """Do the same behind a connection."""
        site = event.load
        now = self._clock.minute
        if self._site_due[site] == now:
            self._make_room()
            count, following = kernel.advance_site(
                self._guns, self._piles, self._sites, self._curves, self._log, site, now, self._done
            )
            self._site_due[site] = -math.inf
            self._await(self._site_due, site, following, self._on_site)
            if count:
                self._finish(count)

    def _finish(self, count: int) -> None:
        """Say who is full."""
        if count == 1:
            gun = int(self._done.item(0))
            self._finished(self._request_at[gun], gun)
        else:
            for gun in self._done[:count].astype(int).tolist():
                self._finished(self._request_at[gun], gun)

    def _make_room(self) -> None:
        """Keep room in the log for changes of all vehicles at all piles of a station at one instant."""
        if self._log.item(0) + self._room >= len(self._log):
            self._log = np.concatenate([self._log, np.zeros((len(self._log), 4))])


def _pile_rows(groups: Sequence[Group], sites: dict[int, int], module_kw: float | None) -> Floats:
    """Return the piles of groups as rows, and tell each group which is its first."""
    rows = np.zeros((sum(group.piles for group in groups), kernel.PILE_COLUMNS))
    first, gun = 0, 0
    for group in groups:
        group.first_pile = first
        for pile in range(first, first + group.piles):
            rows[pile, kernel.FIRST_GUN] = gun
            gun += group.guns_per_pile
        chosen = rows[first : first + group.piles]
        chosen[:, kernel.GUNS] = group.guns_per_pile
        modules = module_kw if group.sharing == "dynamic" and group.current == "dc" else None
        chosen[:, kernel.PILE_KW] = group.pile_kw if modules is None else whole_modules_kw(group.pile_kw, modules)
        chosen[:, kernel.POLICY] = POLICIES.index(group.sharing)
        chosen[:, kernel.MODULE_KW] = 0.0 if modules is None else min(modules, group.pile_kw)
        chosen[:, kernel.SITE] = sites.get(group.station.number, -1)
        chosen[:, kernel.NEXT_MIN] = math.inf
        first += group.piles
    return rows


def _site_rows(limited: Sequence[Station], piles: Floats) -> Floats:
    """Return the connections of stations as rows; a station's piles stand next to each other."""
    rows = np.zeros((len(limited), kernel.SITE_COLUMNS))
    for site, station in enumerate(limited):
        own = np.flatnonzero(piles[:, kernel.SITE] == site)
        rows[site, kernel.FIRST_PILE] = own[0]
        rows[site, kernel.PILES] = len(own)
        rows[site, kernel.LIMIT_KW] = station.limit_kw
    return rows
