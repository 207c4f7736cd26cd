"""``xijiang calibrate``: demand and behaviour fitted to a log of sessions, with goodness on weeks held out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.import_stations import show_left_out
from experiments.cli.options import AsJson, ColumnMapFile, InCounty, Language, PileKw

if TYPE_CHECKING:
    from experiments.calibration.calibrate import Calibration
    from experiments.report.language import Translate


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
    lang: Language,
    as_json: AsJson = False,
) -> None:
    """Fit arrivals, energy, power, idle time and patience to a log; test them on weeks held out."""
    from data.county import load_county
    from data.imports.source_file import left_out_table
    from experiments.calibration.calibrate import calibrate as fit
    from experiments.calibration.calibrate import write_calibration
    from experiments.cli.display import print_json, working
    from experiments.exchange.session_logs import load_log
    from experiments.report.language import translator
    from experiments.report.words.terminal import FITTED, PROGRESS

    translate = translator(lang)
    loaded = load_county(county)
    log = load_log(loaded, sessions, column_map=column_map, pile_kw=pile_kw)
    with working(translate(PROGRESS["fit"]), shown=not as_json):
        found = fit(
            loaded, log, title=f"log of sessions {sessions.name}", hold_out_weeks=hold_out_weeks, pile_kw=pile_kw,
            connection_kw=connection_kw, seed=seed,
        )  # fmt: skip
    files = write_calibration(found, out)
    if as_json:
        tables = ("parameters", "distances", "occupancy", "side_by_side")
        print_json({name: getattr(found, name).to_dicts() for name in tables} | {"files": {**files}})
        return
    _show(found, translate)
    show_left_out(left_out_table(log.left_out), files["left_out"])
    typer.echo(translate(FITTED["tables"]).format(folder=out))
    typer.echo(translate(FITTED["next"]).format(folder=out / "county"))


def _show(found: "Calibration", translate: "Translate") -> None:
    """Print the fit and its goodness in 80 columns."""
    import polars as pl

    from experiments.report.words.terminal import FITTED

    log = found.log
    days = {"first_day": log.first_day, "fitted": found.fitted_days, "held_out": found.held_out_days}
    typer.echo(translate(FITTED["days"]).format(sessions=log.sessions.height, **days))
    for note in log.notes:
        typer.echo(translate(FITTED["note"]).format(note=note))
    for fitted in found.models:
        rows = fitted.parameters().filter(
            ~((pl.col("form") == "share") | pl.col("parameter").str.starts_with("per_day"))
        )
        per_day = float(fitted.arrivals.per_day.mean())
        typer.echo(translate(FITTED["per_day"]).format(current=fitted.current.upper(), number=per_day))
        for part, form, name, value, low, high, unit in rows.drop("current", "count").iter_rows():
            ends = "" if low is None else translate(FITTED["ends"]).format(low=low, high=high)
            typer.echo(f"  {part:<9}{form:<12}{name:<11}{value:>9.4g} {'' if unit == '-' else unit}{ends}")
        if fitted.idle is None:
            typer.echo(translate(FITTED["no_idle"]))
        if fitted.patience is None:
            typer.echo(translate(FITTED["no_patience"]))
    _show_goodness(found, translate)


def _show_goodness(found: "Calibration", translate: "Translate") -> None:
    """Print the goodness on the weeks held out."""
    from experiments.report.words.terminal import FITTED

    if not found.held_out_days:
        typer.echo(translate(FITTED["all_fitted"]))
        return
    typer.echo(translate(FITTED["held_out"]).format(days=found.held_out_days))
    for row in found.distances.iter_rows(named=True):
        distance = row["ks_distance"]
        far = "" if distance is None else translate(FITTED["distance"]).format(distance=distance)
        shown = {"name": f"{row['current'].upper()} {row['measure']}", "unit": row["unit"], "distance": far}
        shown |= {"logged": row["observed_mean"], "model": row["model_mean"]}
        typer.echo(translate(FITTED["means"]).format(**shown))
    for (current, kind), rows in found.occupancy.group_by("current", "day_type", maintain_order=True):
        hours = {"inside": int(rows["inside"].sum()), "hours": rows.height}
        typer.echo(translate(FITTED[f"occupancy {kind}"]).format(current=str(current).upper(), **hours))
    typer.echo(translate(FITTED["side_by_side"]))
    for name, unit, *values in found.side_by_side.iter_rows():
        cells = ("-" if value is None else f"{value:.4g}" for value in values)
        shown = dict(zip(("logged", "replayed", "model", "low", "high"), cells, strict=True))
        typer.echo(translate(FITTED["row"]).format(name=name, unit=unit, **shown))
