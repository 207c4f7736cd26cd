"""Schemas of the county tables about charging, traffic, tariffs, emission factors and targets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import dataframely as dy
import polars as pl

from data.schemas.base import (
    CURRENTS,
    FUELS,
    Explained,
    Table,
    calendar_year,
    choice,
    confidence,
    counted,
    fraction,
    identifier,
    measured,
)
from data.schemas.limits import GAS_CO2_LIMIT, METHANE_CO2

if TYPE_CHECKING:
    from collections.abc import Mapping

hour_of_day = counted("hour of the day", 0, 23, primary_key=True)
month_of_year = counted("month", 1, 12, primary_key=True)


THROUGH = "through"
"""What charging_behaviour calls the cars of through traffic."""
VISITOR = "visitor"
"""Vehicle class of the cars that come home for a holiday."""
ORDINARY = "ordinary"
"""Occasion of the days that are no holiday."""
EBIKE_PROFILE = "ebike"
"""Hours of the trips of shared e-bikes."""
TOWN_BASE_PROFILE = "town_base"
"""Hours of a town's users other than vehicles."""
ANY_CLASS = "any"
"""Vehicle class of rows that hold for all classes without one of their own."""


class ChargeCurves(Table):
    """Charging curves: accepted share of full power by state of charge."""

    curve = identifier(primary_key=True)
    soc = measured("share", 0.0, 1.0, primary_key=True)
    power_share = measured("share of full power", 0.0, 1.2, usual=(0.0, 1.0))
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "charges": Explained("power_share", "a share above 0 below full charge", "Only SOC 1 may have power 0.")
    }

    @dy.rule()
    def charges(cls) -> pl.Expr:
        """Require power below full charge."""
        return (pl.col("power_share") > 0.0) | (pl.col("soc") >= 1.0)


class ChargingAccess(Table):
    """Where battery electric vehicles have their base charging; `low` and `high` belong to `home_share`."""

    vehicle_class = identifier(primary_key=True)
    town_kind = choice(("seat", "town", "any"), primary_key=True)
    home_share = fraction()
    depot_share = fraction()
    work_share = fraction(nullable=True)
    public_share = fraction()
    low = fraction(nullable=True)
    high = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class PrivateChargers(Table):
    """Chargers at home, depot and work by class (`any` for those without a row of their own), and the stay at them.

    `charger_kw` is at the meter, for one vehicle; `low` and `high` belong to it. A `leave_h` before `arrive_h` is that
    of the next day. Of the vehicles, `timer_share` wait for the cheap hours and `managed_share` are started by the grid
    company; the rest charges from plugging in.
    """

    vehicle_class = identifier(primary_key=True)
    place = choice(("home", "depot", "work"), primary_key=True)
    current = choice(CURRENTS)
    charger_kw = measured("kW", 0.01, 5000.0, usual=(0.3, 500.0))
    low = measured("kW", 0.01, 5000.0, nullable=True)
    high = measured("kW", 0.01, 5000.0, nullable=True)
    arrive_h = measured("hour of the day", 0.0, 24.0)
    arrive_sd_h = measured("h", 0.0, 8.0, usual=(0.0, 5.0))
    leave_h = measured("hour of the day", 0.0, 24.0)
    leave_sd_h = measured("h", 0.0, 8.0, usual=(0.0, 5.0))
    timer_share = fraction()
    managed_share = fraction()
    source = identifier()
    confidence = confidence()
    note = dy.String(nullable=True)

    EXPLAIN: ClassVar = {
        "starts_at_most_all": Explained(
            "managed_share", "timer_share + managed_share of at most 1", "Lower one of them; the rest charges at once."
        ),
    }
    BY_ROW: ClassVar = True

    @dy.rule()
    def starts_at_most_all(cls) -> pl.Expr:
        """Require that the shares of the start rules are at most all vehicles."""
        # nine digits: shares of a table are rounded
        return (pl.col("timer_share") + pl.col("managed_share")).round(9) <= 1.0


PUBLIC_PROFILE = "public_fast_mixed"
PUBLIC_AC_PROFILE = "residential_ac"
"""Rows of `Profiles` that hold for classes without a profile of their own."""
HABITS: Mapping[str, float | str | bool] = {
    "patience_mean_min": math.inf,
    "max_queue": math.inf,
    "overstay_dc_min": 0.0,
    "overstay_ac_min": 0.0,
    "topup_probability": 0.0,
    "holiday_response": 1.0,
    "double_shift_share": 0.0,
    "profile": PUBLIC_PROFILE,
    "ac_profile": PUBLIC_AC_PROFILE,
    "comes_back": False,
    "price_response": 1.0,
}
"""What an empty cell of `ChargingBehaviour` means; `daily_km_cv` has a figure of the county instead."""


class ChargingBehaviour(Table):
    """Charging habits by class; end SOC = 1 - Beta(end_alpha, end_beta).

    `daily_km_cv` is the spread of a day's km over its mean, `holiday_response` the part of a holiday's change of town
    traffic that the class follows (below 0: it drives less; empty: all of it), `double_shift_share` the vehicles that
    drive two shifts, `profile` and `ac_profile` the hours at which they charge in public at DC and AC piles (empty:
    `PUBLIC_PROFILE` and `PUBLIC_AC_PROFILE`), `comes_back` whether a vehicle at work asks for its next charge of a day
    only some time after its last one, `price_response` the part of `fleet.price_elasticity` with which the class moves
    its public charges by price (empty: all of it). Drivers of a class without a patience wait as long as it takes,
    those of one without a queue join any; an empty overstay or top-up is none. `HABITS` holds all of these.
    """

    vehicle_class = identifier(primary_key=True)
    start_soc_mean = fraction()
    start_soc_alpha = measured("-", 0.0001, 10_000.0, usual=(0.1, 100.0))
    start_soc_beta = measured("-", 0.0001, 10_000.0, usual=(0.1, 100.0))
    end_soc_alpha = measured("-", 0.0001, 10_000.0, usual=(0.1, 100.0))
    end_soc_beta = measured("-", 0.0001, 10_000.0, usual=(0.1, 100.0))
    patience_mean_min = measured("min", 0.001, 10_080.0, usual=(1.0, 240.0), nullable=True)
    max_queue = counted("vehicles", 0, 1000, usual=(0, 50), nullable=True)
    overstay_dc_min = measured("min", 0.0, 10_080.0, usual=(0.0, 720.0), nullable=True)
    overstay_ac_min = measured("min", 0.0, 10_080.0, usual=(0.0, 1440.0), nullable=True)
    topup_probability = fraction(nullable=True)
    daily_km_cv = measured("-", 0.0, 3.0, usual=(0.0, 1.5), nullable=True)
    holiday_response = measured("-", -1.0, 1.0, nullable=True)
    double_shift_share = fraction(nullable=True)
    profile = identifier(nullable=True)
    ac_profile = identifier(nullable=True)
    comes_back = dy.Bool(nullable=True)
    price_response = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class Profiles(Table):
    """Shares of a day's starts by hour."""

    profile = identifier(primary_key=True)
    hour = hour_of_day
    share = fraction()
    source = identifier()
    confidence = confidence()


class Calendar(Table):
    """Holidays and what they do to traffic; both dates belong to the holiday.

    `occasion` is what the holidays of all years have in common: tables by occasion hold for each of them.
    """

    holiday = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    start_date = dy.Date(primary_key=True)
    end_date = dy.Date()
    through_multiplier = measured("times a usual day", 0.0001, 100.0, usual=(0.1, 15.0))
    town_multiplier = measured("times a usual day", 0.0001, 100.0, usual=(0.1, 15.0))
    occasion = identifier(nullable=True)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "ends_later": Explained("end_date", "a date not before start_date", "Correct one of the dates.")
    }

    @dy.rule()
    def ends_later(cls) -> pl.Expr:
        """Require that a holiday ends on its first day or later."""
        return pl.col("end_date") >= pl.col("start_date")


class WeatherMonths(Table):
    """Temperature and its effect on energy use by month."""

    month = month_of_year
    temperature_c = measured("degrees Celsius", -60.0, 60.0, usual=(-40.0, 45.0))
    energy_multiplier = measured("times the table's energy", 0.0007, 10.0, usual=(0.7, 2.0))
    source = identifier()
    confidence = confidence()


class ThroughTraffic(Table):
    """Through traffic of a road by direction and year; without a `holiday_profile` holidays are as other days."""

    road = identifier(primary_key=True)
    direction = choice(("east", "west"), primary_key=True)
    year = calendar_year(primary_key=True)
    aadt = measured("vehicles a day", 0.0, 5e5, usual=(0.0, 2e5))
    low = measured("vehicles a day", 0.0, 5e5, nullable=True)
    high = measured("vehicles a day", 0.0, 5e5, nullable=True)
    bev_share = fraction()
    charge_probability = fraction()
    heavy_share = fraction(nullable=True)
    profile = identifier()
    holiday_profile = identifier(nullable=True)
    source = identifier()
    confidence = confidence()


class TripLengths(Table):
    """Lengths of the trips of the cars that pass on a road, by occasion of the calendar, and on `ordinary` days."""

    occasion = identifier(primary_key=True)
    from_km = measured("km", 1.0, 5000.0, primary_key=True)
    to_km = measured("km", 1.0, 6000.0)
    share = fraction()
    low = fraction(nullable=True)
    high = fraction(nullable=True)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "longer": Explained("to_km", "more km than from_km", "Correct one of the lengths.")
    }

    @dy.rule()
    def longer(cls) -> pl.Expr:
        """Require that a band of lengths ends above its beginning."""
        return pl.col("to_km") > pl.col("from_km")


CUSTOMS = {
    "home_share": "share",
    "car_share": "share",
    "people_per_car": "people",
    "stay_days": "days",
    "arrive_before_days": "days",
    "km_per_day": "km",
}
"""Unit by measure of what people do for a holiday."""


class Visitors(Table):
    """What people who are registered in the county and live elsewhere do for a holiday, by occasion of the calendar.

    `home_share` of them come home, `car_share` of those by car, `people_per_car` in one; they arrive from
    `arrive_before_days` before the holiday on, stay `stay_days` nights on the mean, and drive `km_per_day` there.
    """

    occasion = identifier(primary_key=True)
    measure = choice(tuple(CUSTOMS), primary_key=True)
    value = measured("as the measure says", 0.0, 1000.0)
    low = measured("as the measure says", 0.0, 1000.0, nullable=True)
    high = measured("as the measure says", 0.0, 1000.0, nullable=True)
    source = identifier()
    confidence = confidence()

    BY_ROW: ClassVar[bool] = True
    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "share_up_to_1": Explained("value", "at most 1 for a share", "Give it as a share, not in per cent."),
        "somebody_drives": Explained("value", "at least 1 for people_per_car", "Count the driver, too."),
    }

    @dy.rule()
    def share_up_to_1(cls) -> pl.Expr:
        """Require that a share is not above 1."""
        shares = [name for name, unit in CUSTOMS.items() if unit == "share"]
        return ~pl.col("measure").is_in(shares) | (pl.col("value") <= 1.0)

    @dy.rule()
    def somebody_drives(cls) -> pl.Expr:
        """Require a driver in each car."""
        return (pl.col("measure") != "people_per_car") | (pl.col("value") >= 1.0)


class VisitorOrigins(Table):
    """Where people who are registered in the county live, by year; `low` and `high` belong to `bev_share`."""

    origin = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    year = calendar_year(primary_key=True)
    people_share = fraction()
    distance_km = measured("km", 1.0, 5000.0, usual=(10.0, 2500.0))
    bev_share = fraction()
    low = fraction(nullable=True)
    high = fraction(nullable=True)
    source = identifier()
    confidence = confidence()


class TariffTou(Table):
    """Time-of-use multipliers of the electricity price by season and hour."""

    season = choice(("base", "sharp"), primary_key=True)
    hour = hour_of_day
    multiplier = measured("times the flat price", 5e-05, 20.0, usual=(0.05, 5.0))
    period = choice(("valley", "flat", "peak", "sharp"))
    source = identifier()
    confidence = confidence()


class TariffSeasons(Table):
    """Season of the tariff by month."""

    month = month_of_year
    season = choice(("base", "sharp"))
    source = identifier()
    confidence = confidence()


class FuelFactors(Table):
    """Emission factors of fuels; ttw: tank to wheel, wtt: well to tank."""

    fuel = choice(FUELS, primary_key=True)
    mode = choice(("road", "ship"), primary_key=True)
    unit = choice(("kg",))
    density_kg_per_l = measured("kg/L", 3e-05, 3.0, usual=(0.03, 1.1), nullable=True)
    ttw_kgco2_per_kg = measured("kg CO2/kg", 0.0, 5.0, usual=(0.0, 3.5))
    ttw_ch4_kgco2e_per_kg = measured("kg CO2e/kg", 0.0, 10.0, usual=(0.0, 1.0), nullable=True)
    wtt_kgco2e_per_kg = measured("kg CO2e/kg", 0.0, 100.0, usual=(0.0, 40.0), nullable=True)
    ttw_kgco2e_per_kg = measured("kg CO2e/kg", 0.0, 10.0, usual=(0.0, 4.0), nullable=True)
    lower_heating_mj_per_kg = measured("MJ/kg", 0.01, 200.0, usual=(10.0, 125.0), nullable=True)
    slip_share = fraction(nullable=True, usual=(0.0, 0.15))
    slip_low = fraction(nullable=True)
    slip_high = fraction(nullable=True)
    gwp_ch4 = measured("times CO2", 0.02, 200.0, usual=(20.0, 90.0), nullable=True)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "gas_holds_its_carbon": Explained(
            "ttw_kgco2_per_kg",
            f"at most {GAS_CO2_LIMIT} for lng and cng: pure methane gives {METHANE_CO2:.3f}",
            "Tables with 3.18 took over the carbon content of LPG (17.2 tC/TJ); natural gas has 15.3.",
        ),
        "whole_holds_its_co2": Explained(
            "ttw_kgco2e_per_kg",
            "at least ttw_kgco2_per_kg, for CO2e contains the CO2",
            "Give the CO2e of burning a kg: CO2, methane and nitrous oxide.",
        ),
        "weighs_a_litre": Explained(
            "density_kg_per_l",
            "a number for petrol and diesel on the road, whose use is in litres",
            "Give the density of the fuel, kg/L.",
        ),
    }

    @dy.rule()
    def gas_holds_its_carbon(cls) -> pl.Expr:
        """Require that a factor of natural gas is one that its carbon can give."""
        return ~pl.col("fuel").is_in(["lng", "cng"]) | (pl.col("ttw_kgco2_per_kg") <= GAS_CO2_LIMIT)

    @dy.rule()
    def whole_holds_its_co2(cls) -> pl.Expr:
        """Require that CO2e is not less than the CO2 in it; nothing where CO2e is left out."""
        return pl.col("ttw_kgco2e_per_kg").is_null() | (pl.col("ttw_kgco2e_per_kg") >= pl.col("ttw_kgco2_per_kg"))

    @dy.rule()
    def weighs_a_litre(cls) -> pl.Expr:
        """Require a density of fuels that are used by the litre: without one their emissions would be none."""
        by_litre = pl.col("fuel").is_in(["petrol", "diesel"]) & (pl.col("mode") == "road")
        return ~by_litre | pl.col("density_kg_per_l").is_not_null()


class GridFactors(Table):
    """Emission factor of grid electricity by region and year; the region of the first row is the county's own."""

    region = identifier(primary_key=True)
    year = calendar_year(primary_key=True)
    kgco2_per_kwh = measured("kg CO2/kWh", 0.0, 3.0, usual=(0.0, 1.3))
    low = measured("kg CO2/kWh", 0.0, 3.0, nullable=True)
    high = measured("kg CO2/kWh", 0.0, 3.0, nullable=True)
    source = identifier()
    confidence = confidence()


class Targets(Table):
    """Targets of the plan, with the metric (`data.schemas.metrics`) that answers each.

    A county numbers its targets as it likes, and may set several for one metric and year. `measure` and `wording`
    are the plan's in English, ``*_zh`` in Chinese; `value` is in the unit of the metric.
    """

    target = identifier(primary_key=True)
    measure = identifier()
    measure_zh = identifier(nullable=True)
    plan_item = identifier(nullable=True)
    wording = identifier(nullable=True)
    wording_zh = identifier(nullable=True)
    metric = identifier(nullable=True)
    comparator = choice((">=", "<=", "==", "none"))
    value = measured("as `unit` says", -1e12, 1e12, nullable=True)
    unit = identifier(nullable=True)
    year = calendar_year(nullable=True)
    answered_by = identifier(nullable=True)
    source = identifier()
    confidence = confidence()
