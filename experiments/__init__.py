"""The questions: scenarios, replications, run store, scorecard, report and command line."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.comparison import Comparison, compare
    from experiments.results import Result
    from experiments.running import run
    from experiments.scenario import Scenario
    from experiments.sizing import size

__all__ = ["Comparison", "Result", "Scenario", "compare", "run", "size"]

_HOMES = {
    "Comparison": "experiments.comparison",
    "compare": "experiments.comparison",
    "Result": "experiments.results",
    "Scenario": "experiments.scenario",
    "run": "experiments.running",
    "size": "experiments.sizing",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: ``xijiang --help`` stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'experiments' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)
