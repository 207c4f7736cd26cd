"""The power of shared piles and connections inside the simulation: calls the rules of `power.kernel` in time."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from charging.engine.clock import FIRST, Call
from charging.power import kernel
from charging.power.allocation import POLICIES, SLACK_KW
from charging.power.records import (
    COLUMNS,
    FIRST_GUN_ROW,
    HEADER,
    SEGMENTS_IN_ROW,
    ChargingSegment,
    Connection,
    Gun,
    Header,
    Pile,
    Terms,
)
from charging.power.records import Group as GroupRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from charging.engine.clock import Clock
    from charging.engine.demand import Demand
    from charging.engine.ledger import Guns
    from charging.engine.stations import Group, Station
    from data.arrays import Floats, Ints


_SEGMENTS: Final = 16_384
"""Charging segments that the log holds before they are handed over: about 1 MB, whatever the number of sessions. There
is room for those of one event more (``Header.ROOM``)."""
_LOGGED: Final = int(Header.SEGMENTS)
"""Place of the number of segments in the log; members of enumerations are dear to look up."""
_NONE: Final = -1
"""What ``advance`` of the power kernel returns where no vehicle got full."""


class Due(Call):
    """What happens next at a pile or connection (``row``), and at what ``minute``.

    It may stand in the clock's queue for other times too: only the call at ``minute`` counts.
    ``advance`` is the rule of ``charging.power.kernel`` for what happens there.
    """

    __slots__ = ("advance", "minute", "row")

    def __init__(self, action: Callable[[Due], None], advance: Callable[..., tuple[int, float]], row: int) -> None:
        super().__init__(action, None)
        self.advance = advance
        self.row = row
        self.minute = math.inf


class SharedPiles:
    """Shared piles as the matrix of the power kernel, and the calls at which something changes in them.

    Parameters
    ----------
    clock
        The simulation's clock.
    stations
        Stations; each group that is not ``alone`` gets rows here.
    demand, guns
        The vehicles and the guns.
    module_kw
        Power modules of dynamic DC piles, kW; None shares continuously.
    on_full
        Called with a request and its gun when the charge ends.
    add
        Called from time to time with the charging segments that are over, and the time before which no other begins.
    """

    def __init__(
        self,
        clock: Clock,
        stations: Sequence[Station],
        demand: Demand,
        guns: Guns,
        module_kw: float | None,
        on_full: Callable[[int, int], None],
        add: Callable[[Floats, float], None],
    ) -> None:
        self._clock = clock
        self._add = add
        groups = [group for station in stations for group in station.groups["any"] if not group.alone]
        limited = [station for station in stations if station.limit_kw is not None and station.groups["any"]]
        self._rows = power_rows(groups, limited, guns, module_kw, segments=_SEGMENTS)
        # segments that were logged before they are over: see `share_ahead` of `charging.power.pile_sharing`
        self._ahead = self._rows[:0, : len(ChargingSegment)]
        self._curves, self._batteries = demand.curves, demand.batteries
        # read for every event: a single value of a matrix takes four times as long
        self._header = self._rows[HEADER].data
        # by number of the gun, which is its row; number 0 is no gun
        groups_of = [group for group in groups for _ in range(group.piles * group.guns_per_pile)]
        self._groups = groups_of[:FIRST_GUN_ROW] + groups_of
        self._pile_at = self._rows[: len(self._groups), Gun.PILE].astype(int).tolist()
        self._request_at = [-1] * len(self._groups)
        due = self._next_things(on_full)
        self._due = due[:FIRST_GUN_ROW] + due

    def _next_things(self, on_full: Callable[[int, int], None]) -> list[Due]:
        """Return by gun what is next at its pile, or at the connection behind which piles change together."""
        calls: dict[int, Due] = {}
        # held by the calls alone, which the clock lets go when it stops: `on_full` holds what these piles belong to
        advances = functools.partial(self._advance, on_full)
        result = []
        for pile in self._pile_at[FIRST_GUN_ROW:]:
            connection = int(self._rows[pile, Pile.CONNECTION])
            alone = connection < 0
            row, advance = (pile, kernel.advance_pile) if alone else (connection, kernel.advance_connection)
            if row not in calls:
                calls[row] = Due(advances, advance, row)
                self._clock.keep(calls[row])
            result.append(calls[row])
        return result

    def offer(self, group: Group, index: int) -> tuple[float, int, bool]:
        """Return the most power a free gun of a group offers a vehicle now (kW), and that gun (-1 if none is free).

        Last is whether that is all that the vehicle can take.
        """
        return kernel.best_gun(self._rows, self._curves, self._batteries, group.row, index, self._clock.minute)

    def take(self, gun: int) -> None:
        """Keep a free gun for a vehicle on its way."""
        self._rows[gun, Gun.TAKEN] = 1.0
        self._groups[gun].free -= 1

    def leave(self, gun: int) -> Group:
        """Free a gun after an overstay, and return its group."""
        self._rows[gun, Gun.TAKEN] = 0.0
        return self.release(gun)

    def release(self, gun: int) -> Group:
        """Count a gun as free that was left, and return its group."""
        group = self._groups[gun]
        if not group.down or self._pile_at[gun] - group.first_pile not in group.down:
            group.free += 1
        return group

    def switch(self, group: Group, number: int, *, down: bool) -> None:
        """Put a pile out of service (a vehicle that charges there may finish), or back."""
        if down:
            group.down.add(number)
        else:
            group.down.discard(number)
        # guns with a vehicle are counted when it leaves (`release`)
        self._rows[group.first_pile + number, Pile.DOWN] = float(down)
        first = int(self._rows[group.first_pile + number, Pile.FIRST_GUN])
        free = int(np.sum(self._rows[first : first + group.guns_per_pile, Gun.TAKEN] == 0.0))
        group.free += -free if down else free

    def plug_best(self, group: Group, index: int) -> int:
        """Let a vehicle charge at the free gun of a group that has most power now, and return the gun."""
        if self._header[_LOGGED] > _SEGMENTS:
            self.write()
        gun, following = kernel.plug_best(
            self._rows, self._curves, self._batteries, group.row, index, self._clock.minute
        )
        group.free -= 1
        self._request_at[gun] = index
        due = self._due[gun]
        if due.minute != following:
            self._await(due, following)
        return gun

    def plug(self, gun: int, index: int) -> None:
        """Let a vehicle charge at a gun that was taken."""
        if self._header[_LOGGED] > _SEGMENTS:
            self.write()
        following = kernel.plug(self._rows, self._curves, self._batteries, gun, index, self._clock.minute)
        self._request_at[gun] = index
        self._await(self._due[gun], following)

    def write(self) -> None:
        """Hand over the charging segments that are over, in the order in which they ended."""
        logged = np.concatenate((self._ahead, take_log(self._rows)))
        segments = logged[order_of_ends(logged)]
        over = int(np.searchsorted(segments[:, ChargingSegment.END_MIN], self._clock.minute, side="right"))
        self._ahead = segments[over:].copy()  # not a view, which would hold the others
        if over:
            self._add(segments[:over], self._since_min())

    def _since_min(self) -> float:
        """Return the earliest start of the charging segments that go on, minutes; infinite without any."""
        guns = self._rows[FIRST_GUN_ROW : len(self._groups)]
        since_min = np.min(guns[guns[:, Gun.ACTIVE] > 0.0, Gun.SINCE_MIN], initial=math.inf)
        return float(np.min(self._ahead[:, ChargingSegment.START_MIN], initial=since_min))

    def _await(self, due: Due, following: float) -> None:
        """Wait for what happens next at a pile or connection, if that has changed."""
        if due.minute != following:
            due.minute = following
            if following < math.inf:
                self._clock.put(following, FIRST, due)

    def _advance(self, on_full: Callable[[int, int], None], due: Due) -> None:
        """Take the full vehicles at a pile or connection off the power, divide again, and end their charges.

        Nothing happens where the division was changed since the call was put into the queue.
        """
        now = self._clock.minute
        if due.minute != now:
            return
        if self._header[_LOGGED] > _SEGMENTS:
            self.write()
        gun, following = due.advance(self._rows, self._curves, due.row, now)
        due.minute = following
        if following < math.inf:
            self._clock.put(following, FIRST, due)
        if gun > 0:
            on_full(self._request_at[gun], gun)
        elif gun != _NONE:
            # several at one instant: minus their number; noted before anybody plugs in again at one of them
            guns = self._rows[FIRST_GUN_ROW : FIRST_GUN_ROW - gun, Gun.FULL_LIST].astype(int).tolist()
            for index, full in [(self._request_at[full], full) for full in guns]:
                on_full(index, full)


def most_changes(groups: Sequence[Group], limited: Sequence[Station], enough: Sequence[bool]) -> int:
    """Return how many segments an event adds to the log at most, apart from those that are run ahead.

    At a connection that is divided those are all guns for each of its piles.
    """
    # an event changes each vehicle of the pile at most twice: it gets full, and another plugs in
    most = 1 + 2 * max((group.guns_per_pile for group in groups), default=0)
    for station, ample in zip(limited, enough, strict=True):
        piles = sum(group.piles for group in station.groups["any"])
        guns = sum(group.piles * group.guns_per_pile for group in station.groups["any"])
        most = max(most, 1 + 2 * guns if ample else guns * (piles + 2))
    return most


def is_enough(station: Station, guns: Guns) -> bool:
    """Return whether a station's connection is no less than what all its piles can draw."""
    most_kw = 0.0
    for group in station.groups["any"]:
        terms = guns.terms[group.number]
        # from the side where a pile is rated to the meter, as claims at the connection are made
        onwards = float(np.min(terms[:, Terms.EFFICIENCY] / terms[:, Terms.PER_RATED], initial=1.0))
        most_kw += group.piles * group.pile_kw / onwards
    return station.limit_kw is None or most_kw <= station.limit_kw + SLACK_KW


def order_of_ends(segments: Floats) -> Ints:
    """Return the order in which charging segments end, a row each.

    Some are logged before they are over (`share_ahead` of `charging.power.pile_sharing`). Sums over them in this order,
    as those of the load, are to the last digit what they would be had each been logged when it ended.
    """
    # stable: those that end together stay as they were logged
    return np.argsort(segments[:, ChargingSegment.END_MIN], kind="stable")


def take_log(rows: Floats) -> Floats:
    """Return the charging segments in the log, a row each, and start it anew; read them before the next call."""
    first, count = int(rows[HEADER, Header.LOG_ROW]), int(rows[HEADER, Header.SEGMENTS])
    rows[HEADER, Header.SEGMENTS] = 0.0
    columns = len(ChargingSegment)
    used = rows[first : first + log_rows(count), : SEGMENTS_IN_ROW * columns]
    return used.reshape(-1, columns)[:count]


def log_rows(segments: int) -> int:
    """Return how many rows of the log a number of charging segments takes."""
    return -(-segments // SEGMENTS_IN_ROW)


def power_rows(
    groups: Sequence[Group], limited: Sequence[Station], guns: Guns, module_kw: float | None, *, segments: int
) -> Floats:
    """Return the matrix of the power kernel (``charging.power.records``) at rest, and tell each group its rows.

    Parameters
    ----------
    groups
        Groups whose piles share power, in the order of their guns.
    limited
        Stations with a limited connection.
    guns
        All guns of the layout.
    module_kw
        Power modules of dynamic DC piles, kW; None shares continuously.
    segments
        Room in the log, on top of that for one event.
    """
    enough = [is_enough(station, guns) for station in limited]
    room = most_changes(groups, limited, enough)
    piles = sum(group.piles for group in groups)
    models = guns.terms.shape[1]
    first_pile = FIRST_GUN_ROW + guns.shared
    first_group = first_pile + piles + len(limited)
    first_terms = first_group + len(groups)
    log = first_terms + models * len(groups)
    rows = np.zeros((log + log_rows(segments + room), COLUMNS))
    rows[HEADER, [Header.LOG_ROW, Header.ROOM]] = log, room
    _write_groups(rows[first_group:first_terms], groups, first_pile, first_group, first_terms, models)
    numbers = np.array([group.number for group in groups], dtype=np.int64)
    rows[first_terms:log, : len(Terms)] = guns.terms[numbers].reshape(-1, len(Terms))
    connection_of = {station.number: first_pile + piles + number for number, station in enumerate(limited)}
    at_piles = rows[first_pile : first_pile + piles]
    _write_piles(at_piles, groups, connection_of, module_kw)
    of_guns = np.repeat(np.arange(first_pile, first_pile + piles), at_piles[:, Pile.GUNS].astype(np.int64))
    rows[FIRST_GUN_ROW:first_pile, Gun.PILE] = of_guns
    for station, ample in zip(limited, enough, strict=True):
        connection = rows[connection_of[station.number]]
        connection[Connection.FIRST_PILE] = connection[Connection.NEXT_PILE] = station.groups["any"][0].first_pile
        connection[Connection.NEXT_MIN] = math.inf
        connection[Connection.PILES] = sum(group.piles for group in station.groups["any"])
        connection[Connection.LIMIT_KW] = station.limit_kw
        connection[Connection.ENOUGH] = ample
    return rows


def _write_groups(
    rows: Floats, groups: Sequence[Group], first_pile: int, first_group: int, first_terms: int, models: int
) -> None:
    """Write the rows of groups, whose piles follow each other, and tell each group its rows."""
    piles = np.array([group.piles for group in groups], dtype=np.int64)
    first_piles = first_pile + np.cumsum(piles) - piles
    rows[:, GroupRow.FIRST_PILE] = rows[:, GroupRow.FIRST_EMPTY] = first_piles
    rows[:, GroupRow.PILES] = piles
    rows[:, GroupRow.TERMS] = first_terms + models * np.arange(len(groups))
    for number, (group, pile) in enumerate(zip(groups, first_piles.tolist(), strict=True)):
        group.first_pile, group.row = pile, first_group + number


def _write_piles(
    rows: Floats, groups: Sequence[Group], connection_of: Mapping[int, int], module_kw: float | None
) -> None:
    """Write the rows of the piles of groups, all at rest; those behind no connection have -1 there."""
    columns: dict[Pile, list[float]] = {
        Pile.GUNS: [group.guns_per_pile for group in groups],
        Pile.POWER_KW: [group.pile_kw for group in groups],
        Pile.POLICY: [POLICIES.index(group.sharing) for group in groups],
        Pile.CONNECTION: [connection_of.get(group.station.number, -1) for group in groups],
        Pile.GROUP: [group.row for group in groups],
    }
    if module_kw is not None:
        columns[Pile.MODULE_KW] = [min(module_kw, group.pile_kw) if group.current == "dc" else 0.0 for group in groups]
    # each step for all groups at once: numpy takes as long for the few piles of a group as for thousands
    group_of = np.repeat(np.arange(len(groups)), [group.piles for group in groups])
    for column, values in columns.items():
        rows[:, column] = np.array(values, dtype=np.float64)[group_of]
    guns = rows[:, Pile.GUNS]
    rows[:, Pile.FIRST_GUN] = FIRST_GUN_ROW + np.cumsum(guns) - guns
    rows[:, Pile.NEXT_MIN] = math.inf
