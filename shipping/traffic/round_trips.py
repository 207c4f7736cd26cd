"""Round trips of the cycling LNG fleet: its vessels, where each is at minute 0, and its voyages from then on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import DataError
from data.memory.remembering import remembered
from data.streams import stream
from shipping.parameters.county_river import river_table
from shipping.parameters.traffic_parameters import MONTH_H, RoundTripParameters
from shipping.river.waterway import mean_reaches

if TYPE_CHECKING:
    from data.arrays import Floats, Ints
    from data.county import County
    from shipping.river.reaches import Reaches


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
    choice: Ints
    phase_h: Floats
    down_h: Floats
    up_h: Floats
    stay_h: Floats
    top_km: float
    bottom_km: float

    def first_voyage(self, vessel: int) -> tuple[float, float, str]:
        """Return departure hour, chainage and direction of a vessel's first voyage."""
        row = self.choice.item(vessel)
        down, up, stay = self.down_h.item(row), self.up_h.item(row), self.stay_h.item(row)
        phase = self.phase_h.item(vessel)
        length = self.bottom_km - self.top_km
        if phase < down:
            # evenly along the way: the place at minute 0 needs no reach by reach
            return 0.0, self.top_km + length * phase / down, "down"
        if phase < down + stay:
            return down + stay - phase, self.bottom_km, "up"
        if phase < down + stay + up:
            return 0.0, self.bottom_km - length * (phase - down - stay) / up, "up"
        return down + up + 2.0 * stay - phase, self.top_km, "down"


def lng_classes(classes: pl.DataFrame) -> pl.DataFrame:
    """Return the classes of the cycling fleet: those with LNG and a tank."""
    return classes.filter((pl.col("fuel") == "lng") & (pl.col("tank_m3") > 0.0))


def county_round_trips(county: County, *, year: int, seed: int) -> RoundTrips:
    """Return what `draw_round_trips` draws for a county: once for its voyages and its vessels."""
    return remembered(
        county,
        ("round_trips", year, seed),
        lambda watched: draw_round_trips(
            river_table(watched, "vessel_classes"),
            mean_reaches(watched),
            RoundTripParameters.from_county(watched),
            year=year,
            seed=seed,
        ),
        kept=1,
    )


def draw_round_trips(
    classes: pl.DataFrame, reaches: Reaches, trips: RoundTripParameters, *, year: int, seed: int
) -> RoundTrips:
    """Draw the cycling fleet and where each vessel is at minute 0.

    Sailing times are those of the mean current of the year; the stays at the ends fill the rest of the round trip.

    Parameters
    ----------
    classes : polars.DataFrame
        ``vessel_class, fuel, tank_m3, water_speed_km_h, passage_share``: those with LNG and a tank sail.
    reaches : Reaches
        The waterway, with the mean current of the year as its first period.
    trips : RoundTripParameters
        Size and rhythm of the fleet.
    year, seed : int
        Year of the fleet; seed of the replication.

    Raises
    ------
    DataError
        If there is no LNG class with a tank, an end lies off the waterway, or a round trip at the table's rate is
        shorter than its sailing.
    """
    cycling = lng_classes(classes)
    if not cycling.height:
        raise DataError("vessel_classes: no class with fuel 'lng' and a tank_m3; the cycling fleet needs one.")
    top, bottom = trips.top_km, trips.bottom_km
    for key, end in (("river.trip_from_km", top), ("river.trip_to_km", bottom)):
        if not reaches.covers(end):
            ends = f"{reaches.chainage_km[0]:g} to {reaches.chainage_km[-1]:g} km"
            raise DataError(f"{key}: got {end:g} km; expected {ends}. Add a node to river_nodes or move the end.")
    speeds = cycling["water_speed_km_h"].to_list()
    down = np.asarray([float(reaches.hours(top, bottom, speed)) for speed in speeds])
    up = np.asarray([float(reaches.hours(bottom, top, speed)) for speed in speeds])
    period = MONTH_H / trips.trips_per_month
    if np.any(down + up >= period):
        worst = int(np.argmax(down + up))
        raise DataError(
            f"river.round_trips_per_month: a round trip takes {period:.0f} h, but vessel class "
            f"'{cycling['vessel_class'][worst]}' sails {down[worst] + up[worst]:.0f} h. Lower the round trips."
        )
    count = trips.fleet_size(year)
    weight = cycling["passage_share"].fill_null(0.0).to_numpy()
    weight = weight if weight.sum() > 0.0 else np.ones(cycling.height)
    drawn = stream(seed, "shipping", "cycling class").uniform(size=count)
    choice = np.searchsorted(np.cumsum(weight / weight.sum()), drawn, side="right")
    # The cumulated shares may end a rounding error below 1, above which a draw has no class.
    choice = np.minimum(choice, cycling.height - 1)
    # uniform over the period: a fleet that has cycled for long is anywhere in its round trip
    phase = stream(seed, "shipping", "cycling phase").uniform(0.0, period, count)
    names = [f"lng-{number:03d}" for number in range(1, count + 1)]
    # two stays per round trip, one at each end
    stay = (period - down - up) / 2.0
    return RoundTrips(names, cycling, choice, phase, down, up, stay, top, bottom)


def cycling_voyages(round_trips: RoundTrips, trips: RoundTripParameters, *, days: int, seed: int) -> pl.DataFrame:
    """Draw the voyages of the cycling fleet that would depart within some days if nobody waited.

    A vessel that is under way at minute 0 starts there and then. What it does later follows its last voyage after the
    stay that is drawn: a vessel that waits or bunkers long leaves its next port later.

    Returns
    -------
    polars.DataFrame
        ``vessel_id, trip`` (from 0), ``vessel_class, planned_min`` (departure if nobody waited), ``depart_min`` (of the
        first trip a time; of later ones the stay after the trip before), ``from_km, to_km, cargo_t, load_share``.
    """
    shape = 1.0 / trips.turnaround_cv**2  # of a gamma distribution with this coefficient of variation
    rows: list[tuple[str, int, str, float, float, float, float, float, float]] = []
    dwt = round_trips.classes["dwt_t"].to_list()
    kinds = round_trips.classes["vessel_class"].to_list()
    rows_of = round_trips.choice.tolist()
    sailing_h = {"down": round_trips.down_h.tolist(), "up": round_trips.up_h.tolist()}
    end_km = {"down": round_trips.bottom_km, "up": round_trips.top_km}
    mean_stay_h = round_trips.stay_h.tolist()
    for vessel, name in enumerate(round_trips.names):
        # a stream per vessel: a further vessel leaves the stays of the others alone
        stays = stream(seed, "shipping", "cycling turnaround", name)
        row = rows_of[vessel]
        stay_h = mean_stay_h[row]
        hour, from_km, way = round_trips.first_voyage(vessel)
        depart, trip = 60.0 * hour, 0
        while hour < 24.0 * days:
            to_km = end_km[way]
            load = trips.load_factor[way]
            rows.append((name, trip, kinds[row], 60.0 * hour, depart, from_km, to_km, dwt[row] * load, load))
            sail = sailing_h[way][row]
            # a first voyage from the middle of the way takes its part of the sailing hours only
            done = abs(to_km - from_km) / (round_trips.bottom_km - round_trips.top_km)
            stays_h = float(stays.gamma(shape)) * stay_h / shape
            hour += sail * done + stays_h
            depart, trip = 60.0 * stays_h, trip + 1
            from_km, way = to_km, "up" if way == "down" else "down"
    columns = ["vessel_id", "trip", "vessel_class", "planned_min", "depart_min", "from_km", "to_km"]
    schema = dict(zip(columns, [pl.String, pl.Int64, pl.String, *[pl.Float64] * 4], strict=True))
    return pl.DataFrame(rows, schema={**schema, "cargo_t": pl.Float64, "load_share": pl.Float64}, orient="row")
