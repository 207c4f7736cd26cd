"""Where stations should stand: covering, p-median, p-centre and their kin as integer programmes, with bounds."""

from charging.siting.answer import Siting, UnreachableError
from charging.siting.centre import p_center
from charging.siting.covering import cover, max_cover
from charging.siting.equity import fair_median
from charging.siting.median import p_median

__all__ = ["Siting", "UnreachableError", "cover", "fair_median", "max_cover", "p_center", "p_median"]
