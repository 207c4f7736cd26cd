"""Column maps: which column of a foreign table is which of ours, from a TOML file or from well-known names."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from data.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_PARTS = ("columns", "values", "factors")
_DC, _AC = re.compile(r"\bdc\b|直流|direct"), re.compile(r"\bac\b|交流|alternating")
_DC_WORDS, _AC_WORDS = re.compile(r"fast|rapid|快|schnell"), re.compile(r"slow|normal|慢")
_NOISE = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class ColumnMap:
    """How a foreign table is read.

    Attributes
    ----------
    columns : mapping of str to str
        Column of the file, by our name.
    values : mapping of str to str
        Values that hold for all rows, by our name.
    factors : mapping of str to float
        What a number is multiplied by to be in our unit (0.001 for a column in W or Wh), by our name.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path | None, known: Iterable[str]) -> ColumnMap:
        """Return the map of a TOML file with the parts ``[columns]``, ``[values]`` and ``[factors]``; None is empty.

        Raises
        ------
        DataError
            If the file cannot be read, or names a part or column that is not known.
        """
        if path is None:
            return cls()
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: this is no column map in TOML ({error}). Expected parts {_PARTS}.") from error
        names = sorted(known)
        faults = [f"- unknown part [{part}].{nearest(part, _PARTS)}" for part in content if part not in _PARTS]
        for part in _PARTS:
            given = content.get(part, {})
            if not isinstance(given, dict):
                faults.append(f"- {part}: expected a table of names.")
                continue
            faults += [
                f"- [{part}] unknown name {name!r}.{nearest(name, names)}" for name in given if name not in names
            ]
        factors = content.get("factors", {})
        if isinstance(factors, dict):
            faults += [
                f"- [factors] {name}: got {value!r}; expected a number."
                for name, value in factors.items()
                if isinstance(value, bool) or not isinstance(value, int | float)
            ]
        if faults:
            raise DataError(f"{path}: faults of the column map. Known names: {', '.join(names)}.\n" + "\n".join(faults))
        return cls(
            {name: str(column) for name, column in content.get("columns", {}).items()},
            {name: str(value) for name, value in content.get("values", {}).items()},
            {name: float(factor) for name, factor in factors.items()},
        )


def renamed(
    table: pl.DataFrame, given: ColumnMap, aliases: Mapping[str, tuple[str, ...]], *, file: Path
) -> pl.DataFrame:
    """Return a table of text with our names; columns that are not known are left out.

    Names of the map go first, then our own names, then the aliases, without regard to case and punctuation.

    Parameters
    ----------
    table
        Columns of text under the file's names.
    given
        The user's map.
    aliases
        Well-known names of others, by our name.
    file
        For messages.

    Raises
    ------
    DataError
        If the map names a column that the file does not have.
    """
    lost = [(name, column) for name, column in given.columns.items() if column not in table.columns]
    if lost:
        lines = [f"- {name}: no column {column!r}.{nearest(column, table.columns)}" for name, column in lost]
        raise DataError(
            f"{file}: the column map does not fit. Columns: {', '.join(table.columns)}.\n" + "\n".join(lines)
        )
    by_plain = {plain(column): column for column in reversed(table.columns)}
    used = dict(given.columns)
    for name, others in aliases.items():
        found = [by_plain[plain(one)] for one in (name, *others) if plain(one) in by_plain]
        if name not in used and name not in given.values and found:
            # a column without a cell says nothing: the next name may
            used[name] = next((column for column in found if table[column].null_count() < table.height), found[0])
    constants = {name: pl.lit(value) for name, value in given.values.items()}
    return table.select(**{name: pl.col(column) for name, column in used.items()}, **constants)


def plain(name: str) -> str:
    """Return a name without case and punctuation: ``Start Time (UTC)`` and ``start_time_utc`` are one."""
    return _NOISE.sub("", name).casefold()


def number(text: str | None, factor: float = 1.0) -> float | None:
    """Return the number of a cell such as ``7.2``, ``22 kW`` or ``11000 W``; None where there is none.

    W, Wh and MW, MWh are turned into kW and kWh.
    """
    found = re.fullmatch(r"\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([a-zA-Z]*)\s*", text or "")
    if found is None:
        return None
    scale = {"w": 0.001, "wh": 0.001, "va": 0.001, "mw": 1000.0, "mwh": 1000.0}.get(found[2].lower(), 1.0)
    return float(found[1]) * scale * factor


def current_of(text: str | None) -> str | None:
    """Return ``dc`` or ``ac`` for words such as ``DC``, ``直流`` or ``fast``; None for others."""
    plain = (text or "").casefold()
    for words, current in ((_DC, "dc"), (_AC, "ac"), (_DC_WORDS, "dc"), (_AC_WORDS, "ac")):
        if words.search(plain):
            return current
    return None
