"""``xijiang import stations``: a list of stations becomes a layout of a county."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import SHOWN_FAULTS
from experiments.cli.options import AsJson, ColumnMapFile, InCounty

if TYPE_CHECKING:
    import polars as pl

WIDTH = 80
SHOWN = 12
"""Kinds of defaults that are printed; the files hold all."""


def stations(
    file: Annotated[Path, typer.Argument(help="CSV, OCPI locations, Open Charge Map, OpenStreetMap, GeoJSON.")],
    *,
    column_map: ColumnMapFile = None,
    out: Annotated[Path | None, typer.Option("--out", help="Layout to write; <file>-layout.csv.")] = None,
    county: InCounty = "deqing",
    form: Annotated[str | None, typer.Option("--format", help="osm, geojson, ocpi, ocm or csv; recognised.")] = None,
    roads: Annotated[Path | None, typer.Option("--roads", help="Road map from `xijiang roads fetch`.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a layout of a list of stations; what is missing gets defaults, which are listed."""
    import polars as pl

    from data.county import load_county
    from data.imports.source_file import left_out_table, taken_table
    from experiments.cli.display import print_json
    from experiments.exchange.station_lists import import_stations, write_import

    found = import_stations(load_county(county), file, column_map=column_map, form=form, roads=roads)
    path = out or Path(f"{file.name.split('.')[0]}-layout.csv")
    notes = write_import(found, path)
    taken, left = taken_table(found.taken), left_out_table(found.left_out)
    counts = {
        "stations": found.layout["station_id"].n_unique(),
        "groups": found.layout.height,
        "piles": int(found.layout["piles"].sum()),
        "guns": int(found.layout.select((pl.col("piles") * pl.col("guns_per_pile")).sum()).item()),
    }
    if as_json:
        print_json({"layout": str(path), **counts, "defaults": taken.to_dicts(), "left_out": left.to_dicts()})
        return
    typer.echo(f"{counts['stations']:,} stations, {counts['piles']:,} piles, {counts['guns']:,} guns in {path}")
    _show_taken(taken, notes[0])
    show_left_out(left, notes[1])
    place = path if path.is_absolute() else f"./{path}"
    typer.echo(f"Next: xijiang run --set county={county} --set charging.layout={place}")


def _show_taken(taken: "pl.DataFrame", file: Path) -> None:
    """Say what was taken where the list says nothing: each default once, with the number of stations."""
    import polars as pl

    if not taken.height:
        typer.echo("Nothing was missing.")
        return
    # towns differ by station: their number is enough here
    short = taken.with_columns(
        value=pl.when(pl.col("column").is_in(["town", "site", "station_id", "hours"]))
        .then(pl.lit(""))
        .otherwise("value"),
        why=pl.col("why").str.replace(r", \d.*$", "").str.replace(r"the text .*", "a text that cannot be read"),
    )
    counted = short.group_by("column", "value", "why", maintain_order=True).len()
    typer.echo(f"Taken where the list says nothing (all {taken.height:,} in {file}):")
    for column, value, why, count in counted.head(SHOWN).iter_rows():
        typer.echo(f"  {column}{f' = {value}' if value else ''}: {count:,} times, {why}")
    if counted.height > SHOWN:
        typer.echo(f"  ... and {counted.height - SHOWN} more kinds")


def show_left_out(left: "pl.DataFrame", file: Path) -> None:
    """Say what was left out and why, on stderr."""
    import polars as pl

    if not left.height:
        return
    typer.echo(f"Left out (all {left.height:,} in {file}):", err=True)
    for where, what, reason in left.head(SHOWN_FAULTS).iter_rows():
        line = f"  {where}{f' ({what})' if what else ''}: {reason}"
        # the name is left out where the line gets too long for a terminal: the file has it
        typer.echo(line if len(line) <= WIDTH else f"  {where}: {reason}", err=True)
    if left.height > SHOWN_FAULTS:
        # without their numbers: 'ends 3 min before it begins' is one kind
        kind = pl.col("reason").str.replace_all(r"-?\d[\d,.]*", "…")
        counted = left.group_by(kind, maintain_order=True).len().sort("len", descending=True)
        typer.echo(f"  ... and {left.height - SHOWN_FAULTS:,} more. By reason:", err=True)
        for reason, count in counted.head(SHOWN).iter_rows():
            typer.echo(f"  {count:>7,}  {reason}", err=True)
