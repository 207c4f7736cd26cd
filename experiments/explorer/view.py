"""What the explorer's page shows, as texts and figures: nothing here knows the library that draws the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from experiments.explorer.exploration import SHOWN
from experiments.explorer.moves import STORE, totals
from experiments.formatting import figure
from experiments.report.language import translator
from experiments.report.plots.plain_figure import drawn_by_plotly
from experiments.report.sections import sections
from experiments.report.sentences.comparing import measure_name
from experiments.report.words import exploring
from experiments.report.words.place_names import PlaceNames
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from experiments.explorer.exploration import Exploration, Seen
    from experiments.explorer.moves import Move


@dataclass(frozen=True, slots=True)
class View:
    """Words and names of an exploration in a language.

    Attributes
    ----------
    exploration : Exploration
        What is looked at.
    language : str
        ``en`` or ``zh``.
    """

    exploration: Exploration
    language: str = "en"

    def say(self, message: str, **parts: object) -> str:
        """Return a message in the language, with its parts filled in."""
        return translator(self.language)(message).format(**parts)

    @property
    def names(self) -> PlaceNames:
        """Names of the county's places."""
        return PlaceNames(self.exploration.result.county, self.language, translator(self.language))

    def place(self, station: str) -> str:
        """Return the name of a station, or of the store."""
        return self.say(exploring.STORE) if station == STORE else self.names.station(station)

    def towns(self) -> dict[str, str]:
        """Return the names of the towns that have stations, by id."""
        towns = self.exploration.layout["town"].drop_nulls().unique(maintain_order=True)
        return {town: self.names.name("towns", town) for town in towns}

    def groups(self, moves: Sequence[Move]) -> dict[str, str]:
        """Return the groups that piles may be taken from, by ``station|group``."""
        layout, store = self.exploration.moved(moves)
        rows = pl.concat([layout, store]).iter_rows(named=True)
        return {
            f"{row['station_id']}|{row['group_id']}": self.say(
                exploring.GROUP,
                station=self.place(row["station_id"]),
                current=row["current"].upper(),
                kw=row["pile_kw"],
                piles=row["piles"],
            )
            for row in rows
        }

    def stations(self) -> dict[str, str]:
        """Return where piles may go, by id; the store last."""
        stations = self.exploration.layout["station_id"].unique(maintain_order=True).to_list()
        return {station: self.place(station) for station in [*stations, STORE]}

    def budget(self, moves: Sequence[Move]) -> str:
        """Return what stands and what may stand."""
        layout, store = self.exploration.moved(moves)
        has, most = totals(layout), self.exploration.budget
        return self.say(
            exploring.BUDGET,
            piles=has.piles,
            most_piles=most.piles,
            guns=has.guns,
            most_guns=most.guns,
            stored=totals(store).piles,
        )

    def moves(self, moves: Sequence[Move]) -> str:
        """Return the moves so far."""
        told = [
            self.say(exploring.ONE_MOVE, piles=move.piles, station=self.place(move.station), to=self.place(move.to))
            for move in moves
        ]
        return self.say(exploring.MOVES, moves="; ".join(told)) if told else ""

    def measures(self, before: Seen, now: Seen) -> list[tuple[str, ...]]:
        """Return a row for each measure: name, value of the run, value now, change."""
        rows: list[tuple[str, ...]] = []
        for name in SHOWN:
            unit = MEASURES[name].unit
            old, new = before.measures[name], now.measures[name]
            change = "" if old is None or new is None else _signed(new - old, unit)
            rows.append((measure_name(name, translator(self.language)), figure(old, unit), figure(new, unit), change))
        return rows

    def table(self, before: Seen, now: Seen, town: str | None) -> list[tuple[str, ...]]:
        """Return a row for each station, of a town where one is chosen; the change stands behind the figure."""
        left = (pl.col("balked") + pl.col("reneged")).alias("left")
        shown = ("guns", "arrivals", "left", "wait_p95_min", "gun_utilisation_share", "peak_kw")
        old = before.run.tables["stations"].with_columns(left)
        new = now.run.tables["stations"].with_columns(left)
        if town is not None:
            old, new = old.filter(town=town), new.filter(town=town)
        was = {row["station_id"]: row for row in old.iter_rows(named=True)}
        rows: list[tuple[str, ...]] = []
        for row in new.sort("station_id").iter_rows(named=True):
            start = was.get(row["station_id"], {})
            cells = (_cell(row[name], start.get(name), _unit(name)) for name in shown)
            rows.append((self.names.station(row["station_id"]), *cells))
        return rows

    def figures(self, now: Seen) -> dict[str, go.Figure]:
        """Return the map and the load, as the report draws them."""
        parts = sections(now.run, self.names, translator(self.language))
        found = {part.key: part.plots[0].figure for part in parts if part.key in ("s-map", "s-load")}
        return {key.removeprefix("s-"): drawn_by_plotly(drawn) for key, drawn in found.items() if drawn is not None}


def _unit(column: str) -> str:
    """Return the unit in which a column is shown."""
    return "share" if column.endswith("_share") else ""


def _cell(value: float | None, before: float | None, unit: str) -> str:
    """Return a figure with its change."""
    text = figure(value, unit)
    same = value is None or before is None or abs(value - before) < 1e-9  # sums differ in their last digit
    return text if same or value is None or before is None else f"{text} ({_signed(value - before, unit)})"


def _signed(change: float, unit: str) -> str:
    """Return a change with its sign."""
    if abs(change) < 1e-9:  # as above
        return "="
    return f"{'+' if change > 0 else '−'}{figure(abs(change), unit)}"
