"""A real dask cluster on this machine: what listens where, TLS, and a worker that is killed in mid-run."""

import contextlib
import ipaddress
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from data.errors import ScenarioError
from experiments.runs.execute import run
from experiments.runs.executors import cluster as clusters
from experiments.runs.executors import executor_of
from experiments.runs.executors.cluster import Dask, exposure
from experiments.runs.tables import TABLES

ROOT = Path(__file__).parents[3]
LOOPBACK = "127.0.0.1"
BOUND = ("--host", LOOPBACK, "--dashboard-address", f"{LOOPBACK}:0")


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
    for _ in range(6000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the scheduler did not start")


@pytest.fixture
def cluster(tmp_path):
    """Return the address of a scheduler and its two workers; all are stopped by their ids."""
    port = free_port()
    started = [dask("scheduler", *BOUND, "--port", str(port))]
    wait_for(port)
    address = f"tcp://127.0.0.1:{port}"
    options = (*BOUND, "--nthreads", "1", "--no-nanny")
    for number in range(2):
        place = tmp_path / f"worker-{number}"
        place.mkdir()
        started.append(dask("worker", address, *options, "--local-directory", str(place)))
    from distributed import Client

    with Client(address, set_as_default=False, timeout=300) as client:
        client.wait_for_workers(2, timeout=300)
    for worker in started[1:]:
        worker.scheduler = started[0]
    yield f"127.0.0.1:{port}", started[1:]
    for process in reversed(started):
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=120)


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


@pytest.mark.whole
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("gone", ["workers", "scheduler"])
def test_a_cluster_that_is_gone_is_said_in_one_line_and_the_run_goes_on_here(
    cluster, small_scenario, tmp_path, monkeypatch, capfd, gone
):
    monkeypatch.setattr(clusters, "GONE_S", 2.0)
    address, workers = cluster
    scheduler = workers[0].scheduler
    out = tmp_path / "cluster"

    def kill():
        while len(list((out / "replications").glob("[0-9]*"))) < 1:
            time.sleep(0.02)
        for process in workers if gone == "workers" else [scheduler]:
            os.kill(process.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    began = time.monotonic()
    with pytest.raises(ScenarioError, match=rf"dask:{address}: .*Finished replications are kept; the same command"):
        run(small_scenario, replications=40, out=out, executor=f"dask:{address}")
    killer.join()
    assert time.monotonic() - began < 60.0
    assert "Traceback" not in capfd.readouterr().err
    kept = len(list((out / "replications").glob("[0-9]*")))
    assert kept >= 1
    run(small_scenario, replications=kept + 1, out=out)
    run(small_scenario, replications=kept + 1, out=tmp_path / "here")
    for name in TABLES:
        assert (out / f"{name}.parquet").read_bytes() == (tmp_path / "here" / f"{name}.parquet").read_bytes(), name


@pytest.mark.filterwarnings("default")
def test_no_scheduler_and_no_workers_are_said(monkeypatch):
    monkeypatch.setattr("experiments.runs.executors.cluster.CONNECT_S", 1.0)
    with pytest.raises(ScenarioError, match="no scheduler answers there"):
        list(Dask(f"127.0.0.1:{free_port()}").map(str, ["a"]))
    port = free_port()
    scheduler = dask("scheduler", *BOUND, "--port", str(port))
    try:
        wait_for(port)
        with pytest.raises(ScenarioError, match="the scheduler has no workers"):
            list(Dask(f"127.0.0.1:{port}").map(str, ["a"]))
    finally:
        scheduler.terminate()
        scheduler.wait(timeout=120)


@pytest.mark.parametrize(
    "address",
    ["", "somewhere", "host:port", ":8786", "tls://somewhere", "http://host:8786", "tls://:1", "host:65536", "host:²"],
)
def test_an_address_needs_host_and_port(address):
    with pytest.raises(ScenarioError, match="expected dask:HOST:PORT"):
        executor_of(f"dask:{address}", jobs=1)


def test_an_address_gives_the_executor():
    assert executor_of("dask:127.0.0.1:8786", jobs=1) == Dask("127.0.0.1:8786")


def test_without_the_library_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ScenarioError, match=r"xijiang\[cluster\]"):
        executor_of("dask:127.0.0.1:8786", jobs=1)


@contextlib.contextmanager
def running(commands, place):
    """Run commands of the shell's form in a folder, each in its own process; stop them by their ids."""
    started = []
    try:
        for command in commands:
            program, *arguments = shlex.split(command)
            assert program == "dask"
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "dask", *arguments],
                    cwd=place,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "POLARS_MAX_THREADS": "1"},
                )
            )
        yield started
    finally:
        for process in reversed(started):  # workers first: one whose scheduler is gone waits for it
            process.terminate()
            try:
                process.wait(timeout=120)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def commands_in(page, heading):
    """Return the dask commands of the first block of code below a heading, without their ``&`` and comments."""
    text = (ROOT / page).read_text(encoding="utf-8").split(heading, 1)[1]
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    lines = next(block for block in blocks if "dask scheduler" in block).splitlines()
    return [line.split("#")[0].strip().removesuffix("&").strip() for line in lines if line.startswith("dask ")]


def listening(pid):
    """Return the addresses on which a process listens, from the kernel's tables."""
    sockets = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        # a process that works opens and closes files meanwhile
        with contextlib.suppress(FileNotFoundError):
            sockets.add(str(link.readlink()))
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == "0A" and f"socket:[{inode}]" in sockets:
                words = bytes.fromhex(local.split(":")[0])
                host = b"".join(words[at : at + 4][::-1] for at in range(0, len(words), 4))  # words are little-endian
                found.append(ipaddress.ip_address(host))
    return found


def workers_at(url, count, security=None):
    """Wait until a scheduler has workers."""
    from distributed import Client

    with Client(url, set_as_default=False, timeout=300, security=security) as client:
        client.wait_for_workers(count, timeout=300)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc to see sockets")
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("page", "heading"), [("README.md", "## On a cluster"), ("docs/cluster.md", "## One machine")])
def test_the_cluster_of_the_documents_listens_on_loopback_only(tmp_path, page, heading):
    port = free_port()
    commands = [line.replace("8786", str(port)) for line in commands_in(page, heading)]
    assert len(commands) >= 2
    with running(commands, tmp_path) as started:
        workers_at(f"tcp://{LOOPBACK}:{port}", len(commands) - 1)
        for process in started:
            addresses = listening(process.pid)
            assert len(addresses) >= 2  # work and dashboard: the test sees what it is about
            assert [address for address in addresses if not address.is_loopback] == []


def test_the_messages_advise_bound_ports_only():
    readme = commands_in("README.md", "## On a cluster")
    assert readme[0] == clusters.SCHEDULER
    assert set(readme[1:]) == {clusters.WORKER}


@pytest.mark.parametrize(
    ("address", "dangerous"),
    [
        ("127.0.0.1:8786", False),
        ("localhost:8786", False),
        ("[::1]:8786", False),
        ("tcp://127.0.0.1:8786", False),
        ("tls://10.0.0.5:8786", False),
        ("10.0.0.5:8786", True),
        ("tcp://10.0.0.5:8786", True),
        ("0.0.0.0:8786", True),
        ("[2001:db8::1]:8786", True),
        ("localhost.example.org:8786", True),
        ("nowhere", False),
    ],
)
def test_plain_tcp_to_another_machine_is_dangerous(address, dangerous):
    warning = exposure(address)
    assert (warning is not None) is dangerous
    if warning is not None:
        assert "whoever reaches the ports of its scheduler or workers runs code as their user" in warning


@pytest.mark.filterwarnings("default")
def test_the_command_line_warns_of_it_and_goes_on(xijiang, small_toml, monkeypatch):
    monkeypatch.setattr("experiments.runs.executors.cluster.CONNECT_S", 0.2)
    code, _, err = xijiang("run", small_toml, "--out", "made", "--executor", f"dask:192.0.2.1:{free_port()}")
    assert code == 1
    first, second = err.splitlines()
    assert first.startswith("Warning: --executor dask:192.0.2.1:")
    assert "docs/cluster.md" in first
    assert "no scheduler answers there" in second


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *map(str, arguments)], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def certificates(tmp_path):
    """Return a folder with an authority and a certificate of a node, made as docs/cluster.md says."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    place = tmp_path / "certificates"
    place.mkdir()
    text = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("openssl ")]
    assert len(lines) == 3
    for line in lines:
        openssl(*shlex.split(line.replace("rsa:3072", "rsa:2048"))[1:], cwd=place)
    return place


def use(**files):
    """Return a context in which these are the client's certificates in dask's configuration."""
    import dask

    keys = {"ca_file": "ca-file", "cert": "client.cert", "key": "client.key"}
    return dask.config.set({f"distributed.comm.tls.{keys[name]}": str(file) for name, file in files.items()})


@pytest.mark.filterwarnings("default")
def test_a_cluster_with_tls_gives_the_same_tables(certificates, small_scenario, tmp_path, monkeypatch):
    from distributed import Client
    from distributed.security import Security

    port = free_port()
    tls = "--tls-ca-file ca.pem --tls-cert node.pem --tls-key node.key"
    lines = [line.replace("$TLS", tls) for line in commands_in("docs/cluster.md", "**2. Start")]
    commands = [f"{line.replace('HOST', LOOPBACK).replace('8786', str(port))} --host {LOOPBACK}" for line in lines]
    monkeypatch.setattr("experiments.runs.executors.cluster.CONNECT_S", 60.0)
    keys = {"ca_file": certificates / "ca.pem", "cert": certificates / "node.pem", "key": certificates / "node.key"}
    with running(commands, certificates), use(**keys):
        workers_at(f"tls://{LOOPBACK}:{port}", 1, Security(require_encryption=True))
        with pytest.raises(OSError, match=r"Timed out|failed|reset"):
            Client(f"tcp://{LOOPBACK}:{port}", timeout=2, set_as_default=False)
        run(small_scenario, replications=2, out=tmp_path / "cluster", executor=f"dask:tls://{LOOPBACK}:{port}")
    run(small_scenario, replications=2, out=tmp_path / "here")
    for name in TABLES:
        there, here = (tmp_path / place / f"{name}.parquet" for place in ("cluster", "here"))
        assert there.read_bytes() == here.read_bytes(), name


@pytest.mark.filterwarnings("default")
def test_a_client_of_another_authority_is_not_let_in(certificates, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 1, "-subj", "/CN=stranger"),
        *("-keyout", "node.key", "-out", "node.pem"),
        cwd=other,
    )
    port = free_port()
    tls = f"--tls-ca-file {certificates}/ca.pem --tls-cert {certificates}/node.pem --tls-key {certificates}/node.key"
    line = f"dask scheduler --protocol tls --host {LOOPBACK} --port {port} {tls} --dashboard-address {LOOPBACK}:0"
    monkeypatch.setattr("experiments.runs.executors.cluster.CONNECT_S", 2.0)
    strange = use(ca_file=certificates / "ca.pem", cert=other / "node.pem", key=other / "node.key")
    with running([line], tmp_path), strange:
        wait_for(port)
        with pytest.raises(ScenarioError, match=r"no scheduler answers there.*docs/cluster\.md"):
            list(Dask(f"tls://{LOOPBACK}:{port}").map(str, ["a"]))


def test_tls_without_certificates_says_what_to_set():
    wanted = r"set DASK_DISTRIBUTED__COMM__TLS__CA_FILE and DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT to PEM files"
    with pytest.raises(ScenarioError, match=wanted):
        list(Dask("tls://127.0.0.1:1").map(str, ["a"]))


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_said(tmp_path, text):
    file = tmp_path / "node.pem"
    if text is not None:
        file.write_text(text)
    wanted = r"the certificates cannot be used \(.*Check the files that DASK_"
    with use(ca_file=file, cert=file), pytest.raises(ScenarioError, match=wanted):
        list(Dask("tls://127.0.0.1:1").map(str, ["a"]))
