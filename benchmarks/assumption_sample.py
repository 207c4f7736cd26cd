"""The sample of the assumptions: what the first run with its points costs over one without, and what later ones cost.

Run: python benchmarks/assumption_sample.py [--scenario deqing-2030-spring-festival] [--points 64]

Each line is a command in a process of its own, with CPU (user and system) of all its processes: a run without points,
the first with points (it makes them), the second (it finds them), and `sensitivity --of T04 --of T11`, which makes
the points of its own targets. All begin with an empty cache folder, but for the accounts, which the first run keeps for
the others, and for machine code, which stays where numba has it. Ratios mean more than seconds on a busy machine. The
first run with points makes the guns of the years ahead too, which are no part of the sample: the last line gives what
points and turning points took of it by the clock, as its manifest says.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

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

        def spent(name: str, *arguments: str) -> tuple[float, float]:
            wall, cpu = child("-c", MAIN, *arguments, "--out", f"{folder}/{name}")
            print(f"{name}: {wall:.1f} s wall, {cpu:.1f} s CPU", flush=True)
            return wall, cpu

        run = ("run", asked.scenario)
        spent("compiling, and accounts", *run, "--points", "0", "-n", "1")
        bare_s, bare = spent("without points", *run, "--points", "0")
        first_s, first = spent("with points, the first time", *run, "--points", asked.points)
        _, again = spent("with points, again", *run, "--points", asked.points)
        spent("sensitivity", "sensitivity", asked.scenario, *QUESTION, "--points", asked.points)
        manifest = json.loads(
            (Path(folder) / "with points, the first time" / "manifest.json").read_text(encoding="utf-8")
        )
        sample_s = manifest["assumptions"]["seconds"]
        cpu, clock = (first - bare) / bare, (first_s - bare_s) / bare_s
        print(f"first run over one without: {cpu:.1f} runs of CPU, {clock:.1f} by the clock")
        print(f"of these points and turning points: {sample_s:.1f} s, {sample_s / bare_s:.2f} runs by the clock")
        print(f"later runs take {again / bare:.2f} times as long")


if __name__ == "__main__":
    main()
