"""Parts of the county that a run is about: what is left out of county or scenario is left out of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from experiments.scenario.county import parts_in

if TYPE_CHECKING:
    from experiments.runs.tables import Run

_NEEDS: Final = {
    "River": ("river",),
    "swapping_apart": ("swap",),
    "through_without_areas": ("through_traffic",),
    "through_cars_alone": ("through_traffic",),
    "junctions_alone": ("signals",),
    "draws_without_shift": ("river", "rail"),
}
"""Subjects and keys of limits that are about parts: one of them must be there."""


def parts_of(run: Run) -> frozenset[str]:
    """Return the parts that county and scenario both have, as `data.schemas.catalogue.MODULES` names them."""
    return parts_in(run.scenario, run.county)


def concerns(subject: str, parts: frozenset[str]) -> bool:
    """Return whether a subject, or a limit by its key, is about anything in these parts."""
    return subject not in _NEEDS or any(part in parts for part in _NEEDS[subject])
