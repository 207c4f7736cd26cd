"""``xijiang calibrate``: demand and behaviour fitted to a log of sessions, with goodness on weeks held out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.import_stations import show_left_out
from experiments.cli.options import AsJson, ColumnMapFile, InCounty, PileKw

if TYPE_CHECKING:
    from experiments.calibration.calibrate import Calibration


def calibrate(
    sessions: Annotated[Path, typer.Argument(help="Log of sessions: ACN-Data, or a table; see `import sessions`.")],
    *,
    column_map: ColumnMapFile = None,
    county: InCounty = "deqing",
    out: Annotated[Path, typer.Option("--out", help="Folder for the tables.")] = Path("calibration"),
    hold_out_weeks: Annotated[
        int | None, typer.Option("--hold-out-weeks", help="Last weeks that are not fitted; a quarter.")
    ] = None,
    pile_kw: PileKw = None,
    connection_kw: Annotated[float | None, typer.Option("--connection-kw", help="Connection of the site, kW.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the model's draws.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Fit arrivals, energy, power, idle time and patience to a log; test them on weeks held out."""
    from data.county import load_county
    from data.imports.source_file import left_out_table
    from experiments.calibration.calibrate import calibrate as fit
    from experiments.calibration.calibrate import write_calibration
    from experiments.cli.display import print_json, working
    from experiments.exchange.session_logs import load_log

    loaded = load_county(county)
    log = load_log(loaded, sessions, column_map=column_map, pile_kw=pile_kw)
    with working("fitting, replaying and drawing the log", shown=not as_json):
        found = fit(
            loaded, log, title=f"log of sessions {sessions.name}", hold_out_weeks=hold_out_weeks, pile_kw=pile_kw,
            connection_kw=connection_kw, seed=seed,
        )  # fmt: skip
    files = write_calibration(found, out)
    if as_json:
        tables = ("parameters", "distances", "occupancy", "side_by_side")
        print_json({name: getattr(found, name).to_dicts() for name in tables} | {"files": {**files}})
        return
    _show(found)
    show_left_out(left_out_table(log.left_out), files["left_out"])
    typer.echo(f"Tables: {out}")
    typer.echo(f"Next:   copy {out / 'county'}/*.csv into the county's folder,")
    typer.echo("        xijiang county check FOLDER")


def _show(found: "Calibration") -> None:
    """Print the fit and its goodness in 80 columns."""
    import polars as pl

    log = found.log
    typer.echo(
        f"{log.sessions.height:,} sessions from {log.first_day}: {found.fitted_days} days fitted, "
        f"{found.held_out_days} held out"
    )
    for note in log.notes:
        typer.echo(f"Note: {note}.")
    for fitted in found.models:
        rows = fitted.parameters().filter(
            ~((pl.col("form") == "share") | pl.col("parameter").str.starts_with("per_day"))
        )
        typer.echo(f"{fitted.current.upper()}: {fitted.arrivals.per_day.mean():.1f} sessions per day")
        for part, form, name, value, low, high, unit in rows.drop("current", "count").iter_rows():
            ends = "" if low is None else f"  ({low:.4g} to {high:.4g})"
            typer.echo(f"  {part:<9}{form:<12}{name:<11}{value:>9.4g} {'' if unit == '-' else unit}{ends}")
        if fitted.idle is None:
            typer.echo("  idle     not in the log: it does not say when charging ended")
        if fitted.patience is None:
            typer.echo("  patience not in the log: nobody is logged who left the queue")
    _show_goodness(found)


def _show_goodness(found: "Calibration") -> None:
    """Print the goodness on the weeks held out."""
    if not found.held_out_days:
        typer.echo("Nothing was held out: the log is shorter than two weeks, so nothing tests the fit.")
        return
    typer.echo(f"On the {found.held_out_days} days held out:")
    for row in found.distances.iter_rows(named=True):
        far = "" if row["ks_distance"] is None else f", KS distance {row['ks_distance']:.3f}"
        name, means = f"{row['current'].upper()} {row['measure']}", (row["observed_mean"], row["model_mean"])
        typer.echo(f"  {name:<22}{means[0]:>9.4g} logged,{means[1]:>9.4g} model {row['unit']}{far}")
    for (current, kind), rows in found.occupancy.group_by("current", "day_type", maintain_order=True):
        inside = f"{int(rows['inside'].sum())} of {rows.height} hours inside the band"
        typer.echo(f"  {str(current).upper()} occupancy, {kind}s: {inside}")
    typer.echo("Logged, replayed and modelled (95 % of draws):")
    for name, unit, *values in found.side_by_side.iter_rows():
        shown = ["-" if value is None else f"{value:.4g}" for value in values]
        typer.echo(f"  {name:<20}{shown[0]:>8}{shown[1]:>9}{shown[2]:>9} ({shown[3]} to {shown[4]}) {unit}")
