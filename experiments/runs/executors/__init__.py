"""Where replications are computed: in this process, in processes of this machine, on a cluster."""

from __future__ import annotations

from experiments.runs.executors.local import (
    Executor,
    InProcess,
    Processes,
    Work,
    compute_all,
    cores,
    executor_of,
)
from experiments.runs.executors.team import one_thread

__all__ = [
    "Executor",
    "InProcess",
    "Processes",
    "Work",
    "compute_all",
    "cores",
    "executor_of",
    "one_thread",
]
