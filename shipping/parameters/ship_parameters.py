"""Parameters of vessels: hull and hotel load, engines, the tanks of the LNG fleet."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Final

from shipping.parameters.county_river import figure_or, has_figure, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from data.county import County

BURNT: Final = ("diesel", "lng")
"""Fuels that ships burn."""


@dataclass(frozen=True, eq=False, slots=True)
class EngineParameters:
    """Engines of the fuels that are burnt.

    Attributes
    ----------
    sfc_kg_kwh : mapping of str to float
        Specific fuel consumption at the best load of engines of the reference years, by fuel, kg/kWh.
    built_year : mapping of str to int
        Mean year of build of the engines, by fuel.
    ages : polars.DataFrame
        ``from_year, sfc_factor``, see `shipping.ships.engines.age_factor`; may have no rows.
    slip_exponent, slip_reference_load : float
        How methane slip rises at part load: `shipping.ships.engines.slip_factor`.
    """

    sfc_kg_kwh: Mapping[str, float]
    built_year: Mapping[str, int]
    ages: pl.DataFrame
    slip_exponent: float = 0.0
    slip_reference_load: float = 1.0

    @classmethod
    def from_county(cls, county: County) -> EngineParameters:
        """Return figures ``river.sfc_<fuel>_kg_kwh`` and ``river.engine_year_<fuel>``, table ``engine_ages``."""
        return cls(
            {fuel: county.figure(f"river.sfc_{fuel}_kg_kwh") for fuel in BURNT},
            {fuel: round(county.figure(f"river.engine_year_{fuel}")) for fuel in BURNT},
            rows_of(county, "engine_ages"),
            figure_or(county, "river.slip_load_exponent", 0.0),
            figure_or(county, "river.slip_reference_load", 1.0),
        )


@dataclass(frozen=True, slots=True)
class HullForm:
    """Form and propulsion of a county's hulls; None: as `shipping.ships.hulls.Hull` takes them.

    Attributes
    ----------
    block : float, optional
        Block coefficient of classes that state none.
    screws : int, optional
        Propellers.
    propeller_m : float, optional
        Their diameter, m.
    open_water, rotative, shaft, gear : float, optional
        Efficiencies of the propeller in open water and behind the hull, of shaft and gearbox.
    """

    block: float | None = None
    screws: int | None = None
    propeller_m: float | None = None
    open_water: float | None = None
    rotative: float | None = None
    shaft: float | None = None
    gear: float | None = None

    @classmethod
    def from_county(cls, county: County) -> HullForm:
        """Return the figures ``river.hull_<name>`` that a county has."""
        names = [column.name for column in fields(cls)]
        found = {name: _optional(county, f"river.hull_{name}") for name in names}
        screws = found.pop("screws")
        return cls(**found, screws=None if screws is None else round(screws))


def _optional(county: County, key: str) -> float | None:
    """Return a figure, None where the county has none."""
    return county.figure(key) if has_figure(county, key) else None


@dataclass(frozen=True, eq=False, slots=True)
class ShipParameters:
    """What all vessel classes share.

    Attributes
    ----------
    empty_draught_share : float
        Draught of an empty vessel over that of a full one.
    service_margin_share : float
        What wind, fouling and bends add to the propulsion power of calm water.
    shore_power_share : float
        Share of the hours in port on shore power.
    engines : EngineParameters
        Consumption of their engines.
    form : HullForm
        Form and propulsion of their hulls.
    speed_depth_m : float, optional
        Water in which the classes make their speed at the power that they set and hold, m. None: they hold their speed.
    most_share : float, optional
        Share of the installed power that a master sets at most.
    """

    empty_draught_share: float
    service_margin_share: float
    shore_power_share: float
    engines: EngineParameters
    form: HullForm = HullForm()
    speed_depth_m: float | None = None
    most_share: float | None = None

    @classmethod
    def from_county(cls, county: County) -> ShipParameters:
        """Return the figures ``river.*`` of those names."""
        return cls(
            county.figure("river.empty_draught_share"),
            county.figure("river.service_margin_share"),
            county.figure("river.shore_power_share"),
            EngineParameters.from_county(county),
            HullForm.from_county(county),
            _optional(county, "river.speed_depth_m"),
            _optional(county, "river.engine_most_share"),
        )


@dataclass(frozen=True, slots=True)
class TankParameters:
    """Tanks of LNG vessels and when their masters bunker.

    Attributes
    ----------
    density_t_m3 : float
        Density of LNG, t/m3.
    fill_max_share : float
        Level up to which a tank may be filled, of its volume.
    reserve_share : float
        Level that a vessel must not fall below before the next station: it has to bunker.
    may_share : float
        Level below which it bunkers where that is easy.
    may_queue, max_queue : int
        Vessels in the queue behind which it still joins when it may, and when it has to.
    patience_h : float
        How long it waits in the queue, h.
    """

    density_t_m3: float
    fill_max_share: float
    reserve_share: float
    may_share: float
    may_queue: int
    max_queue: int
    patience_h: float

    @classmethod
    def from_county(cls, county: County) -> TankParameters:
        """Return the figures ``river.*`` of those names."""
        return cls(
            county.figure("river.lng_density_t_m3"),
            county.figure("river.tank_fill_max"),
            county.figure("river.reserve_share"),
            county.figure("river.may_share"),
            int(county.figure("river.may_queue")),
            int(county.figure("river.max_queue")),
            county.figure("river.patience_h"),
        )

    def columns(self) -> dict[str, float]:
        """Return what they say of every vessel that bunkers, by column of `shipping.schemas.Fleet`."""
        return asdict(self)
