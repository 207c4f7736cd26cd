"""Schemas of the county tables about money: prices of vehicles and energy, forms of acquisition, purchase tax."""

from __future__ import annotations

import dataframely as dy

from data.schemas.base import (
    FUELS,
    POWERS,
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

FORMS = ("purchase", "financial_lease", "battery_separation", "operating_lease")
TAX_GROUPS = ("nev_car", "nev_other", "ice", "none")
PRICED = (*FUELS, "electricity_home", "electricity_depot", "electricity_public")
LAWS = ("triangular", "uniform")
APPLIES = (
    "energy_use",
    "km_per_year",
    "load_factor",
    "empty_share",
    "grid_factor",
    "fuel_factor",
    "wtt_factor",
    "utility_factor",
    "new_energy",
    "growth",
    "base",
)


class VehicleCosts(Table):
    """Price and running costs of a vehicle by class and power; the price moves by a trend from its base year."""

    vehicle_class = identifier(primary_key=True)
    power = choice(POWERS, primary_key=True)
    price_cny = positive()
    low = positive(nullable=True)
    high = positive(nullable=True)
    base_year = calendar_year()
    price_trend_share_per_year = number(low=-0.5, high=0.5)
    maintenance_cny_per_km = amount()
    residual_share = fraction()
    battery_kwh = amount(nullable=True)
    tax_group = choice(TAX_GROUPS)
    owner = choice(("private", "public"))
    source = identifier()
    confidence = confidence()


class EnergyPrices(Table):
    """Price of a unit of energy at the pump or meter."""

    carrier = choice(PRICED, primary_key=True)
    price_cny = positive()
    unit = choice(("L", "kg", "m3", "kWh"))
    low = positive(nullable=True)
    high = positive(nullable=True)
    source = identifier()
    confidence = confidence()


class Acquisition(Table):
    """Forms in which a vehicle of a class and power may be acquired besides purchase.

    `maintenance_included` says of an operating lease whether its rent pays for maintenance; left out: it does.
    """

    vehicle_class = identifier(primary_key=True)
    power = choice(POWERS, primary_key=True)
    form = choice(FORMS[1:], primary_key=True)
    down_share = fraction()
    yearly_rate = fraction()
    term_months = positive()
    rent_cny_per_month = amount()
    rent_cny_per_km = amount()
    price_cut_cny = amount()
    maintenance_included = dy.Bool(nullable=True)
    low = amount(nullable=True)
    high = amount(nullable=True)
    source = identifier()
    confidence = confidence()


class PurchaseTax(Table):
    """Purchase tax by group and span of years: rate on the price without VAT, share of it that is waived, cap."""

    tax_group = choice(TAX_GROUPS, primary_key=True)
    from_year = calendar_year(primary_key=True)
    to_year = calendar_year()
    rate = fraction()
    waived_share = fraction()
    waived_cap_cny = amount(nullable=True)
    source = identifier()
    confidence = confidence()


class Uncertainties(Table):
    """Factors that a Monte Carlo run draws: multipliers of what they apply to, correlated within a group."""

    parameter = identifier(primary_key=True)
    applies_to = choice(APPLIES)
    selector = dy.String(nullable=True)
    low = number()
    mode = number()
    high = number()
    law = choice(LAWS)
    group = dy.String(nullable=True)
    correlation = fraction()
    source = identifier()
    confidence = confidence()
