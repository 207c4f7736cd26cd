"""The main job: ten replications of a week with all models, scorecard and report; where its time goes.

Run: python benchmarks/main_job.py [--repeats 3] [--replications 60] [parts ...]

Parts (all by default): ``imports`` (CPU of fresh processes that load an entry), ``job`` (wall and CPU of the command),
``edited`` (the same with a figure that no run has set before), ``phases`` (CPU of its parts in one process), ``second``
(another scenario in the same process), ``point`` (a point of a sweep that changes demand: one replication, one day,
compiled engine), ``processes`` (simulation alone, one process against two), ``memory`` (peak over many short
replications). CPU is user and system time of all processes; medians over the repeats. Wall times mean something on a
machine that does nothing else; CPU suffers less. The short runs over the assumptions are left out: they are made once
per case. So are the accounts in ``job``, which the first run computes and the others read.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# before polars is loaded: as the command line has it, so that this process computes its share
os.environ["POLARS_MAX_THREADS"] = "1"
# as after an install: where bytecode may not be kept, every process compiles all modules anew (0.3 s)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

SCENARIO, OTHER = "deqing-2025", "deqing-2030"
DEMAND = "fleet.daily_km_cv"
EDITED = "charging.indifference_min"
ENTRIES = {
    "python": "pass",
    "xijiang --help": "import sys; sys.argv = ['xijiang', '--help']; from experiments.cli import main; main()",
    "charging": "from charging import simulate",
    "fleet": "from fleet import requests, stock, carbon",
    "experiments with run": "from experiments import Scenario, run, compare, size",
}
MAIN = "from experiments.cli import main; main()"


def cpu_s(who: int = resource.RUSAGE_SELF) -> float:
    """Return the CPU time of this process or of the children that it has waited for, seconds."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def spent(action: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU time of an action in this process, seconds."""
    began, used = time.perf_counter(), cpu_s()
    action()
    return time.perf_counter() - began, cpu_s() - used


def child(*arguments: str) -> tuple[float, float]:
    """Return wall and CPU time of a fresh process with all its children, seconds."""
    began, used = time.perf_counter(), cpu_s(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began, cpu_s(resource.RUSAGE_CHILDREN) - used


def medians(times: list[tuple[float, float]]) -> str:
    """Return medians of wall and CPU time in words."""
    wall, cpu = (statistics.median(column) for column in zip(*times, strict=True))
    return f"{wall:6.2f} s wall, {cpu:6.2f} s CPU"


def imports(repeats: int, _: int) -> None:
    """Print the CPU time of loading each entry."""
    for name, code in ENTRIES.items():
        cpu = statistics.median(child("-c", code)[1] for _ in range(repeats))
        print(f"import, {name}: {cpu:.2f} s CPU")


def job(repeats: int, _: int) -> None:
    """Print the time of the main job; a run before it compiles and caches."""
    with tempfile.TemporaryDirectory() as folder:
        asked = ("-c", MAIN, "run", SCENARIO, "--points", "0", "--out")
        runs = [child(*asked, f"{folder}/{number}") for number in range(repeats + 1)]
    print(f"xijiang run {SCENARIO}: {medians(runs[:1])} the first time, {medians(runs[1:])} after that")


def edited(repeats: int, _: int) -> None:
    """Print the time of the main job with a figure that no run before it has set: its accounts are computed anew."""
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for number in range(repeats + 1):
            # of all runs ever: what an earlier one has kept would be read
            value = f"figures.{EDITED}={5.0 + (time.time_ns() % 10**9) * 1e-9}"
            asked = ("-c", MAIN, "run", SCENARIO, "--points", "0", "--set", value)
            times.append(child(*asked, "--out", f"{folder}/{number}"))
    print(f"xijiang run {SCENARIO} --set figures.{EDITED}=...: {medians(times[1:])}")


def phases(repeats: int, _: int) -> None:
    """Print the CPU time of the parts of a run in one process."""
    from experiments.runs import replicate
    from experiments.runs.county_tables import accounts
    from experiments.runs.execute import run
    from experiments.runs.plan import prepare
    from experiments.scenario.model import Scenario
    from experiments.scorecard.score import Evidence, score

    scenario = Scenario.load(SCENARIO)
    print(f"prepare (tables read and checked): {spent(lambda: prepare(scenario))[1]:.2f} s CPU")
    case = prepare(scenario).case
    print(f"stock and travel: {spent(lambda: (case.stock, case.travel))[1]:.2f} s CPU")
    print(f"accounts: {spent(lambda: accounts(case))[1]:.2f} s CPU")
    replicate.simulate_once(case, 0)
    parts: dict[str, Callable[[int], object]] = {
        "a replication": lambda seed: replicate.simulate_once(case, seed),
        "  demand": lambda seed: replicate.demand(case, seed=seed),
        "  demand, charging and what they say": lambda seed: replicate.charging_tables(case, seed),
        "  river": lambda seed: replicate.simulate_shipping(case, seed),
        "  e-bikes": lambda seed: replicate.ebikes(case, seed),
    }
    for name, part in parts.items():
        cpu = statistics.median(spent(lambda part=part, seed=seed: part(seed))[1] for seed in range(1, repeats + 1))
        print(f"{name}: {cpu:.3f} s CPU")
    result = run(scenario, replications=2)
    evidence = Evidence(result.scenario, case.county, result.tables)
    print(f"scorecard: {spent(lambda: score(evidence))[1]:.2f} s CPU")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        first, again = (spent(lambda: result.report(page))[1] for _ in range(2))
    print(f"report: {first:.2f} s CPU the first time (libraries load), {again:.2f} s again")


def second(repeats: int, _: int) -> None:
    """Print the time of scenarios that follow another one in the same process, on all cores."""
    from experiments import run

    for jobs in (1, 2):
        run(SCENARIO, jobs=jobs, replications=2)
        times = [spent(lambda jobs=jobs: run(OTHER, jobs=jobs)) for _ in range(repeats + 1)]
        said = f"{medians(times[:1])} the first time, {medians(times[1:])} after that"
        print(f"a second scenario, 10 replications, {jobs} process(es): {said}, CPU of this one")


def point(repeats: int, _: int) -> None:
    """Print the CPU time of a point of a design that changes demand: one replication, one day."""
    from experiments.designs.design import Point, answer
    from experiments.scenario.model import Scenario

    scenario = Scenario.load(SCENARIO).with_(days=1, replications=1, charging={"engine": "compiled"})
    values = [0.3 + 0.01 * number for number in range(repeats + 2)]
    points = [Point(number, scenario.with_(figures={DEMAND: value}), None) for number, value in enumerate(values)]
    times = [spent(lambda piece=piece: answer(piece)) for piece in points]
    # the second one still learns what the answers look at
    print(f"a point of a sweep: {medians(times[2:])}")


def processes(_: int, replications: int) -> None:
    """Print the time of simulation alone on one process and on two, and their ratio."""
    from experiments import run

    seconds = {}
    for jobs in (1, 2):
        marks: list[float] = []
        # libraries are loaded and rules compiled before the clock starts
        run(SCENARIO, jobs=jobs, replications=2)
        run(
            SCENARIO,
            jobs=jobs,
            replications=replications,
            progress=lambda _, marks=marks: marks.append(time.perf_counter()),
        )
        seconds[jobs] = marks[-1] - marks[0]
        print(f"{replications} replications, {jobs} process(es): {seconds[jobs]:.1f} s wall")
    print(f"two processes against one: {seconds[1] / seconds[2]:.2f} x")


def memory(_: int, replications: int) -> None:
    """Print the peak memory over more and more replications of a day; tables are streamed to the run folder."""
    for count in (replications // 4, replications):
        with tempfile.TemporaryDirectory() as folder:
            code = (
                "import resource; from experiments import Scenario, run\n"
                f"run(Scenario.load({SCENARIO!r}).with_(days=1), replications={count}, out={folder!r} + '/run')\n"
                "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
            )
            # a fixed command of our own: nothing of a user stands in it
            shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        print(f"{count} replications of a day: peak {float(shown.stdout):.0f} MB")


PARTS = {part.__name__: part for part in (imports, job, edited, phases, second, point, processes, memory)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="parts", help=", ".join(PARTS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--replications", type=int, default=60, help="of the parts processes and memory")
    given = parser.parse_args()
    if len(given.parts) == 1:
        PARTS[given.parts[0]](given.repeats, given.replications)
        return
    # each in a process of its own: a part must not find what another one has loaded
    counts = ["--repeats", str(given.repeats), "--replications", str(given.replications)]
    for name in given.parts or PARTS:
        subprocess.run([sys.executable, __file__, name, *counts], check=True)


if __name__ == "__main__":
    main()
