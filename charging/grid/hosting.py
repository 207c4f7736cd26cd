"""How many more electric vehicles the towns' grids carry, year by year, and which transformer is full first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from charging.grid.towns import TownCurves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from charging.grid.town_capacity import Capacity, TownGrids
    from data.arrays import Floats

HOSTING: Final = {
    "town": pl.String,
    "feeder": pl.String,
    "transformer": pl.String,
    "year": pl.Int64,
    "vehicles": pl.Float64,
    "vehicles_limit": pl.Float64,
    "headroom_kw": pl.Float64,
    "peak_share": pl.Float64,
}
"""Schema of the table of hosting capacity."""


def hosting_capacity(
    load: pl.DataFrame,
    grids: TownGrids,
    vehicles: pl.DataFrame,
    growth: pl.DataFrame,
    *,
    days: int,
    curves: Mapping[str, TownCurves] | None = None,
) -> pl.DataFrame:
    """Return hosting capacity by town and year, and by transformer where feeders are known.

    Other years have the load of the run's vehicles in proportion to the energy that all vehicles charge: the hours
    stay, and a town grows as the county does. Other users stay as they are.

    Parameters
    ----------
    load
        Load of the towns.
    grids
        Capacity and other users.
    vehicles
        ``town, vehicles``: plug-in vehicles of the run's year.
    growth
        ``year, vehicles_factor, energy_factor``: plug-in vehicles, and the energy that they charge, over the run's
        year.
    days
        Days of the run.
    curves
        `load` by town in those days, where it is at hand.

    Returns
    -------
    polars.DataFrame
        One row per town and year, and per transformer: ``town, feeder, transformer`` (null: the town) ``, year,
        vehicles, vehicles_limit`` (how many of that year's mix there can be; null where nobody charges) ``,
        headroom_kw`` (what may be added at every hour; below 0 it is too much already) ``, peak_share``.
    """
    parts = curves or TownCurves.by_town(load, days=days)
    years = growth.select("year", "vehicles_factor", "energy_factor").rows()
    count = dict(vehicles.select("town", "vehicles").iter_rows())
    rows = []
    for town, grid in grids.towns.items():
        whole, cars = parts[town], float(count.get(town, 0.0))
        places: list[tuple[str | None, str | None, Capacity]] = [(None, None, grid)]
        places += [(feeder, name, part) for (there, feeder, name), part in grids.transformers.items() if there == town]
        for feeder, name, part in places:
            own = _share_of(whole, grid, part)
            room = part.capacity_kw - own.total(vehicles_factor=0.0)
            for year, more, energy in years:
                here = {"town": town, "feeder": feeder, "transformer": name, "year": year}
                rows.append(here | _in_year(own, part, room, part.charging_share * cars * more, energy))
    return pl.DataFrame(rows, schema=HOSTING)


def _share_of(curves: TownCurves, town: Capacity, part: Capacity) -> TownCurves:
    """Return the load of a transformer: its other users, and its share of the rest."""
    if part is town:
        return curves
    base = curves.base * (part.base_kw / town.base_kw if town.base_kw else 0.0)
    rest = {
        name: part.charging_share * getattr(curves, name) for name in ("private", "public", "vehicles", "pv", "storage")
    }
    return TownCurves(curves.start_min, base, **rest)


def _in_year(
    curves: TownCurves, grid: Capacity, room: Floats, vehicles: float, energy_factor: float
) -> dict[str, float | None]:
    """Return vehicles, limit and headroom where they charge a multiple of the energy; `room` is what others leave."""
    peak = float(curves.total(vehicles_factor=energy_factor).max())
    charging = energy_factor * curves.vehicles
    drawing = charging > 0.0
    # how often the vehicles of the year could be there until the first interval is full
    times = float((room[drawing] / charging[drawing]).min()) if drawing.any() else None
    return {
        "vehicles": vehicles,
        "vehicles_limit": None if times is None else vehicles * max(0.0, times),
        "headroom_kw": grid.capacity_kw - peak,
        "peak_share": peak / grid.capacity_kw,
    }


def first_full_year(hosting: pl.DataFrame) -> dict[str, int | None]:
    """Return the first year in which each town's peak passes its capacity; None for those that never do."""
    towns = hosting.filter(pl.col("feeder").is_null())
    full = towns.filter(pl.col("peak_share") > 1.0).group_by("town").agg(pl.col("year").min())
    years = dict(full.iter_rows())
    return {town: years.get(town) for town in towns["town"].unique(maintain_order=True)}
