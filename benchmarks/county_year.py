"""A county year in one process: requests, charging, river; CPU seconds and peak memory of each.

Run: python benchmarks/county_year.py [year] [alone]

Memory is the growth of the process's peak. Drawing the requests takes memory that charging can use again, so that a
year drawn and charged in one process grows less than one whose requests another process drew (``alone``). Libraries
and machine code are loaded before: what they take does not grow with the sessions.
"""

import datetime as dt
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


def peak_mb() -> float:
    """Return the most memory that the process has held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def draw(year: int, days: int = 365) -> pl.DataFrame:
    """Return the requests of a year, or of its first days."""
    county = load_county("deqing")
    return fleet.requests(county, fleet.stock(county), year=year, start=dt.date(year, 1, 1), days=days, seed=1)


def keep(year: int, file: Path) -> None:
    """Draw the requests of a year into a file."""
    draw(year).write_parquet(file)


def drawn_elsewhere(year: int) -> pl.DataFrame:
    """Return the requests of a year that another process drew."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requests.parquet"
        process = multiprocessing.get_context("spawn").Process(target=keep, args=(year, file))
        process.start()
        process.join()
        return pl.read_parquet(file, memory_map=False).rechunk()


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
    charging.simulate(layout, draw(year, days=1), travel, **rules)
    print(f"imports, tables and machine code: {peak_mb():.0f} MB")
    began = time.process_time()
    requests = drawn_elsewhere(year) if "alone" in sys.argv else draw(year)
    print(f"requests: {requests.height:,} in {time.process_time() - began:.1f} s, {peak_mb():.0f} MB")
    before, began = peak_mb(), time.process_time()
    result = charging.simulate(layout, requests, travel, **rules)
    spent = time.process_time() - began
    grown = (peak_mb() - before) * 1024.0 / requests.height
    print(f"charging: {spent:.1f} s, {peak_mb():.0f} MB, {grown:.2f} kB a session more than before")
    rows = result.sessions.estimated_size() / 1024.0 / requests.height
    print(f"its table of sessions: {rows:.2f} kB a session")
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
