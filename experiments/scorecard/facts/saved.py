"""What a scenario saves against its counterfactual, as facts of the targets of carbon and petroleum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from experiments.scenario.model import Scenario
from experiments.scorecard.answer import Fact

if TYPE_CHECKING:
    from experiments.scorecard.evidence import Evidence

SAVINGS: Final = {
    "year": pl.Int64,
    "part": pl.String,
    "measure": pl.String,
    **dict.fromkeys(("a_tco2", "b_tco2", "c_tco2e", "petroleum_t"), pl.Float64),
    **dict.fromkeys(("cny_per_tco2", "cny_per_tco2_low", "cny_per_tco2_high"), pl.Float64),
}
"""Columns of what is saved: without less with, t a year; costs per tonne of series b, where they are known, and the
range of the prices behind them.

`part` is ``land`` (the county's vehicles, and freight that moves off the road) or ``ships`` (the corridor).
"""
LAND: Final = "land"
SHIPS: Final = "ships"
GROUPS: Final = ("cars", "trucks", "two_wheelers", "public_vehicles")
"""Measures: the powers of new vehicles of a group."""
SHIP_ENERGY: Final = "ship_energy"
"""Measure: what ships burn."""
FREIGHT_SHIFT: Final = "freight_shift"
"""Measure: freight that moves to river and rail."""
TOGETHER: Final = "together"
"""Measure: all of them; the others add up to it."""


def saving_facts(evidence: Evidence, part: str) -> list[Fact]:
    """Return what each measure saves in the scenario's year in a part of the accounts; nothing without counterfactual.

    The key of ``saved_against`` is the title of the counterfactual; keys of the others are measures.
    """
    table = evidence.tables.get("savings")
    year = evidence.scenario.year
    rows = None if table is None else table.filter(part=part, year=year)
    if rows is None or not rows.height:
        return []
    # its title, so that a report that is made later names it whatever became of the file
    other = Scenario.load(str(evidence.scenario.counterfactual))
    facts = [Fact("saved_against", float(year), "year", other.title or other.name)]
    for row in rows.iter_rows(named=True):
        measure = row["measure"]
        facts += [
            Fact("saved_tco2", row["b_tco2"], "t/year", measure),
            Fact("saved_petroleum_t", row["petroleum_t"], "t/year", measure),
        ]
        if row["cny_per_tco2"] is not None:
            cost, low, high = (row[f"cny_per_tco2{end}"] for end in ("", "_low", "_high"))
            facts.append(Fact("saved_cny_per_tco2", cost, "CNY/t", measure, low, high))
    return facts
