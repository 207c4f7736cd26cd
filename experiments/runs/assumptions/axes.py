"""What may move: keys of a scenario, figures and tables of its county, with their ranges and their law."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args, get_origin

import polars as pl
from pydantic import BaseModel

from data.edits import RANGED, has_ranges
from data.streams import latin, triangular
from experiments.scenario.files import FIGURES, TABLES
from experiments.scenario.model import Scenario

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from data.arrays import Floats
    from data.county import County

CRITERIA: Final = ("charging.los_", "river.target_", "ebikes.lost_share", "ebikes.low_share")
"""Figures that are limits of the county's own: what is asked for is no doubt about the world."""
AGREED: Final = ("adoption.base_year",)
"""Figures that are agreed on, not estimated: the tables of observed sales end in the base year, whatever its range."""
YEAR: Final = re.compile(r"_(19|20)\d\d$")
"""End of the key of a figure that holds for a year."""


def numeric_keys(model: type[BaseModel] = Scenario, prefix: str = "") -> dict[str, bool]:
    """Return the keys of a scenario that are numbers, and whether they are whole."""
    found: dict[str, bool] = {}
    for name, field in model.model_fields.items():
        # figures and tables of a county are axes of their own kind
        if get_origin(field.annotation) is dict:
            continue
        kinds = [field.annotation, *get_args(field.annotation)]
        sections = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if sections:
            found |= numeric_keys(sections[0], f"{prefix}{name}.")
        elif int in kinds or float in kinds:
            found[f"{prefix}{name}"] = int in kinds
    return found


NUMERIC: Final = numeric_keys()
"""Keys of a scenario that are numbers, and whether they are whole."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A key and the range that it is varied over.

    Attributes
    ----------
    key : str
        Numeric key of a scenario, ``figures.<key>`` for a figure of the county, ``tables.<table>.<keys>`` for figures
        in its tables (see `data.edits.cells_of`).
    low, high : float
        Ends of the range.
    count : int or None
        Values of a grid; None where the design decides.
    middle : float or None
        The value of the tables; None where nobody asked for it.
    """

    key: str
    low: float
    high: float
    count: int | None = None
    middle: float | None = None

    def value(self, value: float) -> float | int:
        """Return a value as the key takes it."""
        # whole keys, such as numbers of stations, take no fraction
        return round(value) if NUMERIC.get(self.key, False) else value

    @property
    def together(self) -> str:
        """Name of what moves together: figures that differ in their year alone share their doubt."""
        return YEAR.sub("", self.key)

    @property
    def ends(self) -> tuple[float, float, float]:
        """Low end, value of the tables (the middle of the range where it is not known) and high end."""
        return self.low, (self.low + self.high) / 2.0 if self.middle is None else self.middle, self.high

    def drawn(self, seed: int, samples: int) -> Floats:
        """Return draws by the triangular law between the ends, a stratum each; the same for what moves together."""
        return triangular(*self.ends, latin(seed, "assumptions", self.together, samples=samples))


def assumed_axes(county: County, figures: Collection[str], tables: Collection[str]) -> list[Axis]:
    """Return the assumed figures and tables with a range among some, in the order of the county.

    The rows of a table move together, from the low to the high ends of their ranges: -1 to 1.

    Parameters
    ----------
    county : data.County
        Its figures.
    figures, tables : collection of str
        Keys of figures, names of tables. Figures that are criteria, or agreed on, are left out.
    """
    # measured figures are varied only where somebody asks for them
    wanted = pl.col("key").is_in(sorted(figures)) & (pl.col("confidence") == "assumption")
    # a value that a scenario sets outside of its range is given
    inside = pl.col("value").is_between("low", "high")
    ranged = county.figures.filter(wanted & inside & (pl.col("low") < pl.col("high")))
    return [
        # rows may have no range in this county, whatever the table's columns allow
        *(
            Axis(f"{TABLES}.{name}", -1.0, 1.0, middle=0.0)
            for name in RANGED
            if name in tables and has_ranges(county, name)
        ),
        *(
            Axis(f"{FIGURES}.{key}", low, high, middle=value)
            for key, low, value, high in ranged.select("key", "low", "value", "high").iter_rows()
            if not key.startswith(CRITERIA) and key not in AGREED
        ),
    ]


def axes_of(scenario: Scenario, county: County, behind: pl.DataFrame) -> dict[str, list[Axis]]:
    """Return what each target rests on and may move: assumptions with a range that the scenario does not set itself.

    Parameters
    ----------
    scenario, county
        The scenario, and its county as the scenario edits it.
    behind : polars.DataFrame
        The scorecard's table of assumptions.

    Returns
    -------
    dict of str to list of Axis
        By id of the target.
    """
    found = {}
    for (target,), rows in behind.group_by("target_id", maintain_order=True):
        figures, tables = rows["figure"].drop_nulls(), rows.filter(pl.col("figure").is_null())["table"]
        found[str(target)] = free_axes(scenario, county, set(figures), set(tables))
    return found


def free_axes(scenario: Scenario, county: County, figures: set[str], tables: set[str]) -> list[Axis]:
    """Return which of some figures and tables may move: assumptions with a range that the scenario does not set."""
    given = {key.partition(".")[0] for key in scenario.tables}
    return assumed_axes(county, figures - set(scenario.figures), tables - given)


def at(scenario: Scenario, values: dict[str, float | int]) -> Scenario:
    """Return the scenario with other values; another year moves the first day along."""
    moved: dict[str, object] = dict(values)
    # the first day must lie in the year
    if "year" in values:
        moved["start"] = scenario.start.replace(year=int(values["year"]))
    return scenario.with_values(moved)


def points_of(axes: Sequence[Axis], *, seed: int, samples: int) -> list[dict[str, float | int]]:
    """Return the points of a designed sample, each a value by key: a Latin hypercube by the laws of the axes.

    Each axis has a stream of its own, so that the points of the others stay where they are when one is added.
    """
    columns = {axis.key: axis.drawn(seed, samples).tolist() for axis in axes}
    return [{axis.key: axis.value(columns[axis.key][row]) for axis in axes} for row in range(samples)]
