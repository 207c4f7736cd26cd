"""Battery vessels at their terminal: shore charging beside swapping of boxes; hydrogen by trailer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

import charging
from data.arrays import DAY_MIN
from data.errors import DataError
from data.streams import stream
from shipping.ships.brake_power import brake_kw
from shipping.ships.hulls import Hull

if TYPE_CHECKING:
    from data.county import County

_RESERVE: Final = "river.reserve_share"
HYDROGEN_KWH_KG: Final = 33.33
"""Lower heating value of hydrogen, kWh per kg: a constant of nature."""


def electric_calls(county: County, *, year: int, days: int, seed: int, depth_m: float = 6.0) -> pl.DataFrame:
    """Draw the calls of battery vessels at their terminal, as charging requests.

    The fleet is linear between ``river.electric_vessels_2025`` and ``..._2030``. Each vessel calls
    ``river.electric_trips_per_day`` times a day, and has sailed ``river.electric_trip_km`` at its class's speed; what
    it needs follows from its hull (`shipping.ships.hulls`), hotel load and the electric drive's efficiency, at most
    what its battery gives above the reserve.

    Returns
    -------
    polars.DataFrame
        Columns of the request table of `charging.simulate`.

    Raises
    ------
    DataError
        No electric vessel class with a battery.
    """
    figure = county.figure
    classes = county.vessel_classes.filter((pl.col("fuel") == "electric") & (pl.col("battery_kwh") > 0.0))
    if not classes.height:
        raise DataError("vessel_classes: no class with fuel 'electric' and a battery_kwh.")
    vessels = float(np.interp(year, (2025, 2030), [figure(f"river.electric_vessels_{at}") for at in (2025, 2030)]))
    rng = stream(seed, "shipping", "electric")
    count = int(rng.poisson(vessels * figure("river.electric_trips_per_day") * days))
    chosen = rng.integers(classes.height, size=count)
    need, battery = [], []
    for row in classes.iter_rows(named=True):
        hull = Hull(row["length_m"], row["beam_m"], row["draught_m"])
        power = float(brake_kw(hull, row["water_speed_km_h"], depth_m=depth_m)) + row["hotel_kw"]
        used = power * figure("river.electric_trip_km") / row["water_speed_km_h"] / figure("river.electric_efficiency")
        battery.append(row["battery_kwh"])
        need.append(min(used, (1.0 - figure(_RESERVE)) * row["battery_kwh"]))
    energy = np.array(need)[chosen] if count else np.zeros(0)
    size = np.array(battery)[chosen] if count else np.zeros(0)
    return pl.DataFrame(
        {
            "request_id": np.arange(count),
            "arrive_min": np.sort(rng.uniform(0.0, DAY_MIN * days, count)),
            "origin": [None] * count,
            "current": ["dc"] * count,
            "energy_kwh": energy,
            "accept_kw": np.full(count, figure("river.electric_charger_kw")),
            "vehicle_class": [classes["vessel_class"][int(at)] for at in chosen],
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
    count = round(county.figure("river.electric_chargers")) if chargers is None else chargers
    return pl.DataFrame(
        {
            "station_id": ["shore"],
            "group_id": ["berth"],
            "current": ["dc"],
            "pile_kw": [county.figure("river.electric_charger_kw")],
            "piles": [count],
            "guns_per_pile": [1],
            "sharing": ["exclusive"],
            "transformer_kw": [county.figure("river.electric_transformer_kw")],
        }
    )


def box_station(county: County, requests: pl.DataFrame, *, spares: int | None = None) -> pl.DataFrame:
    """Return the swap station of battery boxes: sets of boxes as large as the mean vessel's battery.

    ``spares`` boxes make as many sets as they fill; the same chargers and transformer as ashore charge them.
    """
    figure = county.figure
    boxes = round(figure("river.box_spares")) if spares is None else spares
    battery = float(requests["battery_kwh"].to_numpy().mean()) if requests.height else figure("river.box_kwh")
    each = max(1, round(battery / figure("river.box_kwh")))
    return pl.DataFrame(
        {
            "station_id": ["boxes"],
            "bays": [1],
            "batteries": [max(1, boxes // each)],
            "chargers": [round(figure("river.electric_chargers"))],
            "charger_kw": [figure("river.electric_charger_kw")],
            "battery_kwh": [battery],
            "swap_min": [figure("river.box_swap_min")],
            "ready_soc": [1.0],
            "efficiency": [figure("charging.efficiency_dc")],
            "limit_kw": [figure("river.electric_transformer_kw")],
        }
    )


def charging_against_swapping(
    county: County, requests: pl.DataFrame, *, chargers: int | None = None, spares: int | None = None
) -> pl.DataFrame:
    """Return shore charging beside swapping of boxes for the same vessels, as `charging.compare_swapping`."""
    efficiency = {"efficiency_dc": county.figure("charging.efficiency_dc")}
    charged = charging.simulate(shore_layout(county, chargers=chargers), requests, behaviour=efficiency)
    swapped = charging.simulate_swaps(box_station(county, requests, spares=spares), requests)
    return charging.compare_swapping(swapped, charged.sessions, charged.load)


def hydrogen_trailers(county: County, *, vessels: int, km_per_day: float) -> dict[str, float]:
    """Return what hydrogen vessels need: mass and trailers a day, and the electricity that their cells give.

    Raises
    ------
    DataError
        A negative number of vessels or distance.
    """
    if vessels < 0 or km_per_day < 0.0:
        raise DataError(f"hydrogen: {vessels} vessels and {km_per_day} km a day; expected 0 or more.")
    mass = vessels * km_per_day * county.figure("river.hydrogen_kg_per_km")
    return {
        "kg_per_day": mass,
        "trailers_per_day": mass / county.figure("river.hydrogen_trailer_kg"),
        "electric_kwh_per_day": mass * HYDROGEN_KWH_KG * county.figure("river.fuel_cell_efficiency"),
    }
