"""The sample of the assumptions: what the first run with its points costs over one without, and what later ones cost.

Run: python benchmarks/assumption_sample.py [--scenario deqing-2030-spring-festival] [--points 64]

Each line is a command in a process of its own, with CPU (user and system) of all its processes: a run without points,
the first with points (it makes them), the second (it finds them), and `sensitivity --of T04 --of T11`, which makes
the points of its own targets. All begin with an empty cache folder, but for the accounts, which the first run keeps for
the others, and for machine code, which stays where numba has it. Ratios mean more than seconds on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import tempfile

from main_job import MAIN, child

QUESTION = ("--of", "T04", "--of", "T11")


def parse() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="deqing-2030-spring-festival")
    parser.add_argument("--points", default="64")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    asked = parse()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"

        def spent(name: str, *arguments: str) -> float:
            wall, cpu = child("-c", MAIN, *arguments, "--out", f"{folder}/{name}")
            print(f"{name}: {wall:.1f} s wall, {cpu:.1f} s CPU", flush=True)
            return cpu

        run = ("run", asked.scenario)
        spent("compiling, and accounts", *run, "--points", "0", "-n", "1")
        bare = spent("without points", *run, "--points", "0")
        first = spent("with points, the first time", *run, "--points", asked.points)
        again = spent("with points, again", *run, "--points", asked.points)
        spent("sensitivity", "sensitivity", asked.scenario, *QUESTION, "--points", asked.points)
        print(f"the sample costs {(first - bare) / bare:.1f} runs; later runs take {again / bare:.2f} times as long")


if __name__ == "__main__":
    main()
