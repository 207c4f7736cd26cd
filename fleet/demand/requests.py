"""Charging requests from a vehicle-day model: each battery vehicle drives, discharges, charges at base or in public."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

import charging
from data.arrays import HOURS
from data.errors import DataError
from fleet.demand.calendar import days_of
from fleet.demand.parameters import DemandParameters, DemandTables
from fleet.demand.plugs.current import PlugRules
from fleet.demand.plugs.heavy import OUTSIDE, PUBLIC, SWAP, HeavyCharging
from fleet.demand.plugs.prices import DayPrices
from fleet.demand.population import build_fleet, gravity
from fleet.demand.public_charges import COLUMNS, REQUEST, class_requests
from fleet.demand.through_traffic import through_flows, through_requests
from fleet.demand.vehicle_day import DriverDraws, drive_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import networkx as nx

    from data.arrays import Floats
    from data.county import County
    from fleet.demand.calendar import Day
    from fleet.demand.population import Fleet
    from fleet.demand.through_traffic import ThroughFlow
    from fleet.demand.vehicle_day import Stop

WARM_UP_DAYS: Final = 14
"""Days that are driven and forgotten: in two weeks nearly every driver has charged, so none remembers the start."""
_DRIVEN = ("driven", "home", "depot", "work", "public")
_ENERGY = (*_DRIVEN, "swap", "outside")

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
        One row per class: ``vehicle_class, vehicles, driven_kwh, home_kwh, depot_kwh, work_kwh, public_kwh, swap_kwh,
        outside_kwh, battery_change_kwh`` (battery side); driven = home + depot + public + swap + outside - change in
        battery. What is charged at workplaces is in ``depot_kwh``, and ``work_kwh`` says how much of it;
        ``outside_kwh`` is what heavy trucks charge beyond the county.
    vehicle
        By request: number of the vehicle, of classes that come back; null for others.
    vehicles
        Charge curves and powers of the classes, as for :func:`charging.simulate`; None: constant power.
    swaps
        What heavy trucks swap in the county, as requests: their numbers follow those of the others.
    """

    requests: pl.DataFrame
    ledger: pl.DataFrame
    vehicle: pl.Series
    vehicles: pl.DataFrame | None = None
    swaps: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COLUMNS))

    def chained(self) -> pl.DataFrame:
        """Return the requests in which a vehicle that comes back asks again only after its last charge of the day.

        The same requests and energy; only the times of those that follow another count from its end.
        """
        return charging.chain_requests(self.requests, self.vehicle, self.vehicles)


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
    rules : PlugRules
        What decides between AC and DC and moves charges in the day.
    heavy : HeavyCharging
        Where heavy trucks charge; by default as all others.
    prices_cny_kwh : mapping
        Public price of a meter kWh in each hour of the day, by month; by default the same at all times.
    """

    tables: DemandTables
    parameters: DemandParameters
    pull: Floats
    through: tuple[ThroughFlow, ...] = ()
    vehicles: pl.DataFrame | None = None
    rules: PlugRules = field(default_factory=PlugRules)
    heavy: HeavyCharging = field(default_factory=HeavyCharging)
    prices_cny_kwh: Mapping[int, tuple[float, ...]] = field(
        default_factory=lambda: dict.fromkeys(range(1, 13), (1.0,) * HOURS)
    )

    @classmethod
    def from_county(cls, county: County, *, year: int, graph: nx.MultiDiGraph | None = None) -> DemandInputs:
        """Return what a county's tables and figures say of a year; ``graph`` are its roads, where they are at hand."""
        return cls(
            DemandTables.from_county(county),
            DemandParameters.from_county(county),
            gravity(county, year=year, graph=graph),
            through_flows(county, year=year),
            charging.vehicles_table(county),
            PlugRules.from_county(county),
            HeavyCharging.from_county(county, year=year),
            charging.prices_by_month(county),
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
        expressway are ``through/segment`` with origin ``s8-east@area``: road, direction, and where they mean to stop.
        Heavy trucks have origins of their own, ``decheng@trucks``. Household cars that would take AC say ``any``, with
        ``first_current`` and ``overstay_dc_min``. Plug-in hybrids do not charge in public. With ``chained`` also
        ``follows``.

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
) -> VehicleDays:
    """Return requests and ledger; see :func:`requests`."""
    if days < 1:
        raise DataError(f"requests: days {days}; expected at least 1.")
    if year not in stock["year"]:
        raise DataError(f"requests: the stock table has no year {year}.")
    # the warm-up lies before the start, in its real season and with its real holidays
    calendar = days_of(county, start - timedelta(days=WARM_UP_DAYS), WARM_UP_DAYS + days)
    if graph is None:
        # the same in all replications
        inputs = county.once(("demand_inputs", year), lambda: DemandInputs.from_county(county, year=year))
    else:
        inputs = DemandInputs.from_county(county, year=year, graph=graph)
    return drive_days(inputs, stock, year=year, calendar=calendar, seed=seed)


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
    parts, swaps, ledger = [], [pl.DataFrame(schema=REQUEST)], [pl.DataFrame(schema=LEDGER)]
    vehicles = 0
    for name in inputs.tables.vehicle_classes["vehicle_class"]:
        fleet = build_fleet(inputs.tables, inputs.parameters, stock, name, year=year, seed=seed, pull=inputs.pull)
        if fleet is not None:
            charges, row = drive_class(inputs, fleet, calendar, seed)
            number = (pl.col("vehicle") + vehicles) if fleet.comes_back else pl.lit(None)
            named = charges.select(*REQUEST, number.cast(pl.Int32).alias("vehicle"))
            parts.append(named.filter(charges["place"] == PUBLIC))
            swaps.append(charges.filter(pl.col("place") == SWAP).select(*REQUEST))
            ledger.append(row)
            vehicles += fleet.size
    # through traffic remembers nothing, so it needs no warm-up
    days = calendar[WARM_UP_DAYS:]
    passing = through_requests(inputs.through, inputs.tables, inputs.parameters, calendar=days, year=year, seed=seed)
    parts.append(passing.with_columns(vehicle=pl.lit(None, dtype=pl.Int32)))
    table = pl.concat(parts)
    parts.clear()  # a year's parts take as much memory as the table
    # by several columns: requests of one minute must have one order in every process
    table = table.sort("arrive_min", "origin", "vehicle_class", "energy_kwh").with_row_index("request_id")
    vehicle = table["vehicle"]
    table = table.drop("vehicle").cast(pl.Schema(COLUMNS))
    swapped = pl.concat(swaps).sort("arrive_min", "origin", "vehicle_class", "energy_kwh")
    numbered = swapped.with_row_index("request_id", offset=table.height).cast(pl.Schema(COLUMNS))
    return VehicleDays(table, pl.concat(ledger), vehicle, inputs.vehicles, numbered)


def drive_class(
    inputs: DemandInputs, fleet: Fleet, calendar: Sequence[Day], seed: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drive a class day by day; return its public charges and its row of the ledger."""
    draws = DriverDraws(fleet, seed)
    state = draws.first_day()
    for number, day in enumerate(calendar[:WARM_UP_DAYS]):
        state = drive_day(fleet, day, state, draws, number=number)
    began = state
    totals = dict.fromkeys(_ENERGY, 0.0)
    stops: list[tuple[int, Stop]] = []
    for number, day in enumerate(calendar[WARM_UP_DAYS:]):
        state = drive_day(fleet, day, state, draws, number=WARM_UP_DAYS + number)
        totals |= {name: totals[name] + getattr(state, name) for name in _DRIVEN}
        stops += [(number, stop) for stop in state.stops]
    prices = DayPrices.of_calendar(inputs.prices_cny_kwh, calendar[WARM_UP_DAYS:])
    charges = class_requests(
        fleet,
        stops,
        began.charges,
        profiles=inputs.tables.profiles,
        parameters=inputs.parameters,
        rules=inputs.rules,
        heavy=inputs.heavy,
        prices=prices,
        seed=seed,
    )
    for place, name in ((SWAP, "swap"), (OUTSIDE, "outside")):
        totals[name] = float(charges.filter(pl.col("place") == place)["energy_kwh"].sum())
        totals["public"] -= totals[name]
    # at the battery on both sides, so that the ledger closes to rounding
    change = float(((state.soc - began.soc) * fleet.battery_kwh).sum())
    row = {"vehicle_class": fleet.name, "vehicles": fleet.size, "battery_change_kwh": change}
    ledger = pl.DataFrame([row | {f"{name}_kwh": total for name, total in totals.items()}], schema=LEDGER)
    return charges, ledger
