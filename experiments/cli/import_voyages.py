"""``xijiang import voyages``: positions of vessels become voyages, and waits at the lock by day."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.import_stations import show_left_out
from experiments.cli.options import AsJson, ColumnMapFile, InCounty


def voyages(
    file: Annotated[Path, typer.Argument(help="CSV of positions: vessel, time, chainage_km or lon and lat.")],
    *,
    column_map: ColumnMapFile = None,
    out: Annotated[Path | None, typer.Option("--out", help="Voyages to write; <file>-voyages.csv.")] = None,
    county: InCounty = "deqing",
    time_zone: Annotated[str | None, typer.Option("--time-zone", help="Of times that state none; none.")] = None,
    as_json: AsJson = False,
) -> None:
    """Cut AIS positions or a logbook into voyages, with a reason for each row that is left out."""
    from data.county import load_county
    from data.imports.source_file import left_out_table
    from experiments.cli.display import print_json
    from experiments.exchange.voyage_logs import import_voyages, write_import

    found = import_voyages(load_county(county), file, column_map=column_map, time_zone=time_zone)
    files = write_import(found, out or Path(f"{file.name.split('.')[0]}-voyages.csv"))
    log, recorded, left = found.log, found.recorded, left_out_table(found.log.left_out)
    waits = recorded.transits["wait_h"].to_list()
    mean_h = sum(waits) / len(waits) if waits else None
    counts = {
        "positions": log.positions.height,
        "vessels": log.positions["vessel_id"].n_unique(),
        "voyages": recorded.voyages.height,
        "lock_passages": recorded.transits.height,
    }
    if as_json:
        about = {"lock_wait_mean_h": mean_h, "first_day": str(log.first_day)}
        names = {name: str(path) for name, path in files.items()}
        print_json({**counts, **about, "files": names, "reasons": left.to_dicts()})
        return
    typer.echo(
        f"{counts['positions']:,} positions of {counts['vessels']:,} vessels from {log.first_day}: "
        f"{counts['voyages']:,} voyages, {counts['lock_passages']:,} passages of a lock"
    )
    if mean_h is not None:
        typer.echo(f"Mean wait at the lock: {mean_h:.1f} h")
    show_left_out(left, files["left-out"])
    for name in ("voyages", "transits", "lock-days"):
        typer.echo(f"{name.capitalize()}: {files[name]}")
