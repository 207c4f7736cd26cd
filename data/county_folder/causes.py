"""Faults of a county grouped by what causes them: one wrong name is one thing, however many rows repeat it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from data.errors import Fault

    Pair = tuple[tuple[str, ...], tuple[str, ...]]

_MORE: Final = re.compile(r"^the same in (?:\.\.\. and )?(\d+) more rows$")
_QUOTED: Final = re.compile(r"'([^']+)'")
_MEANT: Final = re.compile(r"Did you mean '([^']+)'\?")
_REFERENCE: Final = "an id that stands in "
_JOINED: Final = "a town that open roads join to "
_LACKS: Final = "no row for "
_SHOWN_LINES: Final = 3
_SHOWN_FILES: Final = 6


@dataclass(slots=True)
class Cause:
    """Faults that have one cause.

    Attributes
    ----------
    faults : list of Fault
        The faults; the one that says most stands first.
    more : dict of str to int
        Rows by file that have the same and are not among the faults.
    """

    faults: list[Fault] = field(default_factory=list)
    more: dict[str, int] = field(default_factory=dict)

    @property
    def places(self) -> int:
        """Number of rows, columns and files that are concerned."""
        return len(self.faults) + sum(self.more.values())

    def __str__(self) -> str:
        """Return the cause as one line of text: a single fault as it is, others with where they stand."""
        first = self.faults[0]
        if self.places == 1:
            return str(first)
        got = list(dict.fromkeys(fault.got for fault in self.faults if fault.expected == first.expected))
        shown = ", ".join(got[:_SHOWN_LINES]) + (", ..." if len(got) > _SHOWN_LINES else "")
        text = f"got {shown} in {self.places} places ({self._where()}); expected {first.expected}."
        return f"{text} {first.remedy}" if first.remedy else text

    def _where(self) -> str:
        """Return the files with their first lines."""
        lines: dict[str, list[int]] = {}
        for fault in self.faults:
            lines.setdefault(fault.file, []).extend([] if fault.row is None else [fault.row])
        parts = []
        for file, numbers in lines.items():
            rest = len(numbers[_SHOWN_LINES:]) + self.more.get(file, 0)
            listed = ", ".join(map(str, numbers[:_SHOWN_LINES]))
            parts.append(file + (f" line {listed}" if listed else "") + (f" and {rest} more" if rest else ""))
        hidden = len(parts) - _SHOWN_FILES
        return "; ".join(parts[:_SHOWN_FILES]) + (f"; and {hidden} more files" if hidden > 0 else "")


def causes_of(faults: Sequence[Fault]) -> list[Cause]:
    """Return faults grouped by cause, in the order in which each cause is first met.

    One cause have: references to one name, and what is wrong with the name that is meant instead; cells of a column
    that expect the same; towns that no road joins to one seat.
    """
    found: dict[tuple[str, ...], Cause] = {}
    meant: list[Pair] = []
    last: Fault | None = None
    key: tuple[str, ...] = ()
    for fault in faults:
        counted = _MORE.match(fault.got)
        if counted and last is not None and (last.file, last.column) == (fault.file, fault.column):
            more = found[key].more
            more[fault.file] = more.get(fault.file, 0) + int(counted[1])
            continue
        last, key = fault, _key(fault)
        found.setdefault(key, Cause()).faults.append(fault)
        meant += [(key, ("name", other)) for other in _others(fault)]
    return _joined(found, meant)


def _key(fault: Fault) -> tuple[str, ...]:
    """Return what faults of one cause share."""
    names = _QUOTED.findall(fault.got)
    if fault.expected.startswith(_REFERENCE) and names:
        return "name", names[0]
    if fault.expected.startswith(_JOINED):
        return "name", _QUOTED.findall(fault.expected)[0]
    if fault.got.startswith(_LACKS) and names:
        return "name", names[0]
    return fault.file, str(fault.column), fault.expected


def _others(fault: Fault) -> Iterator[str]:
    """Yield other names that a fault may be about: the one that is meant, the town that is cut off."""
    yield from _MEANT.findall(fault.remedy)
    if fault.expected.startswith(_JOINED):
        yield from _QUOTED.findall(fault.got)


def _joined(found: dict[tuple[str, ...], Cause], meant: Sequence[Pair]) -> list[Cause]:
    """Return the causes, with those put together whose names are mistaken for each other."""
    owner = {key: key for key in found}

    def root(key: tuple[str, ...]) -> tuple[str, ...]:
        while owner[key] != key:
            key = owner[key]
        return key

    for key, other in meant:
        # a name that is meant and right has no faults of its own
        if other in found:
            later, earlier = sorted((root(key), root(other)), key=list(found).index, reverse=True)
            owner[later] = earlier
    merged: dict[tuple[str, ...], Cause] = {}
    for key, cause in found.items():
        into = merged.setdefault(root(key), Cause())
        into.faults += cause.faults
        for file, count in cause.more.items():
            into.more[file] = into.more.get(file, 0) + count
    for cause in merged.values():
        # a reference names the value and what is meant: it says most
        cause.faults.sort(key=lambda fault: not fault.expected.startswith(_REFERENCE))
    return list(merged.values())


def counted(causes: Iterable[Cause]) -> str:
    """Return how many faults there are, in words."""
    listed = list(causes)
    places = sum(cause.places for cause in listed)
    text = f"{len(listed)} fault{'' if len(listed) == 1 else 's'}"
    return text if places == len(listed) else f"{text} in {places} places"
