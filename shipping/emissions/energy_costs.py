"""What the energy of the corridor's ships costs in a year: fuel, vessels with other engines, and their prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import polars as pl

from data.money import Price, annuity
from shipping.emissions.ship_factors import ShipFactors
from shipping.emissions.ship_year import ship_year
from shipping.traffic.yearly import county_traffic

if TYPE_CHECKING:
    from data.county import County

FIGURES: Final = (
    "river.diesel_price_cny_kg",
    "river.lng_price_cny_kg",
    "river.lng_equipment_cny",
    "river.lng_equipment_years",
    "cost.discount_public",
)
"""Figures without which the energy of ships has no costs."""
_ELECTRICITY: Final = "electricity_depot"
_BOX: Final = "vessel_box"
_MONTHS: Final = 12.0


@dataclass(frozen=True, slots=True)
class ShipEnergy:
    """What the ships of a corridor take in a year, and what they carry on board for it.

    Attributes
    ----------
    diesel_kg, lng_kg : float
        Fuel.
    meter_kwh : float
        Electricity of battery vessels, at the shore meter.
    lng_vessels : float
        Vessels with engine and tank for LNG.
    battery_kwh : float
        Batteries of the vessels that sail on them.
    """

    diesel_kg: float
    lng_kg: float
    meter_kwh: float
    lng_vessels: float
    battery_kwh: float

    @classmethod
    def from_county(cls, county: County, *, year: int) -> Self:
        """Return what is taken in a year, from the closed forms of `shipping.emissions.ship_year`.

        Vessels are the year's passages over those of a vessel that goes up and down ``river.round_trips_per_month``
        times; a carrier moves its share of the energy, and so that part of the vessels.
        """
        work, factors = ship_year(county, year), ShipFactors.from_county(county)
        kg = {
            fuel: work.energy_kwh * work.shares[fuel] * sfc * work.load_factor
            for fuel, sfc in factors.sfc_kg_kwh.items()
        }
        # up and down: two passages per round trip
        trips = 2.0 * _MONTHS * county.figure("river.round_trips_per_month")
        vessels = county_traffic(county, year)[0].passages / trips
        boxes = county.vessel_classes.filter(fuel="electric")["battery_kwh"].drop_nulls().to_list()
        battery = sum(boxes) / len(boxes) if boxes else 0.0
        return cls(
            kg["diesel"],
            kg["lng"],
            work.energy_kwh * work.shares["electric"] / factors.electric_efficiency,
            vessels * work.shares["lng"],
            vessels * work.shares["electric"] * battery,
        )


@dataclass(frozen=True, slots=True)
class ShipPrices:
    """What ships pay for what they take.

    Attributes
    ----------
    diesel, lng : data.money.Price
        Of fuel, CNY/kg.
    electricity : data.money.Price
        At the shore meter, CNY/kWh.
    lng_equipment : data.money.Price
        Engine and tank of a vessel, CNY a year of their life.
    battery : data.money.Price
        Boxes on board, CNY/kWh a year of their life.
    """

    diesel: Price
    lng: Price
    electricity: Price
    lng_equipment: Price
    battery: Price

    @classmethod
    def from_county(cls, county: County) -> Self | None:
        """Return the prices of a county; None where it does not know them all.

        It takes `FIGURES`, the electricity of depots and the battery boxes of vessels. Equipment is dear where it is
        dear and short-lived.
        """
        electricity = county.energy_prices.filter(carrier=_ELECTRICITY)
        boxes = county.infrastructure_prices.filter(item=_BOX).drop_nulls("life_years")
        if not (all(county.has_figure(key) for key in FIGURES) and electricity.height and boxes.height):
            return None
        rate = county.figure("cost.discount_public")
        once, (shortest, life, longest) = (
            county.figure_range(f"river.lng_equipment_{key}") for key in ("cny", "years")
        )
        lives = (longest, life, shortest)
        return cls(
            Price.of_figure(county, "river.diesel_price_cny_kg"),
            Price.of_figure(county, "river.lng_price_cny_kg"),
            _of_row(electricity.select("low", pl.col("price_cny"), "high")),
            Price(*(cny / annuity(years, rate) for cny, years in zip(once, lives, strict=True))),
            _of_row(boxes.select("low", "value", "high")).over(annuity(boxes["life_years"][0], rate)),
        )


def energy_bill(county: County, other: County, year: int) -> list[tuple[float, Price]] | None:
    """Return how much more of everything the ships of a county take in a year than those of another, with its price.

    Fuel and electricity at what they cost, equipment at its cost a year over its life. None where the county does not
    know all of these prices; see `ShipPrices`.
    """
    prices = ShipPrices.from_county(county)
    if prices is None:
        return None
    mine, theirs = (ShipEnergy.from_county(one, year=year) for one in (county, other))
    return [
        (mine.diesel_kg - theirs.diesel_kg, prices.diesel),
        (mine.lng_kg - theirs.lng_kg, prices.lng),
        (mine.meter_kwh - theirs.meter_kwh, prices.electricity),
        (mine.lng_vessels - theirs.lng_vessels, prices.lng_equipment),
        (mine.battery_kwh - theirs.battery_kwh, prices.battery),
    ]


def _of_row(row: pl.DataFrame) -> Price:
    """Return the price of a row of a table: low end, value, high end; without a range the value."""
    low, value, high = row.row(0)
    return Price(value if low is None else low, value, value if high is None else high)
