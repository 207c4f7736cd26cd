"""How fast a vessel with a load goes and what it takes, in every period and reach of a waterway."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from data.errors import DataError
from shipping.ships.brake_power import PowerCurve, brake_kw
from shipping.ships.energy import power_kw
from shipping.ships.engines import part_load_factor
from shipping.ships.hulls import Hull
from shipping.ships.shallow_water import top_speed_km_h

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from data.arrays import Floats
    from shipping.river.reaches import Reaches

    Sections = tuple[tuple[float | None, float], ...]


@dataclass(frozen=True, eq=False, slots=True)
class ShipDesign:
    """What speed, power and fuel of a vessel rest on: columns of `shipping.schemas.Fleet`, None where not known.

    Designs are looked up hundreds of times in a run, so they are told apart as objects and not field by field:
    `from_row` returns one object for all vessels alike. What is known of one is worked out again for another like it.

    Attributes
    ----------
    vessel_class : str
        Its class, which errors name.
    hotel_kw : float
        Brake power of the hotel load.
    sfc_kg_kwh : float
        Specific fuel consumption at the best load, kg/kWh.
    reference_kw, reference_speed_km_h, empty_power_share : float, optional
        Brake power of the full vessel at a speed, and the share of it that the empty one takes.
    water_speed_km_h, set_kw : float, optional
        The speed that the vessel holds through the water, or the propulsion power that it sets.
    speed_depth_m : float, optional
        Water in which the vessel makes `water_speed_km_h` at the power that it sets: it holds that power, and is slower
        in shallower water. None: it holds the speed whatever that takes.
    installed_kw : float, optional
        Power of the engine: with it consumption rises at part load.
    most_share : float, optional
        Share of the installed power that the master sets at most.
    margin_share : float, optional
        What wind, fouling and bends add to the power of calm water.
    length_m, beam_m, draught_m, empty_draught_m : float, optional
        Main dimensions.
    block, screws, propeller_m : float, int, float, optional
        Form and propellers; None as for `shipping.ships.hulls.Hull`.
    open_water, rotative, shaft, gear : float, optional
        Efficiencies of propeller, shaft and gearbox; None: the same.
    """

    vessel_class: str
    hotel_kw: float
    sfc_kg_kwh: float
    reference_kw: float | None = None
    reference_speed_km_h: float | None = None
    water_speed_km_h: float | None = None
    set_kw: float | None = None
    empty_power_share: float | None = None
    installed_kw: float | None = None
    margin_share: float | None = None
    length_m: float | None = None
    beam_m: float | None = None
    draught_m: float | None = None
    empty_draught_m: float | None = None
    speed_depth_m: float | None = None
    most_share: float | None = None
    block: float | None = None
    screws: int | None = None
    propeller_m: float | None = None
    open_water: float | None = None
    rotative: float | None = None
    shaft: float | None = None
    gear: float | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> ShipDesign:  # Any: cells of a frame
        """Return the design in a row of `shipping.schemas.Fleet`; columns that it lacks are not known."""
        return _design_of(*(row.get(name) for name in DESIGN_COLUMNS))

    @property
    def size_m(self) -> tuple[float | None, float | None, float | None]:
        """Length, beam and draught when full."""
        return self.length_m, self.beam_m, self.draught_m

    def hull_at(self, load_share: float) -> Hull:
        """Return the hull as it floats with a share of its cargo.

        Raises
        ------
        DataError
            If the main dimensions are not known.
        """
        return _hull_at(self, load_share)

    def lever_kw(self, hull: Hull) -> float | None:
        """Return the propulsion power in calm water that the master sets; None where the vessel holds its speed.

        ``set_kw`` is set as it is. With ``speed_depth_m`` it is the power that makes ``water_speed_km_h`` on that depth
        with the load of the voyage, at most ``most_share`` of the installed power less the hotel load. The margin for
        wind, fouling and bends is taken off: calm water sees what it leaves.
        """
        margin = 1.0 + (self.margin_share or 0.0)
        if self.set_kw is not None:
            return self.set_kw / margin
        if self.speed_depth_m is None or self.water_speed_km_h is None:
            return None
        # a hull that does not float there has no trial speed: the deepest water that it was given does
        depth = max(self.speed_depth_m, _LEAST_DEPTH * hull.draught_m)
        needed = _needed_kw(hull, self.water_speed_km_h, depth)
        if self.installed_kw is None:
            return needed
        most = (self.most_share or 1.0) * self.installed_kw - self.hotel_kw
        return min(needed, max(most, _LEAST_LEVER * self.installed_kw) / margin)


# Hundreds of vessels of a few designs ask for the same loads in every replication of a process.
@functools.lru_cache(maxsize=65_536)
def _hull_at(design: ShipDesign, load_share: float) -> Hull:
    """Return the hull of a design as it floats with a share of its cargo."""
    if design.length_m is None or design.beam_m is None or design.draught_m is None:
        raise DataError(
            f"vessel class '{design.vessel_class}': no main dimensions; expected length_m, beam_m and draught_m."
        )
    empty = design.draught_m if design.empty_draught_m is None else design.empty_draught_m
    form = {name: getattr(design, name) for name in _FORM if getattr(design, name) is not None}
    hull = Hull(design.length_m, design.beam_m, design.draught_m, **form)
    return hull.at_load(load_share, empty_draught_m=empty)


@functools.lru_cache(maxsize=4_096)
def _needed_kw(hull: Hull, speed_km_h: float, depth_m: float) -> float:
    """Return the brake power that a hull takes at a speed on a depth, kW."""
    return float(brake_kw(hull, speed_km_h, depth_m=depth_m))


_FORM: Final = ("block", "screws", "propeller_m", "open_water", "rotative", "shaft", "gear")
_LEAST_DEPTH: Final = 1.2  # depth over draught in which a speed on trial still means something
_LEAST_AFLOAT: Final = 1.05  # depth over draught in which a vessel that falling water has caught still creeps on
_LEAST_LEVER: Final = 0.05  # of the installed power: an engine that its hotel load takes up still turns a propeller
DESIGN_COLUMNS: Final = tuple(column.name for column in fields(ShipDesign))
"""Columns of `shipping.schemas.Fleet` on which an operating point rests."""


_design_of: Final = functools.lru_cache(maxsize=4_096)(ShipDesign)


@dataclass(frozen=True, eq=False, slots=True)
class OperatingPoint:
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


@dataclass(eq=False)
class SpeedPowerTable:
    """Operating points of vessels and loads on a waterway: each computed once, and known by its number."""

    reaches: Reaches
    points: list[OperatingPoint] = field(default_factory=list)
    _numbers: dict[tuple[ShipDesign, float], int] = field(default_factory=dict)

    def numbers(self, kinds: Sequence[tuple[ShipDesign, float]]) -> list[int]:
        """Return the numbers of the operating points of several vessels and loads: as `number`, in half the time."""
        _prepare(self.reaches, [kind for kind in kinds if kind not in self._numbers])
        return [self.number(*kind) for kind in kinds]

    def number(self, design: ShipDesign, load_share: float) -> int:
        """Return the number of the operating point of a vessel with a load."""
        key = (design, load_share)
        if key not in self._numbers:
            # computed before it is numbered: those who share the table see nothing of a vessel that cannot sail
            self.points.append(operating_point(self.reaches, design, load_share))
            self._numbers[key] = len(self.points) - 1
        return self._numbers[key]


def _prepare(reaches: Reaches, kinds: Iterable[tuple[ShipDesign, float]]) -> None:
    """Work out at once what operating points of several vessels and loads rest on, as far as it can be had.

    What cannot, as the depth for a vessel that does not float, is a fault of its own point.
    """
    asked: dict[tuple[Hull, Sections, float], None] = {}
    for design, load_share in kinds:
        if None in design.size_m:
            continue
        hull = design.hull_at(load_share)
        sections = _sections_of(reaches, hull)
        set_kw = design.lever_kw(hull) if all(depth > hull.draught_m for _, depth in sections) else None
        if set_kw is not None and (hull, sections, set_kw) not in _speeds:
            asked[hull, sections, set_kw] = None
    if len(asked) > 1:
        _work_out(list(asked))


def operating_point(reaches: Reaches, design: ShipDesign, load_share: float) -> OperatingPoint:
    """Return speed, power and fuel of a vessel with a load on a waterway.

    With main dimensions the power follows from hull, draught and depth (`shipping.ships.brake_power`), and the vessel
    slows down to `shipping.ships.shallow_water.top_speed_km_h` where the water is shallow; without, from the reference
    power by the cube of the speed. ``set_kw`` and ``speed_depth_m`` turn the question round: speed from the power that
    is set, by the tabulated curve. The margin comes on top of the power in calm water.

    Parameters
    ----------
    reaches : Reaches
        The waterway.
    design : ShipDesign
        The vessel.
    load_share : float
        Cargo over deadweight.

    Raises
    ------
    DataError
        A current that stops the vessel, or water shallower than its draught.
    """
    margin = 1.0 + (design.margin_share or 0.0)
    if design.draught_m is None:
        # The power set drives the vessel through wind and waves too: calm water sees what the margin leaves of it.
        calm_kw = None if design.set_kw is None else design.set_kw / margin
        speed, propulsion = _by_reference(reaches, design, load_share, calm_kw)
    else:
        hull = design.hull_at(load_share)
        speed, propulsion = _by_hull(reaches, design, hull, design.lever_kw(hull))
    reaches.check_speed(speed, design.vessel_class)
    power = propulsion * margin + design.hotel_kw
    sfc, installed = design.sfc_kg_kwh, design.installed_kw
    factor = 1.0 if installed is None else part_load_factor(power / installed)
    # The hotel load of a vessel that waits is taken at the best consumption: an auxiliary engine of its size gives it.
    return OperatingPoint(speed, power, power * sfc * factor, design.hotel_kw, design.hotel_kw * sfc)


def _by_reference(
    reaches: Reaches, design: ShipDesign, load_share: float, set_kw: float | None
) -> tuple[Floats, Floats]:
    """Return speed and propulsion power by the cubic law from the reference power."""
    if design.reference_kw is None or design.reference_speed_km_h is None or design.empty_power_share is None:
        raise DataError(
            f"vessel class '{design.vessel_class}': neither main dimensions nor reference_kw, reference_speed_km_h and "
            "empty_power_share; expected one of them."
        )

    needed_kw = functools.partial(
        power_kw,
        reference_kw=design.reference_kw,
        reference_speed_km_h=design.reference_speed_km_h,
        load_share=load_share,
        empty_power_share=design.empty_power_share,
    )
    shape = reaches.depth_m.shape
    if set_kw is None:
        speed = float(design.water_speed_km_h or 0.0)
        return np.full(shape, speed), np.full(shape, float(needed_kw(speed)))
    return np.full(shape, float(np.cbrt(set_kw / float(needed_kw(1.0))))), np.full(shape, set_kw)


def _by_hull(reaches: Reaches, design: ShipDesign, hull: Hull, set_kw: float | None) -> tuple[Floats, Floats]:
    """Return speed and propulsion power by the hull, its draught and the depth."""
    if reaches.keel_m is None and float(reaches.depth_m.min()) <= hull.draught_m:
        period, reach = (int(number) for number in np.argwhere(reaches.depth_m <= hull.draught_m)[0])
        raise DataError(
            f"reach '{reaches.names[reach]}' to '{reaches.names[reach + 1]}': {reaches.depth_m[period, reach]:g} m "
            f"deep, but vessel class '{design.vessel_class}' draws {hull.draught_m:g} m. Raise depth_m or load less."
        )
    speed, power = np.empty(reaches.depth_m.shape), np.empty(reaches.depth_m.shape)
    sections = _sections_of(reaches, hull)
    if set_kw is None:
        found = [_at_speed(hull, depth, width, float(design.water_speed_km_h or 0.0)) for width, depth in sections]
    else:
        found = [(reached, set_kw) for reached in _speeds_at(hull, sections, set_kw)]
    for alike, values in zip(reaches.sections.values(), found, strict=True):
        speed[alike], power[alike] = values
    return speed, power


def _sections_of(reaches: Reaches, hull: Hull) -> Sections:
    """Return width and depth of the sections of a waterway as a hull meets them."""
    # Many reaches and months share a width and depth: the resistance is worked out once for each pair.
    return tuple(
        # who keeps water under the keel loads for it: in shallower water the vessel is only if it fell under way
        (width, depth if reaches.keel_m is None else max(depth, _LEAST_AFLOAT * hull.draught_m))
        for width, depth in reaches.sections
    )


# A year of months times classes and loads asks for the same few hundred pairs in every replication of a process.
@functools.lru_cache(maxsize=65_536)
def _at_speed(hull: Hull, depth_m: float, width_m: float | None, wanted_km_h: float) -> tuple[float, float]:
    """Return speed and propulsion power of a hull that holds a speed on a depth as far as it can."""
    speed = min(wanted_km_h, float(top_speed_km_h(hull, depth_m=depth_m, width_m=width_m)))
    return speed, float(brake_kw(hull, speed, depth_m=depth_m, width_m=width_m))


def _speeds_at(hull: Hull, sections: Sections, set_kw: float) -> tuple[float, ...]:
    """Return the speeds that a power gives a hull in sections of the water, each a width and a depth."""
    known = _speeds.get((hull, sections, set_kw))
    return _work_out([(hull, sections, set_kw)])[0] if known is None else known


def _work_out(asked: Sequence[tuple[Hull, Sections, float]]) -> list[tuple[float, ...]]:
    """Return the speeds of hulls in sections of the water of the same widths, and keep them; see `_speeds_at`."""
    if len(_speeds) + len(asked) > _KEPT_SPEEDS:
        _speeds.clear()
    hulls, every, powers = zip(*asked, strict=True)
    widths = [width for width, _ in every[0]]
    found = [[math.nan] * len(widths) for _ in hulls]
    for bounded in (True, False):
        alike = [place for place, width in enumerate(widths) if (width is not None) == bounded]
        if not alike:
            continue
        depths = [[sections[place][1] for place in alike] for sections in every]
        known = [width for width in widths if width is not None] if bounded else None
        curves = PowerCurve.of_sections(hulls, depths_m=depths, widths_m=known)
        for speeds, own, set_kw in zip(found, curves, powers, strict=True):
            for place, curve in zip(alike, own, strict=True):
                speeds[place] = float(curve.speed(set_kw))
    speeds_of = [tuple(speeds) for speeds in found]
    _speeds.update(zip(asked, speeds_of, strict=True))
    return speeds_of


_KEPT_SPEEDS: Final = 4_096
_speeds: dict[tuple[Hull, Sections, float], tuple[float, ...]] = {}
"""Speeds in sections by hull and power: hulls alike with other engines, and points that move what no hull rests on, ask
for the same again."""
