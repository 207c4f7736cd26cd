"""What lies under the stations of the map: outline, roads, river, terminals, LNG stations, towns and their names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from experiments.report.county_map.plane import Plane, Spot, labelled
from experiments.report.guards import label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.county import County
    from experiments.report.county_map.plane import Point
    from experiments.report.language import Translate
    from experiments.report.plots.plain_figure import PlainFigure
    from experiments.report.words.place_names import PlaceNames

WIDTH_PX: Final = 1060.0
HEIGHT_PX: Final = 520.0
"""Size of the map's plane on a wide screen, for which the labels are placed."""
_TOWN_PX: Final = 52.0  # symbol of the largest town
_SMALL_PX: Final = 11.0
_LARGE_PX: Final = 13.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What the map is drawn from.

    Attributes
    ----------
    county : data.County
        Its tables.
    plane : Plane
        Where things are drawn.
    names : PlaceNames
        Names in the language.
    translate : Translate
        Into the language.
    """

    county: County
    plane: Plane
    names: PlaceNames
    translate: Translate

    @property
    def px_per_km(self) -> float:
        """Scale of the map on a wide screen."""
        (left, right), (low, high) = self.plane.x_range, self.plane.y_range
        return min(WIDTH_PX / (right - left), HEIGHT_PX / (high - low))

    def nodes(self) -> dict[str, Point]:
        """Return the nodes of the roads, km."""
        return {name: self.plane.km(lon, lat) for name, (lon, lat) in road_nodes(self.county).items()}


def road_nodes(county: County) -> dict[str, Point]:
    """Return the nodes of the county's roads by id: longitude and latitude."""
    return {
        name: (lon, lat)
        for table, key in (("towns", "town"), ("places", "place"), ("service_areas", "site"))
        for name, lon, lat in county.tables[table].select(key, "lon", "lat").iter_rows()
    }


def outline_rings(county: County, plane: Plane) -> tuple[list[list[Point]], bool]:
    """Return the county's border as rings in km, and whether the county's tables give it.

    Without a table `outline` it is the hull of the towns, each a circle of its area.
    """
    given = county.tables.get("outline")  # a run of before kept none
    if given is not None and given.height:
        rings = given.sort("ring", "corner").partition_by("ring", maintain_order=True)
        return [[plane.km(lon, lat) for lon, lat in ring.select("lon", "lat").iter_rows()] for ring in rings], True
    import shapely  # noqa: PLC0415 - takes a while to load, and only maps need it

    discs = [
        shapely.Point(plane.km(lon, lat)).buffer(math.sqrt((area or 0.0) / math.pi) or plane.apart_km)
        for lon, lat, area in county.towns.select("lon", "lat", "area_km2").iter_rows()
    ]
    hull = shapely.union_all(discs).convex_hull.simplify(0.05)
    return [[(float(x), float(y)) for x, y in hull.exterior.coords]], False


def draw_outline(figure: PlainFigure, ground: Ground) -> None:
    """Draw the county's border; broken where it is only the hull of its towns."""
    rings, given = outline_rings(ground.county, ground.plane)
    said = ground.translate("county border") if given else ground.translate("around the towns' areas")
    points = [point for ring in rings for point in (*ring, ring[0], (None, None))]
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="lines",
        name=said,
        line={"color": "#8a97a0", "width": 1.5, "dash": "solid" if given else "dash"},
        hoverinfo="skip",
    )


def draw_roads(figure: PlainFigure, ground: Ground) -> None:
    """Draw road links as one trace; a gap follows each."""
    nodes = ground.nodes()
    xs: list[float | None] = []
    ys: list[float | None] = []
    for start, end in ground.county.road_links.select("from_node", "to_node").iter_rows():
        xs += [nodes[start][0], nodes[end][0], None]
        ys += [nodes[start][1], nodes[end][1], None]
    line = {"color": "#b5b5b5", "width": 1.5}
    figure.add_scatter(x=xs, y=ys, mode="lines", name=ground.translate("roads"), line=line, hoverinfo="skip")


def draw_river(figure: PlainFigure, ground: Ground) -> None:
    """Draw the river where its nodes have coordinates, and the terminals of the county."""
    nodes = ground.county.river_nodes.drop_nulls(["lon", "lat"]).sort("chainage_km")
    points = [ground.plane.km(lon, lat) for lon, lat in nodes.select("lon", "lat").iter_rows()]
    # of the sea far below, the map shows nothing
    far_km = 3.0 * (ground.plane.x_range[1] - ground.plane.x_range[0])
    points = [point for point in points if math.hypot(*point) < far_km]
    if not points:
        return
    line = {"color": "#74a9cf", "width": 6, "shape": "spline"}
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="lines",
        name=ground.translate("river"),
        line=line,
        hoverinfo="skip",
    )
    table = at_nodes(ground.county, "terminals")
    marker = {"symbol": "square", "size": 11, "color": "#2d6a4f", "line": {"color": "#fff", "width": 1}}
    _draw_marked(figure, ground, table, "terminal", ground.translate("cargo terminals"), marker)


def at_nodes(county: County, name: str) -> pl.DataFrame:
    """Return the rows of a table of the river that lie in the county, with the coordinates of their nodes."""
    nodes = county.river_nodes.select("node", "lon", "lat").drop_nulls()
    return county.tables[name].filter("in_county").join(nodes, on="node", maintain_order="left")


def draw_lng_stations(figure: PlainFigure, ground: Ground) -> None:
    """Draw the LNG stations of the county."""
    marker = {"symbol": "diamond", "size": 14, "color": "#7b2cbf", "line": {"color": "#fff", "width": 1}}
    table = at_nodes(ground.county, "lng_stations")
    _draw_marked(figure, ground, table, "station", ground.translate("LNG stations"), marker, meta="lng")


def _draw_marked(
    figure: PlainFigure,
    ground: Ground,
    table: pl.DataFrame,
    key: str,
    name: str,
    marker: dict[str, object],
    *,
    meta: str | None = None,
) -> None:
    """Draw the rows of a table of the river as symbols, beside the stations that stand at their place."""
    if not table.height:
        return
    points = [ground.plane.km(lon, lat) for lon, lat in table.select("lon", "lat").iter_rows()]
    of = "terminals" if key == "terminal" else "lng_stations"
    figure.add_scatter(
        x=[x + (ground.plane.apart_km if of == "terminals" else 0.0) for x, _ in points],
        y=[y - ground.plane.apart_km for _, y in points],
        mode="markers",
        name=name,
        marker=marker,
        text=[label(ground.names.name(of, row)) for row in table[key]],
        hoverinfo="text",
        meta=meta,
    )


def town_sizes_px(county: County) -> list[float]:
    """Return the diameter of each town's symbol: its area grows with the residents."""
    most = float(county.towns["residents"].max())  # type: ignore[arg-type]  # a county has towns with residents
    return [max(4.0, _TOWN_PX * math.sqrt(residents / most)) for residents in county.towns["residents"]]


def draw_names(figure: PlainFigure, ground: Ground, symbols: list[tuple[Point, float]]) -> None:
    """Write the names of towns, then of roads, service areas, LNG stations and terminals where there is room.

    Parameters
    ----------
    figure : PlainFigure
        Drawn on.
    ground : Ground
        What the map is drawn from.
    symbols : list of (point, float)
        Symbols that no name may hide, with their radius in pixels.
    """
    towns, others = list(_towns(ground)), list(_others(ground))
    spots = [*towns, *(spot for spot in others if ground.plane.shows(spot.point))]
    places = labelled(spots, symbols, ground.px_per_km)
    styles = ((slice(0, len(towns)), _LARGE_PX, None, None), (slice(len(towns), None), _SMALL_PX, "#5a6b75", "minor"))
    for part, size, colour, meta in styles:
        known = [(spot, place) for spot, place in zip(spots[part], places[part], strict=True) if place]
        shift = [_shift_km(spot, place, ground.px_per_km) for spot, place in known]
        figure.add_scatter(
            x=[spot.point[0] + dx for (spot, _), (dx, _) in zip(known, shift, strict=True)],
            y=[spot.point[1] + dy for (spot, _), (_, dy) in zip(known, shift, strict=True)],
            mode="text",
            text=[label(spot.text) for spot, _ in known],
            textposition=[place for _, place in known],
            textfont={"size": size} if colour is None else {"size": size, "color": colour},
            showlegend=False,
            hoverinfo="skip",
            meta=meta,
        )


def _shift_km(spot: Spot, position: str, px_per_km: float) -> Point:
    """Return how far a text is moved beyond its symbol, km."""
    away = spot.radius_px / px_per_km
    up = away if position.startswith("top") else -away if position.startswith("bottom") else 0.0
    right = away if position.endswith("right") else -away if position.endswith("left") else 0.0
    return right, up


def _towns(ground: Ground) -> Iterator[Spot]:
    """Yield the towns, the largest first."""
    sizes = town_sizes_px(ground.county)
    rows = ground.county.towns.with_columns(px=pl.Series(sizes)).sort("residents", descending=True)
    for town, lon, lat, size in rows.select("town", "lon", "lat", "px").iter_rows():
        yield Spot(ground.plane.km(lon, lat), ground.names.name("towns", town), _LARGE_PX, size / 2.0)


def _others(ground: Ground) -> Iterator[Spot]:
    """Yield what else is named: each road once, each service area once, and what lies on the river."""
    county, plane, nodes = ground.county, ground.plane, ground.nodes()
    named = county.road_links.drop_nulls("ref").sort("length_km", descending=True)
    roads: dict[str, Point] = {}
    for ref, start, end in named.select("ref", "from_node", "to_node").iter_rows():
        middle = tuple((one + other) / 2.0 for one, other in zip(nodes[start], nodes[end], strict=True))
        # the longest link of a road whose middle is on the map
        if plane.shows(middle) and ref not in roads:  # type: ignore[arg-type]  # of two numbers
            roads[ref] = middle  # type: ignore[assignment]  # of two numbers
    yield from (Spot(point, ref, _SMALL_PX) for ref, point in roads.items())
    areas = county.service_areas.unique("area", keep="first", maintain_order=True)
    for lon, lat, site in areas.select("lon", "lat", "site").iter_rows():
        yield Spot(plane.km(lon, lat), area_name(ground.names.name("service_areas", site)), _SMALL_PX, 7.0)
    if not county.has("river"):
        return
    for table, key in (("lng_stations", "station"), ("terminals", "terminal")):
        for row, lon, lat in at_nodes(county, table).select(key, "lon", "lat").iter_rows():
            x, y = plane.km(lon, lat)
            yield Spot((x, y - plane.apart_km), ground.names.name(table, row), _SMALL_PX, 9.0)


def area_name(name: str) -> str:
    """Return the name of a service area without the direction of its side."""
    return re.split(r", | \(|（", name, maxsplit=1)[0]


def draw_scale(figure: PlainFigure, ground: Ground) -> None:
    """Draw a bar that says how long some km are, in the lower left corner."""
    (left, right), (low, high) = ground.plane.x_range, ground.plane.y_range
    # about a tenth of the width, a round number
    step = 10.0 ** math.floor(math.log10((right - left) / 10.0))
    length = step * max(factor for factor in (1.0, 2.0, 5.0) if factor * step <= (right - left) / 10.0)
    x, y = left + 0.02 * (right - left), low + 0.03 * (high - low)
    figure.add_scatter(
        x=[x, x + length / 2.0, x + length],
        y=[y, y, y],
        mode="lines+text",
        line={"color": "#5a6b75", "width": 3},
        text=["", f"{length:g} km", ""],
        textposition="top center",
        textfont={"size": _SMALL_PX, "color": "#5a6b75"},
        showlegend=False,
        hoverinfo="skip",
    )
