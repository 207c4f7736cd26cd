"""Names of places, stations and projects in the reader's language, instead of the ids of the tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.schemas.supply import Targets
from experiments.report.language import LANGUAGES
from experiments.scorecard.facts.guns import OCCASION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from data.county import County
    from experiments.report.language import Translate

PLACES: Final = {
    "towns": "town",
    "places": "place",
    "service_areas": "site",
    "lng_stations": "station",
    "terminals": "terminal",
    "road_projects": "project",
    "calendar": "holiday",
    "operators": "operator",
}
"""Tables of a county with names, and the column that holds their ids."""

OCCASIONS: Final = "occasions"
"""What the holidays of all years have in common, among the tables with names."""
_YEAR: Final = re.compile(r"\s*(19|20)\d\d$")

DIRECTIONS: Final = {"east": "eastbound", "west": "westbound", "north": "northbound", "south": "southbound"}


class PlaceNames:
    """Names by table and id.

    Parameters
    ----------
    county : data.County
        Where the names stand: ``name_en``, ``name_zh``, ...
    language : str
        Of `LANGUAGES`; the English name stands in where there is none in the language, and the id where there is
        neither.
    translate : Translate
        Of the same language.
    """

    def __init__(self, county: County, language: str, translate: Translate) -> None:
        columns = list(dict.fromkeys((f"name_{language}", f"name_{LANGUAGES[0]}")))
        self._names = {
            table: dict(_named(county.tables[table], key, columns, translate))
            for table, key in PLACES.items()
            if table in county.tables
        }
        targets = county.tables.get("targets", Targets.create_empty()).iter_rows(named=True)
        self._measures: dict[str, str] = {
            row["target"]: row.get(f"measure_{language}") or row["measure"] for row in targets
        }
        self._names[OCCASIONS] = {
            occasion: _YEAR.sub("", self.name("calendar", holiday)) for occasion, holiday in _occasions(county)
        }

    def name(self, table: str, key: str | None) -> str:
        """Return the name of a row of a table; the id where it has none."""
        return "" if key is None else self._names.get(table, {}).get(key, key)

    def measure(self, target: str) -> str:
        """Return what a target of the plan is about; its id where the plan has no such target."""
        return self._measures.get(target, target)

    def station(self, station: str) -> str:
        """Return the name of a charging station: its service area, or its town and what follows in the id."""
        sites = self._names.get("service_areas", {})
        if station in sites:
            return sites[station]
        towns = [town for town in self._names.get("towns", {}) if station.startswith(f"{town}-")]
        if not towns:
            return station
        town = max(towns, key=len)
        return f"{self._names['towns'][town]} {station.removeprefix(f'{town}-')}"

    def place(self, key: str) -> str:
        """Return the name of a town, a service area or an operator."""
        sites, operators = (self._names.get(table, {}) for table in ("service_areas", "operators"))
        return sites.get(key) or operators.get(key) or self.name("towns", key)

    def by_key(self, first: str | None = None, *, stations: Iterable[str] = ()) -> dict[str, str]:
        """Return the names of all tables by id; where tables share an id, the `first` table names it, or towns do.

        Charging stations are in no table of the county but in layouts: those that are given get their names too.
        """
        order = sorted(self._names, key=lambda table: table != first)
        known = {key: name for table in reversed(order) for key, name in self._names[table].items()}
        return {station: self.station(station) for station in stations} | known


def _occasions(county: County) -> Iterator[tuple[Any, ...]]:
    """Return occasion and holiday of each row of the calendar; none where there is none."""
    calendar = county.tables.get("calendar")
    return iter(()) if calendar is None else calendar.select(OCCASION, "holiday").iter_rows()


def county_title(county: County, language: str) -> str:
    """Return what a county is called: its title in the language, in English where it has no other, or its folder."""
    titles = {"en": county.about.title, "zh": county.about.title_zh}
    return titles[language] or county.about.title or county.name


def _named(table: pl.DataFrame, key: str, columns: list[str], translate: Translate) -> Iterator[tuple[str, str]]:
    """Yield id and name; two rows of one name get their directions."""
    known = [column for column in columns if column in table.columns]
    named = table.with_columns(name=pl.coalesce(*known, key)) if known else table.with_columns(name=pl.col(key))
    twice = set(named.filter(pl.col("name").is_duplicated())["name"])
    for row in named.iter_rows(named=True):
        direction = DIRECTIONS.get(row.get("direction") or "")
        shared = direction is not None and row["name"] in twice
        yield row[key], f"{row['name']} ({translate(direction)})" if shared and direction else row["name"]
