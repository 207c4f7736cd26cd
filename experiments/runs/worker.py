"""One replication: computed with the case at hand, or in another process with the case that the run folder keeps."""

from __future__ import annotations

import functools
import gc
import json
import pkgutil
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from data.errors import ScenarioError
from experiments.own_process import OBJECTS
from experiments.runs.case import INPUTS, Case
from experiments.runs.folder import RunFolder
from experiments.runs.provenance import code_digest
from experiments.runs.replicate import counts
from experiments.runs.unkept.handed_parts import HandedParts
from experiments.scenario.given import GIVEN
from experiments.scenario.model import from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import polars as pl

    from experiments.runs.unkept.run_memory import RunMemory

SIMULATOR: Final = "experiments.runs.replicate:simulate_once"
"""What simulates a replication of a case."""


@dataclass(frozen=True, slots=True)
class Job:
    """A replication to compute in another process: as text it goes there, and tables come back as files.

    Attributes
    ----------
    folder, key, owner : str
        Run folder, the key of its run, and whom it is computed for.
    scenario : str
        JSON of the scenario.
    inputs : str
        JSON of the hashes of the files that the run folder keeps of the case; see `keep_case`.
    simulator, code : str
        What simulates (``module:function``), and the digest of the code that the run began with.
    replication : int
        Number of the replication.
    handed : bool
        Whether its tables are handed over in a folder that is thrown away after the run.
    """

    folder: str
    key: str
    owner: str
    scenario: str
    inputs: str
    simulator: str
    code: str
    replication: int
    handed: bool = False

    def to_json(self) -> str:
        """Return the job as text."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Done:
    """A replication that is finished.

    Attributes
    ----------
    replication : int
        Its number.
    counts : dict of str to int
        What it simulated: sessions, bunkering calls.
    seconds : float
        Time that it took here.
    kept : bool
        Whether another process had finished it already.
    """

    replication: int
    counts: dict[str, int]
    seconds: float
    kept: bool

    @classmethod
    def from_json(cls, text: str) -> Done:
        """Return what a text of `compute` says."""
        return cls(**json.loads(text))


@contextmanager
def _set_up_apart() -> Iterator[None]:
    """Keep the collector of cycles off all that was there before, and let it come less often.

    Libraries and county are a tenth of the river's time. What a simulation makes is mostly freed without the collector,
    which looks at all of it every 700 objects otherwise: another 4 %.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def replicate(store: RunFolder | RunMemory | HandedParts, case: Case, simulator: str, number: int) -> Done:
    """Compute a replication and hand its tables to the store, unless another process did so meanwhile."""
    began = time.monotonic()
    # another process may have finished it since the work was handed out
    known = store.part_note(number)
    if known is not None:
        return Done(number, known["counts"], time.monotonic() - began, kept=True)
    simulate: Callable[[Case, int], dict[str, pl.DataFrame]] = pkgutil.resolve_name(simulator)
    with _set_up_apart():
        tables = simulate(case, number)
    counted = counts(tables)
    store.write_part(number, tables, {"replication": number, "counts": counted})
    return Done(number, counted, time.monotonic() - began, kept=False)


def compute(text: str) -> str:
    """Compute the replication of a job; this is all that crosses to another process and back.

    Parameters
    ----------
    text : str
        JSON of a `Job`.

    Returns
    -------
    str
        JSON of `Done`.

    Raises
    ------
    ScenarioError
        If this process has other code, or what the run folder keeps of the case changed since the run began.
    """
    job = Job(**json.loads(text))
    if job.code != code_digest():
        raise ScenarioError(
            "a worker has another version of the toolkit or of its libraries than the process that began the run. "
            "Install the same on all (`xijiang doctor` shows code and versions)."
        )
    folder = Path(job.folder)
    store = HandedParts(folder) if job.handed else RunFolder(folder, job.key, owner=job.owner)
    case = _case(job.folder, job.key, job.scenario, job.inputs)
    return json.dumps(asdict(replicate(store, case, job.simulator, job.replication)))


# one case: a worker computes one run at a time
@functools.lru_cache(maxsize=1)
def _case(folder: str, key: str, scenario: str, inputs: str) -> Case:
    """Return the case of a run, read once per process."""
    hashes = json.loads(inputs)
    return kept_case(RunFolder(Path(folder), key), scenario, hashes["county"], hashes["tables"])


def keep_case(store: RunFolder, case: Case) -> tuple[dict[str, str], dict[str, str]]:
    """Write what a run folder keeps of a case; return the hashes of the county's files and of the tables, by name."""
    tables = {name: store.write_table(name, frame) for name, frame in case.inputs.items()}
    return store.write_county(case.county), tables


def kept_case(store: RunFolder, scenario: str, county: Mapping[str, str], tables: Mapping[str, str]) -> Case:
    """Return the case that a run folder keeps.

    Parameters
    ----------
    store : RunFolder
        The folder.
    scenario : str
        JSON of the scenario.
    county, tables : mapping of str to str
        Hashes of the county's files and of the tables, by name.

    Raises
    ------
    ScenarioError
        A file is missing, or is not what the run wrote.
    """
    loaded = from_json(scenario)
    given = [name for name in GIVEN if getattr(loaded.charging, name) is not None]
    frames = {name: store.read_table(name, tables[name]) for name in dict.fromkeys((*INPUTS, *given))}
    kept = {name: frames[name] for name in INPUTS}
    return Case(loaded, store.read_county(county), frames["layout"], kept, {name: frames[name] for name in given})
