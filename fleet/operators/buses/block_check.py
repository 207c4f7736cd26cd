"""An independent check of a plan of buses: from its table of activities alone, without the code that made it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.arrays import DAY_MIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fleet.operators.buses.battery_blocks import BusBattery

_KWH: Final = 1e-9
"""kWh that may be missing in the balance, of each kWh in the battery."""
_MIN: Final = 1e-6
_CLOSE: Final = 1e-6
"""kWh that a sum over a day may lose to rounding."""


def check_blocks(
    plan: pl.DataFrame, trips: pl.DataFrame, battery: BusBattery, *, layover_min: float, slack_share: float = 0.0
) -> list[str]:
    """Return what is wrong with a plan; nothing where it is right.

    Each trip is driven once, at its time and between its stops; no bus is in two places, or leaves a trip without its
    rest; every battery stays between reserve and full, changes by what is used and charged alone, and can be full again
    before the bus leaves on the next day.

    Parameters
    ----------
    plan
        Columns of `fleet.operators.buses.activities.ACTIVITIES`.
    trips
        Columns of `fleet.operators.buses.timetable.TRIPS`.
    battery
        Battery and chargers.
    layover_min, slack_share
        Least rest between two trips, and what of the first one's time comes on top.

    Returns
    -------
    list of str
        A line per fault.
    """
    faults = [*_trips(plan, trips)]
    for (vehicle,), rows in plan.group_by("vehicle", maintain_order=True):
        faults += [f"bus {vehicle}: {fault}" for fault in _bus(rows.to_dicts(), battery, layover_min, slack_share)]
    return faults


def _trips(plan: pl.DataFrame, trips: pl.DataFrame) -> Iterator[str]:
    """Yield trips that are not driven once, or otherwise than the timetable says."""
    driven = plan.filter(activity="trip")
    number = dict(driven.group_by("trip").len().iter_rows())
    for name, start, end, first, last, km in trips.select(
        "trip", "start_min", "end_min", "from_stop", "to_stop", "km"
    ).iter_rows():
        if number.pop(name, 0) != 1:
            yield f"trip {name} is not driven once"
            continue
        row = driven.row(by_predicate=pl.col("trip") == name, named=True)
        got = (row["start_min"], row["end_min"], row["from_place"], row["to_place"], row["km"])
        if got != (start, end, first, last, km):
            yield f"trip {name} is driven as {got}, the timetable has {(start, end, first, last, km)}"
    for name in number:
        yield f"trip {name} is in no timetable"


def _bus(rows: list[dict[str, Any]], battery: BusBattery, layover_min: float, slack_share: float) -> Iterator[str]:
    """Yield what is wrong with the day of a bus."""
    if rows[0]["activity"] != "pull_out" or rows[-1]["activity"] != "pull_in":
        yield "does not begin and end in the depot"
    yield from _battery(rows, battery)
    yield from _times(rows, layover_min, slack_share)
    missing = battery.usable_kwh - rows[-1]["battery_kwh"]
    night_h = (rows[0]["start_min"] + DAY_MIN - rows[-1]["end_min"] - battery.plug_min) / 60.0
    if missing > battery.depot_kw * night_h + _CLOSE:
        yield f"misses {missing - battery.depot_kw * night_h:.1f} kWh in the morning"


def _battery(rows: list[dict[str, Any]], battery: BusBattery) -> Iterator[str]:
    """Yield where energy does not add up, or a battery or charger is asked for more than it has."""
    kwh = battery.usable_kwh
    for row in rows:
        kwh += row["charged_kwh"] - row["used_kwh"]
        if abs(kwh - row["battery_kwh"]) > _KWH * battery.usable_kwh:
            yield f"{row['activity']} at {row['start_min']:.1f} min leaves {row['battery_kwh']} kWh, expected {kwh}"
        if not battery.reserve_kwh - _CLOSE <= row["battery_kwh"] <= battery.usable_kwh + _CLOSE:
            yield f"{row['battery_kwh']:.3f} kWh in the battery at {row['end_min']:.1f} min"
        power = row["charged_kwh"] / max(_MIN, row["end_min"] - row["start_min"]) * 60.0
        if row["from_place"] == rows[0]["from_place"] and power > battery.depot_kw * (1.0 + _MIN):
            yield f"charges {power:.1f} kW in the depot"


def _times(rows: list[dict[str, Any]], layover_min: float, slack_share: float) -> Iterator[str]:
    """Yield where a bus would be in two places, or leaves without its rest."""
    for row in rows:
        if row["end_min"] < row["start_min"] - _MIN:
            yield f"{row['activity']} ends before it starts"
    for before, after in itertools.pairwise(rows):
        if after["start_min"] < before["end_min"] - _MIN:
            yield f"{after['activity']} at {after['start_min']:.1f} begins before {before['end_min']:.1f}"
        if after["from_place"] != before["to_place"]:
            yield f"is in {before['to_place']} and goes on from {after['from_place']}"
    trips = [row for row in rows if row["activity"] == "trip"]
    for before, after in itertools.pairwise(trips):
        rest = after["start_min"] - before["end_min"]
        if rest < layover_min + slack_share * (before["end_min"] - before["start_min"]) - _MIN:
            yield f"rests {rest:.1f} min before {after['trip']}"
