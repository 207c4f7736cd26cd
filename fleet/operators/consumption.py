"""Energy of a trip by load, temperature and gradient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import polars as pl

from data.errors import DataError

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County

_GRAVITY: Final = 9.81  # m/s2
_J_PER_KWH: Final = 3.6e6
ELECTRIC: Final = "bev"
DAYS: Final = ("mean", "cold", "hot")
"""Days that plans are made for: a mild one, the coldest and the hottest of a usual year."""


@dataclass(frozen=True, slots=True)
class Climate:
    """Outdoor temperatures that plans are made for, and what the cabin takes.

    Attributes
    ----------
    mean_c, cold_c, hot_c : float
        Temperature of a mild day, the coldest and the hottest.
    comfort_low_c, comfort_high_c : float
        Between them the cabin is neither heated nor cooled.
    heating_kw_per_k, cooling_kw_per_k : float
        Power of the cabin per degree outside of that.
    """

    mean_c: float
    cold_c: float
    hot_c: float
    comfort_low_c: float
    comfort_high_c: float
    heating_kw_per_k: float
    cooling_kw_per_k: float

    @classmethod
    def from_county(cls, county: County, *, share: float = 1.0) -> Self:
        """Return what ``weather_months`` and the figures ``operators.*`` say.

        Parameters
        ----------
        county
            The county.
        share
            Of a bus's cabin, that of the vehicle.
        """
        months = county.weather_months["temperature_c"].to_numpy()
        low, high = county.figure("operators.comfort_low_c"), county.figure("operators.comfort_high_c")
        return cls(
            float(np.clip(months.mean(), low, high)),
            float(months.min()) - county.figure("operators.cold_day_k"),
            float(months.max()) + county.figure("operators.hot_day_k"),
            low,
            high,
            share * county.figure("operators.bus_heating_kw_per_k"),
            share * county.figure("operators.bus_cooling_kw_per_k"),
        )

    def temperature_c(self, day: str) -> float:
        """Return the outdoor temperature of one of `DAYS`."""
        return {"mean": self.mean_c, "cold": self.cold_c, "hot": self.hot_c}[day]

    @property
    def worst_day(self) -> str:
        """The day on which the cabin takes most: the coldest or the hottest."""
        cold, hot = (float(self.cabin_kw(self.temperature_c(day))) for day in ("cold", "hot"))
        return "cold" if cold >= hot else "hot"

    def cabin_kw(self, temperature_c: Floats | float) -> Floats:
        """Return the power of the cabin at a temperature, kW."""
        cold = np.maximum(0.0, self.comfort_low_c - np.asarray(temperature_c))
        hot = np.maximum(0.0, np.asarray(temperature_c) - self.comfort_high_c)
        return np.asarray(self.heating_kw_per_k * cold + self.cooling_kw_per_k * hot)


def mild_month(county: County) -> int:
    """Return the month in which the cabin takes least: the one nearest to the middle of what is comfortable."""
    middle = 0.5 * (county.figure("operators.comfort_low_c") + county.figure("operators.comfort_high_c"))
    return int(county.weather_months.sort((pl.col("temperature_c") - middle).abs(), "month")["month"][0])


@dataclass(frozen=True, slots=True)
class Consumption:
    """What a vehicle takes from its battery.

    Attributes
    ----------
    kwh_per_km : float
        With its mean load, on level roads, in mild weather.
    empty_t, mean_load_t : float
        Mass without load, and mean load.
    mass_energy_share : float
        Part of the energy for driving that goes with the mass.
    driveline_share, regeneration_share : float
        Battery to wheel; what comes back of a descent.
    climate : Climate
        Temperatures and cabin.
    """

    kwh_per_km: float
    empty_t: float
    mean_load_t: float
    mass_energy_share: float
    driveline_share: float
    regeneration_share: float
    climate: Climate

    @classmethod
    def from_county(cls, county: County, vehicle_class: str) -> Self:
        """Return the consumption of the battery-electric vehicles of a class.

        Buses have the mass ``operators.bus_kerb_t`` and their passengers; others twice their payload and its mean load.

        Raises
        ------
        DataError
            The class has no row with power ``bev`` in ``energy_use``.
        """
        row = county.rows_by("vehicle_classes")[vehicle_class][0]
        people = row["payload_t"] is None
        passengers = row["occupancy_p"] or 0.0
        load = passengers * county.figure("operators.passenger_kg") / 1000.0 if people else _mean_load_t(row)
        is_bus = row["role"] == "public_service" and people
        # a van or lorry weighs about as much as it may load; a car 1.6 t less people is within the mass share's range
        empty = county.figure("operators.bus_kerb_t") if is_bus else max(1.0, row["payload_t"] or 0.0)
        share = 1.0 if is_bus else county.figure("operators.van_climate_share")
        return cls(
            use_per_km(county, vehicle_class, ELECTRIC),
            empty,
            load,
            county.figure("operators.mass_energy_share"),
            county.figure("operators.driveline_efficiency_share"),
            county.figure("operators.regeneration_share"),
            Climate.from_county(county, share=share),
        )

    def scaled(self, factor: float) -> Self:
        """Return a vehicle that takes another multiple per km."""
        return replace(self, kwh_per_km=self.kwh_per_km * factor)

    def kwh(
        self,
        km: Floats,
        minutes: Floats,
        *,
        load_t: Floats | float | None = None,
        temperature_c: Floats | float,
        climb_m: Floats | float = 0.0,
        descent_m: Floats | float = 0.0,
    ) -> Floats:
        """Return what trips take from the battery, kWh.

        Parameters
        ----------
        km, minutes
            Way and driving time.
        load_t
            Load; the mean one where it is not given.
        temperature_c
            Outdoor temperature.
        climb_m, descent_m
            Metres up and down on the way.
        """
        load = self.mean_load_t if load_t is None else np.asarray(load_t)
        heavier = (load - self.mean_load_t) / (self.empty_t + self.mean_load_t)
        driving = self.kwh_per_km * km * (1.0 + self.mass_energy_share * heavier)
        lift = (self.empty_t + load) * 1000.0 * _GRAVITY / _J_PER_KWH
        grade = lift * np.asarray(climb_m) / self.driveline_share
        back = lift * np.asarray(descent_m) * self.driveline_share * self.regeneration_share
        cabin = self.climate.cabin_kw(temperature_c) * minutes / 60.0
        # a long descent cannot give back more than the way took
        return np.asarray(np.maximum(0.0, driving + grade - back) + cabin)


def _mean_load_t(row: dict[str, float]) -> float:
    """Return payload times load factor of the km with load."""
    return float(row["payload_t"] * (row["load_factor"] or 0.0) * (1.0 - (row["empty_share"] or 0.0)))


def use_per_km(county: County, vehicle_class: str, power: str) -> float:
    """Return the energy use of a class per km, in the unit of its carrier.

    Raises
    ------
    DataError
        No row of the class and power in ``energy_use``.
    """
    rows = [row for row in county.rows_by("energy_use").get(vehicle_class, ()) if row["power"] == power]
    if not rows:
        raise DataError(
            f"{county.name}/energy_use.csv: no row for vehicle_class {vehicle_class!r} with power {power!r}; "
            "add its use."
        )
    return float(rows[0]["use_per_100km"]) / 100.0
