"""How fast a vessel with a load goes and what it takes, in every period and reach of a waterway."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from data.errors import DataError
from shipping.ships.brake_power import PowerCurve, brake_kw
from shipping.ships.energy import power_kw
from shipping.ships.engines import part_load_factor
from shipping.ships.hulls import Hull
from shipping.ships.shallow_water import top_speed_km_h

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.arrays import Floats
    from shipping.river.reaches import Reaches


@dataclass(frozen=True, eq=False, slots=True)
class Drive:
    """A vessel with a load under way; arrays have the shape (periods, reaches).

    Attributes
    ----------
    speed_km_h : numpy.ndarray
        Speed through the water.
    power_kw : numpy.ndarray
        Brake power: propulsion and hotel.
    fuel_kg_h : numpy.ndarray
        Fuel of that power.
    hotel_kw, hotel_kg_h : float
        Power and fuel while it waits.
    """

    speed_km_h: Floats
    power_kw: Floats
    fuel_kg_h: Floats
    hotel_kw: float
    hotel_kg_h: float


PHYSICS = (
    "vessel_class",
    "reference_kw",
    "reference_speed_km_h",
    "water_speed_km_h",
    "set_kw",
    "empty_power_share",
    "hotel_kw",
    "sfc_kg_kwh",
    "installed_kw",
    "margin_share",
    "length_m",
    "beam_m",
    "draught_m",
    "empty_draught_m",
)
"""Columns of `shipping.schemas.Fleet` on which a drive rests."""


@dataclass(eq=False)
class Drives:
    """Drives of vessels and loads, each computed once."""

    reaches: Reaches
    found: dict[tuple[Any, ...], int]
    drives: list[Drive]

    @classmethod
    def on(cls, reaches: Reaches) -> Drives:
        """Return an empty collection for a waterway."""
        return cls(reaches, {}, [])

    def number(self, vessel: Mapping[str, Any], load_share: float) -> int:
        """Return the number of the drive of a vessel (a row of the fleet) with a load."""
        vessel = {name: vessel.get(name) for name in PHYSICS}
        key = (*vessel.values(), load_share)
        if key not in self.found:
            self.found[key] = len(self.drives)
            self.drives.append(drive(self.reaches, vessel, load_share))
        return self.found[key]


def drive(reaches: Reaches, vessel: Mapping[str, Any], load_share: float) -> Drive:
    """Return the drive of a vessel with a load on a waterway.

    With main dimensions the power follows from hull, draught and depth (`shipping.ships.hulls`), and the vessel slows
    down to `shipping.ships.hulls.top_speed_km_h` where the water is shallow; without, from the reference power by the
    cube of the speed. ``set_kw`` turns the question round: speed from the power set, by the tabulated curve. The margin
    comes on top of the power in calm water.

    Parameters
    ----------
    reaches : Reaches
        The waterway.
    vessel : mapping
        A row of `shipping.schemas.Fleet`.
    load_share : float
        Cargo over deadweight.

    Raises
    ------
    DataError
        A current that stops the vessel, or water shallower than its draught.
    """
    margin = 1.0 + (vessel["margin_share"] or 0.0)
    calm = {**vessel, "set_kw": None if vessel["set_kw"] is None else vessel["set_kw"] / margin}
    if vessel["draught_m"] is None:
        speed, propulsion = _by_reference(reaches, calm, load_share)
    else:
        speed, propulsion = _by_hull(reaches, calm, load_share)
    reaches.check_speed(speed, vessel["vessel_class"])
    power = propulsion * margin + vessel["hotel_kw"]
    sfc = vessel["sfc_kg_kwh"]
    installed = vessel["installed_kw"]
    factor = 1.0 if installed is None else part_load_factor(power / installed)
    return Drive(speed, power, power * sfc * factor, vessel["hotel_kw"], vessel["hotel_kw"] * sfc)


def _by_reference(reaches: Reaches, vessel: Mapping[str, Any], load_share: float) -> tuple[Floats, Floats]:
    """Return speed and propulsion power by the cubic law from the reference power."""
    law = {name: vessel[name] for name in ("reference_kw", "reference_speed_km_h", "empty_power_share")}
    shape = reaches.depth_m.shape
    if vessel["set_kw"] is None:
        speed = float(vessel["water_speed_km_h"])
        power = float(power_kw(speed, load_share=load_share, **law))
    else:
        power = float(vessel["set_kw"])
        unit = float(power_kw(1.0, load_share=load_share, **law))
        speed = float(np.cbrt(power / unit))
    return np.full(shape, speed), np.full(shape, power)


def _by_hull(reaches: Reaches, vessel: Mapping[str, Any], load_share: float) -> tuple[Floats, Floats]:
    """Return speed and propulsion power by the hull, its draught and the depth."""
    full = Hull(vessel["length_m"], vessel["beam_m"], vessel["draught_m"])
    empty = full.draught_m if vessel["empty_draught_m"] is None else vessel["empty_draught_m"]
    hull = full.at_load(load_share, empty_draught_m=empty)
    aground = np.argwhere(reaches.depth_m <= hull.draught_m)
    if aground.size:
        period, at = (int(number) for number in aground[0])
        raise DataError(
            f"reach '{reaches.names[at]}' to '{reaches.names[at + 1]}': {reaches.depth_m[period, at]:g} m deep, but "
            f"vessel class '{vessel['vessel_class']}' draws {hull.draught_m:g} m. Raise depth_m or load less."
        )
    speed, power = np.empty(reaches.depth_m.shape), np.empty(reaches.depth_m.shape)
    wanted = vessel["water_speed_km_h"]
    for width in set(reaches.width_m):
        own = [at for at, one in enumerate(reaches.width_m) if one == width]
        for depth in np.unique(reaches.depth_m[:, own]):
            place = np.zeros(speed.shape, dtype=bool)
            place[:, own] = reaches.depth_m[:, own] == depth
            speed[place], power[place] = _at(hull, float(depth), width, wanted, vessel["set_kw"])
    return speed, power


@functools.lru_cache(maxsize=65_536)
def _at(
    hull: Hull, depth_m: float, width_m: float | None, wanted_km_h: float | None, set_kw: float | None
) -> tuple[float, float]:
    """Return speed and propulsion power of a hull on a depth, from the wanted speed or the power set."""
    if set_kw is not None:
        return float(PowerCurve.from_hull(hull, depth_m=depth_m, width_m=width_m).speed(set_kw)), float(set_kw)
    speed = min(float(wanted_km_h or 0.0), float(top_speed_km_h(hull, depth_m=depth_m, width_m=width_m)))
    return speed, float(brake_kw(hull, speed, depth_m=depth_m, width_m=width_m))
