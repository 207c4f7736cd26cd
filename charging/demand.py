"""Requests as columns for the simulation, with the stations that each can reach."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from charging.curves import Curve
from charging.ramps import CONSTANT, curve_array, minutes_between, power_at
from charging.rules import gun_limit_kw
from data.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from charging.behaviour import Behaviour
    from charging.stations import Station

Options = list[tuple[int, float, float]]
"""Stations in reach: number, minutes, km; nearest first."""


@dataclass(frozen=True, slots=True, eq=False)
class Vehicle:
    """What a class of vehicles brings to a gun."""

    voltage_v: float | None
    ac_kw: float
    curve: Curve | None
    efficiency_dc: float | None
    efficiency_ac: float | None

    def efficiency(self, current: str, behaviour: Behaviour) -> float:
        """Return battery kWh per meter kWh on a current: the vehicle's own, or the general one."""
        if current == "ac":
            return behaviour.efficiency_ac if self.efficiency_ac is None else self.efficiency_ac
        return behaviour.efficiency_dc if self.efficiency_dc is None else self.efficiency_dc

    def limit_kw(self, current: str, gun_amps: float | None) -> float:
        """Return what gun cable and on-board charger let through, kW."""
        limit = gun_limit_kw(gun_amps, self.voltage_v)
        return min(limit, self.ac_kw) if current == "ac" else limit


_FROM_SOC = 3
_PLAIN = Vehicle(None, math.inf, None, None, None)


@dataclass(slots=True)
class Demand:
    """Columns of the request table in order of time, and the roads to the stations.

    A request without battery, SOC or curve is charged at constant power: its SOC goes from 0 to 1 of a battery that
    holds the energy asked for. ``batteries`` has a row a request: number of the curve, largest power (kW), kWh of the
    battery over that (scale), SOC at the start and at the end.
    """

    table: pl.DataFrame
    energy_kwh: array[float]
    arrive_min: array[float]
    origin: list[str | None]
    current: list[str]
    accept_kw: array[float]
    patience_min: array[float]
    max_queue: list[int | None]
    overstay_min: array[float]
    priority: list[int]
    vehicle: list[Vehicle]
    curve: list[int]
    curves: NDArray[np.float64]
    batteries: NDArray[np.float64]
    battery_kwh: NDArray[np.float64]
    reach: Reach

    @property
    def size(self) -> int:
        """Return the number of requests."""
        return len(self.arrive_min)

    def wish_kw(self, index: int) -> float:
        """Return the power that a vehicle could take when it plugs in, kW."""
        if self.curve[index] == CONSTANT:
            return self.accept_kw[index]
        return self.accept_kw[index] * power_at(self.curves, self.curve[index], self.batteries[index, _FROM_SOC])

    def minutes(self, index: int, most_kw: float) -> float:
        """Return the minutes of a charge that nobody disturbs, under a limit in kW."""
        accept_kw = self.accept_kw[index]
        if self.curve[index] == CONSTANT:
            return 60.0 * self.energy_kwh[index] / min(accept_kw, most_kw)
        _, _, scale_min, soc, end_soc = self.batteries[index]
        return float(scale_min * minutes_between(self.curves, self.curve[index], most_kw / accept_kw, soc, end_soc))

    def efficiency(self, on_ac: NDArray[np.bool_], behaviour: Behaviour) -> NDArray[np.float64]:
        """Return battery kWh per meter kWh of all requests, on the current that each used."""
        kinds = list({id(vehicle): vehicle for vehicle in self.vehicle}.values()) or [_PLAIN]
        number = {id(vehicle): position for position, vehicle in enumerate(kinds)}
        own = np.zeros(self.size, dtype=np.int64)
        if len(kinds) > 1:
            own = np.fromiter((number[id(vehicle)] for vehicle in self.vehicle), dtype=np.int64, count=self.size)
        values = np.array([[kind.efficiency(current, behaviour) for kind in kinds] for current in ("dc", "ac")])
        return np.asarray(values[on_ac.astype(np.int64), own], dtype=np.float64)

    def first_options(self) -> list[Options]:
        """Return the stations that suit each request, nearest first."""
        return [self.reach.options(origin, current) for origin, current in zip(self.origin, self.current, strict=True)]

    def options_from(self, index: int, station: Station) -> Options:
        """Return the stations that suit the request, nearest to a station first."""
        return self.reach.options_from(self.origin[index], station, self.current[index])


@dataclass(slots=True)
class Reach:
    """Which stations can be reached from where, by current; ``travel`` None puts all at zero distance."""

    stations: Sequence[Station]
    roads: dict[str, list[tuple[str, float, float]]] | None
    _known: dict[tuple[str | None, str], Options] = field(default_factory=dict)
    _onward: dict[tuple[str | None, int, str], Options] = field(default_factory=dict)

    @classmethod
    def of(cls, stations: Sequence[Station], travel: pl.DataFrame | None) -> Reach:
        """Return the reach that a travel table describes."""
        if travel is None:
            return cls(stations, None)
        roads: dict[str, list[tuple[str, float, float]]] = {}
        for origin, station, minutes, km in travel.select("origin", "station_id", "minutes", "km").iter_rows():
            roads.setdefault(origin, []).append((station, minutes, km))
        return cls(stations, roads)

    def options(self, origin: str | None, current: str) -> Options:
        """Return number, minutes and km of the stations that suit, nearest first."""
        key = (origin, current)
        found = self._known.get(key)
        if found is None:
            fitting = {item.station_id: item.number for item in self.stations if item.currents(current)}
            if self.roads is None or origin is None:
                found = [(number, 0.0, 0.0) for number in fitting.values()]
            else:
                rows = self.roads.get(origin, [])
                found = [(fitting[name], minutes, km) for name, minutes, km in rows if name in fitting]
            found.sort(key=lambda option: (option[1], option[0]))
            self._known[key] = found
        return found

    def options_from(self, origin: str | None, station: Station, current: str) -> Options:
        """Return the stations that suit in reach of the origin, nearest to ``station`` first.

        Only stations that the origin reaches count: who drives east on the expressway is not sent to the
        westbound side. Where the table has no road between two stations, the road from the origin counts.
        """
        key = (origin, station.number, current)
        found = self._onward.get(key)
        if found is None:
            direct = self.options(origin, current)
            if self.roads is None:
                found = [option for option in direct if option[0] != station.number]
            else:
                onward = {name: (minutes, km) for name, minutes, km in self.roads.get(station.station_id, [])}
                found = [
                    (number, *onward.get(self.stations[number].station_id, (minutes, km)))
                    for number, minutes, km in direct
                    if number != station.number
                ]
                found.sort(key=lambda option: (option[1], option[0]))
            self._onward[key] = found
        return found


def build_demand(
    requests: pl.DataFrame,
    vehicles: pl.DataFrame | None,
    travel: pl.DataFrame | None,
    stations: Sequence[Station],
) -> Demand:
    """Return the demand of a checked request table.

    Raises
    ------
    DataError
        An origin from which the travel table knows no road, or a vehicle class that the vehicle table lacks.
    """
    ordered = requests.sort("arrive_min", "request_id", maintain_order=True)
    reach = Reach.of(stations, travel)
    _check_origins(ordered, reach)
    known = _vehicles(vehicles)
    if vehicles is not None:
        _check_classes(ordered, known)
    fleet = [known.get(name, _PLAIN) for name in ordered["vehicle_class"]] if known else [_PLAIN] * ordered.height
    shapes = list(dict.fromkeys(vehicle.curve for vehicle in known.values() if vehicle.curve is not None))
    curve = _curve_numbers(ordered, fleet, shapes)
    shaped = curve != CONSTANT
    accept = ordered["accept_kw"].to_numpy()
    energy = ordered["energy_kwh"].to_numpy()
    battery = np.where(shaped, ordered["battery_kwh"].fill_null(1.0).to_numpy(), energy)
    soc = np.where(shaped, ordered["soc_start"].fill_null(0.0).to_numpy(), 0.0)
    end_soc = np.where(shaped, np.minimum(1.0, soc + energy / battery), 1.0)
    _check_ends(ordered, curve, shapes, end_soc)
    return Demand(
        table=ordered,
        energy_kwh=_packed(ordered["energy_kwh"]),
        arrive_min=_packed(ordered["arrive_min"]),
        origin=_shared(ordered["origin"]),
        current=_shared(ordered["current"]),
        accept_kw=_packed(ordered["accept_kw"]),
        patience_min=_packed(ordered["patience_min"].fill_null(math.inf)),
        max_queue=_filled(ordered["max_queue"], None),
        overstay_min=_packed(ordered["overstay_min"].fill_null(0.0)),
        priority=_filled(ordered["priority"], 0),
        vehicle=fleet,
        curve=curve.tolist(),
        curves=curve_array(shapes),
        batteries=np.column_stack([curve, accept, battery / accept, soc, end_soc]),
        battery_kwh=battery,
        reach=reach,
    )


def _packed(column: pl.Series) -> array[float]:
    """Return numbers as an array that takes 8 bytes each."""
    packed = array("d")
    packed.frombytes(column.to_numpy().tobytes())
    return packed


def _shared(column: pl.Series) -> list[Any]:
    """Return texts as a list in which equal texts are one object."""
    texts = column.unique(maintain_order=True)
    number = dict(zip(texts, range(len(texts)), strict=True))
    known = texts.to_list()
    if len(known) == 1:
        return known * len(column)
    codes = column.replace_strict(number, return_dtype=pl.Int32).to_list()
    return [known[code] for code in codes]


def _filled(column: pl.Series, default: Any) -> list[Any]:  # noqa: ANN401 - any column
    """Return a column as a list with a default for nulls, cheaply where all are null."""
    if column.null_count() == len(column):
        return [default] * len(column)
    return (column if default is None else column.fill_null(default)).to_list()


def _curve_numbers(requests: pl.DataFrame, fleet: list[Vehicle], shapes: list[Curve]) -> NDArray[np.int64]:
    """Return the number of each request's curve; constant power without battery, SOC or curve."""
    whole = (requests["battery_kwh"].is_not_null() & requests["soc_start"].is_not_null()).to_numpy()
    if not shapes or not whole.any():
        return np.full(requests.height, CONSTANT, dtype=np.int64)
    number = {
        id(vehicle): CONSTANT if vehicle.curve is None else shapes.index(vehicle.curve) + 1
        for vehicle in {id(vehicle): vehicle for vehicle in fleet}.values()
    }
    curve = np.fromiter((number[id(vehicle)] for vehicle in fleet), dtype=np.int64, count=len(fleet))
    return np.where(whole, curve, CONSTANT)


def _check_ends(
    requests: pl.DataFrame, curve: NDArray[np.int64], shapes: list[Curve], end_soc: NDArray[np.float64]
) -> None:
    """Refuse charges to where a curve accepts no power: they would never end."""
    dead = [number for number, shape in enumerate(shapes, start=1) if shape.power_share[-1] <= 0.0]
    stuck = np.flatnonzero(np.isin(curve, dead) & (end_soc >= 1.0))
    if len(stuck):
        raise DataError(
            f"requests: column energy_kwh, request_id {requests['request_id'][int(stuck[0])]}: the charge to SOC 1 "
            "never ends, for the vehicle's curve accepts no power there. Ask for less energy."
        )


def _check_origins(requests: pl.DataFrame, reach: Reach) -> None:
    """Refuse origins that the travel table does not know."""
    if reach.roads is None:
        return
    for origin in requests["origin"].drop_nulls().unique(maintain_order=True):
        if origin not in reach.roads:
            row = requests.filter(requests["origin"] == origin)["request_id"][0]
            raise DataError(
                f"requests: column origin, request_id {row}: got {origin!r}, from which the travel table knows no "
                f"road to a station.{nearest(origin, reach.roads)}"
            )


def _check_classes(requests: pl.DataFrame, known: dict[str, Vehicle]) -> None:
    """Refuse vehicle classes that the vehicle table lacks."""
    for name in requests["vehicle_class"].drop_nulls().unique(maintain_order=True):
        if name not in known:
            row = requests.filter(requests["vehicle_class"] == name)["request_id"][0]
            raise DataError(
                f"requests: column vehicle_class, request_id {row}: got {name!r}, which the vehicle table lacks."
                f"{nearest(name, known)}"
            )


def _vehicles(table: pl.DataFrame | None) -> dict[str, Vehicle]:
    """Return the vehicle table by class."""
    if table is None:
        return {}
    result = {}
    for row in table.iter_rows(named=True):
        socs, parts = row["curve_soc"], row["curve_share"]
        curve = None if socs is None or parts is None else Curve(tuple(socs), tuple(parts))
        ac_kw = math.inf if row["ac_kw"] is None else row["ac_kw"]
        result[row["vehicle_class"]] = Vehicle(
            row["pack_voltage_v"], ac_kw, curve, row["efficiency_dc"], row["efficiency_ac"]
        )
    return result
