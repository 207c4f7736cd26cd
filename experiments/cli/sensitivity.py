"""``xijiang sensitivity``: print and write which assumptions decide."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import ScenarioError
from experiments.cli.display_cite import print_cited
from experiments.cli.display_plan import tell_plan
from experiments.cli.options import (
    LATER,
    AsJson,
    Cite,
    Days,
    DryRun,
    Executor,
    Jobs,
    Language,
    Quiet,
    RunOptions,
    ScenarioName,
    Seed,
    Sets,
)

if TYPE_CHECKING:
    import polars as pl

    from experiments.designs.sensitivity import Sensitivity
    from experiments.report.language import Translate
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
    report: Annotated[bool, typer.Option("--report", help="Write sensitivity.html into --out, of the flips.")] = False,
    dry_run: DryRun = False,
    cite: Cite = False,
    lang: Language,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Rank the assumptions that decide targets and say where they flip; or Morris, Sobol, one at a time."""
    from data.storage import check_writable
    from experiments.cli.display import StatusLine, interruptible, kept_points
    from experiments.designs import sensitivity as designs
    from experiments.report.language import translator

    translate = translator(lang)
    options = RunOptions(
        sets=sets, days=days, seed=seed, jobs=jobs, executor=executor, out=out, as_json=as_json, quiet=quiet,
        dry_run=dry_run, language=lang,
    )  # fmt: skip
    loaded = options.load(scenario, otherwise=LATER)
    if cite:
        print_cited([loaded])
        return
    if not dry_run:
        check_writable(out, "--out")
    line = StatusLine(options.translate, shown=options.shows_progress)
    chosen = chosen_design(design, over, trajectories, samples, top)
    if report and chosen != FLIPS:
        raise ScenarioError("--report: a page is made of the design flips; expected --design flips, or no --report.")
    if chosen == FLIPS:
        turning = _flips(loaded, options, of=of or [], points=points, lang=lang)
        again = [part for one in of or [] for part in ("--of", one)] + ["--points", str(points)]
        _show_flips(turning, loaded, scenario, options, lang, again=again if report else None)
        return
    top = 4 if top is None else top
    with interruptible(kept_points(out, options.translate), options.translate), line:
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
            out=None if dry_run else out / "points",
            plan=lambda points: tell_plan(
                loaded.with_(replications=replications), points, options, jobs, most=True, language=lang
            ),
            progress=line.points,
        )
    _show(found, out, translate, top=top, as_json=as_json)


FLIPS, MORRIS = "flips", "morris"


def chosen_design(design: str | None, over: list[str] | None, *options: int | None) -> str:
    """Return the design: the quick one, unless that of Morris is named or one of its options given.

    Raises
    ------
    ScenarioError
        A design that is not known.
    """
    from data.errors import nearest

    if design is None:
        return MORRIS if over or any(option is not None for option in options) else FLIPS
    if design not in (FLIPS, MORRIS):
        raise ScenarioError(
            f"--design {design}: not known.{nearest(design, (FLIPS, MORRIS))} Known: {FLIPS}, {MORRIS}."
        )
    return design


def _flips(
    loaded: "Scenario", options: RunOptions, *, of: list[str], points: int, lang: str
) -> "dict[str, pl.DataFrame]":
    """Return which assumptions matter most to targets, and where each turns the verdict."""
    from experiments.cli.display import StatusLine, interruptible
    from experiments.designs.quick_flips import what_flips
    from experiments.report.words.terminal import STOPPED

    line = StatusLine(options.translate, shown=options.shows_progress)
    with interruptible(options.translate(STOPPED["short"]), options.translate), line:
        return what_flips(
            loaded,
            of=of,
            points=points,
            seed=options.seed,
            jobs=options.jobs,
            executor=options.executor,
            plan=lambda count: tell_plan(
                loaded.with_(replications=1), count, options, options.jobs, short=True, language=lang
            ),
            progress=line.points,
        )


def _show_flips(
    found: "dict[str, pl.DataFrame]",
    loaded: "Scenario",
    scenario: str | None,
    options: RunOptions,
    lang: str,
    *,
    again: list[str] | None,
) -> None:
    """Write the tables and, with the options that repeat it, the report; print table and sentences, or JSON."""
    from experiments.cli.display import figures_table, print_json, render
    from experiments.formatting import write_csv
    from experiments.report.language import SPACES, translator
    from experiments.report.sentences.flipping import told_doubt
    from experiments.report.sentences.run_lines import REPORT, TABLES
    from experiments.report.verdicts import criterion_name
    from experiments.report.words.labels import head

    out, translate = options.out or Path(), translator(lang)
    out.mkdir(parents=True, exist_ok=True)
    for name, table in found.items():
        write_csv(table, out / f"{name}.csv")
    page = None if again is None else _page(found, loaded, scenario, options, lang, again)
    if options.as_json:
        print_json({name: found[name].to_dicts() for name in ("scorecard", "flips")})
        return
    shown = found["flips"].select("target_id", "criterion", "assumption", "share", "at_tables", "beyond", "flips_at")
    typer.echo(render(figures_table(shown, [head(name, translate) for name in shown.columns])))
    card = found["scorecard"]
    for target in card["target_id"].unique(maintain_order=True):
        said = told_doubt(target, card, found["flips"], lambda name: criterion_name(name, translate), translate)
        typer.echo(f"{target}: {SPACES[lang].join(said)}")
    typer.echo(translate(TABLES).format(place=out))
    if page is not None:
        typer.echo(translate(REPORT).format(place=page))


def _page(
    found: "dict[str, pl.DataFrame]",
    loaded: "Scenario",
    scenario: str | None,
    options: RunOptions,
    lang: str,
    again: list[str],
) -> Path:
    """Write the report of the flips; return where."""
    from functools import partial

    from data.county import load_county
    from experiments.report.designed import write_design
    from experiments.report.designed.flips_page import flips_page

    out = options.out or Path()
    parts = ["xijiang", "sensitivity", *([] if scenario is None else [scenario])]
    parts += [part for text in options.overrides for part in ("--set", text)]
    parts += [*again, *([] if options.seed is None else ["--seed", str(options.seed)])]
    command = shlex.join([*parts, "--out", str(out), "--report"])
    made = partial(flips_page, found, loaded, load_county(loaded.county), [command])
    return write_design(made, out / "sensitivity.html", language=lang)


def _show(found: "Sensitivity", out: Path, translate: "Translate", *, top: int, as_json: bool) -> None:
    """Write the tables; print the leading assumptions and the verdicts that they change, or JSON."""
    import polars as pl

    from experiments.cli.display import figures_table, print_json, render
    from experiments.formatting import write_csv
    from experiments.report.words.labels import head
    from experiments.report.words.planning import MORRIS as MORRIS_SAID
    from experiments.report.words.planning import SOBOL, TORNADO

    def shown(table: "pl.DataFrame") -> str:
        return render(figures_table(table, [head(name, translate) for name in table.columns]))

    tables = {"morris": found.morris, "sobol": found.sobol, "tornado": found.tornado}
    for name, table in tables.items():
        write_csv(table, out / f"{name}.csv")
    if as_json:
        print_json({name: table.to_dicts() for name, table in tables.items()})
        return
    leading = found.morris.filter((pl.col("rank") <= top) & (pl.col("mu_star") > 0.0))
    typer.echo(translate(MORRIS_SAID))
    typer.echo(shown(leading))
    if found.sobol.height:
        typer.echo(translate(SOBOL))
        typer.echo(shown(found.sobol))
    for text in flips(found.tornado, translate):
        typer.echo(text)
    typer.echo(translate(TORNADO).format(place=out))


def flips(tornado: "pl.DataFrame", translate: "Translate") -> list[str]:
    """Return in sentences which assumptions alone change a verdict."""
    import polars as pl

    from experiments.report.verdicts import VERDICTS
    from experiments.report.words.planning import ALONE, NOT_ALONE

    changed = tornado.filter(
        (pl.col("low_verdict") != pl.col("base_verdict")) | (pl.col("high_verdict") != pl.col("base_verdict"))
    )
    verdicts = ("base_verdict", "low_verdict", "high_verdict")
    lines = [
        translate(ALONE).format(**row | {name: translate(VERDICTS.get(row[name], row[name])) for name in verdicts})
        for row in changed.iter_rows(named=True)
    ]
    if not lines and tornado["base_verdict"].is_not_null().any():
        lines.append(translate(NOT_ALONE))
    return lines
