"""Schemas of the county tables about vehicles: classes, stock, powers, energy use and models."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import dataframely as dy
import polars as pl

from data.schemas.base import (
    POWERS,
    Explained,
    Table,
    amount,
    calendar_year,
    choice,
    confidence,
    fraction,
    identifier,
    number,
    positive,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

BOUNDARIES = ("narrow", "bus_taxi", "light_truck", "none")


class VehicleClasses(Table):
    """Vehicle classes; `boundary` is the narrowest carbon boundary that contains the class.

    `km_decline_share` is what each year of age takes off the km of a vehicle.
    """

    vehicle_class = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    kind = choice(("passenger", "freight", "two_wheeler"))
    boundary = choice(BOUNDARIES)
    km_per_year = positive()
    km_low = positive(nullable=True)
    km_high = positive(nullable=True)
    km_decline_share = fraction(nullable=True)
    km_decline_low = fraction(nullable=True)
    km_decline_high = fraction(nullable=True)
    payload_t = amount(nullable=True)
    load_factor = fraction(nullable=True)
    empty_share = fraction(nullable=True)
    occupancy_p = amount(nullable=True)
    source = identifier()
    confidence = confidence()


class FleetCounts(Table):
    """Vehicles by class in an anchor year."""

    vehicle_class = identifier(primary_key=True)
    year = calendar_year(primary_key=True)
    vehicles = amount()
    low = amount(nullable=True)
    high = amount(nullable=True)
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
    growth_share_per_year = number(low=-1.0, high=1.0)
    low = number(nullable=True, low=-1.0, high=1.0)
    high = number(nullable=True, low=-1.0, high=1.0)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "forward": Explained("to_year", "a year after from_year", "Correct one of the years.")
    }

    @dy.rule()
    def forward(cls) -> pl.Expr:  # noqa: N805
        """Require that a span ends after it starts."""
        return pl.col("to_year") > pl.col("from_year")


class Survival(Table):
    """Weibull survival of vehicles by age."""

    vehicle_class = identifier(primary_key=True)
    weibull_scale_years = positive()
    weibull_shape = positive()
    max_age_years = positive(nullable=True)
    max_km = positive(nullable=True)
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
    use_per_100km = positive()
    unit = choice(("L", "kg", "m3", "kWh"))
    low = positive(nullable=True)
    high = positive(nullable=True)
    utility_factor = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class EvModels(Table):
    """Segments of battery electric vehicles by class."""

    vehicle_class = identifier(primary_key=True)
    segment = identifier(primary_key=True)
    share = fraction()
    battery_kwh = positive()
    dc_kw = amount(nullable=True)
    ac_kw = amount(nullable=True)
    pack_voltage_v = positive(nullable=True)
    curve = identifier(nullable=True)
    source = identifier()
    confidence = confidence()


class AdoptionObserved(Table):
    """Observed share of new energy in what is sold, by series (such as all cars of the nation) and year."""

    series = identifier(primary_key=True)
    year = calendar_year(primary_key=True)
    share = dy.Float64(min_exclusive=0.0, max_exclusive=1.0)
    low = dy.Float64(nullable=True, min_exclusive=0.0, max_exclusive=1.0)
    high = dy.Float64(nullable=True, min_exclusive=0.0, max_exclusive=1.0)
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
    def in_order(cls) -> pl.Expr:  # noqa: N805
        """Require that a stage holds for all new vehicles no earlier than for the first new types."""
        return pl.col("to_year") >= pl.col("from_year")


class FreightLoads(Table):
    """Loads of a freight class in an anchor year; what is left out is as in ``vehicle_classes``."""

    vehicle_class = identifier(primary_key=True)
    year = calendar_year(primary_key=True)
    payload_t = positive(nullable=True)
    load_factor = fraction(nullable=True)
    empty_share = fraction(nullable=True)
    source = identifier()
    confidence = confidence()
