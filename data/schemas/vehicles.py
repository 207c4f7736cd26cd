"""Schemas of the county tables about vehicles: classes, stock, powers, energy use and models."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import dataframely as dy
import polars as pl

from data.schemas.base import (
    POWERS,
    Explained,
    Table,
    calendar_year,
    choice,
    confidence,
    fraction,
    identifier,
    measured,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ROLES = (
    "household_car",
    "fleet_car",
    "public_service",
    "intercity",
    "light_freight",
    "heavy_freight",
    "two_wheeler",
    "other",
)
"""What a class is to the models: cars of households; taxis, ride hailing and official cars; town buses and sanitation;
coaches; goods vehicles up to 4.5 t and above; motorcycles; anything else."""
BOUNDARIES = ("narrow", "bus_taxi", "light_truck", "none")


class VehicleClasses(Table):
    """Vehicle classes; `boundary` is the narrowest carbon boundary that contains the class.

    `role` is what the class is to the models, whatever its name: through traffic and the roads drive as the household
    cars do, goods vehicles are those of the freight roles. `km_decline_share` is what each year of age takes off the km
    of a vehicle.
    """

    vehicle_class = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    kind = choice(("passenger", "freight", "two_wheeler"))
    role = choice(ROLES)
    boundary = choice(BOUNDARIES)
    km_per_year = measured("km a year", 0.2, 1e6, usual=(200.0, 250_000.0))
    km_low = measured("km a year", 0.2, 1e6, nullable=True)
    km_high = measured("km a year", 0.2, 1e6, nullable=True)
    km_decline_share = fraction(nullable=True, usual=(0.0, 0.2))
    km_decline_low = fraction(nullable=True)
    km_decline_high = fraction(nullable=True)
    payload_t = measured("t", 0.0, 200.0, usual=(0.0, 60.0), nullable=True)
    load_factor = fraction(nullable=True)
    empty_share = fraction(nullable=True)
    occupancy_p = measured("people", 0.0, 400.0, usual=(0.0, 80.0), nullable=True)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "carries_people": Explained(
            "occupancy_p",
            "a number for classes that carry no freight",
            "Give the people in a vehicle, on the mean of its km.",
        )
    }

    @dy.rule()
    def carries_people(cls) -> pl.Expr:
        """Require the people in what carries no freight: the turnover of the class would be missing from its sum."""
        return (pl.col("kind") == "freight") | pl.col("occupancy_p").is_not_null()


class FleetCounts(Table):
    """Vehicles by class in an anchor year."""

    vehicle_class = identifier(primary_key=True)
    year = calendar_year(primary_key=True)
    vehicles = measured("vehicles", 0.0, 5e6, usual=(0.0, 1e6))
    low = measured("vehicles", 0.0, 5e6, usual=(0.0, 1e6), nullable=True)
    high = measured("vehicles", 0.0, 5e6, usual=(0.0, 1e6), nullable=True)
    source = identifier()
    confidence = confidence()


class FleetStock(FleetCounts):
    """Registered vehicles by class in an anchor year."""


class FleetSales(FleetCounts):
    """New registrations by class in an anchor year."""


class StockGrowth(Table):
    """Yearly growth of the stock by class and span of years."""

    vehicle_class = identifier(primary_key=True)
    from_year = calendar_year(primary_key=True)
    to_year = calendar_year()
    growth_share_per_year = measured("share per year", -1.0, 1.0, usual=(-0.3, 0.5))
    low = measured("share per year", -1.0, 1.0, nullable=True)
    high = measured("share per year", -1.0, 1.0, nullable=True)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "forward": Explained("to_year", "a year after from_year", "Correct one of the years.")
    }

    @dy.rule()
    def forward(cls) -> pl.Expr:
        """Require that a span ends after it starts."""
        return pl.col("to_year") > pl.col("from_year")


class Survival(Table):
    """Weibull survival of vehicles by age."""

    vehicle_class = identifier(primary_key=True)
    weibull_scale_years = measured("years", 0.1, 100.0, usual=(2.0, 40.0))
    weibull_shape = measured("-", 0.1, 50.0, usual=(0.5, 12.0))
    max_age_years = measured("years", 0.002, 200.0, usual=(2.0, 50.0), nullable=True)
    max_km = measured("km", 10.0, 1e7, usual=(10_000.0, 3e6), nullable=True)
    source = identifier()
    confidence = confidence()


class FlowShares(Table):
    """Share of powers among the new vehicles of a class in an anchor year."""

    vehicle_class = identifier(primary_key=True)
    power = choice(POWERS, primary_key=True)
    year = calendar_year(primary_key=True)
    share = fraction()
    low = fraction(nullable=True)
    high = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class EnergyUse(Table):
    """Energy use per 100 km; `utility_factor` is the electric share of a plug-in hybrid's km."""

    vehicle_class = identifier(primary_key=True)
    power = choice(POWERS, primary_key=True)
    carrier = choice(("petrol", "diesel", "lng", "cng", "electricity", "hydrogen"), primary_key=True)
    use_per_100km = measured("L, kg, m3 or kWh per 100 km", 0.0003, 2000.0, usual=(0.3, 400.0))
    unit = choice(("L", "kg", "m3", "kWh"))
    low = measured("L, kg, m3 or kWh per 100 km", 0.0003, 2000.0, usual=(0.3, 400.0), nullable=True)
    high = measured("L, kg, m3 or kWh per 100 km", 0.0003, 2000.0, usual=(0.3, 400.0), nullable=True)
    utility_factor = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class EvModels(Table):
    """Segments of battery electric vehicles by class, and of cars of through traffic (class ``through``) that charge.

    `share` is that of vehicles. `kwh_per_100km` says how the segments of a class differ in use; their mean is that of
    `energy_use`. A segment without `dc_kw` or `ac_kw` has no such inlet.
    """

    vehicle_class = identifier(primary_key=True)
    segment = identifier(primary_key=True)
    share = fraction()
    battery_kwh = measured("kWh", 0.0002, 5000.0, usual=(0.2, 1200.0))
    dc_kw = measured("kW", 0.0, 10_000.0, usual=(0.0, 2000.0), nullable=True)
    ac_kw = measured("kW", 0.0, 500.0, usual=(0.0, 90.0), nullable=True)
    pack_voltage_v = measured("V", 0.02, 3000.0, usual=(24.0, 1500.0), nullable=True)
    curve = identifier(nullable=True)
    kwh_per_100km = measured("kWh per 100 km", 0.03, 2000.0, usual=(0.4, 400.0), nullable=True)
    source = identifier()
    confidence = confidence()


class EvModelShares(Table):
    """Shares of the segments of a class in a year, linear between the years; without rows those of `ev_models` hold."""

    vehicle_class = identifier(primary_key=True)
    segment = identifier(primary_key=True)
    year = calendar_year(primary_key=True)
    share = fraction()
    low = fraction(nullable=True)
    high = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class AdoptionObserved(Table):
    """Observed share of new energy in what is sold, by series (such as all cars of the nation) and year."""

    series = identifier(primary_key=True)
    year = calendar_year(primary_key=True)
    share = measured("share of sales", 1e-4, 0.9999)
    low = measured("share of sales", 1e-4, 0.9999, nullable=True)
    high = measured("share of sales", 1e-4, 0.9999, nullable=True)
    source = identifier()
    confidence = confidence()
    note = dy.String(nullable=True)


class AdoptionSeries(Table):
    """Observed series whose trend the buyers of a vehicle class follow; a class may follow none."""

    vehicle_class = identifier(primary_key=True)
    series = identifier()
    source = identifier()
    confidence = confidence()


class FuelLimits(Table):
    """Stages of the limits of fuel use by class and power: what a stage takes off what the one before allowed."""

    vehicle_class = identifier(primary_key=True)
    power = choice(POWERS, primary_key=True)
    stage = identifier(primary_key=True)
    from_year = calendar_year()
    to_year = calendar_year()
    reduction_share = fraction()
    low = fraction(nullable=True)
    high = fraction(nullable=True)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "in_order": Explained("to_year", "a year not before from_year", "Correct one of the years.")
    }

    @dy.rule()
    def in_order(cls) -> pl.Expr:
        """Require that a stage holds for all new vehicles no earlier than for the first new types."""
        return pl.col("to_year") >= pl.col("from_year")


class FreightLoads(Table):
    """Loads of a freight class in an anchor year; what is left out is as in ``vehicle_classes``."""

    vehicle_class = identifier(primary_key=True)
    year = calendar_year(primary_key=True)
    payload_t = measured("t", 0.0, 200.0, usual=(0.0, 60.0), nullable=True)
    load_factor = fraction(nullable=True)
    empty_share = fraction(nullable=True)
    source = identifier()
    confidence = confidence()
