"""What sizes were found to give, kept on disk: a sizing that was stopped goes on with them."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, cast

from data.goals import Service, Shown
from data.storage import read_sealed, write_sealed
from experiments.runs.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Evaluations:
    """Evaluations of designs. A search is deterministic: run again, it asks for the same ones and finds them here.

    Attributes
    ----------
    folder : pathlib.Path or None
        Where they are kept, one file each; None keeps nothing.
    key : str
        Hash of all that decides them besides the design: scenario, county, seed, replications, code.
    """

    folder: Path | None = None
    key: str = ""

    def of(self, part: str) -> Evaluations:
        """Return the evaluations of a part of the sizing, such as a year, that are kept apart from those of others."""
        return Evaluations(self.folder, digest(self.key, part))

    def service(self, design: str, evaluate: Callable[[], Service]) -> Service:
        """Return the service of a design: the kept one, or else what `evaluate` finds, which is kept then.

        Parameters
        ----------
        design : str
            Text that tells the design, its random numbers and its measures from all others.
        evaluate : callable
            Simulates the design.
        """
        return _service(self._once(f"service {design}", lambda: _plain(evaluate())))

    def values(self, design: str, evaluate: Callable[[], list[float]]) -> list[float]:
        """Return a value per replication, as `service` does."""
        return cast("list[float]", self._once(f"values {design}", lambda: {"values": evaluate()})["values"])

    def _once(self, name: str, evaluate: Callable[[], Mapping[str, object]]) -> Mapping[str, object]:
        """Return what a file holds, or what is computed and written to it."""
        if self.folder is None:
            return evaluate()
        file = self.folder / f"{digest(self.key, name)}.json"
        # damaged or edited: as good as none
        known = read_sealed(file)
        if known is not None:
            return known
        found = evaluate()
        # another sizing that kept its evaluations here may have finished, and taken the folder along
        self.folder.mkdir(parents=True, exist_ok=True)
        write_sealed(file, found)
        return found


NOTHING_KEPT = Evaluations()
"""Evaluations that are simulated each time."""


def _plain(service: Service) -> dict[str, object]:
    """Return a service as JSON holds it."""
    measures = {name: list(astuple(shown)) for name, shown in service.measures.items()}
    # pairs: JSON sorts the keys of an object, and ties between sites go by their order
    return {"measures": list(measures.items()), "trouble": [list(pair) for pair in service.trouble.items()]}


def _service(plain: Mapping[str, object]) -> Service:
    """Return the service that `_plain` made plain."""
    measures = cast("list[tuple[str, tuple[float | None, float | None, float | None]]]", plain["measures"])
    trouble = dict(cast("list[tuple[str, float]]", plain["trouble"]))
    return Service({name: Shown(*ends) for name, ends in measures}, trouble)
