"""Published instances of siting problems, solved and held against their published optima.

Run ``python benchmarks/siting_instances.py FOLDER`` where the folder holds ``pmed1.txt`` to ``pmed5.txt`` of OR-Library
(Beasley, European Journal of Operational Research 21, 1985; its file ``pmedopt`` has the optima) and the San Francisco
files of spopt's tests. They belong to their authors and are not part of this repository: get them there.
"""

from __future__ import annotations

import argparse
import itertools
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from charging.siting import p_center, p_median

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from charging.siting import Siting
    from data.arrays import Floats

SAME = 1e-6

MEDIAN = {"pmed1": 5819, "pmed2": 4093, "pmed3": 4250, "pmed4": 3034, "pmed5": 1355}
"""Optima of file ``pmedopt``."""
CENTRE = {"pmed1": 127, "pmed2": 98, "pmed3": 93, "pmed4": 74, "pmed5": 48}
"""Optima of the p-centre on the same graphs (Daskin, Network and Discrete Location, 1995; Elloumi et al. 2004)."""
STORES = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
PEOPLE = "SF_demand_205_centroid_uniform_weight.csv"
SAN_FRANCISCO_MEAN = 2982.1268579890657
"""Mean distance of 4 of 16 stores in spopt's tests (weights there are by the order of the tracts' names)."""


def shortest(file: Path) -> tuple[Floats, int]:
    """Return the matrix of an OR-Library graph and how many sites are asked for; of equal edges the last one counts."""
    nodes, _, count, *edges = (int(word) for word in file.read_text().split())
    times = np.full((nodes, nodes), np.inf)
    np.fill_diagonal(times, 0.0)
    for start, end, cost in np.array(edges).reshape(-1, 3).tolist():
        times[start - 1, end - 1] = times[end - 1, start - 1] = cost
    for through in range(nodes):  # Floyd's algorithm
        times = np.minimum(times, times[:, [through]] + times[[through], :])
    return times, count


def san_francisco(folder: Path) -> tuple[Floats, Floats]:
    """Return distances of 205 tracts to 16 stores and the weights, in the order of spopt's tests."""
    ways = pl.read_csv(folder / STORES, schema_overrides={"DestinationName": pl.String})
    matrix = ways.pivot("name", index="DestinationName", values="distance", aggregate_function="mean")
    matrix = matrix.sort("DestinationName").select(sorted(set(matrix.columns) - {"DestinationName"}))
    people = pl.read_csv(folder / PEOPLE, schema_overrides={"NAME": pl.String}).sort("NAME")["POP2000"]
    return matrix.to_numpy(), people.to_numpy().astype(np.float64)


def answered(solve: Callable[[], Siting]) -> tuple[Siting, float]:
    """Return an answer and the CPU seconds that it took."""
    began = time.process_time()
    found = solve()
    return found, time.process_time() - began


def rows(folder: Path) -> Iterator[tuple[str, float, float, Siting, float]]:
    """Yield instance, published optimum, what was found in the same unit, the answer, and its CPU seconds."""
    for name, median in MEDIAN.items():
        times, count = shortest(folder / f"{name}.txt")
        found, spent = answered(partial(p_median, times, np.ones(len(times)), count))
        yield f"{name}, p-median", median, found.objective, found, spent
        found, spent = answered(partial(p_center, times, count))
        yield f"{name}, p-centre", CENTRE[name], found.objective, found, spent
    metres, people = san_francisco(folder)
    found, spent = answered(partial(p_median, metres, people, 4))
    yield "San Francisco, p = 4, mean m", SAN_FRANCISCO_MEAN, found.objective / float(people.sum()), found, spent
    fours = [list(each) for each in itertools.combinations(range(metres.shape[1]), 4)]
    best = min(float(metres[:, four].min(axis=1).max()) for four in fours)
    found, spent = answered(partial(p_center, metres, 4))
    yield "San Francisco, 4-centre, m (of all choices)", best, found.objective, found, spent


def main() -> None:
    """Solve all, and end with 1 where one is not the proved optimum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    print("| instance | published | found | proved | CPU, s |")
    print("|---|---:|---:|---|---:|")
    good = True
    for name, known, value, found, spent in rows(parser.parse_args().folder):
        print(f"| {name} | {known:,.1f} | {value:,.1f} | {'yes' if found.proved else 'no'} | {spent:.2f} |")
        good &= found.proved and abs(value - known) <= SAME * known
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
