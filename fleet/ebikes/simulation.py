"""Shared e-bikes: trips, batteries that run down, swap crews and rebalancing vans, on SimPy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import HOURS
from data.errors import DataError
from data.factors import grid_factor
from fleet.ebikes.operations import NO_BIKE, NO_CHARGE, SERVED, World

if TYPE_CHECKING:
    from data.county import County
    from fleet.ebikes.system import EbikeSystem


@dataclass(frozen=True, slots=True)
class EbikeResult:
    """Tables of a simulation of shared e-bikes.

    Attributes
    ----------
    trips : polars.DataFrame
        One row a trip: ``trip_id, depart_min, origin, destination, km, outcome`` (``served``, ``no_bike``,
        ``no_charge``).
    hours : polars.DataFrame
        One row a point and hour of the day: ``point, hour, availability_share``, the share of time with a bike that can
        be rented.
    points : polars.DataFrame
        One row a point: ``point, town, bikes, trips, served, no_bike, no_charge, availability_share, bikes_at_end``.
    totals : dict of str to float
        As `EBIKES`, without the carbon. ``bikes_at_end`` counts all bikes, ridden ones too; ``stored_change_kwh`` is
        the change of the energy in their batteries, which is swapped_kwh - bike_kwh.
    """

    trips: pl.DataFrame
    hours: pl.DataFrame
    points: pl.DataFrame
    totals: dict[str, float]


EBIKES: Final = (
    "bikes",
    "crews",
    "vans",
    "trips",
    "lost_share",
    "availability_share",
    "low_share",
    "swaps",
    "moved_bikes",
    "crew_use_share",
    "van_use_share",
    "depot_short_min",
    "km",
    "bike_kwh",
    "swapped_kwh",
    "stored_change_kwh",
    "bikes_at_end",
    "meter_kwh",
    "van_km",
    "bikes_kgco2",
    "vans_kgco2",
    "replaced_kgco2",
    "saved_kgco2",
)
"""Totals of a simulation and its carbon."""


def simulate_ebikes(points: pl.DataFrame, trips: pl.DataFrame, system: EbikeSystem, *, days: float) -> EbikeResult:
    """Simulate shared e-bikes.

    Parameters
    ----------
    points
        ``point, town, lon, lat, bikes``; at minute 0 the bikes stand there, their charge spread
        evenly between the swap SOC and full.
    trips
        From :func:`ebike_trips`.
    system
        Bikes, crews, vans.
    days
        Days that are simulated.

    Returns
    -------
    EbikeResult
        Trips, availability by point and hour, points, totals.

    Raises
    ------
    DataError
        No points, or a trip from or to a point that does not exist.
    """
    if not points.height:
        raise DataError("ebike_points: no points; add some.")
    world = World(points, system, days)
    ends = {*trips["origin"], *trips["destination"]}
    unknown = sorted(ends - world.number.keys())
    if unknown:
        raise DataError(f"trips: {unknown[0]!r} is no point of ebike_points.")
    origins = [world.number[name] for name in trips["origin"]]
    destinations = [world.number[name] for name in trips["destination"]]
    km = trips["km"].to_list()
    for _ in range(system.crews):
        world.env.process(world.crew())
    for _ in range(system.vans):
        world.env.process(world.van())
    world.env.run_with(trips["depart_min"].to_list(), lambda n: world.rent(origins[n], destinations[n], km[n]))
    world.close()
    return _tables(points, trips, world, days)


def _tables(points: pl.DataFrame, trips: pl.DataFrame, world: World, days: float) -> EbikeResult:
    """Return the tables of a finished simulation."""
    system = world.system
    table = trips.with_columns(outcome=pl.Series(world.outcome, dtype=pl.String))
    share = np.minimum(1.0, world.open_min / (60.0 * days))
    hours = pl.DataFrame(
        {
            "point": np.repeat([point.name for point in world.points], HOURS),
            "hour": np.tile(np.arange(HOURS), len(world.points)),
            "availability_share": share.ravel(),
        }
    )
    kinds = [(pl.col("outcome") == name).sum().cast(pl.Int64).alias(name) for name in (SERVED, NO_BIKE, NO_CHARGE)]
    own = table.group_by("origin").agg(pl.len().cast(pl.Int64).alias("trips"), *kinds)
    by_point = (
        points.select("point", "town", "bikes")
        .join(own, left_on="point", right_on="origin", how="left", maintain_order="left")
        .with_columns(pl.col("trips", SERVED, NO_BIKE, NO_CHARGE).fill_null(0))
        .with_columns(
            availability_share=pl.Series(share.mean(axis=1)),
            bikes_at_end=pl.Series([len(point.socs) for point in world.points], dtype=pl.Int64),
        )
    )
    shift = days * 60.0 * (system.shift_h[1] - system.shift_h[0])
    charged = math.fsum((end - start) * kw for start, end, kw in world.stock.pieces) / 60.0
    wanted, bikes = trips.height, float(points["bikes"].sum())
    totals = {
        "bikes": bikes,
        "crews": float(system.crews),
        "vans": float(system.vans),
        "trips": float(wanted),
        "lost_share": 0.0 if not wanted else 1.0 - world.outcome.count(SERVED) / wanted,
        "availability_share": float(share.mean()),
        "low_share": sum(soc < system.swap_soc for point in world.points for soc in point.socs) / max(1.0, bikes),
        "swaps": float(world.swaps),
        "moved_bikes": float(world.moved),
        "crew_use_share": min(1.0, world.busy["crew"] / (system.crews * shift)) if system.crews else 0.0,
        "van_use_share": min(1.0, world.busy["van"] / (system.vans * shift)) if system.vans else 0.0,
        "depot_short_min": world.stock.short_min,
        "km": world.km,
        "bike_kwh": world.km * system.kwh_per_km,
        "swapped_kwh": world.swapped_kwh,
        "stored_change_kwh": (world.all_soc - world.first_soc) * system.battery_kwh,
        "bikes_at_end": float(world.all_bikes),
        "meter_kwh": charged / system.efficiency,
        "van_km": world.van_km,
    }
    return EbikeResult(table, hours, by_point, totals)


def ebike_carbon(county: County, totals: dict[str, float], *, year: int) -> dict[str, float]:
    """Return the carbon of the bikes and of the trips that they replace, kg CO2.

    Electricity of the batteries and of the vans at the grid factor of the year; replaced kilometres of motorcycles
    and cars at the petrol that the county's tables give (tank to wheel).

    Returns
    -------
    dict of str to float
        ``bikes_kgco2, vans_kgco2, replaced_kgco2, saved_kgco2``.
    """
    grid = grid_factor(county, year)
    petrol = county.fuel_factors.filter((pl.col("mode") == "road") & (pl.col("fuel") == "petrol")).row(0, named=True)
    per_l = petrol["ttw_kgco2_per_kg"] * petrol["density_kg_per_l"]
    use = {
        row["vehicle_class"]: row["use_per_100km"] / 100.0
        for row in county.energy_use.filter(pl.col("power") == "petrol").iter_rows(named=True)
    }
    shares = {"motorcycle": "ebikes.replaces_motorcycle_share", "private_car": "ebikes.replaces_car_share"}
    replaced = math.fsum(
        totals["km"] * county.figure(key) * use[name] * per_l for name, key in shares.items() if name in use
    )
    charged = totals["bike_kwh"] / county.figure("ebikes.charger_efficiency") * grid
    vans = totals["van_km"] * county.figure("ebikes.van_kwh_per_km") * grid
    return {
        "bikes_kgco2": charged,
        "vans_kgco2": vans,
        "replaced_kgco2": replaced,
        "saved_kgco2": replaced - charged - vans,
    }
