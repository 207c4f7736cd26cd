"""Schemas of the county tables about operators' fleets: who they are, bus lines with their timetable, deliveries."""

from __future__ import annotations

from typing import ClassVar

import dataframely as dy
import polars as pl

from data.schemas.base import (
    Explained,
    Table,
    choice,
    confidence,
    counted,
    fraction,
    identifier,
    latitude,
    longitude,
    measured,
)

OPERATOR_KINDS = ("bus", "vans", "taxi", "sanitation", "pool", "trucks")
"""What an operator does: scheduled buses, rural deliveries, taxis, refuse, official cars, freight."""
DIRECTIONS = ("out", "back")
"""Along the stops of a line as its table lists them, and against them."""
SERVICE_DAYS = ("daily", "workday", "weekend")


class Operators(Table):
    """Companies and offices that run vehicles of one class from a depot.

    `vehicles` are those that it has today (empty: all that the county has of the class, or what its plan needs);
    `market_share` is its part of the county's parcels and goods, for operators of vans.
    """

    operator = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    kind = choice(OPERATOR_KINDS)
    vehicle_class = identifier()
    depot = identifier()
    vehicles = counted("vehicles", 0, 100_000, usual=(0, 5000), nullable=True)
    vehicles_low = counted("vehicles", 0, 100_000, nullable=True)
    vehicles_high = counted("vehicles", 0, 100_000, nullable=True)
    market_share = fraction(nullable=True)
    charger_kw = measured("kW", 1.0, 2000.0, usual=(3.0, 500.0))
    source = identifier()
    confidence = confidence()


class DutyLog(Table):
    """A log of an operator's vehicles: km of each on the days on which it was out.

    `start_min` and `end_min` are when its first trip of the day leaves and its last one is back, in minutes from
    midnight (past 1440 after it); without them the night in the depot is as long as the county's figure says.
    """

    vehicle = identifier(primary_key=True)
    date = dy.Date(primary_key=True)
    km = measured("km", 0.1, 3000.0, usual=(1.0, 800.0))
    start_min = measured("min", 0.0, 2880.0, nullable=True)
    end_min = measured("min", 0.0, 4320.0, nullable=True)

    EXPLAIN: ClassVar = {
        "comes_back_later": Explained(
            "end_min", "end_min after start_min", "Write ends after midnight as 1440 and more."
        ),
    }
    BY_ROW: ClassVar = True

    @dy.rule()
    def comes_back_later(cls) -> pl.Expr:
        """Require that a vehicle comes back after it left."""
        return pl.col("end_min").is_null() | pl.col("start_min").is_null() | (pl.col("start_min") < pl.col("end_min"))


class BusStops(Table):
    """Stops of bus lines; `charger_kw` is the power of each of the `chargers` for buses that lay over there."""

    stop = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    town = identifier(nullable=True)
    lon = longitude()
    lat = latitude()
    altitude_m = measured("m", -500.0, 6000.0, usual=(-50.0, 5000.0), nullable=True)
    charger_kw = measured("kW", 0.0, 2000.0, usual=(0.0, 600.0), nullable=True)
    chargers = counted("chargers", 0, 1000, usual=(0, 50), nullable=True)
    source = identifier()
    confidence = confidence()


class BusLines(Table):
    """Bus lines: who runs them, and the passengers that a bus carries on the mean and at its fullest."""

    line = identifier(primary_key=True)
    operator = identifier()
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    passengers = measured("people", 0.0, 400.0, usual=(0.0, 80.0), nullable=True)
    source = identifier()
    confidence = confidence()


class BusLineStops(Table):
    """Stops of a line in their order, with the way and the time from the stop before (0 at the first)."""

    line = identifier(primary_key=True)
    sequence = counted("stops", 0, 1000, primary_key=True)
    stop = identifier()
    km = measured("km", 0.0, 300.0, usual=(0.0, 60.0))
    minutes = measured("min", 0.0, 600.0, usual=(0.0, 120.0))
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar = {
        "first_stands": Explained(
            "km", "0 km and 0 minutes at a line's first stop", "Write the way to the next stop there."
        ),
        "moves_on": Explained("minutes", "more than 0 minutes where there are km", "Give the driving time."),
    }
    BY_ROW: ClassVar = True

    @dy.rule()
    def first_stands(cls) -> pl.Expr:
        """Require that a line's first row has no way behind it."""
        return (pl.col("sequence") > 0) | ((pl.col("km") == 0.0) & (pl.col("minutes") == 0.0))

    @dy.rule()
    def moves_on(cls) -> pl.Expr:
        """Require that a way takes time."""
        return (pl.col("km") == 0.0) | (pl.col("minutes") > 0.0)


class BusTimetable(Table):
    """Departures of a line: from the first to the last, one every `headway_min`.

    Minutes count from midnight of the service day and go past 1440 for trips after midnight. A single departure has the
    same first and last, and its headway does not matter.
    """

    line = identifier(primary_key=True)
    direction = choice(DIRECTIONS, primary_key=True)
    days = choice(SERVICE_DAYS, primary_key=True)
    first_min = measured("min", 0.0, 2880.0, usual=(240.0, 1440.0), primary_key=True)
    last_min = measured("min", 0.0, 2880.0, usual=(240.0, 1560.0))
    headway_min = measured("min", 1.0, 1440.0, usual=(2.0, 240.0))
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar = {
        "last_after_first": Explained(
            "last_min", "last_min of at least first_min", "Write departures after midnight as 1440 and more."
        ),
    }
    BY_ROW: ClassVar = True

    @dy.rule()
    def last_after_first(cls) -> pl.Expr:
        """Require that the last departure is not before the first."""
        return pl.col("first_min") <= pl.col("last_min")


class Deliveries(Table):
    """Where an operator's vans deliver on a day; where the table has no rows they are drawn for the villages.

    `operator` empty: each operator of vans delivers its `market_share` of the parcels there.
    """

    drop = identifier(primary_key=True)
    operator = identifier(nullable=True)
    town = identifier()
    lon = longitude()
    lat = latitude()
    parcels_per_day = measured("parcels", 0.0, 1e6, usual=(0.0, 20_000.0))
    kg_per_parcel = measured("kg", 0.001, 30_000.0, usual=(0.1, 100.0))
    earliest_min = measured("min", 0.0, 1440.0)
    latest_min = measured("min", 0.0, 1440.0)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar = {
        "window_opens_first": Explained("latest_min", "latest_min after earliest_min", "Correct the window."),
    }
    BY_ROW: ClassVar = True

    @dy.rule()
    def window_opens_first(cls) -> pl.Expr:
        """Require that a window opens before it closes."""
        return pl.col("earliest_min") < pl.col("latest_min")
