"""Charging requests from a vehicle-day model: each battery vehicle drives, discharges, charges at base or in public."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.errors import DataError
from data.streams import stream
from fleet.demand.calendar import days_of
from fleet.demand.parameters import DemandParameters, DemandTables
from fleet.demand.population import build_fleet, gravity, start_soc
from fleet.demand.profiles import draw_minutes
from fleet.demand.through_traffic import through_flows, through_requests
from fleet.demand.vehicle_day import drive_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from data.arrays import Floats, Ints
    from data.county import County
    from fleet.demand.calendar import Day
    from fleet.demand.population import Fleet
    from fleet.demand.through_traffic import ThroughFlow
    from fleet.demand.vehicle_day import Stop

WARM_UP_DAYS: Final = 14
"""Days that are driven and forgotten: in two weeks nearly every driver has charged, so none remembers the start."""
_ENERGY = ("driven", "home", "depot", "work", "public")
_PROFILE = {"taxi": "taxi", "ride_hailing": "taxi", "bus": "bus_depot", "sanitation": "bus_depot"}
_AC_PROFILE = "residential_ac"
_PUBLIC_PROFILE = "public_fast_mixed"

COLUMNS = {
    "request_id": pl.Int64,
    "arrive_min": pl.Float64,
    "origin": pl.String,
    "current": pl.String,
    "energy_kwh": pl.Float64,
    "accept_kw": pl.Float64,
    "vehicle_class": pl.String,
    "battery_kwh": pl.Float64,
    "soc_start": pl.Float64,
    "patience_min": pl.Float64,
    "max_queue": pl.Int64,
    "overstay_min": pl.Float64,
}


LEDGER = {
    "vehicle_class": pl.String,
    "vehicles": pl.Int64,
    **dict.fromkeys([f"{name}_kwh" for name in (*_ENERGY, "battery_change")], pl.Float64),
}
"""Schema of the ledger of energy."""


@dataclass(frozen=True, slots=True)
class VehicleDays:
    """Requests and the ledger of energy.

    Attributes
    ----------
    requests
        Public charging requests (columns of the request table).
    ledger
        One row a class: ``vehicle_class, vehicles, driven_kwh, home_kwh, depot_kwh, work_kwh, public_kwh,
        battery_change_kwh`` (battery side); driven = home + depot + public - change in battery. What is charged at
        workplaces is in ``depot_kwh``, and ``work_kwh`` says how much of it.
    """

    requests: pl.DataFrame
    ledger: pl.DataFrame


@dataclass(slots=True)
class _Sessions:
    """Public sessions as they are drawn, one array a column and day."""

    parts: list[pl.DataFrame] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DemandInputs:
    """What a vehicle-day model of a year is given beside stock and calendar.

    Attributes
    ----------
    tables, parameters
        Tables of vehicles, behaviour and towns; figures of all classes.
    pull : numpy.ndarray
        Pull of the towns on each other, towns by towns, from :func:`gravity`.
    through : tuple of ThroughFlow
        Through traffic; empty for none.
    """

    tables: DemandTables
    parameters: DemandParameters
    pull: Floats
    through: tuple[ThroughFlow, ...] = ()

    @classmethod
    def from_county(cls, county: County, *, year: int) -> DemandInputs:
        """Return what a county's tables and figures say of a year."""
        return cls(
            DemandTables.from_county(county),
            DemandParameters.from_county(county),
            gravity(county, year=year),
            through_flows(county, year=year),
        )


def requests(county: County, stock: pl.DataFrame, *, year: int, start: date, days: int, seed: int) -> pl.DataFrame:
    """Return the public charging requests of a county in some days.

    Parameters
    ----------
    county
        Tables of vehicles, access, behaviour, profiles, calendar, weather and through traffic.
    stock
        Table of :func:`fleet.stock`; the BEVs of ``year`` are simulated one by one.
    year
        Year of the stock and of the through traffic.
    start, days
        First day and number of days; minute 0 is midnight at its start.
    seed
        Seed of all draws; the same seed gives the same table.

    Returns
    -------
    polars.DataFrame
        ``request_id, arrive_min, origin, current, energy_kwh, accept_kw, vehicle_class, battery_kwh, soc_start,
        patience_min, max_queue, overstay_min``, in order of time. ``vehicle_class`` is ``class/segment``; cars on the
        expressway are ``through/segment`` with origin ``s8-east@area``: road, direction, and where they mean to stop.
        Plug-in hybrids do not charge in public.

    Raises
    ------
    DataError
        A year without stock, or tables that lack a class.
    """
    return vehicle_days(county, stock, year=year, start=start, days=days, seed=seed).requests


def vehicle_days(county: County, stock: pl.DataFrame, *, year: int, start: date, days: int, seed: int) -> VehicleDays:
    """Return requests and ledger; see :func:`requests`."""
    if days < 1:
        raise DataError(f"requests: days {days}; expected at least 1.")
    if year not in stock["year"]:
        raise DataError(f"requests: the stock table has no year {year}.")
    calendar = days_of(county, start - timedelta(days=WARM_UP_DAYS), WARM_UP_DAYS + days)
    return drive_days(DemandInputs.from_county(county, year=year), stock, year=year, calendar=calendar, seed=seed)


def drive_days(
    inputs: DemandInputs, stock: pl.DataFrame, *, year: int, calendar: Sequence[Day], seed: int
) -> VehicleDays:
    """Return requests and ledger of the vehicles of a year, without a county.

    Parameters
    ----------
    inputs
        Tables, figures, pull of the towns and through traffic.
    stock
        Rows ``year, vehicle_class, power, vehicles`` and, where known, ``km_per_vehicle``.
    year, seed
        Year of the stock, and seed of all draws.
    calendar
        Days; the first ``WARM_UP_DAYS`` of them are driven and forgotten.
    """
    sessions = _Sessions()
    ledger = []
    for name in inputs.tables.vehicle_classes["vehicle_class"]:
        fleet = build_fleet(inputs.tables, inputs.parameters, stock, name, year=year, seed=seed, pull=inputs.pull)
        if fleet is not None:
            ledger.append(_drive(inputs, fleet, calendar, sessions, seed))
    passing = through_requests(
        inputs.through, inputs.tables, inputs.parameters, calendar=calendar[WARM_UP_DAYS:], seed=seed
    )
    sessions.parts.append(passing)
    table = pl.concat([part.select(list(COLUMNS)[1:]) for part in sessions.parts])
    sessions.parts.clear()  # a year's parts take as much memory as the table
    table = table.sort("arrive_min", "origin", "vehicle_class", "energy_kwh").with_row_index("request_id")
    return VehicleDays(table.cast(pl.Schema(COLUMNS)), pl.concat([pl.DataFrame(schema=LEDGER), *ledger]))


def _drive(inputs: DemandInputs, fleet: Fleet, calendar: Sequence[Day], sessions: _Sessions, seed: int) -> pl.DataFrame:
    """Drive a class day by day, collect its public sessions, and return its ledger."""
    soc = start_soc(fleet, fleet.size, stream(seed, "fleet", fleet.name, "first-soc"))
    soc = soc + (1.0 - soc) * stream(seed, "fleet", fleet.name, "first-fill").uniform(size=fleet.size)
    threshold = start_soc(fleet, fleet.size, stream(seed, "fleet", fleet.name, "first-threshold"))
    totals = dict.fromkeys(_ENERGY, 0.0)
    began = soc.copy()
    for index, day in enumerate(calendar):
        if index == WARM_UP_DAYS:
            began = soc.copy()
        draw = stream(seed, "fleet", fleet.name, "day", str(index))
        driven = drive_day(fleet, day, soc, threshold, draw)
        soc, threshold = driven.soc, driven.threshold
        if index < WARM_UP_DAYS:
            continue
        totals = {name: total + getattr(driven, name) for name, total in totals.items()}
        drawn = _session_table(inputs, fleet, driven.stops, draw)
        if drawn is not None:
            minutes = pl.col("arrive_min") + 1440.0 * (index - WARM_UP_DAYS)
            sessions.parts.append(drawn.with_columns(minutes))
    change = float(((soc - began) * fleet.battery_kwh).sum())
    row = {"vehicle_class": fleet.name, "vehicles": fleet.size, "battery_change_kwh": change}
    return pl.DataFrame([row | {f"{name}_kwh": total for name, total in totals.items()}], schema=LEDGER)


def _session_table(
    inputs: DemandInputs, fleet: Fleet, stops: list[Stop], draw: np.random.Generator
) -> pl.DataFrame | None:
    """Return the public sessions of a day as rows of the request table, minutes from the day's start."""
    if not stops:
        return None
    who = np.concatenate([stop.who for stop in stops])
    first = np.concatenate([stop.first for stop in stops])
    goal = np.concatenate([stop.goal for stop in stops])
    slow = draw.uniform(size=len(who)) < fleet.ac_share
    minutes = np.where(
        slow,
        draw_minutes(inputs.tables.profiles, _AC_PROFILE, len(who), draw),
        _fast_minutes(inputs, fleet, stops, who, draw),
    )
    away = draw.uniform(size=len(who)) < fleet.out_of_town_share
    town = np.where(away, fleet.draw_other_town(fleet.town[who], draw), fleet.town[who])
    battery = fleet.battery_kwh[who]
    overstay = np.where(slow, fleet.overstay_ac_min, fleet.overstay_dc_min) * draw.exponential(size=len(who))
    return pl.DataFrame(
        {
            "arrive_min": minutes,
            "origin": np.asarray(fleet.town_names)[town],
            "current": np.where(slow, "ac", "dc"),
            "energy_kwh": (goal - first) * battery,
            "accept_kw": np.where(slow, fleet.ac_kw[who], fleet.dc_kw[who]),
            "vehicle_class": np.asarray(fleet.model_names)[fleet.model[who]],
            "battery_kwh": battery,
            "soc_start": first,
            "patience_min": draw.exponential(fleet.patience_min, len(who)),
            "max_queue": np.full(len(who), fleet.max_queue),
            "overstay_min": overstay,
        }
    )


def _fast_minutes(
    inputs: DemandInputs, fleet: Fleet, stops: list[Stop], who: Ints, draw: np.random.Generator
) -> Floats:
    """Return times of day of fast sessions: by the class's profile, within the shift for taxis in two shifts."""
    profile = _PROFILE.get(fleet.name, _PUBLIC_PROFILE)
    minutes = draw_minutes(inputs.tables.profiles, profile, len(who), draw)
    if not fleet.two_shifts.any():
        return minutes
    late = np.concatenate([np.full(len(stop.who), stop.leg > 0) for stop in stops])
    for wanted, own in ((False, ~late), (True, late)):
        chosen = fleet.two_shifts[who] & own
        within = draw_minutes(
            inputs.tables.profiles, profile, len(who), draw, hours=inputs.parameters.shift_h, outside=wanted
        )
        minutes = np.where(chosen, within, minutes)
    return minutes
