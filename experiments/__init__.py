"""The questions: scenarios, replications, run store, scorecard, report and command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.late import late_names, public_names

if TYPE_CHECKING:
    from experiments.calibration.calibrate import calibrate
    from experiments.designs.comparison import Comparison, compare
    from experiments.designs.many_counties import CountyRuns, run_counties
    from experiments.designs.swept import Sweep, sweep
    from experiments.exchange.citations import cite
    from experiments.exchange.session_logs import import_sessions
    from experiments.exchange.station_lists import import_stations
    from experiments.runs.execute import open_run, run
    from experiments.runs.result import Result
    from experiments.scenario.model import Scenario
    from experiments.sizing import size

__all__ = [
    "Comparison",
    "CountyRuns",
    "Result",
    "Scenario",
    "Sweep",
    "calibrate",
    "cite",
    "compare",
    "import_sessions",
    "import_stations",
    "open_run",
    "run",
    "run_counties",
    "size",
    "sweep",
]

_HOMES = {
    "CountyRuns": "experiments.designs.many_counties",
    "run_counties": "experiments.designs.many_counties",
    "Comparison": "experiments.designs.comparison",
    "calibrate": "experiments.calibration.calibrate",
    "cite": "experiments.exchange.citations",
    "compare": "experiments.designs.comparison",
    "import_sessions": "experiments.exchange.session_logs",
    "import_stations": "experiments.exchange.station_lists",
    "Result": "experiments.runs.result",
    "Scenario": "experiments.scenario.model",
    "Sweep": "experiments.designs.swept",
    "open_run": "experiments.runs.execute",
    "run": "experiments.runs.execute",
    "size": "experiments.sizing",
    "sweep": "experiments.designs.swept",
}

__getattr__ = late_names(__name__, _HOMES)
__dir__ = public_names(__all__)
