"""What an operator's vehicles, energy, drivers and chargers cost, and what their energy emits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import polars as pl

from charging.costs.price_table import Prices
from charging.costs.station_costs import station_costs
from data.arrays import HOURS, scalar
from data.errors import DataError
from data.factors import grid_factor
from data.money import FEN, annuity
from fleet.operators.consumption import ELECTRIC, use_per_km
from fleet.vehicles.costs import COMBUSTION, form_flows

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
    def from_county(
        cls, county: County, vehicle_class: str, power: str, *, year: int, battery_kwh: float | None = None
    ) -> Self:
        """Return a vehicle bought in a year.

        Parameters
        ----------
        county
            Its prices.
        vehicle_class, power
            As ``vehicle_costs`` names them.
        year
            Year of purchase.
        battery_kwh
            New battery of an electric one; see `with_battery`. That of the class where not given.

        Raises
        ------
        DataError
            The county has no price of the vehicle or of its energy.
        """
        price = _price(county, vehicle_class, power)
        if battery_kwh is not None and power == ELECTRIC:
            county = with_battery(county, vehicle_class, battery_kwh)
        bought = form_flows(county, vehicle_class, power, year=year)[PURCHASE]
        rate = county.figure(f"cost.discount_{price['owner']}")
        years = county.figure("cost.holding_years")
        residual = bought.residual_cny / (1.0 + rate) ** years
        uses = [row for row in county.rows_by("energy_use").get(vehicle_class, ()) if row["power"] == power]
        carrier = uses[0]["carrier"]
        named = "electricity_depot" if power == ELECTRIC else carrier
        return cls(
            power,
            float((bought.upfront_cny - residual) / annuity(years, rate)),
            float(price["maintenance_cny_per_km"]),
            unit_price_cny(county, named),
            use_per_km(county, vehicle_class, power),
            _kgco2(county, carrier, year),
        )


def vehicle_price_cny(county: County, vehicle_class: str, power: str, *, year: int) -> float:
    """Return the price of a vehicle in a year, by its trend, without tax and subsidy."""
    row = _price(county, vehicle_class, power)
    return float(row["price_cny"] * (1.0 + row["price_trend_share_per_year"]) ** (year - row["base_year"]))


def unit_price_cny(county: County, carrier: str) -> float:
    """Return the price of a unit of an energy carrier: of a kWh at the meter, L, kg or m3.

    Raises
    ------
    DataError
        The county has none.
    """
    rows = county.rows_by("energy_prices", "carrier").get(carrier)
    if not rows:
        raise DataError(f"{county.name}/energy_prices.csv: no row for {carrier!r}; add its price.")
    return float(rows[0]["price_cny"])


def with_battery(county: County, vehicle_class: str, battery_kwh: float) -> County:
    """Return the county with another battery in the electric vehicles of a class.

    Each kWh more than the class's adds ``operators.battery_cny_kwh`` to the price of the base year, so that trend, tax
    and residual value are those of the dearer vehicle. Rents grow in proportion to what is rented: with battery
    separation the battery, otherwise the vehicle.

    Parameters
    ----------
    county
        Its tables ``vehicle_costs`` and ``acquisition``.
    vehicle_class
        Class with a row of power ``bev`` in ``vehicle_costs``; a class whose row states no battery stays as it is.
    battery_kwh
        The new battery.

    Raises
    ------
    DataError
        The county has no price of the vehicle.
    """
    electric = (pl.col("vehicle_class") == vehicle_class) & (pl.col("power") == ELECTRIC)
    row = _price(county, vehicle_class, ELECTRIC)
    standard = row["battery_kwh"] or battery_kwh
    price = row["price_cny"] + (battery_kwh - standard) * county.figure("operators.battery_cny_kwh")
    costs = county.vehicle_costs.with_columns(price_cny=pl.when(electric).then(price).otherwise("price_cny"))
    separated = pl.col("form") == "battery_separation"
    larger = pl.when(separated).then(battery_kwh / standard).otherwise(price / row["price_cny"])
    offers = county.acquisition.with_columns(
        pl.when(electric).then(pl.col(name) * larger).otherwise(name).alias(name)
        for name in ("rent_cny_per_month", "rent_cny_per_km", "price_cut_cny")
    )
    return county.with_table("vehicle_costs", costs).with_table("acquisition", offers)


def _price(county: County, vehicle_class: str, power: str) -> dict[str, Any]:
    """Return the row of ``vehicle_costs`` of a vehicle."""
    rows = [row for row in county.rows_by("vehicle_costs").get(vehicle_class, ()) if row["power"] == power]
    if not rows:
        raise DataError(
            f"{county.name}/vehicle_costs.csv: no row for vehicle_class {vehicle_class!r} with power {power!r}; "
            "add its price, or leave out the operators of that class."
        )
    return rows[0]


def _kgco2(county: County, carrier: str, year: int) -> float:
    """Return the CO2 of a unit of a carrier, kg: series b of the accounts."""
    if carrier == "electricity":
        return grid_factor(county, year)
    fuel = next(row for row in county.rows_by("fuel_factors", "fuel")[carrier] if row["mode"] == "road")
    unit = county.rows_by("energy_use", "carrier")[carrier][0]["unit"]
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
    powers = [
        row["power"] for row in county.rows_by("vehicle_costs").get(vehicle_class, ()) if row["power"] in COMBUSTION
    ]
    if not powers:
        raise DataError(
            f"{county.name}/vehicle_costs.csv: no row for vehicle_class {vehicle_class!r} with petrol or diesel, "
            "against which an electric fleet is compared; add one."
        )
    return str(powers[0])


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


def connection_kw(managed_kw: float, charger_kw: float) -> float:
    """Return the connection of a depot: its managed power, and at least one charger's, so that a vehicle can hurry."""
    return max(managed_kw, charger_kw) if managed_kw > 0.0 else 0.0


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
