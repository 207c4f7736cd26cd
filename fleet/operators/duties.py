"""Vehicles without a timetable: drawn days of taxis, refuse lorries, official cars, lorries, and what a battery lasts.

The km of a vehicle's day are gamma with the class's mean and the spread of ``charging_behaviour``; each day has the
temperature of its month. What the battery does not last for, a charge or swap on the way does, or another vehicle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy as np
import polars as pl

from data.arrays import DAY_MIN, scalar
from data.streams import stream
from fleet.operators.buses.bus_plan import battery_kwh, vehicles_today
from fleet.operators.consumption import Consumption

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County

WAYS: Final = ("none", "fast", "swap")
"""What a vehicle may do on its way: nothing, a stop at a fast charger, a swap of the battery."""
_DAYS: Final = 240
"""Days that are drawn, 20 of each month: the interval of a share of 98 % is then below 0.1 point for 100 vehicles."""
_MONTHS: Final = 12


class DutyOption(NamedTuple):
    """What is tried: a new battery, and a way to charge during the day."""

    battery_kwh: float
    way: str


class DutyResult(NamedTuple):
    """What a fleet does with an option.

    Attributes
    ----------
    completed_share : float
        Days of vehicles that the battery lasts for, with the stops on the way.
    worst_month, worst_share : int, float
        Month in which fewest are completed, and their share.
    stops_per_day : float
        Stops on the way of a vehicle.
    kwh_per_day : float
        Into the batteries of all vehicles.
    vehicles : int
        Vehicles that do all the km: those of today, and others for what is not completed.
    """

    completed_share: float
    worst_month: int
    worst_share: float
    stops_per_day: float
    kwh_per_day: float
    vehicles: int


@dataclass(frozen=True, slots=True)
class Duties:
    """Days of the vehicles of an operator.

    Attributes
    ----------
    operator : dict
        Row of ``operators``.
    vehicles : int
        Vehicles that have duties at once; of a pool those that are needed on all but a few days.
    today : int
        Vehicles that it has.
    km : numpy.ndarray
        Km by day (row) and vehicle (column).
    temperature_c : numpy.ndarray
        Outdoor temperature by day.
    consumption : Consumption
        Of its electric vehicles.
    km_h : float
        Mean speed, for the cabin.
    battery_kwh, health_share, reserve_share : float
        As of `fleet.operators.buses.bus_plan.BusService`.
    stop_kwh, most_stops : float
        What a fast charge on the way gives; stops in a day.
    """

    operator: dict[str, Any]
    vehicles: int
    today: int
    km: Floats
    temperature_c: Floats
    consumption: Consumption
    km_h: float
    battery_kwh: float
    health_share: float
    reserve_share: float
    stop_kwh: float
    most_stops: float

    @classmethod
    def from_county(cls, county: County, operator: dict[str, Any], *, year: int, seed: int = 0) -> Self:
        """Return the drawn days of an operator.

        Parameters
        ----------
        county
            Its class, behaviour, weather and figures ``operators.*``.
        operator
            Row of ``operators``.
        year
            Year of the fleet.
        seed
            Seed of the days.
        """
        name = operator["vehicle_class"]
        today = max(1, round(vehicles_today(county, operator, year)))
        vehicles = today
        if operator["kind"] == "pool":
            vehicles = pooled(
                today, county.figure("operators.pool_use_share"), county.figure("operators.completed_share")
            )
        row = county.vehicle_classes.filter(vehicle_class=name).row(0, named=True)
        # the km of all vehicles are driven by those that are on duty
        mean = row["km_per_year"] / county.figure("operators.service_days") * today / vehicles
        behaviour = county.charging_behaviour.filter(pl.col("vehicle_class") == name)["daily_km_cv"].drop_nulls()
        spread = float(behaviour[0]) if len(behaviour) else county.figure("operators.duty_km_cv")
        shape = 1.0 / max(spread, 1e-3) ** 2
        # an array per decision: another mean or spread moves no other draw
        lots = stream(seed, "operators", operator["operator"], "km").gamma(shape, size=(_DAYS, vehicles))
        months = county.weather_months.sort("month")["temperature_c"].to_numpy()
        noise = stream(seed, "operators", "temperature").standard_normal(_DAYS)
        sd = county.figure("operators.temperature_sd_k")
        return cls(
            operator,
            vehicles,
            today,
            lots / shape * mean,
            months[np.arange(_DAYS) * _MONTHS // _DAYS] + sd * noise,
            Consumption.from_county(county, name),
            county.figure("operators.duty_km_h"),
            battery_kwh(county, name),
            county.figure("operators.battery_health_share"),
            county.figure("operators.reserve_soc_share"),
            stop_kw(county, name) * county.figure("operators.stop_min") / 60.0,
            county.figure("operators.most_stops"),
        )

    def used_kwh(self) -> Floats:
        """Return the energy of each vehicle and day."""
        hours = self.km / self.km_h
        return self.consumption.kwh(self.km, 60.0 * hours, temperature_c=self.temperature_c[:, None])

    def result(self, option: DutyOption) -> DutyResult:
        """Return what the fleet does with an option."""
        used = self.used_kwh()
        usable = option.battery_kwh * self.health_share
        lasts = usable * (1.0 - self.reserve_share)
        # a swapped battery is full, as the one in the morning was
        more = self.most_stops * {"none": 0.0, "fast": min(self.stop_kwh, lasts), "swap": lasts}[option.way]
        completed = used <= lasts + more
        by_month = completed.reshape(_MONTHS, -1).mean(axis=1)
        worst = int(by_month.argmin())
        left = np.maximum(0.0, used - lasts - more).sum() / used.sum()
        each = more / self.most_stops
        stops = np.clip(np.ceil((used - lasts) / each), 0.0, self.most_stops).mean() if more else 0.0
        return DutyResult(
            float(completed.mean()),
            worst + 1,
            float(by_month[worst]),
            float(stops),
            float(used.sum()) / len(used),
            math.ceil(self.vehicles * (1.0 + float(left)) - 1e-9),
        )


def stop_kw(county: County, vehicle_class: str) -> float:
    """Return the power into the battery at a fast charger on the way: the charger's, or what the class takes."""
    models = county.ev_models.filter(pl.col("vehicle_class") == vehicle_class)
    taken = (pl.col("dc_kw") * pl.col("share")).sum() / pl.col("share").sum()
    most = scalar(models, taken, default=math.inf) if models.height else math.inf
    return min(county.figure("operators.stop_kw") * county.figure("charging.efficiency_dc"), most)


def pooled(vehicles: int, use_share: float, sure_share: float) -> int:
    """Return the cars that a pool needs, so that one is free with a probability whenever somebody asks.

    Parameters
    ----------
    vehicles
        Cars of offices that each keep their own.
    use_share
        Part of the working time in which a car is out.
    sure_share
        Probability that the pool is enough: the number of cars out at once is binomial.
    """
    count = np.arange(vehicles + 1)
    logs = np.array([math.lgamma(vehicles + 1) - math.lgamma(k + 1) - math.lgamma(vehicles - k + 1) for k in count])
    share = min(max(use_share, 1e-12), 1.0 - 1e-12)
    chance = np.exp(logs + count * math.log(share) + (vehicles - count) * math.log1p(-share))
    return max(1, int(np.searchsorted(np.cumsum(chance), sure_share)))


def night_chargers(kwh: float, charger_kw: float, night_h: float) -> int:
    """Return the chargers that give some energy at the meter in a night, shared among the vehicles.

    Parameters
    ----------
    kwh
        Of a night, at the meter.
    charger_kw
        Power of one.
    night_h
        Hours in which vehicles stand in the depot, below those of a day.
    """
    return math.ceil(kwh / (charger_kw * min(night_h, DAY_MIN / 60.0)) - 1e-9)
