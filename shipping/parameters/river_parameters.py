"""Parameters of the water itself: nodes, months, reaches, closures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shipping.parameters.county_river import figure_or, has_figure, river_table, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from data.county import County


@dataclass(frozen=True, eq=False, slots=True)
class RiverTables:
    """What a waterway is made of.

    Attributes
    ----------
    nodes : polars.DataFrame
        ``node, chainage_km, kind``: one row per point of the river, chainage in km rising downstream.
    months : polars.DataFrame
        ``month, current_km_h, depth_m, traffic_share``: one row per month.
    reaches : polars.DataFrame
        ``node, current_factor, depth_add_m, width_m``: how the reach below a node differs; may have no rows.
    keel_m : float, optional
        Water that vessels keep under the keel under way, m.
    level_change_m : float
        What the water stands above that of `months` in all of them, m; below 0 in a dry year.
    load_ahead_days : float
        Days for whose lowest water a vessel loads.
    """

    nodes: pl.DataFrame
    months: pl.DataFrame
    reaches: pl.DataFrame
    keel_m: float | None = None
    level_change_m: float = 0.0
    load_ahead_days: float = 0.0

    @classmethod
    def from_county(cls, county: County) -> RiverTables:
        """Return the tables of a county.

        Raises
        ------
        DataError
            If the county has no river.
        """
        return cls(
            river_table(county, "river_nodes"),
            river_table(county, "river_months"),
            rows_of(county, "river_reaches"),
            county.figure(_KEEL) if has_figure(county, _KEEL) else None,
            figure_or(county, "river.level_change_m", 0.0),
            county.figure("river.load_ahead_days") if has_figure(county, _KEEL) else 0.0,
        )


_KEEL: Final = "river.keel_m"


@dataclass(frozen=True, slots=True)
class ClosureParameters:
    """When fog and flood close the river.

    Attributes
    ----------
    mean_h : float
        Mean length of a closure, h.
    share : mapping of int to float
        Share of the time that is closed, by month (1 to 12).
    """

    mean_h: float
    share: Mapping[int, float]

    @classmethod
    def from_county(cls, county: County) -> ClosureParameters:
        """Return table ``river_months`` and figure ``river.closure_h`` of a county; DataError if it has no river."""
        months = river_table(county, "river_months").select("month", "closure_share")
        return cls(county.figure("river.closure_h"), {month: share or 0.0 for month, share in months.iter_rows()})
