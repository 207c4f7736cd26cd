"""``run``: a scenario in; tables of all replications, scorecard and manifest out."""

from __future__ import annotations

import functools
import json
import pkgutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from data.county import load_county
from data.errors import DataError, ScenarioError, XijiangError, nearest
from data.tables.reading import read_table
from data.schemas.accounts import Layout
from data.edits import cell_faults
from experiments.runs.executors import Executor, executor_of
from experiments.runs.provenance import code_digest, run_key
from experiments.scenario.files import is_path
from experiments.scenario.county import scenario_county
from experiments.runs.replicate import ROW_ORDER, Inputs, counts, shared_inputs
from experiments.runs.result import Plan, Progress, Result
from experiments.scenario.model import Scenario, from_json
from experiments.runs.folder import RunFolder, read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from data.county import County

SIMULATOR = "experiments.runs.replicate:simulate_once"
SHARED = ("layout", "travel", "stock")
ACCOUNTS = ("access", "carbon", "petroleum", "outlook", "ownership", "projects", "signals")
TABLES = (*ROW_ORDER, *SHARED, *ACCOUNTS, "scorecard")
"""All tables of a run folder."""


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


def prepare(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    layout: pl.DataFrame | None = None,
) -> Plan:
    """Load and check everything that a run needs, and write nothing.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    replications, seed : int, optional
        Instead of those of the scenario.
    layout : polars.DataFrame, optional
        Rows of its layout, where they are known; None reads them.

    Raises
    ------
    ScenarioError
        If the scenario names things that its county does not have; all are listed.
    DataError
        If the county's or the layout's tables have faults.
    """
    changes = {"replications": replications, "seed": seed}
    given = {name: value for name, value in changes.items() if value is not None}
    if given:
        scenario = scenario.with_(**given)
    county = load_county(scenario.county)
    _check_names(scenario, county)
    county = scenario_county(scenario, county)
    layout = load_layout(county, scenario.charging.layout) if layout is None else layout
    return Plan(scenario, county, layout, run_key(scenario, county, layout=layout, seed=scenario.seed))


def load_layout(county: County, name: str) -> pl.DataFrame:
    """Return a layout of the county by name, or one from a CSV file.

    Raises
    ------
    DataError
        If there is no such layout, or the file has faults.
    """
    return layout_file(Path(name)) if is_path(name) else county.layout(name)


def layout_file(file: Path) -> pl.DataFrame:
    """Return the layout in a CSV file.

    Raises
    ------
    DataError
        If there is no such file, or it has faults.
    """
    table = read_table(file.parent, file.name, Layout)
    if table.faults:
        raise DataError.of(f"layout {file.name}", table.faults)
    return table.frame


def _check_names(scenario: Scenario, county: County) -> None:
    """Refuse a scenario that names layouts, stations, figures or files that do not exist."""
    layouts = [] if is_path(scenario.charging.layout) else [scenario.charging.layout]
    asked = {
        "charging.layout": (layouts, list(county.layouts)),
        "shipping.stations": (scenario.shipping.stations or (), county.lng_stations["station"].to_list()),
        "figures": (list(scenario.figures), county.figures["key"].to_list()),
    }
    faults = []
    for key, (names, known) in asked.items():
        listed = "" if key == "figures" else f" Known: {', '.join(known)}."
        faults += [
            f"{key}: {county.name} has no '{name}'.{nearest(name, known)}{listed}"
            for name in names
            if name not in known
        ]
    faults += cell_faults(county, scenario.tables)
    if scenario.roads is not None and not Path(scenario.roads).is_file():
        faults.append(f"roads: no file {scenario.roads}. `xijiang roads fetch` writes one.")
    if faults:
        raise ScenarioError(f"scenario {scenario.name}: " + "\n  ".join(faults))


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
    tables["scorecard"] = score(Evidence(plan.scenario, plan.county, tables))
    folder.write_table("scorecard", tables["scorecard"])
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
