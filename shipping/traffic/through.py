"""Voyages to simulate: through traffic calibrated to the lock, and the LNG fleet that cycles."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from data.arrays import DAY_MIN, YEAR_DAYS
from data.errors import ScenarioError
from data.memory.remembering import remembered
from data.schemas.shipping import DRAWN_VOYAGE, Voyages
from data.streams import stream
from data.tables.validate import conformed
from shipping.parameters.county_river import river_table, rows_of
from shipping.parameters.traffic_parameters import (
    DIRECTIONS,
    ClosedFleetParameters,
    RoundTripParameters,
    ThroughParameters,
)
from shipping.river.waterway import locks_km, mean_reaches
from shipping.traffic.closed_fleet import festivals_of, fleet_voyages, waiting_at
from shipping.traffic.round_trips import county_round_trips, cycling_voyages, lng_classes
from shipping.traffic.yearly import county_traffic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.arrays import Ints
    from data.county import County
    from shipping.river.reaches import Reaches
    from shipping.traffic.yearly import Mix, Traffic


def voyages(
    county: County,
    *,
    year: int,
    start: dt.date,
    days: int,
    seed: int,
    through: Literal["arrivals", "fleet"] = "arrivals",
    apart: float = 0.0,
) -> pl.DataFrame:
    """Draw the voyages of some days: through traffic and the cycling LNG fleet.

    Through vessels either arrive as a Poisson process with the rate of the month, uniform over the hours, or are a
    closed fleet whose next trip starts after its last (`shipping.traffic.closed_fleet`); those that table
    ``lock_bulletins`` counts before the lock on the first day are there. The cycling vessels go on from a drawn place
    in their round trip.

    Parameters
    ----------
    county : data.County
        Tables and figures.
    year : int
        Year of traffic and fleet.
    start : datetime.date
        First day; its midnight is minute 0.
    days : int
        Number of days.
    seed : int
        Seed of the replication.
    through : {"arrivals", "fleet"}
        What the through traffic is.
    apart : float
        Passages of the lock in the year by vessels that are simulated apart: the counts of the lock contain them, and
        the through traffic is as much less (`shipping.traffic.local_voyages.lock_passages`).

    Returns
    -------
    polars.DataFrame
        `data.schemas.shipping.Voyages` in the order of departure if nobody waited. Through voyages have the vessel id
        ``through-<class>``. Voyages that follow another have the stay between them as ``depart_min``.

    Raises
    ------
    ScenarioError
        If `days` is less than 1, `start` is not in `year`, or `through` is unknown.
    DataError
        If the county has no river, or tables contradict each other; see `yearly_traffic`, `traffic_mix` and
        `shipping.traffic.round_trips.draw_round_trips`.
    """
    if days < 1:
        raise ScenarioError(f"days: got {days}; expected 1 or more.")
    if start.year != year:
        raise ScenarioError(f"start: got {start}; expected a day of the year {year}.")
    if through not in ("arrivals", "fleet"):
        raise ScenarioError(f"through: got '{through}'; expected arrivals or fleet.")
    reaches = mean_reaches(county)
    passing = ThroughParameters.from_county(county)
    traffic, mix = county_traffic(county, year)
    if apart > 0.0:
        left = max(0.0, 1.0 - apart / traffic.passages)
        traffic = replace(traffic, passages=left * traffic.passages, cargo_t=left * traffic.cargo_t)
    if through == "fleet":
        drawn = _closed_fleet(county, reaches, (traffic, mix), start=start, days=days, seed=seed)
    else:
        month_share = dict(county.river_months.select("month", "traffic_share").iter_rows())
        drawn = through_voyages(traffic, mix, month_share, passing.ends, start=start, days=days, seed=seed)
        drawn = drawn.with_columns(
            planned_min=pl.col("depart_min"), trip=pl.lit(0, pl.Int64), owner=pl.lit(0, pl.Int64)
        )
    trips = RoundTripParameters.from_county(county)
    round_trips = county_round_trips(county, year=year, seed=seed)
    cycling = cycling_voyages(round_trips, trips, days=days, seed=seed)
    # the voyages of a vessel stand one after the other
    cycling = cycling.with_columns(kind=pl.lit("cycling"), owner=pl.col("vessel_id").rle_id().cast(pl.Int64))
    # validated where they are simulated, with those that come on top
    return conformed(_numbered(drawn, cycling), Voyages, table="voyages")


def _closed_fleet(
    county: County, reaches: Reaches, traffic_and_mix: tuple[Traffic, Mix], *, start: dt.date, days: int, seed: int
) -> pl.DataFrame:
    """Return the voyages of the closed fleet of a county; see `shipping.traffic.closed_fleet.fleet_voyages`."""
    traffic, mix = traffic_and_mix
    fleet = ClosedFleetParameters.from_county(county)
    base, _ = county_traffic(county, fleet.base_year)
    classes = river_table(county, "vessel_classes")
    speeds = dict(zip(classes["vessel_class"].to_list(), classes["water_speed_km_h"].to_list(), strict=True))
    ends = {"down": (fleet.top_km, fleet.bottom_km), "up": (fleet.bottom_km, fleet.top_km)}
    hours = {
        way: np.array([float(reaches.hours(*ends[way], speeds[name])) for name in mix.classes]) for way in DIRECTIONS
    }
    locks = [km for km in locks_km(river_table(county, "river_nodes")) if fleet.top_km < km < fleet.bottom_km]
    waits, festivals = remembered(
        county,
        ("waits_and_festivals", start),
        lambda watched: (
            waiting_at(rows_of(watched, "lock_bulletins"), start),
            festivals_of(rows_of(watched, "calendar")),
        ),
    )
    frame = fleet_voyages(
        mix,
        hours,
        fleet,
        # the fleet grows with the passages
        passages_per_day=(fleet.passages_per_day or base.passages / YEAR_DAYS) * traffic.passages / base.passages,
        start=start,
        days=days,
        seed=seed,
        waiting=(min(locks), waits) if locks and waits else None,
        festivals=festivals,
    )
    vessel = "through-" + pl.col("vessel_class")
    return frame.with_columns(vessel_id=vessel, kind=pl.lit("through"), owner=pl.col("vessel"))


def _numbered(through: pl.DataFrame, cycling: pl.DataFrame) -> pl.DataFrame:
    """Return voyages with their ids, in the order of departure if nobody waited, and whom each follows."""
    columns = ["planned_min", "owner", "trip", *DRAWN_VOYAGE]
    both = [frame.select(columns) for frame in (through, cycling)]
    # stable, so that voyages of one vessel id and minute keep their order, and with it their ids
    table = pl.concat(both).sort("planned_min", "vessel_id", maintain_order=True)
    first = pl.Series(table["trip"].to_numpy() == 0)
    ids = pl.Series("voyage_id", np.arange(table.height, dtype=np.int64))
    follows = pl.Series("follows", _before(table)).set(first, None)
    return pl.DataFrame([ids, *(table[name] for name in DRAWN_VOYAGE), follows])


def _before(voyages: pl.DataFrame) -> Ints:
    """Return the row of the voyage before of the same kind and owner; -1 for the first.

    A fleet sails in order of its plan, so that is the voyage before by its id.
    """
    # by arrays: a window over two columns of names takes ten times as long
    code = 2 * voyages["owner"].to_numpy() + (voyages["kind"] == "cycling").to_numpy()
    order = np.argsort(code, kind="stable")
    same = code[order][1:] == code[order][:-1]
    before = np.full(code.size, -1, dtype=np.int64)
    before[order[1:][same]] = order[:-1][same]
    return before


def without_double(county: County, voyages: pl.DataFrame) -> pl.DataFrame:
    """Return voyages without the through voyages of the classes whose vessels cycle.

    The bulletins count every vessel, so the through voyages include those of LNG vessels; where the cycling fleet sails
    itself, it takes their place, and the lock sees each passage once. A county without a river has no such classes:
    its voyages stay as they are.
    """
    if not (voyages["kind"] == "cycling").any():
        return voyages
    cycling = lng_classes(rows_of(county, "vessel_classes"))["vessel_class"].to_list()
    return voyages.filter(~((pl.col("kind") == "through") & pl.col("vessel_class").is_in(cycling)))


def through_voyages(
    traffic: Traffic,
    mix: Mix,
    month_share: Mapping[int, float],
    ends: Mapping[str, tuple[float, float]],
    *,
    start: dt.date,
    days: int,
    seed: int,
) -> pl.DataFrame:
    """Draw the through voyages of some days (columns of Voyages but the id).

    Parameters
    ----------
    traffic, mix : Traffic, Mix
        Of the year.
    month_share : mapping of int to float
        Share of the year's traffic, by month.
    ends : mapping of str to tuple of float
        Chainages of start and end, by direction.
    start : datetime.date
        First day; its midnight is minute 0.
    days, seed : int
        Number of days; seed of the replication.
    """
    frames = []
    for number in range(days):
        date = start + dt.timedelta(days=number)
        # the month's share spread evenly over its days
        day_share = month_share[date.month] / calendar.monthrange(date.year, date.month)[1]
        for direction in DIRECTIONS:
            expected = traffic.passages_of(direction) * day_share
            day = _draw_day(mix, direction, expected, seed, date)
            depart = pl.col("depart_min") + DAY_MIN * number
            from_km, to_km = ends[direction]
            frames.append(day.with_columns(depart, from_km=pl.lit(from_km), to_km=pl.lit(to_km)))
    columns = list(DRAWN_VOYAGE)
    return pl.concat(frames).with_columns(kind=pl.lit("through")).select(columns)


def _draw_day(mix: Mix, direction: str, expected: float, seed: int, date: dt.date) -> pl.DataFrame:
    """Return the through voyages of one day and direction, without their ends."""
    # streams by direction and date, not by number of the day: a run that starts later draws the same traffic
    day = (direction, date.isoformat())
    arrivals = stream(seed, "shipping", "through arrivals", *day)
    # given their number, arrivals of a Poisson process are uniform
    depart = np.sort(arrivals.uniform(0.0, DAY_MIN, arrivals.poisson(expected)))
    drawn = stream(seed, "shipping", "through class", *day).uniform(size=depart.size)
    # The cumulated shares may end a rounding error below 1, above which a draw has no class.
    chosen = np.minimum(np.searchsorted(np.cumsum(mix.share), drawn, side="right"), len(mix.classes) - 1)
    laden = stream(seed, "shipping", "through laden", *day).uniform(size=depart.size)
    load = np.where(laden < mix.laden_share[direction], mix.load_share[direction], 0.0)
    names = np.asarray(mix.classes, dtype=object)[chosen]
    return pl.DataFrame(
        {
            "vessel_id": pl.Series([f"through-{name}" for name in names], dtype=pl.String),
            "vessel_class": pl.Series(names.tolist(), dtype=pl.String),
            "depart_min": depart,
            "cargo_t": load * mix.dwt_t[chosen],
            "load_share": load,
        }
    )
