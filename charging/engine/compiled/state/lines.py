"""Queues of vehicles on arrays: by arrival, or by priority and then by arrival (``charging.engine.stations.Queue``).

A vehicle that leaves a queue stays in it as a stale entry, which is dropped when its turn comes: no call looks at the
whole queue, however long it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from charging.engine.compiled.state.tables import MEMBER, Entry, Fit, Group, Line, Marks
from charging.engine.compiled.state.world import ENTRIES, Counter, Rule, enlarge
from charging.power.compiled import inner

if TYPE_CHECKING:
    from charging.engine.compiled.state.world import World
    from data.arrays import Floats


@inner
def waiting(world: World, fit: int) -> int:
    """Return how many vehicles a newcomer sees in the shortest queue that suits."""
    first = world.book[fit, Fit.FIRST_LINE]
    shortest = world.book[world.book[first, MEMBER], Line.LENGTH]
    for place in range(first + 1, first + world.book[fit, Fit.LINES]):
        shortest = min(shortest, world.book[world.book[place, MEMBER], Line.LENGTH])
    return int(shortest)


@inner
def join(world: World, fit: int, request: int, station: int) -> None:
    """Put a request into each of a station's queues that suit."""
    world.marks[request, Marks.WAITS_AT] = station
    first = world.book[fit, Fit.FIRST_LINE]
    for place in range(first, first + world.book[fit, Fit.LINES]):
        line = world.book[place, MEMBER]
        world.book[line, Line.LENGTH] += 1
        world.book[line, Line.JOINED] += 1
        entry = _new_entry(world)
        entries = world.entries
        entries[entry, Entry.REQUEST] = request
        entries[entry, Entry.NEXT], entries[entry, Entry.CHILD] = 0.0, 0.0
        entries[entry, Entry.PRIORITY] = world.marks[request, Marks.PRIORITY]
        entries[entry, Entry.JOINED] = world.book[line, Line.JOINED]
        if world.rules[Rule.BY_PRIORITY] > 0.0:
            world.book[line, Line.FIRST] = _meld(entries, world.book[line, Line.FIRST], entry)
        elif world.book[line, Line.FIRST] == 0:
            world.book[line, Line.FIRST] = world.book[line, Line.LAST] = entry
        else:
            entries[world.book[line, Line.LAST], Entry.NEXT] = entry
            world.book[line, Line.LAST] = entry


@inner
def leave(world: World, fit: int, request: int) -> None:
    """Take a request out of the queues of a station."""
    world.marks[request, Marks.WAITS_AT] = -1
    first = world.book[fit, Fit.FIRST_LINE]
    for place in range(first, first + world.book[fit, Fit.LINES]):
        world.book[world.book[place, MEMBER], Line.LENGTH] -= 1


@inner
def first_of(world: World, group: int) -> int:
    """Return the request that is next for a group's guns, -1 if none waits."""
    line, station = world.groups[group, Group.LINE], world.groups[group, Group.STATION]
    entries = world.entries
    while world.book[line, Line.FIRST] != 0:
        entry = world.book[line, Line.FIRST]
        request = int(entries[entry, Entry.REQUEST])
        if world.marks[request, Marks.WAITS_AT] == station:
            return request
        by_priority = world.rules[Rule.BY_PRIORITY] > 0.0
        following = _meld_children(entries, entry) if by_priority else int(entries[entry, Entry.NEXT])
        world.book[line, Line.FIRST] = following
        entries[entry, Entry.NEXT] = world.counters[Counter.FREE_ENTRY]
        world.counters[Counter.FREE_ENTRY] = entry
    return -1


@inner
def _new_entry(world: World) -> int:
    """Return an entry that nobody uses."""
    entry = world.counters[Counter.FREE_ENTRY]
    if entry > 0:
        world.counters[Counter.FREE_ENTRY] = int(world.entries[entry, Entry.NEXT])
        return int(entry)
    world.counters[Counter.ENTRIES] += 1
    entry = world.counters[Counter.ENTRIES]
    if entry == len(world.entries):
        enlarge(world, ENTRIES, 0)
    return int(entry)


@inner
def _meld(entries: Floats, one: int, other: int) -> int:
    """Join two heaps, and return the root: the higher priority, of equal ones who came first; 0 is no heap."""
    if one == 0 or other == 0:
        return one + other
    higher = entries[one, Entry.PRIORITY] - entries[other, Entry.PRIORITY]
    if higher < 0 or (higher == 0 and entries[one, Entry.JOINED] > entries[other, Entry.JOINED]):
        one, other = other, one
    entries[other, Entry.NEXT] = entries[one, Entry.CHILD]
    entries[one, Entry.CHILD] = other
    return one


@inner
def _meld_children(entries: Floats, root: int) -> int:
    """Join the heaps below a root, two by two and then one after the other; return the new root.

    Source of the method: Fredman, Sedgewick, Sleator, Tarjan, The pairing heap, Algorithmica 1 (1986).
    """
    pairs = 0
    child = int(entries[root, Entry.CHILD])
    while child != 0:
        other = int(entries[child, Entry.NEXT])
        entries[child, Entry.NEXT] = 0
        following = 0
        if other != 0:
            following = int(entries[other, Entry.NEXT])
            entries[other, Entry.NEXT] = 0
        pair = _meld(entries, child, other)
        entries[pair, Entry.NEXT] = pairs
        pairs = pair
        child = following
    result = 0
    while pairs != 0:
        following = int(entries[pairs, Entry.NEXT])
        entries[pairs, Entry.NEXT] = 0
        result = _meld(entries, result, pairs)
        pairs = following
    return result
