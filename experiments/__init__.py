"""The questions: scenarios, replications, run store, scorecard, report and command line."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.designs.comparison import Comparison, compare
    from experiments.runs.execute import run
    from experiments.runs.result import Result
    from experiments.scenario.model import Scenario
    from experiments.sizing import size

__all__ = ["Comparison", "Result", "Scenario", "compare", "run", "size"]

_HOMES = {
    "Comparison": "experiments.designs.comparison",
    "compare": "experiments.designs.comparison",
    "Result": "experiments.runs.result",
    "Scenario": "experiments.scenario.model",
    "run": "experiments.runs.execute",
    "size": "experiments.sizing",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: ``xijiang --help`` stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'experiments' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)
