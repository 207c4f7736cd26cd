"""What an operator's vehicles, energy, drivers and chargers cost, and what their energy emits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import polars as pl

from charging.costs.price_table import Prices
from charging.costs.station_costs import station_costs
from data.arrays import HOURS, scalar
from data.errors import DataError
from data.factors import grid_factor
from data.money import FEN, annuity
from fleet.operators.consumption import ELECTRIC, use_per_km
from fleet.vehicles.costs import COMBUSTION, tco

if TYPE_CHECKING:
    from data.arrays import Floats
    from data.county import County

PURCHASE: Final = "purchase"


@dataclass(frozen=True, slots=True)
class VehicleCost:
    """A vehicle of a class and power.

    Attributes
    ----------
    power : str
        As ``vehicle_costs`` names it.
    cny_year : float
        Price, tax and residual value over the years of holding, as a yearly amount.
    maintenance_cny_km : float
        Maintenance.
    energy_cny_unit : float
        Price of a unit of its carrier: kWh at the depot's meter, L, kg or m3.
    use_per_km : float
        Units per km, at the tank or the battery.
    kgco2_unit : float
        CO2 of a unit: of burning it, or of making the electricity.
    """

    power: str
    cny_year: float
    maintenance_cny_km: float
    energy_cny_unit: float
    use_per_km: float
    kgco2_unit: float

    @classmethod
    def from_county(cls, county: County, vehicle_class: str, power: str, *, year: int) -> Self:
        """Return a vehicle bought in a year.

        Raises
        ------
        DataError
            The county has no price of the vehicle or of its energy.
        """
        price = county.vehicle_costs.filter(pl.col("vehicle_class") == vehicle_class, pl.col("power") == power)
        if not price.height:
            raise DataError(
                f"{county.name}/vehicle_costs.csv: no row for vehicle_class {vehicle_class!r} with power {power!r}; "
                "add its price, or leave out the operators of that class."
            )
        bought = tco(county, year=year).filter(vehicle_class=vehicle_class, power=power, form=PURCHASE)
        rate = county.figure(f"cost.discount_{price['owner'][0]}")
        years = county.figure("cost.holding_years")
        residual = price["residual_share"][0] * bought["price_cny"][0] / (1.0 + rate) ** years
        carrier = county.energy_use.filter(vehicle_class=vehicle_class, power=power)["carrier"][0]
        named = "electricity_depot" if power == ELECTRIC else carrier
        cny = county.energy_prices.filter(pl.col("carrier") == named)
        if not cny.height:
            raise DataError(f"{county.name}/energy_prices.csv: no row for {named!r}; add its price.")
        return cls(
            power,
            float((bought["upfront_cny"][0] - residual) / annuity(years, rate)),
            float(price["maintenance_cny_per_km"][0]),
            float(cny["price_cny"][0]),
            use_per_km(county, vehicle_class, power),
            _kgco2(county, carrier, year),
        )

    def with_battery(self, county: County, vehicle_class: str, battery_kwh: float) -> Self:
        """Return an electric vehicle with a battery of another size; a fuel vehicle as it is."""
        if self.power != ELECTRIC:
            return self
        more = larger_battery_cny_year(county, vehicle_class, battery_kwh)
        return replace(self, cny_year=self.cny_year + more)


def vehicle_price_cny(county: County, vehicle_class: str, power: str, *, year: int) -> float:
    """Return the price of a vehicle in a year, by its trend, without tax and subsidy."""
    row = county.vehicle_costs.filter(pl.col("vehicle_class") == vehicle_class, pl.col("power") == power).row(
        0, named=True
    )
    return float(row["price_cny"] * (1.0 + row["price_trend_share_per_year"]) ** (year - row["base_year"]))


def larger_battery_cny_year(county: County, vehicle_class: str, battery_kwh: float) -> float:
    """Return what a battery of another size than the class's adds to the price of a vehicle, by year of holding."""
    row = county.vehicle_costs.filter(pl.col("vehicle_class") == vehicle_class, pl.col("power") == ELECTRIC)
    more = battery_kwh - scalar(row, pl.col("battery_kwh").first(), default=battery_kwh)
    rate, years = county.figure(f"cost.discount_{row['owner'][0]}"), county.figure("cost.holding_years")
    return more * county.figure("operators.battery_cny_kwh") / annuity(years, rate)


def _kgco2(county: County, carrier: str, year: int) -> float:
    """Return the CO2 of a unit of a carrier, kg: series b of the accounts."""
    if carrier == "electricity":
        return grid_factor(county, year)
    fuel = county.fuel_factors.filter(pl.col("fuel") == carrier, pl.col("mode") == "road").row(0, named=True)
    unit = county.energy_use.filter(pl.col("carrier") == carrier)["unit"][0]
    density = fuel["density_kg_per_l"] if unit == "L" else 1.0
    if unit == "m3":
        density = county.figure("fleet.cng_density_kg_m3")
    return float(fuel["ttw_kgco2_per_kg"] * density)


def usual_power(county: County, vehicle_class: str) -> str:
    """Return the fuel that a class has today: the first of petrol and diesel with a price.

    Raises
    ------
    DataError
        The class has neither.
    """
    rows = county.vehicle_costs.filter(
        pl.col("vehicle_class") == vehicle_class, pl.col("power").is_in(list(COMBUSTION))
    )
    if not rows.height:
        raise DataError(
            f"{county.name}/vehicle_costs.csv: no row for vehicle_class {vehicle_class!r} with petrol or diesel, "
            "against which an electric fleet is compared; add one."
        )
    return str(rows["power"][0])


def depot_prices(county: County, month: int) -> Floats:
    """Return the price of a kWh at a depot's meter by hour of the day: the tariff without a service fee."""
    flat = county.figure("tariff.flat_cny_kwh")
    season = dict(county.tariff_seasons.select("month", "season").iter_rows())[month]
    rows = county.tariff_tou.filter(pl.col("season") == season).sort("hour")
    prices = np.full(HOURS, flat)
    prices[rows["hour"].to_numpy()] = flat * rows["multiplier"].to_numpy()
    return prices


@dataclass(frozen=True, slots=True)
class ChargerCost:
    """Chargers and their connection: what they cost to build and by year."""

    investment_cny: float
    cny_year: float


def chargers_cost(county: County, sites: list[tuple[str, int, float, float]]) -> ChargerCost:
    """Return the cost of chargers; none where the county has no prices of infrastructure.

    Parameters
    ----------
    county
        Its table ``infrastructure_prices``.
    sites
        Name, chargers, kW of each, and kW of the connection.
    """
    rows = [(name, name, "dc", kw, number, 1, peak) for name, number, kw, peak in sites if number > 0]
    if not rows or not county.infrastructure_prices.height:
        return ChargerCost(0.0, 0.0)
    columns = ["station_id", "group_id", "current", "pile_kw", "piles", "guns_per_pile", "transformer_kw"]
    costs = station_costs(pl.DataFrame(rows, schema=columns, orient="row"), Prices.from_county(county))
    return ChargerCost(*(scalar(costs, pl.col(name).sum()) / FEN for name in ("investment_fen", "yearly_fen")))
