"""What an answer to a target consists of: criteria with verdicts, facts, and the assumptions behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from experiments.statistics.estimates import Estimate, decide

if TYPE_CHECKING:
    from collections.abc import Sequence


class Verdict(StrEnum):
    """What a run says of a target."""

    MET = "met"
    """The whole interval keeps the limit."""
    MISSED = "missed"
    """The whole interval breaks the limit."""
    LATE = "late"
    """Met, but after the target's year."""
    ON_COURSE = "on course"
    """The target's year is ahead, and the way there leads to it."""
    OFF_COURSE = "off course"
    """The target's year is ahead, and the way there does not lead to it."""
    REPORTED = "reported"
    """The plan names no figure: the value stands for itself."""
    GIVEN = "given"
    """The value is an input of the run, not a result."""
    OPEN = "open"
    """The run does not decide; the reason says why."""


class Reason(StrEnum):
    """Why a criterion is open."""

    NEEDS_REPLICATIONS = "needs replications"
    """The interval over replications spans the limit, or there are too few replications for one."""
    RANGE_SPANS_LIMIT = "range spans the limit"
    """The assumptions within their ranges give values on both sides of the limit."""
    SERIES_DISAGREE = "series disagree"
    """The series of the carbon accounts, or the paths to the year, do not agree on the limit."""
    AT_LIMIT = "at the limit"
    """The simulation holds the value at the limit: it cannot pass it, and so proves nothing."""
    LEFT_OUT = "left out"
    """The scenario does not simulate what the target asks for."""
    NO_DATA = "no data"
    """The county's tables do not hold what the answer needs, or nothing was observed."""
    NO_MODEL = "no model"
    """No model of this version answers the metric."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """A figure beside its limit.

    Attributes
    ----------
    name : str
        The metric itself for the first criterion of an answer.
    estimate : Estimate
        Value and interval.
    unit : str or None
        Unit of value and limit.
    comparator : str
        ``>=``, ``<=``, ``==`` or ``none``.
    limit : float or None
        None where the plan names no figure.
    verdict : Verdict
        Of this criterion alone.
    reason : Reason or None
        Why it is open.
    decides : bool
        Whether the verdict of the target is that of this criterion.
    p_met : float or None
        Probability that the limit is kept, where the value has a distribution.
    """

    name: str
    estimate: Estimate
    unit: str | None
    comparator: str
    limit: float | None
    verdict: Verdict
    reason: Reason | None = None
    decides: bool = False
    p_met: float | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A named figure behind an answer.

    Attributes
    ----------
    name : str
        What it is; the same for all keys.
    value : float or None
        None where the fact is that there is no such value.
    unit : str or None
        Unit of value and interval.
    key : str or None
        What it belongs to, such as a town, a station or a path.
    low, high : float or None
        Its interval.
    """

    name: str
    value: float | None
    unit: str | None
    key: str | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Assumption:
    """Assumed rows of a table that an answer rests on.

    Attributes
    ----------
    table : str
        Table of the county, or ``layout``.
    rows, of_rows : int
        Rows that are assumptions, and rows in all.
    figure : str or None
        Key of the row in the table of figures.
    """

    table: str
    rows: int
    of_rows: int
    figure: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a target.

    Attributes
    ----------
    criteria : tuple of Criterion
        The metric itself first; one of them decides.
    facts : tuple of Fact
        What stands behind the value.
    rests_on : tuple of Assumption
        Tables and figures behind it that are assumptions.
    """

    criteria: tuple[Criterion, ...]
    facts: tuple[Fact, ...] = ()
    rests_on: tuple[Assumption, ...] = ()


def judged(
    name: str,
    estimate: Estimate,
    *,
    unit: str | None,
    comparator: str,
    limit: float | None,
    withheld: Reason | None = None,
) -> Criterion:
    """Return a criterion whose verdict follows from the estimate and its limit.

    Parameters
    ----------
    name, estimate, unit, comparator, limit
        As in `Criterion`.
    withheld : Reason, optional
        Why the verdict stays open, whatever the comparison says.
    """
    unlimited = limit is None or comparator == "none"
    if estimate.value is None:
        verdict, reason = Verdict.OPEN, withheld or Reason.NO_DATA
    elif unlimited:
        verdict, reason = Verdict.REPORTED, None
    elif withheld is not None:
        verdict, reason = Verdict.OPEN, withheld
    else:
        verdict, reason = _compared(estimate, comparator, limit)
    return Criterion(name, estimate, unit, comparator, None if unlimited else limit, verdict, reason)


def _compared(estimate: Estimate, comparator: str, limit: float | None) -> tuple[Verdict, Reason | None]:
    """Return verdict and reason of an estimate beside a limit."""
    keeps = decide(estimate, comparator, limit)
    if keeps is None:
        # assumptions span it, or chance does: only the second is cured by more replications
        return Verdict.OPEN, Reason.RANGE_SPANS_LIMIT if estimate.assumed else Reason.NEEDS_REPLICATIONS
    return (Verdict.MET if keeps else Verdict.MISSED), None


_WORST_FIRST = (Verdict.MISSED, Verdict.OPEN)


def deciding(criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    """Return criteria that must all hold, with the one marked that decides.

    The first that is missed decides; without one the first that is open; where all are met, the first of all.
    """
    which = 0
    for verdict in _WORST_FIRST:
        rows = [row for row, criterion in enumerate(criteria) if criterion.verdict == verdict]
        if rows:
            which = rows[0]
            break
    return tuple(replace(criterion, decides=row == which) for row, criterion in enumerate(criteria))
