"""A county: its tables and layouts, checked, with a digest of their files."""

from __future__ import annotations

import functools
import hashlib
import math
from collections import OrderedDict
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import polars as pl

from data.county_folder.county_file import CountyFile, read_county_file
from data.errors import DataError, nearest, warn_of
from data.kept.checked_counties import CheckedTables, checked_key, read_checked, write_checked
from data.schemas.catalogue import MODULES, module_name
from data.storage import content_of, files_below
from data.tables.county_check import inspect_county
from data.tables.plausible import impossible

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

Built = TypeVar("Built")
KEPT_BUILT = 1024
"""Things built of tables that a county and those made of it keep: a run builds about 180, a point of a sample 18 more,
and a process that has answered its part of the points comes back to the run."""
KEPT_COUNTIES = 4
"""Counties that a process keeps loaded: points of a design and scenarios of a comparison share theirs."""
ASSUMPTION = "assumption"
"""Confidence of what nobody has measured or stated."""
DIGESTED = (".csv", ".graphml")


@dataclass(frozen=True, eq=False, repr=False)
class County:
    """Tables of a county. Every table is also an attribute: ``county.towns``, ``county.figures``, ...

    Attributes
    ----------
    name : str
        Name of the county (its folder).
    path : pathlib.Path
        Folder that the tables were read from.
    tables : mapping of str to polars.DataFrame
        All county tables by name, as declared in ``data.schemas.catalogue``.
    layouts : mapping of str to polars.DataFrame
        Charging layouts by name, as declared in ``data.schemas.charging.Layout``.
    files_digest : str
        Hash of names and bytes of the files.
    overrides : mapping of str to float
        Figures that were set with `with_figures`.
    about : CountyFile
        What ``county.toml`` says of it; what holds without such a file where there is none.
    built : dict
        What `once_of` built; counties that were made of this one share it.
    """

    name: str
    path: Path
    tables: Mapping[str, pl.DataFrame]
    layouts: Mapping[str, pl.DataFrame]
    files_digest: str
    overrides: Mapping[str, float] = field(default_factory=dict)
    about: CountyFile = field(default_factory=CountyFile)
    built: OrderedDict[Hashable, tuple[object, tuple[pl.DataFrame, ...]]] = field(default_factory=OrderedDict)
    _memo: dict[Hashable, object] = field(default_factory=dict, init=False)

    def __getstate__(self) -> dict[str, object]:
        """Return the fields without what was built of them: a copy in another process builds its own."""
        return {**self.__dict__, "_memo": {}, "built": OrderedDict()}

    def once(self, key: Hashable, build: Callable[[], Built]) -> Built:
        """Return what is built of the tables alone: built at the first call, kept as long as this county.

        A county with other figures or tables is another object and begins with nothing; see `once_of`.

        Parameters
        ----------
        key : hashable
            Name of what is built, with the arguments that decide it.
        build : callable
            Builds it. Callers share the result and must not change it.
        """
        if key not in self._memo:
            self._memo[key] = build()
        return cast("Built", self._memo[key])

    def once_of(self, tables: Iterable[str], key: Hashable, build: Callable[[], Built]) -> Built:
        """Return what is built of some tables: once for this county and all that differ from it in other tables only.

        Scenarios, paths and draws edit a table or two; a road graph does not change with the stock of vehicles. The
        last `KEPT_BUILT` things are kept.

        Parameters
        ----------
        tables : iterable of str
            Names of all tables that decide what is built.
        key : hashable
            Name of what is built, with the arguments that decide it.
        build : callable
            Builds it. Callers share the result and must not change it.
        """
        frames = tuple(self.tables[name] for name in tables)
        # frames are never changed, only replaced: the same object is the same content, as long as it is kept here
        full = (key, *map(id, frames))
        if full in self.built:
            self.built.move_to_end(full)
        else:
            self.built[full] = (build(), frames)
            while len(self.built) > KEPT_BUILT:
                self.built.popitem(last=False)
        return cast("Built", self.built[full][0])

    def rows_by(self, table: str, column: str = "vehicle_class") -> Mapping[str, Sequence[dict[str, Any]]]:
        """Return the rows of a table by the text in a column: grouped once, where a query takes 0.2 ms each time.

        Parameters
        ----------
        table, column : str
            Names of the table and of the column.

        Returns
        -------
        mapping of str to sequence of dict
            Values, and rows in the table's order, by column name. Callers share them and must not change them.
        """
        return self.once_of((table,), ("rows by", table, column), lambda: rows_of(self.tables[table], column))

    def __getattr__(self, name: str) -> pl.DataFrame:
        """Return the table of that name."""
        tables: Mapping[str, pl.DataFrame] = self.__dict__.get("tables", {})
        if name in tables:
            return tables[name]
        raise AttributeError(f"a county has no table '{name}'.{nearest(name, tables)}")

    def __repr__(self) -> str:
        """Return one line about the county."""
        return f"County({self.name!r}, {len(self.tables)} tables, layouts: {', '.join(self.layouts) or 'none'})"

    @property
    def digest(self) -> str:
        """Hash of the files' names and bytes and of the figures that were set."""
        if not self.overrides:
            return self.files_digest
        text = "\n".join(f"{key}={value!r}" for key, value in sorted(self.overrides.items()))
        return hashlib.blake2b(f"{self.files_digest}\n{text}".encode(), digest_size=16).hexdigest()

    @functools.cached_property
    def _ranges(self) -> dict[str, tuple[float, float, float]]:
        """Low, value and high of each figure; the value itself where a bound is not given."""
        rows = self.tables["figures"].select("key", "low", "value", "high").iter_rows()
        return {
            key: (value if low is None else low, value, value if high is None else high)
            for key, low, value, high in rows
        }

    @property
    def figure_keys(self) -> tuple[str, ...]:
        """Keys of all figures, in the order of the table."""
        return tuple(self._ranges)

    def has_figure(self, key: str) -> bool:
        """Return whether there is a figure of that key."""
        return key in self._ranges

    def has_figures(self, start: str) -> bool:
        """Return whether there are figures whose keys begin so."""
        # by the keys: who asked for the table of figures would rest on the values of all of them
        return any(key.startswith(start) for key in self.figure_keys)

    @functools.cached_property
    def _assumed(self) -> tuple[str, ...]:
        """Keys of the figures that are assumptions, sorted."""
        return tuple(self.tables["figures"].filter(pl.col("confidence") == ASSUMPTION)["key"].sort())

    def assumed_figures(self, starts: tuple[str, ...]) -> list[str]:
        """Return the keys, sorted, of the figures that are assumptions and begin with one of some texts."""
        return [key for key in self._assumed if key.startswith(starts)]

    def figure(self, key: str) -> float:
        """Return the value of a scalar figure.

        Parameters
        ----------
        key : str
            Dotted key of the row in ``figures.csv``, such as ``charging.efficiency_dc``.

        Returns
        -------
        float
            The value, in the unit that the row states.

        Raises
        ------
        DataError
            If there is no such figure.
        """
        return self.figure_range(key)[1]

    def figure_range(self, key: str) -> tuple[float, float, float]:
        """Return low, value and high of a scalar figure; a bound that is not given equals the value.

        Raises
        ------
        DataError
            If there is no such figure.
        """
        if key not in self._ranges:
            raise DataError(f"{self.name}/figures.csv: no figure '{key}'.{nearest(key, self._ranges)}")
        return self._ranges[key]

    def with_figures(self, figures: Mapping[str, float]) -> County:
        """Return the county with other values of some figures; they become assumptions.

        Parameters
        ----------
        figures : mapping of str to float
            Value by key. Bounds are kept, and a value outside them is allowed.

        Returns
        -------
        County
            A new county; this one and its files stay as they are.

        Raises
        ------
        DataError
            If a key is unknown, or a value is not a finite number or cannot be.
        """
        changed = {key: float(value) for key, value in figures.items() if _finite(key, value) != self.figure(key)}
        faults = list(figure_faults(self, changed))
        if faults:
            raise DataError("\n  ".join(faults))
        if not changed:
            return self
        new = pl.col("key").replace_strict(changed, default=None, return_dtype=pl.Float64)
        table = self.tables["figures"].with_columns(
            value=pl.coalesce(new, "value"),
            confidence=pl.when(new.is_null()).then("confidence").otherwise(pl.lit(ASSUMPTION)),
            note=pl.when(new.is_null()).then("note").otherwise(pl.lit("set by the scenario")),
        )
        return replace(self, tables={**self.tables, "figures": table}, overrides={**self.overrides, **changed})

    def with_table(self, name: str, frame: pl.DataFrame) -> County:
        """Return the county with another content of a table, for what-if calculations.

        The digest stays that of the files: whoever keeps results must add what was changed to their key.

        Raises
        ------
        DataError
            If there is no such table.
        """
        if name not in self.tables:
            raise DataError(f"{self.name}: no table '{name}'.{nearest(name, self.tables)}")
        return replace(self, tables={**self.tables, name: frame})

    def has(self, module: str) -> bool:
        """Return whether the county has a part that not every county has.

        Parameters
        ----------
        module : str
            Such as ``"river"`` or ``"ebikes"``; see `data.schemas.catalogue.MODULES`.

        Raises
        ------
        DataError
            If there is no such part.
        """
        name = module_name(module)
        if name not in MODULES:
            raise DataError(f"no part '{module}' of a county.{nearest(module, MODULES)} Known: {', '.join(MODULES)}.")
        part = MODULES[name]
        if part.needed:
            return self.tables[part.needed[0]].height > 0
        # a part without tables of its own: said so, or seen by its figures
        if self.about.modules is not None:
            return name in self.about.modules
        return any(key.startswith(part.seen_by) for key in self._ranges)

    def has_layout(self, name: str) -> bool:
        """Return whether the county has a layout of that name."""
        return name in self.layouts

    def layout(self, name: str) -> pl.DataFrame:
        """Return a charging layout by name.

        Raises
        ------
        DataError
            If the county has no such layout.
        """
        if name not in self.layouts:
            known = ", ".join(self.layouts) or "none"
            raise DataError(f"{self.name}: no layout '{name}'.{nearest(name, self.layouts)} Layouts: {known}.")
        return self.layouts[name]


def rows_of(table: pl.DataFrame, column: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a table by the text in a column, in the table's order; see `County.rows_by`."""
    return dict(table.rows_by_key(column, named=True, include_key=True))


def figure_faults(county: County, figures: Mapping[str, float]) -> Iterator[str]:
    """Yield what is wrong with values of figures; unknown keys are left to others."""
    units = dict(county.tables["figures"].select("key", "unit").iter_rows())
    for key, value in figures.items():
        if key in units and (expected := impossible(key, units[key], value)):
            yield f"figures.{key}: got {value:g}; expected {expected}."


def _finite(key: str, value: object) -> float:
    """Return a figure's value, or raise."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise DataError(f"figure '{key}': got {value!r}; expected a finite number.")
    return float(value)


def _built_in() -> Path:
    """Return the folder that holds the built-in counties."""
    return Path(str(resources.files("data")))


def list_counties() -> list[str]:
    """Return the names of the built-in counties."""
    return sorted(file.parent.name for file in _built_in().glob("*/sources.csv"))


def county_folder(name_or_path: str | Path) -> Path:
    """Return the folder of a county: of a built-in one by name, or the path that is meant.

    Raises
    ------
    DataError
        If there is no such county.
    """
    built_in = list_counties()
    if isinstance(name_or_path, str) and name_or_path in built_in:
        return _built_in() / name_or_path
    folder = Path(name_or_path)
    if not folder.is_dir():
        hint = nearest(str(name_or_path), built_in)
        known = ", ".join(built_in) or "none"
        raise DataError(f"county '{name_or_path}': neither a built-in county nor a folder.{hint} Built-in: {known}.")
    return folder


def load_county(name_or_path: str | Path) -> County:
    """Load a county and check everything in it, once as long as its files stay as they are.

    Parameters
    ----------
    name_or_path : str or pathlib.Path
        Name of a built-in county (``"deqing"``), or a folder of tables. A built-in name goes first; write
        ``./deqing`` for a folder of that name.

    Returns
    -------
    County
        The county's tables, layouts and digest.

    Raises
    ------
    DataError
        If there is no such county, or its tables have faults; all are listed.

    Warns
    -----
    UnusualWarning
        Values that are possible but unusual.
    """
    county, warnings = _HELD.get().get(str(name_or_path)) or _loaded(name_or_path)
    # said at every load: a county that is kept is no better than one that is read
    warn_of(f"county {county.name}", warnings)
    return county


_Loaded: TypeAlias = "tuple[County, tuple[str, ...]]"
# counties that are held, by name or path, with what is unusual in them
_HELD: ContextVar[Mapping[str, _Loaded]] = ContextVar("held", default=MappingProxyType({}))


@contextmanager
def held_county(name_or_path: str | Path) -> Iterator[None]:
    """Let `load_county` give the county as it is now, whatever happens to its files meanwhile: for whole computations.

    Parameters
    ----------
    name_or_path : str or pathlib.Path
        As of `load_county`.

    Raises
    ------
    DataError
        As of `load_county`.
    """
    name, held = str(name_or_path), _HELD.get()
    # what is held already stays as it is
    before = _HELD.set({**held, name: held.get(name) or _loaded(name)})
    try:
        yield
    finally:
        _HELD.reset(before)


def _loaded(name_or_path: str | Path) -> _Loaded:
    """Return a county and what is unusual in it."""
    folder = county_folder(name_or_path)
    about, _ = read_county_file(folder)
    return _checked(folder, folder.resolve(), _digest(folder, about), about)


# by the files' digest: whoever edits a table or the county file gets another county
@functools.lru_cache(maxsize=KEPT_COUNTIES)
def _checked(folder: Path, place: Path, digest: str, about: CountyFile) -> tuple[County, tuple[str, ...]]:
    """Return the county in a folder and what is unusual in it, or raise with all its faults."""
    key = checked_key(place, digest)
    checked = read_checked(key)
    if checked is None:
        checked = _inspected(folder, place)
        # files that changed while they were checked are not those of the key
        if _digest(folder, about) == digest:
            write_checked(key, checked)
    county = County(
        name=place.name,
        path=folder,
        tables=checked.tables,
        layouts=checked.layouts,
        files_digest=digest,
        about=about,
    )
    return county, checked.warnings


def _inspected(folder: Path, place: Path) -> CheckedTables:
    """Return the tables in a folder and what is unusual in them, or raise with all their faults."""
    inspection = inspect_county(folder)
    if inspection.faults:
        raise DataError.of(f"county {place.name}", inspection.faults)
    return CheckedTables(
        {name: table.frame for name, table in inspection.tables.items()},
        {name: table.frame for name, table in inspection.layouts.items()},
        tuple(str(warning) for warning in inspection.warnings),
    )


def _digest(folder: Path, about: CountyFile) -> str:
    """Hash the names and bytes of all tables below a folder, and what of the county file decides numbers."""
    total = hashlib.blake2b(digest_size=16)
    for name, path in files_below(folder, DIGESTED):
        content = hashlib.blake2b(content_of(path), digest_size=16).hexdigest()
        total.update(f"{name}\n{content}\n".encode())
    total.update(about.decides.encode())
    return total.hexdigest()
