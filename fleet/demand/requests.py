"""Charging requests from a vehicle-day model: each battery vehicle drives, discharges, charges at base or in public."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

import charging
from charging.inputs.behaviour import Chargers
from data.arrays import HOURS
from data.errors import DataError
from data.memory.remembering import remembered
from data.tables.roles import TWO_WHEELER
from fleet.demand.calendar import days_of
from fleet.demand.class_inputs import BEV, PHEV, class_inputs
from fleet.demand.habits import NIGHTLY, habit_day, hybrid_habit
from fleet.demand.holidays.visitors import VisitorInputs
from fleet.demand.holidays.visits import VISITOR_CHARGING, visiting_fleets, visitor_charging
from fleet.demand.operated.scheduled_day import scheduled_day, with_operators
from fleet.demand.parameters import DemandParameters, DemandTables
from fleet.demand.plugs.current import PlugRules
from fleet.demand.plugs.heavy import OUTSIDE, PUBLIC, SWAP, HeavyCharging
from fleet.demand.plugs.prices import DayPrices
from fleet.demand.population import draw_fleet
from fleet.demand.public_charges import COLUMNS, REQUEST, charges_table, class_requests
from fleet.demand.through_traffic import through_flows, through_requests
from fleet.demand.town_pull import pull_matrix, town_pull
from fleet.demand.vehicle_day import PLACES, DriverDraws, drive_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    import networkx as nx

    from data.arrays import Floats, Ints
    from data.county import County
    from fleet.demand.calendar import Day
    from fleet.demand.habits import Habit
    from fleet.demand.holidays.visits import Visits
    from fleet.demand.operated.schedules import Operated
    from fleet.demand.population import Fleet
    from fleet.demand.public_charges import ClassCharges
    from fleet.demand.through_traffic import ThroughFlow
    from fleet.demand.vehicle_day import DriveDay, Fill, Stop

    Drive = Callable[..., DriveDay]

WARM_UP_DAYS: Final = 14
"""Days that are driven and forgotten: in two weeks nearly every driver has charged, so none remembers the start."""
_ENERGY = ("driven", *PLACES, "public", "swap", "outside")

# by several columns: requests of one minute must have one order in every process
_ORDER = ("arrive_min", "origin", "vehicle_class", "energy_kwh")

LEDGER = {
    "vehicle_class": pl.String,
    "power": pl.String,
    "vehicles": pl.Int64,
    **dict.fromkeys([f"{name}_kwh" for name in (*_ENERGY, "battery_change")], pl.Float64),
}
"""Schema of the ledger of energy."""


@dataclass(frozen=True, slots=True)
class ClassFills:
    """Charges of a class and power at chargers of its own.

    Attributes
    ----------
    fleet : Fleet
        The vehicles.
    fills : list of (int, Fill)
        Number of the day and what is charged on it; day -1 is the last of the warm-up, whose night is that before
        the first day.
    """

    fleet: Fleet
    fills: list[tuple[int, Fill]]


@dataclass(frozen=True, slots=True)
class VehicleDays:
    """Requests and the ledger of energy.

    Attributes
    ----------
    requests
        Public charging requests (columns of the request table).
    ledger
        One row per class and power: ``vehicle_class, power, vehicles, driven_kwh, home_kwh, depot_kwh, work_kwh,
        public_kwh, swap_kwh, outside_kwh, battery_change_kwh`` (battery side); driven = home + depot + work + public +
        swap + outside - change in battery. ``outside_kwh`` is what heavy trucks charge beyond the county.
    vehicle
        By request: number of the vehicle, of classes that come back; null for others.
    vehicles
        Charge curves and powers of the classes, as for :func:`charging.simulate`; None: constant power.
    fills
        Charges at chargers of their own, one item per class and power; empty where they were not asked for.
    visitors
        Cars that come home for a holiday and what they charge, by holiday and town; see
        :func:`fleet.demand.holidays.visits.visitor_charging`.
    swaps
        What heavy trucks swap in the county, as requests: their numbers follow those of the others.
    """

    requests: pl.DataFrame
    ledger: pl.DataFrame
    vehicle: pl.Series
    vehicles: pl.DataFrame | None = None
    fills: tuple[ClassFills, ...] = ()
    visitors: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=VISITOR_CHARGING))
    swaps: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COLUMNS))

    def chained(self) -> pl.DataFrame:
        """Return the requests in which a vehicle that comes back asks again only after its last charge of the day.

        The same requests and energy; only the times of those that follow another count from its end.
        """
        return charging.chain_requests(self.requests, self.vehicle, self.vehicles, made=True)


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
    vehicles : polars.DataFrame or None
        Charge curves and powers of the classes, as for :func:`charging.simulate`.
    visitors : VisitorInputs or None
        Who comes home for holidays; None for nobody.
    rules : PlugRules
        What decides between AC and DC and moves charges in the day.
    heavy : HeavyCharging
        Where heavy trucks charge; by default as all others.
    prices_cny_kwh : mapping
        Public price of a meter kWh in each hour of the day, by month; by default the same at all times.
    operated : tuple of Operated
        Electric vehicles of operators; empty where nobody's are told from the others of their class.
    depot_efficiency : float
        Battery kWh per kWh at the meter of a depot.
    """

    tables: DemandTables
    parameters: DemandParameters
    pull: Floats
    through: tuple[ThroughFlow, ...] = ()
    vehicles: pl.DataFrame | None = None
    visitors: VisitorInputs | None = None
    rules: PlugRules = field(default_factory=PlugRules)
    heavy: HeavyCharging = field(default_factory=HeavyCharging)
    prices_cny_kwh: Mapping[int, tuple[float, ...]] = field(
        default_factory=lambda: dict.fromkeys(range(1, 13), (1.0,) * HOURS)
    )
    operated: tuple[Operated, ...] = ()
    depot_efficiency: float = 1.0

    @classmethod
    def from_county(
        cls, county: County, *, year: int, graph: nx.MultiDiGraph | None = None, pull: pl.DataFrame | None = None
    ) -> DemandInputs:
        """Return what a county's tables and figures say of a year.

        ``graph`` are its roads and ``pull`` the table of `~fleet.demand.town_pull.pull_table`, where they are known.
        """
        return cls(
            DemandTables.from_county(county),
            DemandParameters.from_county(county),
            town_pull(county, year=year, graph=graph) if pull is None else pull_matrix(pull),
            remembered(county, ("through_flows", year), lambda known: through_flows(known, year=year)),
            # points of a design edit figures on which most of this does not rest
            remembered(county, "vehicles_table", charging.vehicles_table),
            remembered(county, ("visitors", year), lambda known: VisitorInputs.from_county(known, year=year)),
            PlugRules.from_county(county),
            HeavyCharging.from_county(county, year=year),
            remembered(county, "prices_by_month", charging.prices_by_month),
            depot_efficiency=Chargers.from_county(county).efficiency_dc,
        )


def requests(
    county: County,
    stock: pl.DataFrame,
    *,
    year: int,
    start: date,
    days: int,
    seed: int,
    graph: nx.MultiDiGraph | None = None,
    chained: bool = False,
) -> pl.DataFrame:
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
    graph
        Roads of the year, from :func:`data.roads.graph.build_graph`, where they are at hand.
    chained
        Whether the requests of a vehicle that comes back follow each other (see :meth:`VehicleDays.chained`), as a
        simulation of stations needs it; otherwise all times are as drawn.

    Returns
    -------
    polars.DataFrame
        ``request_id, arrive_min, origin, current, energy_kwh, accept_kw, vehicle_class, battery_kwh, soc_start,
        patience_min, max_queue, overstay_min``, in order of time. ``vehicle_class`` is ``class/segment``; cars on the
        expressway are ``through/segment`` with origin ``s8-east@area``: road, direction, and where they mean to stop;
        cars that come home for a holiday are ``visitor/segment``. Heavy trucks have origins of their own,
        ``decheng@trucks``. Household cars that would take AC say ``any``, with ``first_current`` and
        ``overstay_dc_min``. Plug-in hybrids charge in public by habit, at AC. With ``chained`` also ``follows``.

    Raises
    ------
    DataError
        A year without stock, or tables that lack a class.
    """
    made = vehicle_days(county, stock, year=year, start=start, days=days, seed=seed, graph=graph)
    return made.chained() if chained else made.requests


def vehicle_days(
    county: County,
    stock: pl.DataFrame,
    *,
    year: int,
    start: date,
    days: int,
    seed: int,
    graph: nx.MultiDiGraph | None = None,
    fills: bool = False,
    visitors: bool = True,
    operated: Sequence[Operated] = (),
    pull: pl.DataFrame | None = None,
) -> VehicleDays:
    """Return requests and ledger, and with `fills` the charges at chargers of one's own; see :func:`requests`.

    Without `visitors` nobody comes home for holidays, whatever the county's tables say. Vehicles of `operated` stand in
    the depots of their operators and drive their duties, where they have some. `pull` is the table of
    :func:`~fleet.demand.town_pull.pull_table` where it is at hand: it is found on the county's roads otherwise.
    """
    if days < 1:
        raise DataError(f"requests: days {days}; expected at least 1.")
    if year not in stock["year"]:
        raise DataError(f"requests: the stock table has no year {year}.")
    # the warm-up lies before the start, in its real season and with its real holidays
    first, number = start - timedelta(days=WARM_UP_DAYS), WARM_UP_DAYS + days
    calendar = county.once(("days", first, number), lambda: days_of(county, first, number))
    if graph is None:
        # the same in all replications
        inputs = county.once(("demand_inputs", year), lambda: DemandInputs.from_county(county, year=year, pull=pull))
    else:
        inputs = DemandInputs.from_county(county, year=year, graph=graph)
    inputs = replace(inputs, operated=tuple(operated), visitors=inputs.visitors if visitors else None)
    return drive_days(inputs, stock, year=year, calendar=calendar, seed=seed, fills=fills)


def drive_days(
    inputs: DemandInputs,
    stock: pl.DataFrame,
    *,
    year: int,
    calendar: Sequence[Day],
    seed: int,
    fills: bool = False,
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
    fills
        Whether to keep the charges at chargers of one's own, too, and to drive those who charge nowhere else.
    """
    parts: list[ClassCharges] = []
    numbers: list[Ints | None] = []
    ledger = []
    prices = _prices(inputs, calendar[WARM_UP_DAYS:])
    kept, visits = [], [pl.DataFrame(schema=VISITOR_CHARGING)]
    vehicles = 0
    for fleet, way, visit in _all_fleets(inputs, stock, calendar, year=year, seed=seed, in_public=not fills):
        own_seed, keep = (seed, fills) if visit is None else (visit.seed, True)
        charges, row, filled = drive_class(
            inputs, fleet, calendar, own_seed, prices=prices, drive=way.drive, looks=way.looks, keep=keep
        )
        parts.append(charges)
        numbers.append(vehicles + charges.columns["vehicle"] if fleet.comes_back else None)
        ledger.append(row)
        vehicles += fleet.size
        if visit is not None:
            visits.append(visitor_charging(fleet, visit, charges_table([charges]), filled))
        if fills:
            kept.append(ClassFills(fleet, filled))
    # through traffic remembers nothing, so it needs no warm-up
    days = calendar[WARM_UP_DAYS:]
    passing = through_requests(inputs.through, inputs.tables, inputs.parameters, calendar=days, year=year, seed=seed)
    charged = _named(parts, numbers)
    # a year's parts take as much memory as the table
    parts.clear()
    # only heavy trucks charge elsewhere
    swaps = charged.filter(place=SWAP).select(*REQUEST).sort(_ORDER)
    charged = charged.filter(place=PUBLIC).select(*REQUEST, "vehicle")
    passing = passing.with_columns(vehicle=pl.lit(None, dtype=pl.Int32))
    table = pl.concat([charged, passing]).sort(_ORDER)
    return VehicleDays(
        _numbered(table, first=0),
        pl.DataFrame(ledger, schema=LEDGER),
        table["vehicle"],
        inputs.vehicles,
        fills=tuple(kept),
        visitors=pl.concat(visits),
        swaps=_numbered(swaps, first=table.height),
    )


def _named(parts: Sequence[ClassCharges], numbers: Sequence[Ints | None]) -> pl.DataFrame:
    """Return the charges of all classes as a table, with the numbers of their vehicles; null where these are None."""
    pairs = zip(parts, numbers, strict=True)
    given = [np.full(len(part.columns["vehicle"]), -1) if own is None else own for part, own in pairs]
    number = np.concatenate([np.zeros(0, dtype=np.int64), *given])
    vehicle = pl.Series("vehicle", number, dtype=pl.Int32)
    return charges_table(parts).with_columns(vehicle.set(pl.Series(number < 0), None))


def _numbered(table: pl.DataFrame, *, first: int) -> pl.DataFrame:
    """Return requests in order with their numbers from `first` on, without other columns."""
    number = pl.Series("request_id", np.arange(first, first + table.height))
    return pl.DataFrame([number, *(table[name] for name in REQUEST)], schema=COLUMNS)


def _prices(inputs: DemandInputs, days: Sequence[Day]) -> DayPrices:
    """Return the public prices of some days; the same in all replications."""
    by_month = inputs.prices_cny_kwh
    months = tuple(day.date.month for day in days)
    return inputs.tables.once(("prices", months), lambda: DayPrices.of_calendar(by_month, days), of=by_month)


class _Way(NamedTuple):
    """How a class drives a day, and whether its drivers look for a charger below a threshold."""

    drive: Drive
    looks: bool = True


def _all_fleets(
    inputs: DemandInputs, stock: pl.DataFrame, calendar: Sequence[Day], *, year: int, seed: int, in_public: bool
) -> Iterator[tuple[Fleet, _Way, Visits | None]]:
    """Yield the vehicles of a year, and those that visit after the warm-up: how they drive, and their visits."""
    for fleet, habit in _fleets(inputs, stock, year=year, seed=seed, in_public=in_public):
        own = [one for one in inputs.operated if one.vehicle_class == fleet.name]
        if own and habit is None:
            known, items = with_operators(fleet, own, efficiency=inputs.depot_efficiency)
            yield known, _Way(partial(scheduled_day, items=items)), None
        else:
            by_habit = None if habit is None else _Way(partial(habit_day, habit=habit), looks=False)
            yield fleet, by_habit or _Way(drive_day), None
    coming = visiting_fleets(
        inputs.visitors,
        inputs.tables,
        inputs.parameters,
        calendar=calendar[WARM_UP_DAYS:],
        year=year,
        seed=seed,
        pull=inputs.pull,
    )
    for fleet, visits in coming:
        yield fleet, _Way(visits.drive), visits


def _fleets(
    inputs: DemandInputs, stock: pl.DataFrame, *, year: int, seed: int, in_public: bool
) -> Iterator[tuple[Fleet, Habit | None]]:
    """Yield the vehicles of a year by class and power, with their habit where they need no charge.

    With `in_public` only those who charge in public at times: no two-wheelers, which charge at sockets at home.
    """
    tables, parameters = inputs.tables, inputs.parameters
    for name, kind in zip(tables.vehicle_classes["vehicle_class"], tables.vehicle_classes["kind"], strict=True):
        for power in (BEV, PHEV):
            if in_public and kind == TWO_WHEELER:
                continue
            known = class_inputs(tables, stock, name, year=year, power=power)
            if known is None:
                continue
            fleet = draw_fleet(known, parameters, seed=seed, pull=inputs.pull)
            habit = NIGHTLY if kind == TWO_WHEELER else None
            if power == PHEV:
                habit = hybrid_habit(fleet, known.utility_factor, parameters.hybrid_public_probability)
            yield fleet, habit


def drive_class(
    inputs: DemandInputs,
    fleet: Fleet,
    calendar: Sequence[Day],
    seed: int,
    *,
    prices: DayPrices,
    drive: Drive = drive_day,
    looks: bool = True,
    keep: bool = False,
) -> tuple[ClassCharges, dict[str, str | float], list[tuple[int, Fill]]]:
    """Drive a class day by day; return its public charges, its row of the ledger, and its own charges if kept.

    `looks` is that of `fleet.demand.vehicle_day.DriverDraws`.
    """
    draws = DriverDraws(fleet, seed, looks=looks)
    state = draws.first_day()
    for number, day in enumerate(calendar[:WARM_UP_DAYS]):
        state = drive(fleet, day, state, draws, number=number)
    began = state
    totals = dict.fromkeys(_ENERGY, 0.0)
    stops: list[tuple[int, Stop]] = []
    fills = [(-1, fill) for fill in began.fills] if keep else []
    for number, day in enumerate(calendar[WARM_UP_DAYS:]):
        state = drive(fleet, day, state, draws, number=WARM_UP_DAYS + number)
        for name, energy_kwh in state.totals_kwh().items():
            totals[name] += energy_kwh
        stops += [(number, stop) for stop in state.stops]
        if keep:
            fills += [(number, fill) for fill in state.fills]
    charges = class_requests(
        fleet,
        stops,
        began.charges,
        tables=inputs.tables,
        parameters=inputs.parameters,
        rules=inputs.rules,
        heavy=inputs.heavy,
        prices=prices,
        seed=seed,
    )
    for place, name in ((SWAP, "swap"), (OUTSIDE, "outside")):
        there = charges.columns["place"] == place
        if there.any():
            totals[name] = float(pl.Series(charges.columns["energy_kwh"][there]).sum())
            totals["public"] -= totals[name]
    # at the battery on both sides, so that the ledger closes to rounding
    change = float(((state.soc - began.soc) * fleet.battery_kwh).sum())
    row: dict[str, str | float] = {
        "vehicle_class": fleet.vehicle_class,
        "power": fleet.power,
        "vehicles": fleet.size,
        **{f"{name}_kwh": total for name, total in totals.items()},
        "battery_change_kwh": change,
    }
    return charges, row, fills
