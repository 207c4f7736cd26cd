"""What a vessel is and where it sails: its specification, and its voyages cut into legs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shipping.ports.bunkering import BunkeringStation
    from shipping.ports.quay import Quay
    from shipping.river.locks import Lock
    from shipping.ships.propulsion import ShipDesign

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
    def from_row(cls, row: Mapping[str, Any], design: ShipDesign) -> VesselSpec:  # Any: cells of a frame
        """Return the vessel of a row of `shipping.schemas.Fleet`; limits that are not given never bind."""
        return cls(
            row["vessel_id"],
            row["dwt_t"],
            design,
            row["port_hotel_share"],
            # without a tank the density is not asked for: 1 keeps it a number
            row["density_t_m3"] or 1.0,
            row["tank_m3"],
            row["tank_start_m3"] or 0.0,
            row["fill_max_share"] or 0.0,
            row["reserve_share"] or 0.0,
            row["may_share"] or 0.0,
            _NO_LIMIT if row["may_queue"] is None else row["may_queue"],
            _NO_LIMIT if row["max_queue"] is None else row["max_queue"],
            float("inf") if row["patience_h"] is None else 60.0 * row["patience_h"],
            row["lock_priority"] or 0,
        )

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
