"""Traffic of the peak hour: between the towns, and through the county."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from data.memory.remembering import remembered
from data.roads.graph import node_rows, with_standing_roads
from data.tables.roles import household_car
from fleet.demand.hours.profiles import between_years
from fleet.demand.town_pull import gravity
from fleet.vehicles.turnover import stock as build_stock

if TYPE_CHECKING:
    from data.county import County
    from fleet.roads.assignment import Links

    Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PeakDemand:
    """Trips of the peak hour by origin and destination node.

    Attributes
    ----------
    cars_h, heavy_h : dict
        Cars and heavy vehicles per hour.
    through : frozenset
        Pairs that pass through the county.
    electric_share : float
        Battery-electric part of the cars.
    heavy_pcu : float
        Car units of a heavy vehicle.
    """

    cars_h: dict[Pair, float]
    heavy_h: dict[Pair, float]
    through: frozenset[Pair]
    electric_share: float
    heavy_pcu: float

    @property
    def heavy_units_h(self) -> dict[Pair, float]:
        """Return the heavy vehicles as car units per hour."""
        return {pair: self.heavy_pcu * trucks for pair, trucks in self.heavy_h.items()}

    @property
    def units_h(self) -> dict[Pair, float]:
        """Return all traffic as car units per hour."""
        heavy = self.heavy_units_h
        return {pair: cars + heavy.get(pair, 0.0) for pair, cars in self.cars_h.items()}

    @property
    def vehicles_h(self) -> dict[Pair, float]:
        """Return all vehicles per hour."""
        return {pair: cars + self.heavy_h.get(pair, 0.0) for pair, cars in self.cars_h.items()}


@dataclass(frozen=True, slots=True)
class TrafficParameters:
    """Figures of the peak hour.

    Attributes
    ----------
    peak_hour_share : float
        Share of a day's traffic in its peak hour.
    direction_share : float
        Share of the peak hour's through traffic that goes east, the busier direction.
    heavy_pcu : float
        Car units of a heavy vehicle.
    town_trips_per_car_day : float
        Trips to another town per car and day.
    """

    peak_hour_share: float
    direction_share: float
    heavy_pcu: float
    town_trips_per_car_day: float

    @classmethod
    def from_county(cls, county: County) -> TrafficParameters:
        """Return the figures ``roads.*`` of a county."""
        return cls(**{item.name: county.figure(f"roads.{item.name}") for item in fields(cls)})


def peak_demand(
    county: County, links: Links, *, year: int, without: str | None = None, stock: pl.DataFrame | None = None
) -> PeakDemand:
    """Return the traffic of the peak hour: between towns, and through on the roads of ``through_traffic``.

    Town trips spread by `fleet.demand.population.gravity`. Through traffic goes from end to end of its road, in the
    direction of the peak more than against it; railways and terminals that are open take their part of its heavy
    vehicles.

    Parameters
    ----------
    county
        Towns, stock, through traffic, projects, figures ``roads.*``.
    links
        The network of the year.
    year
        Year of traffic.
    without
        A project that is not there.
    stock
        Stock of the county, where it is at hand.
    """
    number = {name: node for node, name in enumerate(links.nodes)}
    parameters = TrafficParameters.from_county(county)
    vehicles = build_stock(county) if stock is None else stock
    # neither rests on a project: a year with one and without it has the same
    between, bev = remembered(
        county, ("town trips", year), lambda known: _town_trips(known, vehicles, year), of=(vehicles,)
    )
    roads = remembered(county, ("through flows", year), lambda known: _through_flows(known, year))
    # of a day to those of the peak hour
    peak = parameters.peak_hour_share
    cars = {(number[name], number[other]): trips * peak for (name, other), trips in between.items()}
    # counted in cars and divided at the end: town and through cars have different shares
    electric = bev * sum(cars.values())
    heavy: dict[Pair, float] = {}
    through = set()
    kept = heavy_kept_share(county, year=year, without=without)
    for road in roads:
        # its ends are no nodes of this network: nobody drives through on it
        if not all(end in number for end in road.ends):
            continue
        pair = (number[road.ends[0]], number[road.ends[1]])
        flow, share = road.flow_h, road.heavy_share
        cars[pair] = cars.get(pair, 0.0) + flow * (1.0 - share)
        # what railways take is gone from the road: it does not come back as cars
        heavy[pair] = heavy.get(pair, 0.0) + flow * share * kept
        electric += flow * (1.0 - share) * road.bev_share
        through.add(pair)
    total = sum(cars.values())
    share = electric / total if total > 0.0 else 0.0
    return PeakDemand(cars, heavy, frozenset(through), share, parameters.heavy_pcu)


class _ThroughFlow(NamedTuple):
    """Through traffic of a road in a direction: its ends, vehicles of the peak hour, trucks and electric cars."""

    ends: tuple[str, str]
    flow_h: float
    heavy_share: float
    bev_share: float


def _through_flows(county: County, year: int) -> list[_ThroughFlow]:
    """Return the through traffic of the peak hour on the roads that are open in a year."""
    parameters = TrafficParameters.from_county(county)
    peak, busier = parameters.peak_hour_share, parameters.direction_share
    flows = []
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in county.through_traffic.iter_rows(named=True):
        # a road whose heavy vehicles nobody has counted has none, as far as is known
        counted = each | {"heavy_share": each["heavy_share"] or 0.0}
        rows.setdefault((each["road"], each["direction"]), []).append(counted)
    for (road, direction), known in rows.items():
        ends = road_ends(county, road, direction, year)
        # closed in this year
        if ends is None:
            continue
        # aadt counts one direction; both together split by the direction of the peak
        aadt, heavy, bev = (
            between_years({row["year"]: row[column] for row in known}, year)
            for column in ("aadt", "heavy_share", "bev_share")
        )
        flow = aadt * peak * 2.0 * (busier if direction == "east" else 1.0 - busier)
        flows.append(_ThroughFlow(ends, flow, heavy, bev))
    return flows


def _town_trips(county: County, stock: pl.DataFrame, year: int) -> tuple[dict[tuple[str, str], float], float]:
    """Return the car trips between towns of a day, and the battery-electric share of the cars."""
    fleet = stock.filter(
        (pl.col("vehicle_class") == household_car(county.vehicle_classes, county.name)) & (pl.col("year") == year)
    )
    size = float(fleet["vehicles"].sum())
    bev = float(fleet.filter(pl.col("power") == "bev")["vehicles"].sum()) / size if size > 0.0 else 0.0
    towns = county.towns["town"].to_list()
    people = county.towns["residents"].to_numpy()
    pull = gravity(county, year=year)
    # a town without a road to others has no pull, and its cars make no trips to them
    reach = pull.sum(axis=1, keepdims=True)
    shares = np.divide(pull, reach, out=np.zeros_like(pull), where=reach > 0.0)
    # by residents, because the stock is known for the county as a whole
    trips = size * people / people.sum() * TrafficParameters.from_county(county).town_trips_per_car_day
    return {
        (name, other): float(trips[origin] * shares[origin, end])
        for origin, name in enumerate(towns)
        for end, other in enumerate(towns)
        if shares[origin, end] > 0.0
    }, bev


def road_ends(county: County, road: str, direction: str, year: int) -> tuple[str, str] | None:
    """Return the nodes at which through traffic of a direction (``east`` or ``west``) enters and leaves a road.

    They are the ends by longitude of the links of the road that lead in the direction; None without such links.
    """
    lon = {node: rows[0]["x"] for node, rows in node_rows(county).items()}
    ends: set[str] = set()
    for row in with_standing_roads(county, year).rows_by("road_links", "ref").get(road, ()):
        # the links of a divided road lead one way each, and only those of a direction bound its traffic
        eastward = lon[row["to_node"]] > lon[row["from_node"]]
        if not row["oneway"] or eastward == (direction == "east"):
            ends |= {row["from_node"], row["to_node"]}
    if not ends:
        return None
    # the ends by longitude: links in between may bend back
    west, east = min(ends, key=lon.__getitem__), max(ends, key=lon.__getitem__)
    return (west, east) if direction == "east" else (east, west)


def heavy_kept_share(county: County, *, year: int, without: str | None = None) -> float:
    """Return the part of the heavy through traffic that railways and terminals of a year leave on the roads."""
    opened = (pl.col("opening_year") <= year) & (pl.col("project") != (without or ""))
    rows = county.road_projects.filter(opened & pl.col("heavy_shift_share").is_not_null())
    # one after the other: the second project takes its share of what the first one left
    return float(np.prod(1.0 - rows["heavy_shift_share"].to_numpy()))
