"""What a town's grid can carry and what its other users draw: from feeders where they are known, else from the town."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import polars as pl

from data.errors import DataError

if TYPE_CHECKING:
    from data.county import County


@dataclass(frozen=True, slots=True)
class Capacity:
    """A transformer, or all of a town together.

    Attributes
    ----------
    capacity_kw, low_kw, high_kw : float
        What it carries, and the range of it.
    base_kw, base_low_kw, base_high_kw : float
        Peak of the users other than vehicles, and the range of it.
    charging_share : float
        Part of the town's charging that hangs on it.
    """

    capacity_kw: float
    low_kw: float
    high_kw: float
    base_kw: float
    base_low_kw: float
    base_high_kw: float
    charging_share: float = 1.0


@dataclass(frozen=True, slots=True)
class TownGrids:
    """Grids of the towns of a county.

    Attributes
    ----------
    towns : dict of str to Capacity
        All transformers of a town together, in the order of ``town_grid``.
    synthetic : frozenset of str
        Towns whose row is drawn from residents and rules of thumb: no feeder of theirs is known.
    transformers : dict of (str, str, str) to Capacity
        By town, feeder and transformer, where they are known.
    """

    towns: dict[str, Capacity]
    synthetic: frozenset[str]
    transformers: dict[tuple[str, str, str], Capacity]

    @classmethod
    def from_county(cls, county: County) -> Self:
        """Return the grids that ``town_grid``, ``feeders`` and the figure ``grid.power_factor`` describe.

        Raises
        ------
        DataError
            Feeders of a town of which some state their share of the charging and others do not, or shares that do not
            sum to 1.
        """
        towns: dict[str, Capacity] = {}
        transformers: dict[tuple[str, str, str], Capacity] = {}
        feeders_of = {name: rows for (name,), rows in county.feeders.partition_by("town", as_dict=True).items()}
        for row in county.town_grid.iter_rows(named=True):
            name = row["town"]
            feeders = feeders_of.get(name)
            if feeders is not None:
                known = _of_feeders(feeders, name, row["base_peak_kw"], county.figure("grid.power_factor"))
                transformers |= known
                towns[name] = _together(list(known.values()))
                continue
            capacity, base = row["capacity_kw"], row["base_peak_kw"]
            ends = {"low_kw": row["low"], "high_kw": row["high"]}
            ends |= {"base_low_kw": row["base_low_kw"], "base_high_kw": row["base_high_kw"]}
            # a row without a range is one that somebody measured
            given = {key: capacity if key in {"low_kw", "high_kw"} else base for key in ends}
            towns[name] = Capacity(
                capacity, base_kw=base, **{key: given[key] if end is None else end for key, end in ends.items()}
            )
        synthetic = frozenset(towns) - {town for town, _, _ in transformers}
        return cls(towns, synthetic, transformers)


def _of_feeders(
    feeders: pl.DataFrame, town: str, base_kw: float, power_factor: float
) -> dict[tuple[str, str, str], Capacity]:
    """Return the transformers of a town; what a row does not say of its load is the town's by kVA."""
    missing = feeders["charging_share"].null_count()
    if 0 < missing < feeders.height:
        row = feeders.filter(pl.col("charging_share").is_null()).row(0, named=True)
        raise DataError(
            f"feeders: column charging_share, town {town!r}, feeder {row['feeder']!r}, transformer "
            f"{row['transformer']!r}: got nothing, expected a share as in other rows of the town; fill in all or none."
        )
    total = float(feeders["charging_share"].sum()) if not missing else 1.0
    if abs(total - 1.0) > 0.005:  # shares of a table are rounded to the per cent
        raise DataError(f"feeders: column charging_share, town {town!r}: got a sum of {total:.4g}, expected 1.")
    kva = float(feeders["kva"].sum())
    made = {}
    for row in feeders.iter_rows(named=True):
        part = row["kva"] / kva
        capacity = row["kva"] * power_factor
        base = part * base_kw if row["base_peak_kw"] is None else row["base_peak_kw"]
        share = part if missing else row["charging_share"] / total
        made[town, row["feeder"], row["transformer"]] = Capacity(
            capacity, capacity, capacity, base, base, base, charging_share=share
        )
    return made


def _together(parts: list[Capacity]) -> Capacity:
    """Return the sum of transformers."""
    names = ("capacity_kw", "low_kw", "high_kw", "base_kw", "base_low_kw", "base_high_kw")
    return Capacity(**{name: sum(getattr(part, name) for part in parts) for name in names})
