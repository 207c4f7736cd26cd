"""Where the residents of a county live: its villages as a table says, or drawn over the area of their town.

What statistics know of a town is its area, its residents and how many villages it has, not where those lie. A drawn
village is marked as such, and is in the same place in every run of a county.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.streams import stream
from data.tables.distances import EARTH_M

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.arrays import Floats
    from data.county import County

GIVEN, DRAWN, CENTRE = "given", "drawn", "centre"
"""How the place of a village is known: from a table; drawn over the area of its town; it is the town's centre."""
HOMES: Final = pl.Schema(
    {
        "village": pl.String,
        "town": pl.String,
        "lon": pl.Float64,
        "lat": pl.Float64,
        "residents": pl.Float64,
        "placed": pl.String,
    }
)
"""Columns of the villages of a county."""
# where villages lie is no chance of a replication: all runs of a county share it
_SEED: Final = 0
# of a turn: points a golden section apart fill a disc evenly, however many there are (Vogel 1979)
_GOLDEN_TURN: Final = (3.0 - math.sqrt(5.0)) / 2.0
_KM_PER_DEGREE: Final = math.radians(1.0) * EARTH_M / 1000.0


@dataclass(frozen=True, slots=True)
class Settlement:
    """How people are spread over a town whose villages nobody lists.

    Attributes
    ----------
    centre_residents : float
        People at the centre of a town.
    residents_per_village : float
        People in a village, where the number of villages is not known.
    """

    centre_residents: float
    residents_per_village: float

    @classmethod
    def from_county(cls, county: County) -> Settlement:
        """Return the figures ``people.*`` of a county.

        Raises
        ------
        DataError
            A figure that the county lacks.
        """
        return cls(county.figure("people.centre_residents"), county.figure("people.residents_per_village"))


def villages_of(county: County) -> pl.DataFrame:
    """Return the villages of a county with their residents.

    The table ``villages`` goes first: a town that has rows there lives in them. A village without a number has an equal
    part of what those with a number leave of the town's residents; all are scaled to the residents that ``towns``
    states. Any other town has ``people.centre_residents`` at its centre, and the rest in equal villages drawn over a
    disc of its area; all at its centre where the area is not known.

    Returns
    -------
    polars.DataFrame
        Columns of `HOMES`, in the order of the towns. ``placed`` is `GIVEN`, `DRAWN` or `CENTRE`.
    """
    settlement = Settlement.from_county(county)
    listed = county.villages.partition_by("town", as_dict=True)
    parts = [HOMES.to_frame()]
    for known, towns in itertools.groupby(county.towns.iter_rows(named=True), lambda town: (town["town"],) in listed):
        if known:
            parts += [_given(town, listed[town["town"],]) for town in towns]
        else:
            # one frame for all of them: a frame for each takes half of the time of a county without a table
            rows = [row for town in towns for row in _drawn(town, settlement)]
            parts.append(pl.DataFrame(rows, schema=HOMES, orient="row"))
    return pl.concat(parts)


def _given(town: dict[str, Any], rows: pl.DataFrame) -> pl.DataFrame:
    """Return the villages that a table lists for a town."""
    known = float(rows["residents"].sum())
    # never nobody at all: a village that is listed counts, also where the others take up the whole town
    unknown = max(float(town["residents"]) - known, 1.0) / max(rows["residents"].null_count(), 1)
    people = rows["residents"].fill_null(unknown)
    scaled = people * (float(town["residents"]) / float(people.sum()))
    return rows.select(
        "village", "town", "lon", "lat", residents=scaled, placed=pl.lit(GIVEN)
    )  # fmt: skip


def _drawn(town: dict[str, Any], settlement: Settlement) -> Iterator[tuple[Any, ...]]:
    """Return rows of villages drawn over the area of a town, in order of their distance from its centre."""
    people = float(town["residents"])
    spread = town["area_km2"] is not None
    centre = min(settlement.centre_residents, people) if spread else people
    rest = people - centre
    number = town["villages"]
    if number is None:
        number = math.ceil(rest / settlement.residents_per_village)
    number = number if rest > 0.0 else 0
    if rest > 0.0 and number == 0:
        centre, rest = people, 0.0
    east_km, north_km = _disc(str(town["town"]), number, town["area_km2"] or 0.0)
    lat = town["lat"] + np.concatenate([[0.0], north_km]) / _KM_PER_DEGREE
    lon = town["lon"] + np.concatenate([[0.0], east_km]) / (_KM_PER_DEGREE * math.cos(math.radians(town["lat"])))
    names = [f"{town['town']}/centre", *(f"{town['town']}/{row}" for row in range(1, number + 1))]
    residents = [centre, *[rest / max(number, 1)] * number]
    placed = [CENTRE, *[DRAWN] * number]
    return zip(names, [town["town"]] * (number + 1), lon.tolist(), lat.tolist(), residents, placed, strict=True)


@functools.lru_cache(maxsize=256)
def _disc(town: str, number: int, area_km2: float) -> tuple[Floats, Floats]:
    """Return points in a disc of an area, km east and north of its centre: one in each of rings of equal area.

    Kept, as points of a sample move how many people live in a town, not its villages.
    """
    radius_lot, turn_lot, first = (
        stream(_SEED, "people", town, name).random(size)
        for name, size in (("radius", number), ("turn", number), ("first", 1))
    )
    rings = np.arange(number) + radius_lot
    radius = np.sqrt(area_km2 / math.pi * rings / max(number, 1))
    # half a golden section of play to each side keeps neighbours apart
    turns = first + _GOLDEN_TURN * (np.arange(number) + turn_lot - 0.5)
    angle = 2.0 * math.pi * turns
    found = np.asarray(radius * np.cos(angle)), np.asarray(radius * np.sin(angle))
    for part in found:
        part.flags.writeable = False
    return found
