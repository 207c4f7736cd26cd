"""What start rules buy: the peaks of the towns if all private charges began at once, by timer, or managed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.engine.columns import numbers_by_name
from charging.grid.charge_times import ChargeTimes
from charging.grid.spread import Cells, mean_kw
from charging.grid.starts import START_RULES, Prices
from charging.grid.towns import TownCurves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from charging.grid.town_capacity import TownGrids
    from data.arrays import Floats

GIVEN: Final = "as_given"
"""The way in which each stay has its own rule."""
START_WAYS: Final = {
    "way": pl.String,
    "town": pl.String,
    "private_peak_kw": pl.Float64,
    "peak_kw": pl.Float64,
    "peak_share": pl.Float64,
    "private_cny": pl.Float64,
}
"""Schema of the table of ways to start private charges."""
COUNTY: Final = "county"
"""Name of the row of all towns together."""


def start_ways(
    plug_ins: pl.DataFrame,
    load: pl.DataFrame,
    grids: TownGrids,
    tariff: pl.DataFrame | None,
    *,
    days: int,
    interval_min: float,
    times: ChargeTimes | None = None,
    curves: Mapping[str, TownCurves] | None = None,
) -> pl.DataFrame:
    """Return peaks and cost of the charges at chargers of one's own under each start rule, the same energy for all.

    Parameters
    ----------
    plug_ins
        Stays at chargers of one's own.
    load
        Load of the towns as it is.
    grids
        Capacity of the towns.
    tariff
        Price steps; None: one price.
    days
        Days of the run.
    interval_min
        Interval of the load.
    times, curves
        Those of the charges of the stays, and `load` by town in the days of the run, where they are at hand.

    Returns
    -------
    polars.DataFrame
        One row per way and town, and for all towns together under the name `COUNTY`: ``way`` (``as_given`` and those of
        `charging.grid.starts.START_RULES`) ``, town, private_peak_kw, peak_kw`` (with all other load) ``, peak_share``
        (null where the capacity is not known) ``, private_cny`` (at the tariff).
    """
    whole = load.group_by("town", maintain_order=True).agg(steps=pl.len())
    curves = curves or TownCurves.by_town(load, days=days)
    known = set(plug_ins["town"].unique()) | set(grids.towns)
    towns = [town for town in whole["town"] if town in known]
    if not towns:
        return pl.DataFrame(schema=START_WAYS)
    cells = Cells(len(towns), int(whole["steps"][0]), interval_min)
    number = {town: row for row, town in enumerate(towns)}
    row = numbers_by_name(plug_ins["town"], number)
    times = times or ChargeTimes(plug_ins, Prices(tariff), all_rules=True)
    ways = {GIVEN: times.of(), **{rule: times.of(rule) for rule in START_RULES}}
    cny = {rule: times.kw * times.prices.over(*ways[rule]) / 60.0 for rule in START_RULES}
    cny[GIVEN] = times.chosen(cny)
    others = {town: np.nan_to_num(curves[town].total()) - curves[town].private for town in towns}
    parts = []
    for way, (begin, end) in ways.items():
        private = mean_kw(begin, end, times.kw, row, cells)
        paid = np.asarray(np.bincount(row, weights=cny[way], minlength=len(towns)), dtype=np.float64)
        parts += _peaks(way, {town: private[at] for town, at in number.items()}, others, grids, paid)
    return pl.DataFrame(parts, schema=START_WAYS)


def _peaks(
    way: str,
    private: Mapping[str, Floats],
    others: Mapping[str, Floats],
    grids: TownGrids,
    cny: Floats,
) -> list[dict[str, object]]:
    """Return the rows of a way; `others` is the load of the towns that no private charger takes."""
    rows: list[dict[str, object]] = []
    together = np.zeros(0)
    own = np.zeros(0)
    for at, (town, load) in enumerate(private.items()):
        here = load[: len(others[town])]
        total = others[town] + here
        together, own = (total, here) if not at else (together + total, own + here)
        grid = grids.towns.get(town)
        rows.append(
            {
                "way": way,
                "town": town,
                "private_peak_kw": float(here.max()),
                "peak_kw": float(total.max()),
                "peak_share": None if grid is None else float(total.max()) / grid.capacity_kw,
                "private_cny": float(cny[at]),
            }
        )
    capacity = sum(grids.towns[town].capacity_kw for town in private) if set(private) <= set(grids.towns) else None
    whole = {"private_peak_kw": float(own.max()), "peak_kw": float(together.max()), "private_cny": float(cny.sum())}
    share = None if capacity is None else whole["peak_kw"] / capacity
    return [{"way": way, "town": COUNTY, **whole, "peak_share": share}, *rows]
