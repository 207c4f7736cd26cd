"""What a vessel is and where it sails: its specification, and its voyages cut into legs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from shipping.ports.bunkering import BunkeringStation
    from shipping.ports.quay import Quay
    from shipping.river.locks import Lock
    from shipping.ships.propulsion import ShipDesign

_READ: Final = (
    "vessel_id",
    "dwt_t",
    "port_hotel_share",
    "density_t_m3",
    "tank_m3",
    "tank_start_m3",
    "fill_max_share",
    "reserve_share",
    "may_share",
    "may_queue",
    "max_queue",
    "patience_h",
    "lock_priority",
)
_NO_LIMIT: Final = 1_000_000  # vessels in a queue: more than any river has, so that no limit needs no case of its own


@dataclass(frozen=True, slots=True)
class VesselSpec:
    """What a vessel is; fields as in `shipping.schemas.Fleet`. A tank of None never runs dry."""

    vessel_id: str
    dwt_t: float
    design: ShipDesign
    port_hotel_share: float
    density_t_m3: float
    tank_m3: float | None
    tank_start_m3: float
    fill_max_share: float
    reserve_share: float
    may_share: float
    may_queue: int
    max_queue: int
    patience_min: float
    lock_priority: int

    @classmethod
    def from_table(cls, vessels: pl.DataFrame, design_of: Mapping[str, ShipDesign]) -> list[VesselSpec]:
        """Return the vessels of a table `shipping.schemas.Fleet`; limits that are not given never bind."""
        return [
            cls(
                name,
                dwt,
                design_of[name],
                port,
                # without a tank the density is not asked for: 1 keeps it a number
                density or 1.0,
                tank,
                start or 0.0,
                most or 0.0,
                reserve or 0.0,
                may or 0.0,
                _NO_LIMIT if may_queue is None else may_queue,
                _NO_LIMIT if max_queue is None else max_queue,
                math.inf if patience is None else 60.0 * patience,
                priority or 0,
            )
            for (
                name,
                dwt,
                port,
                density,
                tank,
                start,
                most,
                reserve,
                may,
                may_queue,
                max_queue,
                patience,
                priority,
            ) in zip(*(vessels[column].to_list() for column in _READ), strict=True)
        ]

    @property
    def port_kw(self) -> float:
        """Power from the vessel's own fuel while it lies in port."""
        return self.design.hotel_kw * self.port_hotel_share

    def burn_m3_h(self, power_kw: float) -> float:
        """Return the LNG burnt in an hour at a power at the best load."""
        return power_kw * self.design.sfc_kg_kwh / (1000.0 * self.density_t_m3)

    def volume_m3(self, fuel_kg: float) -> float:
        """Return the volume of a mass of LNG."""
        return fuel_kg / (1000.0 * self.density_t_m3)


class VoyageRow(NamedTuple):
    """A row of `data.schemas.shipping.Voyages`, as far as the simulation reads it."""

    voyage_id: int
    vessel_id: str
    depart_min: float
    from_km: float
    to_km: float
    cargo_t: float
    load_share: float
    follows: int | None
    terminal: str | None
    handling_min: float | None


@dataclass(frozen=True, slots=True)
class Leg:
    """Way to the next stop: its ends by chainage; the station or lock there, or None at the end of the voyage."""

    from_km: float
    to_km: float
    stop: BunkeringStation | Lock | None


@dataclass(frozen=True, slots=True)
class Voyage:
    """A voyage cut into legs at the stations and locks that it passes.

    ``point`` is the number of its operating point in the `shipping.ships.propulsion.SpeedPowerTable`. Of a voyage that
    follows the one before, ``depart_min`` is the stay after it. ``quay`` and ``handling_min`` are those of the terminal
    at which it ends.
    """

    voyage_id: int
    depart_min: float
    point: int
    cargo_t: float
    load_share: float
    legs: tuple[Leg, ...]
    follows: bool = False
    quay: Quay | None = None
    handling_min: float = 0.0

    def loaded(self, point: int, cargo_t: float, load_share: float) -> Voyage:
        """Return the voyage with another load, and the operating point of that."""
        # field by field: `dataclasses.replace` takes ten times as long, and every voyage in low water comes here
        after = self.legs, self.follows, self.quay, self.handling_min
        return Voyage(self.voyage_id, self.depart_min, point, cargo_t, load_share, *after)

    def departs(self, now_min: float) -> float:
        """Return when the voyage departs if the vessel lies in port from now on."""
        return now_min + self.depart_min if self.follows else max(now_min, self.depart_min)
