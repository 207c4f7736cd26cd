"""What the cost of ownership is given: tables, figures, and what policy may change."""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from data.errors import DataError, nearest
from data.memory.remembering import remembered
from data.schemas.costs import FORMS
from fleet.vehicles.charging_places import ChargingPlaces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from data.county import County


@dataclass(frozen=True, slots=True)
class Levers:
    """What policy may change.

    Attributes
    ----------
    subsidy_cny : float
        Paid to the buyer of a new-energy vehicle.
    forms : tuple of str
        Forms of acquisition that are offered.
    lease_share : float
        Share of the buyers to whom the forms are offered; the others can only purchase.
    charging_access_share : float
        Share of public charging that moves to home or depot.
    electricity_price_factor, fuel_price_factor : float
        Multipliers of the prices of electricity and of petrol, diesel and gas.
    tax_waived_share : float or None
        Share of the purchase tax that is waived for new energy, without a cap; None: as the tax's schedule says.
    trade_in_cny : float
        Paid on average to the buyer of a new-energy car for the old car, more than a petrol car's buyer gets.
    trade_in_price_share : float or None
        Share of the price of the new car that it is at most; None: a fixed amount.
    trade_in_until : int or None
        Last year in which it is paid; None: as the county's figures say.
    public_guns_factor : float
        Public guns over those that the county's path of adoption takes for granted.
    tax_as_of, trade_in_as_of : int or None
        Year whose purchase tax and whose trade-in scheme hold; None: those of the year of acquisition.
    """

    subsidy_cny: float = 0.0
    forms: tuple[str, ...] = FORMS
    lease_share: float = 1.0
    charging_access_share: float = 0.0
    electricity_price_factor: float = 1.0
    fuel_price_factor: float = 1.0
    tax_waived_share: float | None = None
    trade_in_cny: float = 0.0
    trade_in_price_share: float | None = None
    trade_in_until: int | None = None
    public_guns_factor: float = 1.0
    tax_as_of: int | None = None
    trade_in_as_of: int | None = None

    def __post_init__(self) -> None:
        """Validate the policy.

        Raises
        ------
        DataError
            A negative subsidy, a share outside 0 to 1, a factor that is not above 0, an unknown form.
        """
        for name in ("subsidy_cny", "trade_in_cny"):
            if getattr(self, name) < 0.0:
                raise DataError(f"levers: {name} {getattr(self, name)}; expected 0 or more.")
        for name in ("lease_share", "charging_access_share", "tax_waived_share", "trade_in_price_share"):
            # None: the schedule's own, or a fixed amount
            if not 0.0 <= (getattr(self, name) or 0.0) <= 1.0:
                raise DataError(f"levers: {name} {getattr(self, name)}; expected 0 to 1.")
        for name in ("electricity_price_factor", "fuel_price_factor", "public_guns_factor"):
            if not getattr(self, name) > 0.0:
                raise DataError(f"levers: {name} {getattr(self, name)}; expected above 0.")
        for form in self.forms:
            if form not in FORMS:
                raise DataError(f"levers: form {form!r} is not known.{nearest(form, FORMS)}")


@dataclass(frozen=True)
class CostInputs:
    """Tables and figures of the cost of ownership.

    Attributes
    ----------
    vehicle_costs, acquisition, purchase_tax, energy_prices : polars.DataFrame
        Prices (CNY) of vehicles and of their forms of acquisition, tax schedule, prices of energy.
    vehicle_classes, energy_use : polars.DataFrame
        Km per year, use per 100 km.
    charging_places : ChargingPlaces
        Where a class charges, and what is lost there.
    holding_years : float
        Years that a vehicle is kept.
    discount : mapping of str to float
        Yearly rate by owner.
    vat_share : float
        VAT over the price without it.
    """

    vehicle_costs: pl.DataFrame
    acquisition: pl.DataFrame
    purchase_tax: pl.DataFrame
    energy_prices: pl.DataFrame
    vehicle_classes: pl.DataFrame
    energy_use: pl.DataFrame
    charging_places: ChargingPlaces
    holding_years: float
    discount: Mapping[str, float]
    vat_share: float

    @classmethod
    def from_county(cls, county: County) -> CostInputs:
        """Return what a county's tables and figures say, from memory where what they say is as it was.

        Raises
        ------
        DataError
            The county has no costs, or lacks a figure.
        """
        return remembered(county, "cost_inputs", cls._read)

    @classmethod
    def _read(cls, county: County) -> CostInputs:
        """Return what a county's tables and figures say."""
        if not county.vehicle_costs.height:
            raise DataError(
                f"{county.name}: no table vehicle_costs; add vehicle_costs.csv to compute costs of ownership."
            )
        owners = county.vehicle_costs["owner"].unique().sort()
        tables = {item.name: county.tables[item.name] for item in fields(cls) if item.name in county.tables}
        return cls(
            **tables,
            charging_places=ChargingPlaces.from_county(county),
            holding_years=county.figure("cost.holding_years"),
            discount={owner: county.figure(f"cost.discount_{owner}") for owner in owners},
            vat_share=county.figure("cost.vat_share"),
        )

    @functools.cached_property
    def known_energy(self) -> dict[tuple[str, str, float, float, float], float]:
        """What `fleet.vehicles.costs.energy_cny_per_km` has found already."""
        return {}

    @functools.cached_property
    def sold(self) -> Sequence[Mapping[str, Any]]:
        """Rows of the vehicles that have a price."""
        return self.vehicle_costs.rows(named=True)

    @functools.cached_property
    def sold_of(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Rows of the vehicles that have a price by class."""
        rows = defaultdict(list)
        for row in self.sold:
            rows[row["vehicle_class"]].append(row)
        return dict(rows)

    @functools.cached_property
    def km_per_year(self) -> Mapping[str, float]:
        """Km per year by class."""
        return dict(self.vehicle_classes.select("vehicle_class", "km_per_year").iter_rows())

    @functools.cached_property
    def price_of_carrier(self) -> dict[str, float]:
        """Price by carrier of energy, CNY per unit."""
        return dict(self.energy_prices.select("carrier", "price_cny").iter_rows())

    @functools.cached_property
    def tax_rows(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Rows of the purchase tax by group."""
        return {group: rows for (group,), rows in _rows_by(self.purchase_tax, "tax_group").items()}

    @functools.cached_property
    def uses(self) -> Mapping[tuple[str, ...], Sequence[Mapping[str, Any]]]:
        """Rows of the energy use by class and power."""
        return _rows_by(self.energy_use, "vehicle_class", "power")

    @functools.cached_property
    def offers(self) -> Mapping[tuple[str, ...], Sequence[Mapping[str, Any]]]:
        """Rows of the forms of acquisition besides the purchase by class and power."""
        return _rows_by(self.acquisition, "vehicle_class", "power")


def _rows_by(table: pl.DataFrame, *keys: str) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Return the rows of a table by the values of some columns: costs of a year look up hundreds of them."""
    rows = defaultdict(list)
    for row in table.iter_rows(named=True):
        rows[tuple(row[key] for key in keys)].append(row)
    return dict(rows)
