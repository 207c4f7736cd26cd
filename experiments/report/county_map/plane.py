"""Degrees as km in the plane of the map, places that coincide drawn apart, and labels that do not overlap."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from data.tables.distances import EARTH_M

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from data.county import County

    Point = tuple[float, float]

_ROOM_SHARE: Final = 0.15  # of the towns' extent, on each side of the map
_ROOM_KM: Final = 3.0  # more, for the names of places at the edge
_APART_SHARE: Final = 0.016  # of the map's width: about a symbol
_GOLDEN: Final = math.pi * (3.0 - math.sqrt(5.0))  # turn of a sunflower: no two on one ray
_POSITIONS: Final = {
    "bottom center": (-0.5, -1.0),
    "top center": (-0.5, 0.0),
    "middle right": (0.0, -0.5),
    "middle left": (-1.0, -0.5),
    "top right": (0.0, 0.0),
    "bottom right": (0.0, -1.0),
    "top left": (-1.0, 0.0),
    "bottom left": (-1.0, -1.0),
}
"""Where plotly sets a text, and its lower left corner from there, in widths and heights of the text."""


@dataclass(frozen=True, slots=True)
class Plane:
    """The plane in which a county is drawn: km east and north of the middle of its towns.

    Attributes
    ----------
    lon, lat : float
        The middle, degrees.
    x_range, y_range : tuple of float
        What the map shows, km: all towns well inside; roads and river go on beyond.
    """

    lon: float
    lat: float
    x_range: Point
    y_range: Point

    @classmethod
    def of(cls, county: County) -> Plane:
        """Return the plane of a county."""
        lon, lat = (float(county.towns[column].to_numpy().mean()) for column in ("lon", "lat"))
        towns = [_km(lon, lat, *town) for town in county.towns.select("lon", "lat").iter_rows()]
        # a town reaches as far as a circle of its area
        reach = math.sqrt(max((area or 0.0 for area in county.towns["area_km2"]), default=0.0) / math.pi)
        return cls(lon, lat, _span([x for x, _ in towns], reach), _span([y for _, y in towns], reach))

    def km(self, lon: float, lat: float) -> Point:
        """Return a place in km."""
        return _km(self.lon, self.lat, lon, lat)

    def degrees(self, x: float, y: float) -> Point:
        """Return longitude and latitude of a point in km."""
        scale = math.radians(1.0) * EARTH_M / 1000.0
        return self.lon + x / (scale * math.cos(math.radians(self.lat))), self.lat + y / scale

    def shows(self, point: Point) -> bool:
        """Return whether a point lies on the map."""
        return self.x_range[0] < point[0] < self.x_range[1] and self.y_range[0] < point[1] < self.y_range[1]

    @property
    def apart_km(self) -> float:
        """Distance at which two symbols are told apart, km."""
        return _APART_SHARE * (self.x_range[1] - self.x_range[0])


def _km(lon0: float, lat0: float, lon: float, lat: float) -> Point:
    """Return a place in km east and north of another."""
    scale = math.radians(1.0) * EARTH_M / 1000.0
    return (lon - lon0) * scale * math.cos(math.radians(lat0)), (lat - lat0) * scale


def _span(values: list[float], reach: float) -> Point:
    """Return a range with all values, and what reaches from them, well inside."""
    room = max(_ROOM_SHARE * (max(values) - min(values)) + _ROOM_KM, reach + _ROOM_KM / 2.0)
    return min(values) - room, max(values) + room


def spread(points: Sequence[Point], apart_km: float) -> list[Point]:
    """Return points of which those that coincide are drawn apart, on a sunflower around their place.

    Parameters
    ----------
    points : sequence of (float, float)
        In km.
    apart_km : float
        How near each other two coincide; the first of them stays where it is.
    """
    groups: list[list[int]] = []
    for number, point in enumerate(points):
        near = next((group for group in groups if math.dist(points[group[0]], point) < apart_km), None)
        if near is None:
            groups.append([number])
        else:
            near.append(number)
    drawn = list(points)
    for group in groups:
        x, y = points[group[0]]
        for turn, number in enumerate(group):
            radius = apart_km * math.sqrt(turn)
            drawn[number] = (x + radius * math.cos(turn * _GOLDEN), y + radius * math.sin(turn * _GOLDEN))
    return drawn


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that wants a label.

    Attributes
    ----------
    point : (float, float)
        Where it is, km.
    text : str
        What it is called.
    size_px : float
        Height of its letters, pixels.
    radius_px : float
        Radius of its symbol, pixels.
    """

    point: Point
    text: str
    size_px: float
    radius_px: float = 0.0

    def box(self, position: str, px_per_km: float) -> tuple[float, float, float, float]:
        """Return the text's left, right, bottom and top in pixels."""
        right, up = _POSITIONS[position]
        width, height = text_width_px(self.text, self.size_px), 1.3 * self.size_px
        # the symbol stands between the place and its text
        aside = self.radius_px + 3.0
        x = self.point[0] * px_per_km + right * width + (aside if right == 0.0 else -aside if right == -1.0 else 0.0)
        y = self.point[1] * px_per_km + up * height + (aside if up == 0.0 else -aside if up == -1.0 else 0.0)
        return x, x + width, y, y + height


def text_width_px(text: str, size_px: float) -> float:
    """Return about how wide a text is: Chinese characters are as wide as high, others half as wide."""
    return size_px * math.fsum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.55 for letter in text)


def labelled(spots: Iterable[Spot], symbols: Iterable[tuple[Point, float]], px_per_km: float) -> list[str | None]:
    """Return where each label stands so that none lies on another or on a symbol; None where there is no room.

    Parameters
    ----------
    spots : iterable of Spot
        The more important first: they get their room.
    symbols : iterable of (point, float)
        Where symbols are, km, and their radius, pixels.
    px_per_km : float
        Scale of the map.
    """
    taken = [
        (x * px_per_km - radius, x * px_per_km + radius, y * px_per_km - radius, y * px_per_km + radius)
        for (x, y), radius in symbols
    ]
    found: list[str | None] = []
    for spot in spots:
        boxes = ((position, spot.box(position, px_per_km)) for position in _POSITIONS)
        free = next(((position, box) for position, box in boxes if not any(_meet(box, other) for other in taken)), None)
        found.append(free and free[0])
        if free:
            taken.append(free[1])
    return found


def _meet(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    """Return whether two boxes overlap."""
    return box[0] < other[1] and other[0] < box[1] and box[2] < other[3] and other[2] < box[3]
