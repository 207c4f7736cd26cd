"""A real dask cluster on this machine: scheduler and two workers as processes, one of them killed in mid-run."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from data.errors import ScenarioError
from experiments.runs.cluster import Dask
from experiments.runs.execute import run
from experiments.runs.executors import executor_of
from experiments.runs.tables import TABLES


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def dask(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
    )


def wait_for(port):
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the scheduler did not start")


@pytest.fixture
def cluster(tmp_path):
    """Return the address of a scheduler and its two workers; all are stopped by their ids."""
    port = free_port()
    started = [dask("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")]
    wait_for(port)
    address = f"tcp://127.0.0.1:{port}"
    options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    for number in range(2):
        place = tmp_path / f"worker-{number}"
        place.mkdir()
        started.append(dask("worker", address, *options, "--local-directory", str(place)))
    from distributed import Client

    with Client(address, set_as_default=False, timeout=30) as client:
        client.wait_for_workers(2, timeout=60)
    yield f"127.0.0.1:{port}", started[1:]
    for process in reversed(started):
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=20)


@pytest.mark.filterwarnings("default")
def test_a_worker_that_is_killed_costs_a_retry_and_no_byte(cluster, small_scenario, tmp_path):
    address, workers = cluster
    out = tmp_path / "cluster"

    def kill():
        while len(list((out / "replications").glob("[0-9]*"))) < 2:
            time.sleep(0.02)
        os.kill(workers[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    run(small_scenario, replications=8, out=out, executor=f"dask:{address}")
    killer.join()
    assert workers[0].wait() == -signal.SIGKILL
    run(small_scenario, replications=8, out=tmp_path / "here")
    for name in TABLES:
        assert (out / f"{name}.parquet").read_bytes() == (tmp_path / "here" / f"{name}.parquet").read_bytes(), name


@pytest.mark.filterwarnings("default")
def test_no_scheduler_and_no_workers_are_said(monkeypatch):
    monkeypatch.setattr("experiments.runs.cluster.CONNECT_S", 1.0)
    with pytest.raises(ScenarioError, match="no scheduler answers there"):
        list(Dask(f"127.0.0.1:{free_port()}").map(str, ["a"]))
    port = free_port()
    scheduler = dask("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    try:
        wait_for(port)
        with pytest.raises(ScenarioError, match="the scheduler has no workers"):
            list(Dask(f"127.0.0.1:{port}").map(str, ["a"]))
    finally:
        scheduler.terminate()
        scheduler.wait(timeout=20)


@pytest.mark.parametrize("address", ["", "somewhere", "host:port", ":8786"])
def test_an_address_needs_host_and_port(address):
    with pytest.raises(ScenarioError, match="expected dask:HOST:PORT"):
        executor_of(f"dask:{address}", jobs=1)


def test_an_address_gives_the_executor():
    assert executor_of("dask:127.0.0.1:8786", jobs=1) == Dask("127.0.0.1:8786")


def test_without_the_library_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ScenarioError, match=r"xijiang\[cluster\]"):
        executor_of("dask:127.0.0.1:8786", jobs=1)
