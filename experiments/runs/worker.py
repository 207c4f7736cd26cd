"""One replication in a worker process: objects are read from the run folder once a process."""

from __future__ import annotations

import functools
import json
import pkgutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from data.county import load_county
from data.errors import DataError, ScenarioError
from experiments.runs.folder import RunFolder
from experiments.runs.provenance import code_digest
from experiments.runs.replicate import Inputs, counts
from experiments.runs.tables import SHARED
from experiments.scenario.county import scenario_county
from experiments.scenario.model import Scenario, from_json

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from data.county import County


def compute(job: str) -> str:
    """Compute one replication and write its tables to the run folder, unless another process did so meanwhile.

    Parameters
    ----------
    job : str
        JSON: folder, key, scenario, county and its digest, simulator, code, replication.

    Returns
    -------
    str
        JSON: number of the replication, counts of what it simulated, seconds, whether it was there already.

    Raises
    ------
    DataError
        If the county's tables changed since the run began.
    ScenarioError
        If the worker has other code.
    """
    began = time.monotonic()
    values = json.loads(job)
    if values["code"] != code_digest():
        raise ScenarioError(
            "a worker has another version of the toolkit or of its libraries than the process that began the run. "
            "Install the same on all (`xijiang doctor` shows code and versions)."
        )
    names = ("folder", "key", "scenario", "county", "county_digest")
    scenario, county, inputs = _context(*(values[name] for name in names))
    simulate: Callable[..., dict[str, pl.DataFrame]] = pkgutil.resolve_name(values["simulator"])
    number = values["replication"]
    store = RunFolder(Path(values["folder"]), values["key"])
    known = store.part_note(number)
    if known is not None:
        kept = {name: known[name] for name in ("replication", "counts")}
        return json.dumps({**kept, "seconds": time.monotonic() - began, "kept": True})
    tables = simulate(scenario, county, seed=scenario.seed, replication=number, inputs=inputs)
    note = {"replication": number, "counts": counts(tables)}
    store.write_part(number, tables, note)
    return json.dumps({**note, "seconds": time.monotonic() - began, "kept": False})


@functools.lru_cache(maxsize=1)
def _context(folder: str, key: str, scenario_json: str, county: str, digest: str) -> tuple[Scenario, County, Inputs]:
    """Return what all replications of a run share, read from files once a process."""
    scenario = from_json(scenario_json)
    tables = scenario_county(scenario, load_county(Path(county)))
    if tables.digest != digest:
        raise DataError(f"county {county}: its tables changed since the run began. Run again.")
    store = RunFolder(Path(folder), key)
    return scenario, tables, Inputs(*(store.read_table(name) for name in SHARED))
