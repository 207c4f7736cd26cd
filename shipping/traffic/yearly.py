"""Yearly through traffic: cargo, passages, and the vessels that carry it, which grow from year to year."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.errors import DataError
from data.memory.remembering import remembered
from shipping.parameters.county_river import river_table
from shipping.parameters.traffic_parameters import DIRECTIONS, ShipSizes, ThroughParameters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from data.arrays import Floats
    from data.county import County

_MOST_TILT: Final = 1e6  # slopes beyond it leave one class alone
_SMALL_STEP: Final = 1e-8  # in slope; those that matter are of the order of 1
_LEAST_MEAN: Final = 1.02  # of the smallest class: a mean that a mix can still have
_MOST_MEAN: Final = 0.98  # of the largest class: the same
_SHARES_SUM: Final = 1e-6  # what shares of passages with six decimals may sum to off 1


@dataclass(frozen=True, slots=True)
class Traffic:
    """Yearly through traffic.

    Attributes
    ----------
    passages : float
        Vessel passages, both directions.
    cargo_t : float
        Cargo, both directions.
    cargo_down_share : float
        Share of the cargo that goes downstream.
    passages_down_share : float
        Share of the passages that go downstream.
    """

    passages: float
    cargo_t: float
    cargo_down_share: float
    passages_down_share: float

    def passages_of(self, direction: str) -> float:
        """Return the passages per year of a direction ("down" or "up")."""
        share = self.passages_down_share
        return self.passages * (share if direction == "down" else 1.0 - share)

    def cargo_of(self, direction: str) -> float:
        """Return the cargo in t per year of a direction."""
        share = self.cargo_down_share
        return self.cargo_t * (share if direction == "down" else 1.0 - share)


def county_traffic(county: County, year: int) -> tuple[Traffic, Mix]:
    """Return the through traffic of a county in a year, with the vessels of that year.

    Table ``ship_sizes`` says how much cargo a passage carries: it gives the passages of years that were not counted,
    and vessels as much smaller or larger than those of ``vessel_classes`` (the mix of ``river.base_year``) as their
    cargo, less what ``lock_bulletins`` say of how full they are. A county without the table has the vessels of its
    classes in every year. Computed once per year and what it looks at in the county.

    Raises
    ------
    DataError
        See `yearly_traffic` and `traffic_mix`.
    """
    return remembered(county, ("county_traffic", year), lambda watched: _traffic_of(watched, year))


def _traffic_of(county: County, year: int) -> tuple[Traffic, Mix]:
    """Return traffic and vessels of a year, computed anew."""
    through = ThroughParameters.from_county(county)
    sizes = ShipSizes.from_county(county)
    traffic = yearly_traffic(river_table(county, "lock_traffic"), through, year, sizes=sizes)
    classes = river_table(county, "vessel_classes")
    return traffic, traffic_mix(
        classes, through.load_factor, traffic, size=1.0 if sizes is None else sizes.factor(year)
    )


def yearly_traffic(
    lock_traffic: pl.DataFrame, through: ThroughParameters, year: int, *, sizes: ShipSizes | None = None
) -> Traffic:
    """Return the through traffic of a year.

    Years between two rows of ``lock_traffic`` are interpolated; later years grow. Passages are those that were counted
    in the year; otherwise the cargo over the cargo of a passage of the year (`sizes`), or of the nearest year that was
    counted. Where a row has no split, that of the nearest year with one is used.

    Raises
    ------
    DataError
        If the year lies before the first row, or no row has passages or a split.
    """
    table = lock_traffic.sort("year")
    years = table["year"].to_numpy()
    if not years.size or year < years[0]:
        first = int(years[0]) if years.size else "none"
        raise DataError(f"lock_traffic: no traffic for {year}; the first year is {first}.")
    cargo_mt = float(np.interp(year, years, table["cargo_mt"].to_numpy()))
    # np.interp holds the last year: growth starts from there
    late = max(0, year - int(years[-1]))
    # Mt to t; compound growth beyond the last row
    cargo_t = 1e6 * cargo_mt * (1.0 + through.growth_share_per_year) ** late
    counted_mt, counted = _nearest_row(table, year, "passages")
    _, down_share = _nearest_row(table, year, "down_share")
    known = table.filter(pl.col("year") == year)["passages"].drop_nulls()
    if sizes is None or known.len():
        passages = cargo_t / (1e6 * counted_mt) * counted
    else:
        passages = cargo_t / sizes.cargo_t.at(year)
    return Traffic(passages, cargo_t, down_share, through.passages_down_share)


def _nearest_row(table: pl.DataFrame, year: int, column: str) -> tuple[float, float]:
    """Return cargo in Mt and a column's value in the row nearest to a year in which the column is known."""
    known = table.filter(pl.col(column).is_not_null())
    if not known.height:
        raise DataError(f"lock_traffic, column '{column}': no value in any year; expected one or more.")
    cargo_mt, value = known.sort((pl.col("year") - year).abs()).select("cargo_mt", column).row(0)
    return float(cargo_mt), float(value)


@dataclass(frozen=True, slots=True)
class Mix:
    """Vessel classes of the through traffic and how full they sail.

    Attributes
    ----------
    classes : tuple of str
        Vessel classes.
    share : numpy.ndarray
        Share of the passages.
    dwt_t : numpy.ndarray
        Deadweight.
    laden_share, load_share : dict of str to float
        By direction: share of the vessels that carry cargo, and how full those are.
    """

    classes: tuple[str, ...]
    share: Floats
    dwt_t: Floats
    laden_share: dict[str, float]
    load_share: dict[str, float]


def traffic_mix(classes: pl.DataFrame, load_factor: Mapping[str, float], traffic: Traffic, *, size: float = 1.0) -> Mix:
    """Return classes and loads such that the traffic carries its cargo.

    A laden vessel is as full as the load factor of its direction says, and as many are laden as the cargo needs; if
    even all are not enough, all sail fuller.

    Parameters
    ----------
    classes : polars.DataFrame
        Table ``vessel_classes``: ``vessel_class, passage_share, dwt_t``.
    load_factor : mapping of str to float
        Cargo over deadweight of laden vessels, by direction.
    traffic : Traffic
        The year's.
    size : float
        Mean deadweight of a passage over that of the table's shares: the shares are tilted towards smaller or larger
        classes (`tilted`).

    Raises
    ------
    DataError
        If the shares do not sum to 1, or the cargo exceeds what the vessels can carry.
    """
    table = classes.filter(pl.col("passage_share") > 0.0)
    share = table["passage_share"].to_numpy()
    if not np.isclose(share.sum(), 1.0, atol=_SHARES_SUM):
        raise DataError(f"vessel_classes, column 'passage_share': got a sum of {share.sum():g}; expected 1.")
    dwt_t = table["dwt_t"].to_numpy()
    share = tilted(share, dwt_t, size)
    laden, load = {}, {}
    for direction in DIRECTIONS:
        # mean load over all passages, laden and empty: what the cargo needs
        mean = traffic.cargo_of(direction) / (traffic.passages_of(direction) * float(share @ dwt_t))
        if mean > 1.0:
            raise DataError(
                f"lock_traffic: {direction}bound cargo is {mean:.0%} of what the passages can carry; "
                "expected at most 100 %. Check cargo_mt, passages and the dwt_t of vessel_classes."
            )
        laden[direction] = min(1.0, mean / load_factor[direction])
        # above the load factor only where even all vessels laden are too few
        load[direction] = mean / laden[direction]
    return Mix(tuple(table["vessel_class"]), share, dwt_t, laden, load)


def tilted(share: Floats, dwt_t: Floats, size: float) -> Floats:
    """Return shares of classes whose mean deadweight is a multiple of what it was.

    The shares are weighed by ``exp(k dwt)``: of all shares with that mean, those nearest to the given ones (least
    relative entropy).

    Raises
    ------
    DataError
        A mean that lies outside the classes.
    """
    if size == 1.0:
        return share
    mean = size * float(share @ dwt_t)
    # a class without a share stays without
    held = share > 0.0
    least, most = dwt_t[held].min(), dwt_t[held].max()
    if not least < mean < most:
        raise DataError(
            f"ship_sizes: a mean deadweight of {mean:.0f} t; expected one between the classes of vessel_classes, "
            f"{least:g} to {most:g} t. Add a smaller or larger class."
        )
    # in units of the spread, so that the root lies within a few tens
    scaled = (dwt_t - mean) / (most - least)

    def weighed(slope: float) -> Floats:
        # the largest exponent is taken out: no overflow, and the same shares
        power = slope * scaled
        weights = share * np.exp(np.minimum(power - power[held].max(), 0.0))
        return np.asarray(weights / weights.sum())

    return weighed(_root_of_mean(weighed, scaled))


def _root_of_mean(weighed: Callable[[float], Floats], scaled: Floats) -> float:
    """Return the slope at which the mean of scaled sizes is 0: Newton's steps, a halved bracket where they leave it.

    The mean rises with the slope, by the variance. Not from a library: the one at hand takes 0.3 s to load, in every
    process of a run.
    """
    slope, low, high = 0.0, -_MOST_TILT, _MOST_TILT
    while high - low > _SMALL_STEP:
        share = weighed(slope)
        mean = float(share @ scaled)
        low, high = (slope, high) if mean < 0.0 else (low, slope)
        spread = float(share @ (scaled - mean) ** 2)
        following = slope - mean / spread if spread > 0.0 else math.inf
        # steps shrink as their squares do: after one that small nothing is left
        if abs(following - slope) <= _SMALL_STEP:
            return following
        slope = following if low < following < high else 0.5 * (low + high)
    return slope


def resized(traffic: Traffic, mix: Mix, factor: float) -> tuple[Traffic, Mix]:
    """Return traffic and mix with vessels larger by a factor, and as many fewer passages for the same cargo."""
    mean, dwt = float(mix.share @ mix.dwt_t), mix.dwt_t
    # within the classes: a range may ask for a mean that no mix of them has
    factor = min(max(factor, _LEAST_MEAN * float(dwt.min()) / mean), _MOST_MEAN * float(dwt.max()) / mean)
    return replace(traffic, passages=traffic.passages / factor), replace(mix, share=tilted(mix.share, dwt, factor))
