"""Charges at chargers of one's own as stays: when a vehicle is plugged in, until when, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import polars as pl

from charging.grid.starts import START_RULES
from data.arrays import DAY_MIN, HOURS
from data.streams import stream
from fleet.demand.decisions import normal, of_day, uniform
from fleet.demand.public_charges import named
from fleet.demand.vehicle_day import DEPOT, PLACES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats, Ints
    from fleet.demand.population import Fleet
    from fleet.demand.requests import ClassFills
    from fleet.demand.vehicle_day import Fill
    from fleet.private_charging.chargers import PrivateCharger, PrivateChargers

    _Fills = Sequence[tuple[int, Fill]]
    Array = TypeVar("Array", Floats, Ints)

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
"""Schema of the table of stays at chargers of one's own; its words are enumerations where there are stays."""
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
    # numbers with names: a week has hundreds of thousands of stays, whose words are asked for as numbers again
    words = {
        "vehicle_class": named([fleet.vehicle_class for fleet in fleets], number),
        "power": named([fleet.power for fleet in fleets], number),
        "town": named(fleets[0].town_names, columns["town"]),
        "place": named(PLACES, columns["place"]),
        "rule": named(START_RULES, columns["rule"]),
    }
    table = columns | words
    return pl.DataFrame([pl.Series(name, table[name]) for name in PLUG_INS])


def _of_class(item: ClassFills, chargers: PrivateChargers, seed: int) -> dict[str, Floats | Ints] | None:
    """Return the stays of a class, by day and place; None without any. Words are numbers still."""
    fleet = item.fleet
    fills = [(day, fill) for day, fill in item.fills if len(fill.who)]
    if not fills:
        return None
    at = [chargers.of(fleet.vehicle_class, fill.place) for _, fill in fills]
    who = np.concatenate([fill.who for _, fill in fills])
    energy = np.concatenate([fill.energy_kwh for _, fill in fills])
    # by stay: the number of its fill, of which it has what holds for all
    of_fill = np.repeat(np.arange(len(fills)), [len(fill.who) for _, fill in fills])
    efficiency = np.array([one.efficiency for one in at])[of_fill]
    managed = np.array([one.managed_share for one in at])[of_fill]
    timer = np.array([one.managed_share + one.timer_share for one in at])[of_fill]
    place = np.array([PLACES.index(fill.place) for _, fill in fills])[of_fill]
    meter = energy / efficiency
    kw = np.minimum(_charger_kw(fleet, fills, at, who, of_fill), _taken_kw(fleet, at, who, of_fill) / efficiency)
    plug, leave, lot = _wanted(fleet, fills, at, seed, of_fill)
    _one_after_another(plug, leave, 60.0 * meter / kw, fills, fleet.size)
    ruled = stream(seed, "fleet", fleet.name, "start-rule").random(fleet.size)[who]
    return {
        "vehicle": who,
        "town": _in_stays(fills, "town", fleet.town[who]),
        "place": place,
        "plug_min": plug,
        "leave_min": leave,
        "energy_kwh": energy,
        "meter_kwh": meter,
        "kw": kw,
        "rule": np.where(ruled < managed, 2, np.where(ruled < timer, 1, 0)),
        "lot": lot,
    }


def _in_stays(fills: _Fills, name: str, others: Array) -> Array:
    """Return what the stays of vehicles with duties say, and of all others what is given."""
    begin = 0
    for _, fill in fills:
        end = begin + len(fill.who)
        if fill.stay is not None:
            others[begin:end] = getattr(fill.stay, name)
        begin = end
    return others


def _taken_kw(fleet: Fleet, at: Sequence[PrivateCharger], who: Ints, of_fill: Ints) -> Floats:
    """Return what the vehicles take of the current of their chargers, kW at the battery."""
    # 0 is no inlet: such a vehicle takes what its other one does
    ac = np.where(fleet.ac_kw > 0.0, fleet.ac_kw, fleet.dc_kw)
    dc = np.where(fleet.dc_kw > 0.0, fleet.dc_kw, fleet.ac_kw)
    at_dc = np.array([one.current == "dc" for one in at])[of_fill]
    return np.where(at_dc, dc[who], ac[who])


def _charger_kw(fleet: Fleet, fills: _Fills, at: Sequence[PrivateCharger], who: Ints, of_fill: Ints) -> Floats:
    """Return what the chargers give, kW at the meter."""
    kw = np.array([one.charger_kw for one in at])[of_fill]
    # an operator's charger where the vehicle has one
    depot = fleet.depot_kw[who]
    theirs = np.array([fill.place == DEPOT for _, fill in fills])[of_fill] & ~np.isnan(depot)
    return _in_stays(fills, "kw", np.where(theirs, depot, kw))


def _wanted(
    fleet: Fleet, fills: _Fills, at: Sequence[PrivateCharger], seed: int, of_fill: Ints
) -> tuple[Floats, Floats, Floats]:
    """Return when the vehicles would plug in and leave, minutes of the run, and a lot between 0 and 1 of each stay."""
    # an array per decision, for all vehicles: who charges today changes nobody else's hours
    lots = [of_day(seed, fleet.name, f"{fill.place}-slack", day, uniform, fleet.size)[fill.who] for day, fill in fills]
    nights = [HOURS * (one.leave_h < one.arrive_h) for one in at]
    arrival = [(one.arrive_h, one.arrive_sd_h) for one in at]
    departure = [(one.leave_h + later, one.leave_sd_h) for one, later in zip(at, nights, strict=True)]
    midnight = np.array([DAY_MIN * day for day, _ in fills])[of_fill]
    plug = _in_stays(fills, "arrive_min", _drawn_min(fleet, fills, "arrival", np.array(arrival)[of_fill], seed))
    leave = _in_stays(fills, "leave_min", _drawn_min(fleet, fills, "departure", np.array(departure)[of_fill], seed))
    return midnight + plug, midnight + leave, np.concatenate(lots)


def _drawn_min(fleet: Fleet, fills: _Fills, end: str, law: Floats, seed: int) -> Floats:
    """Return one end of stays, minutes of their day: normal, by mean and spread in hours; 0 where duties say it."""
    scores = [
        of_day(seed, fleet.name, f"{fill.place}-{end}", day, normal, fleet.size)[fill.who]
        if fill.stay is None
        else np.zeros(len(fill.who))
        for day, fill in fills
    ]
    return 60.0 * (law[:, 0] + law[:, 1] * np.clip(np.concatenate(scores), -_FARTHEST, _FARTHEST))


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
