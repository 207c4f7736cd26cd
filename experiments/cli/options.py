"""Options that several commands take: each is declared once, with its help text."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.report.language import Translate
    from experiments.scenario.model import Scenario

INTERRUPTED = 130
INFEASIBLE = 3


def warn_if_exposed(executor: str | None) -> str | None:
    """Say on stderr why a plain connection to another machine is dangerous; return the option as it is."""
    if executor is not None and executor.startswith("dask:"):
        from experiments.runs.executors.cluster import exposure

        warning = exposure(executor.removeprefix("dask:"))
        if warning is not None:
            typer.echo(f"Warning: {warning}", err=True)
    return executor


def locale_language(environment: "Mapping[str, str]" = os.environ) -> str:
    """Return the language of the locale, ``zh`` or ``en``: of LC_ALL, LC_MESSAGES and LANG the first that is set.

    Parameters
    ----------
    environment : mapping of str to str
        Variables of the process.
    """
    named = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "zh" if named.lower().startswith("zh") else "en"


ScenarioName = Annotated[
    str | None, typer.Argument(metavar="[SCENARIO]", help="Name, TOML file, or folder of a county.")
]
LATER = "deqing-2030"
"""Scenario of commands that look ahead, where neither scenario nor county is named."""
CountyName = Annotated[str, typer.Argument(help="Built-in county, or path of a folder of tables.")]
InCounty = Annotated[str, typer.Option("--county", help="Built-in county, or path of a folder of tables.")]
ColumnMapFile = Annotated[
    Path | None, typer.Option("--map", help="TOML: [columns] ours = theirs, [values] for all rows, [factors].")
]
PileKw = Annotated[float | None, typer.Option("--pile-kw", min=0.1, help="Rating of piles whose rows state none, kW.")]
Replications = Annotated[
    int | None, typer.Option("-n", "--replications", help="Replications, instead of the scenario's.")
]
Days = Annotated[int | None, typer.Option("--days", help="Days, instead of the scenario's.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed, instead of the scenario's.")]
Jobs = Annotated[int, typer.Option("-j", "--jobs", help="Processes; 0 for one per core.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Another value, as charging.layout=even (repeat it)."),
]
Executor = Annotated[
    str | None,
    typer.Option(
        "--executor", help="in-process, processes, dask:HOST:PORT or dask:tls://HOST:PORT.", callback=warn_if_exposed
    ),
]
Root = Annotated[Path, typer.Option("--root", help="Folder with runs.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress.")]
Language = Annotated[
    str,
    typer.Option(
        "--lang",
        default_factory=locale_language,
        show_default=False,
        help="Language of what is printed and written: en or zh; that of the locale.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say points, time and the assumptions that weigh most; write nothing.")
]
Cite = Annotated[bool, typer.Option("--cite", help="Print the sources behind it as BibTeX; simulate nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of tables.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a command simulates, where it writes and what it prints.

    Attributes
    ----------
    sets : sequence of str or None
        ``key=value`` pairs that change the scenario.
    days, replications, seed : int or None
        Instead of those of the scenario.
    jobs : int
        Processes; 0 for one per core.
    executor : str or None
        Where replications are computed; None chooses by `jobs`.
    out : pathlib.Path or None
        Folder to write to.
    as_json, quiet, dry_run : bool
        Whether to print JSON instead of tables, to hide the progress, and to say no more than what would be done.
    language : str
        Of what is printed, ``zh`` or ``en``.
    """

    sets: "Sequence[str] | None" = None
    days: int | None = None
    replications: int | None = None
    seed: int | None = None
    jobs: int = 0
    executor: str | None = None
    out: Path | None = None
    as_json: bool = False
    quiet: bool = False
    dry_run: bool = False
    language: str = "en"

    @property
    def translate(self) -> "Translate":
        """Return the function that puts what is printed into the reader's language.

        Raises
        ------
        ScenarioError
            A language that is not known.
        """
        from experiments.report.language import translator

        return translator(self.language)

    @property
    def overrides(self) -> tuple[str, ...]:
        """Return all that changes the scenario's keys, ``--days`` among them."""
        days = () if self.days is None else (f"days={self.days}",)
        return (*(self.sets or ()), *days)

    @property
    def shows_progress(self) -> bool:
        """Return whether progress is wanted on stderr."""
        return not (self.quiet or self.as_json)

    def load(self, scenario: str | None, *, otherwise: str | None = None) -> "Scenario":
        """Return a scenario with the overrides of these options; None means the county's, or `otherwise`.

        Raises
        ------
        ScenarioError
            If there is no such scenario, or it or an override has faults.
        """
        from experiments.scenario.start import load_scenario

        return load_scenario(scenario, sets=self.overrides, otherwise=otherwise)
