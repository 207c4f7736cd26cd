"""The plan of a bus operator: fewest electric buses for its timetable on a design day, chargers and connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import polars as pl

from data.arrays import DAY_MIN
from data.errors import DataError
from data.goals import Finding
from data.tables.distances import great_circle_m
from fleet.operators.buses.activities import activities
from fleet.operators.buses.battery_blocks import BatteryBlocks, BusBattery, Energy
from fleet.operators.buses.blocks import empty_km, minimum_blocks
from fleet.operators.buses.connections import connections
from fleet.operators.buses.drawn_lines import DrawnService, drawn_lines
from fleet.operators.buses.gtfs_feed import read_gtfs
from fleet.operators.buses.range_blocks import range_blocks
from fleet.operators.buses.timetable import Timetable, timetable_of
from fleet.operators.consumption import Consumption
from fleet.operators.depot_charging import STAYS, DepotChargers, depot_load
from fleet.operators.depots import DEPOT, depot_place
from fleet.operators.operator_vehicles import battery_kwh, vehicles_today
from fleet.operators.ways import Ways, ways_between

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from data.arrays import Floats
    from data.county import County
    from fleet.operators.buses.connections import Connections
    from fleet.operators.depot_charging import DepotLoad

FARTHEST_KM: Final = 200.0
"""Farther than this no bus of a county begins its day, wherever it is: the feed is one of another place. A guard
against a wrong file, no figure of a plan."""


@dataclass(frozen=True, slots=True)
class BusService:
    """What a bus operator has to drive, and with what.

    Attributes
    ----------
    operator : dict
        Row of the county's table ``operators``.
    timetable : Timetable
        Trips and stops of the day.
    ways : Ways
        Between its stops and the depot.
    consumption : Consumption
        Of its electric buses.
    passenger_t, passengers : float
        Mass of a passenger, and passengers where a line does not say.
    layover_min, plug_min, least_depot_min : float
        Rests and what a charge costs in time.
    slack_share : float
        Recovery time of a trip over its own time, on top of the layover.
    battery_kwh, health_share, reserve_share : float
        New battery, what is left of it in the year of the plan, and what no plan touches.
    efficiency : float
        Battery kWh per meter kWh.
    today : float
        Buses that it has.
    """

    operator: dict[str, Any]
    timetable: Timetable
    ways: Ways
    consumption: Consumption
    passenger_t: float
    passengers: float
    layover_min: float
    slack_share: float
    plug_min: float
    least_depot_min: float
    battery_kwh: float
    health_share: float
    reserve_share: float
    efficiency: float
    today: float

    @classmethod
    def from_county(
        cls, county: County, operator: dict[str, Any], *, year: int, day: str = "workday", feed: Path | None = None
    ) -> Self:
        """Return the service of an operator: lines of the tables, or drawn where they have none of it.

        Parameters
        ----------
        county
            Its tables and figures ``operators.*``.
        operator
            Row of ``operators`` of kind ``bus``.
        year
            Year of roads and vehicles.
        day
            ``workday`` or ``weekend``.
        feed
            GTFS feed with its trips, instead of the county's lines.

        Raises
        ------
        DataError
            A feed, line or stop that is wrong, or a feed of another place.
        """
        today = vehicles_today(county, operator, year)
        if feed is None:
            timetable = _timetable(county, operator, year=year, day=day, buses=today)
        else:
            timetable = read_gtfs(feed)
            _check_near(timetable, depot_place(county, operator), feed.name)
        vehicle_class = operator["vehicle_class"]
        row = county.vehicle_classes.filter(vehicle_class=vehicle_class).row(0, named=True)
        return cls(
            operator,
            timetable,
            _ways(county, operator, timetable, year),
            Consumption.from_county(county, vehicle_class),
            county.figure("operators.passenger_kg") / 1000.0,
            row["occupancy_p"] or 0.0,
            county.figure("operators.bus_layover_min"),
            county.figure("operators.slack_share"),
            county.figure("operators.plug_min"),
            county.figure("operators.least_depot_stop_min"),
            battery_kwh(county, vehicle_class),
            county.figure("operators.battery_health_share"),
            county.figure("operators.reserve_soc_share"),
            county.figure("charging.efficiency_dc"),
            today,
        )

    def links(self) -> Connections:
        """Return the connections between the trips."""
        rests = {"layover_min": self.layover_min, "slack_share": self.slack_share}
        return connections(self.timetable.trips, self.ways, depot=DEPOT, **rests)

    def battery(self, *, depot_kw: float, battery_kwh: float | None = None) -> BusBattery:
        """Return the battery of a plan, with a charger in the depot of some kW at the meter."""
        usable = (self.battery_kwh if battery_kwh is None else battery_kwh) * self.health_share
        reserve = usable * self.reserve_share
        return BusBattery(usable, reserve, depot_kw * self.efficiency, self.plug_min, self.least_depot_min)

    def energy(
        self, links: Connections, *, temperature_c: float, load_factor: float = 1.0, terminal_kw: float | None = None
    ) -> Energy:
        """Return the energy of trips and ways on a day.

        Parameters
        ----------
        links
            Connections of the trips.
        temperature_c
            Outdoor temperature.
        load_factor
            Passengers over those of a mean day.
        terminal_kw
            Chargers of this power at the ends of all lines; None: those of the table of stops.
        """
        trips = self.timetable.trips
        people = trips["passengers"].fill_null(self.passengers).to_numpy() * load_factor
        kwh = self.consumption.kwh
        empty = {"load_t": 0.0, "temperature_c": temperature_c}
        return Energy(
            kwh(
                links.km,
                links.end_min - links.start_min,
                load_t=people * self.passenger_t,
                temperature_c=temperature_c,
                climb_m=trips["climb_m"].to_numpy(),
                descent_m=trips["descent_m"].to_numpy(),
            ),
            kwh(links.dead_km, links.dead_min, **empty),
            kwh(links.out_km, links.out_min, **empty),
            kwh(links.in_km, links.in_min, **empty),
            self._charger_kw(trips["to_stop"], terminal_kw),
            self._charger_kw(trips["from_stop"], terminal_kw),
        )

    def _charger_kw(self, stops: pl.Series, terminal_kw: float | None) -> Floats:
        """Return the power into the battery at some stops."""
        if terminal_kw is not None:
            return np.full(len(stops), terminal_kw * self.efficiency)
        known = self.timetable.stops.select("stop", kw=pl.col("charger_kw").fill_null(0.0))
        kw = pl.DataFrame({"stop": stops}).join(known, on="stop", how="left", maintain_order="left")["kw"]
        return np.asarray(kw.fill_null(0.0).to_numpy() * self.efficiency)


@dataclass(frozen=True, slots=True)
class BusPlan:
    """A plan of electric buses.

    Attributes
    ----------
    table : polars.DataFrame
        Columns of `fleet.operators.buses.activities.ACTIVITIES`.
    battery : BusBattery
        Battery and chargers.
    temperature_c : float
        Outdoor temperature of the day that it is made for.
    buses, bound, diesel_buses : int
        Electric buses on the road, the number below which there is no plan, and the buses that a tank lasts for.
    proven : bool
        Whether fewer are impossible.
    km, diesel_km : float
        All km of the day, and those of the diesel fleet.
    hours, diesel_hours : float
        Of the drivers, from leaving the depot to coming back.
    depot : DepotLoad
        Charging in the depot.
    terminal_kwh : float
        Energy of a day from chargers at stops, at the meter.
    terminal_chargers : int
        Buses that charge at one stop at the same time, summed over the stops.
    """

    table: pl.DataFrame
    battery: BusBattery
    temperature_c: float
    buses: int
    bound: int
    diesel_buses: int
    proven: bool
    km: float
    diesel_km: float
    hours: float
    diesel_hours: float
    depot: DepotLoad
    terminal_kwh: float
    terminal_chargers: int

    @property
    def kwh(self) -> float:
        """Energy of a day at the meter."""
        return self.depot.kwh + self.terminal_kwh


def plan_buses(
    service: BusService,
    *,
    day: str = "mean",
    depot_kw: float | None = None,
    battery_kwh: float | None = None,
    terminal_kw: float | None = None,
    load_factor: float = 1.0,
    prices: Floats | None = None,
    tries: int = 24,
    progress: Callable[[Finding], None] | None = None,
) -> BusPlan:
    """Return the fewest electric buses for a timetable.

    Parameters
    ----------
    service
        What has to be driven.
    day
        One of `fleet.operators.consumption.DAYS`.
    depot_kw
        Charger in the depot, at the meter; that of the operator where not given.
    battery_kwh
        New battery; that of the class where not given.
    terminal_kw
        Chargers at the ends of all lines; those of the table of stops where not given.
    load_factor
        Passengers over those of a mean day.
    prices
        CNY per meter kWh of each hour of the day.
    tries
        Plans from which the best blocks are chosen.
    progress
        Called with what is done.

    Raises
    ------
    InfeasibleError
        A trip that the battery does not last for.
    """
    charger_kw = service.operator["charger_kw"] if depot_kw is None else depot_kw
    links = service.links()
    battery = service.battery(depot_kw=charger_kw, battery_kwh=battery_kwh)
    temperature = service.consumption.climate.temperature_c(day)
    energy = service.energy(links, temperature_c=temperature, load_factor=load_factor, terminal_kw=terminal_kw)
    rule = BatteryBlocks(links, energy, battery)
    found = range_blocks(rule, tries=tries, progress=progress)
    table = activities(rule, found.blocks, service.timetable.trips, DEPOT)
    if progress is not None:
        progress(Finding("bus_charging", {"buses": len(found.blocks)}))
    chargers = DepotChargers(charger_kw, service.efficiency, service.plug_min, battery.usable_kwh, battery.reserve_kwh)
    depot = depot_load(depot_stays(table), chargers, prices=prices)
    away = terminal_charges(table)
    diesel = minimum_blocks(links)
    passenger_km = float(links.km.sum())
    return BusPlan(
        table,
        battery,
        temperature,
        len(found.blocks),
        found.bound,
        len(diesel),
        found.proven,
        float(table["km"].sum()),
        passenger_km + sum(empty_km(links, block) for block in diesel),
        _hours(links, [[step.trip for step in block] for block in found.blocks]),
        _hours(links, diesel),
        depot,
        sum(float(rows["charged_kwh"].sum()) for _, rows in away) / service.efficiency,
        sum(most_at_once(rows) for _, rows in away),
    )


def _hours(links: Connections, blocks: Sequence[Sequence[int]]) -> float:
    """Return the hours of the drivers of some blocks."""
    leave, back = links.start_min - links.out_min, links.end_min + links.in_min
    return sum(float(back[block[-1]] - leave[block[0]]) for block in blocks) / 60.0


def depot_stays(table: pl.DataFrame) -> pl.DataFrame:
    """Return the stays of buses in the depot, the night last.

    Parameters
    ----------
    table
        Activities of a plan.

    Returns
    -------
    polars.DataFrame
        Columns of `fleet.operators.depot_charging.STAYS`.
    """
    rows = []
    for (vehicle,), bus in table.group_by("vehicle", maintain_order=True):
        # without what the depot itself gives: that is to be planned
        away = pl.when(pl.col("from_place") == DEPOT).then(0.0).otherwise("charged_kwh")
        taken = bus.with_columns(net=(pl.col("used_kwh") - away).cum_sum())
        arrives = taken.filter(activity="pull_in").select("end_min", "net").rows()
        leaves = taken.filter(activity="pull_out")["start_min"].to_list()
        leaves = [*leaves[1:], leaves[0] + DAY_MIN]
        after = [net for _, net in arrives[1:]] + [arrives[-1][1]]
        for (arrive, missing), leave, later in zip(arrives, leaves, after, strict=True):
            rows.append((vehicle, arrive, leave, missing, later - missing))
    return pl.DataFrame(rows, schema=STAYS, orient="row")


def terminal_charges(table: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Return the charges at each stop of a plan."""
    away = table.filter(pl.col("activity") == "charge", pl.col("from_place") != DEPOT)
    return [(str(stop), rows) for (stop,), rows in away.group_by("from_place", maintain_order=True)]


def most_at_once(rows: pl.DataFrame) -> int:
    """Return the most activities at once."""
    ends = [(m, 1) for m in rows["start_min"]] + [(m, -1) for m in rows["end_min"]]
    steps = np.cumsum([sign for _, sign in sorted(ends)])
    return int(steps.max(initial=0))


def _timetable(county: County, operator: dict[str, Any], *, year: int, day: str, buses: float) -> Timetable:
    """Return the operator's timetable; drawn where the county lists no line of it."""
    lines = county.bus_lines.filter(pl.col("operator") == operator["operator"])
    if lines.height:
        return timetable_of(lines, county.bus_line_stops, county.bus_stops, county.bus_timetable, day=day)
    service = DrawnService.from_county(county, operator, buses=buses)
    return timetable_of(*drawn_lines(county, operator, service, year=year), day=day, drawn=True)


def _check_near(timetable: Timetable, depot: pl.DataFrame, name: str) -> None:
    """Raise where stops of a feed are too far from the depot for a bus."""
    used = pl.concat([timetable.trips["from_stop"], timetable.trips["to_stop"]]).unique()
    stops = timetable.stops.filter(pl.col("stop").is_in(used.to_list()))
    home = (np.full(stops.height, depot["lat"][0]), np.full(stops.height, depot["lon"][0]))
    away = great_circle_m(stops["lat"].to_numpy(), stops["lon"].to_numpy(), *home) / 1000.0
    if away.size and away.max() > FARTHEST_KM:
        row = int(away.argmax())
        raise DataError(
            f"{name}: stop {stops['stop'][row]!r} is {away[row]:.0f} km from the depot, expected at most "
            f"{FARTHEST_KM:.0f} km. Give the feed of the county, or a depot nearby."
        )


def _ways(county: County, operator: dict[str, Any], timetable: Timetable, year: int) -> Ways:
    """Return the ways between the ends of the trips and the depot."""
    trips = timetable.trips
    used = pl.concat([trips["from_stop"], trips["to_stop"]]).unique().to_list()
    stops = timetable.stops.filter(pl.col("stop").is_in(used)).select(place="stop", town="town", lon="lon", lat="lat")
    factor = county.figure("operators.bus_road_time_factor")
    return ways_between(county, pl.concat([stops, depot_place(county, operator)]), year=year, time_factor=factor)
