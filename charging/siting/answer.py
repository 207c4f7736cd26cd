"""What siting answers: sites, objective, how far it may be from the best, and who cannot be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from data.errors import InfeasibleError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAME: Final = 1e-7
"""Relative difference of objective and bound up to which they are one: the solver's tolerance is 1e-7 as well."""


class UnreachableError(InfeasibleError):
    """Some places cannot be reached from any site that is allowed.

    Attributes
    ----------
    places : list of int
        All of them, rows of the matrix, rising.
    """

    def __init__(self, problem: str, places: Sequence[int], why: str) -> None:
        self.places = list(places)
        if len(self.places) == 1:
            text = f"place {self.places[0]} is {why}"
        else:
            text = f"{len(self.places)} places are {why}: {', '.join(map(str, self.places))}"
        super().__init__(f"{problem}: {text}. Allow other sites, or leave these places out (leave_out=True).")


@dataclass(frozen=True, slots=True)
class Siting:
    """Chosen sites, and how good the choice is; unpacks as ``sites, objective``.

    Attributes
    ----------
    sites : list of int
        Chosen sites (columns of the matrix, rising), the fixed ones among them.
    objective : float
        Value of the choice in the unit of the problem, computed from the sites.
    bound : float
        What no choice can pass: from below where the objective is least, from above where it is greatest.
    unreachable : list of int
        Places (rows, rising) that no allowed site reaches.
    assigned : list of int or None
        Site that serves each place; None where none does.
    """

    sites: list[int]
    objective: float
    bound: float
    unreachable: list[int]
    assigned: list[int | None]

    def __iter__(self) -> Iterator[list[int] | float]:
        """Unpack as ``sites, objective``."""
        yield self.sites
        yield self.objective

    @property
    def gap(self) -> float:
        """Distance of objective and bound as a share of the objective; 0 where the choice is proved the best."""
        apart = abs(self.objective - self.bound)
        if apart <= SAME * max(1.0, abs(self.objective)):
            return 0.0
        return apart / abs(self.objective) if self.objective else float("inf")

    @property
    def proved(self) -> bool:
        """Whether no choice is better."""
        return self.gap == 0.0
