"""What a case builds of its county before anything is simulated: read where an earlier run of the case has built it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from data.county import load_county
from experiments.runs.case import INPUTS
from experiments.runs.provenance import cells_digest, code_digest, digest, frame_digest
from experiments.runs.stored.stored_accounts import LABELS
from experiments.runs.stored.stored_frames import read_stored, write_stored

if TYPE_CHECKING:
    from experiments.runs.case import Case

KIND: Final = "inputs"
_LAYOUT: Final = "layout"
"""Input that a case always has."""


def with_stored_inputs(case: Case) -> Case:
    """Return a case with its ways, stock, duties and pull: kept ones, or built and kept now.

    They cost a third of a second, half of it for libraries that nothing else in a run needs. A case that was given some
    of them, or roads of its own, is returned as it is.

    Raises
    ------
    DataError, ScenarioError
        What is built cannot be; nothing is kept then.
    """
    if case.kept or case.given or case.scenario.roads is not None:
        return case
    scenario = case.scenario.model_dump_json(exclude={*LABELS, "replications"})
    # operators plan by the files of the county, whatever a scenario edits
    files = load_county(case.scenario.county).digest
    key = digest(code_digest(), scenario, files, cells_digest(case.county), frame_digest(case.layout))
    known = read_stored(KIND, key)
    if known is None:
        known = {name: frame for name, frame in case.inputs.items() if name in INPUTS and name != _LAYOUT}
        write_stored(KIND, key, known)
    return replace(case, kept=known)
