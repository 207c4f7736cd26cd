"""A simulator that stands in for the models, in a module that fresh processes can import."""

import importlib

import pytest

from experiments import cli
from experiments.own_process import ONE_THREAD
from experiments.runs.execute import run

STAND_IN = """
import os
import signal
from pathlib import Path

import numpy as np
import polars as pl

from data.errors import DataError
from data.streams import stream
from experiments.runs.replicate import child_seed
from experiments.runs.tables import REPLICATED, RUN_TABLES

HERE = Path(__file__).parent


def simulate(case, replication):
    with (HERE / "computed.txt").open("a") as log:
        log.write(f"{replication}\\n")
    waits = stream(child_seed(case.scenario.seed, replication), "test", "wait").exponential(5.0, 40)
    sessions = [
        {"request_id": number, "current": "dc", "request_min": 30.0 * number, "asked_kwh": 20.0, "wait_min": wait,
         "station_id": case.layout["station_id"][0], "energy_kwh": 20.0, "meter_kwh": 22.0, "peak_kw": 60.0,
         "tries": 1, "outcome": "served", "travel_min": 1.0, "travel_km": 1.0, "cost_cny": 10.0,
         "kgco2": 10.0}
        for number, wait in enumerate(waits.tolist())
    ]
    tables = {name: RUN_TABLES[name].empty() for name in REPLICATED}
    columns = RUN_TABLES["sessions"].columns
    tables["sessions"] = pl.DataFrame([{**dict.fromkeys(columns), **row} for row in sessions], schema=columns)
    return {name: RUN_TABLES[name].of_replication(table, replication) for name, table in tables.items()}


def interrupted(case, replication):
    if replication == 2:
        raise KeyboardInterrupt
    return simulate(case, replication)


class DyingOnce(dict):
    # the process that writes these tables dies in the middle, the first time
    def __getitem__(self, name):
        if name == REPLICATED[-1] and not (HERE / "died").exists():
            (HERE / "died").touch()
            os._exit(9)
        return super().__getitem__(name)


def dying(case, replication):
    return DyingOnce(simulate(case, replication))


def faulty(case, replication):
    raise DataError("the stand-in finds a fault")


def echo(text):
    return text.upper()


def deaf(text):
    return str(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def die(text):
    os._exit(9)


def die_once(text):
    flag = HERE / f"died-{text}"
    if not flag.exists():
        flag.touch()
        os._exit(9)
    return text.upper()
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Return the stand-in module; processes that are started find it on the path."""
    folder = tmp_path / "modules"
    folder.mkdir()
    name = f"stand_in_{tmp_path.name.replace('-', '_')}"
    (folder / f"{name}.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return importlib.import_module(name)


@pytest.fixture
def computed(stand_in):
    """Return a function that says which replications were computed since it was last asked."""
    log = stand_in.HERE / "computed.txt"

    def numbers():
        found = sorted(int(line) for line in log.read_text().split()) if log.exists() else []
        log.unlink(missing_ok=True)
        return found

    return numbers


@pytest.fixture
def xijiang(monkeypatch, tmp_path, capfd):
    """Return a function that runs the command line here: exit code, stdout, stderr.

    A command uses the processes that it names (`-j 2`), and this one alone otherwise, as on a machine with one core:
    another process loads libraries for seconds, which most commands here do not need.
    """
    monkeypatch.setattr("experiments.runs.executors.local.cores", lambda: 1)
    monkeypatch.chdir(tmp_path)
    for name in ONE_THREAD:
        monkeypatch.setenv(name, "1")
    # what is printed is English, whatever the locale of the machine
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def go(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        out, err = capfd.readouterr()
        return ended.value.code or 0, out, err

    return go


@pytest.fixture(scope="session")
def small_run(small_scenario):
    """Return a run of the three towns: one day, one replication."""
    return run(small_scenario)
