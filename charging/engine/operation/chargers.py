"""Chargers with guns of several kinds: groups of piles that are the same cabinets.

While a vehicle stands at a pile of one group (or has booked it), the same pile of the other groups is out of use, as
one that failed is. Each reason is counted, and a pile is in use again when none is left.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from charging.engine.ledger import Guns
    from charging.engine.shared_piles import SharedPiles
    from charging.engine.stations import Group, Station


class SharedChargers:
    """Which piles are out of use, and which groups share their chargers.

    Parameters
    ----------
    stations, guns
        Stations and all guns.
    shared
        The piles that share power.
    """

    def __init__(self, stations: Sequence[Station], guns: Guns, shared: SharedPiles) -> None:
        self._shared = shared
        self._pile_of = guns.pile
        self._reasons: Counter[tuple[int, int]] = Counter()
        self._others: dict[int, Sequence[Group]] = {}
        for station in stations:
            named = [group for group in station.groups["any"] if group.charger is not None]
            for group in named:
                others = [other for other in named if other.charger == group.charger and other is not group]
                if others:
                    self._others[group.number] = others
        # by gun: looked up whenever a vehicle plugs in or leaves
        self._others_of = [self._others.get(number, ()) for number in guns.group.tolist()]

    @property
    def any(self) -> bool:
        """Return whether any groups share their chargers."""
        return bool(self._others)

    def take_out(self, group: Group, pile: int) -> None:
        """Give a pile one more reason to be out of use."""
        self._reasons[group.number, pile] += 1
        if self._reasons[group.number, pile] == 1:
            self._switch(group, pile, down=True)

    def bring_back(self, group: Group, pile: int) -> bool:
        """Take a reason away; return whether the pile is in use again."""
        self._reasons[group.number, pile] -= 1
        if self._reasons[group.number, pile]:
            return False
        self._switch(group, pile, down=False)
        return True

    def _switch(self, group: Group, pile: int, *, down: bool) -> None:
        """Put a pile out of use, or back."""
        if group.alone:
            group.switch(pile, down=down)
        else:
            self._shared.switch(group, pile, down=down)

    def occupy(self, gun: int) -> None:
        """Let a vehicle stand at a gun: the charger's other piles are out of use."""
        for other in self._others_of[gun]:
            self.take_out(other, int(self._pile_of[gun]))

    def vacate(self, gun: int) -> list[Group]:
        """Let a vehicle leave a gun; return the charger's other groups whose pile is in use again."""
        return [other for other in self._others_of[gun] if self.bring_back(other, int(self._pile_of[gun]))]
