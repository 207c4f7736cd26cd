"""How chargers are sized, besides target and budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from data.errors import ScenarioError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

LATE: Final = "late"
"""What a budget is spent for: the share of requests that are not served in time is least."""
MINIMISED: Final = ("guns", "piles", "cost", LATE)


@dataclass(frozen=True, slots=True)
class Choices:
    """How chargers are sized, besides target and budget.

    Attributes
    ----------
    minimise : str
        ``guns``, ``piles``, ``cost``; or ``late``: the whole budget is spent, for the fewest not served in time.
    holidays : bool
        Whether weeks of the county's holidays count, for their days of the year.
    years : tuple of int
        Years that count alike instead of the scenario's.
    layouts : tuple of str
        Choose among these instead.
    points : int
        Points of the assumptions' ranges at which the answer is looked at; 0 for none.
    """

    minimise: str = "guns"
    holidays: bool = False
    years: tuple[int, ...] = ()
    layouts: tuple[str, ...] = ()
    points: int = 0

    def check(self, budget: Mapping[str, int]) -> None:
        """Validate the choices.

        Raises
        ------
        ScenarioError
            A quantity that nothing is the least of, or no budget where it is to be spent.
        """
        if self.minimise not in MINIMISED:
            hint = nearest(self.minimise, MINIMISED)
            raise ScenarioError(f"--minimise {self.minimise}: not known.{hint} Known: {', '.join(MINIMISED)}.")
        if self.points < 0:
            raise ScenarioError(f"--points {self.points}: expected at least 0.")
        if self.minimise == LATE and not budget:
            raise ScenarioError(
                "--minimise late: got no budget; expected what to spend, as --budget piles=320,guns=450."
            )
