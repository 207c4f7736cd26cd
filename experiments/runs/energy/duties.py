"""Duties of the county's operators for a run: planned once, of the county's tables, and kept in the cache folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from data.county import load_county
from data.edits import with_cells
from data.errors import warn_of
from experiments.runs.assumptions.stored_answers import stored
from experiments.runs.provenance import code_digest, digest, frame_digest
from experiments.runs.tables import RUN_TABLES

if TYPE_CHECKING:
    from data.county import County
    from experiments.scenario.model import Scenario

_OPERATORS = "operators."
"""What the keys of an operator's figures and rows begin with."""


def planned_duties(scenario: Scenario) -> pl.DataFrame:
    """Return the duties of the county's operators; no rows where it has none, or the scenario leaves them out.

    An operator plans with what the county's tables say: of what a scenario edits only figures ``operators.*`` and rows
    of the table ``operators`` make other plans. All else, such as the use of the vehicles, moves what the plans take.

    Returns
    -------
    polars.DataFrame
        Columns of `fleet.operators.networks.DUTIES`.

    Warns
    -----
    UnusualWarning
        Operators whose work cannot be planned: their vehicles charge as all others of their class.
    """
    table = RUN_TABLES["duties"]
    county = load_county(scenario.county)
    if not (scenario.fleet.operators and county.has("operators")):
        return table.empty()
    figures = {key: value for key, value in scenario.figures.items() if key.startswith(_OPERATORS)}
    cells = {key: value for key, value in scenario.tables.items() if f"{key}.".startswith(_OPERATORS)}
    county = with_cells(county.with_figures(figures), cells)
    year = scenario.year
    key = digest(county.digest, frame_digest(county.operators), str(year), code_digest())
    found = county.once(("duties", year), lambda: stored("duties", key, lambda: _planned(county, year)))
    warn_of(county.name, found["lost"])
    return pl.DataFrame(found["columns"], schema=table.columns)


def _planned(county: County, year: int) -> dict[str, object]:
    """Return the duties as plain values, planned anew."""
    # the models of blocks and routes are loaded where no cache has what they find
    from fleet.operators.duty_table import duty_table  # noqa: PLC0415 - as above

    table, lost = duty_table(county, year=year)
    return {"columns": table.to_dict(as_series=False), "lost": lost}
