"""Vehicles without a timetable: days of taxis, refuse lorries, official cars and lorries, and what a battery lasts for.

Days are drawn, km gamma with the class's mean and the spread of ``charging_behaviour``, or those of a log; each has the
temperature of its month. Lorries drive tours from their depot: out with a load, back with or without, and charge while
they are loaded anew. What the battery does not last for, a charge or swap on the way does, or another vehicle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy as np
import polars as pl

from data.streams import stream
from fleet.operators.consumption import Consumption
from fleet.operators.duties.duty_chargers import stop_kw
from fleet.operators.duties.duty_days import drawn_days, logged_days
from fleet.operators.duties.freight_tours import BANDS_KM, TOURS, drawn_tours
from fleet.operators.operator_vehicles import battery_kwh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from data.county import County
    from fleet.operators.duties.freight_tours import Tours

WAYS: Final = ("none", "fast", "swap")
"""What a vehicle may do on its way: nothing, a stop at a fast charger, a swap of the battery."""
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
        Days of vehicles that the battery lasts for, with the stops on the way, and that a night fills again.
    worst_month, worst_share : int, float
        Month in which fewest are completed, and their share.
    stops_per_day, all_stops_per_day : float
        Stops on the way of a vehicle that is out, and of all together.
    kwh_per_day, way_kwh_per_day : float
        Into the batteries of all vehicles, and what of it a stop on the way gives.
    night_kwh : float
        Into the batteries in the depot, on a day that is exceeded by no more than those that need not be completed.
    vehicles : int
        Vehicles that do all the km: those of today, and others for what is not completed.
    tours : polars.DataFrame
        Columns of `TOURS`.
    """

    completed_share: float
    worst_month: int
    worst_share: float
    stops_per_day: float
    all_stops_per_day: float
    kwh_per_day: float
    way_kwh_per_day: float
    night_kwh: float
    vehicles: int
    tours: pl.DataFrame


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
    month : numpy.ndarray of int
        Month of each day.
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
    depot_kw : float
        Power into the battery in the depot.
    night_h : numpy.ndarray
        Hours in the depot before the first trip of the next duty, by day and vehicle.
    tours : Tours or None
        Tours of lorries; None where a day is one way that another vehicle may end.
    logged : bool
        Whether the days are those of a log.
    weight : float
        Vehicles for which each of `km` stands.
    sure_share : float
        Share of the days for which the depot is built.
    """

    operator: dict[str, Any]
    vehicles: int
    today: int
    km: Floats
    month: Ints
    temperature_c: Floats
    consumption: Consumption
    km_h: float
    battery_kwh: float
    health_share: float
    reserve_share: float
    stop_kwh: float
    most_stops: float
    depot_kw: float
    night_h: Floats
    tours: Tours | None = None
    logged: bool = False
    weight: float = 1.0
    sure_share: float = 1.0

    @classmethod
    def from_county(
        cls, county: County, operator: dict[str, Any], *, year: int, log: pl.DataFrame | None = None, seed: int = 0
    ) -> Self:
        """Return the days of an operator: those of a log, otherwise drawn.

        Parameters
        ----------
        county
            Its class, behaviour, weather and figures ``operators.*``.
        operator
            Row of ``operators``.
        year
            Year of the fleet.
        log
            Columns of `data.schemas.fleets.operators.DutyLog`: its vehicles and days stand for those of the operator.
        seed
            Seed of the days.
        """
        name = operator["vehicle_class"]
        if log is None:
            days = drawn_days(county, operator, year, seed)
        else:
            days = logged_days(log, night_h=county.figure("operators.night_h"))
        months = county.weather_months.sort("month")["temperature_c"].to_numpy()
        noise = stream(seed, "operators", "temperature").standard_normal(len(days.month))
        efficiency = county.figure("charging.efficiency_dc")
        return cls(
            operator,
            days.vehicles,
            days.today,
            days.km,
            days.month,
            months[days.month - 1] + county.figure("operators.temperature_sd_k") * noise,
            Consumption.from_county(county, name),
            county.figure("operators.duty_km_h"),
            battery_kwh(county, name),
            county.figure("operators.battery_health_share"),
            county.figure("operators.reserve_soc_share"),
            stop_kw(county, name) * county.figure("operators.stop_min") / 60.0,
            county.figure("operators.most_stops"),
            operator["charger_kw"] * efficiency,
            days.night_h,
            drawn_tours(county, operator, days.km, seed) if operator["kind"] == "trucks" else None,
            log is not None,
            days.weight,
            county.figure("operators.completed_share"),
        )

    @property
    def km_per_day(self) -> float:
        """Km of all vehicles together on the mean of the days."""
        return self.weight * float(self.km.sum()) / len(self.km)

    @property
    def tour_km(self) -> Floats:
        """Km by day, vehicle and tour of the day."""
        return self.km[:, :, None] * (1.0 if self.tours is None else self.tours.part)

    def used_kwh(self, factor: Floats | float = 1.0) -> Floats:
        """Return the energy of each tour, by day, vehicle and tour of the day.

        Parameters
        ----------
        factor
            Driving time over that of a mean day, by day, vehicle and tour: the cabin takes power for as long.
        """
        if self.tours is None:
            return self._kwh(self.tour_km, None, factor)
        half = 0.5 * self.tour_km
        out = self._kwh(half, self.tours.load_t, factor)
        return np.asarray(out + self._kwh(half, np.where(self.tours.loaded_back, self.tours.load_t, 0.0), factor))

    def _kwh(self, km: Floats, load_t: Floats | float | None, factor: Floats | float) -> Floats:
        """Return the energy of ways on their days."""
        minutes = 60.0 * km / self.km_h * factor
        return self.consumption.kwh(km, minutes, load_t=load_t, temperature_c=self.temperature_c[:, None, None])

    def lasts_kwh(self, option: DutyOption) -> float:
        """Return what a full battery gives down to its reserve."""
        return option.battery_kwh * self.health_share * (1.0 - self.reserve_share)

    def each_stop_kwh(self, option: DutyOption) -> float:
        """Return what a stop on the way gives: at a fast charger for its time, at a swap a full battery."""
        lasts = self.lasts_kwh(option)
        return {"none": 0.0, "fast": min(self.stop_kwh, lasts), "swap": lasts}[option.way]

    def result(self, option: DutyOption) -> DutyResult:
        """Return what the fleet does with an option."""
        used = self.used_kwh()
        day = self._driven(used, self.lasts_kwh(option), self.each_stop_kwh(option))
        completed = day.done.all(axis=2) & (day.missing <= self.depot_kw * self.night_h + 1e-9)
        out = self.km > 0.0
        by_month = [float(completed[self.month == month][out[self.month == month]].mean()) for month in self.months]
        worst = int(np.argmin(by_month))
        left = float(day.left.sum() / used.sum())
        return DutyResult(
            float(completed[out].mean()),
            self.months[worst],
            by_month[worst],
            float(day.stops.sum() / out.sum()),
            self.weight * float(day.stops.sum()) / len(used),
            self.weight * float(used.sum()) / len(used),
            self.weight * float(day.on_way.sum()) / len(used),
            self.weight * float(np.quantile(used.sum(axis=(1, 2)) - day.on_way.sum(axis=1), self.sure_share)),
            math.ceil(self.vehicles * (1.0 + left) - 1e-9),
            self._told(day),
        )

    @property
    def months(self) -> list[int]:
        """Months that have days with duties."""
        return sorted({int(month) for month in self.month[(self.km > 0.0).any(axis=1)]})

    def _driven(self, used: Floats, lasts: float, each: float) -> _Driven:
        """Return which tours are driven, one after the other, and what is missing in the evening."""
        full = np.full(self.km.shape, lasts)
        battery, stops, on_way = full.copy(), np.zeros(self.km.shape), np.zeros(self.km.shape)
        done, alone = np.ones(used.shape, dtype=np.bool_), np.ones(used.shape, dtype=np.bool_)
        left = np.zeros(used.shape)
        for tour in range(used.shape[2]):
            need = used[:, :, tour]
            short = np.maximum(0.0, need - battery)
            asked = np.ceil(short / each - 1e-12) if each else np.where(short > 0.0, np.inf, 0.0)
            able = asked <= self.most_stops - stops
            alone[:, :, tour], done[:, :, tour] = short <= 0.0, able
            # a lorry does not set out on a tour that it cannot end; of a taxi's day another ends the rest
            more = np.where(able, asked, self.most_stops - stops if self.tours is None else 0.0) if each else 0.0
            drives = np.where(able, need, np.minimum(need, battery + more * each) if self.tours is None else 0.0)
            left[:, :, tour] = need - drives
            stops = stops + more
            after = np.minimum(full, np.maximum(0.0, battery + more * each - drives))
            # what finds no room in the battery is not taken
            on_way += np.where(more > 0.0, after - battery + drives, 0.0)
            battery = after
            if self.tours is not None and tour + 1 < used.shape[2]:
                # who drives no further tour charges at night
                goes_on = used[:, :, tour + 1] > 0.0
                battery = np.minimum(full, battery + self.depot_kw * self.tours.depot_h * goes_on)
        return _Driven(done, alone, stops, on_way, left, full - battery)

    def _told(self, day: _Driven) -> pl.DataFrame:
        """Return the tours of `TOURS`."""
        km = self.tour_km.ravel()
        month = np.broadcast_to(self.month[:, None, None], day.done.shape).ravel()
        band = np.array(BANDS_KM)[np.searchsorted(BANDS_KM, km)]
        rows = pl.DataFrame(
            {"month": month, "up_to_km": band, "alone": day.alone.ravel(), "done": day.done.ravel(), "km": km}
        ).filter(pl.col("km") > 0.0)
        shares = {"battery_alone_share": pl.col("alone").mean(), "completed_share": pl.col("done").mean()}
        days = pl.lit(pl.Series([int((self.month == number).sum()) for number in range(1, _MONTHS + 1)]))
        monthly = rows.group_by("month", "up_to_km").agg(pl.len().alias("n"), **shares).with_columns(
            tours_per_day=self.weight * pl.col("n") / days.gather(pl.col("month") - 1)
        )  # fmt: skip
        yearly = rows.group_by("up_to_km").agg(pl.len().alias("n"), **shares).with_columns(
            tours_per_day=self.weight * pl.col("n") / len(self.month), month=pl.lit(None, dtype=pl.Int64)
        )  # fmt: skip
        both = [frame.select(list(TOURS)).cast(TOURS) for frame in (yearly, monthly)]
        return pl.concat(both).sort("month", "up_to_km", nulls_last=False)


class _Driven(NamedTuple):
    """Tours of all days.

    `done` with stops on the way and `alone` without (by tour); `stops` on the way by day and the kWh `on_way` that they
    give; `left` kWh of what is not driven; `missing` of a full battery in the evening.
    """

    done: NDArray[np.bool_]
    alone: NDArray[np.bool_]
    stops: Floats
    on_way: Floats
    left: Floats
    missing: Floats
