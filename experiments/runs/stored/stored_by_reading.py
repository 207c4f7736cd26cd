"""Tables of a county that are kept by what they were computed of: by the tables and figures that were looked at.

A scenario edits a figure or two, and a planner a row of a table, while what takes seconds to compute rests on a few
dozen of them. Nobody declares which: the county that a computation gets notes what it is asked for.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from data.kept.kept_files import read_kept, store, write_kept
from data.memory.remembering import Seen, WatchedCounty
from experiments.runs.provenance import code_digest, digest, frame_digest, table_digest
from experiments.runs.stored.stored_frames import read_stored, write_stored

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from data.county import County

_KEPT: Final = 16
"""Results that are known per county and key, the last ones that were computed."""


def stored_by_reading(
    kind: str, key: str, county: County, build: Callable[[County], dict[str, pl.DataFrame]]
) -> dict[str, pl.DataFrame]:
    """Return tables that are computed of a county, from the cache folder where all that they rest on is as it was.

    Parameters
    ----------
    kind : str
        Folder of the store, one per kind of tables.
    key : str
        All that decides them beside the county.
    county : data.County
        The county.
    build : callable
        Computes them of the county that it is given, and of nothing else that may differ under the same key. Figures
        count by their values and ends, not by what is said of them, such as their confidence.
    """
    # layouts, and what the county file says, nobody watches
    layouts = [f"{name} {frame_digest(frame)}" for name, frame in sorted(county.layouts.items())]
    same = digest(code_digest(), key, county.name, repr(county.about), *layouts)
    file = store() / kind / f"{same}.json"
    known: list[dict[str, Any]] = json.loads(read_kept(file) or "[]")
    for entry in known:
        found = read_stored(kind, entry["tables"]) if _is_as_read(county, entry["read"]) else None
        if found is not None:
            return found
    seen = Seen()
    tables = build(WatchedCounty.over(county, seen))
    read = _content(county, seen)
    name = digest(same, json.dumps(read, sort_keys=True))
    write_stored(kind, name, tables)
    others = [entry for entry in known if entry["tables"] != name]
    write_kept(file, json.dumps([{"read": read, "tables": name}, *others[: _KEPT - 1]]).encode())
    return tables


def _content(county: County, seen: Seen) -> dict[str, Any]:
    """Return what was read as plain values."""
    return {
        "tables": {name: table_digest(county, name) for name in seen.tables},
        "figures": {key: list(ends) for key, ends in seen.figures.items()},
        "keys": [digest(*keys) for keys in seen.keys],
    }


def _is_as_read(county: County, read: dict[str, Any]) -> bool:
    """Return whether a county has what was read."""
    return (
        all(county.has_figure(key) and list(county.figure_range(key)) == ends for key, ends in read["figures"].items())
        and all(digest(*county.figure_keys) == keys for keys in read["keys"])
        and all(name in county.tables and table_digest(county, name) == cells for name, cells in read["tables"].items())
    )
