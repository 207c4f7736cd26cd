"""A sizing in sentences: what was asked, whether it can be had, how it serves, what it costs and what binds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.goals import Shown
from experiments.formatting import ON_EXPRESSWAY
from experiments.report.sentences.story import _
from experiments.report.words.findings import SHOWN, finding_text, measure_text, shown_text
from experiments.report.words.labels import code

if TYPE_CHECKING:
    from data.goals import Sizing
    from experiments.report.language import Translate
    from experiments.report.words.place_names import PlaceNames

EXPRESSWAY: Final = _("{town} (expressway)")
OTHERS: Final = {
    "found": _("found"),
    "plan": _("the plan's numbers"),
    "even": _("as many everywhere"),
    "population": _("by residents"),
    "demand": _("by the load of the busy hour"),
    "coverage-first": _("as many in every town"),
    "as assumed": _("as assumed"),
    "needed": _("as needed"),
}
"""What layouts and paths are called that have no name of their own."""
STEPS: Final = {
    "formula": _("formula"),
    "fewer piles": _("fewer piles"),
    "moved piles": _("moved piles"),
    "exchanged piles": _("exchanged piles"),
    "verified": _("verified"),
}
"""What the search did to come to a size."""
PILES: Final = {
    "dc": _("DC"),
    "ac": _("AC"),
    "exclusive": _("not shared"),
    "equal": _("equal parts"),
    "sequential": _("one after another"),
    "dynamic": _("by modules"),
}
"""Currents, and how the guns of a pile share its power."""
ITEMS: Final = {
    "pile": _("piles"),
    "works": _("works"),
    "pv": _("photovoltaics"),
    "storage": _("storage"),
    "operation": _("upkeep"),
    "transformer": _("transformers"),
    "line": _("line to the grid"),
    "land": _("rent of land"),
    "ebike": _("bikes"),
    "lng_berth": _("berths"),
    "lng_tank": _("tanks"),
    "lng_barge": _("supply barges"),
    "shore_charger": _("shore chargers"),
    "vessel_box": _("battery boxes"),
    "swap_crew": _("swap crews"),
    "van": _("vans"),
    "swap_bay": _("swap bays"),
    "swap_battery": _("batteries of swap stations"),
    "swap_charger": _("chargers of swap stations"),
}
"""What is bought, by the items of the prices."""
CANDIDATES: Final = {
    "village": _("village"),
    "car_park": _("car park"),
    "depot": _("depot"),
    "terminal": _("cargo terminal"),
    "yard": _("yard"),
    "service_area": _("service area"),
    "station": _("station"),
}
"""Kinds of candidates."""
PLACED: Final = {
    "given": _("given"),
    "drawn": _("drawn"),
    "centre": _("centre of the town"),
    "standing": _("stands"),
    "tables": _("other tables"),
}
"""Where the place of a candidate is known from."""
ENDS: Final = {"low": _("low"), "value": _("as assumed"), "high": _("high")}
"""Ends of the prices."""
WAYS: Final = {"charging": _("charging"), "swapping": _("swapping")}
"""Ways to supply vessels."""
_SAME: Final = {name: {**OTHERS, **STEPS, **PILES} for name in ("layout", "path", "step", "current", "sharing")}
WORDS: Final = {**_SAME, "item": ITEMS, "kind": CANDIDATES, "placed": PLACED, "prices": ENDS, "way": WAYS}
"""Words by column of the tables."""
UNTARGETED: Final = frozenset({"question_storage"})
"""Questions for what costs least, whatever it serves: there is no target to meet."""
_THINNED: Final = 15
"""Rows of the sizes that were tried that are shown."""


class SizingWords:
    """Sentences and cells of a sizing in the reader's language.

    Parameters
    ----------
    kind : str
        What was sized.
    names : PlaceNames
        Names of the county's places.
    translate : Translate
        Into the language.
    """

    def __init__(self, kind: str, names: PlaceNames, translate: Translate) -> None:
        self.kind = kind
        self._names = names
        self.translate = translate

    def place(self, key: str) -> str:
        """Return the name of a station, of a town, or of the service areas of one."""
        if self.kind == "bunkering":
            return self._names.name("lng_stations", key)
        if key.endswith(ON_EXPRESSWAY):
            town = self._names.place(key.removesuffix(ON_EXPRESSWAY))
            return self.translate(EXPRESSWAY).format(town=town)
        if self.kind == "swap":
            # stations of swapping have no names: what they are called after tells them apart
            key = key.removeprefix("swap-")
        station = self._names.station(key)
        return self._names.place(key) if station == key else station

    def said(self, key: str) -> str:
        """Return a message around findings; `experiments.report.words.findings.SHOWN` has them in English."""
        return self.translate(SHOWN[key])

    def question(self, sizing: Sizing) -> str:
        """Return what was asked."""
        return finding_text(sizing.question, self.translate, self.place)

    def verdict(self, sizing: Sizing) -> str:
        """Return whether the target can be met, with the totals of a layout or how many rows there are."""
        answer = sizing.answer
        verdict = self.said("feasible" if sizing.feasible else "infeasible")
        if {"piles", "guns_per_pile"} <= set(answer.columns):
            guns = int((answer["piles"] * answer["guns_per_pile"]).sum())
            totals = {"piles": int(answer["piles"].sum()), "guns": guns, "stations": answer["station_id"].n_unique()}
            return self.said("piles").format(verdict=verdict, **totals)
        if sizing.question.key in UNTARGETED:
            return self.said("without_target").format(rows=answer.height)
        if "station_id" in answer.columns:
            return self.said("stations").format(verdict=verdict, stations=answer.height)
        return self.said("rows").format(verdict=verdict, rows=answer.height)

    def lines(self, sizing: Sizing) -> list[str]:
        """Return what else there is to say: service, what the answer is, what binds."""
        found = (finding_text(each, self.translate, self.place) for each in (*sizing.says, *sizing.binds))
        return [*self._service(sizing), *found]

    def _service(self, sizing: Sizing) -> list[str]:
        """Return what the answer's service is, with its interval, from the evaluation that counts: the last seeds."""
        row, fresh = _row_of_answer(sizing)
        if row is None:
            return []
        names = [name for name in row if f"{name}_low" in row]
        listed = self.translate(_(", ")).join(
            self.said("of_measure").format(
                measure=measure_text(name, self.translate),
                value=shown_text(Shown(row[name], row[f"{name}_low"], row[f"{name}_high"]), self.translate, name),
            )
            for name in names
        )
        return [self.said("serves_fresh" if fresh else "serves").format(listed=listed)]

    def cells(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a table with names of places and words instead of ids and keys; files keep the ids."""
        columns = []
        for name in frame.columns:
            if name in {"station", "station_id", "place", "town", "candidate"} and frame.schema[name] == pl.String:
                columns.append(pl.col(name).map_elements(self.place, return_dtype=pl.String))
            if name in WORDS and frame.schema[name] == pl.String:
                words = {key: self.translate(word) for key, word in WORDS[name].items()}
                columns.append(pl.col(name).replace(words))
            if name == "vehicle_class" and frame.schema[name] == pl.String:
                columns.append(pl.col(name).map_elements(self._code, return_dtype=pl.String))
        if "sizes" in frame.columns:
            columns.append(pl.col("sizes").map_elements(self._sizes, return_dtype=pl.String))
        return frame.with_columns(columns)

    def _code(self, key: str) -> str:
        """Return a code that means the same in all tables in words."""
        return code(key, self.translate)

    def _sizes(self, text: str) -> str:
        """Return sizes of stations ("id 1 x 200 all day, 3 trucks; id 2 x ...") with names and words."""
        parts = [part.partition(" ") for part in text.split("; ")]
        found = "; ".join(f"{self.place(key)}{space}{rest}" for key, space, rest in parts)
        for key in ("size_all_day", "size_trucks", "size_barges"):
            found = found.replace(f" {SHOWN[key]}", f" {self.said(key)}")
        return found

    def tables(self, sizing: Sizing) -> dict[str, tuple[str, pl.DataFrame]]:
        """Return the tables that a reader wants, by name, each with its title; what was tried comes last."""
        found = {name: (self.said(name), self.cells(table)) for name, table in sizing.tables.items()}
        # rows by pile group are for the file where the towns say it shorter
        if not found:
            found["answer"] = (self.said("answer"), self.cells(sizing.answer))
        # a path has a row per year already
        if not any(table.equals(sizing.frontier) for table in sizing.tables.values()) and "path" not in found:
            tried = sizing.frontier.drop("meets") if sizing.question.key in UNTARGETED else sizing.frontier
            found["tried"] = (self.said("tried"), self.cells(thinned(tried)))
        return found


def thinned(frontier: pl.DataFrame) -> pl.DataFrame:
    """Return some rows, evenly over the sizes; the file holds all."""
    if frontier.height <= _THINNED:
        return frontier
    return frontier[[round(step * (frontier.height - 1) / (_THINNED - 1)) for step in range(_THINNED)]]


def _row_of_answer(sizing: Sizing) -> tuple[dict[str, Any] | None, bool]:
    """Return the evaluation of the answer that counts, and whether it is on fresh seeds."""
    frontier, answer = sizing.frontier, sizing.answer
    if not {"piles", "guns"} <= set(frontier.columns) or not {"piles", "guns_per_pile"} <= set(answer.columns):
        return None, False
    guns = int((answer["piles"] * answer["guns_per_pile"]).sum())
    same_size = (pl.col("piles") == int(answer["piles"].sum())) & (pl.col("guns") == guns)
    rows = frontier.filter(same_size & (pl.col("meets") == sizing.feasible))
    if not rows.height:
        return None, False
    if "seeds" not in rows.columns:
        return rows.row(0, named=True), False
    row = rows.sort("seeds", maintain_order=True).row(-1, named=True)
    return row, bool(row["seeds"])
