"""Parameters of ports: bunkering stations, cargo terminals, shore charging, boxes, hydrogen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from data.errors import DataError
from shipping.parameters.anchors import Anchors
from shipping.parameters.carbon_parameters import lock_wait
from shipping.parameters.county_river import figure_or, has_figure

if TYPE_CHECKING:
    from data.county import County

_TERMINAL_YEARS: Final = (2026, 2030)
_ELECTRIC_YEARS: Final = (2025, 2030)


@dataclass(frozen=True, slots=True)
class StationParameters:
    """What the LNG stations of a county have in common; fields are columns of `shipping.schemas.Supply`.

    Attributes
    ----------
    mooring_min, precool_min, purge_min : float
        Times of a call besides pumping, min.
    fill_max_share, heel_share : float
        Highest and lowest level of the tank, of its volume.
    truck_m3 : float
        Load of a truck, m3.
    truck_lead_h, truck_lead_cv : float
        Mean time from order to arrival, h, and its coefficient of variation.
    truck_unload_min : float
        Time that a truck unloads, min.
    unload_alone : bool
        Whether no vessel may bunker while a truck unloads.
    boil_off_share_per_day : float
        Share of the level that is lost in a day.
    density_t_m3 : float
        Density of LNG, t/m3.
    unload_open_h, unload_close_h : float, optional
        Hours in which deliveries unload; None: all.
    unload_weather_stop : bool, optional
        Whether fog and flood stop unloading too.
    """

    mooring_min: float
    precool_min: float
    purge_min: float
    fill_max_share: float
    heel_share: float
    truck_m3: float
    truck_lead_h: float
    truck_lead_cv: float
    truck_unload_min: float
    unload_alone: bool
    boil_off_share_per_day: float
    density_t_m3: float
    unload_open_h: float | None = None
    unload_close_h: float | None = None
    unload_weather_stop: bool | None = None

    @classmethod
    def from_county(cls, county: County) -> StationParameters:
        """Return the figures ``river.mooring_min``, ``river.truck_*`` and so on; a truck's payload becomes m3."""
        density = county.figure("river.lng_density_t_m3")
        return cls(
            county.figure("river.mooring_min"),
            county.figure("river.precool_min"),
            county.figure("river.purge_min"),
            county.figure("river.tank_fill_max"),
            county.figure("river.tank_heel_share"),
            county.figure("river.truck_payload_t") / density,
            county.figure("river.truck_lead_h"),
            county.figure("river.truck_lead_cv"),
            county.figure("river.truck_unload_min"),
            county.figure("river.unload_alone") > 0.0,
            county.figure("river.boil_off_share_per_day"),
            density,
            figure_or(county, "river.unload_open_h", 0.0),
            figure_or(county, "river.unload_close_h", 24.0),
            figure_or(county, "river.unload_weather_stop", 0.0) > 0.0,
        )


@dataclass(frozen=True, slots=True)
class BargeParameters:
    """Supply of a station by barge; fields are columns of `shipping.schemas.Supply`.

    Attributes
    ----------
    truck_m3 : float
        Load of a barge, m3.
    truck_lead_h, truck_lead_cv : float
        Mean time from order to arrival, h, and its coefficient of variation.
    truck_unload_min : float
        Time that it unloads, min.
    delivery_interval_h : float
        Time between two calls of its timetable, h.
    """

    truck_m3: float
    truck_lead_h: float
    truck_lead_cv: float
    truck_unload_min: float
    delivery_interval_h: float

    @classmethod
    def from_county(cls, county: County) -> BargeParameters | None:
        """Return the figures ``river.barge_*``; None where the county has none."""
        if not has_figure(county, "river.barge_m3"):
            return None
        names = ("m3", "lead_h", "lead_cv", "unload_min", "interval_h")
        return cls(*(county.figure(f"river.barge_{name}") for name in names))


@dataclass(frozen=True, slots=True)
class TerminalParameters:
    """Cargo terminals.

    Attributes
    ----------
    cargo_share : float
        Cargo of a call over the berth's deadweight.
    handling_cv : float
        Coefficient of variation of the handling time.
    mooring_min : float
        Berthing and casting off together, min.
    use_share : Anchors
        Throughput over design capacity, by year.
    """

    cargo_share: float
    handling_cv: float
    mooring_min: float
    use_share: Anchors

    @classmethod
    def from_county(cls, county: County) -> TerminalParameters:
        """Return the figures ``river.terminal_*``."""
        return cls(
            county.figure("river.terminal_cargo_share"),
            county.figure("river.terminal_handling_cv"),
            county.figure("river.terminal_mooring_min"),
            Anchors.from_county(county, "river.terminal_use_share", _TERMINAL_YEARS),
        )


@dataclass(frozen=True, slots=True)
class BatteryVesselParameters:
    """Battery vessels and their trips.

    Attributes
    ----------
    vessels : Anchors
        Vessels that call in the county, by year.
    trips_per_day : float
        Trips of a vessel in a day.
    from_km, trip_km : float
        Upper end of a trip by chainage, and its length, km.
    drive_efficiency : float
        Energy at the shaft over energy that the battery gives.
    reserve_share : float
        Charge that stays in the battery.
    charger_kw : float
        Power that a vessel accepts whose own data do not say, kW.
    lock_h : Anchors
        Wait at each lock on the way, h, by year.
    """

    vessels: Anchors
    trips_per_day: float
    from_km: float
    trip_km: float
    drive_efficiency: float
    reserve_share: float
    charger_kw: float
    lock_h: Anchors

    @classmethod
    def from_county(cls, county: County) -> BatteryVesselParameters:
        """Return the figures ``river.electric_*``, ``river.reserve_share`` and ``charging.efficiency_dc``.

        Raises
        ------
        DataError
            If the whole chain from the shore meter to the shaft loses less than its charger alone.
        """
        # The chain has three links: charger, battery and drive. What the charger loses is booked where it charges.
        chain, charger = county.figure("river.electric_efficiency"), county.figure("charging.efficiency_dc")
        if chain > charger:
            raise DataError(
                f"river.electric_efficiency: got {chain:g}, shaft over shore meter; expected at most "
                f"charging.efficiency_dc, {charger:g}, which is a part of it."
            )
        return cls(
            Anchors.from_county(county, "river.electric_vessels", _ELECTRIC_YEARS),
            county.figure("river.electric_trips_per_day"),
            county.figure("river.electric_from_km"),
            county.figure("river.electric_trip_km"),
            chain / charger,
            county.figure("river.reserve_share"),
            county.figure("river.electric_charger_kw"),
            lock_wait(county),
        )


@dataclass(frozen=True, slots=True)
class ShoreParameters:
    """Shore chargers of a terminal, and the boxes that may be swapped there instead.

    Attributes
    ----------
    chargers : int
        Chargers.
    charger_kw, transformer_kw : float
        Power of a charger, and of the transformer before all of them, kW.
    efficiency : float
        Energy into a battery over energy at the meter.
    box_kwh : float
        Energy of a battery box, kWh.
    box_spares : int
        Boxes ashore.
    swap_min : float
        Crane time for a box, min.
    """

    chargers: int
    charger_kw: float
    transformer_kw: float
    efficiency: float
    box_kwh: float
    box_spares: int
    swap_min: float

    @classmethod
    def from_county(cls, county: County) -> ShoreParameters:
        """Return the figures ``river.electric_charger*``, ``river.box_*`` and ``charging.efficiency_dc``."""
        return cls(
            round(county.figure("river.electric_chargers")),
            county.figure("river.electric_charger_kw"),
            county.figure("river.electric_transformer_kw"),
            county.figure("charging.efficiency_dc"),
            county.figure("river.box_kwh"),
            round(county.figure("river.box_spares")),
            county.figure("river.box_swap_min"),
        )


@dataclass(frozen=True, slots=True)
class HydrogenParameters:
    """Hydrogen vessels.

    Attributes
    ----------
    cell_kw : float
        Electric power of the fuel cell at `speed_km_h`, kW.
    speed_km_h : float
        Speed that it gives, km/h.
    cell_efficiency : float
        Electric energy of the fuel cell over the lower heating value.
    tank_kg : float
        Hydrogen on board, kg.
    trailer_kg : float
        Load of a tube trailer, kg.
    """

    cell_kw: float
    speed_km_h: float
    cell_efficiency: float
    tank_kg: float
    trailer_kg: float

    @classmethod
    def from_county(cls, county: County) -> HydrogenParameters:
        """Return the figures ``river.hydrogen_*`` and ``river.fuel_cell_efficiency``."""
        return cls(
            county.figure("river.hydrogen_cell_kw"),
            county.figure("river.hydrogen_speed_km_h"),
            county.figure("river.fuel_cell_efficiency"),
            county.figure("river.hydrogen_tank_kg"),
            county.figure("river.hydrogen_trailer_kg"),
        )
