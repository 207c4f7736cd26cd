"""``county.toml``: what a county says of itself, beside its tables."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data.errors import Fault, nearest
from data.schemas.catalogue import MODULES, module_name
from data.tables.messages import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

COUNTY_FILE: Final = "county.toml"
_TEXTS: Final = ("title", "title_zh", "region", "default_scenario")
_LISTS: Final = ("modules", "next")


@dataclass(frozen=True, slots=True)
class CountyFile:
    """What a county says of itself.

    Attributes
    ----------
    title, title_zh : str
        What it is called, in English and Chinese; empty where the folder's name must do.
    region : str or None
        Its rows of ``grid_factors``; None for the region of the first row.
    default_scenario : str or None
        Scenario that is meant where none is named: a TOML file in the county's folder, or the name of a shipped one.
    modules : tuple of str or None
        Parts that the county has, names of `data.schemas.catalogue.MODULES`; None leaves it to the tables that are
        there.
    next_commands : tuple of str
        Commands worth trying after a run.
    """

    title: str = ""
    title_zh: str = ""
    region: str | None = None
    default_scenario: str | None = None
    modules: tuple[str, ...] | None = None
    next_commands: tuple[str, ...] = ()

    def lacks(self, module: str) -> bool:
        """Return whether the county says that it does not have a part."""
        return self.modules is not None and module not in self.modules

    @property
    def decides(self) -> str:
        """What of it decides the numbers of a run; empty where nothing does."""
        if self.region is None and self.modules is None:
            return ""
        named = "by the tables" if self.modules is None else ",".join(sorted(self.modules))
        return f"region={self.region} modules={named}"


def read_county_file(folder: Path) -> tuple[CountyFile, list[Fault]]:
    """Read the county file of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        The county's folder.

    Returns
    -------
    CountyFile
        Its keys; without a file, or where a key is wrong, what holds without it.
    list of Fault
        Unknown keys and wrong values.
    """
    file = folder / COUNTY_FILE
    if not file.is_file():
        return CountyFile(), []
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault(COUNTY_FILE, None, None, f"no TOML ({error})", "keys and values in TOML", "Correct the file.")
        return CountyFile(), [fault]
    faults = [*_wrong(values), *_lost(folder, values)]
    bad = {fault.column for fault in faults}
    good = {key: value for key, value in values.items() if key not in bad}
    modules = good.get("modules")
    found = CountyFile(
        **{key: good[key] for key in _TEXTS if key in good},
        modules=None if modules is None else tuple(module_name(name) for name in modules),
        next_commands=tuple(good.get("next", ())),
    )
    return found, faults


def _wrong(values: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield keys that are not known, and values of another type than they should be."""
    for key, value in values.items():
        if key not in (*_TEXTS, *_LISTS):
            hint = nearest(key, (*_TEXTS, *_LISTS))
            expected = f"one of {', '.join((*_TEXTS, *_LISTS))}"
            yield Fault(COUNTY_FILE, None, key, "an unknown key", expected, f"Rename or remove it.{hint}")
        elif key in _TEXTS and not (isinstance(value, str) and value.strip()):
            yield Fault(COUNTY_FILE, None, key, show(value), "text that is not empty", "Write it in quotes.")
        elif key in _LISTS and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            yield Fault(COUNTY_FILE, None, key, show(value), "a list of texts", 'Write it as ["a", "b"].')
        elif key == "modules":
            unknown = [name for name in value if module_name(name) not in MODULES]
            for name in unknown:
                expected = f"one of {', '.join(MODULES)}"
                remedy = f"Correct or remove it.{nearest(name, MODULES)}"
                yield Fault(COUNTY_FILE, None, key, show(name), expected, remedy)


def _lost(folder: Path, values: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a scenario file that is not there."""
    named = values.get("default_scenario")
    if isinstance(named, str) and named.endswith(".toml") and not (folder / named).is_file():
        expected = "a TOML file in the county's folder, or the name of a shipped scenario"
        yield Fault(COUNTY_FILE, None, "default_scenario", show(named), expected, "Correct the path.")
