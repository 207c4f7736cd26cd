"""Another layout for a county: checked against its tables, then kept among its layouts."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Final

from data.county_folder.causes import causes_of
from data.errors import DataError
from data.tables.county_check import inspect_county

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def add_layout(folder: Path, file: Path, *, name: str | None = None) -> Path:
    """Copy a layout into a county; nothing is left behind where it does not fit.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the county.
    file : pathlib.Path
        CSV of a layout.
    name : str, optional
        Its name in the county; the file's where not given.

    Returns
    -------
    pathlib.Path
        Its file in the county.

    Raises
    ------
    DataError
        No such county or file, a name that is taken or no name, or a layout that does not fit the county; all faults of
        the layout are listed.
    """
    if not folder.is_dir():
        raise DataError(f"county {folder}: no such folder; expected one with a county's tables.")
    if not file.is_file():
        raise DataError(f"layout {file}: no such file; expected a CSV with one row per group of piles.")
    wanted = file.stem if name is None else name
    if not _NAME.fullmatch(wanted):
        raise DataError(f"layout {wanted!r}: expected letters, digits, hyphens, underscores and dots. Give --name.")
    target = folder / "layouts" / f"{wanted}.csv"
    if target.exists():
        raise DataError(f"layout {wanted}: {target} exists already. Choose another --name; nothing was changed.")
    known = inspect_county(folder)
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(file, target)
    # faults that the county had before are not the layout's
    faults = [fault for fault in inspect_county(folder).faults if fault not in known.faults]
    if faults:
        target.unlink()
        lines = "\n".join(f"  - {cause}" for cause in causes_of(faults))
        raise DataError(f"layout {file} does not fit {folder.name}:\n{lines}", faults=faults)
    return target
