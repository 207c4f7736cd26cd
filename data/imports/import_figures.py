"""Figures that imports take where a file says nothing: those of the county, or of the built-in county."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data.county import load_county

if TYPE_CHECKING:
    from data.county import County

BUILT_IN: Final = "deqing"
"""Its figures ``import.*`` stand in for those that another county does not state: they are not about a place."""


def import_figure(county: County, name: str) -> float:
    """Return the figure ``import.<name>`` of a county.

    Raises
    ------
    DataError
        If there is no such figure in the built-in county either.
    """
    key = f"import.{name}"
    stated = key in county.figures["key"]
    return (county if stated else load_county(BUILT_IN)).figure(key)
