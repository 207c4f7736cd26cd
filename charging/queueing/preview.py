"""What queueing formulas say of a layout before anything is simulated, and how that compares with the simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.engine.choice import all_in_turn
from charging.engine.columns import view
from charging.engine.stations import FIRST
from charging.inputs.behaviour import Behaviour
from charging.queueing.offered_load import hourly_counts, modified_load, smooth_rates
from charging.queueing.waits import callers, waits_of
from charging.simulation import Prepared
from data.arrays import DAY_MIN
from data.schemas.base import CURRENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from charging.engine.demand import Demand
    from charging.engine.stations import Station
    from charging.queueing.waits import Callers
    from data.arrays import Floats, Ints


_AFTER_MIN: Final = 1e-9
"""A request at minute 0 of a day belongs to that day: the days covered end just after the last one."""


def preview(
    layout: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None = None,
    *,
    behaviour: Behaviour | Mapping[str, Any] | None = None,
    vehicles: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return offered load, wait and stability of each station by queueing formulas, without simulating.

    Each request goes to the nearest station that suits (evenly over those within the indifference), and stands at
    the most powerful gun there as long as an undisturbed charge and the overstay take, or until the driver has to
    leave; one who follows another comes when that one's undisturbed story is over. Requests for either current count
    as dc where the station has such guns. Sharing of power, other choices, hours and failures are left out: the
    simulation shows what they change.

    Parameters
    ----------
    layout, requests, travel, behaviour, vehicles
        As for :func:`charging.simulate`.

    Returns
    -------
    polars.DataFrame
        One row per station: ``station_id, guns, requests, mean_stay_min, offered_erlang`` (over the whole days),
        ``busy_hour_erlang`` (the modified offered load in the hour where it is largest),
        ``utilisation_share`` (offered over guns), ``wait_share, wait_mean_min, left_share`` (share that waits, mean
        wait and share that turns away or gives up, over all arrivals of the days; null where unstable) and ``stable``
        (the queue does not grow from day to day: drivers who never turn away or give up ask for less than the guns).

    Raises
    ------
    DataError
        Bad tables or settings, naming row and column.
    """
    ready = Prepared.of(layout, requests, travel, behaviour=behaviour, vehicles=vehicles)
    return preview_prepared(ready, behaviour=behaviour)


def preview_prepared(ready: Prepared, *, behaviour: Behaviour | Mapping[str, Any] | None = None) -> pl.DataFrame:
    """Return what `preview` does of tables that are prepared for a simulation, before it begins."""
    stations = ready.stations
    parts = _parts(ready.demand, stations, Behaviour.of(behaviour))
    rows = [_row(station, [part for part in parts if part.station is station]) for station in stations]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def assigned_parts(
    layout: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None = None,
    *,
    behaviour: Behaviour | Mapping[str, Any] | None = None,
    vehicles: pl.DataFrame | None = None,
) -> list[Part]:
    """Return the guns of each station and current with who comes to them, as `preview` assigns requests."""
    ready = Prepared.of(layout, requests, travel, behaviour=behaviour, vehicles=vehicles)
    return _parts(ready.demand, ready.stations, Behaviour.of(behaviour))


def busy_loads(
    layout: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None = None,
    *,
    behaviour: Behaviour | Mapping[str, Any] | None = None,
    vehicles: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the load of each station and current in its busiest hour, as `preview` assigns requests.

    Requests for either current count as dc where the station has such guns.

    Parameters
    ----------
    layout, requests, travel, behaviour, vehicles
        As for :func:`preview`.

    Returns
    -------
    polars.DataFrame
        One row per station and current that it has: ``station_id, current, busy_hour_erlang``.
    """
    parts = assigned_parts(layout, requests, travel, behaviour=behaviour, vehicles=vehicles)
    rows = [(part.station.station_id, part.current, part.busy_erlang) for part in parts]
    schema = {"station_id": pl.String, "current": pl.String, "busy_hour_erlang": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True, slots=True)
class Part:
    """The guns of one current at a station, who comes to them (None: nobody), and their modified offered load."""

    station: Station
    current: str
    who: Callers | None
    loads: Floats

    @property
    def busy_erlang(self) -> float:
        """Return the load of the busiest hour, Erlang."""
        return float(self.loads.max(initial=0.0))


def _days(minute: Floats) -> int:
    """Return the whole days that the arrivals cover."""
    return max(1, math.ceil((float(minute.max(initial=0.0)) + _AFTER_MIN) / DAY_MIN))


_SCHEMA = {
    "station_id": pl.String,
    "guns": pl.Int64,
    "requests": pl.Int64,
    "mean_stay_min": pl.Float64,
    "offered_erlang": pl.Float64,
    "busy_hour_erlang": pl.Float64,
    "utilisation_share": pl.Float64,
    "wait_share": pl.Float64,
    "wait_mean_min": pl.Float64,
    "left_share": pl.Float64,
    "stable": pl.Boolean,
}


def _assigned(demand: Demand, stations: list[Station], settings: Behaviour) -> tuple[Ints, Floats, Floats]:
    """Return the station of each request (-1 for none), its minutes at the gun and those of the way there."""
    station_of, at_dc = np.full(demand.size, -1, dtype=np.int64), np.zeros(demand.size, dtype=np.bool_)
    minutes, way = np.zeros(demand.size), np.zeros(demand.size)
    guns = _ExpectedGuns(demand, stations, settings)
    kinds = view(demand.kind)
    order, ends = np.argsort(kinds, kind="stable"), np.cumsum(np.bincount(kinds, minlength=len(demand.kinds)))
    of_kind = [order[begin:end] for begin, end in zip([0, *ends[:-1]], ends, strict=True)] if len(ends) else []
    alike: dict[bytes, tuple[Floats, list[Ints]]] = {}
    for kind, (options, requests) in enumerate(zip(demand.first_options(), of_kind, strict=True)):
        good = [option for option in options if option[1] <= options[0][1] + settings.indifference_min]
        wanted = demand.kinds[kind][1]
        chosen = all_in_turn(demand.request_id[requests], [stations[number].guns[wanted] for number, *_ in good])
        for option, (number, way_min, _) in enumerate(good):
            here = requests[chosen == option]
            limits, has_dc = guns.of(number, wanted)
            station_of[here], way[here], at_dc[here] = number, way_min, has_dc
            alike.setdefault(limits.tobytes(), (limits, []))[1].append(here)
    # guns alike in one call: a layout has few kinds of them
    for limits, some in alike.values():
        here = np.concatenate(some)
        minutes[here] = view(demand.minutes(limits, here))
    overstay = view(demand.overstay_min)
    if demand.overstay_dc_min is not None:
        overstay = np.where(at_dc, view(demand.overstay_dc_min), overstay)
    return station_of, np.where(station_of >= 0, minutes + overstay, 0.0), way


class _ExpectedGuns:
    """What drivers expect of a station where all guns are free: by number of the station and what they want."""

    def __init__(self, demand: Demand, stations: list[Station], settings: Behaviour) -> None:
        # most stations are an option of many kinds of requests
        groups = (each for station in stations for each in station.groups["any"])
        self._limits_kw = {each.number: demand.limits_kw(each, settings) for each in groups}
        self._stations = stations
        self._known: dict[tuple[int, str], tuple[Floats, bool]] = {}

    def of(self, number: int, wanted: str) -> tuple[Floats, bool]:
        """Return the most power by model, kW, and whether there are DC guns among those that suit."""
        key = (number, wanted)
        if key not in self._known:
            expected = self._stations[number].expected_groups(wanted)
            # a driver takes the most powerful gun that is free; in a preview all are
            limits = np.max([self._limits_kw[each.number] for each in expected], axis=0)
            self._known[key] = limits, any(each.current == "dc" for each in expected)
        return self._known[key]


def _until_leaving(demand: Demand, way: Floats) -> Floats:
    """Return how long each driver can be at a station, minutes; infinite where nobody has to leave."""
    if demand.leave_by_min is None:
        return np.full(demand.size, math.inf)
    return np.asarray(view(demand.leave_by_min) - view(demand.arrive_min) - way)


def _parts(demand: Demand, stations: list[Station], settings: Behaviour) -> list[Part]:
    """Return the guns of each station by current, with who comes to them."""
    station_of, stay, way = _assigned(demand, stations, settings)
    most_min = _until_leaving(demand, way)
    station_of[most_min <= 0.0] = -1
    stay, patience = np.minimum(stay, most_min), np.minimum(view(demand.patience_min), most_min)
    minute = np.asarray(demand.arrive_min)
    if demand.chains is not None:
        minute = demand.chains.begins_min(minute, np.where(station_of >= 0, way + stay, 0.0))
    days = _days(minute)
    # a kind names the type of plug after the current
    wishes, kinds = [kind.partition(" ")[0] for _, kind in demand.kinds], view(demand.kind)
    places, members = [], []
    for station in stations:
        here = np.flatnonzero(station_of == station.number)
        takes = {wish: _takes(station, wish) for wish in set(wishes)}
        for current in CURRENTS:
            if station.groups[current]:
                suits = np.array([takes[wish] == current for wish in wishes], dtype=np.bool_)
                places.append((station, current))
                members.append(here[suits[kinds[here]]])
    rates = _rates([current for _, current in places], [hourly_counts(minute[here], days) for here in members])
    parts = []
    for (station, current), here, rate in zip(places, members, rates, strict=True):
        who, loads = None, np.zeros(0)
        # vehicles that stay no time at all load no gun
        if stay[here].any():
            who = callers(rate, stay[here], patience[here], view(demand.max_queue)[here])
            loads = modified_load(who.rate_per_min, who.stay_min)
        parts.append(Part(station, current, who, loads))
    return parts


def _takes(station: Station, wish: str) -> str:
    """Return the current that a wish comes to at a station where all guns are free."""
    current, _, first = wish.partition(FIRST)
    if current != "any":
        return current
    # those that take any current go to the one that they take first, else to dc, where they are done sooner
    wanted = first if first and station.groups[first] else "dc"
    return wanted if station.groups[wanted] else "ac"


def _rates(currents: list[str], counts: list[Floats]) -> list[Floats]:
    """Return the rates of arrival behind counts; those of one current are taken to be alike."""
    rates: list[Floats] = [np.zeros(0)] * len(counts)
    for current in CURRENTS:
        same = [number for number, kind in enumerate(currents) if kind == current]
        for number, rate in zip(same, smooth_rates([counts[number] for number in same]), strict=True):
            rates[number] = rate
    return rates


def _row(station: Station, parts: list[Part]) -> tuple[object, ...]:
    """Return the figures of a station: its currents together, each arrival counting alike."""
    guns = station.guns["any"]
    pairs = [
        (part.who, waits_of(part.station.guns[part.current], part.who, part.loads))
        for part in parts
        if part.who is not None
    ]
    if not pairs:
        return (station.station_id, guns, 0, None, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, True)
    numbers = [len(who.stay_min) for who, _ in pairs]
    mean = float(np.concatenate([who.stay_min for who, _ in pairs]).mean())
    offered = math.fsum(who.offered for who, _ in pairs)
    busy = float(np.sum([waits.loads for _, waits in pairs], axis=0).max())
    shown = [
        _mean(numbers, values)
        for values in zip(*((waits.wait_share, waits.wait_min, waits.left_share) for _, waits in pairs), strict=True)
    ]
    stable = all(waits.stable for _, waits in pairs)
    return (station.station_id, guns, sum(numbers), mean, offered, busy, offered / guns, *shown, stable)


def _mean(weights: list[int], values: tuple[float | None, ...]) -> float | None:
    """Return the weighted mean; None where a value is not known."""
    total = 0.0
    for weight, value in zip(weights, values, strict=True):
        if value is None:
            return None
        # two or three currents: an array of them takes as long as the waits behind it
        total += weight * float(value)
    return total / sum(weights)


def preview_against(table: pl.DataFrame, stations: pl.DataFrame) -> pl.DataFrame:
    """Return the preview beside what the simulation showed, with the differences.

    Parameters
    ----------
    table
        From :func:`preview`.
    stations
        Station figures of a simulation of the same tables.

    Returns
    -------
    polars.DataFrame
        The preview with ``simulated_requests, simulated_utilisation_share, simulated_wait_mean_min`` and
        ``utilisation_difference, wait_difference_min`` (simulated minus preview).
    """
    shown = stations.select(
        "station_id",
        simulated_requests=pl.col("arrivals"),
        simulated_utilisation_share=pl.col("gun_utilisation_share"),
        simulated_wait_mean_min=pl.col("wait_mean_min"),
    )
    return table.join(shown, on="station_id", how="left", maintain_order="left").with_columns(
        utilisation_difference=pl.col("simulated_utilisation_share") - pl.col("utilisation_share"),
        wait_difference_min=pl.col("simulated_wait_mean_min") - pl.col("wait_mean_min"),
    )
