"""One layout, one week, one set of random numbers: what drivers met, here or in another process."""

from __future__ import annotations

import base64
import functools
import json
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from charging.result import PLUGGED
from data.outcomes import LATE_MIN, late_min
from data.storage import frame_bytes, frame_from
from experiments.runs.case import Case, places
from experiments.runs.plan import prepare
from experiments.runs.replicate import demand, simulate_charging
from experiments.scenario.model import from_json
from experiments.sizing.stations.occasions import Occasion
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from charging.result import ChargingResult

LOST_MIN: Final = 60.0
"""Minutes that a driver counts for who left a station without a gun: ranks stations, and is no figure of a result."""
_KEPT: Final = 32
"""Tables of requests that stay in memory: those of the search and of the rounds that confirm it."""


class Piece(NamedTuple):
    """Layouts that one week shows with one set of random numbers: its requests are drawn once for all of them.

    Attributes
    ----------
    occasion : int
        Number of the week.
    seed : int
        Seed of requests and outages.
    engine : str
        Engine of the charging stations.
    layouts : tuple of polars.DataFrame
        The layouts.
    """

    occasion: int
    seed: int
    engine: str
    layouts: tuple[pl.DataFrame, ...]


class Observed(NamedTuple):
    """What a layout showed in a piece.

    Attributes
    ----------
    values : dict of str to float or None
        Measures by name; None where nothing was observed.
    requests : int
        Requests of the week.
    trouble : dict of str to float
        By site, minutes that drivers waited too long or in vain.
    """

    values: dict[str, float | None]
    requests: int
    trouble: dict[str, float]


Answer = tuple[int, int, list[Observed]]
"""Week and seed of a piece, and what each of its layouts showed."""


class Weeks:
    """Simulates layouts in weeks; the same seed gives every layout the same requests.

    Parameters
    ----------
    occasions : sequence of Occasion
        The weeks.
    measures : sequence of str
        Names in `experiments.statistics.measures.MEASURES` of what is observed.
    """

    def __init__(self, occasions: Sequence[Occasion], measures: Sequence[str]) -> None:
        self.occasions = list(occasions)
        self.measures = tuple(measures)
        self.figure = self.occasions[0].case.county.figure
        # a table that no measure reads is not made: that takes half the time of a simulation
        self._others = sorted({MEASURES[name].table for name in measures} - {"sessions"})
        self._cases: dict[tuple[int, tuple[tuple[object, ...], ...]], Case] = {}
        self.requests = functools.lru_cache(maxsize=_KEPT * len(self.occasions))(self._requests)

    def case(self, layout: pl.DataFrame, occasion: int = 0) -> Case:
        """Return the case with a layout; the ways to its stations are computed once per set of places."""
        key = (occasion, places(layout))
        if key not in self._cases:
            self._cases[key] = self.occasions[occasion].case.with_layout(layout)
        return self._cases[key].with_layout(layout)

    def _requests(self, seed: int, occasion: int = 0) -> pl.DataFrame:
        """Draw the requests of a week."""
        return demand(self.occasions[occasion].case, seed=seed)

    def result(self, layout: pl.DataFrame, seed: int, *, engine: str, occasion: int = 0) -> ChargingResult:
        """Simulate a layout in a week; tables are made when they are asked for."""
        return simulate_charging(self.case(layout, occasion), self.requests(seed, occasion), seed=seed, engine=engine)

    def tables(self, layout: pl.DataFrame, seed: int, *, engine: str, occasion: int = 0) -> dict[str, pl.DataFrame]:
        """Return sessions, visits and what else the measures need."""
        result = self.result(layout, seed, engine=engine, occasion=occasion)
        return {name: getattr(result, name) for name in ("sessions", "visits", *self._others)}

    def observed(self, piece: Piece) -> Answer:
        """Simulate a piece."""
        return (
            piece.occasion,
            piece.seed,
            [
                self._observed(self.tables(layout, piece.seed, engine=piece.engine, occasion=piece.occasion))
                for layout in piece.layouts
            ],
        )

    def _observed(self, tables: dict[str, pl.DataFrame]) -> Observed:
        """Return what the tables of a week show."""
        values = {name: MEASURES[name].of(tables[MEASURES[name].table], self.figure) for name in self.measures}
        waited = pl.col("leave_queue_min") - pl.col("arrive_min")
        over = pl.when(PLUGGED).then(late_min(self.figure(LATE_MIN), waited)).otherwise(LOST_MIN)
        lost = tables["visits"].group_by("station_id", maintain_order=True).agg(over.sum().alias("late_min"))
        return Observed(values, tables["sessions"].height, dict(lost.iter_rows()))

    @functools.cached_property
    def text(self) -> str:
        """The weeks as text: another process makes the same of it."""
        weeks = [(each.name, each.case.scenario.model_dump_json(), each.days) for each in self.occasions]
        return json.dumps({"weeks": weeks, "measures": self.measures})

    def encode(self, piece: Piece) -> str:
        """Return a piece as text, together with the weeks."""
        layouts = [base64.b64encode(frame_bytes(layout)).decode() for layout in piece.layouts]
        return json.dumps({"weeks": self.text, "piece": [piece.occasion, piece.seed, piece.engine, layouts]})


@functools.lru_cache(maxsize=16)
def _weeks(text: str) -> Weeks:
    """Return the weeks of a text; a process keeps those of a few years, with their counties and requests."""
    given = json.loads(text)
    found = [Occasion(name, prepare(from_json(scenario)).case, days) for name, scenario, days in given["weeks"]]
    return Weeks(found, given["measures"])


def observed_there(text: str) -> str:
    """Simulate a piece in another process, from its text to that of the answer."""
    given = json.loads(text)
    occasion, seed, engine, layouts = given["piece"]
    frames = tuple(frame_from(base64.b64decode(layout)) for layout in layouts)
    return json.dumps(_weeks(given["weeks"]).observed(Piece(occasion, seed, engine, frames)))


def answer_of(text: str) -> Answer:
    """Return the answer that a text of `observed_there` gives."""
    occasion, seed, shown = json.loads(text)
    return occasion, seed, [Observed(*each) for each in shown]
