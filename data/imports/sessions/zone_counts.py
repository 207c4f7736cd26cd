"""Counts of busy piles by zone, as ST-EVCDP and UrbanEV publish them: recognised, and refused as a log of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from data.errors import DataError
from data.imports.column_map import number
from data.imports.source_file import LINE

if TYPE_CHECKING:
    from data.imports.column_map import ColumnMap
    from data.imports.source_file import SourceFile

_FEWEST_ZONES = 5


def recognises(file: SourceFile) -> bool:
    """Return whether all columns but the first are numbered zones."""
    if file.is_json:
        return False
    names = [name for name in file.table.columns if name != LINE][1:]
    return len(names) >= _FEWEST_ZONES and all(number(name) is not None for name in names)


def read(file: SourceFile, _: ColumnMap) -> NoReturn:
    """Say why no sessions can be read.

    Raises
    ------
    DataError
        Always: counts of zones do not say who came and went.
    """
    raise DataError(
        f"{file.path}: these are counts of zones by time (as occupancy.csv of ST-EVCDP), not sessions: nothing can be "
        "replayed. Its stations.csv goes in with `xijiang import stations`; docs/validation.md compares its occupancy."
    )
