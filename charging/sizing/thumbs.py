"""Rules of thumb: as many piles of each kind as a layout has, spread as planners without a model would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from charging.sizing.pile_sites import Piles, Sites
    from data.arrays import Floats

RULES: Final = ("plan", "even", "population", "demand", "coverage-first")
"""As the layout has them; as many everywhere; by residents; by the load of the busy hour; as many in every town."""
_KIND: Final = ("current", "pile_kw", "guns_per_pile", "sharing")


def rules_of_thumb(sites: Sites, piles: Piles, residents: Mapping[str, float]) -> dict[str, Piles]:
    """Return what each rule makes of the piles of a size: as many of each kind, in other places.

    Parameters
    ----------
    sites : Sites
        Whose layout says which kinds of piles each site takes; its ``piles`` are the plan's.
    piles : tuple of int
        The size whose numbers of piles of each kind are spread.
    residents : mapping of str to float
        Residents by town.

    Returns
    -------
    dict of str to tuple of int
        By rule; `plan` where its numbers of each kind are the same. Sites on the expressway keep the plan's piles
        except by `demand`, as far as there are that many.
    """
    shares = _shares(sites, residents)
    kinds = sites.layout.select(pl.struct(_KIND).rank("dense").alias("kind"))["kind"].to_numpy()
    given = sites.layout["piles"].to_numpy()
    away = _on_expressway(sites.layout)
    found: dict[str, Piles] = {}
    for rule, share in shares.items():
        size = np.zeros(len(given), dtype=np.int64)
        for kind in np.unique(kinds):
            rows = np.flatnonzero(kinds == kind)
            total = int(np.asarray(piles)[rows].sum())
            kept = rows[away[rows]] if rule != "demand" else rows[:0]
            stay = np.minimum(given[kept], total) if given[kept].sum() <= total else _spread(total, given[kept])
            size[kept] = stay
            spread = np.setdiff1d(rows, kept)
            size[spread] = _spread(total - int(size[kept].sum()), share[spread])
            if not len(spread):
                size[kept] += _spread(total - int(size[kept].sum()), np.ones(len(kept)))
        found[rule] = tuple(size.tolist())
    same = all(given[kinds == kind].sum() == np.asarray(piles)[kinds == kind].sum() for kind in np.unique(kinds))
    return {"plan": tuple(given.tolist()), **found} if same else found


def _on_expressway(layout: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which rows stand at a service area."""
    if "site" not in layout.columns:
        return np.zeros(layout.height, dtype=np.bool_)
    return layout["site"].is_not_null().to_numpy()


def _shares(sites: Sites, residents: Mapping[str, float]) -> dict[str, Floats]:
    """Return by rule how much of each row there should be, against other rows of its kind."""
    layout = sites.layout
    towns: Sequence[str | None] = layout["town"].to_list()
    stations = layout["station_id"].to_list()
    in_town: dict[str | None, set[str]] = {}
    for town, station in zip(towns, stations, strict=True):
        in_town.setdefault(town, set()).add(station)
    loads = sites.load_of
    busy = [loads.get(key, 0.0) for key in layout.select("station_id", "current").iter_rows()]
    return {
        "even": np.ones(layout.height),
        "population": np.array([residents.get(town or "", 0.0) / len(in_town[town]) for town in towns]),
        "demand": np.array(busy),
        "coverage-first": np.array([1.0 / len(in_town[town]) for town in towns]),
    }


def _spread(
    total: int, shares: Floats | np.ndarray[tuple[int], np.dtype[np.int64]]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return a total spread by shares, one everywhere first where there are enough; largest remainders get the rest."""
    count = len(shares)
    if not count or not total:
        return np.zeros(count, dtype=np.int64)
    least = 1 if total >= count else 0
    weights = np.asarray(shares, dtype=np.float64)
    weights = weights / weights.sum() if weights.sum() > 0.0 else np.full(count, 1.0 / count)
    wanted = weights * (total - least * count)
    size = np.floor(wanted).astype(np.int64)
    rest = total - least * count - int(size.sum())
    # of equal remainders the first row gets it
    size[np.argsort(-(wanted - size), kind="stable")[:rest]] += 1
    return size + least
