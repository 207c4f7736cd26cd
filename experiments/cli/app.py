"""The command line, put together: one module per command, which imports what is heavy when it runs."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.cli import (
    county,
    county_check,
    county_describe,
    county_new,
    export,
    import_sessions,
    import_stations,
    import_voyages,
    roads,
    runs,
)
from experiments.cli.calibrate import calibrate
from experiments.cli.carbon import carbon
from experiments.cli.compare import compare
from experiments.cli.doctor import doctor
from experiments.cli.explore import explore
from experiments.cli.metrics import metrics
from experiments.cli.monitor import monitor
from experiments.cli.quick import quick
from experiments.cli.report import report
from experiments.cli.run import run
from experiments.cli.scenarios import scenarios
from experiments.cli.sensitivity import sensitivity
from experiments.cli.size import size
from experiments.cli.sweep import sweep
from experiments.cli.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

HELP = (
    "Plan the electrification of a county's transport: charging, fleet, river and carbon. "
    "Start with `xijiang run`; --debug shows tracebacks."
)
COMMANDS = (
    quick,
    run,
    compare,
    size,
    carbon,
    sweep,
    sensitivity,
    calibrate,
    scenarios,
    metrics,
    monitor,
    report,
    explore,
    verify,
    doctor,
)
GROUPS: "dict[str, tuple[str, dict[str, Callable[..., None]]]]" = {
    "county": (
        "Counties: list, begin, check and describe them.",
        {
            "list": county.list_built_in,
            "new": county_new.new,
            "check": county_check.check,
            "describe": county_describe.describe,
            "add-layout": county_new.add_layout,
        },
    ),
    "import": (
        "Real files in: lists of stations, logs of sessions, positions of vessels.",
        {
            "stations": import_stations.stations,
            "sessions": import_sessions.sessions,
            "voyages": import_voyages.voyages,
        },
    ),
    "export": ("Layouts and runs for other tools.", {"layout": export.layout, "map": export.run_map}),
    "roads": ("Road graphs from OpenStreetMap.", {"fetch": roads.fetch}),
    "runs": (
        "Run folders: list, show, clean.",
        {"list": runs.list_folders, "show": runs.show, "clean": runs.clean},
    ),
}

# help in plain text: what rich loads to frame it takes as long as all the rest
PLAIN: "dict[str, Any]" = {"no_args_is_help": True, "rich_markup_mode": None}

app = typer.Typer(help=HELP, add_completion=False, pretty_exceptions_enable=False, **PLAIN)


def _print_version(*, wanted: bool) -> None:
    """Print the version of the toolkit and end."""
    if wanted:
        from experiments.runs.provenance import toolkit_version

        typer.echo(f"xijiang {toolkit_version()}")
        raise typer.Exit


@app.callback(help=HELP)
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options of the toolkit as a whole."""


def _told(command: "Callable[..., None]") -> str:
    """Return what a command says of itself, for the list of commands, which would cut it short."""
    return " ".join((command.__doc__ or "").split("\n\n")[0].split())


for command in COMMANDS:
    app.command(short_help=_told(command))(command)
for name, (text, commands) in GROUPS.items():
    group = typer.Typer(help=text, **PLAIN)
    for word, command in commands.items():
        group.command(word, short_help=_told(command))(command)
    app.add_typer(group, name=name, short_help=text)
