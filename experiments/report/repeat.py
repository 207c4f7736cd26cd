"""Commands that repeat a run."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Final

from experiments.runs.manifest import MANIFEST
from experiments.scenario.files import flatten, shipped
from experiments.scenario.model import Scenario

if TYPE_CHECKING:
    from experiments.runs.tables import Run

_LABELS: Final = {"name", "title", "purpose", "based_on", "seed", "replications"}


def commands(run: Run) -> list[str]:
    """Return the commands that repeat the run: by its manifest, and a shipped scenario by all keys that differ."""
    told = [f"xijiang run --from {MANIFEST} --out again"]
    if run.scenario.name in shipped():
        told.insert(0, f"{command(run)} -n {run.manifest['replications']}")
    return told


def command(run: Run, *, manifest: str = MANIFEST) -> str:
    """Return the command of a run without its number of replications, to which options may be added.

    Parameters
    ----------
    run : Run
        The run.
    manifest : str
        Path of its manifest. It names a scenario of one's own, whose name alone no command knows; a shipped one is
        named with all keys that differ.
    """
    scenario = run.scenario
    if scenario.name not in shipped():
        return shlex.join(["xijiang", "run", "--from", manifest])
    both = (Scenario.load(scenario.name), scenario)
    was, now = (flatten(either.model_dump(mode="json", exclude=_LABELS)) for either in both)
    changed = [(key, value) for key, value in now.items() if was.get(key) != value]
    words = ["xijiang", "run", scenario.name, "--seed", str(run.manifest["seed"])]
    return shlex.join([*words, *(part for key, value in changed for part in ("--set", f"{key}={_toml(value)}"))])


def _toml(value: object) -> str:
    """Return a value as `--set` reads it."""
    return value if isinstance(value, str) else json.dumps(value)
