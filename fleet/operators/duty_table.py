"""What the vehicles of operators do on a day, leg by leg: blocks of buses and routes of vans as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from data.errors import InfeasibleError
from fleet.demand.operated.schedules import DAILY, WORKDAY
from fleet.operators.buses.activities import activities
from fleet.operators.buses.battery_blocks import BatteryBlocks
from fleet.operators.buses.bus_plan import BusService, depot_stays
from fleet.operators.buses.range_blocks import range_blocks
from fleet.operators.buses.timetable import WEEK
from fleet.operators.depot_charging import DepotChargers, depot_load
from fleet.operators.depots import DEPOT, depot_place, depot_town
from fleet.operators.distribution.deliveries import deliveries_by_operator
from fleet.operators.distribution.joint_network import (
    ITERATIONS,
    distribution,
    joint_van,
    van_stays,
)
from fleet.operators.networks import DEPOT_LOADS, DUTIES

if TYPE_CHECKING:
    from data.county import County

TRIES: Final = 4
"""Plans from which blocks are chosen in a run: `size fleet` searches longer, and takes off at most a bus or two."""


class OperatorPlans(NamedTuple):
    """Plans of the operators of a county.

    Attributes
    ----------
    duties, loads : polars.DataFrame
        Columns of `fleet.operators.networks.DUTIES` and `fleet.operators.networks.DEPOT_LOADS`.
    lost : list of str
        Operators whose work no electric vehicle of the class can do, and why; they have no rows.
    """

    duties: pl.DataFrame
    loads: pl.DataFrame
    lost: list[str]


class _Plan(NamedTuple):
    """Plan of an operator: legs, stays in the depot, and what charges there."""

    operator: dict[str, Any]
    legs: pl.DataFrame
    stays: pl.DataFrame
    chargers: DepotChargers


def operator_plans(county: County, *, year: int) -> OperatorPlans:
    """Return the plans of a county's bus operators and of its separate operators of vans.

    Blocks are those that the class's battery lasts for on a mild day; on harder days vehicles charge on the way.

    Parameters
    ----------
    county
        Its tables ``operators`` and those behind bus service and deliveries.
    year
        Year of roads and vehicles.
    """
    plans: list[_Plan] = []
    lost = []
    for operator in county.operators.filter(kind="bus").iter_rows(named=True):
        try:
            plans += _bus_plans(county, operator, year)
        except InfeasibleError as error:
            lost.append(f"operator {operator['operator']}: {error}")
    try:
        plans += _van_plans(county, year)
    except InfeasibleError as error:
        lost.append(f"operators of vans: {error}")
    loads = [DEPOT_LOADS.to_frame()]
    for plan in {one.operator["operator"]: one for one in reversed(plans)}.values():
        load = depot_load(plan.stays, plan.chargers).load
        loads.append(load.with_columns(operator=pl.lit(plan.operator["operator"])).select(list(DEPOT_LOADS)))
    duties = pl.concat([DUTIES.to_frame(), *(one.legs for one in plans)])
    return OperatorPlans(duties, pl.concat(loads).sort("operator", "start_min"), lost)


def _bus_plans(county: County, operator: dict[str, Any], year: int) -> list[_Plan]:
    """Return the blocks of a bus operator; those of weekends apart where its timetable has other days."""
    lines = county.bus_lines.filter(pl.col("operator") == operator["operator"])["line"]
    kinds = set(county.bus_timetable.filter(pl.col("line").is_in(lines.to_list()))["days"])
    days = {DAILY: WORKDAY}
    if kinds - {DAILY}:  # days without a departure have no blocks
        days = {name: name for name, holding in WEEK.items() if kinds.intersection(holding)}
    return [_blocks(county, operator, year, (name, day)) for name, day in days.items()]


def _blocks(county: County, operator: dict[str, Any], year: int, days: tuple[str, str]) -> _Plan:
    """Return the blocks of days of the week: their name in the table, and that of the timetable's day."""
    name, day = days
    service = BusService.from_county(county, operator, year=year, day=day)
    links = service.links()
    energy = service.energy(links, temperature_c=service.consumption.climate.temperature_c("mean"))
    rule = BatteryBlocks(links, energy, service.battery(depot_kw=operator["charger_kw"]))
    table = activities(rule, range_blocks(rule, tries=TRIES).blocks, service.timetable.trips, DEPOT)
    legs = table.filter(pl.col("activity") != "charge").with_columns(
        leg=pl.int_range(pl.len()).over("vehicle"), charger_kw=pl.lit(None, dtype=pl.Float64)
    )
    stops = service.timetable.stops.select("lon", "lat", "town", place="stop", kw="charger_kw")
    depot = _depot(county, operator)
    placed = _placed(legs.rename({"vehicle": "duty"}), pl.concat([stops, depot.select(stops.columns)]), operator, name)
    battery = rule.battery
    chargers = DepotChargers(
        operator["charger_kw"], service.efficiency, service.plug_min, battery.usable_kwh, battery.reserve_kwh
    )
    return _Plan(operator, placed, depot_stays(table), chargers)


def _van_plans(county: County, year: int) -> list[_Plan]:
    """Return the electric routes of the separate operators of vans."""
    found = distribution(county, year=year, iterations=ITERATIONS, joint=False)
    if found is None:
        return []
    operators = {row["operator"]: row for row in county.operators.filter(kind="vans").iter_rows(named=True)}
    drops = deliveries_by_operator(county)
    plans = []
    for name, operator in operators.items():
        if name in found.routes:
            stops = drops[name].unique("drop", maintain_order=True).select(
                "lon", "lat", "town", place="drop", kw=pl.lit(None, dtype=pl.Float64)
            )  # fmt: skip
            stands = pl.concat([stops, _depot(county, operator).select(stops.columns)])
            legs = _placed(_van_legs(found.routes[name].table), stands, operator, DAILY)
            van = joint_van(county, operator=operator)
            chargers = DepotChargers(
                operator["charger_kw"], county.figure("charging.efficiency_dc"), 0.0, van.usable_kwh, van.reserve_kwh
            )
            plans.append(_Plan(operator, legs, van_stays(found.routes[name].table), chargers))
    return plans


def _van_legs(routes: pl.DataFrame) -> pl.DataFrame:
    """Return the ways of vans from stop to stop, of `fleet.operators.distribution.routing.ROUTES`."""
    van = pl.col("van")
    before = routes.with_columns(
        start_min=pl.col("leave_min").shift(1).over(van), from_place=pl.col("place").shift(1).over(van)
    )
    home = pl.col("place") == DEPOT
    return before.drop_nulls("start_min").select(
        "start_min",
        "from_place",
        "km",
        duty="van",
        leg=pl.col("stop") - 1,
        activity=pl.when(home).then(pl.lit("return")).otherwise(pl.lit("delivery")),
        end_min="arrive_min",
        to_place="place",
        charger_kw=pl.lit(None, dtype=pl.Float64),
    )


def _depot(county: County, operator: dict[str, Any]) -> pl.DataFrame:
    """Return the depot of an operator with its charger, and the town in whose grid it stands."""
    place = depot_place(county, operator)
    return place.with_columns(
        town=pl.lit(depot_town(county, operator)), kw=pl.lit(operator["charger_kw"], dtype=pl.Float64)
    )


def _placed(legs: pl.DataFrame, places: pl.DataFrame, operator: dict[str, Any], days: str) -> pl.DataFrame:
    """Return legs as rows of `DUTIES`: where their ends are, and which chargers stand there."""
    start = places.select(from_place="place", from_lon="lon", from_lat="lat")
    end = places.select(to_place="place", to_lon="lon", to_lat="lat", town="town", kw="kw")
    known = legs.join(start, on="from_place", how="left", maintain_order="left").join(
        end, on="to_place", how="left", maintain_order="left"
    )
    named = {name: pl.lit(operator[name]) for name in ("operator", "vehicle_class")}
    has = pl.col("kw").fill_null(0.0) > 0.0
    return known.with_columns(
        **named, days=pl.lit(days), charger_kw=pl.when(has).then("kw"), town=pl.when(has).then("town")
    ).select(list(DUTIES)).cast(DUTIES)  # fmt: skip
