"""Duties of the county's operators for a run: planned once, of the county's tables, and kept in the cache folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from data.county import load_county
from data.edits import with_cells
from data.errors import warn_of
from data.memory.remembering import remembered
from experiments.runs.assumptions.stored_answers import stored
from experiments.runs.provenance import code_digest, digest, frame_digest
from fleet.operators.networks import DEPOT_LOADS, DUTIES, OPERATOR_FLEETS
from fleet.operators.operated_fleets import fleets_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County
    from experiments.scenario.model import Scenario

_OPERATORS = "operators."
"""What the keys of an operator's figures and rows begin with."""


def operator_tables(scenario: Scenario) -> dict[str, pl.DataFrame]:
    """Return duties and depot loads of the county's operators; no rows where it has none, or the scenario without them.

    An operator plans with what the county's tables say: of what a scenario edits only figures ``operators.*`` and rows
    of the table ``operators`` make other plans. All else, such as the use of the vehicles, moves what the plans take.

    Parameters
    ----------
    scenario
        County, year and edits.

    Returns
    -------
    dict of str to polars.DataFrame
        ``duties`` and ``depot_loads``, with the columns of the run tables.

    Warns
    -----
    UnusualWarning
        Operators whose work cannot be planned: their vehicles charge as all others of their class.
    """
    schemas = {"duties": DUTIES, "depot_loads": DEPOT_LOADS}
    county = load_county(scenario.county)
    if not (scenario.fleet.operators and county.has("operators")):
        return {name: schema.to_frame() for name, schema in schemas.items()}
    figures = {key: value for key, value in scenario.figures.items() if key.startswith(_OPERATORS)}
    cells = {key: value for key, value in scenario.tables.items() if f"{key}.".startswith(_OPERATORS)}
    county = with_cells(county.with_figures(figures), cells)
    year = scenario.year
    plans, lost = county.once(("duties", year), lambda: _plans(county, year, schemas))
    warn_of(county.name, lost)
    return plans


def _plans(county: County, year: int, schemas: Mapping[str, pl.Schema]) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """Return duties and depot loads, and whose work cannot be planned, from the store where they are there."""
    key = digest(county.digest, frame_digest(county.operators), str(year), code_digest())
    found = stored("duties", key, lambda: _planned(county, year))
    return _tables(found, schemas), found["lost"]


def _tables(
    found: Mapping[str, Any],  # as `_planned` returns it
    schemas: Mapping[str, pl.Schema],
) -> dict[str, pl.DataFrame]:
    """Return duties and depot loads as tables."""
    return {name: pl.DataFrame(found[name], schema=schema) for name, schema in schemas.items()}


def operators_fleets(
    scenario: Scenario, county: County, stock: pl.DataFrame, plans: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Return the operators with their fleets in the scenario's year; no rows where they are left out.

    Parameters
    ----------
    scenario, county, stock
        The scenario, its county as it edits it, and the vehicles by year.
    plans
        Tables ``duties`` and ``depot_loads``.
    """
    if not (scenario.fleet.operators and county.has("operators")):
        return pl.DataFrame(schema=OPERATOR_FLEETS)
    year, given = scenario.year, (stock, plans["duties"], plans["depot_loads"])
    return remembered(county, ("operator_fleets", year), lambda known: fleets_table(known, *given, year=year), of=given)


def _planned(county: County, year: int) -> dict[str, Any]:  # columns of any type, as the cache gives them
    """Return the plans as plain values, made anew."""
    # the models of blocks and routes are loaded where no cache has what they find
    from fleet.operators.duty_table import operator_plans  # noqa: PLC0415 - as above

    plans = operator_plans(county, year=year)
    tables = {"duties": plans.duties, "depot_loads": plans.loads}
    return {name: table.to_dict(as_series=False) for name, table in tables.items()} | {"lost": plans.lost}
