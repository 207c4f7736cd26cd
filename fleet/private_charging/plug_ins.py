"""Charges at chargers of one's own as stays: when a vehicle is plugged in, until when, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.grid.starts import START_RULES
from data.arrays import DAY_MIN, HOURS
from data.streams import stream
from fleet.demand.decisions import normal, of_day, uniform
from fleet.demand.public_charges import by_number
from fleet.demand.vehicle_day import DEPOT, PLACES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats, Ints
    from fleet.demand.population import Fleet
    from fleet.demand.requests import ClassFills
    from fleet.demand.vehicle_day import Fill
    from fleet.private_charging.chargers import PrivateCharger, PrivateChargers

    _Fills = Sequence[tuple[int, Fill]]

PLUG_INS: Final = {
    "vehicle_class": pl.String,
    "power": pl.String,
    "vehicle": pl.Int64,
    "town": pl.String,
    "place": pl.String,
    "plug_min": pl.Float64,
    "leave_min": pl.Float64,
    "energy_kwh": pl.Float64,
    "meter_kwh": pl.Float64,
    "kw": pl.Float64,
    "rule": pl.String,
    "lot": pl.Float64,
}
"""Schema of the table of stays at chargers of one's own."""
# of a standard normal: nobody comes home at noon of the next day because a tail says so
_FARTHEST: Final = 2.0


def plug_ins(classes: Sequence[ClassFills], chargers: PrivateChargers, *, seed: int) -> pl.DataFrame:
    """Return the stays of all vehicles at chargers of their own.

    Each charge of the vehicle days has a stay of its day, whose ends are normal around the hours of the charger. A
    vehicle that is not yet full at the hour drawn for leaving stays until it is, and one that is plugged in elsewhere
    comes when it leaves there: no energy is lost and no vehicle stands in two places. Vehicles with duties stand as
    long as these leave time for.

    Parameters
    ----------
    classes
        Charges by class and power, from :func:`fleet.vehicle_days` with ``fills``.
    chargers
        Chargers by class and place.
    seed
        Seed of the replication: each class, place and day owns its draws.

    Returns
    -------
    polars.DataFrame
        One row per stay: ``vehicle_class, power, vehicle`` (its number in the class) ``, town, place, plug_min,
        leave_min, energy_kwh`` (battery side) ``, meter_kwh, kw`` (at the meter: the lesser of the charger and what
        the vehicle takes) ``, rule`` (one of `charging.grid.starts.START_RULES`) ``, lot`` (between 0 and 1: where in
        its slack a managed charge lies).

    Raises
    ------
    DataError
        A place in which a class charges and has no charger.
    """
    known = [(item.fleet, part) for item in classes if (part := _of_class(item, chargers, seed)) is not None]
    if not known:
        return pl.DataFrame(schema=PLUG_INS)
    fleets, parts = zip(*known, strict=True)
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    number = np.repeat(np.arange(len(parts)), [len(part["vehicle"]) for part in parts])
    # numbers first, words once: a week has hundreds of thousands of stays
    words = {
        "vehicle_class": by_number([fleet.vehicle_class for fleet in fleets], number),
        "power": by_number([fleet.power for fleet in fleets], number),
        "town": by_number(fleets[0].town_names, columns["town"]),
        "place": by_number(PLACES, columns["place"]),
        "rule": by_number(START_RULES, columns["rule"]),
    }
    table = columns | words
    return pl.DataFrame({name: table[name] for name in PLUG_INS}, schema=PLUG_INS)


def _of_class(item: ClassFills, chargers: PrivateChargers, seed: int) -> dict[str, Floats | Ints] | None:
    """Return the stays of a class, by day and place; None without any. Words are numbers still."""
    fleet = item.fleet
    fills = [(day, fill) for day, fill in item.fills if len(fill.who)]
    if not fills:
        return None
    at = [chargers.of(fleet.vehicle_class, fill.place) for _, fill in fills]
    who = np.concatenate([fill.who for _, fill in fills])
    energy = np.concatenate([fill.energy_kwh for _, fill in fills])
    sizes = [len(fill.who) for _, fill in fills]
    efficiency, managed, timer = np.repeat(
        [(one.efficiency, one.managed_share, one.managed_share + one.timer_share) for one in at], sizes, axis=0
    ).T
    meter = energy / efficiency
    kw = np.minimum(_charger_kw(fleet, fills, at), _taken_kw(fleet, fills, at) / efficiency)
    plug, leave, lot = _wanted(fleet, fills, at, seed)
    _one_after_another(plug, leave, 60.0 * meter / kw, fills, fleet.size)
    ruled = stream(seed, "fleet", fleet.name, "start-rule").random(fleet.size)[who]
    return {
        "vehicle": who,
        "town": np.concatenate([fleet.town[fill.who] if fill.stay is None else fill.stay.town for _, fill in fills]),
        "place": np.repeat([PLACES.index(fill.place) for _, fill in fills], sizes),
        "plug_min": plug,
        "leave_min": leave,
        "energy_kwh": energy,
        "meter_kwh": meter,
        "kw": kw,
        "rule": np.where(ruled < managed, 2, np.where(ruled < timer, 1, 0)),
        "lot": lot,
    }


def _taken_kw(fleet: Fleet, fills: _Fills, at: Sequence[PrivateCharger]) -> Floats:
    """Return what the vehicles take of the current of their chargers, kW at the battery."""
    # 0 is no inlet: such a vehicle takes what its other one does
    taken = {
        "ac": np.where(fleet.ac_kw > 0.0, fleet.ac_kw, fleet.dc_kw),
        "dc": np.where(fleet.dc_kw > 0.0, fleet.dc_kw, fleet.ac_kw),
    }
    return np.concatenate([taken[one.current][fill.who] for (_, fill), one in zip(fills, at, strict=True)])


def _charger_kw(fleet: Fleet, fills: _Fills, at: Sequence[PrivateCharger]) -> Floats:
    """Return what the chargers give, kW at the meter."""
    parts = []
    for (_, fill), one in zip(fills, at, strict=True):
        if fill.stay is not None:
            parts.append(fill.stay.kw)
            continue
        kw = np.full(len(fill.who), one.charger_kw)
        if fill.place == DEPOT:
            # an operator's charger where the vehicle has one
            depot = fleet.depot_kw[fill.who]
            kw = np.where(np.isnan(depot), kw, depot)
        parts.append(kw)
    return np.concatenate(parts)


def _wanted(fleet: Fleet, fills: _Fills, at: Sequence[PrivateCharger], seed: int) -> tuple[Floats, Floats, Floats]:
    """Return when the vehicles would plug in and leave, minutes of the run, and a lot between 0 and 1 of each stay."""
    plugs, leaves, lots = [], [], []
    for (day, fill), one in zip(fills, at, strict=True):
        # an array per decision, for all vehicles: who charges today changes nobody else's hours
        lots.append(of_day(seed, fleet.name, f"{fill.place}-slack", day, uniform, fleet.size)[fill.who])
        if fill.stay is not None:
            plugs.append(DAY_MIN * day + fill.stay.arrive_min)
            leaves.append(DAY_MIN * day + fill.stay.leave_min)
            continue
        scores = (
            of_day(seed, fleet.name, f"{fill.place}-{end}", day, normal, fleet.size)[fill.who]
            for end in ("arrival", "departure")
        )
        arrive, leave = (np.clip(score, -_FARTHEST, _FARTHEST) for score in scores)
        nights = HOURS * (one.leave_h < one.arrive_h)
        plugs.append(DAY_MIN * day + 60.0 * (one.arrive_h + one.arrive_sd_h * arrive))
        leaves.append(DAY_MIN * day + 60.0 * (one.leave_h + nights + one.leave_sd_h * leave))
    return np.concatenate(plugs), np.concatenate(leaves), np.concatenate(lots)


def _one_after_another(plug: Floats, leave: Floats, minutes: Floats, fills: _Fills, vehicles: int) -> None:
    """Move stays, whose charges take some minutes, until each begins when its vehicle has left the one before."""
    # when the last charger of its own lets a vehicle go
    free_min = np.full(vehicles, -np.inf)
    begin = 0
    for _, fill in fills:
        here = slice(begin, begin + len(fill.who))
        plug[here] = np.maximum(plug[here], free_min[fill.who])
        # whoever is not full when the driver would leave stays until it is
        leave[here] = np.maximum(leave[here], plug[here] + minutes[here])
        free_min[fill.who] = leave[here]
        begin = here.stop
