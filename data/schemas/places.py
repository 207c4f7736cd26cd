"""Schemas of the county tables about sources, figures, places and roads."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import dataframely as dy
import polars as pl

from data.schemas.base import (
    Explained,
    Table,
    calendar_year,
    choice,
    confidence,
    counted,
    fraction,
    identifier,
    latitude,
    longitude,
    measured,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MEASURES = {
    "vehicles": "vehicles",
    "new_vehicles": "vehicles",
    "new_energy_stock_share": "share",
    "new_energy_flow_share": "share",
    "new_energy_car_flow_share": "share",
    "clean_flow_share": "share",
    "public_piles": "piles",
    "public_guns": "guns",
    "public_sessions_per_day": "1/day",
    "public_kwh_per_day": "kWh/day",
    "lock_cargo_mt": "Mt",
    "lock_passages": "passages",
    "lng_bunkered_t": "t",
}
"""Unit by measure that statistics may state of a year."""
OF_A_CLASS = ("vehicles", "new_vehicles", "new_energy_stock_share", "new_energy_flow_share")
"""Measures of a vehicle class; the others are of the county."""
HIGHWAYS = ("motorway", "trunk", "primary", "secondary", "tertiary", "motorway_link")


class Sources(Table):
    """Bibliography: every figure names one of these."""

    source_id = identifier(primary_key=True)
    title = identifier()
    year = identifier(nullable=True)
    kind = identifier(nullable=True)
    licence = identifier(nullable=True)


class Figures(Table):
    """Scalar figures by dotted key."""

    key = dy.String(primary_key=True, regex=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$")
    value = measured("as `unit` says", -1e12, 1e12)
    unit = identifier(nullable=True)
    low = measured("as `unit` says", -1e12, 1e12, nullable=True)
    high = measured("as `unit` says", -1e12, 1e12, nullable=True)
    year = calendar_year(nullable=True)
    source = identifier()
    confidence = confidence()
    note = identifier(nullable=True)


class Towns(Table):
    """Towns of the county."""

    town = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    stat_code = identifier(nullable=True)
    kind = choice(("seat", "town"))
    lon = longitude()
    lat = latitude()
    residents = measured("people", 0.5, 5e6, usual=(500.0, 1e6))
    residents_low = measured("people", 0.0, 5e6, nullable=True)
    residents_high = measured("people", 0.0, 5e6, nullable=True)
    area_km2 = measured("km2", 0.001, 1e5, usual=(1.0, 5000.0), nullable=True)
    villages = counted("villages", 0, 10_000, usual=(0, 200), nullable=True)
    source = identifier()
    confidence = confidence()


class Outline(Table):
    """Corners of the county's border, ring by ring, in order; a ring closes itself. Without it maps draw a hull."""

    ring = counted("number", 1, 1000, primary_key=True)
    corner = counted("number", 1, 1_000_000, primary_key=True)
    lon = longitude()
    lat = latitude()
    source = identifier()
    confidence = confidence()


class Villages(Table):
    """Villages and neighbourhoods in which the residents of a town live; towns without rows are drawn.

    `residents` say how those of the town are divided; empty ones share equally what the others leave.
    """

    village = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    town = identifier()
    lon = longitude()
    lat = latitude()
    residents = measured("people", 0.5, 1e6, usual=(10.0, 50_000.0), nullable=True)
    source = identifier()
    confidence = confidence()


CANDIDATE_KINDS = ("village", "car_park", "depot", "terminal", "yard", "service_area", "station")
CANDIDATE_STATES = ("new", "kept", "closed")


class Candidates(Table):
    """Places where a public station may stand; a row named as a station of the layout says what becomes of it.

    A station that moves is `closed` at its place and a `new` row at the other. Empty costs and powers are not known.
    """

    candidate = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    kind = choice(CANDIDATE_KINDS)
    town = identifier()
    lon = longitude()
    lat = latitude()
    state = choice(CANDIDATE_STATES)
    headroom_kw = measured("kW", 0.0, 1e6, usual=(0.0, 20_000.0), nullable=True)
    connection_cny = measured("CNY", 0.0, 1e9, usual=(0.0, 1e7), nullable=True)
    land_cny_per_year = measured("CNY a year", 0.0, 1e9, usual=(0.0, 1e7), nullable=True)
    source = identifier()
    confidence = confidence()


class Places(Table):
    """Nodes of the road network that are neither towns nor service areas."""

    place = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    lon = longitude()
    lat = latitude()
    kind = choice(("gateway", "interchange", "junction"))
    source = identifier()
    confidence = confidence()


class ServiceAreas(Table):
    """Sides of the expressway service areas; one row per side."""

    site = identifier(primary_key=True)
    area = identifier()
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    kind = choice(("service_area", "parking_area"))
    expressway = identifier()
    direction = choice(("east", "west"))
    in_county = dy.Bool()
    lon = longitude()
    lat = latitude()
    source = identifier()
    confidence = confidence()


class RoadLinks(Table):
    """Road links between towns, places and service area sites; one row serves both ways unless `oneway`.

    `lanes` are those of both directions, one each where it is empty.
    """

    link_id = identifier(primary_key=True)
    from_node = identifier()
    to_node = identifier()
    ref = identifier(nullable=True)
    highway = choice(HIGHWAYS)
    length_km = measured("km", 5e-05, 1000.0, usual=(0.05, 150.0))
    lanes = counted("lanes", 1, 16, usual=(1, 10), nullable=True)
    maxspeed_km_h = measured("km/h", 1.0, 200.0, usual=(15.0, 130.0))
    oneway = dy.Bool()
    opened_year = calendar_year(nullable=True)
    closed_year = calendar_year(nullable=True)
    project = identifier(nullable=True)
    source = identifier()
    confidence = confidence()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "two_ends": Explained("to_node", "another node than from_node", "Correct one of the ends."),
        "opens_first": Explained("closed_year", "a year after opened_year", "Correct one of the years."),
    }

    @dy.rule()
    def two_ends(cls) -> pl.Expr:
        """Require two different ends."""
        return pl.col("from_node") != pl.col("to_node")

    @dy.rule()
    def opens_first(cls) -> pl.Expr:
        """Require that a link closes after it opened."""
        return pl.col("closed_year") > pl.col("opened_year")


class RoadProjects(Table):
    """Road projects of the plan, with the year of opening.

    `heavy_shift_share` is the part of the heavy through traffic that a railway or terminal takes off the roads.
    """

    project = identifier(primary_key=True)
    name_zh = identifier(nullable=True)
    name_en = identifier(nullable=True)
    kind = identifier(nullable=True)
    opening_year = calendar_year(nullable=True)
    low = calendar_year(nullable=True)
    high = calendar_year(nullable=True)
    heavy_shift_share = fraction(nullable=True)
    heavy_shift_low = fraction(nullable=True)
    heavy_shift_high = fraction(nullable=True)
    source = identifier()
    confidence = confidence()
    note = identifier(nullable=True)


class Observations(Table):
    """What statistics say of a year: stock, sales, piles, sessions, kWh, the bulletin of the lock."""

    measure = choice(tuple(MEASURES))
    vehicle_class = identifier(nullable=True)
    year = calendar_year()
    value = measured("as the measure says", 0.0, 1e9)
    source = identifier()
    confidence = confidence()
    note = identifier(nullable=True)

    BY_ROW: ClassVar[bool] = True
    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "of_its_class": Explained(
            "vehicle_class",
            f"a vehicle class for {', '.join(OF_A_CLASS)}, and none for the others",
            "Name the class, or leave the cell empty.",
        ),
        "share_up_to_1": Explained("value", "at most 1 for a share", "Give it as a share, not in per cent."),
    }

    @dy.rule()
    def of_its_class(cls) -> pl.Expr:
        """Require a class where the measure is one of a class, and only there."""
        return pl.col("measure").is_in(OF_A_CLASS) == pl.col("vehicle_class").is_not_null()

    @dy.rule()
    def share_up_to_1(cls) -> pl.Expr:
        """Require that a share is not above 1."""
        shares = [name for name, unit in MEASURES.items() if unit == "share"]
        return ~pl.col("measure").is_in(shares) | (pl.col("value") <= 1.0)
