"""Schemas of the county tables about charging, traffic, tariffs, emission factors and targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import dataframely as dy
import polars as pl

from data.schemas.base import (
    FUELS,
    Explained,
    Table,
    amount,
    calendar_year,
    choice,
    confidence,
    count,
    fraction,
    identifier,
    number,
    positive,
)
from data.schemas.limits import GAS_CO2_LIMIT, METHANE_CO2

if TYPE_CHECKING:
    from collections.abc import Mapping

hour_of_day = dy.Int64(primary_key=True, min=0, max=23)
month_of_year = dy.Int64(primary_key=True, min=1, max=12)


class ChargeCurves(Table):
    """Charging curves: accepted share of full power by state of charge."""

    curve = identifier(primary_key=True)
    soc = dy.Float64(primary_key=True, min=0.0, max=1.0)
    power_share = number(low=0.0, high=1.2)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "charges": Explained("power_share", "a share above 0 below full charge", "Only SOC 1 may have power 0.")
    }

    @dy.rule()
    def charges(cls) -> pl.Expr:  # noqa: N805
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


class ChargingBehaviour(Table):
    """Charging habits by class; end SOC = 1 - Beta(end_alpha, end_beta).

    `daily_km_cv` is the spread of a day's km over its mean, `holiday_response` the part of a holiday's change of town
    traffic that the class follows (below 0: it drives less), `double_shift_share` the vehicles that drive two shifts,
    `comes_back` whether a vehicle at work asks for its next charge of a day only some time after its last one.
    """

    vehicle_class = identifier(primary_key=True)
    start_soc_mean = fraction()
    start_soc_alpha = positive()
    start_soc_beta = positive()
    end_soc_alpha = positive()
    end_soc_beta = positive()
    patience_mean_min = positive(nullable=True)
    max_queue = count(nullable=True)
    overstay_dc_min = amount(nullable=True)
    overstay_ac_min = amount(nullable=True)
    topup_probability = fraction(nullable=True)
    daily_km_cv = number(nullable=True, low=0.0, high=3.0)
    holiday_response = number(nullable=True, low=-1.0, high=1.0)
    double_shift_share = fraction(nullable=True)
    comes_back = dy.Bool(nullable=True)
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
    """Holidays and what they do to traffic; both dates belong to the holiday."""

    holiday = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    start_date = dy.Date(primary_key=True)
    end_date = dy.Date()
    through_multiplier = positive()
    town_multiplier = positive()
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "ends_later": Explained("end_date", "a date not before start_date", "Correct one of the dates.")
    }

    @dy.rule()
    def ends_later(cls) -> pl.Expr:  # noqa: N805
        """Require that a holiday ends on its first day or later."""
        return pl.col("end_date") >= pl.col("start_date")


class WeatherMonths(Table):
    """Temperature and its effect on energy use by month."""

    month = month_of_year
    temperature_c = number(low=-60.0, high=60.0)
    energy_multiplier = positive()
    source = identifier()
    confidence = confidence()


class ThroughTraffic(Table):
    """Through traffic of a road by direction and year."""

    road = identifier(primary_key=True)
    direction = choice(("east", "west"), primary_key=True)
    year = calendar_year(primary_key=True)
    aadt = amount()
    low = amount(nullable=True)
    high = amount(nullable=True)
    bev_share = fraction()
    charge_probability = fraction()
    heavy_share = fraction(nullable=True)
    profile = identifier()
    source = identifier()
    confidence = confidence()


class TariffTou(Table):
    """Time-of-use multipliers of the electricity price by season and hour."""

    season = choice(("base", "sharp"), primary_key=True)
    hour = hour_of_day
    multiplier = positive()
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
    density_kg_per_l = positive(nullable=True)
    ttw_kgco2_per_kg = amount()
    ttw_ch4_kgco2e_per_kg = amount(nullable=True)
    wtt_kgco2e_per_kg = amount(nullable=True)
    ttw_kgco2e_per_kg = amount(nullable=True)
    lower_heating_mj_per_kg = positive(nullable=True)
    slip_share = fraction(nullable=True)
    slip_low = fraction(nullable=True)
    slip_high = fraction(nullable=True)
    gwp_ch4 = positive(nullable=True)
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
    }

    @dy.rule()
    def gas_holds_its_carbon(cls) -> pl.Expr:  # noqa: N805
        """Require that a factor of natural gas is one that its carbon can give."""
        return ~pl.col("fuel").is_in(["lng", "cng"]) | (pl.col("ttw_kgco2_per_kg") <= GAS_CO2_LIMIT)

    @dy.rule()
    def whole_holds_its_co2(cls) -> pl.Expr:  # noqa: N805
        """Require that CO2e is not less than the CO2 in it; nothing where CO2e is left out."""
        return pl.col("ttw_kgco2e_per_kg").is_null() | (pl.col("ttw_kgco2e_per_kg") >= pl.col("ttw_kgco2_per_kg"))


class GridFactors(Table):
    """Emission factor of grid electricity by region and year; the region of the first row is the county's own."""

    region = identifier(primary_key=True)
    year = calendar_year(primary_key=True)
    kgco2_per_kwh = amount()
    low = amount(nullable=True)
    high = amount(nullable=True)
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
    value = number(nullable=True)
    unit = identifier(nullable=True)
    year = calendar_year(nullable=True)
    answered_by = identifier(nullable=True)
    source = identifier()
    confidence = confidence()
