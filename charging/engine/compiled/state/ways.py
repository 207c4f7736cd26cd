"""Ways from station to station on arrays: found when the first driver needs them, and kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from charging.engine.compiled.state.tables import Kind, Marks, Station, Way
from charging.engine.compiled.state.world import ONWARD, Counter, enlarge
from charging.power.compiled import inner

if TYPE_CHECKING:
    from charging.engine.compiled.state.world import World
    from data.arrays import Floats


@inner
def ways_from(world: World, request: int, station: int) -> tuple[int, int]:
    """Return the rows of the box with the ways from a station to others that suit a request, nearest first.

    As ``charging.engine.reach.Reach.options_from``: the stations in reach of the request's origin; where no road leads
    from this station to one of them, the road from the origin counts.
    """
    kind = world.marks[request, Marks.KIND]
    number = world.book[kind, Kind.NUMBER]
    if world.onward_at[number, station] == 0:
        world.onward_at[number, station] = 1 + _find(world, kind, station)
    head = world.onward_at[number, station] - 1
    return int(head + 1), int(head + 1 + world.onward[head, Way.STATION])


@inner
def _find(world: World, kind: int, station: int) -> int:
    """Find the ways from a station for a kind of requests; return the row of the box that says how many."""
    first, last = world.book[kind, Kind.FIRST_WAY], world.book[kind, Kind.LAST_WAY]
    head = world.counters[Counter.ONWARD]
    if head + 1 + last - first > len(world.onward):
        enlarge(world, ONWARD, last - first)
    onward = world.onward
    first_road = world.book[station, Station.FIRST_ROAD]
    roads = range(first_road, first_road + world.book[station, Station.ROADS])
    for road in roads:
        world.book[int(world.reals[road, Way.STATION]), Station.ROAD_HERE] = road
    row = head + 1
    for place in range(first, last):
        other = int(world.reals[place, Way.STATION])
        if other == station:
            continue
        road = world.book[other, Station.ROAD_HERE]
        onward[row, Way.STATION] = other
        way = place if road < 0 else road
        onward[row, Way.MINUTES], onward[row, Way.KM] = world.reals[way, Way.MINUTES], world.reals[way, Way.KM]
        row += 1
    for road in roads:
        world.book[int(world.reals[road, Way.STATION]), Station.ROAD_HERE] = -1
    onward[head, Way.STATION], onward[head, Way.MINUTES], onward[head, Way.KM] = row - head - 1, math.nan, math.nan
    world.counters[Counter.ONWARD] = row
    _sort(onward, head + 1, row)
    return int(head)


@inner
def _sort(ways: Floats, first: int, last: int) -> None:
    """Sort ways by minutes and then by number of the station.

    Source of the method: Shell, A high-speed sorting procedure, CACM 2 (1959), with gaps of Knuth.
    """
    gap = 1
    while gap < (last - first) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for row in range(first + gap, last):
            number, minutes, km = ways[row, Way.STATION], ways[row, Way.MINUTES], ways[row, Way.KM]
            place = row
            while place - gap >= first and (
                ways[place - gap, Way.MINUTES] > minutes
                or (ways[place - gap, Way.MINUTES] == minutes and ways[place - gap, Way.STATION] > number)
            ):
                for column in range(ways.shape[1]):
                    ways[place, column] = ways[place - gap, column]
                place -= gap
            ways[place, Way.STATION], ways[place, Way.MINUTES], ways[place, Way.KM] = number, minutes, km
        gap //= 3
