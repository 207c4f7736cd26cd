"""Trips of battery vessels on the river: what each takes from the battery by direction and month, and whether it can.

A vessel calls at its terminal after every trip. A trip that its battery does not last for is not sailed: it stands in
the table with its month, and no call follows from it.
"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN
from data.errors import DataError
from data.memory.remembering import remembered
from data.streams import stream
from shipping.parameters.county_river import river_table, rows_of
from shipping.parameters.port_parameters import BatteryVesselParameters
from shipping.parameters.ship_parameters import ShipParameters
from shipping.river.reaches import Reaches
from shipping.river.waterway import waterway
from shipping.ships.loading import Loading
from shipping.ships.sailing import Sailing
from shipping.ships.ship_classes import designs, ship_classes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County
    from shipping.ships.propulsion import ShipDesign

BATTERY_TRIPS: Final = {
    "vessel_class": pl.String,
    "direction": pl.String,
    "month": pl.Int64,
    **dict.fromkeys(("hours", "shaft_kwh", "battery_kwh", "usable_kwh"), pl.Float64),
    "can_sail": pl.Boolean,
}
"""Schema of the table of trips: what a trip takes at the shaft and from the battery, and what that may give."""
_DIRECTIONS: Final = ("down", "up")
_REQUESTS: Final = {
    "request_id": pl.Int64,
    "arrive_min": pl.Float64,
    "origin": pl.String,
    "current": pl.String,
    "energy_kwh": pl.Float64,
    "accept_kw": pl.Float64,
    "vehicle_class": pl.String,
    "battery_kwh": pl.Float64,
    "soc_start": pl.Float64,
    "patience_min": pl.Float64,
    "max_queue": pl.Int64,
    "overstay_min": pl.Float64,
}


def battery_trips(county: County, *, year: int) -> pl.DataFrame:
    """Return what the trips of the county's battery vessels take, by class, direction and month.

    A trip is ``river.electric_trip_km`` long from ``river.electric_from_km`` on: down or up with the current and depth
    of the month, the service margin and the hotel load; at locks on the way the vessel waits as the year's traffic
    does. The battery gives what the reserve leaves.

    Returns
    -------
    polars.DataFrame
        ``BATTERY_TRIPS``: 24 rows per class. No rows where the county has no battery vessels.

    Raises
    ------
    DataError
        The county has no river, a trip leaves it, or a current stops a vessel.
    """
    # every replication asks for the trips of the same year
    return remembered(county, ("battery_trips", year), lambda watched: _trips_of(watched, year))


def _trips_of(county: County, year: int) -> pl.DataFrame:
    """Return the trips of the county's battery vessels, computed anew."""
    classes = river_table(county, "vessel_classes")
    table = _with_battery(classes)
    if not table.height:
        return pl.DataFrame(schema=BATTERY_TRIPS)
    known = designs(ship_classes(classes, ShipParameters.from_county(county)))
    graph = waterway(county, start=dt.date(year, 1, 1), days=366 if calendar.isleap(year) else 365)
    batteries = dict(table.select("vessel_class", "battery_kwh").iter_rows())
    locks = [km for _, kind, km in _places(county) if kind == "lock"]
    parameters = BatteryVesselParameters.from_county(county)
    return trips_on(Sailing.on(Reaches.from_graph(graph)), known, batteries, parameters, locks, year=year)


def trips_on(
    sailing: Sailing,
    classes: Mapping[str, ShipDesign],
    batteries: Mapping[str, float],
    parameters: BatteryVesselParameters,
    locks_km: list[float],
    *,
    year: int,
) -> pl.DataFrame:
    """Return the trips of battery vessels on a waterway with one period per month; see `battery_trips`.

    Parameters
    ----------
    sailing : Sailing
        On that waterway.
    classes : mapping of str to ShipDesign
        Designs by vessel class.
    batteries : mapping of str to float
        Battery in kWh of the classes that have one.
    parameters : BatteryVesselParameters
        Way, losses and reserve.
    locks_km : list of float
        Chainages of the locks.
    year : int
        Year of the waits there.
    """
    upper, lower = parameters.from_km, parameters.from_km + parameters.trip_km
    for end in (upper, lower):
        if not sailing.reaches.covers(end):
            first, last = sailing.reaches.chainage_km[0], sailing.reaches.chainage_km[-1]
            raise DataError(f"river.electric_from_km: a trip ends at {end:g} km; expected {first:g} to {last:g} km.")
    lock_h = parameters.lock_h.at(year) * sum(upper < km < lower for km in locks_km)
    loading = Loading(sailing)
    rows = []
    for name, battery in batteries.items():
        design = classes[name]
        usable = (1.0 - parameters.reserve_share) * battery
        for direction, ends in zip(_DIRECTIONS, ((upper, lower), (lower, upper)), strict=True):
            for period in range(sailing.reaches.period_start_min.size):
                # low water takes cargo off; without water even for the empty vessel there is no trip
                share = loading.share_in(design, 1.0, ends, period, period) if loading.asks else 1.0
                point = sailing.table.number(design, max(share, 0.0))
                hours, shaft, _ = sailing.estimate(point, *ends, period)
                shaft += design.hotel_kw * lock_h
                taken = shaft / parameters.drive_efficiency
                rows.append(
                    (
                        name,
                        direction,
                        period + 1,
                        hours + lock_h,
                        shaft,
                        taken,
                        usable,
                        share >= 0.0 and taken <= usable,
                    )
                )
    return pl.DataFrame(rows, schema=BATTERY_TRIPS, orient="row")


def electric_calls(county: County, *, year: int, days: int, seed: int, start: dt.date | None = None) -> pl.DataFrame:
    """Draw the calls of battery vessels at their terminal, as charging requests.

    The fleet is linear between ``river.electric_vessels_2025`` and ``..._2030``; each vessel sets out
    ``river.electric_trips_per_day`` times a day, as often down as up. Trips that cannot be sailed in their month
    (`battery_trips`) give no call. A call asks for what the trip took from the battery; what the charger loses comes on
    top at the meter, where it is simulated.

    Parameters
    ----------
    county : data.County
        Tables ``vessel_classes`` and those of the river, figures ``river.*``.
    year, days, seed : int
        Year of the fleet, days, and seed of the replication.
    start : datetime.date, optional
        First day, which decides the months; None: 1 January of the year.

    Returns
    -------
    polars.DataFrame
        Columns of the request table of `charging.simulate`.

    Raises
    ------
    DataError
        The county has no river, or no electric vessel class with a battery.
    """
    table = _with_battery(river_table(county, "vessel_classes"))
    if not table.height:
        raise DataError("vessel_classes: no class with fuel 'electric' and a battery_kwh.")
    trips = battery_trips(county, year=year)
    parameters = BatteryVesselParameters.from_county(county)
    drawn = drawn_trips(trips, parameters, year=year, days=days, seed=seed, start=start or dt.date(year, 1, 1))
    accepts = table.select(
        "vessel_class", "battery_kwh", accept_kw=pl.col("charge_kw").fill_null(parameters.charger_kw)
    )
    return calls_of(drawn, accepts)


def drawn_trips(
    trips: pl.DataFrame, parameters: BatteryVesselParameters, *, year: int, days: int, seed: int, start: dt.date
) -> pl.DataFrame:
    """Draw the trips of some days: ``arrive_min`` and the columns of `battery_trips`, by time, sailed or not."""
    names = trips["vessel_class"].unique(maintain_order=True).to_list()
    # one Poisson process for the fleet: its mean is what the vessels need together, no call belongs to one of them
    rng = stream(seed, "shipping", "electric")
    count = int(rng.poisson(parameters.vessels.at(year) * parameters.trips_per_day * days))
    chosen = rng.integers(len(names), size=count)
    # sorted after drawing, so that request ids go by time
    arrive = np.sort(rng.uniform(0.0, DAY_MIN * days, count))
    up = stream(seed, "shipping", "electric direction").integers(2, size=count)
    months = [(start + dt.timedelta(days=int(minute // DAY_MIN))).month for minute in arrive]
    frame = pl.DataFrame(
        {
            "arrive_min": arrive,
            "vessel_class": [names[int(number)] for number in chosen],
            "direction": [_DIRECTIONS[int(number)] for number in up],
            "month": months,
        },
        schema={"arrive_min": pl.Float64, "vessel_class": pl.String, "direction": pl.String, "month": pl.Int64},
    )
    return frame.join(trips, on=["vessel_class", "direction", "month"], how="left", maintain_order="left")


def calls_of(drawn: pl.DataFrame, accepts: pl.DataFrame) -> pl.DataFrame:
    """Return the trips that are sailed as charging requests; ``accepts`` has battery and power of each class."""
    sailed = drawn.filter("can_sail").rename({"battery_kwh": "energy_kwh"})
    table = sailed.join(accepts, on="vessel_class", how="left", maintain_order="left").with_row_index("request_id")
    empty = {name: pl.lit(None, _REQUESTS[name]) for name in ("origin", "patience_min", "max_queue", "overstay_min")}
    return table.with_columns(
        pl.col("request_id").cast(pl.Int64),
        pl.col("vessel_class").alias("vehicle_class"),
        current=pl.lit("dc"),
        soc_start=1.0 - pl.col("energy_kwh") / pl.col("battery_kwh"),
        **empty,
    ).select(tuple(_REQUESTS))


def _with_battery(classes: pl.DataFrame) -> pl.DataFrame:
    """Return the classes of battery vessels."""
    return classes.filter((pl.col("fuel") == "electric") & (pl.col("battery_kwh") > 0.0))


def _places(county: County) -> list[tuple[str, str, float]]:
    """Return node, kind and chainage of the river's nodes."""
    return [tuple(row) for row in rows_of(county, "river_nodes").select("node", "kind", "chainage_km").iter_rows()]
