"""Tables of the report: means over replications, rounded for reading, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.memory.stored_tables import column_names, columns_of
from experiments.formatting import figure
from experiments.report.guards import csv_cell
from experiments.report.words.labels import code, figure_name, head
from experiments.report.words.place_names import OCCASIONS
from experiments.runs.tables import RUN_TABLES
from experiments.scorecard.facts.guns import ORDINARY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County
    from experiments.report.language import Translate
    from experiments.report.words.place_names import PlaceNames

_DROPPED: Final = ("replication", "year")

_CODED: Final = frozenset(
    {
        "capacity_from",
        "charger",
        "check",
        "confidence",
        "form",
        "holds",
        "kind",
        "licence",
        "measure",
        "metric",
        "mode",
        "name",
        "part",
        "people",
        "power",
        "reason",
        "stable",
        "state",
        "timing",
        "unit",
    }
    | {"vehicle_class", "way"}
)
"""Columns whose words the catalogue knows."""

_STATIONS: Final = (
    "arrivals",
    "served",
    "energy_kwh",
    "wait_mean_min",
    "wait_p95_min",
    "gun_utilisation_share",
    "peak_kw",
)
_PREVIEW: Final = (
    "offered_erlang",
    "busy_hour_erlang",
    "utilisation_share",
    "simulated_utilisation_share",
    "wait_share",
    "wait_mean_min",
    "simulated_wait_mean_min",
    "wait_difference_min",
    "left_share",
)


_EVERY: Final = 5
"""Of the paths over the years every fifth is shown."""
OVER_YEARS: Final = ("savings", "target_paths")
"""Tables over the years, of which people see some."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table on the page.

    Attributes
    ----------
    text : str
        What is shown.
    csv : str
        What the download says: formulas defused; the key of a figure stays a key.
    hint : str
        The id or the text behind what is shown; empty where that is all there is.
    """

    text: str
    csv: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A table of the page.

    Attributes
    ----------
    title : str
        What it holds; empty where the page says it.
    heads : list of str
        Heads of the columns.
    rows : list of list of Cell
        Its rows.
    titled : bool
        Whether each source stands with its title.
    """

    title: str
    heads: list[str]
    rows: list[list[Cell]]
    titled: bool = True


class Tables:
    """The tables of the page in one language.

    Parameters
    ----------
    names : PlaceNames
        Names of places in the language.
    translate : Translate
        Into the language.
    original : bool
        Whether notes and titles that stand in English in the county's tables are shown: in the English report.
    """

    def __init__(self, names: PlaceNames, translate: Translate, *, original: bool) -> None:
        self._names = names
        self._translate = translate
        self._original = original

    def shown(self, table: pl.DataFrame, title: str = "") -> Shown:
        """Return a table with its cells in the reader's language."""
        heads = [head(column, self._translate) for column in table.columns]
        rows = [
            [self.cell(column, value) for column, value in zip(table.columns, row, strict=True)]
            for row in table.iter_rows()
        ]
        return Shown(title, heads, rows)

    def cell(self, column: str, value: object) -> Cell:
        """Return the cell of a value: named by its column where it is an id or a code."""
        if value is None:
            return Cell("", "")
        raw = f"{value:g}" if isinstance(value, float) else str(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            # the download keeps plain numbers, for computing
            return Cell(_number(column, float(value)), raw)
        text = self._named(column, raw)
        return Cell(text, csv_cell(raw if column == "key" else text), raw if text != raw else "")

    def _named(self, column: str, raw: str) -> str:
        """Return the name of what a cell holds."""
        if column == "station_id":
            return self._names.station(raw)
        if column in _PLACES:
            return self._names.name(_PLACES[column], raw)
        if column == "place":
            return self._names.place(raw)
        if column == "key":
            return figure_name(raw, self._translate)
        if column == "figure":
            return head(raw, self._translate)
        return code(raw, self._translate) if column in _CODED else raw

    def more(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, Shown]:
        """Return the tables that the register shows and that have rows: means over replications, rows as they come.

        Texts name the rows. A table without any, such as the totals of the e-bikes, stands upside down: one row per
        figure.
        """
        return {
            table.name: self.shown(_means(tables[table.name]), self._translate(table.title))
            for table in RUN_TABLES.values()
            if table.shown and tables[table.name].height
        } | {**self.guns(tables), **self.years(tables), **self.reasons(tables)}

    def years(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, Shown]:
        """Return what is saved and the paths to the targets, every fifth year; nothing where there are no rows."""
        found = {}
        for name in OVER_YEARS:
            table = tables.get(name)
            if table is not None and table.height:
                # tables say how many years, people read every fifth
                some = table.filter(pl.col("year") % _EVERY == 0)
                some = _in_percent(some) if "unit" in some.columns else some
                digits = [pl.col(column).round(4) for column, kind in some.schema.items() if kind == pl.Float64]
                found[name] = self.shown(some.with_columns(digits), self._translate(RUN_TABLES[name].title))
        return found

    def guns(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, Shown]:
        """Return the fewest guns of each place by year, a table for each week; nothing where they were not looked at.

        A town's guns are those of its stations, in both currents.
        """
        table = tables.get("least_guns")
        if table is None or not table.height:
            return {}
        stands = tables["layout"].group_by("station_id").agg(pl.coalesce("site", "town", "station_id").first())
        placed = table.join(stands.rename({"site": "place"}), on="station_id", how="left", maintain_order="left")
        found = {}
        for (week,), rows in placed.group_by("week", maintain_order=True):
            each = rows.group_by("place", "year", maintain_order=True).agg(pl.col("guns", "least_guns").sum())
            # guns that stand are those of the layout, in every year
            wide = each.pivot("year", index=["place", "guns"], values="least_guns", maintain_order=True)
            title = self._translate("Fewest guns that serve in time, by formula: {week}").format(
                week=self._week(str(week))
            )
            found[f"least_guns_{week}"] = self.shown(wide, title)
        return found

    def _week(self, week: str) -> str:
        """Return the name of a week: that of its holiday, or an ordinary one."""
        return self._translate("ordinary week") if week == ORDINARY else self._names.name(OCCASIONS, week)

    def reasons(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, Shown]:
        """Return why charging requests were not served, or not in full: shares of all; nothing where all were."""
        if "reason" not in column_names(tables, "sessions"):  # a run of before sessions said why
            return {}
        sessions = columns_of(tables, "sessions", "reason", "unmet_kwh")
        known = sessions.drop_nulls("reason")
        if not known.height:
            return {}
        table = known.group_by("reason").agg(
            share=(pl.len() / sessions.height).round(5), unmet_kwh=pl.col("unmet_kwh").mean().round(2)
        )
        title = self._translate("Why charging was not had, or not in full (shares of all requests)")
        return {"reasons": self.shown(table.sort("share", "reason", descending=[True, False]), title)}

    def stations(self, stations: pl.DataFrame) -> Shown:
        """Return one row per station: means over replications."""
        # a county without an expressway has no service areas to name
        places = [name for name in ("town", "site") if stations[name].is_not_null().any()]
        return self.shown(
            stations.group_by("station_id", maintain_order=True).agg(
                pl.col(*places, "piles", "guns").first(), pl.col(_STATIONS).mean().round(3)
            )
        )

    def preview(self, preview: pl.DataFrame) -> Shown:
        """Return one row per station: formulas and simulation, means over replications."""
        return self.shown(
            preview.group_by("station_id", maintain_order=True).agg(
                pl.col("guns").first(), pl.col(_PREVIEW).mean().round(3), pl.col("stable").all()
            )
        )

    def checks(self, checks: pl.DataFrame) -> Shown:
        """Return one row per check: both sides in the first replication, and whether it holds in all."""
        return self.shown(
            checks.group_by("check", maintain_order=True).agg(
                pl.col("expected", "got").first().round(6), pl.col("holds").all()
            )
        )

    def figures(self, county: County) -> Shown:
        """Return the county's figures, assumptions first; their notes are English and stand in the English report."""
        order = pl.col("confidence") != "assumption"
        columns = ["key", "value", "unit", "low", "high", "year", "confidence", "source"]
        notes = ["note"] if self._original else []
        return self.shown(county.figures.sort(order, "key").select(*columns, *notes))

    def sources(self, county: County) -> Shown:
        """Return the bibliography; outside the English report a title is the hint of its source."""
        table = self.shown(county.sources.select("source_id", "title", "year", "kind", "licence"))
        if self._original:
            return table
        rows = [[Cell(row[0].text, row[0].csv, row[1].text), *row[2:]] for row in table.rows]
        return Shown(table.title, [table.heads[0], *table.heads[2:]], rows, titled=False)


_PLACES: Final = {
    "town": "towns",
    "site": "service_areas",
    "terminal": "terminals",
    "project": "road_projects",
    "holiday": "calendar",
    "operator": "operators",
}


def _in_percent(paths: pl.DataFrame) -> pl.DataFrame:
    """Return paths with shares in per cent, and the series of an intensity instead of its criterion."""
    share = pl.col("unit") == "share"
    series = pl.when(pl.col("criterion").str.contains("intensity")).then(
        pl.col("criterion").str.extract("_share_([bc])$").fill_null("a")
    )
    numbers = [pl.when(share).then(100.0 * pl.col(name)).otherwise(name).alias(name) for name in _PATH]
    shown = paths.with_columns(*numbers, unit=pl.when(share).then(pl.lit("%")).otherwise("unit"), series=series)
    return shown.select("target_id", "series", "unit", "year", *_PATH)


_PATH: Final = ("value", "low", "high", "without", "limit")


def _number(column: str, value: float) -> str:
    """Return a number as a reader wants it: shares in per cent, years plain, thousands apart."""
    # other columns that end in year are amounts in a year
    year = column in {"year", "from_year"}
    return figure(value, "year" if year else "share" if column.endswith("share") else None)


def _means(table: pl.DataFrame) -> pl.DataFrame:
    """Return means over replications by the columns that name the rows."""
    keys = [column for column, kind in table.schema.items() if kind == pl.String]
    values = [column for column in table.columns if column not in {*keys, *_DROPPED}]
    means = [pl.col(column).mean().round(3) for column in values]
    if keys:
        return table.group_by(keys, maintain_order=True).agg(means)
    row: dict[str, Any] = table.select(means).row(0, named=True)
    return pl.DataFrame({"figure": list(row), "value": [float(value) for value in row.values()]})
