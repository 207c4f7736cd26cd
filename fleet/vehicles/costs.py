"""Cost of ownership of vehicles by class, power and form of acquisition; break-even against the usual vehicle."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.errors import DataError
from data.schemas.base import NEW_ENERGY
from data.schemas.costs import FORMS
from fleet.vehicles.cost_inputs import CostInputs, Levers
from fleet.vehicles.ownership import (
    Ownership,
    breakeven_km_per_year,
    breakeven_months,
    cheaper_until_months,
    instalment_cny_per_year,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from data.county import County

COMBUSTION: Final = ("petrol", "diesel")
_ELECTRICITY: Final = "electricity"
_MONTHS: Final = 12.0
CAR_TAX: Final = "nev_car"
NEW_ENERGY_TAX: Final = (CAR_TAX, "nev_other")


def purchase_tax_cny(
    inputs: CostInputs, group: str, price_cny: float, *, year: int, waived_share: float | None = None
) -> float:
    """Return the purchase tax on a list price that contains VAT; `waived_share` stands for that of the schedule.

    Raises
    ------
    DataError
        No row for the group and year.
    """
    for row in inputs.tax_rows.get(group, ()):
        if row["from_year"] <= year < row["to_year"]:
            # the tax is on the price without VAT, which the list price contains
            due = float(row["rate"] * price_cny / (1.0 + inputs.vat_share))
            if waived_share is not None and group in NEW_ENERGY_TAX:
                return due * (1.0 - waived_share)
            cap = math.inf if row["waived_cap_cny"] is None else row["waived_cap_cny"]
            # the waived part is capped in CNY: a dear car still pays
            return due - min(float(row["waived_share"]) * due, cap)
    raise DataError(f"purchase_tax: no row for tax_group {group!r} in {year}; add one.")


def tco(county: County, *, year: int, levers: Levers | None = None) -> pl.DataFrame:
    """Return the cost of ownership of every class, power and form.

    Parameters
    ----------
    county
        Reads ``vehicle_costs``, ``energy_prices``, ``acquisition``, ``purchase_tax``, ``energy_use``,
        ``charging_access``, ``vehicle_classes`` and the figures ``cost.*``.
    year
        Year of acquisition: prices follow their trend, the tax its schedule.
    levers
        Policy; none changes nothing.

    Returns
    -------
    polars.DataFrame
        ``year, vehicle_class, power, form, km_per_year, price_cny, tax_cny, upfront_cny, fixed_cny_per_year,
        energy_cny_per_km, running_cny_per_km, npv_cny, cny_per_km, breakeven_km_per_year, breakeven_months,
        cheaper_until_months``; break-even is against the purchase of the class's petrol or diesel vehicle (null for
        itself, or where it never pays), the last against the purchase of the same vehicle (null for purchase, or where
        the form stays cheaper).

    Raises
    ------
    DataError
        The county has no costs, or a row lacks energy use, price or tax.
    """
    inputs = CostInputs.from_county(county)
    years = inputs.holding_years
    rows = list(_offered(inputs, year, levers or Levers()))
    usual = {row["vehicle_class"]: row for row in rows if row["power"] in COMBUSTION and row["form"] == FORMS[0]}
    # against its own purchase: what a lease does to the same vehicle
    bought = {(row["vehicle_class"], row["power"]): row for row in rows if row["form"] == FORMS[0]}
    table = [
        _against(row, usual.get(row["vehicle_class"]), bought.get((row["vehicle_class"], row["power"])), years)
        for row in rows
    ]
    return pl.DataFrame(table, schema=_SCHEMA).with_columns(year=pl.lit(year, pl.Int64)).select(list(TABLE))


def costs_per_km(inputs: CostInputs, vehicle_class: str, *, year: int, levers: Levers) -> list[tuple[str, str, float]]:
    """Return power, form and CNY per km of the vehicles of a class that are on offer: those of `tco` without the rest.

    Parameters
    ----------
    inputs
        Of the county.
    vehicle_class
        Of rows of ``vehicle_costs``; nothing is on offer of another class.
    year, levers
        As for `tco`.

    Raises
    ------
    DataError
        A row of the class lacks energy use, price or tax.
    """
    years = inputs.holding_years
    return [
        (cost["power"], form, flows.per_km(km, years=years, rate=rate))
        for cost, km, rate in _owned(inputs, inputs.sold_of.get(vehicle_class, ()))
        for form, flows, _ in _forms(inputs, cost, year, levers)
    ]


def form_flows(county: County, vehicle_class: str, power: str, *, year: int) -> dict[str, Ownership]:
    """Return the cash flows of a vehicle by the form in which it may be had; purchase is always one of them.

    Parameters
    ----------
    county
        As for `tco`.
    vehicle_class, power
        Of a row of ``vehicle_costs``.
    year
        Year of acquisition.

    Raises
    ------
    DataError
        No such row; otherwise as for `tco`.
    """
    inputs = CostInputs.from_county(county)
    rows = [row for row in inputs.sold if (row["vehicle_class"], row["power"]) == (vehicle_class, power)]
    if not rows:
        raise DataError(
            f"vehicle_costs: no row for vehicle_class {vehicle_class!r} with power {power!r}; add its price."
        )
    return {form: flows for form, flows, _ in _forms(inputs, rows[0], year, Levers())}


def _offered(inputs: CostInputs, year: int, levers: Levers) -> Iterator[dict[str, Any]]:
    """Yield every class, power and form with its cash flows and what they come to."""
    years = inputs.holding_years
    for cost, km, rate in _owned(inputs, inputs.sold):
        for form, flows, extra in _forms(inputs, cost, year, levers):
            npv = flows.npv(km, years=years, rate=rate)
            per_km = flows.per_km(km, years=years, rate=rate)
            row = {"vehicle_class": cost["vehicle_class"], "power": cost["power"], "form": form, "km_per_year": km}
            yield {**row, **extra, "flows": flows, "rate": rate, "npv_cny": npv, "cny_per_km": per_km}


def _owned(inputs: CostInputs, sold: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], float, float]]:
    """Yield vehicles that have a price with their km per year and their owner's yearly rate."""
    for cost in sold:
        yield cost, float(inputs.km_per_year[cost["vehicle_class"]]), inputs.discount[cost["owner"]]


_SCHEMA: Final = {
    "vehicle_class": pl.String,
    "power": pl.String,
    "form": pl.String,
    **dict.fromkeys(
        (
            "km_per_year",
            "price_cny",
            "tax_cny",
            "upfront_cny",
            "fixed_cny_per_year",
            "energy_cny_per_km",
            "running_cny_per_km",
            "npv_cny",
            "cny_per_km",
            "breakeven_km_per_year",
            "breakeven_months",
            "cheaper_until_months",
        ),
        pl.Float64,
    ),
}


TABLE: Final = {"year": pl.Int64, **_SCHEMA}
"""Schema of the table of ownership."""


def _against(
    row: dict[str, Any], usual: dict[str, Any] | None, bought: dict[str, Any] | None, years: float
) -> dict[str, Any]:
    """Return a row with its break-even figures against the usual vehicle, and against its own purchase."""
    flows: Ownership = row["flows"]
    km_needed = months = until = None
    if usual is not None and usual is not row:
        km_needed = breakeven_km_per_year(flows, usual["flows"], years=years, rate=row["rate"])
        months = breakeven_months(flows, usual["flows"], km_per_year=row["km_per_year"], years=years)
    if bought is not None and bought is not row:
        until = cheaper_until_months(flows, bought["flows"], km_per_year=row["km_per_year"])
    known = {
        "upfront_cny": flows.upfront_cny,
        "fixed_cny_per_year": flows.fixed_cny_per_year,
        "running_cny_per_km": flows.running_cny_per_km,
        "breakeven_km_per_year": km_needed,
        "breakeven_months": months,
        "cheaper_until_months": until,
    }
    return {name: {**row, **known}[name] for name in _SCHEMA}


def _forms(
    inputs: CostInputs, cost: Mapping[str, Any], year: int, levers: Levers
) -> list[tuple[str, Ownership, dict[str, float]]]:
    """Return the forms in which a vehicle may be had, with their cash flows."""
    name, power = cost["vehicle_class"], cost["power"]
    price = float(cost["price_cny"] * (1.0 + cost["price_trend_share_per_year"]) ** (year - cost["base_year"]))
    waived = levers.tax_waived_share
    tax = purchase_tax_cny(inputs, cost["tax_group"], price, year=levers.tax_as_of or year, waived_share=waived)
    subsidy = levers.subsidy_cny if power in NEW_ENERGY else 0.0
    # old cars are traded in for cars
    if cost["tax_group"] == CAR_TAX:
        most = levers.trade_in_price_share
        subsidy += levers.trade_in_cny if most is None else min(levers.trade_in_cny, most * price)
    energy = energy_cny_per_km(inputs, name, power, levers)
    running = energy + float(cost["maintenance_cny_per_km"])
    residual = float(cost["residual_share"]) * price
    extra = {"price_cny": price, "tax_cny": tax, "energy_cny_per_km": energy}
    forms = [(FORMS[0], Ownership(price + tax - subsidy, 0.0, 0.0, running, residual), extra)]
    for offer in inputs.offers.get((name, power), ()):
        if offer["form"] not in levers.forms:
            continue
        rent = _MONTHS * float(offer["rent_cny_per_month"])
        by_km = running + float(offer["rent_cny_per_km"])
        term = float(offer["term_months"]) / _MONTHS
        if offer["form"] == "financial_lease":
            down = float(offer["down_share"]) * price
            rate, months = float(offer["yearly_rate"]), float(offer["term_months"])
            paid = instalment_cny_per_year(price - down, yearly_rate=rate, term_months=months)
            flows = Ownership(down + tax - subsidy, paid, term, running, residual)
        elif offer["form"] == "battery_separation":
            # the cut may exceed the price of a cheap car; nobody is paid for buying one
            body = max(0.0, price - float(offer["price_cut_cny"]))
            # the battery is not bought, so no purchase tax is due on it
            less = purchase_tax_cny(inputs, cost["tax_group"], body, year=year, waived_share=waived)
            share = body / price
            # the owner can sell only the part that was bought
            flows = Ownership(body + less - subsidy, rent, math.inf, by_km, residual * share)
        else:
            left = by_km if offer["maintenance_included"] is False else energy + float(offer["rent_cny_per_km"])
            # an operating lease has no purchase, no tax and nothing left at the end
            flows = Ownership(-subsidy, rent, math.inf, left, 0.0)
        forms.append((offer["form"], flows, extra))
    # where purchase is not on offer it stays only if nothing else is
    return forms if FORMS[0] in levers.forms else [form for form in forms if form[0] != FORMS[0]] or forms


def energy_cny_per_km(inputs: CostInputs, vehicle_class: str, power: str, levers: Levers | None = None) -> float:
    """Return what the energy of a kilometre costs, CNY.

    Raises
    ------
    DataError
        A class and power without energy use, or a carrier without a price.
    """
    policy = levers or Levers()
    # the same in all years: a path of costs asks for it many times
    key = vehicle_class, power, policy.charging_access_share, policy.electricity_price_factor, policy.fuel_price_factor
    known = inputs.known_energy.get(key)
    if known is None:
        known = inputs.known_energy[key] = _energy_cny_per_km(inputs, vehicle_class, power, policy)
    return known


def _energy_cny_per_km(inputs: CostInputs, vehicle_class: str, power: str, levers: Levers) -> float:
    """Return what the energy of a kilometre costs, computed anew."""
    prices = inputs.price_of_carrier
    rows = inputs.uses.get((vehicle_class, power))
    if rows is None:
        raise DataError(f"energy_use: no row for vehicle_class {vehicle_class!r} with power {power!r}; add its use.")
    total = 0.0
    for row in rows:
        carrier, use = row["carrier"], row["use_per_100km"] / 100.0
        factor = 1.0 if row["utility_factor"] is None else row["utility_factor"]
        if power == "phev" and carrier != _ELECTRICITY:
            factor = 1.0 - factor
        if carrier == _ELECTRICITY:
            # a kWh in the battery costs more than one at the meter
            price = _electricity_cny(inputs, vehicle_class, prices, levers)
            price *= inputs.charging_places.meter_per_battery(vehicle_class)
            price *= levers.electricity_price_factor
        elif carrier in prices:
            price = prices[carrier] * levers.fuel_price_factor
        else:
            raise DataError(f"energy_prices: no row for {carrier!r}; add its price.")
        total += use * factor * price
    return total


def _electricity_cny(inputs: CostInputs, vehicle_class: str, prices: dict[str, float], levers: Levers) -> float:
    """Return the mean price of a kWh at the meter by where a class charges."""
    bought = ("home", "depot", "public")
    lacking = [f"electricity_{place}" for place in bought if f"electricity_{place}" not in prices]
    if lacking:
        raise DataError(f"energy_prices: no row for {lacking[0]!r}; add its price.")
    shares = inputs.charging_places.shares(vehicle_class)
    shares["depot"] += shares.pop("work", 0.0)  # a workplace buys electricity as a depot does
    moved = levers.charging_access_share * shares["public"]
    # access comes where the class already charges in private most
    private = "depot" if shares["depot"] > shares["home"] else "home"
    shares["public"] -= moved
    shares[private] += moved
    # fsum: the mean must not depend on the order of the places
    return math.fsum(shares[place] * prices[f"electricity_{place}"] for place in bought)
