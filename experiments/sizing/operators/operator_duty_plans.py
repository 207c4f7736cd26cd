"""The plan of an operator without a timetable: chargers with which its days are completed, and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from experiments.sizing.operators.operator_days import DAYS, completed_share
from fleet.operators.consumption import ELECTRIC
from fleet.operators.day_chance import LATE
from fleet.operators.duties.duty_chargers import night_chargers
from fleet.operators.duties.simulated_duties import DutyChargers, simulated_duties
from fleet.operators.operator_costs import VehicleCost, chargers_cost, unit_price_cny, usual_power
from fleet.operators.operator_vehicles import with_spares

if TYPE_CHECKING:
    import polars as pl

    from data.county import County
    from fleet.operators.day_chance import DayChance
    from fleet.operators.duties.duties import Duties, DutyOption, DutyResult

_MORE: Final = 1.15
"""Step in which chargers are added until the days are completed."""
_PUBLIC: Final = "electricity_public"


class DutyPlan(NamedTuple):
    """What an option takes and costs.

    Attributes
    ----------
    result : DutyResult
        What the battery lasts for.
    days : polars.DataFrame
        Duties on simulated days of the year: columns of `fleet.operators.day_chance.DUTY_ENDS`.
    completed_share : float
        Share of them that is completed.
    chargers : int
        In the depot.
    enough : bool
        Whether battery and simulated days both complete as many as ``operators.completed_share``.
    cny_per_year, investment_cny, kgco2_per_year : float
        Of vehicles with spare ones, energy, maintenance, chargers and the drivers' time at stops; to build chargers.
    """

    result: DutyResult
    days: pl.DataFrame
    completed_share: float
    chargers: int
    enough: bool
    cny_per_year: float
    investment_cny: float
    kgco2_per_year: float


@dataclass(frozen=True, slots=True)
class DutyPlanner:
    """Plans options of an operator.

    Attributes
    ----------
    county, duties, chance, year
        Prices, days of the vehicles, what chance does to them, year of purchase.
    """

    county: County
    duties: Duties
    chance: DayChance
    year: int

    @property
    def charger_kw(self) -> float:
        """Power of a charger in the depot, at the meter."""
        return float(self.duties.operator["charger_kw"])

    @property
    def efficiency(self) -> float:
        """Battery kWh per meter kWh."""
        return self.county.figure("charging.efficiency_dc")

    @property
    def fuel_vehicles(self) -> int:
        """Vehicles on fuel that do the work today."""
        return self.duties.today

    def plan(self, option: DutyOption) -> DutyPlan:
        """Return the plan of an option, with as many chargers as its days need."""
        found = self.duties.result(option)
        chargers, days = self._chargers(option, found)
        share = completed_share(days)
        cny, investment, kgco2 = self._costs(option, found, chargers)
        enough = min(share, found.completed_share) >= self.duties.sure_share
        return DutyPlan(found, days, share, chargers, enough, cny, investment, kgco2)

    def simulated(self, option: DutyOption, chargers: int, day: str | None = None) -> pl.DataFrame:
        """Return the duties on simulated days: of the year, or about the temperature of a kind of day."""
        temperature = None if day is None else self.duties.consumption.climate.temperature_c(day)
        given = DutyChargers(chargers, self._stop_min(option.way))
        return simulated_duties(self.duties, option, given, self.chance, days=DAYS, temperature_c=temperature)

    def on_fuel(self, vehicles: int) -> tuple[float, float]:
        """Return what some vehicles on fuel cost and emit in a year for the same km: CNY and kg CO2."""
        county, name = self.county, self.duties.operator["vehicle_class"]
        fuel = VehicleCost.from_county(county, name, usual_power(county, name), year=self.year)
        km = self.duties.km_per_day * county.figure("operators.service_days")
        units = km * fuel.use_per_km
        cny = with_spares(county, vehicles) * fuel.cny_year
        return cny + km * fuel.maintenance_cny_km + units * fuel.energy_cny_unit, units * fuel.kgco2_unit

    def _chargers(self, option: DutyOption, found: DutyResult) -> tuple[int, pl.DataFrame]:
        """Return chargers of the depot, and the days with them: more where vehicles would be late for want of them."""
        night_h = self.county.figure("operators.night_h")
        chargers = max(1, night_chargers(found.night_kwh / self.efficiency, self.charger_kw, night_h))
        days = self.simulated(option, chargers)
        while completed_share(days) < self.duties.sure_share and chargers < found.vehicles:
            more = min(found.vehicles, math.ceil(chargers * _MORE))
            other = self.simulated(option, more)
            # whoever runs empty on the way is helped by no charger in the depot
            if days.filter(outcome=LATE).height <= other.filter(outcome=LATE).height:
                break
            chargers, days = more, other
        return chargers, days

    def _costs(self, option: DutyOption, found: DutyResult, chargers: int) -> tuple[float, float, float]:
        """Return cost of a year, investment in chargers, and CO2 of a year."""
        county, name = self.county, self.duties.operator["vehicle_class"]
        days = county.figure("operators.service_days")
        vehicle = VehicleCost.from_county(county, name, ELECTRIC, year=self.year, battery_kwh=option.battery_kwh)
        build = chargers_cost(county, [("depot", chargers, self.charger_kw, chargers * self.charger_kw)])
        every, on_way = (days * kwh / self.efficiency for kwh in (found.kwh_per_day, found.way_kwh_per_day))
        # a charge or a swap on the way is paid as in public, the depot's as the depot's
        energy = (every - on_way) * vehicle.energy_cny_unit + on_way * unit_price_cny(county, _PUBLIC)
        lost_h = found.all_stops_per_day * days * self._stop_min(option.way) / 60.0
        km = self.duties.km_per_day * days
        cny = (
            with_spares(county, found.vehicles) * vehicle.cny_year
            + km * vehicle.maintenance_cny_km
            + build.cny_year
            + energy
            + lost_h * county.figure("operators.van_driver_cny_h")
        )
        return cny, build.investment_cny, every * vehicle.kgco2_unit

    def _stop_min(self, way: str) -> float:
        """Return the time of a stop on the way."""
        names = {"fast": "operators.stop_min", "swap": "operators.swap_min"}
        return self.county.figure(names[way]) if way in names else 0.0
