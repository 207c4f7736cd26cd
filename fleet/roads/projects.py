"""The county's roads without and with a project: minutes, vehicle-km, fuel, carbon, access to the county seat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.factors import grid_factor
from data.memory.remembering import remembered
from data.tables.roles import household_car
from fleet.roads.assignment import Assignment, assign, load_shortest
from fleet.roads.driving_energy import DrivingEnergy
from fleet.roads.network import road_network
from fleet.roads.peak_demand import PeakDemand, peak_demand
from fleet.vehicles.charging_places import ChargingPlaces
from fleet.vehicles.turnover import stock as build_stock

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County
    from fleet.roads.assignment import Links


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


def compare_project(county: County, project: str, *, year: int, stock: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return roads without and with a project in their peak hour.

    A road project changes the network. A railway or terminal has no road link: it takes ``heavy_shift_share`` of the
    heavy through traffic off the roads.

    Parameters
    ----------
    county
        Roads, projects, road classes, towns, stock, through traffic, figures ``roads.*``.
    project
        Name of a road project.
    year
        Year of traffic and roads; the project must be open by then to change anything.
    stock
        Stock of the county, where it is at hand.

    Returns
    -------
    polars.DataFrame
        ``project, year, metric, unit, before, after, change_share``: mean minutes of a trip, of the through traffic and
        of residents to the county seat; vehicle-hours, vehicle-km, heavy vehicle-km, petrol, diesel, electricity and
        carbon (fuels tank to wheel, electricity by the grid's factor of the year) of the peak hour; vehicle-km and
        carbon on the county's own part of the links, too. What is about through traffic alone is left out where the
        county has none.

    Raises
    ------
    DataError
        An unknown project, or a road class without a row in ``road_classes``.
    """
    stock = build_stock(county) if stock is None else stock
    without, whole = (_loaded(county, year, name, stock) for name in (project, None))
    passing = county.has("through_traffic")
    rows = [
        _row(project, year, metric, without[metric], whole[metric])
        for metric in _METRICS
        if passing or metric not in _OF_THROUGH_TRAFFIC
    ]
    return pl.DataFrame(rows, schema=PROJECTS, orient="row")


def compare_projects(county: County, *, stock: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the roads without and with each project that acts on them, in its opening year.

    Parameters
    ----------
    county
        As for :func:`compare_project`.
    stock
        Stock of the county, where it is at hand; it is built once otherwise.

    Returns
    -------
    polars.DataFrame
        As :func:`compare_project`; no rows where the county has no road classes.
    """
    if not county.road_classes.height:
        return pl.DataFrame(schema=PROJECTS)
    stock = build_stock(county) if stock is None else stock
    return remembered(county, "projects", lambda watched: _compared(watched, stock), of=(stock,))


def _compared(county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return the comparison of all projects, computed anew."""
    pairs = _acting(county).select("project", "opening_year").iter_rows()
    tables = [compare_project(county, name, year=year, stock=stock) for name, year in pairs]
    return pl.concat([pl.DataFrame(schema=PROJECTS), *tables])


def _acting(county: County) -> pl.DataFrame:
    """Return the projects with an opening year that change what is computed here: by links or by trucks they take."""
    acts = pl.col("project").is_in(_linked(county)) | pl.col("heavy_shift_share").is_not_null()
    return county.road_projects.filter(acts & pl.col("opening_year").is_not_null())


def _linked(county: County) -> list[str]:
    """Return the projects that have road links of their own."""
    return county.road_links["project"].drop_nulls().unique(maintain_order=True).to_list()


def first_project(county: County) -> str | None:
    """Return the project that opens first, of those with road links where there are any; None without projects."""
    acting = _acting(county)
    with_links = acting.filter(pl.col("project").is_in(_linked(county)))
    # those of a year in the order of the table
    ordered = (with_links if with_links.height else acting).sort("opening_year", maintain_order=True)
    return str(ordered["project"][0]) if ordered.height else None


def first_project_minutes(county: County, *, stock: pl.DataFrame) -> pl.DataFrame:
    """Return the mean minutes of a trip without and with the first project in its opening year, nothing else.

    Parameters
    ----------
    county
        As for :func:`compare_project`.
    stock
        Stock of the county.

    Returns
    -------
    polars.DataFrame
        The row ``trip_minutes`` of :func:`compare_projects`; none where no project acts or no road class is known.
    """
    project = first_project(county)
    if project is None or not county.road_classes.height:
        return pl.DataFrame(schema=PROJECTS)
    year = int(county.road_projects.filter(project=project)["opening_year"][0])
    before, after = (
        trip_minutes(*_equilibrium(county, road_network(county, year=year, without=name), year, name, stock))
        for name in (project, None)
    )
    rows = [_row(project, year, "trip_minutes", before, after)]
    return pl.DataFrame(rows, schema=PROJECTS, orient="row")


def _row(project: str, year: int, metric: str, before: float, after: float) -> tuple[str | int | float, ...]:
    """Return a row of the before-and-after table."""
    return project, year, metric, _METRICS[metric], before, after, after / before - 1.0 if before else 0.0


_METRICS: Final = {
    "trip_minutes": "min",
    "through_minutes": "min",
    "seat_minutes": "min",
    "vehicle_hours": "h per peak hour",
    "vehicle_km": "km per peak hour",
    "heavy_vehicle_km": "km per peak hour",
    "petrol_l": "L per peak hour",
    "diesel_l": "L per peak hour",
    "electricity_kwh": "kWh per peak hour",
    "kgco2": "kg per peak hour",
    "county_vehicle_km": "km per peak hour",
    "county_kgco2": "kg per peak hour",
}


_OF_THROUGH_TRAFFIC: Final = ("through_minutes", "heavy_vehicle_km", "diesel_l")
"""Figures that are about through traffic alone: the traffic between towns is cars."""


def _loaded(county: County, year: int, without: str | None, stock: pl.DataFrame) -> dict[str, float]:
    """Return the figures of a year's roads; those of all its projects together are the same beside each of them."""

    def build(watched: County) -> dict[str, float]:
        return _figures(watched, road_network(watched, year=year, without=without), year, without, stock)

    return remembered(county, ("road_figures", year, without), build, of=(stock,))


def _equilibrium(
    county: County, links: Links, year: int, without: str | None, stock: pl.DataFrame
) -> tuple[PeakDemand, Assignment]:
    """Return who drives in the peak hour of a year, and the roads with them."""
    demand = peak_demand(county, links, year=year, without=without, stock=stock)
    return demand, assign(links, demand.units_h, heavy_h=demand.heavy_units_h)


def trip_minutes(demand: PeakDemand, loaded: Assignment) -> float:
    """Return the mean minutes of a trip in the peak hour."""
    # the order of the dict is that of the demand: minutes and weights go together row by row
    return _mean(loaded.trip_minutes, np.array(list(demand.vehicles_h.values())))


def _figures(county: County, links: Links, year: int, without: str | None, stock: pl.DataFrame) -> dict[str, float]:
    """Return the figures of an equilibrium."""
    demand, loaded = _equilibrium(county, links, year, without, stock)
    vehicles = demand.vehicles_h
    weights = np.array(list(vehicles.values()))
    through = np.array([pair in demand.through for pair in vehicles])
    heavy = loaded.heavy_h / demand.heavy_pcu
    # flows are in car units; vehicles count once, however much road they take
    moving = loaded.flow_h - loaded.heavy_h + heavy
    energy = _energy(county, loaded, heavy, demand)
    inside = inside_share(county, links)
    in_county = _energy(county, loaded, heavy, demand, inside)
    return {
        "trip_minutes": trip_minutes(demand, loaded),
        "through_minutes": _mean(loaded.trip_minutes[through], weights[through]),
        "seat_minutes": _seat_minutes(county, loaded),
        "vehicle_hours": float(moving @ loaded.minutes) / 60.0,
        "vehicle_km": float(moving @ links.km),
        "heavy_vehicle_km": float(heavy @ links.km),
        **energy,
        "kgco2": _kgco2(county, energy, year),
        "county_vehicle_km": float(moving @ (inside * links.km)),
        "county_kgco2": _kgco2(county, in_county, year),
    }


def inside_share(county: County, links: Links) -> Floats:
    """Return which part of each link lies in the county: the share of its ends that do.

    Towns lie in it, and service areas that say so; other places count as outside, where gateways are.
    """
    inside = {
        **dict.fromkeys(county.towns["town"], 1.0),
        **dict(county.service_areas.select("site", pl.col("in_county").cast(pl.Float64)).iter_rows()),
    }
    nodes = np.array([inside.get(name, 0.0) for name in links.nodes])
    return np.asarray((nodes[links.start] + nodes[links.end]) / 2.0)


def _energy(
    county: County, loaded: Assignment, heavy: Floats, demand: PeakDemand, part: Floats | float = 1.0
) -> dict[str, float]:
    """Return petrol, diesel and electricity at the meter; heavy vehicles run on diesel and lose as cars do by speed.

    `part` is the part of each link that counts.
    """
    links = loaded.links
    speed = links.km / (loaded.minutes / 60.0)
    car_km = (loaded.flow_h - loaded.heavy_h) * links.km * part
    on_petrol, on_battery = (DrivingEnergy.from_county(county, power) for power in ("petrol", "bev"))
    petrol, electricity = (float(car_km @ driven.per_km(speed)) for driven in (on_petrol, on_battery))
    # no curve of heavy vehicles by speed is at hand: theirs is the cars', scaled to their diesel
    heavier = _heavy_diesel_l_per_km(county) / (on_petrol.use_per_100km / 100.0)
    # at the meter: the losses of where households charge are drawn from the grid too
    metered = ChargingPlaces.from_county(county).meter_per_battery(household_car(county.vehicle_classes, county.name))
    return {
        "petrol_l": petrol * (1.0 - demand.electric_share),
        "diesel_l": heavier * float((heavy * links.km * part) @ on_petrol.per_km(speed)),
        "electricity_kwh": electricity * demand.electric_share * metered,
    }


def _heavy_diesel_l_per_km(county: County) -> float:
    """Return the mean diesel of the freight classes of the narrow boundary, by their latest stock and km."""
    # trucks of the narrow boundary are those whose freight the accounts count
    kinds = county.vehicle_classes.filter((pl.col("boundary") == "narrow") & (pl.col("kind") == "freight"))
    # the latest stock: the table has years of its own, not those of the comparison
    stock = county.fleet_stock.sort("year").group_by("vehicle_class").agg(pl.col("vehicles").last())
    use = county.energy_use.filter(pl.col("carrier") == "diesel").select("vehicle_class", "use_per_100km")
    rows = kinds.join(stock, on="vehicle_class").join(use, on="vehicle_class").sort("vehicle_class")
    km = (rows["vehicles"] * rows["km_per_year"]).to_numpy()
    return _mean(rows["use_per_100km"].to_numpy(), km) / 100.0


def _kgco2(county: County, energy: dict[str, float], year: int) -> float:
    """Return the carbon of fuels from the tank on and of electricity."""
    factors = county.fuel_factors.filter(pl.col("mode") == "road")
    per_l = dict(
        factors.filter(pl.col("density_kg_per_l").is_not_null())
        .select("fuel", pl.col("ttw_kgco2_per_kg") * pl.col("density_kg_per_l"))
        .iter_rows()
    )
    fuels = energy["petrol_l"] * per_l.get("petrol", 0.0) + energy["diesel_l"] * per_l.get("diesel", 0.0)
    return float(fuels) + energy["electricity_kwh"] * grid_factor(county, year)


def _mean(values: Floats, weights: Floats) -> float:
    """Return the weighted mean, 0 without weights."""
    return float(values @ weights / weights.sum()) if weights.sum() > 0.0 else 0.0


def _seat_minutes(county: County, loaded: Assignment) -> float:
    """Return the mean minutes of residents to the county seat under load."""
    number = {name: node for node, name in enumerate(loaded.links.nodes)}
    seats = county.towns.filter(pl.col("kind") == "seat")["town"].to_list()
    others = county.towns.filter(pl.col("kind") != "seat").select("town", "residents")
    pairs = {(number[town], number[seats[0]]): float(people) for town, people in others.iter_rows()} if seats else {}
    if not pairs:
        return 0.0
    return _mean(load_shortest(loaded.links, pairs, loaded.minutes).cost, np.array(list(pairs.values())))
