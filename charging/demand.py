"""Requests as columns for the simulation, with the stations that each can reach."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from charging.curves import Curve
from charging.stations import Charge
from data.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from charging.behaviour import Behaviour
    from charging.stations import Station

Options = list[tuple[int, float, float]]
"""Stations in reach: number, minutes, km; nearest first."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What a class of vehicles brings to a gun."""

    voltage_v: float | None
    ac_kw: float
    curve: Curve | None
    efficiency_dc: float | None
    efficiency_ac: float | None


_PLAIN = Vehicle(None, math.inf, None, None, None)


@dataclass(slots=True)
class Demand:
    """Columns of the request table in order of time, and the roads to the stations."""

    request_id: list[int]
    arrive_min: list[float]
    origin: list[str | None]
    current: list[str]
    energy_kwh: list[float]
    accept_kw: list[float]
    battery_kwh: list[float | None]
    soc_start: list[float | None]
    vehicle_class: list[str | None]
    patience_min: list[float]
    max_queue: list[int | None]
    overstay_min: list[float]
    vehicles: dict[str, Vehicle]
    reach: Reach

    @property
    def size(self) -> int:
        """Return the number of requests."""
        return len(self.request_id)

    def vehicle(self, index: int) -> Vehicle:
        """Return the vehicle behind a request."""
        name = self.vehicle_class[index]
        return self.vehicles.get(name, _PLAIN) if name is not None else _PLAIN

    def charge(self, index: int) -> Charge:
        """Return the charge that a request asks for; without battery and SOC, at constant power."""
        vehicle = self.vehicle(index)
        battery, soc = self.battery_kwh[index], self.soc_start[index]
        energy, accept = self.energy_kwh[index], self.accept_kw[index]
        if battery is None or soc is None or vehicle.curve is None:
            return Charge(index, energy, accept, 0.0, 1.0, None, vehicle.voltage_v, vehicle.ac_kw, accept)
        end = min(1.0, soc + energy / battery)
        now = accept * vehicle.curve.share_at(soc)
        return Charge(index, battery, accept, soc, end, vehicle.curve, vehicle.voltage_v, vehicle.ac_kw, now)

    def efficiency(self, index: int, current: str | None, behaviour: Behaviour) -> float:
        """Return battery kWh per meter kWh of a request on a current: the vehicle's own, or the general one."""
        vehicle = self.vehicle(index)
        if current == "ac":
            return behaviour.efficiency_ac if vehicle.efficiency_ac is None else vehicle.efficiency_ac
        return behaviour.efficiency_dc if vehicle.efficiency_dc is None else vehicle.efficiency_dc

    def options(self, index: int) -> Options:
        """Return the stations that suit the request, nearest first."""
        return self.reach.options(self.origin[index], self.current[index])

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
    return Demand(
        request_id=ordered["request_id"].to_list(),
        arrive_min=ordered["arrive_min"].to_list(),
        origin=ordered["origin"].to_list(),
        current=ordered["current"].to_list(),
        energy_kwh=ordered["energy_kwh"].to_list(),
        accept_kw=ordered["accept_kw"].to_list(),
        battery_kwh=ordered["battery_kwh"].to_list(),
        soc_start=ordered["soc_start"].to_list(),
        vehicle_class=ordered["vehicle_class"].to_list(),
        patience_min=ordered["patience_min"].fill_null(math.inf).to_list(),
        max_queue=ordered["max_queue"].to_list(),
        overstay_min=ordered["overstay_min"].fill_null(0.0).to_list(),
        vehicles=known,
        reach=reach,
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
