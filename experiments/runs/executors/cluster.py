"""Replications on a dask cluster: work goes to its workers as short texts, tables come back through shared files."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from distributed import Client
    from distributed.security import Security

RETRIES = 3
CONNECT_S = 10.0
GONE_S = 30.0
"""Time without a worker, or without the scheduler, after which nobody is expected to come back."""
LOOK_S, POLL_S = 2.0, 0.05
TCP, TLS = "tcp://", "tls://"
MOST_PORT = 65_535
BOUND = "--dashboard-address 127.0.0.1:0"
"""Without it the dashboard listens on every interface, also where ``--host`` binds the rest."""
SCHEDULER = f"dask scheduler --host 127.0.0.1 --port 8786 {BOUND}"
WORKER = f"dask worker tcp://127.0.0.1:8786 --host 127.0.0.1 --nthreads 1 --no-nanny {BOUND}"
SEVERAL = "Several machines need TLS: docs/cluster.md says why and how."


@dataclass(frozen=True, slots=True)
class Dask:
    """Computes pieces on the workers of a dask scheduler.

    The workers need this version of the toolkit and the run folder under the same path (one machine, or a shared
    file system). A worker that dies costs its pieces a retry on another one.

    Attributes
    ----------
    address : str
        ``host:port`` of the scheduler, or ``tls://host:port``.
    """

    address: str

    @property
    def url(self) -> str:
        """Address with its protocol."""
        return self.address if self.address.startswith(TLS) else f"{TCP}{self.address.removeprefix(TCP)}"

    def map(self, work: Callable[[str], str], items: Sequence[str]) -> Iterator[str]:
        """Yield the answer to each item as it comes.

        Raises
        ------
        ScenarioError
            No scheduler at the address, no workers there, no certificates for TLS, a piece whose workers died again
            and again, or a cluster that is gone.
        """
        from distributed import Client, as_completed  # noqa: PLC0415 - only where a cluster is used
        from distributed.client import FutureCancelledError  # noqa: PLC0415
        from distributed.scheduler import KilledWorker  # noqa: PLC0415

        security = _security(self.address)
        try:
            client = Client(self.url, timeout=CONNECT_S, set_as_default=False, security=security)
        except (OSError, TimeoutError) as error:
            raise ScenarioError(
                f"--executor dask:{self.address}: no scheduler answers there ({type(error).__name__}). "
                f"On this machine, `{SCHEDULER}` starts one. {SEVERAL}"
            ) from error
        with _quiet(), client:
            if not client.scheduler_info(n_workers=-1)["workers"]:
                raise ScenarioError(
                    f"--executor dask:{self.address}: the scheduler has no workers. "
                    f"On this machine, `{WORKER}` starts one. {SEVERAL}"
                )
            # not pure: dask would otherwise answer equal texts from its memory
            futures = client.map(work, items, pure=False, retries=RETRIES)
            # with results: to ask a future for its own would wait for ever where its worker died with it
            done = as_completed(futures, loop=client.loop, with_results=True)
            try:
                while done.count():
                    if not done.has_ready():
                        self._wait(client, done.has_ready)
                    _, answer = next(done)
                    if isinstance(answer, FutureCancelledError):
                        raise answer
                    yield answer
            except KilledWorker as error:
                raise self._ended("workers died again and again") from error
            except FutureCancelledError as error:
                raise self._ended("the scheduler has ended, or cannot be reached any more") from error
            finally:
                # also when the caller stops early: the cluster may not go on for nobody
                with contextlib.suppress(OSError, TimeoutError):
                    client.cancel(futures)

    def _wait(self, client: Client, has_ready: Callable[[], bool]) -> None:
        """Wait for an answer, as long as somebody is there to give one.

        Raises
        ------
        ScenarioError
            The scheduler, or all workers, have been gone for `GONE_S`.
        """
        seen = looked = time.monotonic()
        while not has_ready():
            time.sleep(POLL_S)
            now = time.monotonic()
            if now - looked < LOOK_S:
                continue
            looked = now
            if client.status == "running" and client.scheduler_info(n_workers=-1)["workers"]:
                seen = now
            elif now - seen > GONE_S:
                what = "all workers have" if client.status == "running" else "the scheduler has"
                raise self._ended(f"{what} been gone for {now - seen:.0f} s")

    def _ended(self, why: str) -> ScenarioError:
        """Return the error of a cluster that gives no more answers."""
        return ScenarioError(
            f"--executor dask:{self.address}: {why}. Finished replications are kept; the same command goes on with "
            "them, also without --executor on this machine."
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence the logs of dask's connection: what they show as tracebacks is said in one line."""
    # each module of dask has a level of its own, which goes before that of the package
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in {"distributed", "tornado"}]
    loggers = [logging.getLogger(name) for name in (*names, "asyncio")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def dask_of(address: str) -> Dask:
    """Return the executor of an address.

    Raises
    ------
    ScenarioError
        Not ``host:port`` or ``tls://host:port``, or the library is not installed.
    """
    if _host(address) is None:
        raise ScenarioError(
            f"--executor dask:{address}: expected dask:HOST:PORT or dask:tls://HOST:PORT, such as dask:127.0.0.1:8786."
        )
    try:
        import distributed  # noqa: F401, PLC0415 - only to see whether it is there
    except ImportError:
        raise ScenarioError(
            "--executor dask: dask.distributed is not installed. Install it: pip install 'xijiang[cluster]'."
        ) from None
    return Dask(address.removeprefix(TCP))


def exposure(address: str) -> str | None:
    """Return why an address is dangerous: plain TCP to another machine; None where it is not, or is no address.

    Parameters
    ----------
    address : str
        As for `dask_of`.
    """
    host = _host(address)
    if host is None or address.startswith(TLS) or _is_loopback(host):
        return None
    return (
        f"--executor dask:{address}: the connection to {host} is neither encrypted nor authenticated; whoever reaches "
        "the ports of its scheduler or workers runs code as their user. Use dask:tls://HOST:PORT: see docs/cluster.md."
    )


def _host(address: str) -> str | None:
    """Return the host of ``host:port`` with or without protocol; None where it is something else."""
    host, _, port = address.removeprefix(TLS).removeprefix(TCP).rpartition(":")
    return host if host and port.isdecimal() and int(port) <= MOST_PORT and "/" not in host else None


def _is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a host. Names are not looked up: an answer may change."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _security(address: str) -> Security | None:
    """Return the certificates for TLS as dask's configuration names them; None for plain TCP.

    Raises
    ------
    ScenarioError
        TLS without an authority and a certificate of the client, or with files that cannot be read.
    """
    if not address.startswith(TLS):
        return None
    from distributed.security import Security  # noqa: PLC0415 - only where a cluster is used

    security = Security(require_encryption=True)
    known = security.get_tls_config_for_role("client")
    settings = {
        "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": known["ca_file"],
        "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT": known["cert"],
    }
    missing = [name for name, value in settings.items() if not value]
    if missing:
        raise ScenarioError(
            f"--executor dask:{address}: TLS needs certificates; set {' and '.join(missing)} to PEM files, or "
            "distributed.comm.tls in dask's configuration. docs/cluster.md shows how to make them."
        )
    try:
        security.get_connection_args("client")
    except OSError as error:  # faults inside the files too: ssl.SSLError is one
        raise ScenarioError(
            f"--executor dask:{address}: the certificates cannot be used ({error}). Check the files that "
            f"{', '.join(settings)} and DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY name."
        ) from error
    return security
