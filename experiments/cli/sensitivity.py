"""``xijiang sensitivity``: print and write which assumptions decide."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.display_plan import tell_plan
from experiments.cli.options import LATER, AsJson, Days, Executor, Jobs, Quiet, RunOptions, ScenarioName, Seed, Sets

if TYPE_CHECKING:
    import polars as pl

    from experiments.designs.sensitivity import Sensitivity
    from experiments.scenario.model import Scenario


def sensitivity(
    scenario: ScenarioName = None,
    *,
    of: Annotated[
        list[str] | None, typer.Option("--of", help="Measure or target to explain, as T04 (repeat it).")
    ] = None,
    over: Annotated[
        list[str] | None, typer.Option("--over", metavar="KEY[=LO:HI]", help="Assumption; all of the county's.")
    ] = None,
    design: Annotated[
        str | None, typer.Option("--design", help="flips (a minute or two), or morris, where its options are given.")
    ] = None,
    points: Annotated[int, typer.Option("--points", help="Short runs of the design flips.")] = 64,
    trajectories: Annotated[int | None, typer.Option("--trajectories", help="Trajectories of Morris; 6.")] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", help="Base samples of Sobol, a power of 2; 16; 0: none.")
    ] = None,
    top: Annotated[int | None, typer.Option("--top", help="Assumptions that go on to Sobol; 4.")] = None,
    replications: Annotated[int, typer.Option("-n", "--replications", help="Replications per point.")] = 1,
    days: Days = None,
    seed: Seed = None,
    jobs: Jobs = 0,
    executor: Executor = None,
    sets: Sets = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the tables and the answers of the points.")] = Path(
        "sensitivity"
    ),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Rank the assumptions that decide targets and say where they flip; or Morris, Sobol, one at a time."""
    from data.storage import check_writable
    from experiments.cli.display import StatusLine, interruptible, kept_points
    from experiments.designs import sensitivity as designs

    options = RunOptions(sets=sets, days=days, as_json=as_json, quiet=quiet)
    loaded = options.load(scenario, otherwise=LATER)
    check_writable(out, "--out")
    line = StatusLine(shown=options.shows_progress)
    if chosen_design(design, over, trajectories, samples, top) == FLIPS:
        _flips(loaded, options, out, of=of or [], points=points, seed=seed, jobs=jobs, executor=executor)
        return
    top = 4 if top is None else top
    with interruptible(kept_points(out)), line:
        found = designs.sensitivity(
            loaded,
            of=of or (),
            over=over or [],
            trajectories=6 if trajectories is None else trajectories,
            samples=16 if samples is None else samples,
            top=top,
            replications=replications,
            seed=seed,
            jobs=jobs,
            executor=executor,
            out=out / "points",
            plan=lambda points: tell_plan(loaded.with_(replications=replications), points, options, jobs, most=True),
            progress=line.points,
        )
    _show(found, out, top=top, as_json=as_json)


FLIPS, MORRIS = "flips", "morris"


def chosen_design(design: str | None, over: list[str] | None, *options: int | None) -> str:
    """Return the design: the quick one, unless that of Morris is named or one of its options given.

    Raises
    ------
    ScenarioError
        A design that is not known.
    """
    from data.errors import ScenarioError, nearest

    if design is None:
        return MORRIS if over or any(option is not None for option in options) else FLIPS
    if design not in (FLIPS, MORRIS):
        raise ScenarioError(
            f"--design {design}: not known.{nearest(design, (FLIPS, MORRIS))} Known: {FLIPS}, {MORRIS}."
        )
    return design


def _flips(
    loaded: "Scenario",
    options: RunOptions,
    out: Path,
    *,
    of: list[str],
    points: int,
    seed: int | None,
    jobs: int,
    executor: str | None,
) -> None:
    """Say which assumptions matter most to targets, and where each turns the verdict; write the tables."""
    from experiments.cli.display import StatusLine, figures_table, interruptible, print_json, render
    from experiments.designs.quick_flips import what_flips
    from experiments.formatting import write_csv
    from experiments.report.language import translator
    from experiments.report.sentences.flipping import told_doubt

    line = StatusLine(shown=options.shows_progress)
    with interruptible("finished short runs are kept in the cache"), line:
        found = what_flips(
            loaded,
            of=of,
            points=points,
            seed=seed,
            jobs=jobs,
            executor=executor,
            plan=lambda count: tell_plan(loaded.with_(replications=1), count, options, jobs, short=True),
            progress=line.points,
        )
    out.mkdir(parents=True, exist_ok=True)
    for name, table in found.items():
        write_csv(table, out / f"{name}.csv")
    if options.as_json:
        print_json({name: found[name].to_dicts() for name in ("scorecard", "flips")})
        return
    shown = found["flips"].select("target_id", "criterion", "assumption", "share", "at_tables", "beyond", "flips_at")
    typer.echo(render(figures_table(shown)))
    card, english = found["scorecard"], translator("en")
    for target in card["target_id"].unique(maintain_order=True):
        said = told_doubt(target, card, found["flips"], lambda name: name.replace("_", " "), english)
        typer.echo(f"{target}: {' '.join(said)}")
    typer.echo(f"Tables: {out}")


def _show(found: "Sensitivity", out: Path, *, top: int, as_json: bool) -> None:
    """Write the tables; print the leading assumptions and the verdicts that they change, or JSON."""
    import polars as pl

    from experiments.cli.display import figures_table, print_json, render
    from experiments.formatting import write_csv

    tables = {"morris": found.morris, "sobol": found.sobol, "tornado": found.tornado}
    for name, table in tables.items():
        write_csv(table, out / f"{name}.csv")
    if as_json:
        print_json({name: table.to_dicts() for name, table in tables.items()})
        return
    leading = found.morris.filter((pl.col("rank") <= top) & (pl.col("mu_star") > 0.0))
    typer.echo("Mean absolute effect over the whole range (Morris), the first of each result:")
    typer.echo(render(figures_table(leading)))
    if found.sobol.height:
        typer.echo("Share of the variance (Sobol), alone (s1) and with interactions (st):")
        typer.echo(render(figures_table(found.sobol)))
    for text in flips(found.tornado):
        typer.echo(text)
    typer.echo(f"Tables (tornado.csv has the values for a tornado plot): {out}")


def flips(tornado: "pl.DataFrame") -> list[str]:
    """Return in sentences which assumptions alone change a verdict."""
    import polars as pl

    changed = tornado.filter(
        (pl.col("low_verdict") != pl.col("base_verdict")) | (pl.col("high_verdict") != pl.col("base_verdict"))
    )
    lines = [
        f"{row['result']} is {row['base_verdict']}; {row['key']} alone makes it {row['low_verdict']} at its low "
        f"end and {row['high_verdict']} at its high end."
        for row in changed.iter_rows(named=True)
    ]
    if not lines and tornado["base_verdict"].is_not_null().any():
        lines.append("None of these assumptions alone changes a verdict between the ends of its range.")
    return lines
