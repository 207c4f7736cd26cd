"""A day of buses as a table of activities: ways, trips, rests and charges, with the battery after each."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from fleet.operators.buses.battery_blocks import DEPOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fleet.operators.buses.battery_blocks import BatteryBlocks, Charging, Reached

ACTIVITIES: Final = pl.Schema(
    {
        "vehicle": pl.Int64,
        "activity": pl.String,
        "trip": pl.String,
        "start_min": pl.Float64,
        "end_min": pl.Float64,
        "from_place": pl.String,
        "to_place": pl.String,
        "km": pl.Float64,
        "used_kwh": pl.Float64,
        "charged_kwh": pl.Float64,
        "battery_kwh": pl.Float64,
    }
)
"""Columns: a row per activity of a vehicle, in order; `battery_kwh` is at its end."""
KINDS: Final = ("pull_out", "trip", "deadhead", "charge", "pull_in")
"""Activities; what lies between two of them is rest."""


def activities(
    rule: BatteryBlocks, blocks: Sequence[Sequence[Reached]], trips: pl.DataFrame, depot: str
) -> pl.DataFrame:
    """Return what the buses do.

    Parameters
    ----------
    rule
        Trips, energy and battery of the plan.
    blocks
        What each bus drives.
    trips
        Columns of `fleet.operators.buses.timetable.TRIPS`, in the order of the rule.
    depot
        Place of the depot.
    """
    named = trips.select("trip", "from_stop", "to_stop").rows()
    rows = [row for vehicle, block in enumerate(blocks) for row in _of_block(rule, block, named, depot, vehicle)]
    return pl.DataFrame(rows, schema=ACTIVITIES, orient="row")


def _of_block(
    rule: BatteryBlocks, block: Sequence[Reached], named: list[tuple[Any, ...]], depot: str, vehicle: int
) -> Iterator[tuple[Any, ...]]:
    """Yield the activities of a bus."""
    links, energy = rule.links, rule.energy
    first, last = block[0].trip, block[-1].trip
    kwh = rule.battery.usable_kwh - float(energy.out[first])
    starts = float(links.start_min[first])
    way = (starts - float(links.out_min[first]), starts, depot, named[first][1], float(links.out_km[first]))
    yield _row(vehicle, "pull_out", way, used=float(energy.out[first]), battery=kwh)
    for before, here in itertools.pairwise((None, *block)):
        if here is None:
            continue
        if before is not None:
            for row in _between(rule, before, here, named, depot):
                kind, way, used, charged, battery = row
                yield _row(vehicle, kind, way, used=used, charged=charged, battery=battery)
        name, start, end = named[here.trip]
        times = (float(links.start_min[here.trip]), float(links.end_min[here.trip]))
        way = (*times, start, end, float(links.km[here.trip]))
        yield _row(vehicle, "trip", way, used=float(energy.trip[here.trip]), battery=here.kwh, trip=name)
    ends = float(links.end_min[last])
    way = (ends, ends + float(links.in_min[last]), named[last][2], depot, float(links.in_km[last]))
    yield _row(vehicle, "pull_in", way, used=float(energy.back[last]), battery=block[-1].kwh - float(energy.back[last]))


def _row(
    vehicle: int,
    activity: str,
    way: tuple[float, float, str, str, float],
    *,
    used: float = 0.0,
    charged: float = 0.0,
    battery: float = 0.0,
    trip: str | None = None,
) -> tuple[Any, ...]:
    """Return a row of the table."""
    return (vehicle, activity, trip, *way, used, charged, battery)


def _between(
    rule: BatteryBlocks, before: Reached, here: Reached, named: list[tuple[Any, ...]], depot: str
) -> Iterator[tuple[Any, ...]]:
    """Yield what happens between two trips: ways and a charge."""
    links, energy, charging = rule.links, rule.energy, here.charging
    ended, starts = float(links.end_min[before.trip]), float(links.start_min[here.trip])
    stop, start = named[before.trip][2], named[here.trip][1]
    if charging is not None and charging.at == DEPOT:
        kwh = before.kwh - float(energy.back[before.trip])
        home = ended + float(links.in_min[before.trip])
        yield (
            "pull_in",
            (ended, home, stop, depot, float(links.in_km[before.trip])),
            float(energy.back[before.trip]),
            0.0,
            kwh,
        )
        kwh += charging.kwh
        yield "charge", _place(charging, depot), 0.0, charging.kwh, kwh
        kwh -= float(energy.out[here.trip])
        out = (starts - float(links.out_min[here.trip]), starts, depot, start, float(links.out_km[here.trip]))
        yield "pull_out", out, float(energy.out[here.trip]), 0.0, kwh
        return
    dead = float(energy.dead[before.trip, here.trip])
    minutes, km = float(links.dead_min[before.trip, here.trip]), float(links.dead_km[before.trip, here.trip])
    kwh = before.kwh
    at_end = charging is not None and float(energy.end_kw[before.trip]) > 0.0
    if charging is not None and at_end:
        kwh += charging.kwh
        yield "charge", _place(charging, stop), 0.0, charging.kwh, kwh
    if stop != start:
        # the bus waits where it charges, otherwise where it came from
        leaves = starts - minutes if charging is None or at_end else ended
        kwh -= dead
        yield "deadhead", (leaves, leaves + minutes, stop, start, km), dead, 0.0, kwh
    if charging is not None and not at_end:
        kwh += charging.kwh
        yield "charge", _place(charging, start), 0.0, charging.kwh, kwh


def _place(charging: Charging, place: str) -> tuple[float, float, str, str, float]:
    """Return times and place of a charge."""
    return charging.start_min, charging.end_min, place, place, 0.0
