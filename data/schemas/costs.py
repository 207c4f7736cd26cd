"""Schemas of the county tables about money: prices of vehicles and energy, forms of acquisition, purchase tax."""

from __future__ import annotations

import dataframely as dy

from data.schemas.base import (
    FUELS,
    POWERS,
    Table,
    calendar_year,
    choice,
    confidence,
    counted,
    fraction,
    identifier,
    measured,
)

FORMS = ("purchase", "financial_lease", "battery_separation", "operating_lease")
TAX_GROUPS = ("nev_car", "nev_other", "ice", "none")
PRICED = (*FUELS, "electricity_home", "electricity_depot", "electricity_public")
INFRASTRUCTURE = (
    "ac_pile",
    "ac_works",
    "dc_pile",
    "dc_works",
    "gun",
    "transformer",
    "line",
    "line_length",
    "low_voltage",
    "land",
    "operation",
    "discount",
    "ebike",
    "ebike_cabinet",
    "pv",
    "storage",
    "lng_berth",
    "lng_tank",
    "lng_barge",
    "shore_charger",
    "vessel_box",
    "swap_crew",
    "van",
    "swap_bay",
    "swap_battery",
    "swap_charger",
)
"""Items of infrastructure: `works` are civil works and cables of a pile, `gun` is one more or less than a pile of the
table has, `line_length` that of a new connection, `low_voltage` the power up to which none is needed, `land` the rent
of a place at a gun, `operation` the share of the investment that running it costs; `vessel_box` is a battery of a
vessel in a container, `swap_crew` and `van` are people with their vehicle; `swap_bay` is a bay of a swap station with
its robot, housing and works, `swap_battery` and `swap_charger` are what its racks hold. What has no life is paid every
year."""
PRICE_UNITS = (
    "CNY each",
    "CNY/m",
    "CNY/m3",
    "CNY/kW",
    "CNY/kWp",
    "CNY/kWh",
    "CNY a year each",
    "share a year",
    "m",
    "kW",
)
"""Units of the prices of infrastructure."""
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
    price_cny = measured("CNY", 0.5, 1e8, usual=(500.0, 1e7))
    low = measured("CNY", 0.5, 1e8, nullable=True)
    high = measured("CNY", 0.5, 1e8, nullable=True)
    base_year = calendar_year()
    price_trend_share_per_year = measured("share per year", -0.5, 0.5, usual=(-0.2, 0.2))
    maintenance_cny_per_km = measured("CNY/km", 0.0, 100.0, usual=(0.0, 5.0))
    residual_share = fraction()
    battery_kwh = measured("kWh", 0.0, 5000.0, usual=(0.0, 1200.0), nullable=True)
    tax_group = choice(TAX_GROUPS)
    owner = choice(("private", "public"))
    source = identifier()
    confidence = confidence()


class EnergyPrices(Table):
    """Price of a unit of energy at the pump or meter."""

    carrier = choice(PRICED, primary_key=True)
    price_cny = measured("CNY per `unit`", 5e-05, 1000.0, usual=(0.05, 100.0))
    unit = choice(("L", "kg", "m3", "kWh"))
    low = measured("CNY per `unit`", 5e-05, 1000.0, nullable=True)
    high = measured("CNY per `unit`", 5e-05, 1000.0, nullable=True)
    source = identifier()
    confidence = confidence()


class InfrastructurePrices(Table):
    """What stations cost to build and to run, by item and, where it matters, by rated power (0: at any)."""

    item = choice(INFRASTRUCTURE, primary_key=True)
    rated_kw = measured("kW", 0.0, 1e5, usual=(0.0, 2000.0), primary_key=True)
    value = measured("as `unit` says", 0.0, 1e8, usual=(0.0, 5e7))
    unit = choice(
        ("CNY each", "CNY/m", "CNY/m3", "CNY/kW", "CNY/kWp", "CNY/kWh", "CNY a year each", "share a year", "m", "kW")
    )
    low = measured("as `unit` says", 0.0, 1e8)
    high = measured("as `unit` says", 0.0, 1e8)
    life_years = measured("years", 0.5, 100.0, usual=(2.0, 40.0), nullable=True)
    guns = counted("guns", 1, 100, nullable=True)
    base_year = calendar_year()
    source = identifier()
    confidence = confidence()
    note = dy.String(nullable=True)


class Acquisition(Table):
    """Forms in which a vehicle of a class and power may be acquired besides purchase.

    `maintenance_included` says of an operating lease whether its rent pays for maintenance; left out: it does.
    """

    vehicle_class = identifier(primary_key=True)
    power = choice(POWERS, primary_key=True)
    form = choice(FORMS[1:], primary_key=True)
    down_share = fraction()
    yearly_rate = fraction(usual=(0.0, 0.4))
    term_months = measured("months", 1.0, 600.0, usual=(6.0, 180.0))
    rent_cny_per_month = measured("CNY a month", 0.0, 1e6, usual=(0.0, 50_000.0))
    rent_cny_per_km = measured("CNY/km", 0.0, 1000.0, usual=(0.0, 10.0))
    price_cut_cny = measured("CNY", 0.0, 1e8, usual=(0.0, 1e6))
    maintenance_included = dy.Bool(nullable=True)
    low = measured("as the figure of the form", 0.0, 1e8, nullable=True)
    high = measured("as the figure of the form", 0.0, 1e8, nullable=True)
    source = identifier()
    confidence = confidence()


class PurchaseTax(Table):
    """Purchase tax by group and span of years: rate on the price without VAT, share of it that is waived, cap."""

    tax_group = choice(TAX_GROUPS, primary_key=True)
    from_year = calendar_year(primary_key=True)
    to_year = calendar_year()
    rate = fraction()
    waived_share = fraction()
    waived_cap_cny = measured("CNY", 0.0, 1e8, usual=(0.0, 1e6), nullable=True)
    source = identifier()
    confidence = confidence()


class Uncertainties(Table):
    """Factors that a Monte Carlo run draws: multipliers of what they apply to, correlated within a group."""

    parameter = identifier(primary_key=True)
    applies_to = choice(APPLIES)
    selector = dy.String(nullable=True)
    low = measured("of what it applies to", -100.0, 100.0, usual=(-2.0, 5.0))
    mode = measured("of what it applies to", -100.0, 100.0, usual=(-2.0, 5.0))
    high = measured("of what it applies to", -100.0, 100.0, usual=(-2.0, 5.0))
    law = choice(LAWS)
    group = dy.String(nullable=True)
    correlation = fraction()
    source = identifier()
    confidence = confidence()
