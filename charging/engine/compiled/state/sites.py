"""Stations with their groups, guns, queues, hours and fees as rows of the matrices of the compiled event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charging.engine.compiled.state.tables import IDLE, Fit, Group, Gun, Span, Station, Step
from charging.power.records import FIRST_GUN_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from charging.engine import stations as plain
    from charging.engine.ledger import Guns
    from charging.inputs.fees import Fees
    from data.arrays import Floats, Ints


_GROUP_COLUMNS: Final = tuple(Group)
"""In order: to go through an enumeration takes longer than to make a row."""


class Matrix:
    """Rows of one matrix that are added part by part; records name each other by the number of the row."""

    def __init__(self, columns: int, kind: type[np.float64 | np.int64]) -> None:
        self._columns = columns
        self._kind = kind
        self._parts: list[NDArray[Any] | list[float]] = []
        self.height = 0

    def add(self, part: NDArray[Any]) -> int:
        """Add rows, which may have fewer columns; return the first one's number. They are copied at the end."""
        first = self.height
        self._parts.append(part)
        self.height += len(part)
        return first

    def add_list(self, values: Iterable[float]) -> tuple[int, int]:
        """Add a row per value; return the first row's number, and how many there are."""
        first, column = self.height, list(values)
        last = self._parts[-1] if self._parts else None
        # lists that follow each other are one: hundreds of arrays of a row or two would take longer than all the rest
        if isinstance(last, list):
            last += column
        else:
            self._parts.append(column)
        self.height += len(column)
        return first, len(column)

    def array(self) -> NDArray[Any]:
        """Return all rows; one at least, so that there is something to look at."""
        result = np.zeros((max(self.height, 1), self._columns), dtype=self._kind)
        first = 0
        for part in self._parts:
            if isinstance(part, list):
                result[first : first + len(part), 0] = part
            else:
                result[first : first + len(part), : part.shape[1]] = part
            first += len(part)
        return result


def add_stations(
    stations: Sequence[plain.Station], wishes: Sequence[str], guns: Guns, book: Matrix, reals: Matrix
) -> tuple[Ints, int]:
    """Add the rows of stations to the book, from row 0 on; return the table of groups, and the row of the first fit.

    ``wishes`` are the currents (with or without a plug) that requests want, by number; a station's rows for them follow
    each other. Groups whose piles share have their rows in the power kernel already.
    """
    table = np.zeros((len(stations), len(Station)), dtype=np.int64)
    fits = np.zeros((len(stations) * len(wishes), len(Fit)), dtype=np.int64)
    groups = np.full((len(guns.terms), len(Group)), -1, dtype=np.int64)
    groups[:, Group.FREE] = groups[:, Group.OTHERS] = 0
    book.add(table)
    first_fit = book.add(fits)
    fees_at: dict[Fees, list[int]] = {}
    for station in stations:
        kinds = station.kinds("any")
        first_line, _ = book.add_list([0] * len(kinds))
        line_of = {kind: first_line + number for number, kind in enumerate(kinds)}
        for group in station.groups["any"]:
            groups[group.number] = _group_row(station, group, line_of, book)
        for number, wanted in enumerate(wishes):
            fit = fits[station.number * len(wishes) + number]
            fit[Fit.FIRST_GROUP], fit[Fit.GROUPS] = book.add_list(group.number for group in station.groups[wanted])
            fit[Fit.FIRST_LINE], fit[Fit.LINES] = book.add_list(line_of[kind] for kind in station.kinds(wanted))
            fit[Fit.GUNS], fit[Fit.LEADING] = station.guns[wanted], station.leading[wanted]
        row = table[station.number]
        row[Station.FIRST_SPAN], row[Station.SPANS] = _add_hours(station, reals)
        row[Station.ROAD_HERE] = -1
        row[Station.STAY_FEES] = int(station.fees.stays) if station.fees.asked else -1
        if station.fees not in fees_at:  # stations that ask the same share the rows
            fees_at[station.fees] = _add_fees(station.fees, reals)
        row[Station.ENERGY_FEE : Station.IDLE_FREE + 1] = fees_at[station.fees]
    return groups, first_fit


def _group_row(station: plain.Station, group: plain.Group, line_of: dict[str, int], book: Matrix) -> list[int]:
    """Return the row of a group."""
    named: list[str] = []
    others: list[int] = []
    if group.charger is not None:
        named = list(dict.fromkeys(each.charger for each in station.groups["any"] if each.charger is not None))
        others = [each.number for each in station.groups["any"] if each.charger == group.charger and each is not group]
    first_other, count = book.add_list(others)
    first_pile, _ = book.add_list([0] * group.piles)
    row = {
        Group.STATION: station.number,
        Group.ALONE: int(group.alone),
        Group.GUNS_PER_PILE: group.guns_per_pile,
        Group.ROW: group.row,
        Group.FIRST_PILE_ROW: group.first_pile,
        Group.FIRST_GUN: group.first_gun,
        Group.FREE: group.piles * group.guns_per_pile,
        Group.LINE: line_of[group.kind],
        Group.CHARGER: -1 if group.charger is None else named.index(group.charger),
        Group.USABLE: station.usable[group.number],
        Group.FIRST_PILE: first_pile,
        Group.FIRST_OTHER: first_other,
        Group.OTHERS: count,
        Group.DC: int(group.current == "dc"),
    }
    return [row[column] for column in _GROUP_COLUMNS]


def gun_table(stations: Sequence[plain.Station], guns: Guns) -> Ints:
    """Return the table of guns, all free, with the stacks of idle piles."""
    table = np.zeros((len(guns.group), len(Gun)), dtype=np.int64)
    table[:, Gun.GROUP], table[:, Gun.PILE] = guns.group, guns.pile
    table[:, Gun.BOOKED_BY] = -1
    table[FIRST_GUN_ROW + guns.shared :, Gun.STATE] = IDLE
    for station in stations:
        for group in station.groups["any"]:
            if group.alone:
                # a stack: the first pile is on top
                first, last = group.first_gun, group.first_gun + group.piles
                table[first:last, Gun.IDLE_HERE] = range(last - 1, first - 1, -1)
    return table


def _add_hours(station: plain.Station, reals: Matrix) -> tuple[int, int]:
    """Add the open spans of a station; return where they begin and how many there are, -1: open at any time."""
    if station.hours is None:
        return 0, -1
    spans = np.zeros((len(station.hours.starts_min), len(Span)))
    spans[:, Span.OPENS_MIN], spans[:, Span.CLOSES_MIN] = station.hours.starts_min, station.hours.ends_min
    return reals.add(spans), len(spans)


def _add_fees(fees: Fees, reals: Matrix) -> list[int]:
    """Add the fees of a station; return where each begins, where the last ends, and where the free minutes are."""
    first: list[int] = []
    for rate in (fees.energy, fees.start, fees.time, fees.idle):
        # one row more than there are steps: of the whole week
        steps: Floats = np.zeros((len(rate.before), len(Step)))
        steps[:-1, Step.FROM_MIN], steps[:-1, Step.CNY], steps[:, Step.BEFORE] = (
            rate.edges_min,
            rate.values,
            rate.before,
        )
        first.append(reals.add(steps))
    return [*first, reals.height, reals.add_list([fees.idle_free_min])[0]]
