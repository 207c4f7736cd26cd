"""What a package loads: heavy libraries come with what needs them, not with every process."""

from __future__ import annotations

import subprocess
import sys

import pytest

# takes 0.05 to 0.6 s each to load; a set-up that needs them says so below
HEAVY = ("osmnx", "pandas", "matplotlib", "scipy.stats", "scipy.optimize", "plotly", "jinja2", "SALib", "distributed")
# numba and dataframely load them where a developer has them: no matter of ours
STRAY = {"coverage", "sqlalchemy"}


def loaded(code):
    """Return what a fresh process has imported after some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name for name in done.stdout.splitlines()[-1].split() if name.partition(".")[0] not in STRAY}


@pytest.mark.parametrize("package", ["data", "charging", "fleet", "shipping", "experiments"])
def test_a_package_alone_loads_no_library(package):
    assert not loaded(f"import {package}") & {*HEAVY, "polars", "numpy", "networkx", "numba", "simpy", "pydantic"}


@pytest.mark.parametrize(
    ("code", "also", "most"),
    [
        ("from charging import simulate", ("networkx", "numba", "rich"), 700),
        ("from fleet import requests, stock, carbon", ("numba", "rich", "scipy.special", "networkx"), 750),
        ("from shipping import simulate", ("numba", "rich"), 1000),
        ("from experiments import Scenario, run, compare, size", ("numba", "rich", "scipy.special", "networkx"), 1050),
        # a process of a team loads this while it waits
        ("import experiments.runs.worker", ("numba", "rich", "typer", "scipy.special"), 1050),
    ],
)
def test_what_is_called_first_loads_what_it_needs_and_no_more(code, also, most):
    modules = loaded(code)
    assert not modules & {*HEAVY, *also}
    # modules, because they can be counted: 1,400 take 0.85 s of CPU
    assert len(modules) < most


def test_help_loads_neither_models_nor_tables():
    modules = loaded("from experiments.cli.app import app")
    assert not modules & {*HEAVY, "polars", "numpy", "pydantic", "rich.table", "fleet.demand.requests"}
    # 0.08 s of CPU at 440 modules
    assert len(modules) < 550
