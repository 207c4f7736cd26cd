"""Charges at chargers of one's own as stays: when a vehicle is plugged in, until when, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.grid.starts import START_RULES
from data.arrays import DAY_MIN, HOURS
from data.streams import stream
from fleet.demand.decisions import of_day
from fleet.demand.vehicle_day import DEPOT, PLACES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats, Ints
    from fleet.demand.population import Fleet
    from fleet.demand.requests import ClassFills
    from fleet.demand.vehicle_day import Fill
    from fleet.private_charging.chargers import PrivateCharger, PrivateChargers

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
    parts = [
        {**part, "fleet": np.full(len(part["vehicle"]), number)}
        for number, item in enumerate(classes)
        for part in _of_class(item, chargers, seed)
    ]
    if not parts:
        return pl.DataFrame(schema=PLUG_INS)
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    fleets = [item.fleet for item in classes]
    # numbers first, words once: a week has hundreds of thousands of stays
    words = {
        "vehicle_class": _named("fleet", [fleet.vehicle_class for fleet in fleets]),
        "power": _named("fleet", [fleet.power for fleet in fleets]),
        "town": _named("town", fleets[0].town_names),
        "place": _named("place", PLACES),
        "rule": _named("rule", START_RULES),
    }
    return pl.DataFrame(columns).with_columns(**words).select(list(PLUG_INS)).cast(pl.Schema(PLUG_INS))


def _of_class(item: ClassFills, chargers: PrivateChargers, seed: int) -> list[dict[str, Floats | Ints]]:
    """Return the stays of a class, in a part for each day and place."""
    fleet = item.fleet
    # when the last charger of its own lets a vehicle go
    free_min = np.full(fleet.size, -np.inf)
    ruled = stream(seed, "fleet", fleet.name, "start-rule").random(fleet.size)
    parts = []
    for day, fill in item.fills:
        if len(fill.who):
            charger = chargers.of(fleet.vehicle_class, fill.place)
            parts.append(_stays(fleet, fill, charger, day=day, seed=seed, free_min=free_min, ruled=ruled))
    return parts


def _named(column: str, names: Sequence[str]) -> pl.Expr:
    """Return a column of numbers as the names that they stand for."""
    return pl.col(column).replace_strict(list(range(len(names))), list(names), return_dtype=pl.String)


def _stays(
    fleet: Fleet, fill: Fill, charger: PrivateCharger, *, day: int, seed: int, free_min: Floats, ruled: Floats
) -> dict[str, Floats | Ints]:
    """Return the stays of a day at one kind of charger; moves `free_min` on."""
    who = fill.who
    taken, other = (fleet.ac_kw, fleet.dc_kw) if charger.current == "ac" else (fleet.dc_kw, fleet.ac_kw)
    # 0 is no inlet: such a vehicle takes what its other one does
    own = fill.stay
    # an operator's charger where the vehicle has one: that of the depot, or of the stop where its duty ends
    depot = np.where(np.isnan(fleet.depot_kw[who]) | (fill.place != DEPOT), charger.charger_kw, fleet.depot_kw[who])
    most = depot if own is None else own.kw
    kw = np.minimum(most, np.where(taken > 0.0, taken, other)[who] / charger.efficiency)
    meter = fill.energy_kwh / charger.efficiency
    nights = charger.leave_h < charger.arrive_h
    arrive, leave, lot = _lots(fleet, fill.place, day, seed)
    plug = DAY_MIN * day + 60.0 * (charger.arrive_h + charger.arrive_sd_h * arrive[who])
    gone = DAY_MIN * day + 60.0 * (charger.leave_h + HOURS * nights + charger.leave_sd_h * leave[who])
    if own is not None:
        plug, gone = DAY_MIN * day + own.arrive_min, DAY_MIN * day + own.leave_min
    plug = np.maximum(plug, free_min[who])
    # whoever is not full when the driver would leave stays until it is
    gone = np.maximum(gone, plug + 60.0 * meter / kw)
    free_min[who] = gone
    timer = charger.managed_share + charger.timer_share
    rule = np.where(ruled < charger.managed_share, 2, np.where(ruled < timer, 1, 0))
    return {
        "vehicle": who,
        "town": fleet.town[who] if own is None else own.town,
        "place": np.full(len(who), PLACES.index(fill.place)),
        "plug_min": plug,
        "leave_min": gone,
        "energy_kwh": fill.energy_kwh,
        "meter_kwh": meter,
        "kw": kw,
        "rule": rule[who],
        "lot": lot[who],
    }


def _lots(fleet: Fleet, place: str, day: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """Return normal scores of arriving and leaving and a lot between 0 and 1, for all vehicles of a class."""
    # an array per decision, for all vehicles: who charges today changes nobody else's hours
    arrive, leave = (
        np.clip(of_day(seed, fleet.name, f"{place}-{end}", day).standard_normal(fleet.size), -_FARTHEST, _FARTHEST)
        for end in ("arrival", "departure")
    )
    return arrive, leave, of_day(seed, fleet.name, f"{place}-slack", day).random(fleet.size)
