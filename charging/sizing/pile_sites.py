"""Sites whose numbers of piles are open: what a size takes of a budget, and the sizes that formulas propose."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.costs.station_costs import investment_fen, station_fen, with_works_cny
from charging.queueing.formulas import erlang_c
from charging.queueing.splitting import load_left
from charging.results.capacity import USABLE_PER_PILE
from data.errors import DataError
from data.money import FEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from charging.costs.price_table import Prices

    Piles = tuple[int, ...]
    Part = tuple[str, str]

MINIMISED: Final = ("guns", "piles", "cost")
"""What the least set may be the least of."""
# The constants below say how finely the search looks, not what the world is like; the answer is verified in any case.
_GRADES: Final = np.geomspace(0.95, 1e-7, 80)
"""Chances of having to wait at which the formulas give a size each, from nearly sure to practically never."""
_SMALLER: Final = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Shares of the formulas' least size that are tried below it, because sharing of power and patience may need less."""
_LARGER: Final = 12
"""Sizes beyond the formulas' largest, a pile more per site and current each, because peaks may need more."""


@dataclass(frozen=True, eq=False)
class Sites:
    """Sites and pile types of a layout, whose numbers of piles are open.

    Attributes
    ----------
    layout : polars.DataFrame
        One row per pile group; ``piles`` are the proportions of the groups of a site and current.
    loads : polars.DataFrame
        ``station_id, current, busy_hour_erlang`` from `charging.queueing.preview.busy_loads`.
    prices : Prices, optional
        What building costs; a budget of money needs it, and the least cost.
    minimise : str
        One of `MINIMISED`: what a smaller size has less of.
    late_stays : mapping of (str, str) to float
        By site and current: the longest wait that is not late, in mean stays; without one every wait is late.
    efficiency_dc : float
        Output over input of a DC pile: what a connection must carry for its piles.
    """

    layout: pl.DataFrame
    loads: pl.DataFrame
    prices: Prices | None = None
    minimise: str = "guns"
    late_stays: Mapping[Part, float] = field(default_factory=dict)
    efficiency_dc: float = 1.0
    _known_fen: dict[tuple[str, Piles], int] = field(default_factory=dict, repr=False)

    def with_piles(self, piles: Piles) -> pl.DataFrame:
        """Return the layout with these numbers of piles; groups without piles are left out.

        A connection that the layout names is as large as named, or as all the piles need: more is never used.
        """
        sized = self.layout.with_columns(piles=pl.Series(piles, dtype=pl.Int64))
        if "transformer_kw" in sized.columns:
            kw = {station: self._connection_kw(station, piles) for station in self._rows}
            connected = pl.col("station_id").replace_strict(kw, return_dtype=pl.Float64)
            sized = sized.with_columns(transformer_kw=pl.when(pl.col("transformer_kw").is_not_null()).then(connected))
        return sized.filter(pl.col("piles") > 0)

    def _connection_kw(self, station: str, piles: Piles) -> float | None:
        """Return the connection of a station at these numbers of piles, kW; None where the layout names none."""
        groups = self._rows[station]
        named = next((kw for _, group in groups if (kw := group.get("transformer_kw")) is not None), None)
        if named is None:
            return None
        per_meter = {"dc": self.efficiency_dc}
        need = sum(piles[row] * group["pile_kw"] / per_meter.get(group["current"], 1.0) for row, group in groups)
        # 19 piles of 60 kW over 0.95 are 1,200 kW, not what rounding makes of them
        return min(float(named), float(math.ceil(need - 1e-6)))

    @functools.cached_property
    def _rows(self) -> Mapping[str, list[tuple[int, dict[str, Any]]]]:
        """Pile groups of each station, with their row."""
        found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for row, group in enumerate(self.layout.to_dicts()):
            found.setdefault(group["station_id"], []).append((row, group))
        return found

    def guns(self, piles: Piles) -> int:
        """Return the number of guns at these numbers of piles."""
        return int(np.dot(piles, self.layout["guns_per_pile"].to_numpy()))

    def totals(self, piles: Piles, names: Iterable[str]) -> dict[str, int]:
        """Return what a size takes of a budget: ``piles``, ``guns``, and of ``kw`` and ``cny`` what is asked for.

        ``kw`` is the power of all piles, ``cny`` what they cost to build; both are rounded up to whole ones.

        Raises
        ------
        DataError
            If money is asked for and there are no prices.
        """
        found = {"piles": sum(piles), "guns": self.guns(piles)}
        if "kw" in names:
            found["kw"] = _whole_kw(self.layout, piles)
        if "cny" in names:
            found["cny"] = _whole_cny(self.investment_fen(piles))
        return found

    def investment_fen(self, piles: Piles) -> int:
        """Return what a size costs to build, in fen.

        Raises
        ------
        DataError
            If there are no prices.
        """
        prices = _needed(self.prices)
        total = 0
        for station, groups in self._rows.items():
            key = (station, tuple(piles[row] for row, _ in groups))
            if key not in self._known_fen:
                # a search asks for the same stations again and again
                kw = {"transformer_kw": self._connection_kw(station, piles)}
                here = [{**group, **kw, "piles": piles[row]} for row, group in groups]
                self._known_fen[key] = station_fen(here, prices)
            total += self._known_fen[key]
        return total

    @functools.cached_property
    def weights(self) -> list[float]:
        """What a pile of each row takes of what is minimised: guns, piles, or CNY with its works."""
        if self.minimise == "cost":
            if self.prices is None:
                raise DataError("prices: got none; expected prices, because the cost is minimised.")
            return [with_works_cny(row, self.prices) for row in self.layout.to_dicts()]
        guns: list[float] = self.layout["guns_per_pile"].cast(pl.Float64).to_list()
        return guns if self.minimise == "guns" else [1.0] * len(guns)

    def amount(self, piles: Piles) -> tuple[float, float, float]:
        """Return how much of what is minimised a size has; equal ones compare by guns, then piles."""
        guns, number = float(self.guns(piles)), float(sum(piles))
        first = {"guns": guns, "piles": number}.get(self.minimise)
        return (float(self.investment_fen(piles)) if first is None else first, guns, number)

    @functools.cached_property
    def usable(self) -> list[int]:
        """How many guns of a pile can be used at once, by row: what the formulas of waiting count."""
        return self.layout.select(USABLE_PER_PILE.alias("usable"))["usable"].to_list()

    @functools.cached_property
    def load_of(self) -> Mapping[Part, float]:
        """Load of each site and current in its busiest hour, Erlang."""
        return {(station, current): load for station, current, load in self.loads.iter_rows()}

    @functools.cached_property
    def parts(self) -> Mapping[Part, list[int]]:
        """Rows of each site and current."""
        rows: dict[Part, list[int]] = {}
        for row, key in enumerate(self.layout.select("station_id", "current").iter_rows()):
            rows.setdefault(key, []).append(row)
        return rows

    def late_load(self, key: Part, guns: int) -> float:
        """Return the load of a site and current in its busiest hour that waits too long, Erlang.

        M/M/c: a C(c, a) exp(-(c - a) t / E[S]); where the load is not below the guns all of it, and what they cannot
        take once more, so that a gun is missed there most.
        """
        load = self.load_of.get(key, 0.0)
        if load >= guns:
            return load + (load - guns)
        return load * erlang_c(guns, load) * math.exp(-(guns - load) * self.late_stays.get(key, 0.0))

    def missed(
        self, piles: Piles, floor: Piles = (), trouble: Mapping[str, float] | None = None
    ) -> list[tuple[float, int]]:
        """Return how much is late more without a pile of a row, for what it takes, and the row; the least first.

        Parameters
        ----------
        piles : tuple of int
            The size.
        floor : tuple of int
            Piles that stay, besides the last gun of each site and current.
        trouble : mapping of str to float, optional
            What a simulation of the size showed to be late at each site, in any unit: formulas then say only by which
            factor it grows.
        """
        per_pile, weights = self.usable, self.weights
        guns = {key: sum(piles[row] * per_pile[row] for row in rows) for key, rows in self.parts.items()}
        late = {key: self.late_load(key, max(1, number)) for key, number in guns.items()}
        of_site: dict[str, float] = {}
        for (site, _), load in late.items():
            of_site[site] = of_site.get(site, 0.0) + load
        found = []
        for key, rows in self.parts.items():
            for row in rows:
                left = guns[key] - per_pile[row]
                if piles[row] > (floor[row] if floor else 0) and left >= 1:
                    more = self.late_load(key, left) - late[key]
                    if trouble is not None and of_site[key[0]] > 0.0:
                        # a minute everywhere: where nothing was late, formulas alone decide
                        more *= (1.0 + trouble.get(key[0], 0.0)) / of_site[key[0]]
                    found.append((more / weights[row], row))
        return sorted(found)

    def thinned(self, piles: Piles, floor: Piles = ()) -> list[Piles]:
        """Return sizes from small to large, each with the pile less that is missed least of the next one."""
        found = [piles]
        while missed := self.missed(found[-1], floor):
            row = missed[0][1]
            found.append(tuple(count - (number == row) for number, count in enumerate(found[-1])))
        return found[::-1]

    def order(self, piles: Piles, affordable: Callable[[Piles], bool]) -> list[Piles]:
        """Return sizes with a pile more each, where the queue shrinks most, until none more is affordable.

        Gains count per gun, or per CNY of a pile with its works where there are prices. The first size is `piles`.
        """
        loads = self.load_of
        given, per_pile, size = self.layout["piles"].to_list(), self.usable, list(piles)
        cost: list[float] = self.layout["guns_per_pile"].cast(pl.Float64).to_list()
        if self.prices is not None:
            cost = [with_works_cny(row, self.prices) for row in self.layout.to_dicts()]

        def next_pile(key: Part, rows: list[int]) -> tuple[float, float, int, Part, int] | None:
            # in the proportions of the layout: the group that lags most, of those that can be afforded
            for row in sorted(rows, key=lambda row: (size[row] / max(1, given[row]), row)):
                more = size.copy()
                more[row] += 1
                if affordable(tuple(more)):
                    guns = sum(size[row] * per_pile[row] for row in rows)
                    before, after = (load_left(loads.get(key, 0.0), have) for have in (guns, guns + per_pile[row]))
                    beyond, queue = ((new - old) / cost[row] for old, new in zip(before, after, strict=True))
                    return beyond, queue, guns, key, row
            return None

        parts = self.parts
        found = [tuple(size)]
        waiting = [step for step in (next_pile(key, rows) for key, rows in parts.items()) if step is not None]
        heapify(waiting)
        while waiting:
            *_, key, row = heappop(waiting)
            size[row] += 1
            # what was affordable when it was looked at need not be so now
            if affordable(tuple(size)):
                found.append(tuple(size))
            else:
                size[row] -= 1
            following = next_pile(key, parts[key])
            if following is not None:
                heappush(waiting, following)
        return found

    def filled(self, piles: Piles, affordable: Callable[[Piles], bool]) -> Piles:
        """Return the last size of `order`: nothing more is affordable."""
        return self.order(piles, affordable)[-1]

    def family(self) -> list[Piles]:
        """Return sizes from small to large: each site and current has guns for the same chance of having to wait.

        Below the formula's range come shares of its least member, down to one pile per site and current; beyond it, one
        pile each is added.
        """
        loads = self.load_of
        parts = self.parts
        given = self.layout["piles"].to_list()
        per_pile = self.usable
        sizes: dict[Piles, None] = {}
        least = float(_GRADES[0])
        for share, grade in (*((part, least) for part in _SMALLER), *((1.0, float(grade)) for grade in _GRADES)):
            piles = [0] * len(given)
            for key, rows in parts.items():
                need = max(1.0, share * guns_for(loads.get(key, 0.0), grade))
                while sum(piles[row] * per_pile[row] for row in rows) < need:
                    # in the proportions of the layout: the group that lags most gets the next pile
                    piles[min(rows, key=lambda row: (piles[row] / max(1, given[row]), row))] += 1
            # a dict keeps the order and drops sizes that grades share
            sizes[tuple(piles)] = None
        members = list(sizes)
        largest = list(members[-1])
        for _ in range(_LARGER):
            for rows in parts.values():
                largest[min(rows, key=lambda row: (largest[row] / max(1, given[row]), row))] += 1
            members.append(tuple(largest))
        return members


def layout_totals(layout: pl.DataFrame, names: Iterable[str], prices: Prices | None = None) -> dict[str, int]:
    """Return what a layout takes of a budget as it stands, with the connections that it names; as `Sites.totals`.

    Raises
    ------
    DataError
        If money is asked for and there are no prices.
    """
    piles = tuple(layout["piles"].to_list())
    found = {"piles": sum(piles), "guns": int(np.dot(piles, layout["guns_per_pile"].to_numpy()))}
    if "kw" in names:
        found["kw"] = _whole_kw(layout, piles)
    if "cny" in names:
        found["cny"] = _whole_cny(investment_fen(layout, _needed(prices)))
    return found


def _whole_kw(layout: pl.DataFrame, piles: Piles) -> int:
    """Return the power of all piles, rounded up to whole kW."""
    return int(np.ceil(np.dot(piles, layout["pile_kw"].to_numpy()) - 1e-9))


def _whole_cny(fen: int) -> int:
    """Return money rounded up to whole CNY."""
    return -(-fen // FEN)


def _needed(prices: Prices | None) -> Prices:
    """Return prices where money counts."""
    if prices is None:
        raise DataError("prices: got none; expected prices, because the budget is in CNY.")
    return prices


def guns_for(offered_load: float, wait_share: float) -> int:
    """Return the least number of guns (at least 1) at which Erlang C's chance of waiting is at most `wait_share`.

    Examples
    --------
    >>> guns_for(1.0, 0.4), guns_for(1.0, 0.3)
    (2, 3)
    """
    # below the load the queue has no end: the search begins there
    guns = max(1, int(offered_load))
    # one gun at a time: Erlang C falls with each of them
    while erlang_c(guns, offered_load) > wait_share:
        guns += 1
    return guns
