"""What the colours of the map can show: use, waits, those turned away, what a kWh costs; minutes; room in the grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.outcomes import TURNED_AWAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County
    from experiments.report.language import Translate

STATIONS: Final = "stations"
HOMES: Final = "homes"
TOWNS: Final = "towns"
SCALE: Final = [[0.0, "#ffffcc"], [0.25, "#fed976"], [0.5, "#fd8d3c"], [0.75, "#e31a1c"], [1.0, "#800026"]]
"""Colours from little to much (ColorBrewer's YlOrRd); plotly knows it by name in two directions."""


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A figure by which symbols of the map are coloured.

    Attributes
    ----------
    key, title : str
        What it is, with its unit.
    of : str
        Which symbols have it: ``stations``, ``homes`` or ``towns``.
    values : list of float or None
        One per symbol; None where nothing was observed.
    low, high : float
        Ends of the scale.
    good_high : bool
        Whether much is good: the scale is turned round.
    """

    key: str
    title: str
    of: str
    values: list[float | None]
    low: float
    high: float
    good_high: bool = False

    def payload(self) -> dict[str, Any]:
        """Return it for the page."""
        return {
            "key": self.key,
            "title": self.title,
            "of": self.of,
            "values": [None if value is None else round(value, 2) for value in self.values],
            "low": self.low,
            "high": self.high,
            "reversed": self.good_high,
        }


def stations_on_map(county: County, layout: pl.DataFrame, stations: pl.DataFrame) -> pl.DataFrame:
    """Return one row per station with coordinates and what the run says of it, mean over replications.

    Parameters
    ----------
    county : data.County
        A station without coordinates stands at its service area or town.
    layout, stations : polars.DataFrame
        Run tables.

    Returns
    -------
    polars.DataFrame
        ``station_id, town, site, piles, guns, lon, lat`` and, as far as the run has them, ``use_percent,
        wait_p95_min, turned_away_percent, cny_per_kwh, arrivals, energy_kwh, peak_kw, power_kw``.
    """
    sites, towns = (
        county.tables[table].select(pl.col(key).alias(name), lon_=pl.col("lon"), lat_=pl.col("lat"))
        for table, key, name in (("service_areas", "site", "site"), ("towns", "town", "town"))
    )
    where = layout.group_by("station_id", maintain_order=True).agg(
        pl.col("town", "site", "lon", "lat").first(), pl.col("piles").sum()
    )
    for table, key in ((sites, "site"), (towns, "town")):
        where = where.join(table, on=key, how="left", maintain_order="left").with_columns(
            lon=pl.coalesce("lon", "lon_"), lat=pl.coalesce("lat", "lat_")
        )
        where = where.drop("lon_", "lat_")
    known = set(stations.columns)
    means = [
        pl.col(name).mean()
        for name in ("wait_p95_min", "arrivals", "energy_kwh", "meter_kwh", "peak_kw", "power_kw")
        if name in known
    ]
    more = {"use_percent": 100.0 * pl.col("gun_utilisation_share").mean().fill_null(0.0)}
    if {"arrivals", "balked", "reneged"} <= known:
        more["turned_away_percent"] = 100.0 * TURNED_AWAY
    if "cost_cny" in known:
        more["cny_per_kwh"] = pl.col("cost_cny").sum() / pl.col("energy_kwh").sum()
    found = stations.group_by("station_id").agg(pl.col("guns").first(), *means, **more)
    drawn = where.drop_nulls(["lon", "lat"]).join(found, on="station_id", how="inner", maintain_order="left")
    return drawn.with_columns(pl.col(*more).fill_nan(None))


def station_layers(table: pl.DataFrame, translate: Translate) -> list[MapLayer]:
    """Return the layers of stations, of the columns that `stations_on_map` found; the use of guns is the first."""
    titles = {
        "use_percent": translate("guns in use, %"),
        "wait_p95_min": translate("P95 of the wait, min"),
        "turned_away_percent": translate("leave without a charge, %"),
        "cny_per_kwh": translate("drivers pay, CNY/kWh"),
    }
    return [
        _scaled(name, title, STATIONS, table[name].to_list(), from_zero=name != "cny_per_kwh")
        for name, title in titles.items()
        if name in table.columns
    ]


def home_layer(homes: pl.DataFrame, translate: Translate) -> MapLayer | None:
    """Return the minutes from each village to the nearest public charger; None without villages."""
    if not homes.height:
        return None
    title = translate("minutes to the nearest public charger")
    return _scaled("minutes", title, HOMES, homes["nearest_min"].to_list())


def grid_layer(county: County, grid: pl.DataFrame, translate: Translate) -> MapLayer | None:
    """Return what each town's grid has left at its peak, % of what it carries; None where no grid is known."""
    share = dict(grid.group_by("town").agg(pl.col("peak_share").mean()).iter_rows()) if grid.height else {}
    values = [None if share.get(town) is None else 100.0 * (1.0 - share[town]) for town in county.towns["town"]]
    if all(value is None for value in values):
        return None
    title = translate("left of the grid at its peak, %")
    return MapLayer("headroom", title, TOWNS, values, 0.0, 100.0, good_high=True)


def _scaled(key: str, title: str, of: str, values: Sequence[float | None], *, from_zero: bool = True) -> MapLayer:
    """Return a layer whose scale holds all its values, with an end that is easy to read."""
    known = [value for value in values if value is not None]
    most, least = max(known, default=0.0), min(known, default=0.0)
    step = 10.0 ** math.floor(math.log10(most)) / 2.0 if most > 0.0 else 1.0
    high = max(step * math.ceil(most / step - 1e-9), step)  # rounding must not add a step
    low = 0.0 if from_zero else step * math.floor(least / step + 1e-9)
    return MapLayer(key, title, of, list(values), low, high if high > low else low + step)
