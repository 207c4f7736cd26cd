"""The road graph of a county from OpenStreetMap, by osmnx: from an Overpass server or from an ``.osm`` file.

The graph is simplified (Boeing 2025), gets speeds and travel times, and the county's towns, places and
service areas as nodes under their own ids, so that it can stand in for the one built from the tables.
It is kept as a GraphML file with a manifest beside it. Map data: OpenStreetMap contributors, ODbL 1.0.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import networkx as nx
import osmnx as ox
import polars as pl
from shapely import MultiPoint

from data.errors import DataError, nearest
from data.roads.graph import load_graph, node_table, save_graph
from data.roads.snap import ANCHOR, add_connectors, cut_off, find_anchors, long_connectors
from data.roads.speeds import add_osm_times
from data.roads.station_points import REACH_KM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapely.geometry.base import BaseGeometry

    from data.county import County
    from data.roads.snap import Anchor

NETWORKS = ("drive", "drive_service")
_PROBE_S = 15.0  # wait for a server's first sign of life
_ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential")
_DRIVABLE = frozenset({*_ROADS, *(f"{road}_link" for road in _ROADS[:5]), "living_street", "road"})
_CLOSED_SERVICE = ("emergency_access", "parking", "parking_aisle", "private")
_REMEDY = "Without a network, download an .osm extract elsewhere and give it as osm_file."


@dataclass(frozen=True, slots=True)
class RoadSnapshot:
    """A road graph fetched from OpenStreetMap, as its manifest describes it.

    Attributes
    ----------
    path : Path
        The GraphML file; the manifest stands beside it, named ``<file>.json``.
    county : str
        Name of the county.
    source : str
        Address of the server, or name and hash of the file.
    network : str
        ``drive`` or ``drive_service``.
    margin_km : float
        Width of the margin around towns and service areas, and longest connector (km).
    nodes, edges : int
        Size of the graph.
    left_out : tuple of str
        Places and service areas that no road of theirs comes near.
    long_connectors : dict of str to float
        Length (km) of the straight lines longer than 1 km that stand for missing roads, by place. Across a river such
        a line is a bridge that may not exist.
    cut_off : tuple of str
        Towns and places whose own road is not joined to the others on the map: they were tied to a farther one.
    fetched : str
        Date and time (UTC).
    digest : str
        Digest of the graph, see `data.roads.graph.graph_digest`.
    """

    path: Path
    county: str
    source: str
    network: str
    margin_km: float
    nodes: int
    edges: int
    left_out: tuple[str, ...]
    long_connectors: dict[str, float]
    cut_off: tuple[str, ...]
    fetched: str
    digest: str


MOST_MARGIN_KM = 200.0
"""A wider margin would ask the server for the roads of a province."""


def fetch_roads(
    county: County,
    path: str | Path,
    *,
    overpass_url: str | None = None,
    osm_file: str | Path | None = None,
    network: str = "drive",
    margin_km: float = REACH_KM,
) -> RoadSnapshot:
    """Fetch the roads of a county from OpenStreetMap and save them as GraphML with a manifest.

    Parameters
    ----------
    county
        The county. Its ``towns`` and ``service_areas`` say where; ``road_links`` gives the speeds of the road
        classes, used where the map has no ``maxspeed``.
    path
        GraphML file to write.
    overpass_url
        Address of an Overpass server, up to and without ``/interpreter``; by default that of osmnx.
    osm_file
        An ``.osm`` file (also ``.bz2``, ``.gz``) to read instead; no network is used.
    network
        ``drive``, or ``drive_service`` with service roads.
    margin_km
        Margin around the hull of towns and service areas, and the longest straight line from a place to a
        road.

    Returns
    -------
    RoadSnapshot
        What the manifest says.

    Raises
    ------
    DataError
        Both or wrong options, no answer from the server, an unreadable file, no roads, or a town off the
        roads.
    """
    if osm_file is not None and overpass_url is not None:
        raise DataError("Give either osm_file or overpass_url, not both.")
    if network not in NETWORKS:
        raise DataError(f"network is {network!r}, expected one of: {', '.join(NETWORKS)}.{nearest(network, NETWORKS)}")
    if overpass_url is not None and not overpass_url.startswith(("http://", "https://")):
        raise DataError(f"overpass_url is {overpass_url!r}, expected an address starting with http:// or https://.")
    if not 0.0 <= margin_km <= MOST_MARGIN_KM:
        raise DataError(f"margin_km is {margin_km:g}, expected a number from 0 to {MOST_MARGIN_KM:g}.")
    area = _area(county, margin_km)
    with _osmnx_settings(overpass_url):
        if osm_file is None:
            source = ox.settings.overpass_url
            roads = _download(area, network)
        else:
            source = f"{Path(osm_file).name}, sha256 {_sha256(Path(osm_file))}"
            roads = _read(Path(osm_file), area, network)
    fetched = f"{roads.graph.pop('created_date')} UTC"
    # an island that no road reaches from the towns would have no travel time
    main = ox.truncate.largest_component(roads)
    islands = roads.subgraph(set(roads.nodes) - set(main.nodes))
    graph, anchors, left_out = _join(main, county, margin_km)
    snapshot = RoadSnapshot(
        path=Path(path),
        county=county.name,
        source=source,
        network=network,
        margin_km=margin_km,
        nodes=len(graph),
        edges=graph.number_of_edges(),
        left_out=left_out,
        long_connectors=long_connectors(anchors),
        cut_off=cut_off(anchors, islands),
        fetched=fetched,
        digest=save_graph(graph, path),
    )
    _write_manifest(snapshot)
    return snapshot


def load_roads(path: str | Path) -> nx.MultiDiGraph:
    """Load a fetched road graph and check it against its manifest.

    Parameters
    ----------
    path
        The GraphML file that `fetch_roads` wrote.

    Returns
    -------
    nx.MultiDiGraph
        The graph.

    Raises
    ------
    DataError
        The manifest is missing or unreadable, or the graph is missing or another one.
    """
    manifest = _manifest_of(Path(path))
    try:
        digest = json.loads(manifest.read_text(encoding="utf-8"))["digest"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{manifest}: no manifest of a road graph. Fetch it again with fetch_roads.") from error
    return load_graph(path, digest=digest)


def _area(county: County, margin_km: float) -> BaseGeometry:
    """Return the hull of towns and service areas with a margin."""
    # places outside are reported as left out: they do not widen the map
    points = node_table(county).filter(pl.col("table") != "places").select("x", "y").drop_nulls()
    return ox.utils_geo.buffer_geometry(MultiPoint(points.rows()).convex_hull, margin_km * 1000)


@contextlib.contextmanager
def _osmnx_settings(overpass_url: str | None) -> Iterator[None]:
    """Set what osmnx needs for one request; restore its settings, and the name lookup that it replaces."""
    wanted: dict[str, Any] = {
        # no cache: what is dated as fetched is fetched now
        "use_cache": False,
        # no look-up of names over HTTPS: a server of one's own may be known to the local network alone
        "doh_url_template": None,
        # without these tags `_drivable` could not see ways that are closed to cars
        "useful_tags_way": [*ox.settings.useful_tags_way, "motor_vehicle", "motorcar"],
    }
    if overpass_url is not None:
        # a server of one's own may have no slots to wait for
        wanted |= {"overpass_url": overpass_url.rstrip("/"), "overpass_rate_limit": False}
    before = {name: getattr(ox.settings, name) for name in wanted}
    lookup = socket.getaddrinfo
    try:
        for name, value in wanted.items():
            setattr(ox.settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(ox.settings, name, value)
        socket.getaddrinfo = lookup


def _download(area: BaseGeometry, network: str) -> nx.MultiDiGraph:
    """Ask the Overpass server for the roads of an area."""
    url = ox.settings.overpass_url
    try:
        _probe(url)
        # a road that crosses the edge of the area keeps its far end
        return ox.graph.graph_from_polygon(
            area, network_type=network, simplify=False, retain_all=True, truncate_by_edge=True
        )
    except OSError as error:
        raise DataError(f"The Overpass server {url} cannot be reached ({error}). {_REMEDY}") from error
    except (ValueError, KeyError) as error:
        raise DataError(f"The Overpass server {url} gave no roads ({error}). {_REMEDY}") from error


def _probe(url: str) -> None:
    """Raise OSError unless a server answers, whatever it answers: osmnx would wait a minute."""
    with contextlib.suppress(urllib.error.HTTPError):
        urllib.request.urlopen(f"{url}/status", timeout=_PROBE_S).close()  # noqa: S310 - scheme checked before


def _read(file: Path, area: BaseGeometry, network: str) -> nx.MultiDiGraph:
    """Read the drivable roads of an area from an .osm file."""
    try:
        graph = ox.graph.graph_from_xml(file, simplify=False, retain_all=True)
    except (ParseError, OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{file}: this is not a whole OpenStreetMap extract in XML ({error}). "
            "Convert it to .osm with all nodes of its ways, as 'osmium extract' and 'osmium cat' write it."
        ) from error
    closed = [
        (tail, head, key) for tail, head, key, edge in graph.edges(keys=True, data=True) if not _drivable(edge, network)
    ]
    # before the largest component is sought: ways closed to cars join nothing
    graph.remove_edges_from(closed)
    graph.remove_nodes_from(list(nx.isolates(graph)))
    try:
        return ox.truncate.truncate_graph_polygon(graph, area, truncate_by_edge=True)
    except ValueError as error:
        raise DataError(f"{file}: no roads around the county's towns. Use an extract that covers them.") from error


def _drivable(edge: dict[str, Any], network: str) -> bool:
    """Return whether cars may use a way, after the tags that osmnx's own filter of the network looks at."""
    allowed = _DRIVABLE if network == "drive" else _DRIVABLE | {"service"}
    closed = "private" in edge.get("access", "") or "yes" in edge.get("area", "")
    motor = (edge.get("motor_vehicle", ""), edge.get("motorcar", ""))
    return (
        edge.get("highway") in allowed
        and not closed
        and not any("no" in value for value in motor)
        and not any(kind in edge.get("service", "") for kind in _CLOSED_SERVICE)
    )


def _join(
    graph: nx.MultiDiGraph, county: County, margin_km: float
) -> tuple[nx.MultiDiGraph, list[Anchor], tuple[str, ...]]:
    """Add times, simplify, and join the county's places; ids become text as in a saved graph."""
    links = county.road_links.select("highway", pl.col("maxspeed_km_h").cast(pl.Float64)).drop_nulls()
    speeds = dict(links.group_by("highway").mean().sort("highway").iter_rows())
    # before simplification, while every piece still has one speed
    graph = add_osm_times(graph, class_speeds=speeds, fallback=min(speeds.values(), default=None))
    anchors, left_out = find_anchors(graph, county, reach_m=margin_km * 1000)
    graph = ox.simplification.simplify_graph(graph, node_attrs_include=[ANCHOR])
    graph = nx.relabel_nodes(graph, {node: str(node) for node in graph.nodes})
    for _, values in graph.nodes(data=True):
        values.pop("street_count", None)
    for _, _, edge in graph.edges(data=True):
        ids = edge["osmid"]
        edge["osmid"] = [str(one) for one in ids] if isinstance(ids, list) else str(ids)
        if isinstance(edge["speed_kph"], list):  # several speeds were merged
            edge["speed_kph"] = edge["length"] / 1000 / edge["travel_time"] * 3600
        merged = {name: value for name, value in edge.items() if isinstance(value, list)}
        edge.update({name: sorted(value, key=str) for name, value in merged.items()})  # osmnx: any order
    return add_connectors(graph, anchors), anchors, left_out


def _sha256(file: Path) -> str:
    """Return the hash of a file's bytes."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{file}: the .osm file cannot be read ({error.strerror}). Check its name.") from error


def _manifest_of(path: Path) -> Path:
    """Return where a graph's manifest stands."""
    return path.with_name(f"{path.name}.json")


def _write_manifest(snapshot: RoadSnapshot) -> None:
    """Write the manifest beside the graph; it appears whole or not at all."""
    content = {name: getattr(snapshot, name) for name in RoadSnapshot.__slots__ if name != "path"}
    content |= {"osmnx": ox.__version__, "licence": "OpenStreetMap contributors, ODbL 1.0"}
    manifest = _manifest_of(snapshot.path)
    part = manifest.with_name(f".{manifest.name}.part")
    try:
        part.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        part.replace(manifest)
    finally:
        part.unlink(missing_ok=True)
