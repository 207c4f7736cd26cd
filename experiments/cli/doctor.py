"""``xijiang doctor``: versions, places of the packages, digests of the counties."""

import importlib
import platform
import sys
from pathlib import Path
from typing import Any

import typer

from data.errors import XijiangError
from experiments.cli.options import AsJson


def doctor(*, as_json: AsJson = False) -> None:
    """Show versions, where the packages lie, and digests of the counties."""
    from experiments.cli.display import print_json
    from experiments.runs.executors import cores
    from experiments.runs.provenance import PACKAGES, code_digest, library_versions, toolkit_version

    places = {name: str(Path(str(importlib.import_module(name).__file__)).parent) for name in PACKAGES}
    counties, faults = _counties()
    faults += shadowed(places)
    state: dict[str, Any] = {
        "xijiang": toolkit_version(),
        "python": f"{platform.python_version()} at {sys.executable}",
        "cores": cores(),
        "code": code_digest(),
        "libraries": library_versions(),
        "packages": places,
        "counties": counties,
        "faults": faults,
    }
    if as_json:
        print_json(state)
    else:
        typer.echo(_text(state))
    raise typer.Exit(1 if faults else 0)


def shadowed(places: dict[str, str]) -> list[str]:
    """Return packages that do not lie beside the others: something else of that name comes first."""
    home = Path(places["experiments"]).parent
    return [
        f"package {name} is at {place}, not at {home / name}: another folder of that name shadows it. "
        "Run from another folder, or uninstall the other package."
        for name, place in places.items()
        if Path(place).parent != home
    ]


def _counties() -> tuple[dict[str, str], list[str]]:
    """Return digests of the built-in counties, and what is wrong with them."""
    from data.county import list_counties, load_county

    digests, faults = {}, []
    for name in list_counties():
        try:
            digests[name] = load_county(name).digest
        except XijiangError as error:
            faults.append(str(error))
    return digests, faults


def _text(state: dict[str, Any]) -> str:
    """Return the state as lines of text."""
    lines = []
    for name, value in state.items():
        if isinstance(value, dict):
            lines += [f"{name}:", *(f"  {key:<12} {item}" for key, item in value.items())]
        elif name == "faults":
            lines += [f"fault: {item}" for item in value] or ["no faults"]
        else:
            lines.append(f"{name}: {value}")
    return "\n".join(lines)
