"""``xijiang sensitivity``: print and write which assumptions decide."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import LATER, AsJson, Days, Executor, Jobs, Quiet, RunOptions, ScenarioName, Seed, Sets

if TYPE_CHECKING:
    import polars as pl

    from experiments.designs.sensitivity import Sensitivity


def sensitivity(
    scenario: ScenarioName = None,
    *,
    of: Annotated[
        list[str] | None, typer.Option("--of", help="Measure or target to explain, as T04 (repeat it).")
    ] = None,
    over: Annotated[
        list[str] | None, typer.Option("--over", metavar="KEY[=LO:HI]", help="Assumption; all of the county's.")
    ] = None,
    trajectories: Annotated[int, typer.Option("--trajectories", help="Trajectories of the Morris design.")] = 6,
    samples: Annotated[int, typer.Option("--samples", help="Base samples of Sobol, a power of 2; 0: none.")] = 16,
    top: Annotated[int, typer.Option("--top", help="Assumptions that go on to Sobol.")] = 4,
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
    """Rank the assumptions that decide measures and targets: Morris, Sobol, one at a time."""
    from data.storage import check_writable
    from experiments.cli.display import StatusLine, interruptible, kept_points
    from experiments.designs import sensitivity as designs

    options = RunOptions(sets=sets, days=days, as_json=as_json, quiet=quiet)
    loaded = options.load(scenario, otherwise=LATER)
    check_writable(out, "--out")
    line = StatusLine(shown=options.shows_progress)
    with interruptible(kept_points(out)), line:
        found = designs.sensitivity(
            loaded,
            of=of or (),
            over=over or [],
            trajectories=trajectories,
            samples=samples,
            top=top,
            replications=replications,
            seed=seed,
            jobs=jobs,
            executor=executor,
            out=out / "points",
            progress=line.points,
        )
    _show(found, out, top=top, as_json=as_json)


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
