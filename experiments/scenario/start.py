"""Where a user starts: the scenario that is meant where none is named, and what is worth trying next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from data.county import county_folder, list_counties
from data.county_folder.county_file import COUNTY_FILE, CountyFile, read_county_file
from data.errors import ScenarioError
from experiments.scenario.files import SUFFIX, parse_sets
from experiments.scenario.model import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County

LAYOUT = "charging.layout="
HOME = "deqing"
"""County of a command that names neither a scenario nor a county."""


def load_scenario(named: str | None, *, sets: Sequence[str] = (), otherwise: str | None = None) -> Scenario:
    """Return the scenario that a command means.

    Parameters
    ----------
    named : str or None
        A shipped scenario, a TOML file, or a county's folder for its default scenario. None: the default scenario of
        the county that ``--set county=...`` names, or `otherwise`.
    sets : sequence of str
        Overrides such as ``charging.layout=population``.
    otherwise : str, optional
        Scenario where neither scenario nor county is named; the default one of the built-in county where not given.

    Raises
    ------
    ScenarioError
        No such scenario, faults in it, or a county without a default scenario.
    """
    asked = parse_sets(sets).values.get("county")
    other = asked if isinstance(asked, str) else None
    if named is not None and _is_county(named):
        return Scenario.load(default_scenario(named), sets=[f"county={named}", *sets])
    if named is None:
        return Scenario.load(default_scenario(other) if other else otherwise or default_scenario(HOME), sets=sets)
    scenario = Scenario.load(named, sets=sets)
    if other is None or _same(Scenario.load(named).county, other):
        return scenario
    # title and question are about the county that the scenario was written for
    words = parse_sets(sets).values
    return scenario.with_(title=words.get("title", about(other).title), purpose=words.get("purpose", ""))


def about(county: str) -> CountyFile:
    """Return what a county says of itself; faults in it are those of `data.tables.county_check`."""
    return read_county_file(county_folder(county))[0]


def default_scenario(county: str) -> str:
    """Return the default scenario of a county: the path of a file, or the name of a shipped one.

    Raises
    ------
    ScenarioError
        The county names none.
    DataError
        There is no such county.
    """
    found = about(county).default_scenario
    folder = county_folder(county)
    if found is None:
        raise ScenarioError(
            f"county {folder.resolve().name}: got no default_scenario in {COUNTY_FILE}; expected a scenario. Name one, "
            f'or write one and default_scenario = "scenarios/base.toml" there.'
        )
    return str(folder / found) if found.endswith(SUFFIX) else found


def next_command(scenario: Scenario, county: County, asked: Sequence[str], sets: Sequence[str]) -> str:
    """Return a command worth trying after a run: the first that the county offers and that changes something.

    `asked` is what named the run, such as ``("deqing-2030",)`` or ``("--from", "manifest.json")``. An entry of options,
    such as ``--set charging.layout=even``, is added to the same run with all that was set. Where the county offers
    none, the run with another of its layouts is worth trying.
    """
    layout = scenario.charging.layout
    others = [f"--set charging.layout={name}" for name in county.layouts if name != layout]
    for text in (*county.about.next_commands, *others[:1]):
        if f"charging.layout={layout}" in text.split():
            continue
        if not text.startswith("--"):
            return text
        kept = [part for given in sets if not given.startswith(LAYOUT) for part in ("--set", given)]
        return f"{shlex.join(['xijiang', 'run', *asked, *kept])} {text}"
    return "xijiang county describe"


def _is_county(name: str) -> bool:
    """Return whether a name is a folder with the tables of a county."""
    folder = Path(name)
    if name in list_counties():
        return True
    return folder.is_dir() and ((folder / COUNTY_FILE).is_file() or (folder / "towns.csv").is_file())


def _same(one: str, other: str) -> bool:
    """Return whether two names mean the same county."""
    return county_folder(one).resolve() == county_folder(other).resolve()
