"""The questions: scenarios, replications, run store, scorecard, report and command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.late import late_names

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

__getattr__ = late_names(__name__, _HOMES)
