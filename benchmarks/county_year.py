"""A county year in one process: requests, charging, river; seconds and peak memory of each.

Run: python benchmarks/county_year.py [year]
"""

import datetime as dt
import resource
import sys
import time

import charging
import fleet
import shipping
from data import load_county
from data.roads.travel_times import travel_matrix


def peak_mb() -> float:
    """Return the most memory that the process has held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main() -> None:
    """Measure and print."""
    year = int(sys.argv[1]) if len(sys.argv) > 1 else 2030
    county = load_county("deqing")
    start, layout = dt.date(year, 1, 1), county.layout("plan-2025")
    stock = fleet.stock(county)
    travel = travel_matrix(county, layout, year=year)
    print(f"imports and tables: {peak_mb():.0f} MB")
    began = time.perf_counter()
    requests = fleet.requests(county, stock, year=year, start=start, days=365, seed=1)
    print(f"requests: {requests.height:,} in {time.perf_counter() - began:.1f} s, {peak_mb():.0f} MB")
    before, began = peak_mb(), time.perf_counter()
    result = charging.simulate(
        layout,
        requests,
        travel,
        behaviour=charging.behaviour_of(county),
        vehicles=charging.vehicles_table(county),
        tariff=charging.tariff_of(county, start, days=365),
    )
    spent = time.perf_counter() - began
    grown = (peak_mb() - before) * 1024.0 / requests.height
    print(f"charging: {spent:.1f} s, {peak_mb():.0f} MB, {grown:.2f} kB a session more than before")
    rows = result.sessions.estimated_size() / 1024.0 / requests.height
    print(f"its table of sessions: {rows:.2f} kB a session")
    began = time.perf_counter()
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
    print(f"river 2025: {voyages.height:,} voyages in {time.perf_counter() - began:.1f} s, lock included")
    print(shipping.lng_throughput(river.calls, days=365.0))


if __name__ == "__main__":
    main()
