"""Throughput of a dask cluster on this machine: the same replications on one worker and on two.

Run: python benchmarks/cluster_speed.py [replications]. Needs the extra `cluster` and two free cores.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from distributed import Client

from experiments.runs.execute import run
from experiments.scenario.model import Scenario

HOST = "127.0.0.1"


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """Start a part of the cluster."""
    module = f"distributed.cli.dask_{arguments[0]}"
    env = {**os.environ, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", module, *arguments[1:]], stdout=quiet, stderr=quiet, env=env)


def seconds(workers: int, replications: int) -> float:
    """Return the seconds of a run on so many workers that are up and have computed once before."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    address = f"tcp://{HOST}:{port}"
    parts = [start("scheduler", "--host", HOST, "--port", str(port), "--no-dashboard")]
    options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", HOST)
    with tempfile.TemporaryDirectory() as folder:
        parts += [start("worker", address, *options, "--local-directory", f"{folder}/{at}") for at in range(workers)]
        try:
            time.sleep(2.0)
            with Client(address, timeout=60, set_as_default=False) as client:
                client.wait_for_workers(workers, timeout=60)
            scenario = Scenario.load("deqing-2030", sets=["days=7"])
            executor = f"dask:{HOST}:{port}"
            run(scenario, replications=2 * workers, seed=9, out=Path(folder, "warm"), executor=executor)
            began = time.perf_counter()
            run(scenario, replications=replications, seed=10, out=Path(folder, "run"), executor=executor)
            return time.perf_counter() - began
        finally:
            for part in reversed(parts):
                part.terminate()
                part.wait(timeout=30)


def main() -> None:
    """Measure and print."""
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    one, two = (seconds(workers, replications) for workers in (1, 2))
    print(
        f"{replications} replications of a week: one worker {one:.1f} s, two workers {two:.1f} s, ratio {one / two:.2f}"
    )


if __name__ == "__main__":
    main()
