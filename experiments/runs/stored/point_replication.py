"""A replication of a point of a design, with river and shared e-bikes of an earlier point where they are the same.

Points edit a figure or two, and what changes the demand for charging seldom changes what sails or rides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from data.memory.remembering import remembered
from experiments.runs.replicate import charging_tables, child_seed, ebikes, ordered_tables, simulate_shipping
from experiments.runs.stored.stored_accounts import LABELS

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from data.county import County
    from experiments.runs.case import Case

    Part = TypeVar("Part")

SIMULATE_POINT: Final = f"{__name__}:simulate_point"
"""The simulator of points, as `experiments.runs.execute.run` takes it."""


def simulate_point(case: Case, replication: int) -> dict[str, pl.DataFrame]:
    """Simulate one replication; see `experiments.runs.replicate.simulate_once`, whose tables these are."""
    seed = child_seed(case.scenario.seed, replication)
    river = _as_before("river", simulate_shipping, case, seed)
    return ordered_tables(
        {**charging_tables(case, seed), **river, "ebikes": _as_before("ebikes", ebikes, case, seed)}, replication
    )


def _as_before(name: str, simulate: Callable[[Case, int], Part], case: Case, seed: int) -> Part:
    """Return a part of a replication: from memory where all that it looks at is as it was."""
    # what a scenario sets of figures and tables is in its county, and the part is given no other way to it
    asked = case.scenario.model_copy(update={"figures": {}, "tables": {}})

    def build(county: County) -> Part:
        return simulate(replace(case, scenario=asked, county=county, kept={}), seed)

    return remembered(case.county, (name, seed, asked.model_dump_json(exclude=set(LABELS))), build)
