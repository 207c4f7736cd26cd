"""Faults that change real tables, put in by hand: each must make a test fail.

They were found to survive once, or stand next to one that did. Whoever mends a survivor adds it here, so that the test
that notices it cannot go without a word.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
COPIED = ("charging", "data", "experiments", "fleet", "shipping", "tests", "pyproject.toml")
CHARGING, SHIPPING = "tests/charging", "tests/shipping"
OPERATION = f"{CHARGING}/engine/test_charging_operation.py"
TURN = f"{CHARGING}/engine/test_charging_in_turn.py"
POWER = f"{CHARGING}/power/test_charging_power.py"
UNLOADING = f"{SHIPPING}/ports/test_shipping_unloading.py"
STATISTICS = "tests/experiments/statistics/test_experiments_statistics.py"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: what it does, the text of a module that it replaces, and the test file that notices it."""

    name: str
    module: str
    right: str
    wrong: str
    noticed_by: str


FAULTS = (
    Fault(
        "an idle pile that is broken is offered",
        "charging/power/changes.py",
        "            and rows[pile, Pile.DOWN] == 0.0\n",
        "",
        OPERATION,
    ),
    Fault(
        "a shared pile that is broken is offered",
        "charging/power/changes.py",
        "            or rows[pile, Pile.DOWN] > 0.0\n",
        "",
        OPERATION,
    ),
    Fault(
        "whole modules are rounded up",
        "charging/power/allocation.py",
        "return math.floor(capacity_kw / module_kw + MODULE_SLACK) * module_kw",
        "return math.ceil(capacity_kw / module_kw - MODULE_SLACK) * module_kw",
        POWER,
    ),
    Fault(
        "modules of a division are rounded up",
        "charging/power/allocation.py",
        "parts[index] = math.floor(parts[index] / module_kw + MODULE_SLACK)",
        "parts[index] = math.ceil(parts[index] / module_kw - MODULE_SLACK)",
        POWER,
    ),
    Fault(
        "equally good stations get as many drivers each",
        "charging/engine/choice.py",
        "        point -= weights[index]",
        "        point -= total / len(weights)",
        TURN,
    ),
    Fault(
        "drivers of the event engine do not weigh guns",
        "charging/engine/preferences.py",
        "guns = [self._stations[option[0]].guns[wanted] for option in good]",
        "guns = [1 for option in good]",
        TURN,
    ),
    Fault(
        "drivers of the compiled engine do not weigh guns",
        "charging/engine/compiled/rules/choosing.py",
        "notes[place, Note.COST_MIN] = world.book[fit_of(world, request, station), Fit.GUNS]",
        "notes[place, Note.COST_MIN] = 1.0",
        TURN,
    ),
    Fault(
        "drivers of the preview do not weigh guns",
        "charging/queueing/preview.py",
        "[stations[number].guns[wanted] for number, *_ in good]",
        "[1 for _ in good]",
        TURN,
    ),
    Fault(
        "a truck unloads beside a vessel although it is to be alone",
        "shipping/ports/bunkering.py",
        "most = {UnloadRule.ALONE: 0,",
        "most = {UnloadRule.ALONE: self.spec.berths,",
        UNLOADING,
    ),
    Fault(
        "a vessel berths while a truck unloads alone",
        "shipping/ports/bunkering.py",
        "return 0 if rule is UnloadRule.ALONE else self.spec.berths - 1",
        "return self.spec.berths if rule is UnloadRule.ALONE else self.spec.berths - 1",
        UNLOADING,
    ),
    Fault(
        "unload_alone is not read",
        "shipping/ports/station_spec.py",
        "return UnloadRule.ALONE if self.unload_alone else UnloadRule.TOGETHER",
        "return UnloadRule.TOGETHER",
        UNLOADING,
    ),
    Fault(
        "lead times of trucks do not spread",
        "shipping/ports/bunkering.py",
        "if self.spec.truck_lead_cv > 0.0:",
        "if self.spec.truck_lead_cv < 0.0:",
        UNLOADING,
    ),
    Fault(
        "lead times of trucks spread by the root of their coefficient",
        "shipping/ports/bunkering.py",
        "shape = 1.0 / self.spec.truck_lead_cv**2",
        "shape = 1.0 / self.spec.truck_lead_cv",
        UNLOADING,
    ),
    Fault(
        "enough() takes the precision itself",
        "experiments/statistics/sequential.py",
        "return half <= precision / (1.0 + precision) * abs(estimate.value)",
        "return half <= precision * abs(estimate.value)",
        STATISTICS,
    ),
    Fault(
        "replications_needed() takes the precision itself",
        "experiments/statistics/sequential.py",
        "wanted = precision / (1.0 + precision) * abs(estimate.value)",
        "wanted = precision * abs(estimate.value)",
        STATISTICS,
    ),
    Fault(
        "stored replications of another run are taken",
        "experiments/runs/folder.py",
        'if note is None or note.get("key") != replication_key(self.key, replication):',
        "if note is None:",
        "tests/experiments/runs/test_experiments_store.py",
    ),
    Fault(
        "stored tables are not held against their hashes",
        "experiments/runs/folder.py",
        'return note if note.get("tables") == found else None',
        "return note",
        "tests/experiments/runs/test_experiments_store.py",
    ),
)


@contextmanager
def tree(folder: Path) -> Iterator[Path]:
    """Give a copy of the packages and tests in a folder, so that the tree itself is never faulty."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    yield folder
    shutil.rmtree(folder)


def noticed(fault: Fault, folder: Path) -> bool:
    """Return whether the fault's test file fails in a copy of the tree that has the fault."""
    module = folder / fault.module
    right = module.read_text(encoding="utf-8")
    module.write_text(right.replace(fault.right, fault.wrong), encoding="utf-8")
    try:
        done = _tests(fault.noticed_by, folder)
    finally:
        module.write_text(right, encoding="utf-8")
    # 1: tests failed; anything else, such as a module that cannot be loaded, is no finding
    if done.returncode not in (0, 1):
        raise RuntimeError(
            f"{fault.name}: {fault.noticed_by} cannot be run: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.returncode == 1


def _tests(file: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a test file in a copy of the tree; rules run uncompiled, which is quicker than to compile them anew."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += ["-m", "not slow and not whole", file]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
