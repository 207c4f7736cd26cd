"""Guns that are booked for drivers on their way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from charging.engine.stations import Group, Pile


class Booking(NamedTuple):
    """A gun (a pile that is alone, or a number) kept for a driver who comes at ``arrive_min``.

    ``pile`` is its number in the group; ``number`` tells the bookings of one driver apart.
    """

    group: Group
    gun: Pile | int
    pile: int
    arrive_min: float
    number: int


@dataclass(slots=True)
class Bookings:
    """All guns that are booked now, by request."""

    kept: dict[int, Booking] = field(default_factory=dict)
    made: int = 0

    def book(self, index: int, group: Group, gun: Pile | int, pile: int, arrive_min: float) -> Booking:
        """Keep a gun for a driver."""
        self.made += 1
        self.kept[index] = booking = Booking(group, gun, pile, arrive_min, self.made)
        return booking

    def end(self, index: int, number: int | None = None) -> Booking | None:
        """Forget a driver's booking, and return it; None where it has ended or is another than ``number``."""
        booking = self.kept.get(index)
        if booking is None or (number is not None and booking.number != number):
            return None
        del self.kept[index]
        return booking

    def at(self, group: Group, pile: int) -> list[int]:
        """Return the requests for which guns of a pile are kept, the first booked first."""
        return [index for index, kept in self.kept.items() if kept.group is group and kept.pile == pile]
