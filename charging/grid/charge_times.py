"""When charges at chargers of one's own begin and end: each by its own start rule, or all by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from charging.grid.starts import charge_starts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray

    from charging.grid.starts import Prices
    from data.arrays import Floats


class ChargeTimes:
    """Times of the charges of stays, worked out when they are asked for and then kept.

    Parameters
    ----------
    plug_ins : polars.DataFrame
        Stays at chargers of one's own: ``plug_min, leave_min, meter_kwh, kw, rule, lot``.
    prices : Prices
        The tariff.
    all_rules : bool
        Whether the times under every rule will be asked for: those by each stay's own rule are then taken from them.
    """

    def __init__(self, plug_ins: pl.DataFrame, prices: Prices, *, all_rules: bool = False) -> None:
        self.prices, self._all = prices, all_rules
        rules = plug_ins["rule"]
        self._own = {name: (rules == name).to_numpy() for name in rules.unique()}
        self._plug, leave, meter, self.kw, self._lot = (
            plug_ins[name].to_numpy() for name in ("plug_min", "leave_min", "meter_kwh", "kw", "lot")
        )
        self._minutes = 60.0 * meter / self.kw
        # rounding must not let a charge that fills its stay begin before it
        self._latest = np.maximum(leave - self._minutes, self._plug)
        self._begin: dict[str | None, Floats] = {}

    def of(self, rule: str | None = None) -> tuple[Floats, Floats]:
        """Return when the charges begin and end, min: all under a start rule, or each under its own.

        Raises
        ------
        DataError
            An unknown rule.
        """
        if rule not in self._begin:
            self._begin[rule] = self._as_given() if rule is None else self._starts(rule)
        return self._begin[rule], self._begin[rule] + self._minutes

    def chosen(self, by_rule: Mapping[str, Floats]) -> Floats:
        """Return the value of each stay under its own rule, from those of all stays under each rule."""
        values = np.zeros(len(self._plug))
        for name, own in self._own.items():
            np.copyto(values, by_rule[name], where=own)
        return values

    def _as_given(self) -> Floats:
        if self._all:
            return self.chosen({name: self.of(name)[0] for name in self._own})
        begin = np.zeros(len(self._plug))
        for name, own in self._own.items():
            begin[own] = self._starts(name, own)
        return begin

    def _starts(self, rule: str, which: NDArray[np.bool_] | slice = slice(None)) -> Floats:
        """Return when some of the charges begin under a rule."""
        plug, latest, minutes, lot = (values[which] for values in (self._plug, self._latest, self._minutes, self._lot))
        return charge_starts(plug, latest, minutes, lot, rule, self.prices)
