"""What the cost of ownership is given: tables, figures, and what policy may change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.errors import DataError, nearest
from data.schemas.costs import FORMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County

Row = dict[str, Any]
"""Cells of a table's row by column."""
PLACES: Final = ("home", "depot", "public")
"""Where a vehicle charges, each with a price of its own."""


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
    """

    subsidy_cny: float = 0.0
    forms: tuple[str, ...] = FORMS
    lease_share: float = 1.0
    charging_access_share: float = 0.0
    electricity_price_factor: float = 1.0
    fuel_price_factor: float = 1.0

    def __post_init__(self) -> None:
        """Validate the policy.

        Raises
        ------
        DataError
            A negative subsidy, a share outside 0 to 1, a factor that is not above 0, an unknown form.
        """
        if self.subsidy_cny < 0.0:
            raise DataError(f"levers: subsidy_cny {self.subsidy_cny}; expected 0 or more.")
        for name in ("lease_share", "charging_access_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise DataError(f"levers: {name} {getattr(self, name)}; expected 0 to 1.")
        for name in ("electricity_price_factor", "fuel_price_factor"):
            if not getattr(self, name) > 0.0:
                raise DataError(f"levers: {name} {getattr(self, name)}; expected above 0.")
        for form in self.forms:
            if form not in FORMS:
                raise DataError(f"levers: form {form!r} is not known.{nearest(form, FORMS)}")


@dataclass(frozen=True, slots=True)
class CostInputs:
    """Tables and figures of the cost of ownership, as rows by what they are asked for.

    Attributes
    ----------
    vehicle_costs : list of dict
        Rows of that table.
    offers, energy_use : mapping of (str, str) to list of dict
        Rows of ``acquisition`` and of ``energy_use`` by vehicle class and power.
    purchase_tax : mapping of str to list of dict
        Rows of the tax schedule by tax group.
    prices : mapping of str to float
        CNY by energy carrier, per unit of the carrier.
    km_per_year : mapping of str to float
        By vehicle class.
    charging_shares : mapping of str to mapping of str to float
        Of classes in ``charging_access``: shares of charging at home, depot (with workplace) and public piles.
    holding_years : float
        Years that a vehicle is kept.
    discount : mapping of str to float
        Yearly rate by owner.
    vat_share : float
        VAT over the price without it.
    charger_efficiency : float
        Battery kWh per meter kWh.
    """

    vehicle_costs: list[Row]
    offers: Mapping[tuple[str, ...], list[Row]]
    purchase_tax: Mapping[tuple[str, ...], list[Row]]
    energy_use: Mapping[tuple[str, ...], list[Row]]
    prices: Mapping[str, float]
    km_per_year: Mapping[str, float]
    charging_shares: Mapping[str, Mapping[str, float]]
    holding_years: float
    discount: Mapping[str, float]
    vat_share: float
    charger_efficiency: float

    @classmethod
    def from_county(cls, county: County) -> CostInputs:
        """Return what a county's tables and figures say, read once per county.

        Raises
        ------
        DataError
            The county has no costs, or lacks a figure.
        """
        return county.once("cost_inputs", lambda: cls._read(county))

    @classmethod
    def _read(cls, county: County) -> CostInputs:
        """Return what a county's tables and figures say."""
        if not county.vehicle_costs.height:
            raise DataError(
                f"{county.name}: no table vehicle_costs; add vehicle_costs.csv to compute costs of ownership."
            )
        owners = county.vehicle_costs["owner"].unique().sort()
        return cls(
            vehicle_costs=county.vehicle_costs.to_dicts(),
            offers=_rows_by(county.acquisition, "vehicle_class", "power"),
            purchase_tax=_rows_by(county.purchase_tax, "tax_group"),
            energy_use=_rows_by(county.energy_use, "vehicle_class", "power"),
            prices=dict(county.energy_prices.select("carrier", "price_cny").iter_rows()),
            km_per_year=dict(county.vehicle_classes.select("vehicle_class", "km_per_year").iter_rows()),
            charging_shares=_charging_shares(county.charging_access),
            holding_years=county.figure("cost.holding_years"),
            discount={owner: county.figure(f"cost.discount_{owner}") for owner in owners},
            vat_share=county.figure("cost.vat_share"),
            charger_efficiency=county.figure("charging.efficiency_dc"),
        )


def _rows_by(table: pl.DataFrame, *keys: str) -> dict[tuple[str, ...], list[Row]]:
    """Return the rows of a table by some of its columns, in its order."""
    return {key: rows.to_dicts() for key, rows in table.partition_by(*keys, as_dict=True).items()}


def _charging_shares(access: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Return the mean shares of where a class charges."""
    places = [pl.col(f"{place}_share").mean().fill_null(0.0).alias(place) for place in PLACES]
    if "work_share" in access.columns:  # a workplace buys electricity as a depot does
        places.append(pl.col("work_share").fill_null(0.0).mean().alias("work"))
    table = access.group_by("vehicle_class", maintain_order=True).agg(places)
    shares = {row.pop("vehicle_class"): row for row in table.iter_rows(named=True)}
    for share in shares.values():
        share["depot"] += share.pop("work", 0.0)
    return shares
