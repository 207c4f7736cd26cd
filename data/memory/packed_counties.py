"""A county as files and back: its tables and layouts as they are in memory, edited or not."""

from __future__ import annotations

import functools
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from data.county import County
from data.county_folder.county_file import CountyFile
from data.storage import frame_bytes, frame_from

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

ABOUT = "county.json"
_TABLES, _LAYOUTS, _SUFFIX = "tables", "layouts", ".parquet"


def county_files(county: County) -> dict[str, bytes]:
    """Return a county as files: tables and layouts as they are now, edited or not, and what else it consists of.

    Returns
    -------
    dict of str to bytes
        ``county.json``, ``tables/<name>.parquet``, ``layouts/<name>.parquet``.
    """
    about = {
        "name": county.name,
        "files_digest": county.files_digest,
        "overrides": dict(county.overrides),
        "about": asdict(county.about),
    }
    files = {ABOUT: json.dumps(about, indent=2, sort_keys=True).encode()}
    # most scenarios of a county edit a table or two: those of the next one are packed already
    for name in county.tables:
        pack = functools.partial(frame_bytes, county.tables[name])
        files[f"{_TABLES}/{name}{_SUFFIX}"] = county.once_of((name,), ("packed", name), pack)
    return files | {f"{_LAYOUTS}/{name}{_SUFFIX}": frame_bytes(frame) for name, frame in county.layouts.items()}


def county_from(files: Mapping[str, bytes], *, path: Path) -> County:
    """Return the county that `county_files` packed.

    Parameters
    ----------
    files : mapping of str to bytes
        The files by name.
    path : pathlib.Path
        Folder that they lie in.

    Raises
    ------
    DataError
        If a file is damaged.
    """
    about = json.loads(files[ABOUT])
    frames: dict[str, dict[str, pl.DataFrame]] = {_TABLES: {}, _LAYOUTS: {}}
    for name, content in files.items():
        folder, _, rest = name.partition("/")
        if folder in frames:
            frames[folder][rest.removesuffix(_SUFFIX)] = frame_from(content)
    return County(
        name=about["name"],
        path=path,
        tables=frames[_TABLES],
        layouts=frames[_LAYOUTS],
        files_digest=about["files_digest"],
        overrides=about["overrides"],
        about=_county_file(about.get("about", {})),
    )


def _county_file(about: Mapping[str, Any]) -> CountyFile:
    """Return what a county says of itself, from JSON, which knows lists alone."""
    found = CountyFile(**about)
    modules = None if found.modules is None else tuple(found.modules)
    return replace(found, modules=modules, next_commands=tuple(found.next_commands))
