"""A replication of a point of a design, with river and shared e-bikes of an earlier point where they are the same.

Points edit a figure or two, and what changes the demand for charging seldom changes what sails or rides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from data.memory.remembering import remembered
from experiments.runs.replicate import child_seed, ebikes, ordered_tables, port_calls, stations_alone
from experiments.runs.stored.stored_accounts import LABELS

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from data.county import County
    from experiments.runs.case import Case

    Part = TypeVar("Part")

SIMULATE_POINT: Final = f"{__name__}:simulate_point"
"""The simulator of points, as `experiments.runs.execute.run` takes it."""
STATIONS: Final = ("sessions", "load", "stations", "grid")
"""Tables of the stations on which answers and measures rest."""


def simulate_point(case: Case, replication: int) -> dict[str, pl.DataFrame]:
    """Simulate one replication: those tables of `experiments.runs.replicate.simulate_once` on which answers rest.

    Formulas beside the simulation, its accounts and other ways to charge take half of a replication, and a design asks
    for nothing that they say. Their tables are left out rather than empty: who asks for one all the same is told so.
    """
    seed = child_seed(case.scenario.seed, replication)
    stations = stations_alone(case, seed, STATIONS)
    river = _as_before("river", port_calls, case, seed)
    return ordered_tables({**stations, **river, "ebikes": _as_before("ebikes", ebikes, case, seed)}, replication)


def _as_before(name: str, simulate: Callable[[Case, int], Part], case: Case, seed: int) -> Part:
    """Return a part of a replication: from memory where all that it looks at is as it was."""
    # what a scenario sets of figures and tables is in its county, and the part is given no other way to it
    asked = case.scenario.model_copy(update={"figures": {}, "tables": {}})

    def build(county: County) -> Part:
        return simulate(replace(case, scenario=asked, county=county, kept={}), seed)

    return remembered(case.county, (name, seed, asked.model_dump_json(exclude=set(LABELS))), build)
