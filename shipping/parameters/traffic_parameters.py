"""Parameters of traffic: what passes through, and the LNG fleet that cycles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County

DIRECTIONS = ("down", "up")


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
