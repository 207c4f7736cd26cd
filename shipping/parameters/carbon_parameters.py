"""Parameters of the carbon of ships: carriers by year, time at hotel load, the shore meter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shipping.parameters.anchors import Anchors
from shipping.parameters.county_river import has_figure

if TYPE_CHECKING:
    from data.county import County

_SHARE_YEARS: Final = (2020, 2025, 2030, 2035)
_LOCK_YEARS: Final = (2020, 2025, 2030)


@dataclass(frozen=True, slots=True)
class ShipCarbonParameters:
    """What the yearly account of ships needs besides traffic and hulls.

    Attributes
    ----------
    lng_share, electric_share : Anchors
        Shares of the ships' brake energy, by year; diesel is the rest.
    lock_h : Anchors
        Hours at hotel load that a through voyage waits at the lock, by year.
    stay_h : float
        Hours at hotel load in port that come to each through voyage.
    shore_power_share : float
        Share of the hours in port on shore power.
    """

    lng_share: Anchors
    electric_share: Anchors
    lock_h: Anchors
    stay_h: float
    shore_power_share: float

    @classmethod
    def from_county(cls, county: County) -> ShipCarbonParameters:
        """Return the figures ``river.lng_energy_share_<year>``, ``river.lock_wait_h_<year>`` and so on."""
        return cls(
            Anchors.from_county(county, "river.lng_energy_share", _SHARE_YEARS),
            Anchors.from_county(county, "river.electric_energy_share", _SHARE_YEARS),
            lock_wait(county),
            county.figure("river.through_stay_h"),
            county.figure("river.shore_power_share"),
        )


def lock_wait(county: County) -> Anchors:
    """Return the mean wait at the lock by year, h: figures ``river.lock_wait_h_<year>``, or ``river.through_lock_h``.

    Carbon account, battery vessels and whoever else books the lock without simulating it take this one; the simulated
    lock is held against it (tests, and the page on the river's validation).
    """
    if has_figure(county, f"river.lock_wait_h_{_LOCK_YEARS[0]}"):
        return Anchors.from_county(county, "river.lock_wait_h", _LOCK_YEARS)
    return Anchors((_LOCK_YEARS[0],), (county.figure("river.through_lock_h"),))


def electric_efficiency(county: County) -> float:
    """Return the energy at the shaft of an electric vessel over that at the shore meter."""
    return county.figure("river.electric_efficiency")


def gwp_ch4(county: County) -> float:
    """Return the warming potential of methane over 100 years, kg CO2e per kg (AR5)."""
    return county.figure("carbon.gwp_ch4_ar5")
