"""``xijiang import sessions``: a log of an operator becomes requests that a run replays."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.import_stations import show_left_out
from experiments.cli.options import AsJson, ColumnMapFile, InCounty, PileKw


def sessions(
    file: Annotated[Path, typer.Argument(help="ACN-Data (JSON, CSV), or a table with start, end, energy.")],
    *,
    column_map: ColumnMapFile = None,
    out: Annotated[Path | None, typer.Option("--out", help="Requests to write; <file>-requests.csv.")] = None,
    county: InCounty = "deqing",
    form: Annotated[str | None, typer.Option("--format", help="acn or table; recognised.")] = None,
    town: Annotated[str | None, typer.Option("--town", help="Town of the stations; the county's seat.")] = None,
    pile_kw: PileKw = None,
    connection_kw: Annotated[
        float | None, typer.Option("--connection-kw", help="Connection of each site, kW; none that binds.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Clean a log of sessions, with a reason for each row left out, and write what replays it."""
    from data.county import load_county
    from data.imports.source_file import left_out_table
    from experiments.cli.display import print_json
    from experiments.exchange.session_logs import import_sessions, write_import

    loaded = load_county(county)
    found = import_sessions(
        loaded, file, column_map=column_map, form=form, town=town, pile_kw=pile_kw,
        connection_kw=connection_kw,
    )  # fmt: skip
    files = write_import(found, loaded, out or Path(f"{file.name.split('.')[0]}-requests.csv"))
    log, left = found.log, left_out_table(found.log.left_out)
    energy = float(log.sessions["energy_kwh"].sum())
    counts = {
        "sessions": log.sessions.height,
        "stations": log.sessions["station_id"].n_unique(),
        "first_day": str(log.first_day),
        "days": found.days,
        "energy_kwh": energy,
        "notes": log.notes,
    }
    if as_json:
        print_json({**counts, **{name: str(path) for name, path in files.items()}, "reasons": left.to_dicts()})
        return
    typer.echo(
        f"{log.sessions.height:,} sessions at {counts['stations']:,} stations, {energy:,.0f} kWh at the meter, "
        f"{found.days} days from {log.first_day}"
    )
    for note in log.notes:
        typer.echo(f"Note: {note}.")
    show_left_out(left, files["left-out"])
    for name in ("requests", "travel", "layout"):
        typer.echo(f"{name.capitalize()}: {files[name]}")
    path = files["scenario"]
    typer.echo(f"Next: xijiang run {path if path.is_absolute() else f'./{path}'}")
