"""``xijiang sweep``: print and write what comes out over a grid or a Latin hypercube of values."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.display_plan import tell_plan
from experiments.cli.options import (
    AsJson,
    Days,
    Executor,
    Jobs,
    Quiet,
    Replications,
    RunOptions,
    ScenarioName,
    Seed,
    Sets,
)

if TYPE_CHECKING:
    from experiments.scenario.model import Scenario

SHOWN = ("wait_mean_min", "p95_wait_min", "unserved_share", "utilisation_share", "lng_wait_mean_min")


def sweep(
    scenario: ScenarioName,
    *,
    over: Annotated[
        list[str], typer.Option("--over", metavar="KEY=LO:HI:N", help="Axis; a figure may leave the range out.")
    ],
    design: Annotated[str, typer.Option("--design", help="grid or lhs.")] = "grid",
    samples: Annotated[int, typer.Option("--samples", help="Points of lhs.")] = 20,
    replications: Replications = None,
    days: Days = None,
    seed: Seed = None,
    jobs: Jobs = 0,
    executor: Executor = None,
    sets: Sets = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for sweep.csv and the answers of the points.")] = Path(
        "sweep"
    ),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario over a grid or a Latin hypercube of values."""
    options = RunOptions(
        sets=sets,
        days=days,
        replications=replications,
        seed=seed,
        jobs=jobs,
        executor=executor,
        out=out,
        as_json=as_json,
        quiet=quiet,
    )
    _sweep(scenario, over, options, out, design=design, samples=samples)


def _counted(loaded: "Scenario", options: RunOptions) -> "Scenario":
    """Return the scenario with the replications that are asked for."""
    return loaded if options.replications is None else loaded.with_(replications=options.replications)


def _sweep(scenario: str | None, over: list[str], options: RunOptions, out: Path, *, design: str, samples: int) -> None:
    """Sweep, print and write."""
    from data.storage import check_writable
    from experiments.cli.display import StatusLine, figures_table, interruptible, kept_points, print_json, render
    from experiments.designs import sweep as designs
    from experiments.designs.point_answers import check_outcomes
    from experiments.formatting import write_csv

    loaded = options.load(scenario)
    check_writable(out, "--out")
    line = StatusLine(shown=options.shows_progress)
    with interruptible(kept_points(out)), line:
        found = designs.sweep(
            loaded,
            over,
            design=design,
            samples=samples,
            replications=options.replications,
            seed=options.seed,
            jobs=options.jobs,
            executor=options.executor,
            out=out / "points",
            plan=lambda points: tell_plan(_counted(loaded, options), points, options, options.jobs),
            progress=line.points,
        )
    out.mkdir(parents=True, exist_ok=True)
    write_csv(found, out / "sweep.csv")
    if options.as_json:
        print_json(found.to_dicts())
        return
    keys = found.columns[1 : 1 + len(over)]
    typer.echo(render(figures_table(found.select("point", *keys, *check_outcomes(SHOWN, ())))))
    typer.echo(f"All measures, intervals and targets: {out / 'sweep.csv'}")
