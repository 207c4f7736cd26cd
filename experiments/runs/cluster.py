"""Replications on a dask cluster: work goes to its workers as short texts, tables come back through shared files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RETRIES = 3
CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class Dask:
    """Computes pieces on the workers of a dask scheduler.

    The workers need this version of the toolkit and the run folder under the same path (one machine, or a shared
    file system). A worker that dies costs its pieces a retry on another one.

    Attributes
    ----------
    address : str
        ``host:port`` of the scheduler.
    """

    address: str

    def map(self, work: Callable[[str], str], items: Sequence[str]) -> Iterator[str]:
        """Yield the answer to each item as it comes.

        Raises
        ------
        ScenarioError
            No scheduler at the address, no workers there, or a piece whose workers died again and again.
        """
        from distributed import Client, as_completed  # noqa: PLC0415 - only where a cluster is used
        from distributed.client import FutureCancelledError  # noqa: PLC0415
        from distributed.scheduler import KilledWorker  # noqa: PLC0415

        try:
            client = Client(f"tcp://{self.address}", timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise ScenarioError(
                f"--executor dask:{self.address}: no scheduler answers there ({type(error).__name__}). "
                "Start one with `dask scheduler`, and workers with `dask worker`."
            ) from error
        with client:
            if not client.scheduler_info(n_workers=-1)["workers"]:
                raise ScenarioError(
                    f"--executor dask:{self.address}: the scheduler has no workers. Start some: "
                    f"`dask worker tcp://{self.address} --nthreads 1`."
                )
            futures = client.map(work, items, pure=False, retries=RETRIES)
            try:
                for future in as_completed(futures, loop=client.loop):
                    yield future.result()
            except (KilledWorker, FutureCancelledError) as error:
                raise ScenarioError(
                    f"--executor dask:{self.address}: workers died again and again. Finished replications are kept; "
                    "the same command goes on with them."
                ) from error
            finally:
                client.cancel(futures)


def dask_of(address: str) -> Dask:
    """Return the executor of an address.

    Raises
    ------
    ScenarioError
        Not ``host:port``, or the library is not installed.
    """
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdigit()):
        raise ScenarioError(f"--executor dask:{address}: expected dask:HOST:PORT, such as dask:127.0.0.1:8786.")
    try:
        import distributed  # noqa: F401, PLC0415 - only to see whether it is there
    except ImportError:
        raise ScenarioError(
            "--executor dask: dask.distributed is not installed. Install it: pip install 'xijiang[cluster]'."
        ) from None
    return Dask(address)
