"""What vans deliver where: the county's table, or parcels drawn for its villages from their residents."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.power.compiled import compiled
from data.errors import DataError
from data.people.villages import villages_of
from data.streams import stream

if TYPE_CHECKING:
    from data.arrays import Floats, Ints
    from data.county import County

DROPS: Final = pl.Schema(
    {
        "drop": pl.String,
        "town": pl.String,
        "lon": pl.Float64,
        "lat": pl.Float64,
        "parcels": pl.Int64,
        "kg": pl.Float64,
        "earliest_min": pl.Float64,
        "latest_min": pl.Float64,
    }
)
"""Columns of the drops of an operator on a day: parcels for one place, their mass together."""
# what a village gets on a mean day is no chance of a replication: all runs of a county share it
_SEED: Final = 0


@dataclass(frozen=True, slots=True)
class ParcelMarket:
    """Parcels of a county whose deliveries nobody lists.

    Attributes
    ----------
    per_resident_day, kg_per_parcel : float
        Parcels for each resident on a day, and their mass.
    start_min, end_min : float
        When villages take parcels.
    """

    per_resident_day: float
    kg_per_parcel: float
    start_min: float
    end_min: float

    @classmethod
    def from_county(cls, county: County) -> ParcelMarket:
        """Return the figures ``operators.parcels_*``, ``operators.kg_per_parcel`` and ``operators.delivery_*``."""
        return cls(
            county.figure("operators.parcels_per_resident_day"),
            county.figure("operators.kg_per_parcel"),
            60.0 * county.figure("operators.delivery_start_h"),
            60.0 * county.figure("operators.delivery_end_h"),
        )


def deliveries_by_operator(county: County) -> dict[str, pl.DataFrame]:
    """Return the drops of each operator of vans.

    Rows of the table ``deliveries`` go first; without any, each village gets parcels for its residents. What belongs to
    no operator is divided by `market_share`, parcel by parcel: a village's parcels are whole numbers, and all operators
    together deliver what there is.

    Returns
    -------
    dict of str to polars.DataFrame
        Columns of `DROPS` by operator, without drops of no parcel.

    Raises
    ------
    DataError
        Shares of the operators that are missing or do not add up to 1.
    """
    operators = county.operators.filter(kind="vans")
    market = drawn_deliveries(county) if not county.deliveries.height else listed_deliveries(county.deliveries)
    shared = market.filter(pl.col("operator").is_null())
    names = operators["operator"].to_list()
    shares: list[float] = operators["market_share"].fill_null(0.0).to_list()
    if shared.height and abs(sum(shares) - 1.0) > 1e-6:
        raise DataError(
            f"{county.name}/operators.csv: market_share of all vans adds up to {sum(shares):g}, expected 1. Give "
            "each its part of the deliveries that name no operator."
        )
    parts = _divided(shared["parcels"].to_numpy(writable=True), np.array(shares, dtype=np.float64)).T
    operator, row = np.nonzero(parts > 0)
    # of all operators at once: a query for each takes as long as one for all
    divided = _as_drops(shared[row].with_columns(pl.Series("parcels", parts[operator, row])))
    ends = np.searchsorted(operator, np.arange(len(names) + 1)).tolist()
    found = {name: divided[start:end] for name, start, end in zip(names, ends[:-1], ends[1:], strict=True)}
    if shared.height < market.height:
        for name, mine in found.items():
            own = market.filter(pl.col("operator") == name, pl.col("parcels") > 0)
            found[name] = pl.concat([mine, _as_drops(own)])
    return found


def _as_drops(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of the market as drops."""
    kg = (pl.col("parcels") * pl.col("kg_per_parcel")).alias("kg")
    return rows.select(kg if name == "kg" else pl.col(name) for name in DROPS)


def joint_deliveries(drops: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the drops of all operators as one network delivers them: those of a place and window in one stop."""
    together = pl.concat(list(drops.values()))
    keys = ["drop", "town", "lon", "lat", "earliest_min", "latest_min"]
    joint = together.group_by(keys, maintain_order=True).agg(pl.col("parcels").sum(), pl.col("kg").sum())
    return joint.select(list(DROPS)).cast(DROPS)


_MARKET: Final = pl.Schema({**DROPS, "operator": pl.String(), "kg_per_parcel": pl.Float64()})


def listed_deliveries(table: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the county's table ``deliveries`` as drops, parcels in whole numbers."""
    return table.with_columns(
        parcels=pl.col("parcels_per_day").ceil().cast(pl.Int64), kg=pl.lit(0.0)
    ).select(list(_MARKET)).cast(_MARKET)  # fmt: skip


def drawn_deliveries(county: County) -> pl.DataFrame:
    """Return parcels for each village by its residents; parts of a parcel by lot, so that the whole is right."""
    market = ParcelMarket.from_county(county)
    villages = villages_of(county)
    expected = villages["residents"].to_numpy() * market.per_resident_day
    lots = stream(_SEED, "operators", "parcels").random(len(expected))
    parcels = np.floor(expected + lots).astype(np.int64)
    return villages.select(
        drop="village",
        town="town",
        lon="lon",
        lat="lat",
        parcels=pl.Series(parcels),
        kg=pl.lit(0.0),
        earliest_min=pl.lit(market.start_min),
        latest_min=pl.lit(market.end_min),
        operator=pl.lit(None, dtype=pl.String),
        kg_per_parcel=pl.lit(market.kg_per_parcel),
    )


@compiled
def _divided(parcels: Ints, shares: Floats) -> Ints:
    """Return whole parcels by place (row) and operator (column): largest remainders, places in turn.

    What a place's remainder gives one operator is taken from it at the next places, so that sums keep to the shares.
    """
    parts = np.zeros((len(parcels), len(shares)), dtype=np.int64)
    owed = np.zeros(len(shares))
    for place, number in enumerate(parcels):
        part = parts[place]
        for one, share in enumerate(shares):
            owed[one] += share * number
            part[one] = max(0, math.floor(owed[one]))
        # more than there is: the largest parts wait
        while part.sum() > number:
            part[part.argmax()] -= 1
        while part.sum() < number:
            part[(owed - part).argmax()] += 1
        owed -= part
    return parts
