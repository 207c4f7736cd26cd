"""``run``: a scenario in; tables of all replications, scorecard and manifest out."""

from __future__ import annotations

import json
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from data.county import held_county
from data.errors import ScenarioError, XijiangError
from data.memory.stored_tables import StoredTables
from experiments.interrupts import interrupts_kept
from experiments.runs.assumptions.doubt import first_answers, scored
from experiments.runs.county_tables import accounts
from experiments.runs.executors import Executor, InProcess, Processes, Work, compute_all, executor_of
from experiments.runs.folder import RunFolder
from experiments.runs.lock import being_computed
from experiments.runs.manifest import MANIFEST, read_manifest
from experiments.runs.plan import Plan, prepare
from experiments.runs.provenance import code_digest
from experiments.runs.result import Result
from experiments.runs.stored.kept_answers import KeptAnswers, RememberedAnswers
from experiments.runs.stored.stored_accounts import stored_accounts
from experiments.runs.stored.stored_inputs import with_stored_inputs
from experiments.runs.tables import REPLICATED, RUN_TABLES, TABLES
from experiments.runs.unkept.handed_parts import HandedParts
from experiments.runs.unkept.run_memory import LateManifest, RunMemory
from experiments.runs.worker import SIMULATOR, Done, Job, compute, keep_case, replicate
from experiments.runs.years_ahead.guns_by_year import guns_by_year
from experiments.scenario.model import Scenario, from_json

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from experiments.runs.assumptions.doubt import FirstAnswers
    from experiments.runs.case import Case

_GUNS: Final = "least_guns"


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
    draws: bool = True,
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
        Processes; 0 for one per core. More than one needs a script that is guarded by
        ``if __name__ == "__main__"``.
    executor : Executor or str, optional
        ``in-process``, ``processes`` or an object; None chooses by `jobs`.
    progress : callable, optional
        Called at the start and after each replication.
    simulator : str
        ``module:function`` that simulates one replication; for tests.
    draws : bool
        Whether the carbon accounts are drawn over the ranges of their assumptions; points of a design, in which the
        design itself moves the assumptions, leave that out, and with it facts and remedies, which nobody asks of them.

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
    chosen = executor_of(executor, jobs=jobs) if executor is None or isinstance(executor, str) else executor
    # a folder that exists may hold all replications already
    if isinstance(chosen, Processes) and (out is None or not Path(out).exists()):
        chosen.start(replications or scenario.replications)
    # files of the county may change meanwhile
    with held_county(scenario.county):
        plan = prepare(scenario, replications=replications, seed=seed)
        if out is not None:
            return execute(plan, Path(out), executor=chosen, progress=progress, simulator=simulator, draws=draws)
        if isinstance(chosen, InProcess):
            return _unkept(plan, chosen, progress, simulator, draws=draws)
        # other processes read the case from files, and hand their tables over as such
        with tempfile.TemporaryDirectory(prefix="xijiang-") as folder:
            return _unkept(plan, chosen, progress, simulator, draws=draws, through=Path(folder))


def execute(
    plan: Plan,
    out: Path,
    *,
    executor: Executor,
    progress: Callable[[Progress], None] | None = None,
    simulator: str = SIMULATOR,
    draws: bool = True,
) -> Result:
    """Run a plan in a folder; see `run`.

    Raises
    ------
    ScenarioError
        If the folder holds something else.
    """
    began = time.monotonic()
    # before the folder is taken: a county whose tables do not fit leaves nothing behind
    plan = _with_inputs(plan, draws=draws)
    folder = RunFolder.claim(out, plan.key, plan.manifest("running"))
    with being_computed(folder.path):
        try:
            with interrupts_kept(), held_county(plan.case.scenario.county):
                result = _compute(plan, folder, executor, progress, simulator, draws=draws)
        except KeyboardInterrupt:
            folder.log("stopped by the user; finished replications are kept")
            raise
        # faults of input leave nothing behind, an interruption leaves what is done
        except XijiangError:
            folder.abandon()
            raise
        finally:
            # workers of a cluster go on with what they have in hand
            if isinstance(executor, (InProcess, Processes)):
                folder.drop_unfinished()
        seconds = round(time.monotonic() - began, 3)
        folder.write_manifest(result.manifest | {"wall_time_s": seconds})
        folder.log(f"finished: {seconds} s")
    return Result(result.scenario, result.county, result.tables, read_manifest(out), out)


def _with_inputs(plan: Plan, *, draws: bool) -> Plan:
    """Return a plan with what its case builds; that of a run, which an earlier one may have kept, not of a point."""
    return replace(plan, case=with_stored_inputs(plan.case)) if draws else plan


def _accounts(case: Case, *, draws: bool) -> dict[str, pl.DataFrame]:
    """Return the accounts of a run, which an earlier one may have kept, or of a point of a design."""
    return stored_accounts(case) if draws else accounts(case, draws=False)


@interrupts_kept()
def _unkept(
    plan: Plan,
    executor: Executor,
    progress: Callable[[Progress], None] | None,
    simulator: str,
    *,
    draws: bool,
    through: Path | None = None,
) -> Result:
    """Run a plan in memory; see `run`. What other processes read and compute goes ``through`` a folder."""
    began = time.monotonic()
    plan = _with_inputs(plan, draws=draws)
    case = plan.case
    derived: dict[str, pl.DataFrame] = {}
    memory = RunMemory(None if through is None else HandedParts(through))
    work = _work_here(case, memory, simulator)
    if through is not None:
        folder = RunFolder(through, plan.key, durable=False)
        county, hashes = keep_case(folder, case)
        work = _work(case, folder, {"county": county, "tables": hashes}, work, simulator, handed=True)
    _replicate(case, memory, work, executor, progress, first=lambda: derived.update(_accounts(case, draws=draws)))

    def merged() -> StoredTables:
        return StoredTables({**case.inputs, **derived, **memory.merge(case.scenario.replications)}, {})

    simulated, answers, spent = _answered(case, merged, executor, progress, draws=draws)
    seconds = {"wall_time_s": round(time.monotonic() - began, 3)}
    tables = {name: table for name, table in simulated.beside(answers).items() if name in TABLES}
    manifest = LateManifest(plan, tables, plan.engines(tables["sessions"]), plan.written() | spent | seconds)
    return Result(case.scenario, case.county, tables, manifest, None)


def _compute(
    plan: Plan,
    folder: RunFolder,
    executor: Executor,
    progress: Callable[[Progress], None] | None,
    simulator: str,
    *,
    draws: bool,
) -> Result:
    """Compute what the folder lacks, merge it and answer the targets; the manifest of the result is not written yet."""
    case = plan.case
    derived: dict[str, pl.DataFrame] = {}
    count = case.scenario.replications
    folder.log(f"started: {case.scenario.name}, seed {case.scenario.seed}, {count} replications")
    county, hashes = keep_case(folder, case)
    here = _work_here(case, folder, simulator)
    work = _work(case, folder, {"county": county, "tables": hashes}, here, simulator)
    try:
        _replicate(case, folder, work, executor, progress, first=lambda: derived.update(_accounts(case, draws=draws)))
    except XijiangError:
        # of a county that has no accounts no replication is worth anything
        if not derived:
            folder.abandon(finished=True)
        raise
    hashes |= {name: folder.write_table(name, frame) for name, frame in derived.items()}

    def merged() -> StoredTables:
        # in the order of numbers, whoever computed them
        hashes.update(folder.merge(count))
        return StoredTables({**case.inputs, **derived}, {name: folder.table(name) for name in REPLICATED})

    simulated, answers, spent = _answered(case, merged, executor, progress, draws=draws)
    found = {_GUNS: simulated[_GUNS], **answers}
    hashes |= {name: folder.write_table(name, frame) for name, frame in found.items()}
    # what the answers have read stays read
    tables = simulated.beside(answers)
    manifest = plan.manifest("finished") | spent
    for said in spent.values():
        folder.log(f"assumptions: {said['points']} short runs, {said['seconds']} s")
    manifest |= {
        "county": {**manifest["county"], "files": county},
        "tables": hashes,
        "rows": {name: tables.height(name) for name in TABLES},
        "engines": plan.engines(tables.columns("sessions", ("replication",))),
    }
    return Result(case.scenario, case.county, tables, manifest, folder.path)


def _answered(
    case: Case,
    merged: Callable[[], StoredTables],
    executor: Executor,
    progress: Callable[[Progress], None] | None,
    *,
    draws: bool,
) -> tuple[StoredTables, dict[str, pl.DataFrame], dict[str, Any]]:
    """Return the tables of the run, those of the answers, and what the manifest says of the short runs behind them.

    While other processes look for the guns of the years ahead this one merges the replications and begins to answer.
    """
    kept = KeptAnswers(case) if draws else RememberedAnswers(case)
    begun: list[tuple[StoredTables, FirstAnswers]] = []

    def begin() -> None:
        tables = merged().beside({_GUNS: RUN_TABLES[_GUNS].empty()})
        begun.append((tables, first_answers(case, tables, answering=kept, beside=draws)))

    # who asks for no points does not look beyond the run
    guns = guns_by_year(case, executor, years=None if case.scenario.points else (), meanwhile=begin)
    ((tables, first),) = begun
    simulated = tables.beside({_GUNS: guns})
    since = time.monotonic()
    tell = None if progress is None else _short_progress(progress, case.scenario.replications)
    answers = scored(case, simulated, executor, progress=tell, first=first, beside=draws)
    kept.write()
    seconds = round(time.monotonic() - since, 3)
    points = case.scenario.points
    return simulated, answers, {"assumptions": {"points": points, "seconds": seconds}} if points else {}


def open_run(folder: str | Path) -> Result:
    """Return the result that a run folder holds: tables and county as the run left them.

    Parameters
    ----------
    folder : str or pathlib.Path
        A run folder, as ``xijiang run`` and `run` write it.

    Returns
    -------
    Result
        Equal, table by table, to the one that `run` returned; large tables are read when they are asked for.

    Raises
    ------
    ScenarioError
        If it is not the folder of a finished run, an older version made it, or a file is not as the run wrote it.
    """
    path = Path(folder)
    manifest = read_manifest(path)
    if manifest.get("status") != "finished":
        again = f"xijiang run --from {path / MANIFEST} --out {path}"
        raise ScenarioError(f"{path}: the run is not finished. `{again}` goes on with it.")
    hashes, county = manifest["tables"], manifest["county"].get("files")
    if county is None or not hashes.keys() >= RUN_TABLES.keys():
        raise ScenarioError(
            f"{path}: an older version of xijiang made this run and kept less of it than this version reads. "
            f"`xijiang run --from {path / MANIFEST} --out {path}-again` makes it anew."
        )
    store = RunFolder(path, manifest["key"])
    tables = StoredTables({}, {name: store.check_table(name, hashes[name]) for name in TABLES})
    tables.keep_small()
    scenario = from_json(json.dumps(manifest["scenario"]), origin=str(path / MANIFEST))
    return Result(scenario, store.read_county(county), tables, manifest, path)


load_result = open_run
"""The same inside the package, where it is not a name that a user types."""


def _replicate(
    case: Case,
    folder: RunFolder | RunMemory,
    work: Work[int, Done],
    executor: Executor,
    progress: Callable[[Progress], None] | None,
    *,
    first: Callable[[], None],
) -> None:
    """Compute the replications that the folder does not hold.

    What this process does ``first`` are the accounts: seconds where no earlier run has kept them, in which others begin
    with the replications.
    """
    total = case.scenario.replications
    left = [number for number in range(total) if folder.part_note(number) is None]
    if folder.joined:
        left.reverse()  # whoever began the run goes up from the first: two meet in the middle
    kept = done = total - len(left)
    tell = progress or (lambda _: None)
    tell(Progress(done, total, kept, None, {}, None))
    began = time.monotonic()
    # closed at once where this process is interrupted: workers have ended before their folder is tidied up
    with closing(compute_all(executor, work, left, meanwhile=first)) as steps:
        for step in steps:
            done += 1
            # by those of this session: kept ones took no time
            left_s = (time.monotonic() - began) / (done - kept) * (total - done)
            spent = "finished by another process" if step.kept else f"{step.seconds:.1f} s"
            folder.log(f"replication {step.replication}: {_told(step.counts)}, {spent}")
            tell(Progress(done, total, kept, step.replication, step.counts, left_s))


def _short_progress(progress: Callable[[Progress], None], count: int) -> Callable[[int, int], None]:
    """Return what tells how many short runs over the assumptions are done, once all replications are."""
    began = time.monotonic()

    def tell(done: int, total: int) -> None:
        left_s = (time.monotonic() - began) / done * (total - done)
        progress(Progress(count, count, 0, None, {}, left_s, short=(done, total)))

    return tell


def _work(
    case: Case,
    folder: RunFolder,
    inputs: dict[str, dict[str, str]],
    here: Work[int, Done],
    simulator: str,
    *,
    handed: bool = False,
) -> Work[int, Done]:
    """Return how a replication is computed: with the case itself here, from what the folder keeps of it elsewhere."""
    job = Job(
        folder=str(folder.path.absolute()),
        key=folder.key,
        owner=folder.owner,
        scenario=case.scenario.model_dump_json(),
        inputs=json.dumps(inputs),
        simulator=simulator,
        code=code_digest(),
        replication=-1,
        handed=handed,
    )
    return replace(here, encode=lambda number: replace(job, replication=number).to_json())


def _work_here(case: Case, store: RunFolder | RunMemory, simulator: str) -> Work[int, Done]:
    """Return how a replication is computed where all of them are computed in this process."""
    return Work(
        here=lambda number: replicate(store, case, simulator, number), there=compute, encode=str, decode=Done.from_json
    )


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
    short : tuple of int or None
        Short runs over the assumptions that are done, and all of them; None as long as replications are computed.
    """

    done: int
    total: int
    kept: int
    replication: int | None
    counts: dict[str, int]
    left_s: float | None
    short: tuple[int, int] | None = None
