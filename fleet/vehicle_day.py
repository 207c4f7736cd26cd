"""Charging requests from a vehicle-day model: each battery vehicle drives, discharges, charges at base or in public."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import DataError
from data.streams import stream
from fleet.calendar import Day, days_of
from fleet.population import Fleet, build_fleet, end_soc, start_soc
from fleet.through import through_requests

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.county import County

_BURN_IN_DAYS = 14
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


@dataclass(frozen=True, slots=True)
class VehicleDays:
    """Requests and the ledger of energy.

    Attributes
    ----------
    requests
        Public charging requests (columns of the request table).
    ledger
        One row a class: ``driven_kwh, home_kwh, depot_kwh, public_kwh, battery_change_kwh`` (battery side); driven =
        home + depot + public - change in battery.
    """

    requests: pl.DataFrame
    ledger: pl.DataFrame


@dataclass(slots=True)
class _Sessions:
    """Public sessions as they are drawn, one array a column and day."""

    parts: list[pl.DataFrame] = field(default_factory=list)


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
        expressway are ``through/segment`` with origin ``s8-east`` or ``s8-west``. Plug-in hybrids do not charge in
        public.

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
    calendar = days_of(county, start - timedelta(days=_BURN_IN_DAYS), _BURN_IN_DAYS + days)
    sessions = _Sessions()
    ledger = []
    for name in county.vehicle_classes["vehicle_class"]:
        fleet = build_fleet(county, stock, name, year=year, seed=seed)
        if fleet is not None:
            ledger.append(_drive(county, fleet, calendar, sessions, seed))
    sessions.parts.append(through_requests(county, year=year, calendar=calendar[_BURN_IN_DAYS:], seed=seed))
    table = pl.concat([part.select(list(COLUMNS)[1:]) for part in sessions.parts])
    sessions.parts.clear()  # a year's parts take as much memory as the table
    table = table.sort("arrive_min", "origin", "vehicle_class", "energy_kwh").with_row_index("request_id")
    return VehicleDays(table.cast(pl.Schema(COLUMNS)), pl.concat(ledger))


def _drive(county: County, fleet: Fleet, calendar: list[Day], sessions: _Sessions, seed: int) -> pl.DataFrame:
    """Drive a class day by day, collect its public sessions, and return its ledger."""
    soc = start_soc(fleet, fleet.size, stream(seed, "fleet", fleet.name, "first-soc"))
    soc = soc + (1.0 - soc) * stream(seed, "fleet", fleet.name, "first-fill").uniform(size=fleet.size)
    totals = np.zeros(4)
    began = soc.copy()
    threshold = start_soc(fleet, fleet.size, stream(seed, "fleet", fleet.name, "first-threshold"))
    for index, day in enumerate(calendar):
        if index == _BURN_IN_DAYS:
            began = soc.copy()
        soc, drawn, counts = _one_day(county, fleet, day, index, soc, threshold, seed)
        if index >= _BURN_IN_DAYS:
            totals += counts
            if drawn is not None:
                minutes = pl.col("arrive_min") + 1440.0 * (index - _BURN_IN_DAYS)
                sessions.parts.append(drawn.with_columns(minutes))
    change = float(((soc - began) * fleet.battery_kwh).sum())
    return pl.DataFrame(
        {
            "vehicle_class": [fleet.name],
            "vehicles": [fleet.size],
            "driven_kwh": [totals[0]],
            "home_kwh": [totals[1]],
            "depot_kwh": [totals[2]],
            "public_kwh": [totals[3]],
            "battery_change_kwh": [change],
        }
    )


def _one_day(  # noqa: PLR0917 - state and surroundings of one day
    county: County,
    fleet: Fleet,
    day: Day,
    index: int,
    soc: NDArray[np.float64],
    threshold: NDArray[np.float64],
    seed: int,
) -> tuple[NDArray[np.float64], pl.DataFrame | None, NDArray[np.float64]]:
    """Return SOC after the day, its public sessions, and driven, home, depot and public kWh.

    ``threshold`` (the SOC at which each driver looks for a charger) is drawn anew in place after each public charge.
    """
    draw = stream(seed, "fleet", fleet.name, "day", str(index))
    sigma = np.sqrt(np.log1p(fleet.km_cv**2))
    km = fleet.km_a_day * day.town_multiplier * draw.lognormal(-0.5 * sigma**2, sigma, fleet.size)
    need = km * fleet.kwh_a_km * day.energy_multiplier / fleet.battery_kwh
    topup = draw.uniform(size=fleet.size) < fleet.topup_probability
    reserve = fleet.reserve_soc
    public = np.zeros(fleet.size)
    taken: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]] = []
    left = need.copy()
    for stop in range(fleet.most_stops):
        # drive until the own threshold (base chargers: the reserve), charge, drive on
        floor = np.where(fleet.has_base, reserve, np.maximum(threshold, reserve))
        drive = np.minimum(left, np.maximum(soc - floor, 0.0))
        last = stop == fleet.most_stops - 1
        soc = soc - drive
        left = left - drive
        short = (left > 1e-12) | (~fleet.has_base & (soc <= floor + 1e-9))
        if stop == 0:
            short |= topup & fleet.has_base & (soc < threshold)
        who = np.flatnonzero(short & ~((left <= 1e-12) & (stop > 0)))
        if not len(who) or last:
            break
        goal = np.maximum(end_soc(fleet, len(who), draw), soc[who] + 0.05)
        goal = np.minimum(goal, 1.0)
        taken.append((who, soc[who].copy(), goal))
        public[who] += goal - soc[who]
        soc[who] = goal
        threshold[who] = start_soc(fleet, len(who), draw)
    # what a day asks beyond all stops is not driven
    driven = need - left
    base = np.where(fleet.has_base, np.maximum(fleet.base_end_soc - soc, 0.0), 0.0)
    soc = soc + base
    kwh = fleet.battery_kwh
    counts = np.array(
        [
            float((driven * kwh).sum()),
            float((base * kwh)[~fleet.at_depot].sum()),
            float((base * kwh)[fleet.at_depot].sum()),
            float((public * kwh).sum()),
        ]
    )
    return soc, _session_table(county, fleet, taken, draw), counts


def _session_table(
    county: County,
    fleet: Fleet,
    taken: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]],
    draw: np.random.Generator,
) -> pl.DataFrame | None:
    """Return the public sessions of a day as rows of the request table, minutes from the day's start."""
    if not taken:
        return None
    who = np.concatenate([part[0] for part in taken])
    first = np.concatenate([part[1] for part in taken])
    goal = np.concatenate([part[2] for part in taken])
    slow = draw.uniform(size=len(who)) < fleet.ac_share
    minutes = np.where(
        slow,
        draw_minutes(county, _AC_PROFILE, len(who), draw),
        draw_minutes(county, _PROFILE.get(fleet.name, _PUBLIC_PROFILE), len(who), draw),
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


def draw_minutes(county: County, profile: str, number: int, draw: np.random.Generator) -> NDArray[np.float64]:
    """Return times of day drawn from an hourly profile, minutes from midnight, uniform within the hour.

    Raises
    ------
    DataError
        A profile that the table lacks.
    """
    share = county.profiles.filter(pl.col("profile") == profile).sort("hour")["share"].to_numpy()
    if not len(share):
        raise DataError(f"profiles: no profile {profile!r}.")
    hours = draw.choice(len(share), size=number, p=share / share.sum())
    return np.asarray(60.0 * (hours + draw.uniform(size=number)), dtype=np.float64)
