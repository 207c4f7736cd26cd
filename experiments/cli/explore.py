"""``xijiang explore``: a local page on which guns are moved between stations and the change is seen."""

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.options import Language


def explore(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    *,
    budget: Annotated[
        str | None, typer.Option("--budget", help="The most that may stand, as piles=320,guns=450; what the run has.")
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port; 0 takes a free one.")] = 0,
    lang: Language,
) -> None:
    """Move guns between stations on a local page, and see the change (needs the extra `explore`)."""
    from data.errors import ScenarioError

    if importlib.util.find_spec("dash") is None:
        raise ScenarioError("explore: Dash is not installed. `pip install 'xijiang[explore]'` brings it.")
    from experiments.explorer.exploration import Exploration
    from experiments.explorer.server import explorer_server
    from experiments.explorer.view import View
    from experiments.report.language import translator
    from experiments.runs.execute import open_run
    from experiments.sizing.targets import parse_budget

    translator(lang)  # a language that is not known stops before anything is simulated
    view = View(Exploration(open_run(folder), parse_budget(budget)), lang)
    typer.echo(
        "Simulating the run once; the first time on a machine the engine is compiled for half a minute.", err=True
    )
    server = explorer_server(view, port=port)
    typer.echo(f"http://127.0.0.1:{server.port}")
    typer.echo("Open it in a browser of this machine; Ctrl-C ends it.", err=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        typer.echo("", err=True)
    finally:
        server.server_close()
