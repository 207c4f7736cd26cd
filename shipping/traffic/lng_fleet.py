"""The LNG fleet that sails round trips past the county and bunkers on the way; and the vessels' table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import DataError
from data.streams import stream
from data.tables.validate import validate
from shipping.ports.open_stations import stations
from shipping.river.reaches import Reaches
from shipping.river.waterway import waterway
from shipping.schemas import Fleet
from shipping.ships.engines import age_factor
from shipping.ships.propulsion import ShipDesign
from shipping.ships.sailing import Sailing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.county import County

HOURS_A_MONTH = 365.0 * 24.0 / 12.0
SFC_KEYS = {"diesel": "river.sfc_diesel_kg_kwh", "lng": "river.sfc_lng_kg_kwh"}
CLASS_COLUMNS = (
    "vessel_class",
    "fuel",
    "dwt_t",
    "length_m",
    "beam_m",
    "draught_m",
    "installed_kw",
    "water_speed_km_h",
    "hotel_kw",
)


def vessels(county: County, *, year: int, seed: int) -> pl.DataFrame:
    """Return the vessels that `simulate` needs: the cycling LNG fleet and a row a class of through traffic.

    The level of a cycling vessel's tank at the start is what it left the last station with, drawn between the mark
    below which it bunkers and full, less what it has burnt since.

    Parameters
    ----------
    county : data.County
        Tables ``vessel_classes``, ``lng_stations`` and figures ``river.*``.
    year : int
        Year of the fleet.
    seed : int
        Seed of the replication; the same as that of `voyages`.

    Returns
    -------
    polars.DataFrame
        Columns of `shipping.schemas.Fleet`.

    Raises
    ------
    DataError
        See `round_trips`.
    """
    trips = round_trips(county, year=year, seed=seed)
    mark, full = county.figure("river.may_share"), county.figure("river.tank_fill_max")
    reserve = county.figure("river.reserve_share")
    tank = trips.classes["tank_m3"].to_numpy()[trips.choice]
    drawn = stream(seed, "shipping", "cycling tank").uniform(mark, full, trips.choice.size)
    level = np.maximum(drawn * tank - _burnt_since_station(county, trips, year), reserve * tank)
    classes = fleet_classes(county)
    own = trips.classes.select("vessel_class", "tank_m3").join(classes, on="vessel_class", maintain_order="left")
    cycling = own[trips.choice].with_columns(
        vessel_id=pl.Series(trips.names, dtype=pl.String),
        kind=pl.lit("cycling"),
        tank_start_m3=level,
        density_t_m3=pl.lit(county.figure("river.lng_density_t_m3")),
        fill_max_share=pl.lit(full),
        reserve_share=pl.lit(reserve),
        may_share=pl.lit(mark),
        may_queue=pl.lit(int(county.figure("river.may_queue"))),
        max_queue=pl.lit(int(county.figure("river.max_queue"))),
        patience_h=pl.lit(county.figure("river.patience_h")),
    )
    passing = county.vessel_classes.filter(pl.col("passage_share") > 0.0).select("vessel_class")
    through = passing.join(classes, on="vessel_class", maintain_order="left").with_columns(
        vessel_id="through-" + pl.col("vessel_class"), kind=pl.lit("through")
    )
    return validate(pl.concat([cycling, through], how="diagonal"), Fleet, table="vessels")


def fleet_classes(county: County) -> pl.DataFrame:
    """Return the vessel classes with what `shipping.schemas.Fleet` needs of each: hull, engine, hotel load."""
    consumption = pl.col("fuel").replace_strict(sfc_by_fuel(county), default=0.0, return_dtype=pl.Float64)
    return county.vessel_classes.select(
        *CLASS_COLUMNS,
        empty_draught_m=pl.col("draught_m") * county.figure("river.empty_draught_share"),
        margin_share=pl.lit(county.figure("river.service_margin_share")),
        port_hotel_share=pl.lit(1.0 - county.figure("river.shore_power_share")),
        sfc_kg_kwh=consumption,
    )


def sfc_by_fuel(county: County) -> dict[str, float]:
    """Return the specific fuel consumption in kg/kWh at the best load of the fuels that are burnt.

    The figure of the fuel times the factor of the year ``river.engine_year_<fuel>`` in which its engines were built
    (`shipping.ships.engines`).
    """
    return {
        fuel: county.figure(key)
        * float(age_factor(county.engine_ages, round(county.figure(f"river.engine_year_{fuel}"))))
        for fuel, key in SFC_KEYS.items()
    }


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """The cycling fleet: class, place in the round trip at minute 0, and the times of the round trip.

    A round trip is down sailing, a stay below, up sailing, a stay above, in this order.

    Attributes
    ----------
    names : list of str
        Vessel ids.
    classes : polars.DataFrame
        Classes of the fleet, rows of ``vessel_classes``.
    choice : numpy.ndarray
        Row of `classes` of each vessel.
    phase_h : numpy.ndarray
        Hours since the start of its round trip, by vessel.
    down_h, up_h, stay_h : numpy.ndarray
        Sailing hours each way and mean stay at each end, by row of `classes`.
    top_km, bottom_km : float
        Ends of the trips.
    """

    names: list[str]
    classes: pl.DataFrame
    choice: NDArray[np.int64]
    phase_h: NDArray[np.float64]
    down_h: NDArray[np.float64]
    up_h: NDArray[np.float64]
    stay_h: NDArray[np.float64]
    top_km: float
    bottom_km: float


def fleet_size(county: County, year: int) -> int:
    """Return the number of cycling LNG vessels in a year: the base year's, grown or shrunk by its yearly rate."""
    years = year - int(county.figure("river.base_year"))
    growth = 1.0 + county.figure("river.lng_fleet_growth_share_per_year")
    return round(county.figure("river.lng_fleet_vessels") * growth**years)


def round_trips(county: County, *, year: int, seed: int) -> RoundTrips:
    """Draw the cycling fleet and where each vessel is at minute 0.

    Sailing times are those of the mean current of the year; the stays at the ends fill the rest of the round trip.

    Raises
    ------
    DataError
        If there is no LNG class with a tank, an end lies off the waterway, or a round trip at the table's rate is
        shorter than its sailing.
    """
    classes = county.vessel_classes.filter((pl.col("fuel") == "lng") & (pl.col("tank_m3") > 0.0))
    if not classes.height:
        raise DataError("vessel_classes: no class with fuel 'lng' and a tank_m3; the cycling fleet needs one.")
    top, bottom = county.figure("river.trip_from_km"), county.figure("river.trip_to_km")
    reaches = Reaches.from_graph(waterway(county))
    for key, at in (("river.trip_from_km", top), ("river.trip_to_km", bottom)):
        if not reaches.covers(at):
            ends = f"{reaches.chainage_km[0]:g} to {reaches.chainage_km[-1]:g} km"
            raise DataError(f"{key}: got {at:g} km; expected {ends}. Add a node to river_nodes or move the end.")
    speeds = classes["water_speed_km_h"].to_list()
    down = np.asarray([float(reaches.hours(top, bottom, speed)) for speed in speeds])
    up = np.asarray([float(reaches.hours(bottom, top, speed)) for speed in speeds])
    period = HOURS_A_MONTH / county.figure("river.round_trips_per_month")
    if np.any(down + up >= period):
        worst = int(np.argmax(down + up))
        raise DataError(
            f"river.round_trips_per_month: a round trip takes {period:.0f} h, but vessel class "
            f"'{classes['vessel_class'][worst]}' sails {down[worst] + up[worst]:.0f} h. Lower the round trips."
        )
    count = fleet_size(county, year)
    weight = classes["passage_share"].fill_null(0.0).to_numpy()
    weight = weight if weight.sum() > 0.0 else np.ones(classes.height)
    drawn = stream(seed, "shipping", "cycling class").uniform(size=count)
    choice = np.searchsorted(np.cumsum(weight / weight.sum()), drawn, side="right")
    choice = np.minimum(choice, classes.height - 1)
    phase = stream(seed, "shipping", "cycling phase").uniform(0.0, period, count)
    names = [f"lng-{number:03d}" for number in range(1, count + 1)]
    stay = (period - down - up) / 2.0
    return RoundTrips(names, classes, choice, phase, down, up, stay, top, bottom)


def cycling_voyages(county: County, *, year: int, days: int, seed: int) -> pl.DataFrame:
    """Draw the voyages of the cycling fleet that depart within some days (columns of Voyages but the id).

    A vessel that is under way at minute 0 starts there and then. Departures are drawn ahead with the stays; a
    vessel that bunkers long leaves its next port later than drawn.

    Raises
    ------
    DataError
        See `round_trips`.
    """
    trips = round_trips(county, year=year, seed=seed)
    shape = 1.0 / county.figure("river.turnaround_cv") ** 2
    factor = {way: county.figure(f"river.load_factor_{way}") for way in ("down", "up")}
    rows: list[tuple[str, str, float, float, float, float, float]] = []
    dwt = trips.classes["dwt_t"].to_list()
    kinds = trips.classes["vessel_class"].to_list()
    for number, name in enumerate(trips.names):
        stays = stream(seed, "shipping", "cycling turnaround", name)
        chosen = int(trips.choice[number])
        stay_h = float(trips.stay_h[chosen])
        hour, from_km, way = _first(trips, number)
        while hour < 24.0 * days:
            to_km = trips.bottom_km if way == "down" else trips.top_km
            cargo = dwt[chosen] * factor[way]
            rows.append((name, kinds[chosen], 60.0 * hour, from_km, to_km, cargo, factor[way]))
            sail = float(trips.down_h[chosen] if way == "down" else trips.up_h[chosen])
            done = abs(to_km - from_km) / (trips.bottom_km - trips.top_km)
            hour += sail * done + float(stays.gamma(shape)) * stay_h / shape
            from_km, way = to_km, "up" if way == "down" else "down"
    columns = ["vessel_id", "vessel_class", "depart_min", "from_km", "to_km", "cargo_t", "load_share"]
    types = [pl.String, pl.String, *[pl.Float64] * 5]
    frame = pl.DataFrame(rows, schema=dict(zip(columns, types, strict=True)), orient="row")
    return frame.with_columns(kind=pl.lit("cycling"))


def _first(trips: RoundTrips, number: int) -> tuple[float, float, str]:
    """Return departure hour, chainage and direction of a vessel's first voyage."""
    chosen = int(trips.choice[number])
    down, up, stay = (float(hours[chosen]) for hours in (trips.down_h, trips.up_h, trips.stay_h))
    phase = float(trips.phase_h[number])
    length = trips.bottom_km - trips.top_km
    if phase < down:
        return 0.0, trips.top_km + length * phase / down, "down"
    if phase < down + stay:
        return down + stay - phase, trips.bottom_km, "up"
    if phase < down + stay + up:
        return 0.0, trips.bottom_km - length * (phase - down - stay) / up, "up"
    return down + up + 2.0 * stay - phase, trips.top_km, "down"


def _burnt_since_station(county: County, trips: RoundTrips, year: int) -> NDArray[np.float64]:
    """Return the LNG in m3 that each vessel has burnt under way since it last passed a station."""
    marks = stations(county, year=year)["chainage_km"].to_numpy()
    marks = marks[(marks >= trips.top_km) & (marks <= trips.bottom_km)]
    if not marks.size:
        return np.zeros(len(trips.names))
    rate = {way: _burn_m3_km(county, trips, way) for way in ("down", "up")}
    since = np.empty(len(trips.names))
    for number in range(since.size):
        _, at, way = _first(trips, number)
        chosen = int(trips.choice[number])
        down, up = float(rate["down"][chosen]), float(rate["up"][chosen])
        below, above = marks[marks >= at], marks[marks <= at]
        from_above = bool(above.size) if way == "down" else not below.size
        last = above[-1] if from_above else below[0]
        ends = (trips.top_km, trips.bottom_km)
        since[number] = _burnt(float(last), at, way, (down, up), ends)
    return since


def _burnt(last_km: float, at_km: float, way: str, rates: tuple[float, float], ends: tuple[float, float]) -> float:
    """Return the LNG burnt from a station to a place, over the end of the trip where it lies between."""
    down, up = rates
    top, bottom = ends
    if way == "down":
        if last_km <= at_km:
            return (at_km - last_km) * down
        return (last_km - top) * up + (at_km - top) * down
    if last_km >= at_km:
        return (last_km - at_km) * up
    return (bottom - last_km) * down + (bottom - at_km) * up


def _burn_m3_km(county: County, trips: RoundTrips, way: str) -> NDArray[np.float64]:
    """Return the LNG in m3 that the classes burn on a km in a direction, at the mean current and depth of the year."""
    sailing = Sailing.on(Reaches.from_graph(waterway(county)))
    ends = (trips.top_km, trips.bottom_km) if way == "down" else (trips.bottom_km, trips.top_km)
    load = county.figure(f"river.load_factor_{way}")
    known = {row["vessel_class"]: row for row in fleet_classes(county).iter_rows(named=True)}
    burnt = []
    for name in trips.classes["vessel_class"]:
        number = sailing.table.number(ShipDesign.from_row(known[name]), load)
        burnt.append(sailing.estimate(number, *ends, 0)[2])
    density = 1000.0 * county.figure("river.lng_density_t_m3")
    return np.asarray(burnt) / density / (trips.bottom_km - trips.top_km)
