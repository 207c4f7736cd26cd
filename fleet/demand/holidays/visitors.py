"""People who are registered in the county and live elsewhere: how many of their cars come home for a holiday."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.errors import DataError, nearest
from data.schemas.supply import VISITOR
from data.tables.roles import household_car
from fleet.demand.hours.profiles import at_year

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from data.county import County
    from fleet.demand.calendar import Day
    from fleet.demand.parameters import DemandTables

_SEAT: Final = "seat"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where people of the county live and work.

    Attributes
    ----------
    name : str
        Id of the place.
    people_share : float
        Of all who are registered in the county and live elsewhere.
    distance_km : float
        Way to the county.
    bev_share : float
        Of the cars there, battery-electric ones.
    """

    name: str
    people_share: float
    distance_km: float
    bev_share: float


@dataclass(frozen=True, slots=True)
class Customs:
    """What people do for a holiday.

    Attributes
    ----------
    home_share : float
        Of those who live elsewhere, who come home.
    car_share : float
        Of those, who come by car.
    people_per_car : float
        In a car.
    stay_days : float
        Mean nights that they stay.
    arrive_before_days : float
        Days before the holiday from which on they arrive.
    km_per_day : float
        Km that a car drives a day while it is there.
    """

    home_share: float
    car_share: float
    people_per_car: float
    stay_days: float
    arrive_before_days: float
    km_per_day: float


@dataclass(frozen=True, slots=True)
class Homecoming:
    """A holiday for which people come home.

    Attributes
    ----------
    holiday : str
        Id of the holiday; owns the random streams of its visitors.
    first, last : date
        First day on which somebody arrives, and last day of the holiday.
    customs : Customs
        What people do for it.
    """

    holiday: str
    first: date
    last: date
    customs: Customs

    def touches(self, days: Sequence[Day]) -> bool:
        """Return whether somebody may be there on some of the days."""
        return days[0].date <= self.last and self.first <= days[-1].date


@dataclass(frozen=True, slots=True)
class VisitorInputs:
    """What the visitors of a year are made of.

    Attributes
    ----------
    household : str
        Vehicle class whose models and habits they have.
    away_people : float
        People who are registered in the county and live elsewhere.
    origins : tuple of Origin
        Where they live.
    homecomings : tuple of Homecoming
        All holidays of the calendar for which people come home.
    seat_weight : float
        A resident of the seat over one of a town, as families to which people come home.
    cable_share : float
        Of the cars, those that charge from a socket of the family's house.
    cable_kw, cable_h : float
        Power at the socket, and hours of a night.
    efficiency_ac : float
        Battery kWh per kWh at the socket.
    trip_start_soc : float
        SOC with which a long trip begins.
    highway_use_factor : float
        Energy per km on a long trip over that of the tables.
    charge_before_leaving_share : float
        Of those whose battery does not last for the way back, who charge in the county before they set out.
    """

    household: str
    away_people: float
    origins: tuple[Origin, ...]
    homecomings: tuple[Homecoming, ...]
    seat_weight: float
    cable_share: float
    cable_kw: float
    cable_h: float
    efficiency_ac: float
    trip_start_soc: float
    highway_use_factor: float
    charge_before_leaving_share: float

    @classmethod
    def from_county(cls, county: County, *, year: int) -> VisitorInputs | None:
        """Return the visitors of a year; None for a county that does not say who comes home.

        Raises
        ------
        DataError
            A figure or a measure that the county lacks; more residents than registered people.
        """
        if not county.has("visitors"):
            return None
        figure = county.figure
        away = figure("visitors.registered_people") - figure("visitors.resident_people")
        if away < 0.0:
            raise DataError(
                f"{county.name}/figures.csv: visitors.registered_people less visitors.resident_people gives "
                f"{away:,.0f}; expected at least 0. Where more people live than are registered nobody comes home for "
                "holidays: remove the tables visitors and visitor_origins."
            )
        return cls(
            household=household_car(county.vehicle_classes, county.name),
            away_people=away,
            origins=_origins(county, year),
            homecomings=_homecomings(county),
            seat_weight=figure("visitors.seat_weight"),
            cable_share=figure("visitors.cable_share"),
            cable_kw=figure("visitors.cable_kw"),
            cable_h=figure("visitors.cable_h"),
            efficiency_ac=figure("charging.efficiency_ac"),
            trip_start_soc=figure("fleet.trip_start_soc"),
            highway_use_factor=figure("fleet.highway_use_factor"),
            charge_before_leaving_share=figure("visitors.charge_before_leaving_share"),
        )

    def cars(self, customs: Customs) -> list[float]:
        """Return the battery-electric cars that come for a holiday, by origin."""
        people = self.away_people * customs.home_share * customs.car_share
        return [people * origin.people_share / customs.people_per_car * origin.bev_share for origin in self.origins]


def _origins(county: County, year: int) -> tuple[Origin, ...]:
    """Return where people live in a year, linear between the years of the table."""
    return tuple(
        Origin(str(name), *(at_year(rows, column, year) for column in ("people_share", "distance_km", "bev_share")))
        for (name,), rows in county.visitor_origins.group_by("origin", maintain_order=True)
    )


def _homecomings(county: County) -> tuple[Homecoming, ...]:
    """Return the holidays of the calendar whose occasion has visitors."""
    customs = {
        str(occasion): _customs(county.name, str(occasion), dict(rows.select("measure", "value").iter_rows()))
        for (occasion,), rows in county.visitors.group_by("occasion", maintain_order=True)
    }
    return tuple(
        Homecoming(
            row["holiday"],
            row["start_date"] - timedelta(days=round(customs[row["occasion"]].arrive_before_days)),
            row["end_date"],
            customs[row["occasion"]],
        )
        for row in county.calendar.iter_rows(named=True)
        if row["occasion"] in customs
    )


def _customs(county: str, occasion: str, values: dict[str, float]) -> Customs:
    """Return the customs of an occasion."""
    known = [column.name for column in fields(Customs)]
    lacking = [name for name in known if name not in values]
    if lacking:
        hint = nearest(lacking[0], [name for name in values if name not in known])
        raise DataError(
            f"{county}/visitors.csv: occasion '{occasion}' has no row for the measure {', '.join(lacking)}; expected "
            f"one for each of {', '.join(known)}. Add it.{hint}"
        )
    return Customs(**{name: values[name] for name in known})


def visitor_tables(tables: DemandTables, visitors: VisitorInputs) -> DemandTables:
    """Return the tables of the vehicle day for the visitors' cars: a class of its own, `VISITOR`.

    They are driven as cars of households, charge from a socket at home or nowhere of their own, and stay in the towns
    by residents, those of the seat weighed by ``seat_weight``.
    """
    columns: dict[str, Any] = {}
    for column in (each for each in fields(tables) if each.init):
        frame = getattr(tables, column.name)
        if frame is not None and "vehicle_class" in frame.columns:
            rows = frame.filter(pl.col("vehicle_class") == visitors.household)
            columns[column.name] = rows.with_columns(vehicle_class=pl.lit(VISITOR))
    socket = {
        "town_kind": pl.lit("any"),
        "home_share": pl.lit(visitors.cable_share),
        "depot_share": pl.lit(0.0),
        "work_share": pl.lit(0.0),
        "public_share": pl.lit(1.0 - visitors.cable_share),
    }
    columns["charging_access"] = columns["charging_access"].head(1).with_columns(**socket)
    weight = pl.when(pl.col("kind") == _SEAT).then(visitors.seat_weight).otherwise(1.0)
    columns["towns"] = tables.towns.with_columns(residents=pl.col("residents") * weight)
    return replace(tables, **columns)
