"""Distances between the places of a county's tables."""

from __future__ import annotations

import polars as pl

EARTH_RADIUS_KM = 6371.009
"""Mean radius (IUGG), as osmnx measures."""
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
    return placed.with_columns(km=great_circle_km("lon", "lat", "town_lon", "town_lat")).drop("town_lon", "town_lat")


def great_circle_km(lon: str, lat: str, other_lon: str, other_lat: str) -> pl.Expr:
    """Return the distance on the sphere between two columns of places in degrees (haversine formula), km."""
    half = [(pl.col(b) - pl.col(a)).radians() / 2.0 for a, b in ((lat, other_lat), (lon, other_lon))]
    across = pl.col(lat).radians().cos() * pl.col(other_lat).radians().cos()
    chord = half[0].sin() ** 2 + across * half[1].sin() ** 2
    return 2.0 * EARTH_RADIUS_KM * chord.sqrt().arcsin()
