"""``run``: a scenario in; tables of all replications, scorecard and manifest out."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import ScenarioError, XijiangError
from experiments.runs.executors import Executor, executor_of
from experiments.runs.folder import RunFolder, read_manifest
from experiments.runs.plan import Plan, prepare
from experiments.runs.provenance import code_digest
from experiments.runs.replicate import shared_inputs
from experiments.runs.result import Result
from experiments.runs.tables import ROW_ORDER, SIMULATOR, TABLES
from experiments.runs.worker import compute
from experiments.scenario.model import Scenario, from_json

if TYPE_CHECKING:
    from collections.abc import Callable


def run(
    scenario: Scenario | str | Path,
    *,
    replications: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    jobs: int = 1,
    executor: Executor | str | None = None,
    progress: Callable[[Progress], None] | None = None,
    simulator: str = SIMULATOR,
) -> Result:
    """Run a scenario.

    Parameters
    ----------
    scenario : Scenario, str or pathlib.Path
        The scenario, its name, or its file.
    replications, seed : int, optional
        Instead of those of the scenario.
    out : str or pathlib.Path, optional
        Run folder. Replications that it holds already are not computed again. None: results are returned only.
    jobs : int
        Processes; 0 for one a core. More than one needs a script that is guarded by
        ``if __name__ == "__main__"``.
    executor : Executor or str, optional
        ``in-process``, ``processes`` or an object; None chooses by `jobs`.
    progress : callable, optional
        Called at the start and after each replication.
    simulator : str
        ``module:function`` that simulates one replication; for tests.

    Returns
    -------
    Result
        Tables, scorecard, manifest.

    Raises
    ------
    ScenarioError
        If scenario, options or folder are wrong; nothing is written then.
    DataError
        If the county's tables are wrong.
    """
    if not isinstance(scenario, Scenario):
        scenario = Scenario.load(scenario)
    plan = prepare(scenario, replications=replications, seed=seed)
    chosen = executor_of(executor, jobs=jobs) if executor is None or isinstance(executor, str) else executor
    if out is not None:
        return execute(plan, Path(out), executor=chosen, progress=progress, simulator=simulator)
    with tempfile.TemporaryDirectory(prefix="xijiang-") as folder:
        result = execute(plan, Path(folder), executor=chosen, progress=progress, simulator=simulator)
        return Result(result.scenario, result.tables, result.manifest, None)


def execute(
    plan: Plan,
    out: Path,
    *,
    executor: Executor,
    progress: Callable[[Progress], None] | None = None,
    simulator: str = SIMULATOR,
) -> Result:
    """Run a plan in a folder; see `run`.

    Raises
    ------
    ScenarioError
        If the folder holds something else.
    """
    from experiments.runs.county_tables import accounts  # noqa: PLC0415 - heavy, and needed only here
    from experiments.scorecard.score import Evidence, score  # noqa: PLC0415

    began = time.monotonic()
    inputs = shared_inputs(plan.scenario, plan.county, plan.layout)
    tables = {"layout": inputs.layout, "travel": inputs.travel, "stock": inputs.stock}
    tables |= accounts(plan.scenario, plan.county, inputs)
    folder = RunFolder.claim(out, plan.key, plan.manifest("running"))
    folder.log(f"started: {plan.scenario.name}, seed {plan.scenario.seed}, {plan.scenario.replications} replications")
    try:
        for name, frame in tables.items():
            folder.write_table(name, frame)
        _replicate(plan, folder, executor, progress, simulator)
    except KeyboardInterrupt:
        folder.log("stopped by the user; finished replications are kept")
        raise
    except XijiangError:
        folder.abandon()
        raise
    folder.merge(plan.scenario.replications)
    tables |= {name: folder.read_table(name) for name in ROW_ORDER}
    for name, table in score(Evidence(plan.scenario, plan.county, tables)).items():
        tables[name] = table
        folder.write_table(name, table)
    manifest = plan.manifest("finished") | {
        "tables": folder.table_hashes(TABLES),
        "rows": {name: tables[name].height for name in TABLES},
        "wall_time_s": round(time.monotonic() - began, 3),
    }
    folder.write_manifest(manifest)
    folder.log(f"finished: {manifest['wall_time_s']} s")
    return Result(plan.scenario, tables, read_manifest(out), out)


def load_result(folder: str | Path) -> Result:
    """Return the result that a run folder holds.

    Raises
    ------
    ScenarioError
        If it is not the folder of a finished run.
    """
    path = Path(folder)
    manifest = read_manifest(path)
    if manifest.get("status") != "finished":
        name = manifest["scenario"]["name"]
        raise ScenarioError(f"{path}: the run is not finished. `xijiang run {name} --out {path}` goes on with it.")
    store = RunFolder(path, manifest["key"])
    tables = {name: store.read_table(name) for name in TABLES}
    return Result(from_json(json.dumps(manifest["scenario"])), tables, manifest, path)


def _replicate(
    plan: Plan,
    folder: RunFolder,
    executor: Executor,
    progress: Callable[[Progress], None] | None,
    simulator: str,
) -> None:
    """Compute the replications that the folder does not hold."""
    total = plan.scenario.replications
    left = [number for number in range(total) if folder.part_note(number) is None]
    if folder.joined:
        left.reverse()  # whoever began the run goes up from the first: two meet in the middle
    kept = done = total - len(left)
    job = {
        "folder": str(folder.path.absolute()),
        "key": folder.key,
        "scenario": plan.scenario.model_dump_json(),
        "county": str(plan.county.path.absolute()),
        "county_digest": plan.county.digest,
        "simulator": simulator,
        "code": code_digest(),
    }
    report = progress or (lambda _: None)
    report(Progress(done, total, kept, None, {}, None))
    began = time.monotonic()
    jobs = [json.dumps({**job, "replication": number}) for number in left]
    for answer in executor.map(compute, jobs):
        note = json.loads(answer)
        done += 1
        left_s = (time.monotonic() - began) / (done - kept) * (total - done)
        spent = "finished by another process" if note["kept"] else f"{note['seconds']:.1f} s"
        folder.log(f"replication {note['replication']}: {_told(note['counts'])}, {spent}")
        report(Progress(done, total, kept, note["replication"], note["counts"], left_s))


def _told(counts: dict[str, int]) -> str:
    """Return what was simulated, in words."""
    return ", ".join(f"{count} {name}" for name, count in counts.items())


@dataclass(frozen=True, slots=True)
class Progress:
    """What has been done so far.

    Attributes
    ----------
    done, total : int
        Replications finished, and all.
    kept : int
        Of the finished ones, those that an earlier run had left.
    replication : int or None
        Number of the replication just finished; None at the start.
    counts : dict
        What it simulated: sessions, bunkering calls.
    left_s : float or None
        Estimate of the time that is left, seconds.
    """

    done: int
    total: int
    kept: int
    replication: int | None
    counts: dict[str, int]
    left_s: float | None
