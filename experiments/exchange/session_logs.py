"""Session logs in: from a file to the requests, ways and layout that replay it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from data.county import list_counties
from data.errors import DataError, nearest
from data.imports.column_map import ColumnMap
from data.imports.sessions.cleaning import PowerLimits, cleaned
from data.imports.sessions.session_formats import read_sessions
from data.imports.sessions.session_log import NAMES, SessionLog
from data.imports.sessions.session_requests import Efficiencies, Replay, replay
from data.imports.source_file import SourceFile, left_out_table
from data.storage import write_whole
from experiments.formatting import defused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from data.county import County

_LONGEST_DAYS: Final = 366
"""Days that a scenario may have."""


@dataclass(frozen=True)
class ImportedSessions:
    """A log as read and cleaned, and what replays it."""

    log: SessionLog
    replay: Replay

    @property
    def days(self) -> int:
        """Days from the first to the last departure."""
        return 1 + int(float(self.log.sessions["end_min"].to_numpy().max()) // 1440.0)


def load_log(
    county: County,
    path: Path,
    *,
    column_map: Path | None = None,
    form: str | None = None,
    pile_kw: float | None = None,
) -> SessionLog:
    """Return the sessions of a log, cleaned.

    Parameters
    ----------
    county
        Its figures ``import.*`` bound what a session can be.
    path
        ACN-Data, or a table or list of records with start, end and energy.
    column_map
        TOML file that says which column is which; see `data.imports.column_map.ColumnMap`.
    form
        Format; None recognises it.
    pile_kw
        Rating of piles whose rows state none, kW.

    Raises
    ------
    DataError
        If the file cannot be read, or no row of it is usable.
    """
    given = ColumnMap.load(column_map, NAMES)
    log = cleaned(read_sessions(SourceFile(path), given, form), PowerLimits.from_county(county, pile_kw))
    if not log.sessions.height:
        reasons = "; ".join(f"{one.where}: {one.reason}" for one in log.left_out[:5])
        raise DataError(f"{path}: no session of the log is usable. {reasons}")
    return log


def import_sessions(
    county: County,
    path: Path,
    *,
    column_map: Path | None = None,
    form: str | None = None,
    town: str | None = None,
    pile_kw: float | None = None,
    connection_kw: float | None = None,
) -> ImportedSessions:
    """Return a log as inputs of a run; see `load_log` and `data.imports.sessions.session_requests.replay`.

    Parameters
    ----------
    county, path, column_map, form, pile_kw
        As for `load_log`.
    town
        Town of the stations; None takes the county's seat.
    connection_kw
        Connection of every site, kW; None where it never binds.

    Raises
    ------
    DataError
        As `load_log`, or if the county has no such town.
    """
    log = load_log(county, path, column_map=column_map, form=form, pile_kw=pile_kw)
    towns = county.towns["town"].to_list()
    if town is not None and town not in towns:
        raise DataError(f"{county.name} has no town {town!r}.{nearest(town, towns)} Towns: {', '.join(towns)}.")
    seats = county.towns.filter(kind="seat")["town"].to_list()
    place = town or (seats or towns)[0]
    efficiencies = Efficiencies.from_county(county)
    return ImportedSessions(
        log, replay(log, efficiencies, town=place, pile_kw=pile_kw, connection_kw=connection_kw)
    )  # fmt: skip


def write_import(found: ImportedSessions, county: County, out: Path) -> dict[str, Path]:
    """Write requests, ways, layout, what was left out, and a scenario that replays the log; return the files by name.

    Parameters
    ----------
    found
        What was imported.
    county
        The county that the scenario names.
    out
        File of the requests; the others stand beside it.
    """
    frames: dict[str, pl.DataFrame] = {
        "left-out": left_out_table(found.log.left_out),
        "travel": found.replay.travel,
        "layout": found.replay.layout,
    }
    stem = out.stem.removesuffix("-requests")
    files = {name: out.with_name(f"{stem}-{name}.csv") for name in frames} | {"requests": out}
    out.parent.mkdir(parents=True, exist_ok=True)
    # the requests last: where they stand, the rest is there too
    for name, frame in (*frames.items(), ("requests", found.replay.requests)):
        write_whole(files[name], defused(frame).write_csv().encode())
    scenario = out.with_name(f"{stem}-replay.toml")
    write_whole(scenario, _scenario(found, county, stem, files).encode())
    return {**files, "scenario": scenario}


def _scenario(found: ImportedSessions, county: County, stem: str, files: Mapping[str, Path]) -> str:
    """Return a scenario that replays a log: its first day is minute 0, and piles do not fail."""
    day = found.log.first_day
    name = re.sub(r"[^A-Za-z0-9._-]", "-", f"replay-{stem}")[:60].rstrip(".")
    place = county.name if county.name in list_counties() else county.path.resolve().as_posix()
    lines = [
        f'name = "{name}"',
        f"county = {json.dumps(place, ensure_ascii=False)}",
        f"year = {day.year}",
        f"start = {day}",
        f"days = {min(found.days, _LONGEST_DAYS)}",
        "replications = 1",
        "",
        "[charging]",
        "outages = false",
        # beside the scenario: a folder may be moved as a whole
        *(
            f"{key} = {json.dumps(f'./{files[key].name}', ensure_ascii=False)}"
            for key in ("requests", "travel", "layout")
        ),
    ]
    return "\n".join(lines) + "\n"
