"""An independent check of routes: from their table, the drops and the ways alone, without the code that made them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fleet.operators.distribution.vans import Van
    from fleet.operators.ways import Ways

_DEPOT: Final = "depot"
_CLOSE: Final = 1e-6


def check_routes(table: pl.DataFrame, drops: pl.DataFrame, ways: Ways, van: Van) -> list[str]:
    """Return what is wrong with routes; nothing where they are right.

    All parcels are handed over, in their window; no tour carries more than the van holds; times follow from the ways
    and the service; days are within the shift; batteries stay between reserve and full, and their energy closes.

    Parameters
    ----------
    table
        Columns of `fleet.operators.distribution.routing.ROUTES`.
    drops
        Columns of `fleet.operators.distribution.deliveries.DROPS`.
    ways
        Between the drops and the depot.
    van
        The van.

    Returns
    -------
    list of str
        A line per fault.
    """
    faults = list(_handed_over(table, drops))
    windows = {name: (early, late) for name, early, late in drops.select("drop", "earliest_min", "latest_min").rows()}
    for (number,), rows in table.group_by("van", maintain_order=True):
        day = rows.to_dicts()
        found = [*_times(day, ways, van, windows), *_loads(day, van), *_energy(day, van)]
        faults += [f"van {number}: {fault}" for fault in found]
    return faults


def _handed_over(table: pl.DataFrame, drops: pl.DataFrame) -> Iterator[str]:
    """Yield places that get another number of parcels than they should."""
    got = dict(table.group_by("place").agg(pl.col("parcels").sum()).iter_rows())
    wanted = dict(drops.group_by("drop").agg(pl.col("parcels").sum()).iter_rows())
    for place in sorted({*wanted, *got} - {_DEPOT}):
        if wanted.get(place, 0) != got.get(place, 0):
            yield f"{place} gets {got.get(place, 0)} parcels, expected {wanted.get(place, 0)}"


def _times(day: list[dict[str, Any]], ways: Ways, van: Van, windows: dict[str, tuple[float, float]]) -> Iterator[str]:
    """Yield where a van would be too early, too late, or too fast."""
    if day[0]["place"] != _DEPOT or day[-1]["place"] != _DEPOT:
        yield "does not begin and end in the depot"
    if day[-1]["leave_min"] - day[0]["arrive_min"] > van.shift_min + _CLOSE:
        yield f"is away for {day[-1]['leave_min'] - day[0]['arrive_min']:.1f} min"
    for before, after in itertools.pairwise(day):
        start, end = ways.places.index(before["place"]), ways.places.index(after["place"])
        if abs(after["km"] - ways.km[start, end]) > _CLOSE:
            yield f"drives {after['km']} km to {after['place']}, the way has {ways.km[start, end]}"
        if after["arrive_min"] - before["leave_min"] < ways.minutes[start, end] - _CLOSE:
            yield f"is in {after['place']} before the way is over"
    for row in day:
        if row["place"] == _DEPOT:
            continue
        early, late = windows[row["place"]]
        if not early - _CLOSE <= row["arrive_min"] <= late + _CLOSE:
            yield f"is in {row['place']} at {row['arrive_min']:.1f} min, outside {early:g} to {late:g}"
        service = van.drop_min + van.parcel_min * row["parcels"]
        if row["leave_min"] - row["arrive_min"] < service - _CLOSE:
            yield f"stays too short a time in {row['place']}"


def _loads(day: list[dict[str, Any]], van: Van) -> Iterator[str]:
    """Yield tours that carry too much."""
    parcels, kg = 0, 0.0
    for row in day:
        if row["place"] == _DEPOT:
            parcels, kg = 0, 0.0
        parcels, kg = parcels + row["parcels"], kg + row["kg"]
        if parcels > van.parcels or kg > van.payload_kg + _CLOSE:
            yield f"carries {parcels} parcels with {kg:.1f} kg to {row['place']}"


def _energy(day: list[dict[str, Any]], van: Van) -> Iterator[str]:
    """Yield where the battery is empty, too full, or does not add up."""
    kwh = van.usable_kwh
    for row in day:
        kwh += row["charged_kwh"] - row["km"] * van.kwh_per_km
        if abs(kwh - row["battery_kwh"]) > 1e-9 * van.usable_kwh:
            yield f"has {row['battery_kwh']} kWh at {row['place']}, expected {kwh}"
        if not van.reserve_kwh - _CLOSE <= row["battery_kwh"] <= van.usable_kwh + _CLOSE:
            yield f"has {row['battery_kwh']:.2f} kWh at {row['place']}"
        if row["charged_kwh"] > van.charge_kw * (row["leave_min"] - row["arrive_min"]) / 60.0 + _CLOSE:
            yield f"charges {row['charged_kwh']:.2f} kWh in its stop at {row['place']}"
        if row["charged_kwh"] and row["place"] != _DEPOT:
            yield f"charges at {row['place']}"
