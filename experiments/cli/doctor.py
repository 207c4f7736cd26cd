"""``xijiang doctor``: versions, places of the packages, digests of the counties."""

from __future__ import annotations

import importlib
import json
import platform
import sys
from pathlib import Path
from typing import Any

import typer

from data.county import list_counties, load_county
from data.errors import XijiangError
from experiments.runs.executors import cores
from experiments.runs.provenance import PACKAGES, code_digest, library_versions, toolkit_version


def diagnose(*, as_json: bool) -> int:
    """Print the state of the installation; return the exit code: 1 where something is wrong."""
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
    typer.echo(json.dumps(state, indent=2) if as_json else _text(state))
    return 1 if faults else 0


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
