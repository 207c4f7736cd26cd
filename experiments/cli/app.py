"""Commands and options. Each command imports what it needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HELP = (
    "Plan the electrification of a county's transport: charging, fleet, river and carbon. "
    "Start with `xijiang run`; --debug shows tracebacks."
)

app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
county_app = typer.Typer(help="Counties: list the built-in ones, check a folder of tables.", no_args_is_help=True)
roads_app = typer.Typer(help="Road graphs from OpenStreetMap.", no_args_is_help=True)
app.add_typer(county_app, name="county")
runs_app = typer.Typer(help="Run folders: list, show, clean.", no_args_is_help=True)
app.add_typer(roads_app, name="roads")
app.add_typer(runs_app, name="runs")

INFEASIBLE = 3
EXECUTORS = "in-process, processes or dask:HOST:PORT."
ScenarioName = Annotated[str, typer.Argument(metavar="[SCENARIO]", help="Name or TOML file.")]
Root = Annotated[Path, typer.Option("--root", help="Folder with runs.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of tables.")]


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="Scenario, or path of a TOML file.")] = "deqing-2025",
    *,
    replications: Annotated[
        int | None, typer.Option("-n", "--replications", help="Replications, instead of the scenario's.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", help="Days, instead of the scenario's.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed, instead of the scenario's.")] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="Processes; 0 for one a core.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Run folder; runs/<scenario>-<key> by default.")] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Another value, as charging.layout=even.")
    ] = None,
    executor: Annotated[str | None, typer.Option("--executor", help=EXECUTORS)] = None,
    precision: Annotated[
        str | None, typer.Option("--precision", help="Run more replications until the error is at most this, as 5%.")
    ] = None,
    on: Annotated[list[str] | None, typer.Option("--on", help="Measure for --precision; wait_mean_min.")] = None,
    manifest: Annotated[
        Path | None, typer.Option("--from", help="Rebuild the run of this manifest.json, to the same bytes.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be simulated; write nothing.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario: simulate, print the scorecard, write the run folder and its report."""
    from experiments.cli.running import Options, run_command

    overrides = [f"{key}={value}" for key, value in (("days", days),) if value is not None]
    options = Options(
        scenario=scenario,
        sets=(*(sets or ()), *overrides),
        replications=replications,
        seed=seed,
        jobs=jobs,
        out=out,
        executor=executor,
        as_json=as_json,
        quiet=quiet,
        precision=precision,
        on=tuple(on or ()),
        manifest=manifest,
    )
    run_command(options, dry_run=dry_run)


@app.command()
def compare(
    names: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Scenarios; the first is the reference.")],
    *,
    layouts: Annotated[
        list[str] | None, typer.Option("--layout", help="Layout or CSV file; several compare layouts.")
    ] = None,
    replications: Annotated[int | None, typer.Option("-n", "--replications", help="Replications of each.")] = None,
    days: Annotated[int | None, typer.Option("--days", help="Days, instead of the scenarios'.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of all.")] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="Processes; 0 for one a core.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Folder that keeps the runs.")] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Another value, in all scenarios.")
    ] = None,
    on: Annotated[list[str] | None, typer.Option("--on", help="Measure to compare (repeat it); all.")] = None,
    select: Annotated[str | None, typer.Option("--select", help="Measure by which to select the best of many.")] = None,
    zone: Annotated[float | None, typer.Option("--zone", help="Difference of it that does not matter.")] = None,
    executor: Annotated[str | None, typer.Option("--executor", help=EXECUTORS)] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare scenarios or layouts on the same random numbers: paired differences with intervals."""
    from experiments.cli.comparing import compare_command

    overrides = [] if days is None else [f"days={days}"]
    compare_command(
        names,
        layouts=layouts or [],
        sets=[*(sets or []), *overrides],
        replications=replications,
        seed=seed,
        jobs=jobs,
        executor=executor,
        out=out,
        on=on or [],
        select=select,
        zone=zone,
        as_json=as_json,
        quiet=quiet,
    )


@app.command()
def size(
    kind: Annotated[str, typer.Argument(metavar="WHAT", help="charging, bunkering, electric, ebikes or fleet.")],
    scenario: Annotated[str, typer.Argument(metavar="[SCENARIO]", help="Name or TOML file.")] = "deqing-2030",
    *,
    target: Annotated[
        str | None, typer.Option("--target", help="As p95_wait_min<=15,unserved_share<=0.01; the county's criteria.")
    ] = None,
    budget: Annotated[str | None, typer.Option("--budget", help="At most, as piles=320,guns=450.")] = None,
    layouts: Annotated[
        list[str] | None, typer.Option("--layout", help="Choose among layouts instead (repeat it).")
    ] = None,
    replications: Annotated[int | None, typer.Option("-n", "--replications", help="Replications.")] = None,
    days: Annotated[int | None, typer.Option("--days", help="Days, instead of the scenario's.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed.")] = None,
    sets: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Another value.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for answer.csv and frontier.csv.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Size infrastructure for a target of service: answer, frontier, what binds. Exit code 3 if it cannot be met."""
    from experiments.cli.sizing import size_command

    met = size_command(
        kind,
        scenario,
        sets=[*(sets or []), *([] if days is None else [f"days={days}"])],
        target=target,
        budget=budget,
        layouts=layouts or [],
        replications=replications,
        seed=seed,
        out=out,
        as_json=as_json,
        quiet=quiet,
    )
    raise typer.Exit(0 if met else INFEASIBLE)


@app.command()
def carbon(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SCENARIO]...", help="Scenarios; deqing-2030.")] = None,
    *,
    years: Annotated[str, typer.Option("--years", help="As 2020:2035 or 2020,2025,2030.")] = "2020:2035",
    samples: Annotated[int, typer.Option("--samples", help="Draws of the Monte Carlo run; 0: none.")] = 500,
    sets: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Another value.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the tables as CSV.")] = None,
    as_json: AsJson = False,
) -> None:
    """Estimate carbon intensity 2020-2035: three series and boundaries, ranges, attribution, petroleum peak."""
    from experiments.cli.carbon import carbon_command

    carbon_command(names or ["deqing-2030"], years=years, samples=samples, sets=sets or [], out=out, as_json=as_json)


@app.command()
def sweep(
    scenario: ScenarioName,
    *,
    over: Annotated[
        list[str], typer.Option("--over", metavar="KEY=LO:HI:N", help="Axis; a figure may leave the range out.")
    ],
    design: Annotated[str, typer.Option("--design", help="grid or lhs.")] = "grid",
    samples: Annotated[int, typer.Option("--samples", help="Points of lhs.")] = 20,
    replications: Annotated[int | None, typer.Option("-n", "--replications", help="Replications a point.")] = None,
    days: Annotated[int | None, typer.Option("--days", help="Days, instead of the scenario's.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of all points.")] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="Processes; 0 for one a core.")] = 0,
    executor: Annotated[str | None, typer.Option("--executor", help=EXECUTORS)] = None,
    sets: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Another value.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for sweep.csv and the answers of the points.")] = Path(
        "sweep"
    ),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario over a grid or a Latin hypercube of values."""
    from experiments.cli.designs import sweep_command

    sweep_command(
        scenario,
        over=over,
        design=design,
        samples=samples,
        replications=replications,
        seed=seed,
        jobs=jobs,
        executor=executor,
        sets=[*(sets or []), *([] if days is None else [f"days={days}"])],
        out=out,
        as_json=as_json,
        quiet=quiet,
    )


@app.command()
def sensitivity(
    scenario: ScenarioName = "deqing-2030",
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
    replications: Annotated[int, typer.Option("-n", "--replications", help="Replications a point.")] = 1,
    days: Annotated[int | None, typer.Option("--days", help="Days, instead of the scenario's.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of all points.")] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="Processes; 0 for one a core.")] = 0,
    executor: Annotated[str | None, typer.Option("--executor", help=EXECUTORS)] = None,
    sets: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Another value.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the tables and the answers of the points.")] = Path(
        "sensitivity"
    ),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Rank the assumptions that decide measures and targets: Morris, Sobol, one at a time."""
    from experiments.cli.designs import sensitivity_command

    sensitivity_command(
        scenario,
        of=of or [],
        over=over or [],
        trajectories=trajectories,
        samples=samples,
        top=top,
        replications=replications,
        seed=seed,
        jobs=jobs,
        executor=executor,
        sets=[*(sets or []), *([] if days is None else [f"days={days}"])],
        out=out,
        as_json=as_json,
        quiet=quiet,
    )


@runs_app.command("list")
def runs_list(*, root: Root = Path("runs"), as_json: AsJson = False) -> None:
    """List the run folders, the newest first."""
    from experiments.cli.runs import list_command

    list_command(root, as_json=as_json)


@runs_app.command("show")
def runs_show(
    run_name: Annotated[str, typer.Argument(metavar="RUN", help="Folder, its name, or the beginning of the key.")],
    *,
    root: Root = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Show the manifest and the scorecard of a run."""
    from experiments.cli.runs import show_command

    show_command(run_name, root, as_json=as_json)


@runs_app.command("clean")
def runs_clean(
    names: Annotated[list[str] | None, typer.Argument(metavar="[RUN...]", help="Runs to remove.")] = None,
    *,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="All that are not finished.")] = False,
    older_days: Annotated[float | None, typer.Option("--older-than", help="All older than so many days.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    root: Root = Path("runs"),
) -> None:
    """Remove run folders."""
    from experiments.cli.runs import clean_command

    clean_command(names or [], root, unfinished=unfinished, older_days=older_days, dry_run=dry_run)


@app.command()
def scenarios(
    *,
    as_json: AsJson = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of a scenario instead.")] = False,
) -> None:
    """List the scenarios that come with the toolkit."""
    from experiments.cli.listing import list_scenarios, print_schema

    if schema:
        print_schema()
    else:
        list_scenarios(as_json=as_json)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Run folder.")],
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="HTML file; report.html in the folder.")] = None,
    language: Annotated[str, typer.Option("--language", help="Language of the report.")] = "en",
) -> None:
    """Write the report of a run folder again."""
    from experiments.runs.execute import load_result

    result = load_result(folder)
    typer.echo(result.report(out or folder / "report.html", language=language))


@app.command()
def verify(*, as_json: AsJson = False) -> None:
    """Check the toolkit against theory and published cases: queues, charge times, shared power, carbon."""
    from experiments.cli.verifying import verify_command

    raise typer.Exit(verify_command(as_json=as_json))


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Show versions, where the packages lie, and digests of the counties."""
    from experiments.cli.doctor import diagnose

    raise typer.Exit(diagnose(as_json=as_json))


@county_app.command("list")
def county_list(*, as_json: AsJson = False) -> None:
    """List the built-in counties."""
    from experiments.cli.listing import list_built_in

    list_built_in(as_json=as_json)


@county_app.command("new")
def county_new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")],
    *,
    like: Annotated[str, typer.Option("--like", help="County whose tables are copied.")] = "deqing",
) -> None:
    """Start a county: a copy of another one's tables, to be changed row by row."""
    from experiments.cli.listing import new_county

    new_county(folder, like)


@county_app.command("check")
def county_check(
    county: Annotated[str, typer.Argument(help="Built-in county, or path of a folder of tables.")],
    *,
    as_json: AsJson = False,
) -> None:
    """List everything that is wrong with a county's tables."""
    from experiments.cli.listing import check

    raise typer.Exit(check(county, as_json=as_json))


@roads_app.command("fetch")
def roads_fetch(
    county: Annotated[str, typer.Argument(help="Built-in county, or path of a folder of tables.")] = "deqing",
    *,
    out: Annotated[Path | None, typer.Option("--out", help="GraphML file; <county>-roads.graphml.")] = None,
    osm_file: Annotated[Path | None, typer.Option("--osm-file", help="Read an .osm file; no network.")] = None,
    overpass_url: Annotated[str | None, typer.Option("--overpass-url", help="Overpass server.")] = None,
    network: Annotated[str, typer.Option("--network", help="drive or drive_service.")] = "drive",
    margin_km: Annotated[float, typer.Option("--margin-km", help="Margin around towns and service areas.")] = 5.0,
) -> None:
    """Fetch the roads of a county from OpenStreetMap, for the key `roads` of a scenario."""
    from experiments.cli.listing import fetch

    fetch(county, out, osm_file=osm_file, overpass_url=overpass_url, network=network, margin_km=margin_km)
