"""The county's roads in the peak hour: network, demand, energy of driving, and routes by time or by energy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.errors import DataError, nearest
from data.roads.graph import build_graph, node_table
from fleet.demand.population import gravity
from fleet.demand.profiles import at_year
from fleet.roads.assignment import Links, load_shortest
from fleet.vehicles.turnover import stock

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County

    Pair = tuple[int, int]


def road_network(county: County, *, year: int, without: str | None = None) -> Links:
    """Return the network of a year, on request without a project.

    Raises
    ------
    DataError
        An unknown project, or a road class without a row in ``road_classes``.
    """
    if without is not None:
        known = county.road_projects["project"].to_list()
        if without not in known:
            raise DataError(f"road project {without!r} is not known.{nearest(without, known)}")
        kept = pl.col("project").is_null() | (pl.col("project") != without)
        county = county.with_table("road_links", county.road_links.filter(kept))
    graph = build_graph(county, year=year)
    classes = {row["highway"]: row for row in county.road_classes.iter_rows(named=True)}
    nodes = sorted(graph.nodes)
    number = {name: at for at, name in enumerate(nodes)}
    rows = []
    for start, end, edge in graph.edges(data=True):
        kind = classes.get(edge["highway"])
        if kind is None:
            raise DataError(f"road_classes: no row for highway {edge['highway']!r}; add its capacity.")
        lanes = float(edge["lanes"])
        one_way = lanes if edge["oneway"] else lanes / 2.0
        capacity = kind["capacity_veh_h_lane"] * max(1.0, one_way)
        values = (edge["length"] / 1000.0, edge["travel_time"] / 60.0, capacity, kind["bpr_alpha"], kind["bpr_beta"])
        rows.append((number[start], number[end], edge["osmid"], *values))
    start_at, end_at, names, km, free, capacity_h, alpha, beta = zip(*rows, strict=True)
    floats = (np.array(column, dtype=np.float64) for column in (km, free, capacity_h, alpha, beta))
    return Links(nodes, np.array(start_at), np.array(end_at), [str(name) for name in names], *floats)


@dataclass(frozen=True, slots=True)
class PeakDemand:
    """Trips of the peak hour by origin and destination node.

    Attributes
    ----------
    cars_h, heavy_h : dict
        Cars and heavy vehicles an hour.
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
        """Return the heavy vehicles as car units an hour."""
        return {pair: self.heavy_pcu * trucks for pair, trucks in self.heavy_h.items()}

    @property
    def units_h(self) -> dict[Pair, float]:
        """Return all traffic as car units an hour."""
        heavy = self.heavy_units_h
        return {pair: cars + heavy.get(pair, 0.0) for pair, cars in self.cars_h.items()}

    @property
    def vehicles_h(self) -> dict[Pair, float]:
        """Return all vehicles an hour."""
        return {pair: cars + self.heavy_h.get(pair, 0.0) for pair, cars in self.cars_h.items()}


def peak_demand(county: County, links: Links, *, year: int, without: str | None = None) -> PeakDemand:
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
    """
    number = {name: at for at, name in enumerate(links.nodes)}
    peak = county.figure("roads.peak_hour_share")
    cars, bev = _town_trips(county, number, year)
    cars = {pair: trips * peak for pair, trips in cars.items()}
    electric = bev * sum(cars.values())
    heavy: dict[Pair, float] = {}
    through = set()
    kept = heavy_kept_share(county, year=year, without=without)
    busier = county.figure("roads.direction_share")
    for (road, direction), rows in county.through_traffic.group_by("road", "direction", maintain_order=True):
        ends = road_ends(county, str(road), str(direction), year)
        if ends is None or not all(end in number for end in ends):
            continue
        pair = (number[ends[0]], number[ends[1]])
        flow = at_year(rows, "aadt", year) * peak * 2.0 * (busier if direction == "east" else 1.0 - busier)
        share = at_year(rows.with_columns(pl.col("heavy_share").fill_null(0.0)), "heavy_share", year)
        cars[pair] = cars.get(pair, 0.0) + flow * (1.0 - share)
        heavy[pair] = heavy.get(pair, 0.0) + flow * share * kept
        electric += flow * (1.0 - share) * at_year(rows, "bev_share", year)
        through.add(pair)
    total = sum(cars.values())
    share = electric / total if total > 0.0 else 0.0
    return PeakDemand(cars, heavy, frozenset(through), share, county.figure("roads.heavy_pcu"))


def _town_trips(county: County, number: dict[str, int], year: int) -> tuple[dict[Pair, float], float]:
    """Return the car trips between towns of a day, and the battery-electric share of the cars."""
    fleet = stock(county).filter((pl.col("vehicle_class") == "private_car") & (pl.col("year") == year))
    size = float(fleet["vehicles"].sum())
    bev = float(fleet.filter(pl.col("power") == "bev")["vehicles"].sum()) / size if size > 0.0 else 0.0
    towns = county.towns["town"].to_list()
    people = county.towns["residents"].to_numpy()
    pull = gravity(county, year=year)
    reach = pull.sum(axis=1, keepdims=True)
    shares = np.divide(pull, reach, out=np.zeros_like(pull), where=reach > 0.0)
    trips = size * people / people.sum() * county.figure("roads.town_trips_per_car_day")
    return {
        (number[name], number[other]): float(trips[origin] * shares[origin, end])
        for origin, name in enumerate(towns)
        for end, other in enumerate(towns)
        if shares[origin, end] > 0.0
    }, bev


def road_ends(county: County, road: str, direction: str, year: int) -> tuple[str, str] | None:
    """Return the nodes at which through traffic of a direction (``east`` or ``west``) enters and leaves a road.

    They are the ends by longitude of the links of the road that lead in the direction; None without such links.
    """
    lon = dict(node_table(county).select("node", "x").iter_rows())
    opened = (pl.col("opened_year").is_null() | (pl.col("opened_year") <= year)) & (
        pl.col("closed_year").is_null() | (pl.col("closed_year") > year)
    )
    ends: set[str] = set()
    for row in county.road_links.filter((pl.col("ref") == road) & opened).iter_rows(named=True):
        eastward = lon[row["to_node"]] > lon[row["from_node"]]
        if not row["oneway"] or eastward == (direction == "east"):
            ends |= {row["from_node"], row["to_node"]}
    if not ends:
        return None
    west, east = min(ends, key=lon.__getitem__), max(ends, key=lon.__getitem__)
    return (west, east) if direction == "east" else (east, west)


def heavy_kept_share(county: County, *, year: int, without: str | None = None) -> float:
    """Return the part of the heavy through traffic that railways and terminals of a year leave on the roads."""
    opened = (pl.col("opening_year") <= year) & (pl.col("project") != (without or ""))
    rows = county.road_projects.filter(opened & pl.col("heavy_shift_share").is_not_null())
    return float(np.prod(1.0 - rows["heavy_shift_share"].to_numpy()))


def use_factor(speed_km_h: Floats | float, *, best_km_h: float, slow_weight: float, fast_weight: float) -> Floats:
    """Return energy per km over that at the best speed: 1 + weight (2 (v / best - 1))^2, one weight on either side.

    At half the best speed it is 1 + slow weight, at one and a half times 1 + fast weight.
    """
    apart = 2.0 * (np.asarray(speed_km_h, dtype=np.float64) / best_km_h - 1.0)
    return np.asarray(1.0 + np.where(apart < 0.0, slow_weight, fast_weight) * apart**2)


def use_per_km(county: County, speed: Floats, power: str) -> Floats:
    """Return petrol (L) or electricity (kWh at the battery) of a car per km at given speeds, km/h."""
    prefix = "use" if power == "petrol" else "electric"
    names = ("best_km_h", "slow_weight", "fast_weight")
    shape = {name: county.figure(f"roads.{prefix}_{name}") for name in names}
    rows = county.energy_use.filter((pl.col("vehicle_class") == "private_car") & (pl.col("power") == power))
    at_reference = float(use_factor(county.figure("roads.use_reference_km_h"), **shape))
    return use_factor(speed, **shape) / at_reference * float(rows["use_per_100km"][0]) / 100.0


ROUTES: Final = {
    "origin": pl.String,
    "destination": pl.String,
    "power": pl.String,
    "fast_min": pl.Float64,
    "eco_min": pl.Float64,
    "fast_use": pl.Float64,
    "eco_use": pl.Float64,
    "unit": pl.String,
    "saved_share": pl.Float64,
}
"""Schema of the routes by time and by energy."""


def eco_routes(county: County, *, year: int, power: str = "bev") -> pl.DataFrame:
    """Return routes between towns by time and by energy at free-flow speeds.

    Parameters
    ----------
    county
        Roads, towns, energy use of cars.
    year
        Year of the roads.
    power
        ``bev`` (kWh) or ``petrol`` (L).

    Returns
    -------
    polars.DataFrame
        One row a pair of towns: ``origin, destination, power, fast_min, eco_min, fast_use, eco_use, unit,
        saved_share`` (of the energy of the fast route).

    Raises
    ------
    DataError
        Another power.
    """
    units = {"bev": "kWh", "petrol": "L"}
    if power not in units:
        raise DataError(f"eco_routes: power {power!r}.{nearest(power, units)} Expected bev or petrol.")
    links = road_network(county, year=year)
    use = links.km * use_per_km(county, links.km / (links.free_min / 60.0), power)
    number = {name: at for at, name in enumerate(links.nodes)}
    towns = county.towns["town"].to_list()
    pairs = [(one, other) for one in towns for other in towns if one != other]
    rows = []
    for one, other in pairs:
        demand = {(number[one], number[other]): 1.0}
        fast = load_shortest(links, demand, links.free_min).flow_h
        eco = load_shortest(links, demand, use).flow_h
        fast_use, eco_use = float(fast @ use), float(eco @ use)
        minutes = (float(fast @ links.free_min), float(eco @ links.free_min))
        rows.append((one, other, power, *minutes, fast_use, eco_use, units[power], 1.0 - eco_use / fast_use))
    return pl.DataFrame(rows, schema=ROUTES, orient="row")
