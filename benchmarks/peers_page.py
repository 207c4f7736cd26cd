"""Speed beside other libraries on the same work, alternating in one run; writes docs/benchmarks.md and its plot.

Each peer runs in an environment of its own under the user's cache folder, which is made when it is missing; this
project's environment stays as it is. Seconds are those of the processor, of the work alone: no imports, no drawing of
inputs. Ratios are medians over rounds in which all took their turn. Answers must agree, or the run stops.

Run: python benchmarks/peers_page.py [station|network|median ...] (all without an argument). What was measured is kept
beside the environments, so that one case can be measured again; the page has the cases that were measured.
"""

from __future__ import annotations

import datetime as dt
import functools
import heapq
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
import tomllib
import venv
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import charging_speed
import numpy as np
import platformdirs
import polars as pl
import shipping_speed

import charging
from charging.engine.columns import counts, view
from charging.engine.compiled.alone import fcfs
from charging.siting import p_median

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = tuple[float, float]  # seconds, and the figure that must be the same for all
    Runner = Callable[[], Answer]

ROUNDS = 3
SEED = 20260101
HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
PLOT = PAGE.with_suffix(".svg")
SERVERS = 10
STATION_SESSIONS = 30_000
NETWORK_SESSIONS = 30_000
NETWORK_SERVERS = (30, 20, 15, 12, 10, 8, 7, 6, 5, 5, 4, 3, 2)
PLACES, SITES = 100, 8
UNDECLARED = {"opentnsim": ("pyyaml", "ipython", "pytz", "pandas<3")}
"""What peers need beside what they say that they need."""
FAIRWAYS: dict[str, dict[str, Any]] = {
    "river": {"nodes": 10, "vessels": 500},
    "busy-river": {"nodes": 10, "vessels": 11_000},
    "long-river": {"nodes": 100, "vessels": 100},
    "busy-long-river": {"nodes": 100, "vessels": 1_000},
    # on a multigraph OpenTNSim takes half a second for each vessel
    "parallel-river": {"nodes": 100, "vessels": 100, "parallel_edges": True},
}
PEER_SECONDS = 300.0
"""By the clock; a peer that takes longer in one round is left out, and the page says so."""
LOCKS: dict[str, tuple[int, float]] = {"lock": (100, 15.0), "busy-lock": (500, 15.0)}
"""Vessels, and minutes between two of them."""


class PeerError(Exception):
    """A peer did not do the work; says in a few words why."""


class Case(NamedTuple):
    """Work that all do: what it is, who does it (the first is the one to compare with), and how close answers are."""

    title: str
    figure: str
    runners: dict[str, Runner]
    tolerance: float = 1e-6


def cache() -> Path:
    """Return the folder of the peers' environments and of what was measured."""
    return Path(platformdirs.user_cache_dir("xijiang")) / "peers"


def peer_python(peer: str) -> Path:
    """Return the interpreter of a peer's own environment, with the library installed.

    Raises
    ------
    PeerError
        It cannot be installed.
    """
    folder = cache() / peer
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        venv.create(folder, with_pip=True, clear=True)
        # a fixed command of our own: nothing of a user stands in it
        command = [python, "-m", "pip", "install", "--quiet", peer, *UNDECLARED.get(peer, ())]
        if subprocess.run(command, check=False).returncode:
            raise PeerError("it could not be installed")
        (folder / "installed").touch()
    return python


def run_peer(peer: str, script: str, asked: dict[str, Any], figure: str) -> Answer:
    """Let a peer do the work in its own environment.

    Raises
    ------
    PeerError
        It cannot be installed, fails, or takes longer than ``PEER_SECONDS``.
    """
    command = [str(peer_python(peer)), str(HERE / "peers" / script)]
    # only its own packages: ours must not stand on its path
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(
            command,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            env=env,
            timeout=PEER_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"it took more than {PEER_SECONDS:g} s") from error
    if done.returncode:
        last = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise PeerError(f"it failed: {last[-1]}")
    answer = json.loads(done.stdout)
    VERSIONS[peer] = answer["version"]
    return answer["seconds"], answer[figure]


VERSIONS: dict[str, str] = {}


def timed(work: Callable[[], float]) -> Answer:
    """Return the seconds of the processor that some work takes here, and its figure."""
    began = time.process_time()
    figure = work()
    return time.process_time() - began, figure


def heap_wait(arrivals: list[float], services: list[float], servers: int) -> float:
    """Return the mean wait by a heap of the times at which servers become free."""
    free = [0.0] * servers
    total = 0.0
    for at, length in zip(arrivals, services, strict=True):
        start = max(at, free[0])
        total += start - at
        heapq.heapreplace(free, start + length)
    return total / len(arrivals)


def recursion_wait(arrivals: np.ndarray, services: np.ndarray, servers: int) -> float:
    """Return the mean wait by the compiled recursion alone, without any table: the limit of what is possible here."""
    count = len(arrivals)
    none, gun, outcome = np.full(count, math.inf), view(counts(count)), view(counts(count))
    plug, end, zero = np.full(count, math.nan), np.full(count, math.nan), np.zeros(count)
    # to the compiled function patience is memory of the requests, which is not to be written to
    none.setflags(write=False)
    fcfs.serve_alone(
        np.arange(count),
        arrivals,
        services,
        zero,
        none,
        none,
        np.array([math.inf]),
        servers,
        1,
        plug,
        gun,
        outcome,
        end,
    )
    return float(np.mean(plug - arrivals))


def mean_wait(tables: dict[str, Any], engine: str) -> float:
    """Return the mean wait of this project's engine, from tables to the table of sessions."""
    return float(charging.simulate(**tables, engine=engine).sessions["wait_min"].to_numpy().mean())


def ours(tables: dict[str, Any]) -> dict[str, Runner]:
    """Return this project's engines."""
    return {
        f"xijiang, {engine}": functools.partial(timed, functools.partial(mean_wait, tables, engine))
        for engine in ("simpy", "compiled")
    }


def station() -> Case:
    """Return one station of 10 guns at load 0.85, exponential stays of 30 min."""
    rng = np.random.default_rng(SEED)
    arrivals = np.cumsum(rng.exponential(30.0 / (0.85 * SERVERS), STATION_SESSIONS))
    services = rng.exponential(30.0, STATION_SESSIONS)
    tables = {
        "layout": charging_speed.layout_of([("s", SERVERS, 60.0, 1, "exclusive", None)]),
        "requests": charging_speed.requests_of(arrivals, services, accept_kw=60.0),
    }
    lists = arrivals.tolist(), services.tolist()
    asked = {"arrivals": [lists[0]], "services": [lists[1]], "servers": [SERVERS]}
    plain = functools.partial(charging_speed.plain_simpy, [lists[0]], [lists[1]], [SERVERS])
    return Case(
        f"One station: {SERVERS} guns, load 0.85, {STATION_SESSIONS:,} sessions",
        "mean wait, min",
        ours(tables)
        | {
            "Ciw": functools.partial(run_peer, "ciw", "ciw_queue.py", asked, "wait_min"),
            "plain SimPy": functools.partial(timed, lambda: statistics.fmean(plain())),
            "a heap in Python": functools.partial(timed, functools.partial(heap_wait, *lists, SERVERS)),
            "compiled recursion, no tables": functools.partial(
                timed, functools.partial(recursion_wait, arrivals, services, SERVERS)
            ),
        },
    )


def network() -> Case:
    """Return 13 stations side by side, drivers at each of them, load 0.85."""
    rng = np.random.default_rng(SEED)
    share = np.array(NETWORK_SERVERS) / sum(NETWORK_SERVERS)
    home = rng.choice(len(share), NETWORK_SESSIONS, p=share)
    at = np.cumsum(rng.exponential(30.0 / (0.85 * sum(NETWORK_SERVERS)), NETWORK_SESSIONS))
    lengths = rng.exponential(30.0, NETWORK_SESSIONS)
    names = [f"t{place}" for place in range(len(share))]
    layout = charging_speed.layout_of(
        [(name, count, 60.0, 1, "exclusive", None) for name, count in zip(names, NETWORK_SERVERS, strict=True)]
    )
    tables = {
        "layout": layout,
        "requests": charging_speed.requests_of(at, lengths, accept_kw=60.0).with_columns(
            origin=pl.Series([names[place] for place in home])
        ),
        "travel": pl.DataFrame(
            {"origin": names, "station_id": names, "minutes": [0.0] * len(names), "km": [0.0] * len(names)}
        ),
    }
    times = [at[home == place].tolist() for place in range(len(share))]
    services = [lengths[home == place].tolist() for place in range(len(share))]
    asked = {"arrivals": times, "services": services, "servers": list(NETWORK_SERVERS)}
    plain = functools.partial(charging_speed.plain_simpy, times, services, list(NETWORK_SERVERS))
    return Case(
        f"13 stations, {sum(NETWORK_SERVERS)} guns, load 0.85, {NETWORK_SESSIONS:,} sessions",
        "mean wait, min",
        ours(tables)
        | {
            "Ciw": functools.partial(run_peer, "ciw", "ciw_queue.py", asked, "wait_min"),
            "plain SimPy": functools.partial(timed, lambda: statistics.fmean(plain())),
        },
    )


def median() -> Case:
    """Return a p-median on random places, each of them a candidate."""
    rng = np.random.default_rng(SEED)
    points = rng.uniform(0.0, 60.0, (PLACES, 2))
    minutes = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    weights = rng.integers(1, 100, PLACES).astype(np.float64)
    asked = {"minutes": minutes.tolist(), "weights": weights.tolist(), "count": SITES}
    return Case(
        f"p-median: {SITES} of {PLACES} sites, to the proved optimum",
        "weighted minutes",
        {
            "xijiang": functools.partial(timed, lambda: float(p_median(minutes, weights, SITES).objective)),
            "spopt (CBC)": functools.partial(run_peer, "spopt", "spopt_median.py", asked, "objective"),
        },
    )


def river(nodes: int, vessels: int, *, parallel_edges: bool = False) -> Case:
    """Return a free fairway: every second vessel sails up, and each edge logs a start and a stop.

    With ``parallel_edges`` OpenTNSim works on a multigraph, which rivers with several arms between two places need.
    """
    graph = shipping_speed.fairway(nodes)
    length_km = max(at for _, at in graph.nodes(data="chainage_km"))
    voyages = shipping_speed.traffic(vessels, length_km)
    fleet = shipping_speed.fleet(vessels, **shipping_speed.REFERENCE)
    asked = {
        "places": [(111.5 + 0.01 * node, 23.1) for node in range(nodes)],
        "vessels": vessels,
        "gap_min": 10.0,
        "speed_m_s": shipping_speed.SPEED_KM_H / 3.6,
        "parallel_edges": parallel_edges,
    }

    def own() -> Answer:
        seconds, _, events = shipping_speed.timed(graph, voyages, fleet)
        return seconds, events.height / 2

    return Case(
        f"Free fairway: {nodes} nodes, {vessels} vessels, a start and a stop logged per edge"
        + (", OpenTNSim on a multigraph" if parallel_edges else ""),
        "edge passages",
        {
            "xijiang, simpy": own,
            "OpenTNSim": functools.partial(run_peer, "opentnsim", "opentnsim_fairway.py", asked, "passages"),
            "plain SimPy": functools.partial(_plain_river, nodes, vessels),
        },
    )


def _plain_river(nodes: int, vessels: int) -> Answer:
    """Return the seconds of bare SimPy on a fairway, and its edge passages."""
    number = float(vessels * (nodes - 1))
    return number / shipping_speed.floor_passages(nodes, vessels), number


def lock(vessels: int, gap_min: float) -> Case:
    """Return a lock with a chamber of 400 x 50 m: vessels of 100 x 20 m come from both sides in turn."""
    work = vessels, gap_min
    asked = {"vessels": vessels, "gap_min": gap_min, "speed_m_s": shipping_speed.SPEED_KM_H / 3.6}

    def own() -> Answer:
        rate, *_ = shipping_speed.lock(*work)
        return vessels / rate, float(vessels)

    return Case(
        f"Lock: {vessels} vessels, one every {gap_min:g} min, 30 km of fairway",
        "vessels through",
        {
            "xijiang, simpy": own,
            "OpenTNSim": functools.partial(run_peer, "opentnsim", "opentnsim_lock.py", asked, "vessels"),
            "plain SimPy": lambda: (vessels / shipping_speed.floor_lock(*work), float(vessels)),
        },
    )


CASES: dict[str, Callable[[], Case]] = {
    "station": station,
    "network": network,
    "median": median,
    **{name: functools.partial(river, **size) for name, size in FAIRWAYS.items()},
    **{name: functools.partial(lock, *size) for name, size in LOCKS.items()},
}


class Result(NamedTuple):
    """Median seconds of each on a case, the median ratio to the first, the day, and the versions of peers."""

    title: str
    seconds: dict[str, float]
    ratios: dict[str, float]
    day: str
    versions: dict[str, str]
    failed: dict[str, str] = {}  # noqa: RUF012 - read only; measurements kept from before have none


def measure(case: Case) -> Result:
    """Let all do the work in turn, some rounds after one that nobody counts.

    Raises
    ------
    SystemExit
        Answers that differ: then times say nothing.
    """
    rounds: list[dict[str, float]] = []
    failed: dict[str, str] = {}
    for number in range(ROUNDS + 1):
        answers: dict[str, Answer] = {}
        for name, run in case.runners.items():
            if name not in failed:
                try:
                    answers[name] = run()
                except PeerError as error:
                    failed[name] = str(error)
        figures = {name: figure for name, (_, figure) in answers.items()}
        first = next(iter(figures.values()))
        if any(not math.isclose(figure, first, rel_tol=case.tolerance) for figure in figures.values()):
            raise SystemExit(f"{case.title}: {case.figure} differs: {figures}. Times are compared on equal work only.")
        if number:  # the first round warms caches and compiles
            rounds.append({name: seconds for name, (seconds, _) in answers.items()})
    names = [name for name in case.runners if name not in failed]
    return Result(
        case.title,
        {name: statistics.median(each[name] for each in rounds) for name in names},
        {name: statistics.median(each[name] / each[names[0]] for each in rounds) for name in names},
        dt.datetime.now(tz=dt.UTC).date().isoformat(),
        dict(VERSIONS),
        failed,
    )


def table(result: Result) -> str:
    """Return a case as a section of the page."""
    head, *others = result.seconds
    lines = [f"## {result.title}", "", f"| who | CPU, s | times the CPU of {head} |", "|---|---:|---:|"]
    lines += [f"| {name} | {result.seconds[name]:.3f} | {result.ratios[name]:.2f} |" for name in (head, *others)]
    lines += [f"| {name} | left out: {why} | |" for name, why in result.failed.items()]
    slower = [name for name in others if result.ratios[name] < 1.0 and not name.startswith("xijiang")]
    if slower:
        lines += ["", f"Slower here than: {', '.join(slower)}."]
    return "\n".join(lines)


def plot(results: list[Result]) -> str:
    """Return a bar chart of the seconds on a logarithmic axis, as SVG."""
    bars = [(result.title, name, spent) for result in results for name, spent in result.seconds.items()]
    low, high = (math.log10(edge(spent for *_, spent in bars)) for edge in (min, max))
    scale = 420.0 / max(high - low + 0.3, 0.3)
    parts, top = [], 16
    for at, (title, name, spent) in enumerate(bars):
        if at == 0 or bars[at - 1][0] != title:
            parts.append(f'<text x="8" y="{top + 14}" font-weight="bold">{title}</text>')
            top += 22
        width = (math.log10(spent) - low + 0.3) * scale
        colour = "#1f6f8b" if name.startswith("xijiang") else "#b8b8b8"
        parts.append(f'<text x="216" y="{top + 12}" text-anchor="end">{name}</text>')
        parts.append(f'<rect x="224" y="{top}" width="{width:.1f}" height="15" fill="{colour}"/>')
        parts.append(f'<text x="{230 + width:.1f}" y="{top + 12}">{spent:.3g} s</text>')
        top += 20
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{top + 12}" font-family="sans-serif" '
    return head + 'font-size="12"><rect width="100%" height="100%" fill="white"/>' + "".join(parts) + "</svg>\n"


INTRO = """# Speed beside other libraries

Made by `python benchmarks/peers_page.py` (part of `make bench`). All do the same work on the same inputs in one run,
in turn; their answers agree to 1e-6, or the run stops; a peer that fails or takes more than {most:g} s in a round is
left out, and its line says why. Seconds are those of the processor for the work alone, without imports: medians of
{rounds} rounds after one that is not counted. Ratios are medians within rounds. The bars of the plot are on a
logarithmic axis.

The times of xijiang go from tables to the table of sessions with energy, power, cost and outcome of each; its load and
station figures are made when they are asked for and are not counted. Ciw writes a record per customer; plain SimPy, the
heap and the recursion keep the waits alone. On the river all log two rows per edge and vessel; OpenTNSim takes edges
for longer than they are (8.7 % at this latitude), so that passages are compared and not hours. It is measured on a
plain graph and on a multigraph, which rivers with several arms between two places need and which is much slower with
it. At the lock it gathers vessels for half an hour and takes as many as their lengths leave room for, where xijiang
packs lengths and widths and plain SimPy takes eight: vessels through are compared and not waits. A hundred vessels are
few for xijiang, whose tables and checks then take most of the time; lines with more vessels stand beside them.

Measured {day}: Python {python} ({machine}, {cores} cores), {versions}.

![CPU seconds of each library, by case]({plot})
"""


def write_page(results: list[Result]) -> None:
    """Write the page and its plot."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # of an editable install the metadata say which version it was when it was installed
    own = {"xijiang": project["version"]} | {name: version(name) for name in ("simpy", "numba", "polars")}
    for result in results:
        own |= result.versions
    intro = INTRO.format(
        rounds=ROUNDS,
        most=PEER_SECONDS,
        day=", ".join(sorted({result.day for result in results})),
        python=platform.python_version(),
        machine=platform.machine(),
        cores=os.cpu_count(),
        versions=", ".join(f"{name} {number}" for name, number in sorted(own.items())),
        plot=PLOT.name,
    )
    PAGE.write_text("\n".join([intro, "\n\n".join(map(table, results)), ""]), encoding="utf-8")
    PLOT.write_text(plot(results), encoding="utf-8")


def main() -> None:
    """Measure the cases, print them, and write the page."""
    kept = cache() / "measured.json"
    measured: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    for name in sys.argv[1:] or list(CASES):
        result = measure(CASES[name]())
        print(table(result), end="\n\n", flush=True)
        measured[name] = result._asdict()
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(measured), encoding="utf-8")
        write_page([Result(**measured[each]) for each in CASES if each in measured])


if __name__ == "__main__":
    main()
