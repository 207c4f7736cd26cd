"""A county year in one process: requests, charging, river; CPU seconds, and the memory that charging takes.

Run: python benchmarks/county_year.py [year] [simpy|compiled]

Memory is strict: what the process holds beyond what it held before, when libraries, machine code and the requests
(drawn by another process) were there already. Once for the sessions alone, once more when load and stations have been
asked for; at the peak, and afterwards. Linux only: it is read from /proc.
"""

import ctypes
import datetime as dt
import gc
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

import charging
import fleet
import shipping
from data import load_county
from data.roads.travel_times import travel_matrix

_PROCESS = Path("/proc/self")
_FORGET_PEAK = "5"
"""What `clear_refs` wants to be told."""
_SETTLES_S = 4


def memory_mb(which: str = "VmRSS") -> float:
    """Return the memory that the process holds, MB; `VmHWM` is the most since the peak was forgotten."""
    lines = (_PROCESS / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{which}:")) / 1024.0


def settled_mb() -> float:
    """Return the memory that the process holds when it has given back what it can, MB, and forget the peak."""
    gc.collect()
    # reading a file leaves memory with the allocator of polars, which gives it back in its own time, at the next use
    for _ in range(_SETTLES_S):
        time.sleep(1.0)
        pl.arange(0, 100_000, eager=True).shuffle(seed=1).sort()
    ctypes.CDLL(None).malloc_trim(0)
    (_PROCESS / "clear_refs").write_text(_FORGET_PEAK)
    return memory_mb()


def draw(year: int, days: int = 365) -> pl.DataFrame:
    """Return the requests of a year, or of its first days."""
    county = load_county("deqing")
    return fleet.requests(county, fleet.stock(county), year=year, start=dt.date(year, 1, 1), days=days, seed=1)


def keep(year: int, file: Path) -> None:
    """Draw the requests of a year into a file."""
    draw(year).write_parquet(file)


def drawn_elsewhere(year: int) -> pl.DataFrame:
    """Return the requests of a year that another process drew: what drawing takes cannot be used again here."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requests.parquet"
        process = multiprocessing.get_context("spawn").Process(target=keep, args=(year, file))
        process.start()
        process.join()
        return pl.read_parquet(file, memory_map=False).rechunk()


def growth(before_mb: float, sessions: int) -> str:
    """Return what the process holds more than before at its peak and now, per session."""
    peak, now = (1024.0 * (memory_mb(which) - before_mb) / sessions for which in ("VmHWM", "VmRSS"))
    return f"{peak:.2f} kB a session at the peak, {now:.2f} kept"


def main() -> None:
    """Measure and print."""
    year = int(sys.argv[1]) if len(sys.argv) > 1 else 2030
    county = load_county("deqing")
    start, layout = dt.date(year, 1, 1), county.layout("plan-2025")
    travel = travel_matrix(county, layout, year=year)
    rules = {
        "behaviour": charging.behaviour_of(county),
        "vehicles": charging.vehicles_table(county),
        "tariff": charging.tariff_of(county, start, days=365),
    }
    engine = sys.argv[2] if len(sys.argv) > 2 else "simpy"
    first = charging.simulate(layout, draw(year, days=1), travel, **rules, engine=engine)
    print(f"imports, tables and machine code: {settled_mb():.0f} MB, {first.stations.height} stations")
    requests = drawn_elsewhere(year)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    before, number = settled_mb(), requests.height
    print(f"requests: {number:,} in {children.ru_utime + children.ru_stime:.1f} s with imports, {before:.0f} MB")
    began = time.process_time()
    result = charging.simulate(layout, requests, travel, **rules, engine=engine)
    spent = time.process_time() - began
    print(f"charging, {engine}: {spent:.1f} s; {growth(before, number)}")
    began = time.process_time()
    stations, load = result.stations.height, result.load
    spent = time.process_time() - began
    print(f"load and {stations} stations: {spent:.1f} s; {growth(before, number)} with the sessions")
    sizes = [
        f"{name} {table.estimated_size() / number:.0f}"
        for name, table in (("sessions", result.sessions), ("load", load))
    ]
    print(f"bytes a session in the tables themselves, texts and columns of the requests included: {', '.join(sizes)}")
    began = time.process_time()
    start_2025 = dt.date(2025, 1, 1)
    voyages = shipping.voyages(county, year=2025, start=start_2025, days=365, seed=1)
    river = shipping.simulate(
        shipping.waterway(county, start=start_2025, days=365, locks=True),
        voyages,
        shipping.stations(county, date=dt.date(2025, 12, 31)),
        vessels=shipping.vessels(county, year=2025, seed=1),
        seed=1,
        days=365.0,
    )
    print(f"river 2025: {voyages.height:,} voyages in {time.process_time() - began:.1f} s, lock included")
    print(shipping.lng_throughput(river.calls, days=365.0))


if __name__ == "__main__":
    main()
