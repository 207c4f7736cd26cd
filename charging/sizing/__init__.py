"""How many piles where: the least that meets a target of service, the best of a budget, and which comes when.

Queueing formulas say where to begin, exchanges on common random numbers go on from there, and the answer is verified on
fresh random numbers.
"""

from __future__ import annotations

from charging.sizing.least import size_piles
from charging.sizing.pile_sites import MINIMISED, Sites, guns_for
from charging.sizing.search import SCREEN, SEARCH, Search
from charging.sizing.spending import spend

__all__ = ["MINIMISED", "SCREEN", "SEARCH", "Search", "Sites", "guns_for", "size_piles", "spend"]
