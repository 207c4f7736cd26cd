"""``xijiang export``: a layout as GeoJSON or OCPI locations, the map of a run as GeoJSON or GeoPackage."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.options import InCounty


def layout(
    name: Annotated[str, typer.Argument(help="Layout of the county, or path of a CSV file.")],
    *,
    form: Annotated[str, typer.Option("--format", help="geojson or ocpi.")] = "geojson",
    out: Annotated[Path | None, typer.Option("--out", help="File to write; stdout otherwise.")] = None,
    county: InCounty = "deqing",
    country: Annotated[str, typer.Option("--country", help="OCPI: two letters.")] = "CN",
    party: Annotated[str, typer.Option("--party", help="OCPI: three letters of the operator.")] = "XIJ",
    time_zone: Annotated[str, typer.Option("--time-zone", help="OCPI: of the stations.")] = "Asia/Shanghai",
) -> None:
    """Write a layout for maps (GeoJSON) or roaming platforms (OCPI)."""
    import json

    from data.county import load_county
    from data.imports.stations.layout_export import OcpiParty
    from data.storage import write_whole
    from experiments.exchange.station_lists import export_layout
    from experiments.scenario.layouts import load_layout

    loaded = load_county(county)
    publisher = OcpiParty(country_code=country, party_id=party, time_zone=time_zone)
    content = export_layout(loaded, load_layout(loaded, name), form, party=publisher)
    text = json.dumps(content, ensure_ascii=False, indent=1)
    if out is None:
        typer.echo(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, text.encode())
    typer.echo(f"{len(content.get('features') or content.get('data') or ())} stations in {out}")


def run_map(
    folder: Annotated[Path, typer.Argument(help="Run folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write, as map.gpkg or map.geojson.")],
    *,
    form: Annotated[
        str | None, typer.Option("--format", help="geojson or gpkg; by the ending of the file otherwise.")
    ] = None,
) -> None:
    """Write the map of a run for geographic information systems: stations with their figures, towns, roads, river."""
    from experiments.exchange.run_maps import write_map
    from experiments.runs.execute import load_result

    count = write_map(load_result(folder), out, form)
    typer.echo(f"{count} features in {out}")
