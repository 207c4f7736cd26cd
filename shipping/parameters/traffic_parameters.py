"""Parameters of traffic: what passes through, and the LNG fleet that cycles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from shipping.parameters.anchors import Anchors
from shipping.parameters.county_river import figure_or, has_figure, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County

DIRECTIONS = ("down", "up")
_FLEET_PASSAGES: Final = "river.fleet_passages_per_day"
MONTH_H: Final = 365.0 * 24.0 / 12.0
"""Hours of a mean month."""


def _load_factors(county: County) -> dict[str, float]:
    """Return how full laden vessels are, by direction."""
    return {way: county.figure(f"river.load_factor_{way}") for way in DIRECTIONS}


@dataclass(frozen=True, slots=True)
class ThroughParameters:
    """Through traffic.

    Attributes
    ----------
    growth_share_per_year : float
        Growth of the cargo after the last year that was counted.
    passages_down_share : float
        Share of the passages that go downstream.
    load_factor : mapping of str to float
        Cargo over deadweight of laden vessels, by direction ("down", "up").
    from_km, to_km : float
        Upper and lower end of the voyages by chainage, km.
    """

    growth_share_per_year: float
    passages_down_share: float
    load_factor: Mapping[str, float]
    from_km: float
    to_km: float

    @classmethod
    def from_county(cls, county: County) -> ThroughParameters:
        """Return the figures ``river.growth_share_per_year``, ``river.through_from_km`` and so on."""
        return cls(
            county.figure("river.growth_share_per_year"),
            county.figure("river.passages_down_share"),
            _load_factors(county),
            county.figure("river.through_from_km"),
            county.figure("river.through_to_km"),
        )

    @property
    def ends(self) -> dict[str, tuple[float, float]]:
        """Chainages of start and end, by direction."""
        return {"down": (self.from_km, self.to_km), "up": (self.to_km, self.from_km)}


@dataclass(frozen=True, slots=True)
class ShipSizes:
    """How much cargo a passage carries, by year: ships grow.

    Attributes
    ----------
    cargo_t : Anchors
        Cargo of a mean passage, empty ones included, t, by year.
    base_year : int
        Year of the shares of the vessel classes.
    load_share : Anchors or None
        Cargo of the passages over their rated deadweight by year, as the lock's operator reports it; None where nobody
        does: all growth of the cargo is then that of the vessels.
    """

    cargo_t: Anchors
    base_year: int
    load_share: Anchors | None = None

    @classmethod
    def from_county(cls, county: County) -> ShipSizes | None:
        """Return ``ship_sizes``, ``river.base_year`` and loads of ``lock_bulletins``; None without the first table."""
        table = rows_of(county, "ship_sizes").sort("year")
        if not table.height:
            return None
        anchors = Anchors(tuple(table["year"]), tuple(table["cargo_t_per_passage"]))
        return cls(anchors, int(county.figure("river.base_year")), _loads(rows_of(county, "lock_bulletins")))

    def factor(self, year: int) -> float:
        """Return the mean deadweight of a year over that of the base year: that of the cargo over that of the load."""
        cargo = self.cargo_t.at(year) / self.cargo_t.at(self.base_year)
        return (
            cargo if self.load_share is None else cargo * self.load_share.at(self.base_year) / self.load_share.at(year)
        )


def _loads(bulletins: pl.DataFrame) -> Anchors | None:
    """Return cargo over rated deadweight by year: of the bulletin that covers most of it; None where none has both."""
    one_year = pl.col("first_day").dt.year() == pl.col("last_day").dt.year()
    known = bulletins.filter(one_year).drop_nulls(["cargo_t", "rated_t"])
    longest = (
        known.with_columns(year=pl.col("first_day").dt.year(), span=pl.col("last_day") - pl.col("first_day"))
        .sort("year", "span", "first_day", descending=[False, True, False])
        .unique("year", keep="first", maintain_order=True)
    )
    if not longest.height:
        return None
    return Anchors(tuple(longest["year"]), tuple(longest["cargo_t"] / longest["rated_t"]))


@dataclass(frozen=True, slots=True)
class RoundTripParameters:
    """The LNG fleet that sails round trips.

    Attributes
    ----------
    base_year : int
        Year of `vessels`.
    vessels : float
        Size of the fleet in that year.
    growth_share_per_year : float
        Its growth, before and after.
    trips_per_month : float
        Round trips of a vessel.
    top_km, bottom_km : float
        Ends of the trips by chainage, km.
    turnaround_cv : float
        Coefficient of variation of the stays at the ends.
    load_factor : mapping of str to float
        Cargo over deadweight, by direction ("down", "up").
    """

    base_year: int
    vessels: float
    growth_share_per_year: float
    trips_per_month: float
    top_km: float
    bottom_km: float
    turnaround_cv: float
    load_factor: Mapping[str, float]

    @classmethod
    def from_county(cls, county: County) -> RoundTripParameters:
        """Return the figures ``river.lng_fleet_*``, ``river.trip_*`` and so on."""
        return cls(
            int(county.figure("river.base_year")),
            county.figure("river.lng_fleet_vessels"),
            county.figure("river.lng_fleet_growth_share_per_year"),
            county.figure("river.round_trips_per_month"),
            county.figure("river.trip_from_km"),
            county.figure("river.trip_to_km"),
            county.figure("river.turnaround_cv"),
            _load_factors(county),
        )

    def fleet_size(self, year: int) -> int:
        """Return the number of vessels in a year: the base year's, grown or shrunk by the yearly rate."""
        growth = 1.0 + self.growth_share_per_year
        return round(self.vessels * growth ** (year - self.base_year))


@dataclass(frozen=True, slots=True)
class ClosedFleetParameters:
    """Through traffic as a closed fleet.

    Attributes
    ----------
    passages_per_day : float or None
        Passages of the lock, both directions, while nobody waits; of `base_year`. None: those of the year's mean day.
    base_year : int
        Their year.
    round_trip_h : float
        A round trip without waits at locks, h.
    turnaround_cv : float
        Coefficient of variation of the stays at the ends.
    top_km, bottom_km : float
        Ends of the trips by chainage, km.
    festival_factor : float
        Stays around the Spring Festival over those of other days.
    festival_days : float
        Days around its first day in which they are longer.
    """

    passages_per_day: float | None
    base_year: int
    round_trip_h: float
    turnaround_cv: float
    top_km: float
    bottom_km: float
    festival_factor: float
    festival_days: float

    @classmethod
    def from_county(cls, county: County) -> ClosedFleetParameters:
        """Return the figures ``river.fleet_*``, ``river.festival_*`` (both may be missing), ``river.through_*``."""
        return cls(
            county.figure(_FLEET_PASSAGES) if has_figure(county, _FLEET_PASSAGES) else None,
            int(county.figure("river.base_year")),
            MONTH_H / county.figure("river.round_trips_per_month"),
            county.figure("river.turnaround_cv"),
            county.figure("river.through_from_km"),
            county.figure("river.through_to_km"),
            figure_or(county, "river.festival_stay_factor", 1.0),
            figure_or(county, "river.festival_days", 0.0),
        )

    @property
    def shape(self) -> float:
        """Shape of the gamma distribution of the stays."""
        return 1.0 / self.turnaround_cv**2
