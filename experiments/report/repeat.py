"""Commands that repeat a run."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Final

from experiments.scenario.files import flatten, shipped
from experiments.scenario.model import Scenario

if TYPE_CHECKING:
    from experiments.runs.tables import Run

_LABELS: Final = {"name", "title", "purpose", "based_on", "seed", "replications"}


def commands(run: Run) -> list[str]:
    """Return the commands that repeat the run: by its manifest, and a shipped scenario by all keys that differ."""
    told = ["xijiang run --from manifest.json --out again"]
    if run.scenario.name in shipped():
        told.insert(0, f"{command(run)} -n {run.manifest['replications']}")
    return told


def command(run: Run) -> str:
    """Return the command of a run without its number of replications; of a scenario of one's own only its name."""
    scenario = run.scenario
    words = ["xijiang", "run", scenario.name]
    if scenario.name in shipped():
        both = (Scenario.load(scenario.name), scenario)
        was, now = (flatten(either.model_dump(mode="json", exclude=_LABELS)) for either in both)
        changed = [(key, value) for key, value in now.items() if was.get(key) != value]
        words += ["--seed", str(run.manifest["seed"])]
        words += [part for key, value in changed for part in ("--set", f"{key}={_toml(value)}")]
    return shlex.join(words)


def _toml(value: object) -> str:
    """Return a value as `--set` reads it."""
    return value if isinstance(value, str) else json.dumps(value)
