"""Voyages to simulate: through traffic calibrated to the lock, and the LNG fleet that cycles."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from data.arrays import DAY_MIN, YEAR_DAYS, scalar
from data.errors import DataError, ScenarioError
from data.schemas.shipping import Voyages
from data.streams import stream
from data.tables.validate import validate
from shipping.parameters.county_river import river_table, rows_of
from shipping.parameters.traffic_parameters import (
    DIRECTIONS,
    ClosedFleetParameters,
    RoundTripParameters,
    ThroughParameters,
)
from shipping.river.reaches import Reaches
from shipping.river.waterway import waterway
from shipping.traffic.closed_fleet import festivals_of, fleet_voyages, waiting_at
from shipping.traffic.round_trips import cycling_voyages, draw_round_trips

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.arrays import Floats
    from data.county import County

_SHARES_SUM: Final = 1e-6  # what shares of passages with six decimals may sum to off 1


@dataclass(frozen=True, slots=True)
class Traffic:
    """Yearly through traffic.

    Attributes
    ----------
    passages : float
        Vessel passages, both directions.
    cargo_t : float
        Cargo, both directions.
    cargo_down_share : float
        Share of the cargo that goes downstream.
    passages_down_share : float
        Share of the passages that go downstream.
    """

    passages: float
    cargo_t: float
    cargo_down_share: float
    passages_down_share: float

    def passages_of(self, direction: str) -> float:
        """Return the passages per year of a direction ("down" or "up")."""
        share = self.passages_down_share
        return self.passages * (share if direction == "down" else 1.0 - share)

    def cargo_of(self, direction: str) -> float:
        """Return the cargo in t per year of a direction."""
        share = self.cargo_down_share
        return self.cargo_t * (share if direction == "down" else 1.0 - share)


def yearly_traffic(lock_traffic: pl.DataFrame, through: ThroughParameters, year: int) -> Traffic:
    """Return the through traffic of a year.

    Years between two rows of ``lock_traffic`` are interpolated; later years grow. Where a row has no passages or no
    split, those of the nearest year with them are used (passages by cargo per passage).

    Raises
    ------
    DataError
        If the year lies before the first row, or no row has passages or a split.
    """
    table = lock_traffic.sort("year")
    years = table["year"].to_numpy()
    if not years.size or year < years[0]:
        first = int(years[0]) if years.size else "none"
        raise DataError(f"lock_traffic: no traffic for {year}; the first year is {first}.")
    cargo_mt = float(np.interp(year, years, table["cargo_mt"].to_numpy()))
    # np.interp holds the last year: growth starts from there
    late = max(0, year - int(years[-1]))
    # Mt to t; compound growth beyond the last row
    cargo_t = 1e6 * cargo_mt * (1.0 + through.growth_share_per_year) ** late
    counted_mt, counted = _nearest_row(table, year, "passages")
    _, down_share = _nearest_row(table, year, "down_share")
    passages = cargo_t / (1e6 * counted_mt) * counted
    return Traffic(passages, cargo_t, down_share, through.passages_down_share)


def _nearest_row(table: pl.DataFrame, year: int, column: str) -> tuple[float, float]:
    """Return cargo in Mt and a column's value in the row nearest to a year in which the column is known."""
    known = table.filter(pl.col(column).is_not_null())
    if not known.height:
        raise DataError(f"lock_traffic, column '{column}': no value in any year; expected one or more.")
    cargo_mt, value = known.sort((pl.col("year") - year).abs()).select("cargo_mt", column).row(0)
    return float(cargo_mt), float(value)


@dataclass(frozen=True, slots=True)
class Mix:
    """Vessel classes of the through traffic and how full they sail.

    Attributes
    ----------
    classes : tuple of str
        Vessel classes.
    share : numpy.ndarray
        Share of the passages.
    dwt_t : numpy.ndarray
        Deadweight.
    laden_share, load_share : dict of str to float
        By direction: share of the vessels that carry cargo, and how full those are.
    """

    classes: tuple[str, ...]
    share: Floats
    dwt_t: Floats
    laden_share: dict[str, float]
    load_share: dict[str, float]


def traffic_mix(classes: pl.DataFrame, load_factor: Mapping[str, float], traffic: Traffic) -> Mix:
    """Return classes and loads such that the traffic carries its cargo.

    A laden vessel is as full as the load factor of its direction says, and as many are laden as the cargo needs; if
    even all are not enough, all sail fuller.

    Parameters
    ----------
    classes : polars.DataFrame
        Table ``vessel_classes``: ``vessel_class, passage_share, dwt_t``.
    load_factor : mapping of str to float
        Cargo over deadweight of laden vessels, by direction.
    traffic : Traffic
        The year's.

    Raises
    ------
    DataError
        If the shares do not sum to 1, or the cargo exceeds what the vessels can carry.
    """
    table = classes.filter(pl.col("passage_share") > 0.0)
    share = table["passage_share"].to_numpy()
    if not np.isclose(share.sum(), 1.0, atol=_SHARES_SUM):
        raise DataError(f"vessel_classes, column 'passage_share': got a sum of {share.sum():g}; expected 1.")
    dwt_t = table["dwt_t"].to_numpy()
    laden, load = {}, {}
    for direction in DIRECTIONS:
        # mean load over all passages, laden and empty: what the cargo needs
        mean = traffic.cargo_of(direction) / (traffic.passages_of(direction) * float(share @ dwt_t))
        if mean > 1.0:
            raise DataError(
                f"lock_traffic: {direction}bound cargo is {mean:.0%} of what the passages can carry; "
                "expected at most 100 %. Check cargo_mt, passages and the dwt_t of vessel_classes."
            )
        laden[direction] = min(1.0, mean / load_factor[direction])
        # above the load factor only where even all vessels laden are too few
        load[direction] = mean / laden[direction]
    return Mix(tuple(table["vessel_class"]), share, dwt_t, laden, load)


def voyages(
    county: County,
    *,
    year: int,
    start: dt.date,
    days: int,
    seed: int,
    through: Literal["arrivals", "fleet"] = "arrivals",
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
    reaches = Reaches.from_graph(waterway(county))
    classes = river_table(county, "vessel_classes")
    passing = ThroughParameters.from_county(county)
    traffic = yearly_traffic(river_table(county, "lock_traffic"), passing, year)
    mix = traffic_mix(classes, passing.load_factor, traffic)
    if through == "fleet":
        drawn = _closed_fleet(county, reaches, (traffic, mix), start=start, days=days, seed=seed)
    else:
        month_share = dict(county.river_months.select("month", "traffic_share").iter_rows())
        drawn = through_voyages(traffic, mix, month_share, passing.ends, start=start, days=days, seed=seed)
        drawn = drawn.with_columns(
            planned_min=pl.col("depart_min"), trip=pl.lit(0, pl.Int64), owner=pl.lit(None, pl.String)
        )
    trips = RoundTripParameters.from_county(county)
    round_trips = draw_round_trips(classes, reaches, trips, year=year, seed=seed)
    cycling = cycling_voyages(round_trips, trips, days=days, seed=seed)
    cycling = cycling.with_columns(kind=pl.lit("cycling"), owner=pl.col("vessel_id"))
    return validate(_numbered(drawn, cycling), Voyages, table="voyages")


def _closed_fleet(
    county: County, reaches: Reaches, traffic_and_mix: tuple[Traffic, Mix], *, start: dt.date, days: int, seed: int
) -> pl.DataFrame:
    """Return the voyages of the closed fleet of a county; see `shipping.traffic.closed_fleet.fleet_voyages`."""
    traffic, mix = traffic_and_mix
    fleet = ClosedFleetParameters.from_county(county)
    base = yearly_traffic(river_table(county, "lock_traffic"), ThroughParameters.from_county(county), fleet.base_year)
    speeds = dict(river_table(county, "vessel_classes").select("vessel_class", "water_speed_km_h").iter_rows())
    ends = {"down": (fleet.top_km, fleet.bottom_km), "up": (fleet.bottom_km, fleet.top_km)}
    hours = {
        way: np.array([float(reaches.hours(*ends[way], speeds[name])) for name in mix.classes]) for way in DIRECTIONS
    }
    locks = river_table(county, "river_nodes").filter(
        (pl.col("kind") == "lock") & pl.col("chainage_km").is_between(fleet.top_km, fleet.bottom_km, closed="none")
    )
    waits = waiting_at(rows_of(county, "lock_bulletins"), start)
    frame = fleet_voyages(
        mix,
        hours,
        fleet,
        # the fleet grows with the passages
        passages_per_day=(fleet.passages_per_day or base.passages / YEAR_DAYS) * traffic.passages / base.passages,
        start=start,
        days=days,
        seed=seed,
        waiting=(scalar(locks, pl.col("chainage_km").min()), waits) if locks.height and waits else None,
        festivals=festivals_of(rows_of(county, "calendar")),
    )
    vessel = "through-" + pl.col("vessel_class")
    return frame.with_columns(vessel_id=vessel, kind=pl.lit("through"), owner=pl.col("vessel").cast(pl.String))


def _numbered(through: pl.DataFrame, cycling: pl.DataFrame) -> pl.DataFrame:
    """Return voyages with their ids, in the order of departure if nobody waited, and whom each follows."""
    columns = [name for name in Voyages.column_names() if name not in ("voyage_id", "follows")]
    both = [frame.select("planned_min", "owner", "trip", *columns) for frame in (through, cycling)]
    # stable, so that voyages of one vessel id and minute keep their order, and with it their ids
    table = pl.concat(both).sort("planned_min", "vessel_id", maintain_order=True).with_row_index("voyage_id")
    # the voyage before of the same vessel: by its id, since a fleet sails in order of its plan
    before = pl.col("voyage_id").shift(1).over("kind", "owner").cast(pl.Int64)
    follows = pl.when(pl.col("trip") > 0).then(before)
    return table.with_columns(pl.col("voyage_id").cast(pl.Int64), follows=follows).drop("planned_min", "owner", "trip")


def without_double(county: County, voyages: pl.DataFrame) -> pl.DataFrame:
    """Return voyages without the through voyages of the classes whose vessels cycle.

    The bulletins count every vessel, so the through voyages include those of LNG vessels; where the cycling fleet sails
    itself, it takes their place, and the lock sees each passage once. A county without a river has no such classes:
    its voyages stay as they are.
    """
    cycling = rows_of(county, "vessel_classes").filter((pl.col("fuel") == "lng") & (pl.col("tank_m3") > 0.0))[
        "vessel_class"
    ]
    twice = (pl.col("kind") == "through") & pl.col("vessel_class").is_in(cycling.implode())
    return voyages.filter(~twice) if (voyages["kind"] == "cycling").any() else voyages


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
    columns = [name for name in Voyages.column_names() if name not in ("voyage_id", "follows")]
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
