"""The questions: scenarios, replications, run store, scorecard, report and command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.late import late_names

if TYPE_CHECKING:
    from experiments.calibration.calibrate import calibrate
    from experiments.designs.comparison import Comparison, compare
    from experiments.exchange.session_logs import import_sessions
    from experiments.exchange.station_lists import import_stations
    from experiments.runs.execute import run
    from experiments.runs.result import Result
    from experiments.scenario.model import Scenario
    from experiments.sizing import size

__all__ = [
    "Comparison",
    "Result",
    "Scenario",
    "calibrate",
    "compare",
    "import_sessions",
    "import_stations",
    "run",
    "size",
]

_HOMES = {
    "Comparison": "experiments.designs.comparison",
    "calibrate": "experiments.calibration.calibrate",
    "compare": "experiments.designs.comparison",
    "import_sessions": "experiments.exchange.session_logs",
    "import_stations": "experiments.exchange.station_lists",
    "Result": "experiments.runs.result",
    "Scenario": "experiments.scenario.model",
    "run": "experiments.runs.execute",
    "size": "experiments.sizing",
}

__getattr__ = late_names(__name__, _HOMES)
