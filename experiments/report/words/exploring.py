"""Words of the explorer's page."""

from __future__ import annotations

from typing import Final

from experiments.report.sentences.story import _

TITLE: Final = _("Explore {scenario}")
ABOUT: Final = _(
    "The first replication of the run, simulated again with the compiled engine after each change. Waits and use are "
    "those of one draw of the demand: confirm what you keep with a run."
)
BUDGET: Final = _("{piles} of {most_piles} piles and {guns} of {most_guns} guns stand; {stored} piles in the store.")
YEAR: Final = _("Year")
TOWN: Final = _("Town")
ALL_TOWNS: Final = _("all towns")
ASSUMPTION: Final = _("Assumption")
AS_GIVEN: Final = _("as the run")
FROM: Final = _("From")
TO: Final = _("To")
PILES: Final = _("Piles")
MOVE: Final = _("Move")
UNDO: Final = _("Undo")
RESET: Final = _("Back to the run")
EXPORT: Final = _("Export the layout")
STORE: Final = _("the store")
GROUP: Final = _("{station}, {current} {kw:g} kW: {piles} piles")
MOVES: Final = _("Moves so far: {moves}")
ONE_MOVE: Final = _("{station} → {to}: {piles}")
TOOK: Final = _("Computed in {seconds:.2f} s.")
USE_IT: Final = _(
    "The exported file is a layout: the command of the run with --set charging.layout=./explored.csv runs it."
)
HEADS: Final = (_("measure"), _("the run"), _("now"), _("change"))
STATION_HEADS: Final = (
    _("station"),
    _("guns"),
    _("arrivals"),
    _("leave without a charge"),
    _("P95 of the wait, min"),
    _("guns in use, %"),
    _("peak, kW"),
)
"""Heads of the table of stations; a change stands behind each figure."""
