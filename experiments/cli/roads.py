"""``xijiang roads``: road graphs from OpenStreetMap."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.options import CountyName


def fetch(
    county: CountyName = "deqing",
    *,
    out: Annotated[Path | None, typer.Option("--out", help="GraphML file; <county>-roads.graphml.")] = None,
    osm_file: Annotated[Path | None, typer.Option("--osm-file", help="Read an .osm file; no network.")] = None,
    overpass_url: Annotated[str | None, typer.Option("--overpass-url", help="Overpass server.")] = None,
    network: Annotated[str, typer.Option("--network", help="drive or drive_service.")] = "drive",
    margin_km: Annotated[float, typer.Option("--margin-km", help="Margin around towns and service areas.")] = 5.0,
) -> None:
    """Fetch the roads of a county from OpenStreetMap, for the key `roads` of a scenario."""
    from data.county import load_county
    from data.roads.osm import fetch_roads

    loaded = load_county(county)
    path = out or Path(f"{loaded.name}-roads.graphml")
    snapshot = fetch_roads(
        loaded, path, osm_file=osm_file, overpass_url=overpass_url, network=network, margin_km=margin_km
    )
    typer.echo(f"{snapshot.nodes:,} nodes and {snapshot.edges:,} edges in {snapshot.path}")
    if snapshot.left_out:
        typer.echo(f"No road near: {', '.join(snapshot.left_out)}", err=True)
    for place, km in snapshot.long_connectors.items():
        typer.echo(f"{place}: joined by a straight line of {km:.1f} km, where the map has no road.", err=True)
    if snapshot.cut_off:
        names = ", ".join(snapshot.cut_off)
        typer.echo(f"Their own road is not joined to the others on the map: {names}. Check it there.", err=True)
    typer.echo(f"Next: xijiang run --set roads={snapshot.path}")
