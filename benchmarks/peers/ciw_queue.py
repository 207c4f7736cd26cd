"""Stations in Ciw, in an environment of its own: times of customers in, seconds of the processor and mean wait out.

Standard input: JSON with ``arrivals`` and ``services`` (minutes, a list per station) and ``servers``.
"""

import json
import math
import sys
import time
from importlib.metadata import version

import ciw


def main() -> None:
    """Simulate and print."""
    asked = json.load(sys.stdin)
    # after the last customer nobody comes: the lists would begin again
    gaps = [[b - a for a, b in zip([0.0, *times], times, strict=False)] + [math.inf] for times in asked["arrivals"]]
    lengths = asked["services"]
    count = len(gaps)
    nothing = [[0.0] * count for _ in range(count)]
    began = time.process_time()
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential(each) for each in gaps],
        service_distributions=[ciw.dists.Sequential(each) for each in lengths],
        routing=nothing,
        number_of_servers=asked["servers"],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(max(times[-1] for times in asked["arrivals"]) + 100_000.0)
    records = simulation.get_all_records()
    spent = time.process_time() - began
    waited = math.fsum(record.waiting_time for record in records) / len(records)
    print(json.dumps({"seconds": spent, "wait_min": waited, "version": version("ciw")}))


if __name__ == "__main__":
    main()
