"""Moves of piles between the stations of a layout, and a store for those that stand nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from data.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STORE: Final = "(store)"
"""Where piles are that stand at no station; brackets keep it apart from the ids of stations."""
KIND: Final = ("current", "pile_kw", "guns_per_pile", "sharing", "gun_amps", "phases", "volts", "plug")
"""Columns that go with a pile; the others belong to the place where it stands."""


@dataclass(frozen=True, slots=True)
class Move:
    """Piles of a group that go to another station.

    Attributes
    ----------
    station, group : str
        Where they stand: a station, or `STORE`, and the group there.
    to : str
        Where they go: a station, or `STORE`.
    piles : int
        How many.
    """

    station: str
    group: str
    to: str
    piles: int


@dataclass(frozen=True, slots=True)
class Budget:
    """The most piles and guns that may stand in the county.

    Attributes
    ----------
    piles, guns : int
        Totals over all stations.
    """

    piles: int
    guns: int


def totals(layout: pl.DataFrame) -> Budget:
    """Return piles and guns of a layout."""
    return Budget(int(layout["piles"].sum()), int((layout["piles"] * layout["guns_per_pile"]).sum()))


def moved(layout: pl.DataFrame, moves: Sequence[Move]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a layout after some moves, and the store.

    Parameters
    ----------
    layout : polars.DataFrame
        The layout before; columns of `data.schemas.charging.Layout`. Its stations are those that piles may go to.
    moves : sequence of Move
        One after the other.

    Returns
    -------
    tuple of polars.DataFrame
        The layout without empty groups, and the rows of the store (station `STORE`).

    Raises
    ------
    ScenarioError
        A place that does not exist, more piles than stand there, or guns that share a charger with others.
    """
    places = {str(row["station_id"]): row for row in layout.iter_rows(named=True)}
    rows = {(str(row["station_id"]), str(row["group_id"])): row for row in layout.iter_rows(named=True)}
    for move in moves:
        _move(rows, move, places)
    kept = [row for row in rows.values() if row["piles"]]
    frame = pl.DataFrame(kept, schema=layout.schema)
    stored = pl.col("station_id") == STORE
    return frame.filter(~stored), frame.filter(stored)


def _move(
    rows: dict[tuple[str, str], dict[str, object]], move: Move, places: Mapping[str, Mapping[str, object]]
) -> None:
    """Carry a move out."""
    source = rows.get((move.station, move.group))
    if source is None:
        raise ScenarioError(f"move: no group {move.group} at {move.station}. Choose one of the layout.")
    if move.to != STORE and move.to not in places:
        raise ScenarioError(f"move: no station {move.to}. Choose one of the layout.")
    there = int(str(source["piles"]))
    if not 1 <= move.piles <= there:
        raise ScenarioError(f"move: got {move.piles} piles of {move.station}; expected 1 to {there}.")
    if source.get("charger_id") is not None:
        raise ScenarioError(
            f"move: the guns of {move.group} at {move.station} are those of charger {source['charger_id']}, which "
            "other groups share. Edit the layout's file instead."
        )
    if move.to == move.station:
        return
    rows[move.station, move.group] = {**source, "piles": there - move.piles}
    target = next((key for key, row in rows.items() if key[0] == move.to and _same_kind(row, source)), None)
    if target is not None:
        rows[target] = {**rows[target], "piles": int(str(rows[target]["piles"])) + move.piles}
        return
    group = _free_name(move.group, {key[1] for key in rows if key[0] == move.to})
    place = places.get(move.to, dict.fromkeys(source))
    new = {**place, **{name: source[name] for name in KIND if name in source}, "charger_id": None}
    new |= {"station_id": move.to, "group_id": group, "piles": move.piles}
    rows[move.to, group] = {name: new[name] for name in source}


def _same_kind(row: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Return whether piles of two groups are alike, and none of them shares a charger."""
    alike = all(row.get(name) == other.get(name) for name in KIND)
    return alike and row.get("charger_id") is None


def _free_name(wanted: str, taken: set[str]) -> str:
    """Return a name of a group that a station does not have yet."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name
