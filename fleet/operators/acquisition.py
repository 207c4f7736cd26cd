"""How an operator pays for its fleet: cash flow of each form of acquisition, residual of the battery and its risk."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from data.money import annuity
from fleet.operators.consumption import ELECTRIC
from fleet.operators.networks import AS_GIVEN
from fleet.operators.operator_costs import PURCHASE, with_battery
from fleet.vehicles.costs import form_flows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.county import County
    from fleet.vehicles.ownership import Ownership

OWNED: Final = (PURCHASE, "financial_lease")
"""Forms in which the battery is the operator's at the end, with the risk of what it brings."""
FORMS: Final = {
    "form": pl.String,
    "power": pl.String,
    "vehicles": pl.Int64,
    **dict.fromkeys(
        ("first_year_cny", "present_cny", "present_low_cny", "present_high_cny", "cny_per_year", "cny_per_km"),
        pl.Float64,
    ),
}
"""Columns: a row per form and power; present value of the whole fleet over the horizon, with the ends of what a used
battery brings, as a yearly amount and per km."""
CASH: Final = {
    "form": pl.String,
    "power": pl.String,
    "year": pl.Int64,
    **dict.fromkeys(("upfront_cny", "rents_cny", "running_cny", "residual_cny", "paid_cny", "present_cny"), pl.Float64),
}
"""Columns: a row per form and year; `residual_cny` comes in at the end of the last one, `paid_cny` is all together, and
`present_cny` its value at the start."""
RANGES: Final = {"moved": pl.String, "end": pl.String, "form": pl.String, "power": pl.String, "present_cny": pl.Float64}
"""Columns: present value of each form with the price of the electric vehicles, their km, or what a used battery brings
at an end of its range."""
PRICE, KM, BATTERY = "price", "km", "battery_residual"
MOVED: Final = (PRICE, KM, BATTERY)
ENDS: Final = ("low", "high")


@dataclass(frozen=True, slots=True)
class FleetToBuy:
    """A fleet that an operator acquires in a year.

    Attributes
    ----------
    vehicle_class, fuel_power : str
        Class, and the fuel of the vehicles that it compares with.
    year : int
        Year of acquisition.
    vehicles, fuel_vehicles : int
        Electric ones, and those on fuel for the same work, spare ones included.
    battery_kwh : float
        New battery of an electric one.
    km_per_year, fuel_km_per_year : float
        Of all electric ones together, and of those on fuel: ways to a charger are driven by the electric ones alone.
    chargers_cny : float
        Chargers and connection, to build at the start, whatever the form.
    """

    vehicle_class: str
    fuel_power: str
    year: int
    vehicles: int
    fuel_vehicles: int
    battery_kwh: float
    km_per_year: float
    fuel_km_per_year: float
    chargers_cny: float


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Forms of acquisition of a fleet.

    Attributes
    ----------
    years : float
        Horizon: how long vehicles are held.
    forms, cash, ranges : polars.DataFrame
        Columns of `FORMS`, `CASH` and `RANGES`; purchase on fuel is the last form.
    """

    years: float
    forms: pl.DataFrame
    cash: pl.DataFrame
    ranges: pl.DataFrame

    def best(self, moved: str = AS_GIVEN, end: str = "") -> str:
        """Return the electric form that costs least: as given, or at an end of a range."""
        table = self.forms if moved == AS_GIVEN else self.ranges.filter(moved=moved, end=end)
        return str(table.filter(power=ELECTRIC).sort("present_cny", "form")["form"][0])

    def saved_cny(self) -> list[float]:
        """Return what the cheapest electric form saves against purchase on fuel: as given, then at all ends."""
        tables = [self.forms, *(rows for _, rows in self.ranges.group_by("moved", "end", maintain_order=True))]
        return [
            float(
                rows.filter(pl.col("power") != ELECTRIC)["present_cny"][0]
                - rows.filter(power=ELECTRIC).sort("present_cny")["present_cny"][0]
            )
            for rows in tables
        ]


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of acquisition of a fleet: flows of a vehicle, and how many there are."""

    form: str
    power: str
    flows: Ownership
    vehicles: int
    km: float
    chargers_cny: float
    battery_cny: float
    battery_ends: tuple[float, float]

    def present(self, years: float, rate: float) -> float:
        """Return the present value of all that is paid."""
        return self.vehicles * self.flows.npv(self.km, years=years, rate=rate) + self.chargers_cny

    def at_battery(self, end: int) -> _Form:
        """Return the form with what a used battery brings at an end of its range."""
        moved = self.flows.residual_cny - self.battery_cny + self.battery_ends[end]
        return replace(self, flows=replace(self.flows, residual_cny=moved))


def acquisition(county: County, fleet: FleetToBuy) -> Acquisition:
    """Return the forms in which an operator may have its fleet, with their cash flow over the years of holding.

    Vehicles charge in the depot; what their battery adds to prices and rents is as of
    `fleet.operators.operator_costs.with_battery`. Of the residual value of an owned vehicle its battery is worth what
    ``operators.battery_residual_share`` of a new one costs when it is sold.

    Parameters
    ----------
    county
        Prices, forms of acquisition, figures ``cost.*`` and ``operators.*``.
    fleet
        What is acquired.

    Raises
    ------
    DataError
        A price that the county lacks.
    """
    own = _operators_county(county, fleet)
    years = own.figure("cost.holding_years")
    owner = own.vehicle_costs.filter(vehicle_class=fleet.vehicle_class, power=ELECTRIC)["owner"][0]
    rate = own.figure(f"cost.discount_{owner}")
    given = list(_forms(own, fleet))
    paid = annuity(years, rate)
    rows = []
    for one in given:
        present = one.present(years, rate)
        rows.append(
            {
                "form": one.form,
                "power": one.power,
                "vehicles": one.vehicles,
                "first_year_cny": next(_cash_of(one, fleet.year, years, rate))["paid_cny"],
                "present_cny": present,
                "present_low_cny": one.at_battery(1).present(years, rate),
                "present_high_cny": one.at_battery(0).present(years, rate),
                "cny_per_year": present / paid,
                "cny_per_km": present / (one.vehicles * one.km * paid),
            }
        )
    cash = [row for one in given for row in _cash_of(one, fleet.year, years, rate)]
    ranges = [
        (moved, ENDS[end], one.form, one.power, one.present(years, rate))
        for moved, end in itertools.product(MOVED, range(2))
        for one in _moved(own, county, fleet, given, moved, end)
    ]
    return Acquisition(
        years,
        pl.DataFrame(rows, schema=FORMS),
        pl.DataFrame(cash, schema=CASH),
        pl.DataFrame(ranges, schema=RANGES, orient="row"),
    )


def _operators_county(county: County, fleet: FleetToBuy) -> County:
    """Return the county as its prices are for an operator: charging in the depot, and the battery of the plan."""
    mine = pl.col("vehicle_class") == fleet.vehicle_class
    depot = {"home_share": 0.0, "depot_share": 1.0, "work_share": 0.0, "public_share": 0.0}
    access = county.charging_access.with_columns(
        pl.when(mine).then(share).otherwise(name).alias(name) for name, share in depot.items()
    )
    known = county.with_table("charging_access", access)
    return with_battery(known, fleet.vehicle_class, fleet.battery_kwh)


def _forms(county: County, fleet: FleetToBuy) -> Iterator[_Form]:
    """Yield the electric forms, then purchase on fuel."""
    low, share, high = county.figure_range("operators.battery_residual_share")
    row = county.vehicle_costs.filter(vehicle_class=fleet.vehicle_class, power=ELECTRIC).row(0, named=True)
    years = county.figure("cost.holding_years")
    later = (1.0 + row["price_trend_share_per_year"]) ** (fleet.year - row["base_year"] + years)
    new = fleet.battery_kwh * county.figure("operators.battery_cny_kwh") * later
    for form, flows in form_flows(county, fleet.vehicle_class, ELECTRIC, year=fleet.year).items():
        # never more than the whole vehicle brings
        battery = min(share * new, flows.residual_cny) if form in OWNED else 0.0
        ends = (battery * low / share, battery * high / share) if share > 0.0 else (0.0, 0.0)
        km = fleet.km_per_year / fleet.vehicles
        yield _Form(form, ELECTRIC, flows, fleet.vehicles, km, fleet.chargers_cny, battery, ends)
    flows = form_flows(county, fleet.vehicle_class, fleet.fuel_power, year=fleet.year)[PURCHASE]
    km = fleet.fuel_km_per_year / fleet.fuel_vehicles
    yield _Form(PURCHASE, fleet.fuel_power, flows, fleet.fuel_vehicles, km, 0.0, 0.0, (0.0, 0.0))


def _moved(
    county: County, given_county: County, fleet: FleetToBuy, given: list[_Form], moved: str, end: int
) -> list[_Form]:
    """Return the forms with a range at its low (0) or high (1) end."""
    if moved == BATTERY:
        return [one.at_battery(end) for one in given]
    if moved == KM:
        row = county.vehicle_classes.filter(vehicle_class=fleet.vehicle_class).row(0, named=True)
        asked = row[("km_low", "km_high")[end]]
        factor = 1.0 if asked is None else asked / row["km_per_year"]
        return [replace(one, km=one.km * factor) for one in given]
    electric = (pl.col("vehicle_class") == fleet.vehicle_class) & (pl.col("power") == ELECTRIC)
    row = given_county.vehicle_costs.filter(electric).row(0, named=True)
    asked = row[ENDS[end]]
    # the range is that of the class's vehicle: one with another battery moves by as much
    more = 0.0 if asked is None else asked - row["price_cny"]
    price = pl.when(electric).then(pl.col("price_cny") + more).otherwise("price_cny")
    return list(_forms(county.with_table("vehicle_costs", county.vehicle_costs.with_columns(price)), fleet))


def _cash_of(one: _Form, year: int, years: float, rate: float) -> Iterator[dict[str, object]]:
    """Yield the cash flow of a form year by year; the last one may be a part of a year."""
    flows, number = one.flows, one.vehicles
    edges = [*range(int(years)), years] if years != int(years) else list(range(int(years) + 1))
    for start, stop in itertools.pairwise(edges):
        fixed = [min(flows.fixed_years, edge) for edge in (start, stop)]
        part = stop - start
        upfront = number * flows.upfront_cny + one.chargers_cny if start == 0 else 0.0
        rents = number * flows.fixed_cny_per_year * (fixed[1] - fixed[0])
        running = number * flows.running_cny_per_km * one.km * part
        residual = number * flows.residual_cny if stop == years else 0.0
        present = [annuity(edge, rate) for edge in (*fixed, start, stop)]
        yield {
            "form": one.form,
            "power": one.power,
            "year": year + int(start),
            "upfront_cny": upfront,
            "rents_cny": rents,
            "running_cny": running,
            "residual_cny": residual,
            "paid_cny": upfront + rents + running - residual,
            "present_cny": upfront
            + number * flows.fixed_cny_per_year * (present[1] - present[0])
            + number * flows.running_cny_per_km * one.km * (present[3] - present[2])
            - residual / (1.0 + rate) ** years,
        }
