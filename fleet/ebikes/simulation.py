"""Shared e-bikes: trips, batteries that run down, swap crews and rebalancing vans, on SimPy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.swapping.battery_stock import Rack
from data.errors import DataError
from data.factors import grid_factor
from data.streams import stream
from fleet.ebikes.operations import NO_BIKE, NO_CHARGE, SERVED, World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.county import County

    Floats = NDArray[np.float64]

_DAY: Final = 1440.0
_HOURS: Final = 24
_NOON: Final = 13
_PROFILE: Final = "ebike"


@dataclass(frozen=True, slots=True)
class EbikeSystem:
    """Bikes, batteries, crews and vans.

    Attributes
    ----------
    crews, vans : int
        At work in a shift: crews swap batteries, vans move bikes.
    kwh_per_km, battery_kwh : float
        Use of a bike and size of its battery.
    swap_soc, least_soc : float
        Below the first a battery is due for a swap, below the second a bike is not rented out.
    speed_km_h, van_km_h : float
        Of bikes, and of crews and vans.
    swap_min, load_min : float
        At a bike: to swap its battery, to load or unload it.
    van_bikes, van_batteries : int
        What a van and a crew carry.
    shift_h : tuple of float
        Hours of the day between which crews and vans work.
    depot : Rack
        Spare batteries and chargers.
    efficiency : float
        Battery kWh per meter kWh.
    detour : float
        Road over straight line.
    """

    crews: int
    vans: int
    kwh_per_km: float
    battery_kwh: float
    swap_soc: float
    least_soc: float
    speed_km_h: float
    van_km_h: float
    swap_min: float
    load_min: float
    van_bikes: int
    van_batteries: int
    shift_h: tuple[float, float]
    depot: Rack
    efficiency: float
    detour: float

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises
        ------
        DataError
            A negative number, a speed not above 0, a shift that ends before it starts, SOC out of order.
        """
        if self.crews < 0 or self.vans < 0:
            raise DataError(f"e-bikes: got {self.crews} crews and {self.vans} vans, expected 0 or more.")
        if not (self.speed_km_h > 0.0 and self.van_km_h > 0.0):
            raise DataError("e-bikes: speeds must be above 0.")
        if not 0.0 <= self.shift_h[0] < self.shift_h[1] <= _HOURS:
            raise DataError(f"e-bikes: shift {self.shift_h}, expected hours of a day, the end after the start.")
        if not 0.0 <= self.least_soc <= self.swap_soc < 1.0:
            raise DataError("e-bikes: expected 0 <= least_soc <= swap_soc < 1.")


def ebike_system(county: County, *, crews: int | None = None, vans: int | None = None) -> EbikeSystem:
    """Return the system that the county's figures describe, on request with other crews and vans."""
    figure = county.figure
    names = ("battery_kwh", "swap_soc", "least_soc", "speed_km_h", "van_km_h", "swap_min", "load_min")
    battery = figure("ebikes.battery_kwh")
    depot = Rack(
        round(figure("ebikes.depot_batteries")),
        round(figure("ebikes.depot_chargers")),
        figure("ebikes.charger_kw"),
        battery,
    )
    return EbikeSystem(
        crews=round(figure("ebikes.crews")) if crews is None else crews,
        vans=round(figure("ebikes.vans")) if vans is None else vans,
        kwh_per_km=figure("ebikes.kwh_per_100km") / 100.0,
        van_bikes=round(figure("ebikes.van_bikes")),
        van_batteries=round(figure("ebikes.van_batteries")),
        shift_h=(figure("ebikes.shift_from_h"), figure("ebikes.shift_to_h")),
        depot=depot,
        efficiency=figure("ebikes.charger_efficiency"),
        detour=figure("ebikes.detour_factor"),
        **{name: figure(f"ebikes.{name}") for name in names},
    )


def ebike_trips(county: County, *, days: int, seed: int) -> pl.DataFrame:
    """Draw the trips that people want to make.

    Trips of a town are a Poisson process over the day's profile; origins and destinations within the town follow the
    points' weights of the morning, reversed after 13:00.

    Parameters
    ----------
    county
        Reads ``ebike_points``, the profile ``ebike`` and the figures ``ebikes.*``.
    days
        Days to draw.
    seed
        Seed of the replication.

    Returns
    -------
    polars.DataFrame
        ``trip_id, depart_min, origin, destination, km``, by time.
    """
    points = county.ebike_points
    profile = county.profiles.filter(pl.col("profile") == _PROFILE).sort("hour")["share"].to_numpy()
    if len(profile) != _HOURS:
        raise DataError(f"profiles: profile {_PROFILE!r} needs 24 hours.")
    per_bike, mean = county.figure("ebikes.trips_per_bike_day"), county.figure("ebikes.trip_km")
    most = county.figure("ebikes.trip_most_km")
    frames = []
    for town in points["town"].unique(maintain_order=True):
        own = points.filter(pl.col("town") == town)
        rng = stream(seed, "fleet", "ebikes", town)
        counts = rng.poisson(np.tile(profile, days) * per_bike * float(own["bikes"].sum()))
        hour = np.repeat(np.arange(len(counts)), counts)
        depart = 60.0 * (hour + rng.random(len(hour)))
        late = hour % _HOURS >= _NOON
        origins, ends = own["morning_origin_weight"].to_numpy(), own["morning_destination_weight"].to_numpy()
        first, second = (_pick(rng, one, other, late) for one, other in ((origins, ends), (ends, origins)))
        km = np.minimum(rng.exponential(mean, len(hour)), most)
        names = own["point"].to_numpy()
        columns = {"depart_min": depart, "origin": names[first], "destination": names[second], "km": km}
        frames.append(pl.DataFrame(columns))
    table = pl.concat(frames).sort("depart_min", "origin", maintain_order=True)
    return table.with_row_index("trip_id").with_columns(pl.col("trip_id").cast(pl.Int64))


def _pick(rng: np.random.Generator, morning: Floats, evening: Floats, late: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a point for each trip, by the weights of its half of the day."""
    draw = rng.random(len(late))
    return np.where(late, *(np.searchsorted(np.cumsum(w) / w.sum(), draw) for w in (evening, morning)))


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
            "point": np.repeat([point.name for point in world.points], _HOURS),
            "hour": np.tile(np.arange(_HOURS), len(world.points)),
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
