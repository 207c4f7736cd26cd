"""Trips with shared e-bikes, drawn before the simulation."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from data.arrays import HOURS
from data.errors import DataError
from data.schemas.supply import EBIKE_PROFILE
from data.streams import stream
from data.tables.distances import great_circle_m
from fleet.demand.decisions import ByCharge, exponential, poisson_quantile, uniform
from fleet.ebikes.destinations import DEPART_MIN, ENDS, KM, NOON, STARTS, draw_town, weights_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from data.county import County

SERVED, NO_BIKE, NO_CHARGE = range(3)
OUTCOMES: Final = {SERVED: "served", NO_BIKE: "no_bike", NO_CHARGE: "no_charge"}
"""What became of a trip, by its number."""


@dataclass(frozen=True, slots=True)
class EbikeDemand:
    """What people ask of shared e-bikes.

    Attributes
    ----------
    trips_per_bike_day : float
        Trips wanted per bike and day.
    trip_km, trip_most_km : float
        Mean length of a trip, and where errands on its way are cut.
    detour : float
        Road over straight line.
    """

    trips_per_bike_day: float
    trip_km: float
    trip_most_km: float
    detour: float

    @classmethod
    def from_county(cls, county: County) -> EbikeDemand:
        """Return the figures ``ebikes.*`` of trips."""
        return cls(
            county.figure("ebikes.trips_per_bike_day"),
            county.figure("ebikes.trip_km"),
            county.figure("ebikes.trip_most_km"),
            county.figure("ebikes.detour_factor"),
        )


class Trips(NamedTuple):
    """Trips that people want to make, by time: departure in min, rows of their ends among the points, km."""

    depart_min: Floats
    origin: Ints
    destination: Ints
    km: Floats


def ebike_trips(county: County, *, days: int, seed: int) -> pl.DataFrame:
    """Draw the trips that people of a county want to make.

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

    Raises
    ------
    DataError
        The profile ``ebike`` has not 24 hours.
    """
    return _table(county.ebike_points, county_trips(county, days=days, seed=seed))


def county_trips(county: County, *, days: int, seed: int) -> Trips:
    """Draw the trips of :func:`ebike_trips`, as arrays."""
    rows = sorted(county.rows_by("profiles", "profile").get(EBIKE_PROFILE, ()), key=itemgetter("hour"))
    profile = np.array([row["share"] for row in rows])
    if len(profile) != HOURS:
        raise DataError(f"profiles: profile {EBIKE_PROFILE!r} needs 24 hours.")
    return _drawn(county.ebike_points, profile, EbikeDemand.from_county(county), days=days, seed=seed)


def draw_trips(points: pl.DataFrame, profile: Floats, demand: EbikeDemand, *, days: int, seed: int) -> pl.DataFrame:
    """Draw trips between points.

    Trips of a town are a Poisson process over the day's profile; origins and destinations within the town follow the
    points' weights of the morning, reversed after 13:00. A trip goes to another point, where the town has one, and is
    as long as the way there (straight line times detour) and an errand, exponential: ways and errands make the mean
    length that the demand states, and no less than the ways alone.

    How many trips an hour has, and minute, origin, destination and errand of each, are drawn from streams of their own,
    the last four by hour and number within it: moving one figure leaves the other draws as they were, and more trips
    come on top of those that there were.
    """
    return _table(points, _drawn(points, profile, demand, days=days, seed=seed))


def _table(points: pl.DataFrame, trips: Trips) -> pl.DataFrame:
    """Return trips as a table, with the names of their points."""
    names = points["point"]
    return pl.DataFrame(
        {
            "trip_id": np.arange(len(trips.km), dtype=np.int64),
            "depart_min": trips.depart_min,
            "origin": names.gather(trips.origin),
            "destination": names.gather(trips.destination),
            "km": trips.km,
        }
    )


def _drawn(points: pl.DataFrame, profile: Floats, demand: EbikeDemand, *, days: int, seed: int) -> Trips:
    """Draw trips between points; see `draw_trips`."""
    places = _Places.from_points(points)
    rows_of: dict[str, list[int]] = {}
    for row, town in enumerate(points["town"]):
        rows_of.setdefault(str(town), []).append(row)
    towns = {town: places.at(np.array(rows)) for town, rows in rows_of.items()}
    counts = _counts(towns, profile, demand, days=days, seed=seed)
    ends = np.cumsum([own.sum() for own in counts]).tolist()
    numbers, found = np.empty((2, ends[-1])), np.empty((2, ends[-1]), dtype=np.int64)
    for (town, own), count, first in zip(towns.items(), counts, (0, *ends), strict=False):
        way_km = _ways_km(own, demand.detour)
        errand_km = max(0.0, demand.trip_km - _mean_km(own, way_km, profile))
        lots = _lots(town, int(count.max(initial=0)), len(count), seed)
        weights = weights_of(own.origin_weight, own.destination_weight)
        lengths_km = errand_km, demand.trip_most_km
        draw_town(count, lots, weights, way_km, lengths_km, (own.row, first, numbers, found))
    order = in_order(numbers[DEPART_MIN], found[STARTS])
    return Trips(numbers[DEPART_MIN][order], found[STARTS][order], found[ENDS][order], numbers[KM][order])


def _counts(
    towns: Mapping[str, _Places], profile: Floats, demand: EbikeDemand, *, days: int, seed: int
) -> NDArray[np.int64]:
    """Return how many trips begin in each hour, by town."""
    each = np.tile(profile, days) * demand.trips_per_bike_day
    mean = np.array([each * float(places.bikes.sum()) for places in towns.values()])
    lots = np.array([stream(seed, "fleet", "ebikes", town, "count").random(HOURS * days) for town in towns])
    # inverse of the distribution function: a lot more or less of demand adds trips and draws none anew
    return poisson_quantile(lots.ravel(), mean.ravel()).reshape(mean.shape)


def _lots(town: str, needed: int, hours: int, seed: int) -> Floats:
    """Return the lots of a town's trips by decision, hour, and number within the hour."""
    return np.array(
        [
            ByCharge(seed, f"ebikes/{town}", decision, hours, law).columns(needed)
            for decision, law in (
                ("minute", uniform),
                ("origin", uniform),
                ("destination", uniform),
                ("other-destination", uniform),
                ("km", exponential),
            )
        ]
    )


def in_order(depart_min: Floats, origin: Ints) -> Ints:
    """Return the trips by time; those of one minute in the order of their points, then as they were."""
    order = np.argsort(depart_min)
    if not np.any(np.diff(depart_min[order]) == 0.0):
        return order
    # hardly ever: to sort by both takes four times as long
    return np.lexsort((origin, depart_min))


@dataclass(frozen=True, slots=True)
class _Places:
    """Points as arrays: rows in the table, degrees, bikes, and weights of a morning's origins and destinations."""

    row: Ints
    lat: Floats
    lon: Floats
    bikes: Ints
    origin_weight: Floats
    destination_weight: Floats

    @classmethod
    def from_points(cls, points: pl.DataFrame) -> _Places:
        """Return the points of a table."""
        names = ("lat", "lon", "bikes", "morning_origin_weight", "morning_destination_weight")
        return cls(np.arange(points.height), *(points[name].to_numpy() for name in names))

    def at(self, rows: Ints) -> _Places:
        """Return some of them."""
        weights = self.origin_weight[rows], self.destination_weight[rows]
        return _Places(self.row[rows], self.lat[rows], self.lon[rows], self.bikes[rows], *weights)


def _ways_km(places: _Places, detour: float) -> Floats:
    """Return the ways between the points of a town by road, km."""
    lat, lon = places.lat, places.lon
    return detour * great_circle_m(lat[:, None], lon[:, None], lat[None, :], lon[None, :]) / 1000.0


def _mean_km(places: _Places, way_km: Floats, profile: Floats) -> float:
    """Return the mean way of a town's trips in the morning and back."""
    starts, ends = places.origin_weight, places.destination_weight
    day_share = float(profile[:NOON].sum() / profile.sum())
    return day_share * _mean_way_km(way_km, starts, ends) + (1.0 - day_share) * _mean_way_km(way_km, ends, starts)


def _mean_way_km(way_km: Floats, starts: Floats, ends: Floats) -> float:
    """Return the mean way of trips that start and end by weights, at another point where one has a weight."""
    weights = starts[:, None] * ends[None, :]
    apart = weights * ~np.eye(len(starts), dtype=np.bool_)
    # the others of an origin get what its own weight as a destination leaves
    others = apart.sum(axis=1, keepdims=True)
    shares = np.divide(apart, others, out=np.zeros_like(apart), where=others > 0.0)
    return float((starts[:, None] / starts.sum() * shares * way_km).sum())
