"""Requests as columns for the simulation, with the stations that each can reach."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.engine.columns import (
    block,
    counts_of,
    numbers_alike,
    numbers_in_parts,
    numbers_to_write,
    read_only,
    shown,
    view,
)
from charging.engine.ends.following import Chains, in_order
from charging.engine.reach import Reach, places
from charging.engine.stations import FIRST
from charging.power.allocation import DYNAMIC, POLICIES, ac_gun_limit_kw, gun_limit_kw, whole_modules_kw
from charging.power.compiled import compiled, inner
from charging.power.curves import CONSTANT, Curve, curve_array, minutes_between, power_at
from charging.power.records import Battery
from data.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from charging.engine.reach import Options
    from charging.engine.stations import Group, Station
    from charging.inputs.behaviour import Chargers
    from data.arrays import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Vehicle:
    """What a class of vehicles brings to a gun.

    ``ac_kw`` is what the on-board charger puts into the battery at most; the curve gives shares of ``dc_kw``, and
    bounds AC only where that is known.
    """

    voltage_v: float | None
    ac_kw: float
    dc_kw: float
    curve: Curve | None
    efficiency_dc: float | None
    efficiency_ac: float | None

    def efficiency(self, current: str, chargers: Chargers) -> float:
        """Return battery kWh per meter kWh on a current: the vehicle's own, or the general one."""
        if current == "ac":
            return chargers.efficiency_ac if self.efficiency_ac is None else self.efficiency_ac
        return chargers.efficiency_dc if self.efficiency_dc is None else self.efficiency_dc

    def limit_kw(self, group: Group, chargers: Chargers) -> float:
        """Return the most that goes into the battery at a group's guns, kW.

        A DC pile is rated at its output, and the battery's voltage carries the gun's current. An AC pile is rated at
        its meter, like its gun; the losses come after, in the on-board charger.
        """
        if group.current == "ac":
            plug_kw = min(group.pile_kw, ac_gun_limit_kw(group.gun_amps, group.phases, group.volts))
            return min(self.ac_kw, plug_kw * self.efficiency("ac", chargers))
        modules = chargers.module_kw if group.sharing == POLICIES[DYNAMIC] else None
        return min(gun_limit_kw(group.gun_amps, self.voltage_v), whole_modules_kw(group.pile_kw, modules))


_PLAIN = Vehicle(None, math.inf, math.nan, None, None, None)

_AT_ONCE: Final = 262_144
"""Requests that are looked at together: enough to forget the cost of a call, few enough to need no memory."""
SHOWN: Final = ("request_id", "origin", "vehicle_class", "current", "arrive_min", "energy_kwh")


@dataclass(slots=True)
class Demand:
    """Columns of the request table in order of time, and the roads to the stations.

    A request without battery, SOC or curve is charged at constant power: its SOC goes from 0 to 1 of a battery that
    holds the energy asked for.

    Attributes
    ----------
    table
        The requests, by time: the columns that sessions show.
    request_id
        Their numbers.
    arrive_min, patience_min, max_queue, overstay_min
        Their columns; infinite where there is no limit.
    overstay_dc_min
        How long they overstay at a DC gun; None where that is the same for all as at any other.
    leave_by_min
        When they leave, full or not; None where nobody has to. Counted as ``arrive_min`` is: of a request that follows
        another it is set when that one ends.
    chains
        Which follow which, None where nobody follows anybody. Those that do come last, and their ``arrive_min`` counts
        from the end of the one that they follow.
    priority
        Their priority, None where all have the same.
    kinds, kind
        The origins and currents (with a type of plug where requests name one) that occur, and the number of each
        request's.
    models
        The vehicles that occur.
    curves
        Charge curves as in ``charging.power.curves``.
    batteries
        One row per request, columns as ``charging.power.records.Battery``.
    reach
        Which stations can be reached from where.
    """

    table: pl.DataFrame
    request_id: Ints
    arrive_min: memoryview[float]
    patience_min: memoryview[float]
    max_queue: memoryview[float]
    overstay_min: memoryview[float]
    overstay_dc_min: memoryview[float] | None
    leave_by_min: memoryview[float] | None
    chains: Chains | None
    priority: list[int] | None
    kinds: list[tuple[str | None, str]]
    kind: memoryview[int]
    models: list[Vehicle]
    curves: Floats
    batteries: Floats
    reach: Reach
    _limits_kw: dict[tuple[object, ...], Floats] = field(default_factory=dict, init=False, repr=False)
    _asked: tuple[memoryview[float], memoryview[float]] | None = field(default=None, init=False, repr=False)

    @property
    def size(self) -> int:
        """Return the number of requests."""
        return len(self.arrive_min)

    def asked_kwh(self, index: int) -> float:
        """Return the energy that a request asks for, kWh."""
        asked_kwh, _ = self._asked or self._look_ahead()
        return asked_kwh[index]

    def charge_min(self, index: int, most_kw: float) -> float:
        """Return how long a driver expects to charge at a gun that gives ``most_kw``, minutes: at full power."""
        asked_kwh, accept_kw = self._asked or self._look_ahead()
        return 60.0 * asked_kwh[index] / min(accept_kw[index], most_kw)

    def _look_ahead(self) -> tuple[memoryview[float], memoryview[float]]:
        """Return the energy that each request asks for, kWh, and the power that its vehicle takes at most, kW.

        Drivers who compare stations ask for both again and again, and neither changes.
        """
        asked_kwh, accept_kw = numbers_to_write(self.size), numbers_to_write(self.size)
        column = self.batteries.T
        view(asked_kwh)[:] = column[Battery.CAPACITY_KWH] * (column[Battery.TARGET_SOC] - column[Battery.START_SOC])
        view(accept_kw)[:] = np.minimum(column[Battery.ACCEPT_KW], column[Battery.MOST_KW])
        self._asked = asked_kwh, accept_kw
        return self._asked

    def requested_kw(self, index: int) -> float:
        """Return the power that a vehicle could take when it plugs in, kW."""
        curve, accept_kw, _, start_soc = self.batteries[index, : Battery.TARGET_SOC].tolist()
        share = 1.0 if curve == CONSTANT else power_at(self.curves, int(curve), start_soc)
        return float(min(accept_kw * share, self.batteries.item(index, Battery.MOST_KW)))

    def limits_kw(self, group: Group, chargers: Chargers) -> Floats:
        """Return the most power that goes into the battery of each model at a group's guns, kW.

        Guns alike give the same: callers share what is worked out once, and must not change it.
        """
        guns = (group.current, group.pile_kw, group.sharing, group.gun_amps, group.phases, group.volts)
        key = (*guns, chargers.module_kw, chargers.efficiency_ac)
        if key not in self._limits_kw:
            self._limits_kw[key] = np.array([model.limit_kw(group, chargers) for model in self.models])
        return self._limits_kw[key]

    def minutes(self, limits_kw: Floats, requests: Ints | None = None) -> memoryview[float]:
        """Return the minutes of charges that nobody disturbs, under a limit in kW by model; of all or some requests."""
        batteries = self.batteries if requests is None else self.batteries[requests]
        result = numbers_to_write(len(batteries))
        charge_minutes(self.curves, batteries, limits_kw, view(result))
        return result

    def first_options(self) -> list[Options]:
        """Return the stations that suit each kind of request, nearest first."""
        return [self.reach.options(origin, current) for origin, current in self.kinds]

    def options_from(self, index: int, station: Station) -> Options:
        """Return the stations that suit the request, nearest to a station first."""
        origin, current = self.kinds[self.kind[index]]
        return self.reach.options_from(origin, station, current)


@compiled
def charge_minutes(
    curves: Floats,
    batteries: Floats,
    limits_kw: Floats,
    minutes: Floats,
) -> None:
    """Write the minutes of charges that nobody disturbs; the limit of the power is by model."""
    for row in range(len(minutes)):
        minutes[row] = one_charge_min(curves, batteries, row, limits_kw[int(batteries[row, Battery.MODEL])])


@inner
def one_charge_min(curves: Floats, batteries: Floats, row: int, limit_kw: float) -> float:
    """Return the minutes of a charge that nobody disturbs, at a gun that gives a vehicle of this model ``limit_kw``."""
    curve, accept_kw = int(batteries[row, Battery.CURVE]), batteries[row, Battery.ACCEPT_KW]
    kwh = batteries[row, Battery.CAPACITY_KWH]
    start_soc, target_soc = batteries[row, Battery.START_SOC], batteries[row, Battery.TARGET_SOC]
    most_kw = min(limit_kw, batteries[row, Battery.MOST_KW])
    if curve == CONSTANT:
        return float(60.0 * kwh * (target_soc - start_soc) / min(accept_kw, most_kw))
    per_unit = minutes_between(curves, curve, most_kw / accept_kw, start_soc, target_soc)
    return float(kwh / accept_kw * per_unit)


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
    ordered = in_order(requests)
    reach = Reach.from_table(stations, travel)
    origins = _values(ordered["origin"])
    _check_origins(ordered, origins, reach)
    known = _vehicles(vehicles)
    if vehicles is not None:
        _check_classes(ordered, known)
    models = [_PLAIN, *known.values()]
    # classes with the same curve share it: the kernel reads curves from few lines of memory
    shapes = list(dict.fromkeys(vehicle.curve for vehicle in models if vehicle.curve is not None))
    batteries = _batteries(ordered, models, shapes, pl.Series(list(known), dtype=pl.String))
    _check_ends(ordered, batteries, shapes)
    kinds, kind = _kinds(ordered, origins)
    wishes = {wanted for _, wanted in kinds}
    for station in stations:
        for wanted in wishes:
            station.learn(wanted)
    priority, leave_by = ordered["priority"], ordered["leave_by_min"]
    return Demand(
        table=pl.DataFrame([ordered[name] for name in SHOWN]),
        request_id=ordered["request_id"].to_numpy(),
        arrive_min=_read(ordered["arrive_min"], math.nan),
        patience_min=_read(ordered["patience_min"], math.inf),
        max_queue=_read(ordered["max_queue"], math.inf),
        overstay_min=_own(ordered["overstay_min"], 0.0),
        overstay_dc_min=_overstay_dc_min(ordered),
        leave_by_min=None if _is_empty(leave_by) else _own(leave_by, math.inf),
        chains=Chains.from_table(ordered),
        priority=None if priority.null_count() == ordered.height else priority.fill_null(0).to_list(),
        kinds=kinds,
        kind=kind,
        models=models,
        curves=curve_array(shapes),
        batteries=batteries,
        reach=reach,
    )


def _batteries(requests: pl.DataFrame, models: Sequence[Vehicle], shapes: Sequence[Curve], names: pl.Series) -> Floats:
    """Return the rows of ``Demand.batteries``; ``names`` are the classes of the models from number 1 on."""
    result = block(requests.height, Battery.LEAVE_MIN if _is_empty(requests["leave_by_min"]) else len(Battery))
    curve_of = np.array([CONSTANT if item.curve is None else shapes.index(item.curve) + 1 for item in models])
    dc_kw = np.array([item.dc_kw for item in models])
    for first, some in _in_parts(requests):
        columns = [
            places(some["vehicle_class"], names) + 1,
            curve_of,
            dc_kw,
            _is_known(some["battery_kwh"]) & _is_known(some["soc_start"]),
            (some["current"] == "ac").to_numpy(),
            *(_floats(some[name], math.nan) for name in ("energy_kwh", "accept_kw", "battery_kwh", "soc_start")),
            _floats(some["overstay_min"], 0.0),
            _floats(some["leave_by_min"], math.inf),
        ]
        # memory of polars is read-only, and numba compiles anew for each mixture of such columns and others
        fill_batteries(result[first : first + some.height], *map(read_only, columns))
    return result


def _is_known(column: pl.Series) -> NDArray[np.bool_]:
    """Return where a column holds something; most hold something everywhere, or nowhere."""
    if _is_empty(column) or not column.null_count():
        return np.full(len(column), not column.null_count())
    return column.is_not_null().to_numpy()


def _in_parts(requests: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield some of the requests at a time, with the number of the first: what leads to columns takes little memory."""
    for first in range(0, requests.height, _AT_ONCE):
        yield first, requests.slice(first, _AT_ONCE)


def _overstay_dc_min(requests: pl.DataFrame) -> memoryview[float] | None:
    """Return how long drivers overstay at a DC gun; None where nobody says that it is not as long as elsewhere."""
    if _is_empty(requests["overstay_dc_min"]):
        return None
    columns = requests.select("overstay_dc_min", "overstay_min")
    parts = (some["overstay_dc_min"].fill_null(some["overstay_min"].fill_null(0.0)) for _, some in _in_parts(columns))
    return numbers_in_parts(requests.height, (part.to_numpy() for part in parts))


def _read(column: pl.Series, missing: float) -> memoryview[float]:
    """Return a column that nobody writes to, with a number for null: where there is no null, the table's own memory."""
    if column.dtype == pl.Float64 and not column.null_count():
        return shown(column.to_numpy())
    return _own(column, missing)


def _own(column: pl.Series, missing: float) -> memoryview[float]:
    """Return a copy of a column, with a number for null."""
    if _is_empty(column):
        return numbers_alike(len(column), missing)
    parts = (_filled(some[column.name].cast(pl.Float64), missing) for _, some in _in_parts(column.to_frame()))
    return numbers_in_parts(len(column), parts)


def _floats(column: pl.Series, missing: float) -> Floats:
    """Return a column as numbers; of one that holds nothing, one number that stands for all."""
    return np.array([missing]) if _is_empty(column) else _filled(column, missing)


def _filled(column: pl.Series, missing: float) -> Floats:
    """Return a column as numbers with another for null; of one without nulls on the same memory."""
    return (column.fill_null(missing) if column.null_count() else column).to_numpy()


@compiled
def fill_batteries(
    result: Floats,
    model: NDArray[np.int32],
    curve_of: Ints,
    dc_kw: Floats,
    known: NDArray[np.bool_],
    slow: NDArray[np.bool_],
    energy_kwh: Floats,
    accept_kw: Floats,
    battery_kwh: Floats,
    soc_start: Floats,
    overstay_min: Floats,
    leave_by_min: Floats,
) -> None:
    """Write the rows of batteries, one pass over the requests.

    ``curve_of`` and ``dc_kw`` are by model; ``known`` says whose battery and SOC are known, ``slow`` who wants AC. Of
    the last four columns one that holds nothing is one number.
    """
    at_kwh, at_soc, at_overstay, at_leave = (
        min(1, len(battery_kwh) - 1),
        min(1, len(soc_start) - 1),
        min(1, len(overstay_min) - 1),
        min(1, len(leave_by_min) - 1),
    )
    for row in range(len(result)):
        number = model[row]
        most_dc_kw, energy = dc_kw[number], energy_kwh[row]
        # the curve is in shares of DC power: where that is not known, it says nothing of what AC gives
        shaped = known[row] and not (slow[row] and math.isnan(most_dc_kw)) and curve_of[number] != CONSTANT
        # a request for AC says what the on-board charger gives, and the curve still means the DC power
        bounded = shaped and slow[row]
        result[row, Battery.MODEL] = number
        result[row, Battery.ACCEPT_KW] = most_dc_kw if bounded else accept_kw[row]
        result[row, Battery.MOST_KW] = accept_kw[row] if bounded else math.inf
        result[row, Battery.OVERSTAY_MIN] = overstay_min[row * at_overstay]
        if result.shape[1] > Battery.LEAVE_MIN:
            result[row, Battery.LEAVE_MIN] = leave_by_min[row * at_leave]
        if shaped:
            kwh, soc = battery_kwh[row * at_kwh], soc_start[row * at_soc]
            result[row, Battery.CURVE] = curve_of[number]
            result[row, Battery.CAPACITY_KWH], result[row, Battery.START_SOC] = kwh, soc
            # a request that fills the battery may miss SOC 1 by rounding, and must not pass it
            result[row, Battery.TARGET_SOC] = min(1.0, soc + energy / kwh)
        else:
            # without battery, SOC or curve the battery is as large as the request: the SOC goes from 0 to 1; who asks
            # for nothing and holds the gun starts where it ends, in a battery of any size
            result[row, Battery.CURVE], result[row, Battery.START_SOC] = CONSTANT, 0.0
            result[row, Battery.CAPACITY_KWH] = energy if energy > 0.0 else 1.0
            result[row, Battery.TARGET_SOC] = 1.0 if energy > 0.0 else 0.0


def _is_empty(column: pl.Series) -> bool:
    """Return whether a column holds nothing."""
    return column.null_count() == len(column)


def _kinds(requests: pl.DataFrame, origins: list[str | None]) -> tuple[list[tuple[str | None, str]], memoryview[int]]:
    """Return the origins and currents that occur together, and the number of each request's.

    ``origins`` are those that occur, in the order of the first rows. Where requests name a type of plug, the current
    stands with it: ``dc CCS2``; so does the current that those who take any take first: ``any/ac``.
    """
    if not requests.height:
        return [], counts_of(np.zeros(0, dtype=np.int32))
    found: list[tuple[Any, ...]] = [()]
    number = np.zeros(requests.height, dtype=np.int64)
    # column by column with whole numbers: what occurs together in a million rows, without a text for each of them
    for name in ("origin", "current", "first_current", "plug"):
        values = origins if name == "origin" else _values(requests[name])
        if len(values) == 1:
            found = [(*before, values[0]) for before in found]
            continue
        names = [value for value in values if value is not None]
        number *= len(names) + 1
        number += places(requests[name], pl.Series(names, dtype=pl.String)) + 1
        occurring = np.flatnonzero(np.bincount(number))
        place = np.zeros(occurring[-1] + 1, dtype=np.int64)
        place[occurring] = np.arange(len(occurring))
        number = place[number]
        pairs = [divmod(one, len(names) + 1) for one in occurring.tolist()]
        found = [(*found[before], names[here - 1] if here else None) for before, here in pairs]
    return [(origin, _wanted(current, first, plug)) for origin, current, first, plug in found], counts_of(number)


def _values(column: pl.Series) -> list[str | None]:
    """Return what occurs in a column, in the order of the first rows."""
    if _is_empty(column):
        return [None]
    # to compare with the first takes an eighth of the time, and many a column holds the same everywhere
    if not column.null_count() and (column == column[0]).all():
        return [column[0]]
    return column.unique(maintain_order=True).to_list()


def _wanted(current: str, first: str | None, plug: str | None) -> str:
    """Return what a request wants: a current, the one that it takes first, and a type of plug."""
    return current + ("" if first is None else FIRST + first) + ("" if plug is None else f" {plug}")


def _check_ends(requests: pl.DataFrame, batteries: Floats, shapes: Sequence[Curve]) -> None:
    """Validate that charges end: none goes to where its curve accepts no power."""
    dead = [number for number, shape in enumerate(shapes, start=1) if shape.power_share[-1] <= 0.0]
    if not dead:
        return
    full = (batteries[:, Battery.TARGET_SOC] >= 1.0) & (batteries[:, Battery.START_SOC] < 1.0)
    stuck = np.flatnonzero(full & np.isin(batteries[:, Battery.CURVE], dead))
    if len(stuck):
        raise DataError(
            f"requests: column energy_kwh, request_id {requests['request_id'][int(stuck[0])]}: the charge to SOC 1 "
            "never ends, because the vehicle's curve accepts no power there. Ask for less energy."
        )


def _check_origins(requests: pl.DataFrame, origins: Sequence[str | None], reach: Reach) -> None:
    """Validate that the travel table knows the origins."""
    if reach.roads is None:
        return
    for origin in origins:
        if origin is not None and origin not in reach.roads.spans:
            row = requests.filter(requests["origin"] == origin)["request_id"][0]
            raise DataError(
                f"requests: column origin, request_id {row}: got {origin!r}, from which the travel table knows no "
                f"road to a station.{nearest(origin, reach.roads.spans)}"
            )


def _check_classes(requests: pl.DataFrame, known: dict[str, Vehicle]) -> None:
    """Validate that the vehicle table has the vehicle classes."""
    for name in _values(requests["vehicle_class"]):
        if name is not None and name not in known:
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
        dc_kw = math.nan if row["dc_kw"] is None else row["dc_kw"]
        result[row["vehicle_class"]] = Vehicle(
            row["pack_voltage_v"], ac_kw, dc_kw, curve, row["efficiency_dc"], row["efficiency_ac"]
        )
    return result
