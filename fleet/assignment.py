"""Traffic on the roads: user equilibrium of town and through flows, before and after a project; routes by energy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from data.errors import DataError, nearest
from data.roads import build_graph
from fleet.population import gravity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.county import County

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

_GAP: Final = 1e-4
_ROUNDS: Final = 300


@dataclass(frozen=True, slots=True)
class Links:
    """Directed links of a road network.

    Attributes
    ----------
    nodes : list of str
        Names of the nodes.
    start, end : numpy.ndarray of int
        Node numbers of each link.
    name : list of str
        Link ids.
    km, free_min : numpy.ndarray
        Length, and minutes without traffic.
    capacity_h : numpy.ndarray
        Car units an hour.
    alpha, beta : numpy.ndarray
        Parameters of the delay under load.
    """

    nodes: list[str]
    start: Numbers
    end: Numbers
    name: list[str]
    km: Floats
    free_min: Floats
    capacity_h: Floats
    alpha: Floats
    beta: Floats

    def minutes(self, flow_h: Floats) -> Floats:
        """Return travel times under load, t0 (1 + alpha (v / c)^beta) (Bureau of Public Roads, 1964)."""
        return np.asarray(self.free_min * (1.0 + self.alpha * (flow_h / self.capacity_h) ** self.beta))

    def area(self, flow_h: Floats) -> float:
        """Return Beckmann's objective: the sum of the integrals of the travel times."""
        used = (flow_h / self.capacity_h) ** self.beta
        return float(np.sum(self.free_min * flow_h * (1.0 + self.alpha * used / (self.beta + 1.0))))


@dataclass(frozen=True, slots=True)
class Assignment:
    """A user equilibrium.

    Attributes
    ----------
    links : Links
        The network.
    flow_h : numpy.ndarray
        Car units an hour on each link.
    minutes : numpy.ndarray
        Travel times under that load.
    gap : float
        Relative gap: (time spent - time on shortest paths) / time spent.
    trip_minutes : numpy.ndarray
        Shortest times of each origin and destination of the demand.
    """

    links: Links
    flow_h: Floats
    minutes: Floats
    gap: float
    trip_minutes: Floats


def assign(
    links: Links, demand_h: dict[tuple[int, int], float], *, gap: float = _GAP, rounds: int = _ROUNDS
) -> Assignment:
    """Return the user equilibrium: nobody gets there sooner by another route.

    Parameters
    ----------
    links
        The network.
    demand_h
        Car units an hour by origin and destination node.
    gap
        Relative gap at which to stop.
    rounds
        Most rounds.

    Raises
    ------
    DataError
        A destination that no road reaches, or a negative demand.

    Notes
    -----
    Frank and Wolfe's method with exact line search on Beckmann's objective; Sheffi, Urban Transportation Networks
    (1985), chapter 5.
    """
    if any(flow < 0.0 for flow in demand_h.values()):
        raise DataError("assignment: demand below 0.")
    flow, trips = _all_or_nothing(links, demand_h, links.minutes(np.zeros(len(links.km))))
    now = 1.0
    for _ in range(rounds):
        minutes = links.minutes(flow)
        target, trips = _all_or_nothing(links, demand_h, minutes)
        spent = float(flow @ minutes)
        now = 0.0 if spent == 0.0 else (spent - float(target @ minutes)) / spent
        if now <= gap:
            break
        flow = flow + _step(links, flow, target - flow) * (target - flow)
    return Assignment(links, flow, links.minutes(flow), now, trips)


def _step(links: Links, flow: Floats, move: Floats) -> float:
    """Return the step along a direction at which Beckmann's objective is least."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2.0
        if float(move @ links.minutes(flow + middle * move)) > 0.0:
            high = middle
        else:
            low = middle
    return (low + high) / 2.0


def _all_or_nothing(links: Links, demand_h: dict[tuple[int, int], float], cost: Floats) -> tuple[Floats, Floats]:
    """Return the flow with everybody on the shortest path, and the cost of each pair."""
    size = len(links.nodes)
    best: dict[tuple[int, int], int] = {}
    for at, key in enumerate(zip(links.start.tolist(), links.end.tolist(), strict=True)):
        if key not in best or cost[at] < cost[best[key]]:
            best[key] = at
    chosen = np.array(list(best.values()))
    graph = csr_array((cost[chosen], (links.start[chosen], links.end[chosen])), shape=(size, size))
    origins = sorted({origin for origin, _ in demand_h})
    times, before = dijkstra(graph, indices=origins, return_predecessors=True)
    row = {origin: at for at, origin in enumerate(origins)}
    flow, shown = np.zeros(len(links.km)), np.zeros(len(demand_h))
    for at, ((origin, end), cars) in enumerate(demand_h.items()):
        shown[at] = times[row[origin], end]
        if not math.isfinite(shown[at]):
            raise DataError(f"assignment: no road from {links.nodes[origin]!r} to {links.nodes[end]!r}.")
        node = end
        while node != origin:
            previous = int(before[row[origin], node])
            flow[best[previous, node]] += cars
            node = previous
    return flow, shown


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


def peak_demand(county: County, links: Links, *, year: int) -> dict[tuple[int, int], float]:
    """Return the car units of the peak hour by origin and destination: between towns, and through on G321 and S8.

    Town trips spread by the gravity of `fleet.population.gravity`; through traffic goes from end to end of its road.
    """
    figure = county.figure
    number = {name: at for at, name in enumerate(links.nodes)}
    grown = (1.0 + figure("roads.growth_share_per_year")) ** (year - 2025)
    peak = figure("roads.peak_hour_share") * grown
    cars = county.fleet_stock.filter((pl.col("vehicle_class") == "private_car") & (pl.col("year") <= max(year, 2025)))
    fleet = float(cars.sort("year")["vehicles"][-1])
    towns = county.towns["town"].to_list()
    people = county.towns["residents"].to_numpy()
    pull = gravity(county)
    shares = pull / pull.sum(axis=1, keepdims=True)
    trips = fleet * people / people.sum() * figure("roads.town_trips_per_car_day")
    demand: dict[tuple[int, int], float] = {}
    for origin, name in enumerate(towns):
        for end, other in enumerate(towns):
            if origin != end:
                demand[number[name], number[other]] = float(trips[origin] * shares[origin, end]) * peak
    units = 1.0 + figure("roads.heavy_share_g321") * (figure("roads.heavy_pcu") - 1.0)
    busier = figure("roads.direction_share")
    for ends, share in ((("wuzhou", "zhaoqing"), busier), (("zhaoqing", "wuzhou"), 1.0 - busier)):
        if all(end in number for end in ends):
            key = (number[ends[0]], number[ends[1]])
            demand[key] = demand.get(key, 0.0) + figure("aadt.g321") * peak * share * units
    return demand


def use_factor(speed_km_h: Floats | float, *, best_km_h: float, slow_weight: float, fast_weight: float) -> Floats:
    """Return energy per km over that at the best speed: 1 + weight (2 (v / best - 1))^2, one weight on either side.

    At half the best speed it is 1 + slow weight, at one and a half times 1 + fast weight.
    """
    apart = 2.0 * (np.asarray(speed_km_h, dtype=np.float64) / best_km_h - 1.0)
    return np.asarray(1.0 + np.where(apart < 0.0, slow_weight, fast_weight) * apart**2)


def _use_per_km(county: County, speed: Floats, power: str) -> Floats:
    """Return petrol (L) or electricity (kWh at the battery) of a car per km at given speeds."""
    prefix = "use" if power == "petrol" else "electric"
    names = ("best_km_h", "slow_weight", "fast_weight")
    shape = {name: county.figure(f"roads.{prefix}_{name}") for name in names}
    rows = county.energy_use.filter((pl.col("vehicle_class") == "private_car") & (pl.col("power") == power))
    at_reference = float(use_factor(county.figure("roads.use_reference_km_h"), **shape))
    return use_factor(speed, **shape) / at_reference * float(rows["use_per_100km"][0]) / 100.0


PROJECTS: Final = {
    "project": pl.String,
    "year": pl.Int64,
    "metric": pl.String,
    "unit": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
    "change_share": pl.Float64,
}
"""Schema of the before-and-after table."""


def compare_project(county: County, project: str, *, year: int) -> pl.DataFrame:
    """Return roads without and with a project in its peak hour.

    Parameters
    ----------
    county
        Roads, projects, road classes, towns, figures ``roads.*``.
    project
        Name of a road project.
    year
        Year of traffic and roads; the project must be open by then to change anything.

    Returns
    -------
    polars.DataFrame
        ``project, year, metric, unit, before, after, change_share``: mean minutes of a trip, vehicle-hours,
        vehicle-km, petrol and carbon of the peak hour, mean minutes of residents to the county seat, and of the
        through traffic.

    Raises
    ------
    DataError
        An unknown project, or a road class without a row in ``road_classes``.
    """
    found = [_figures(county, road_network(county, year=year, without=name), year) for name in (project, None)]
    rows = []
    for metric, unit in _METRICS.items():
        before, after = found[0][metric], found[1][metric]
        rows.append((project, year, metric, unit, before, after, after / before - 1.0 if before else 0.0))
    return pl.DataFrame(rows, schema=PROJECTS, orient="row")


_METRICS: Final = {
    "trip_minutes": "min",
    "through_minutes": "min",
    "seat_minutes": "min",
    "vehicle_hours": "h per peak hour",
    "vehicle_km": "km per peak hour",
    "petrol_l": "L per peak hour",
    "kgco2": "kg per peak hour",
}


def _figures(county: County, links: Links, year: int) -> dict[str, float]:
    """Return the figures of an equilibrium."""
    demand = peak_demand(county, links, year=year)
    found = assign(links, demand)
    weights = np.array(list(demand.values()))
    names = links.nodes
    through = [at for at, (one, _) in enumerate(demand) if names[one] in ("wuzhou", "zhaoqing")]
    speed = links.km / (found.minutes / 60.0)
    petrol = float(found.flow_h @ (links.km * _use_per_km(county, speed, "petrol")))
    factor = county.fuel_factors.filter((pl.col("mode") == "road") & (pl.col("fuel") == "petrol")).row(0, named=True)
    return {
        "trip_minutes": float(found.trip_minutes @ weights / weights.sum()),
        "through_minutes": _mean(found.trip_minutes[through], weights[through]),
        "seat_minutes": _seat_minutes(county, found),
        "vehicle_hours": float(found.flow_h @ found.minutes) / 60.0,
        "vehicle_km": float(found.flow_h @ links.km),
        "petrol_l": petrol,
        "kgco2": petrol * factor["density_kg_per_l"] * factor["ttw_kgco2_per_kg"],
    }


def _mean(values: Floats, weights: Floats) -> float:
    """Return the weighted mean, 0 without weights."""
    return float(values @ weights / weights.sum()) if weights.sum() > 0.0 else 0.0


def _seat_minutes(county: County, found: Assignment) -> float:
    """Return the mean minutes of residents to the county seat under load."""
    number = {name: at for at, name in enumerate(found.links.nodes)}
    seats = county.towns.filter(pl.col("kind") == "seat")["town"].to_list()
    others = county.towns.filter(pl.col("kind") != "seat").select("town", "residents")
    pairs = {(number[town], number[seats[0]]): float(people) for town, people in others.iter_rows()} if seats else {}
    if not pairs:
        return 0.0
    _, times = _all_or_nothing(found.links, pairs, found.minutes)
    return _mean(times, np.array(list(pairs.values())))


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
    use = links.km * _use_per_km(county, links.km / (links.free_min / 60.0), power)
    number = {name: at for at, name in enumerate(links.nodes)}
    towns = county.towns["town"].to_list()
    pairs = [(one, other) for one in towns for other in towns if one != other]
    rows = []
    for one, other in pairs:
        demand = {(number[one], number[other]): 1.0}
        fast, _ = _all_or_nothing(links, demand, links.free_min)
        eco, _ = _all_or_nothing(links, demand, use)
        fast_use, eco_use = float(fast @ use), float(eco @ use)
        minutes = (float(fast @ links.free_min), float(eco @ links.free_min))
        rows.append((one, other, power, *minutes, fast_use, eco_use, units[power], 1.0 - eco_use / fast_use))
    return pl.DataFrame(rows, schema=ROUTES, orient="row")
