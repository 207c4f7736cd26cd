"""The table of vessels: the LNG fleet that sails past the county and bunkers on the way, and the through traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.memory.remembering import remembered
from data.streams import stream
from data.tables.validate import conformed
from shipping.parameters.county_river import river_table
from shipping.parameters.ship_parameters import TankParameters
from shipping.parameters.traffic_parameters import RoundTripParameters
from shipping.ports.open_stations import stations_km
from shipping.river.waterway import mean_reaches
from shipping.schemas import Fleet
from shipping.ships.sailing import Sailing
from shipping.ships.ship_classes import county_classes, designs
from shipping.traffic.round_trips import county_round_trips, lng_classes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.arrays import Floats
    from data.county import County
    from shipping.river.reaches import Reaches
    from shipping.traffic.round_trips import RoundTrips


def vessels(county: County, *, year: int, seed: int) -> pl.DataFrame:
    """Return the vessels that `simulate` needs: the cycling LNG fleet, and one row per class of through traffic.

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
        If the county has no river; see `shipping.traffic.round_trips.draw_round_trips`.
    """
    round_trips = county_round_trips(county, year=year, seed=seed)
    fleet = remembered(county, ("lng_fleet", year), lambda watched: _Fleet.from_county(watched, year))
    burnt = _burnt_since_station(round_trips, fleet.burn_m3_km, fleet.stations_km)
    cycling = cycling_fleet(round_trips, fleet.classes, fleet.tanks, burnt, seed=seed)
    # validated where they are simulated, with the others
    return conformed(pl.concat([cycling, fleet.through], how="diagonal"), Fleet, table="vessels")


@dataclass(frozen=True, eq=False, slots=True)
class _Fleet:
    """What all replications of a year share.

    Attributes
    ----------
    classes, through : polars.DataFrame
        `ship_classes` of the county, and the vessels of the through traffic, one per class.
    tanks : TankParameters
        Tanks and rules of bunkering.
    burn_m3_km : dict of str to numpy.ndarray
        LNG that the classes of the cycling fleet burn on a km, by direction.
    stations_km : list of float
        Chainage of the stations that are open in the year.
    """

    classes: pl.DataFrame
    through: pl.DataFrame
    tanks: TankParameters
    burn_m3_km: Mapping[str, Floats]
    stations_km: list[float]

    @classmethod
    def from_county(cls, county: County, year: int) -> _Fleet:
        """Return them for a county."""
        table = river_table(county, "vessel_classes")
        classes = county_classes(county)
        tanks, trips = TankParameters.from_county(county), RoundTripParameters.from_county(county)
        burn = _burn_m3_km(lng_classes(table), classes, mean_reaches(county), trips, tanks.density_t_m3)
        return cls(classes, through_fleet(table, classes), tanks, burn, stations_km(county, year=year))


def cycling_fleet(
    round_trips: RoundTrips, classes: pl.DataFrame, tanks: TankParameters, burnt_m3: Floats, *, seed: int
) -> pl.DataFrame:
    """Return one row per vessel of the cycling fleet.

    Parameters
    ----------
    round_trips : RoundTrips
        The fleet.
    classes : polars.DataFrame
        Vessel classes from `shipping.ships.ship_classes.ship_classes`.
    tanks : TankParameters
        Tanks and rules of bunkering.
    burnt_m3 : numpy.ndarray
        LNG burnt since the last station, by vessel.
    seed : int
        Seed of the levels.
    """
    tank = round_trips.classes["tank_m3"].to_numpy()[round_trips.choice]
    drawn = stream(seed, "shipping", "cycling tank").uniform(
        tanks.may_share, tanks.fill_max_share, round_trips.choice.size
    )
    # A vessel that would be below its reserve has bunkered at a station above it: it starts with the reserve.
    level = np.maximum(drawn * tank - burnt_m3, tanks.reserve_share * tank)
    # joined once per class, then one row per vessel: `choice` repeats the rows
    rows = round_trips.classes.select("vessel_class", "tank_m3")
    rows = rows.join(classes, on="vessel_class", maintain_order="left")
    return rows[round_trips.choice].with_columns(
        vessel_id=pl.Series(round_trips.names, dtype=pl.String),
        kind=pl.lit("cycling"),
        tank_start_m3=level,
        **{name: pl.lit(value) for name, value in tanks.columns().items()},
    )


def through_fleet(table: pl.DataFrame, classes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per class of the through traffic, from the table of classes and `ship_classes` of it."""
    passing = table.filter(pl.col("passage_share") > 0.0).select("vessel_class")
    return passing.join(classes, on="vessel_class", maintain_order="left").with_columns(
        vessel_id="through-" + pl.col("vessel_class"), kind=pl.lit("through")
    )


def _burnt_since_station(round_trips: RoundTrips, rate: Mapping[str, Floats], stations_km: Sequence[float]) -> Floats:
    """Return the LNG in m3 that each vessel has burnt under way since it last passed a station."""
    top, bottom = round_trips.top_km, round_trips.bottom_km
    # stations beyond the ends of the trips are never passed
    marks = [station for station in stations_km if top <= station <= bottom]
    count = len(round_trips.names)
    # no station on the way: nothing is known of the last bunkering, and the drawn level stands
    if not marks:
        return np.zeros(count)
    since = np.empty(count)
    for vessel in range(count):
        _, here, way = round_trips.first_voyage(vessel)
        row = int(round_trips.choice[vessel])
        rates = (float(rate["down"][row]), float(rate["up"][row]))
        below, above = [mark for mark in marks if mark >= here], [mark for mark in marks if mark <= here]
        # The last station lies behind; where none does, it passed the nearest one ahead on the way before.
        from_above = bool(above) if way == "down" else not below
        last = above[-1] if from_above else below[0]
        since[vessel] = _burnt(last, here, way, rates, (top, bottom))
    return since


def _burnt(last_km: float, here_km: float, way: str, rates: tuple[float, float], ends: tuple[float, float]) -> float:
    """Return the LNG burnt since a station, over the end of the trip where it lies between."""
    down, up = rates
    top, bottom = ends
    if way == "down":
        if last_km <= here_km:
            return (here_km - last_km) * down
        return (last_km - top) * up + (here_km - top) * down
    if last_km >= here_km:
        return (last_km - here_km) * up
    return (bottom - last_km) * down + (bottom - here_km) * up


def _burn_m3_km(
    cycling: pl.DataFrame, classes: pl.DataFrame, reaches: Reaches, trips: RoundTripParameters, density_t_m3: float
) -> dict[str, Floats]:
    """Return the LNG in m3 that the classes burn on a km, by direction, at the mean current and depth of the year."""
    sailing = Sailing.on(reaches)
    known = designs(classes)
    top, bottom = trips.top_km, trips.bottom_km
    rate = {}
    for way, ends in (("down", (top, bottom)), ("up", (bottom, top))):
        points = sailing.table.numbers([(known[name], trips.load_factor[way]) for name in cycling["vessel_class"]])
        # period 0 of this waterway is the mean of the year
        burnt = [sailing.estimate(point, *ends, 0)[2] for point in points]
        # kg to m3, per km
        rate[way] = np.asarray(burnt) / (1000.0 * density_t_m3) / (bottom - top)
    return rate
