"""Whether places lie where they can: within reach of the county's towns, and not farther apart than their roads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import polars as pl

from data.errors import Fault
from data.tables.distances import great_circle_km
from data.tables.rules import INDEX, faults_in_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from data.tables.reading import ReadTable

_LEAST_REACH_KM: Final = 60.0
_UNKNOWN_REACH_KM: Final = 300.0
"""Radius around the middle of the towns where their areas are not known; the largest counties of China need it."""
_FAR_KM: Final = 1500.0
"""Farther from the county no place of its roads or river can be: a river as long as the Pearl has 2,200 km."""
_SHORTER: Final = 0.9
_ROUGH_KM: Final = 1.0
"""A link may be a little shorter than the way as the crow flies: its ends are the middles of towns."""
_WINDING: Final = 8.0
_WINDING_KM: Final = 20.0
_RIVER_KM: Final = 10.0
_LEAST_CORNERS: Final = 3  # less encloses nothing
_FROM_NODE_KM: Final = 60.0
_INSIDE: Final = ("outline", "villages", "candidates", "ebike_points", "swap_stations")
_COORDINATES: Final = "Correct the coordinates (degrees east and north, WGS 84)."


def check_geography(tables: Mapping[str, ReadTable], layouts: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield places that lie too far from the county, and distances that contradict coordinates."""
    yield from _check_reach(tables, layouts)
    yield from _check_lengths(tables)
    yield from _check_river(tables)
    yield from _check_outline(tables["outline"])


def unusual_lengths(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield a warning for each road link that is much longer than the way between its ends as the crow flies."""
    links = tables["road_links"]
    longer = _with_ends(tables).filter(pl.col("length_km") > _WINDING * pl.col("crow_km") + _WINDING_KM)
    expected = f"usually at most {_WINDING:g} times the way as the crow flies"
    yield from faults_in_rows(links, longer, "length_km", expected, "Check length and coordinates of both ends.")


def _check_reach(tables: Mapping[str, ReadTable], layouts: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield towns, stations and points outside the county, and other places far from it."""
    towns = tables["towns"].frame
    # the median: one town at the other end of the world does not move it
    middle = towns.select(pl.col("lon").median(), pl.col("lat").median()).row(0)
    if None in middle:
        return
    areas = towns["area_km2"]
    # three times the side of a square of that area: counties may be long and narrow
    reach = _UNKNOWN_REACH_KM if areas.null_count() else max(_LEAST_REACH_KM, 3.0 * math.sqrt(areas.sum()))
    inside = [(tables["towns"], pl.lit(value=True), reach)]
    # a station of a town is measured from there (`rules.check_far`)
    inside += [(table, pl.col("town").is_null(), reach) for table in layouts.values()]
    inside += [(tables[name], pl.lit(value=True), reach) for name in _INSIDE]
    inside.append((tables["service_areas"], pl.col("in_county"), reach))
    around = [(tables["service_areas"], ~pl.col("in_county"), _FAR_KM)]
    around += [(tables[name], pl.lit(value=True), _FAR_KM) for name in ("places", "river_nodes")]
    for table, rows, most in (*inside, *around):
        away = great_circle_km(pl.col("lon"), pl.col("lat"), pl.lit(middle[0]), pl.lit(middle[1]))
        far = table.frame.with_row_index(INDEX).filter(rows & (away > most))
        expected = f"a place within {most:.0f} km of {middle[0]:.3f} E, {middle[1]:.3f} N, the middle of the towns"
        for row in far.with_columns(away=away).iter_rows(named=True):
            got = f"lon {row['lon']:g}, lat {row['lat']:g}, which is {row['away']:,.0f} km away"
            yield Fault(table.file, table.lines[row[INDEX]], "lon", got, expected, _COORDINATES)


def _with_ends(tables: Mapping[str, ReadTable]) -> pl.DataFrame:
    """Return the road links with their rows' numbers and the distance of their ends as the crow flies."""
    nodes = pl.concat(
        tables[name].frame.select(pl.col(key).alias("node"), "lon", "lat").drop_nulls()
        for name, key in (("towns", "town"), ("places", "place"), ("service_areas", "site"))
    ).unique("node")
    return (
        tables["road_links"]
        .frame.with_row_index(INDEX)
        .join(nodes, left_on="from_node", right_on="node", maintain_order="left")
        .join(nodes, left_on="to_node", right_on="node", suffix="_to", maintain_order="left")
        .with_columns(crow_km=great_circle_km(*(pl.col(name) for name in ("lon", "lat", "lon_to", "lat_to"))))
    )


def _check_lengths(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield road links that are shorter than the way between their ends as the crow flies."""
    links = tables["road_links"]
    ends = _with_ends(tables)
    for row in ends.filter(pl.col("length_km") < _SHORTER * pl.col("crow_km") - _ROUGH_KM).iter_rows(named=True):
        expected = (
            f"at least {row['crow_km']:.1f} km, the way from {row['from_node']} to {row['to_node']} as the crow flies"
        )
        remedy = "Correct the length, or the coordinates of one of its ends."
        yield Fault(links.file, links.lines[row[INDEX]], "length_km", f"{row['length_km']:g}", expected, remedy)


def _check_river(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield nodes whose chainages are closer than their coordinates, and stations far from their node."""
    nodes = tables["river_nodes"]
    placed = nodes.frame.with_row_index(INDEX).drop_nulls(["chainage_km", "lon", "lat"]).sort("chainage_km")
    ends = [pl.col(name).shift() for name in ("lon", "lat")]
    apart = placed.with_columns(
        crow_km=great_circle_km(pl.col("lon"), pl.col("lat"), *ends),
        along_km=pl.col("chainage_km") - pl.col("chainage_km").shift(),
        before=pl.col("node").shift(),
    ).filter(pl.col("crow_km") * _SHORTER > pl.col("along_km") + _RIVER_KM)
    for row in apart.iter_rows(named=True):
        got = f"{row['chainage_km']:g}, which is {row['along_km']:g} km from {row['before']}"
        expected = f"at least {row['crow_km']:.0f} km from there, as the crow flies"
        remedy = "Correct the chainage, or the coordinates of one of them."
        yield Fault(nodes.file, nodes.lines[row[INDEX]], "chainage_km", got, expected, remedy)
    at = nodes.frame.select("node", node_km="chainage_km").drop_nulls().unique("node")
    for name in ("lng_stations", "terminals"):
        table = tables[name]
        rows = table.frame.with_row_index(INDEX).join(at, on="node", maintain_order="left")
        for row in rows.filter((pl.col("chainage_km") - pl.col("node_km")).abs() > _FROM_NODE_KM).iter_rows(named=True):
            expected = f"within {_FROM_NODE_KM:g} km of {row['node_km']:g}, the chainage of its node '{row['node']}'"
            remedy = "Correct the chainage (km below the first lock), or name the node that is near."
            yield Fault(table.file, table.lines[row[INDEX]], "chainage_km", f"{row['chainage_km']:g}", expected, remedy)


def _check_outline(table: ReadTable) -> Iterator[Fault]:
    """Yield the first corner of each ring of the border that has too few of them."""
    few = table.frame.with_row_index(INDEX).filter(pl.len().over("ring") < _LEAST_CORNERS)
    rings = few.unique("ring", keep="first")
    remedy = "Give the ring all its corners, or leave it out."
    yield from faults_in_rows(table, rings.sort(INDEX), "ring", f"a ring of {_LEAST_CORNERS} corners or more", remedy)
