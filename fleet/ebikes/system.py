"""What a system of shared e-bikes is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from charging.swapping.battery_stock import Rack
from data.arrays import HOURS
from data.errors import DataError

if TYPE_CHECKING:
    from data.county import County


@dataclass(frozen=True, slots=True)
class EbikeSystem:
    """Bikes, batteries, crews and vans.

    Attributes
    ----------
    crews, vans : int
        At work in a shift: crews swap batteries, vans move bikes.
    kwh_per_km, battery_kwh : float
        Use of a bike and size of its battery.
    swap_soc, least_soc : float
        Below the first a battery is due for a swap, below the second a bike is not rented out.
    speed_km_h, van_km_h : float
        Of bikes, and of crews and vans.
    swap_min, load_min : float
        At a bike: to swap its battery, to load or unload it.
    van_bikes, van_batteries : int
        What a van and a crew carry.
    shift_h : tuple of float
        Hours of the day between which crews and vans work.
    depot : Rack
        Spare batteries and chargers.
    efficiency : float
        Battery kWh per meter kWh.
    detour : float
        Road over straight line.
    idle_min : float
        After which a crew or van that found no work looks again.
    least_move_bikes : int
        A van drives for more bikes than that.
    """

    crews: int
    vans: int
    kwh_per_km: float
    battery_kwh: float
    swap_soc: float
    least_soc: float
    speed_km_h: float
    van_km_h: float
    swap_min: float
    load_min: float
    van_bikes: int
    van_batteries: int
    shift_h: tuple[float, float]
    depot: Rack
    efficiency: float
    detour: float
    idle_min: float
    least_move_bikes: int

    def __post_init__(self) -> None:
        """Validate that the system can work.

        Raises
        ------
        DataError
            A negative number, a speed or idle time not above 0, a shift that ends before it starts, SOC out of order.
        """
        if self.crews < 0 or self.vans < 0:
            raise DataError(f"e-bikes: got {self.crews} crews and {self.vans} vans, expected 0 or more.")
        if not (self.speed_km_h > 0.0 and self.van_km_h > 0.0):
            raise DataError("e-bikes: speeds must be above 0.")
        if not self.idle_min > 0.0:  # the clock would stand still
            raise DataError(f"e-bikes: idle_min {self.idle_min}, expected above 0.")
        if not 0.0 <= self.shift_h[0] < self.shift_h[1] <= HOURS:
            raise DataError(f"e-bikes: shift {self.shift_h}, expected hours of a day, the end after the start.")
        # a battery must be due before its bike can no longer be rented out
        if not 0.0 <= self.least_soc <= self.swap_soc < 1.0:
            raise DataError("e-bikes: expected 0 <= least_soc <= swap_soc < 1.")

    @classmethod
    def from_county(cls, county: County, *, crews: int | None = None, vans: int | None = None) -> EbikeSystem:
        """Return the system that the county's figures describe, on request with other crews and vans."""
        figure = county.figure
        names = ("battery_kwh", "swap_soc", "least_soc", "speed_km_h", "van_km_h", "swap_min", "load_min", "idle_min")
        depot = Rack(
            round(figure("ebikes.depot_batteries")),
            round(figure("ebikes.depot_chargers")),
            figure("ebikes.charger_kw"),
            figure("ebikes.battery_kwh"),
        )
        return cls(
            crews=round(figure("ebikes.crews")) if crews is None else crews,
            vans=round(figure("ebikes.vans")) if vans is None else vans,
            kwh_per_km=figure("ebikes.kwh_per_100km") / 100.0,
            van_bikes=round(figure("ebikes.van_bikes")),
            van_batteries=round(figure("ebikes.van_batteries")),
            shift_h=(figure("ebikes.shift_from_h"), figure("ebikes.shift_to_h")),
            depot=depot,
            efficiency=figure("ebikes.charger_efficiency"),
            detour=figure("ebikes.detour_factor"),
            least_move_bikes=round(figure("ebikes.least_move_bikes")),
            **{name: figure(f"ebikes.{name}") for name in names},
        )
