"""Where a class charges, and what its chargers lose: the one statement for accounts and costs."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.arrays import scalar
from data.county import rows_of
from data.tables.roles import HOUSEHOLD_CAR, classes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.county import County

PLACES: Final = ("home", "depot", "work", "public")


@dataclass(frozen=True)
class ChargingPlaces:
    """Shares of the charging by place, and efficiencies.

    Attributes
    ----------
    access : polars.DataFrame
        County table ``charging_access``.
    residents : mapping of str to float
        Residents by kind of town, which weight the rows of a class.
    efficiency_ac, efficiency_dc : float
        Battery kWh per meter kWh.
    public_ac_share : float
        Share of the public charges of household cars that are AC.
    household_cars : tuple of str
        Classes of that role.
    """

    access: pl.DataFrame
    residents: Mapping[str, float]
    efficiency_ac: float
    efficiency_dc: float
    public_ac_share: float
    household_cars: tuple[str, ...]

    @classmethod
    def from_county(cls, county: County) -> ChargingPlaces:
        """Return what a county's tables and figures say."""
        people = county.towns.group_by("kind").agg(pl.col("residents").sum()).iter_rows()
        return cls(
            county.charging_access,
            {kind: float(number) for kind, number in people},
            county.figure("charging.efficiency_ac"),
            county.figure("charging.efficiency_dc"),
            county.figure("fleet.public_ac_share"),
            tuple(classes_of(county.vehicle_classes, HOUSEHOLD_CAR)),
        )

    def shares(self, vehicle_class: str) -> dict[str, float]:
        """Return the shares of a class by place, by the residents of the towns; all in public where none is stated."""
        rows = self._rows.get(vehicle_class)
        if rows is None:
            return dict.fromkeys(PLACES, 0.0) | {"public": 1.0}
        stated = {row["town_kind"]: row for row in rows}
        # a row for the kind of town goes before the one for any town
        weights = {kind: people for kind, people in self.residents.items() if kind in stated or "any" in stated}
        if not math.fsum(weights.values()) > 0.0:
            mine = self.access.filter(vehicle_class=vehicle_class)
            return {place: scalar(mine, pl.col(f"{place}_share").fill_null(0.0).mean()) for place in self._known()}
        total = math.fsum(weights.values())
        return {
            place: math.fsum(
                people / total * (stated.get(kind, stated.get("any", {})).get(f"{place}_share") or 0.0)
                for kind, people in weights.items()
            )
            for place in PLACES
        }

    @functools.cached_property
    def _rows(self) -> Mapping[str, Sequence[dict[str, Any]]]:
        """Rows of the table by class."""
        return rows_of(self.access, "vehicle_class")

    def _known(self) -> list[str]:
        """Return the places that the table has a column of: that of work may be left out."""
        return [place for place in PLACES if f"{place}_share" in self.access.columns]

    def meter_per_battery(self, vehicle_class: str) -> float:
        """Return the kWh at the meter for a kWh in the battery, mean over the places of a class.

        Homes and workplaces have AC, depots DC; in public household cars take AC for a part.
        """
        shares = self.shares(vehicle_class)
        ac = self.public_ac_share if vehicle_class in self.household_cars else 0.0
        slow = shares.get("home", 0.0) + shares.get("work", 0.0) + ac * shares["public"]
        return slow / self.efficiency_ac + (1.0 - slow) / self.efficiency_dc
