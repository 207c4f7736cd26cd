"""Distances between places, on the sphere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from data.arrays import Floats

EARTH_M: Final = 6_371_009.0
"""Mean radius of the earth, m: (2a + b)/3 of WGS 84, as osmnx has it."""
FAR_KM = 50.0
"""Beyond this no station belongs to a town: towns of a county are closer together. It is a slip of the coordinates."""


def distance_km(stations: pl.DataFrame, towns: pl.DataFrame) -> pl.DataFrame:
    """Return stations with the great circle to their town in the column ``km``.

    Parameters
    ----------
    stations
        ``town, lon, lat`` and any other columns.
    towns
        ``town, lon, lat``.

    Returns
    -------
    polars.DataFrame
        The stations whose town is known and which have coordinates, in the order given.
    """
    seats = towns.select("town", town_lon=pl.col("lon").cast(pl.Float64), town_lat=pl.col("lat").cast(pl.Float64))
    joined = stations.join(seats, on="town", how="inner", maintain_order="left")
    placed = joined.drop_nulls(["lon", "lat", "town_lon", "town_lat"])
    degrees = placed.select("lat", "lon", "town_lat", "town_lon").cast(pl.Float64).to_numpy().T
    return placed.with_columns(km=pl.Series(great_circle_m(*degrees) / 1000.0)).drop("town_lon", "town_lat")


def great_circle_m(lat: Floats, lon: Floats, other_lat: Floats, other_lon: Floats) -> Floats:
    """Return the great-circle distances of pairs of points given in degrees, m, by the haversine formula."""
    south, north = np.deg2rad(lat), np.deg2rad(other_lat)
    half_north, half_east = (north - south) / 2, (np.deg2rad(other_lon) - np.deg2rad(lon)) / 2
    chord = np.sin(half_north) ** 2 + np.cos(south) * np.cos(north) * np.sin(half_east) ** 2
    # rounding may lift antipodes above 1
    return np.asarray(2.0 * np.arcsin(np.sqrt(np.minimum(1.0, chord))) * EARTH_M)


def great_circle_km(lon: pl.Expr, lat: pl.Expr, to_lon: pl.Expr, to_lat: pl.Expr) -> pl.Expr:
    """Return the great-circle distance between two columns of places, km; null where one is not known."""

    def distances(places: pl.Series) -> pl.Series:
        degrees = (places.struct.field(name).to_numpy() for name in _ENDS)
        # what is not known is NaN in arrays
        return pl.Series(great_circle_m(*degrees) / 1000.0).fill_nan(None)

    named = zip((lat, lon, to_lat, to_lon), _ENDS, strict=True)
    ends = pl.struct(value.cast(pl.Float64).alias(name) for value, name in named)
    return ends.map_batches(distances, return_dtype=pl.Float64, is_elementwise=True)


_ENDS: Final = ("lat", "lon", "to_lat", "to_lon")
