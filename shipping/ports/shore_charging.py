"""Battery vessels at their terminal: shore charging beside swapping of boxes; hydrogen by trailer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

import charging
from data.arrays import DAY_MIN
from data.errors import DataError
from data.streams import stream
from shipping.parameters.county_river import river_table
from shipping.parameters.port_parameters import BatteryVesselParameters, HydrogenParameters, ShoreParameters
from shipping.ships.brake_power import brake_kw
from shipping.ships.hulls import Hull

if TYPE_CHECKING:
    from data.county import County

HYDROGEN_KWH_KG: Final = 33.33
"""Lower heating value of hydrogen, kWh per kg: a constant of nature."""


def electric_calls(county: County, *, year: int, days: int, seed: int, depth_m: float | None = None) -> pl.DataFrame:
    """Draw the calls of battery vessels at their terminal, as charging requests.

    The fleet is linear between ``river.electric_vessels_2025`` and ``..._2030``. Each vessel calls
    ``river.electric_trips_per_day`` times a day, and has sailed ``river.electric_trip_km`` at its class's speed; what
    it needs follows from its hull (`shipping.ships.hulls`), hotel load and the electric drive's efficiency, at most
    what its battery gives above the reserve. The water is ``river.electric_depth_m`` deep, or `depth_m`.

    Returns
    -------
    polars.DataFrame
        Columns of the request table of `charging.simulate`.

    Raises
    ------
    DataError
        The county has no river, or no electric vessel class with a battery.
    """
    classes = river_table(county, "vessel_classes")
    parameters = BatteryVesselParameters.from_county(county)
    if depth_m is not None:
        parameters = replace(parameters, depth_m=depth_m)
    return draw_electric_calls(classes, parameters, year=year, days=days, seed=seed)


class BatteryClass(NamedTuple):
    """A class of battery vessels: hull in m, speed through the water, hotel load, battery."""

    vessel_class: str
    length_m: float
    beam_m: float
    draught_m: float
    water_speed_km_h: float
    hotel_kw: float
    battery_kwh: float


def battery_classes(classes: pl.DataFrame) -> list[BatteryClass]:
    """Return the battery vessels of a table of vessel classes.

    Raises
    ------
    DataError
        If it has none.
    """
    table = classes.filter((pl.col("fuel") == "electric") & (pl.col("battery_kwh") > 0.0))
    if not table.height:
        raise DataError("vessel_classes: no class with fuel 'electric' and a battery_kwh.")
    return [BatteryClass._make(row) for row in table.select(BatteryClass._fields).iter_rows()]


def draw_electric_calls(
    classes: pl.DataFrame, parameters: BatteryVesselParameters, *, year: int, days: int, seed: int
) -> pl.DataFrame:
    """Draw the calls of battery vessels from a table of vessel classes; see `electric_calls`."""
    kinds = battery_classes(classes)
    rng = stream(seed, "shipping", "electric")
    # one Poisson process for the fleet: its mean is what the vessels need together, no call belongs to one of them
    count = int(rng.poisson(parameters.vessels.at(year) * parameters.trips_per_day * days))
    chosen = rng.integers(len(kinds), size=count)
    need = []
    for kind in kinds:
        hull = Hull(kind.length_m, kind.beam_m, kind.draught_m)
        power = float(brake_kw(hull, kind.water_speed_km_h, depth_m=parameters.depth_m)) + kind.hotel_kw
        # hours by the speed through the water: the trip has no current of its own
        used = power * parameters.trip_km / kind.water_speed_km_h / parameters.efficiency
        # A way that the battery does not last for has been charged for on the way: here it fills up from the reserve.
        need.append(min(used, (1.0 - parameters.reserve_share) * kind.battery_kwh))
    energy = np.array(need)[chosen] if count else np.zeros(0)
    size = np.array([kind.battery_kwh for kind in kinds])[chosen] if count else np.zeros(0)
    return pl.DataFrame(
        {
            "request_id": np.arange(count),
            # sorted after drawing, so that request ids go by time
            "arrive_min": np.sort(rng.uniform(0.0, DAY_MIN * days, count)),
            "origin": [None] * count,
            "current": ["dc"] * count,
            "energy_kwh": energy,
            "accept_kw": np.full(count, parameters.charger_kw),
            "vehicle_class": [kinds[int(number)].vessel_class for number in chosen],
            "battery_kwh": size,
            "soc_start": 1.0 - energy / size,
        },
        schema={
            "request_id": pl.Int64,
            "arrive_min": pl.Float64,
            "origin": pl.String,
            "current": pl.String,
            "energy_kwh": pl.Float64,
            "accept_kw": pl.Float64,
            "vehicle_class": pl.String,
            "battery_kwh": pl.Float64,
            "soc_start": pl.Float64,
        },
    ).with_columns(
        patience_min=pl.lit(None, pl.Float64), max_queue=pl.lit(None, pl.Int64), overstay_min=pl.lit(None, pl.Float64)
    )


def shore_layout(county: County, *, chargers: int | None = None) -> pl.DataFrame:
    """Return the shore chargers of a terminal as a charging layout behind their transformer."""
    shore = ShoreParameters.from_county(county)
    return charger_layout(shore if chargers is None else replace(shore, chargers=chargers))


def charger_layout(shore: ShoreParameters) -> pl.DataFrame:
    """Return shore chargers as a charging layout."""
    return pl.DataFrame(
        {
            "station_id": ["shore"],
            "group_id": ["berth"],
            "current": ["dc"],
            "pile_kw": [shore.charger_kw],
            "piles": [shore.chargers],
            "guns_per_pile": [1],
            "sharing": ["exclusive"],
            "transformer_kw": [shore.transformer_kw],
        }
    )


def box_station(county: County, requests: pl.DataFrame, *, spares: int | None = None) -> pl.DataFrame:
    """Return the swap station of battery boxes: sets of boxes as large as the mean vessel's battery.

    ``spares`` boxes make as many sets as they fill; the same chargers and transformer as ashore charge them.
    """
    shore = ShoreParameters.from_county(county)
    return box_swap_station(shore if spares is None else replace(shore, box_spares=spares), requests)


def box_swap_station(shore: ShoreParameters, requests: pl.DataFrame) -> pl.DataFrame:
    """Return the swap station of battery boxes for requests; see `box_station`."""
    battery = float(requests["battery_kwh"].to_numpy().mean()) if requests.height else shore.box_kwh
    # whole boxes per set, at least one
    each = max(1, round(battery / shore.box_kwh))
    return pl.DataFrame(
        {
            "station_id": ["boxes"],
            "bays": [1],
            "batteries": [max(1, shore.box_spares // each)],
            "chargers": [shore.chargers],
            "charger_kw": [shore.charger_kw],
            "battery_kwh": [battery],
            "swap_min": [shore.swap_min],
            "ready_soc": [1.0],
            "efficiency": [shore.efficiency],
            "limit_kw": [shore.transformer_kw],
        }
    )


def charging_against_swapping(
    county: County, requests: pl.DataFrame, *, chargers: int | None = None, spares: int | None = None
) -> pl.DataFrame:
    """Return shore charging beside swapping of boxes for the same vessels, as `charging.compare_swapping`."""
    shore = ShoreParameters.from_county(county)
    shore = shore if spares is None else replace(shore, box_spares=spares)
    more = shore if chargers is None else replace(shore, chargers=chargers)
    # the same efficiency for both ways, or the comparison would be one of chargers
    charged = charging.simulate(charger_layout(more), requests, behaviour={"efficiency_dc": shore.efficiency})
    swapped = charging.simulate_swaps(box_swap_station(shore, requests), requests)
    return charging.compare_swapping(swapped, charged.sessions, charged.load)


def hydrogen_trailers(county: County, *, vessels: int, km_per_day: float) -> dict[str, float]:
    """Return what hydrogen vessels need: mass and trailers per day, and the electricity that their cells give.

    Raises
    ------
    DataError
        A negative number of vessels or distance.
    """
    if vessels < 0 or km_per_day < 0.0:
        raise DataError(f"hydrogen: {vessels} vessels and {km_per_day} km a day; expected 0 or more.")
    parameters = HydrogenParameters.from_county(county)
    mass = vessels * km_per_day * parameters.kg_per_km
    return {
        "kg_per_day": mass,
        "trailers_per_day": mass / parameters.trailer_kg,
        "electric_kwh_per_day": mass * HYDROGEN_KWH_KG * parameters.cell_efficiency,
    }
