"""Citations: the sources that a scenario rests on, as BibTeX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data.county import load_county
from data.schemas.catalogue import MODULES
from experiments.runs.provenance import toolkit_version
from experiments.scenario.county import parts_in
from experiments.scenario.layouts import load_layout
from experiments.scenario.model import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from data.county import County

_ESCAPED: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: f"\\{sign}" for sign in "&%$#_"},
    }
)
"""What TeX reads as a command, and how it is written as a character."""


def cite(*scenarios: Scenario | str | Path) -> str:
    """Return the sources that scenarios rest on as BibTeX: one entry per source, the toolkit itself first.

    A source counts where a row of a county's table, or of the layout, names it; tables of parts that a county lacks or
    a scenario leaves out, such as the river, do not count.

    Parameters
    ----------
    *scenarios : Scenario, str or pathlib.Path
        Scenarios, names or files. Their keys begin with the name of the county.

    Returns
    -------
    str
        BibTeX, in UTF-8 characters: for biber, or any BibTeX with ``inputenc``.

    Raises
    ------
    ScenarioError
        If there is no such scenario, or it has faults.
    DataError
        If the county has faults.
    """
    entries = {"xijiang": _entry("software", "xijiang", {"title": "xijiang", "version": toolkit_version()})}
    for one in scenarios:
        scenario = one if isinstance(one, Scenario) else Scenario.load(one)
        county = load_county(scenario.county)
        used = used_sources(scenario, county)
        rows = county.sources.filter(county.sources["source_id"].is_in(sorted(used)))
        for row in rows.iter_rows(named=True):
            key = f"{county.name}:{row['source_id']}"
            entries[key] = _source(key, row)
    return "\n\n".join(entries.values()) + "\n"


def used_sources(scenario: Scenario, county: County) -> set[str]:
    """Return the ids of the sources that a scenario rests on.

    Parameters
    ----------
    scenario, county
        The scenario and its county.
    """
    found: set[str] = set()
    for frame in (*_used_tables(scenario, county), load_layout(county, scenario.charging.layout)):
        if "source" in frame.columns:
            found.update(frame["source"].drop_nulls())
    return found


def _used_tables(scenario: Scenario, county: County) -> Iterator[pl.DataFrame]:
    """Yield the tables of the parts that county and scenario have, without figures and rows of the other parts."""
    parts = parts_in(scenario, county)
    absent = [part for name, part in MODULES.items() if name not in parts]
    kept = {table for name in parts for table in MODULES[name].tables}
    left_out = {table for part in absent for table in part.tables} - kept
    # keys of figures begin with the name of their part
    starts = tuple(start for part in absent for start in part.figures)
    for name, frame in county.tables.items():
        if name in left_out:
            continue
        rows = frame
        for column, value in (part.rows[name] for part in absent if name in part.rows):
            rows = rows.filter(rows[column].ne_missing(value))
        if name == "figures" and starts:
            rows = rows.filter([not key.startswith(starts) for key in rows["key"]])
        yield rows


def _source(key: str, row: Mapping[str, object]) -> str:
    """Return the entry of a row of the sources."""
    fields = {"title": row["title"], "year": row["year"], "howpublished": row["kind"], "note": row["licence"]}
    return _entry("misc", key, {name: value for name, value in fields.items() if value is not None})


def _entry(kind: str, key: str, fields: Mapping[str, object]) -> str:
    """Return an entry; titles are braced twice: their capitals stay."""
    texts = {name: str(value).translate(_ESCAPED) for name, value in fields.items()}
    if "title" in texts:
        texts["title"] = f"{{{texts['title']}}}"
    lines = [f"  {name} = {{{text}}}" for name, text in texts.items()]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}"
