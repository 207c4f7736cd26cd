"""Cars that pass through the county on the expressway and charge at a service area."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import scipy

from data.arrays import DAY_MIN
from data.errors import DataError
from data.roads.travel_times import through_origin
from data.schemas.supply import THROUGH
from data.streams import stream
from data.tables.roles import HOUSEHOLD_CAR, classes_of, household_car
from fleet.demand.class_inputs import BEV
from fleet.demand.decisions import beta, exponential, of_day, poisson_quantile, uniform
from fleet.demand.holidays.long_trips import holiday_charges, with_long_trips
from fleet.demand.holidays.trip_lengths import RoadTrips
from fleet.demand.hours.profiles import between_years, times_of_day
from fleet.demand.plugs.models import at_dc, models_in
from fleet.demand.public_charges import REQUEST, by_number, request_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.arrays import Floats, Ints
    from data.county import County
    from fleet.demand.calendar import Day
    from fleet.demand.decisions import Law
    from fleet.demand.holidays.long_trips import HolidayCharges
    from fleet.demand.parameters import DemandParameters, DemandTables
    from fleet.demand.plugs.models import Models

_LEAST_GAIN: Final = 1e-3  # of the SOC: a request must ask for something where the beta laws cross


@dataclass(frozen=True, slots=True)
class ThroughFlow:
    """Cars that pass in a direction of a road and charge on the way.

    Attributes
    ----------
    name : str
        Name of road and direction; owns the random streams.
    cars_a_day : float
        Mean number of them that charge on an ordinary day.
    profile, holiday_profile : str
        Hourly profiles of ordinary days and of holidays.
    stops : tuple of str
        Where they may stop, as origins of requests; each equally likely.
    trips : RoadTrips or None
        Lengths of their trips, which say how much more of them charge on holidays; None: as many as the calendar says.
    """

    name: str
    cars_a_day: float
    profile: str
    holiday_profile: str
    stops: tuple[str, ...]
    trips: RoadTrips | None = None


def through_flows(county: County, *, year: int) -> tuple[ThroughFlow, ...]:
    """Return through traffic of a year by road and direction.

    Cars are traffic less its heavy vehicles x share of BEVs x chance to charge, linear between the years of
    ``through_traffic``; the share is one of cars. They stop at any service area of the county on their side, because
    how far a battery still reaches does not depend on where the county lies; on a road without service areas at any of
    the towns on it.
    """
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in county.through_traffic.iter_rows(named=True):
        rows.setdefault((row["road"], row["direction"]), []).append(row)
    return tuple(_flow(county, road, direction, own, year) for (road, direction), own in rows.items())


def _flow(county: County, road: str, direction: str, rows: Sequence[Mapping[str, Any]], year: int) -> ThroughFlow:
    """Return the traffic of a direction of a road from its rows by year."""

    def figure(name: str) -> float:
        # nothing stated counts as none: of a share of heavy vehicles that nobody knows
        return between_years({row["year"]: row[name] or 0.0 for row in rows}, year)

    # without the heavy vehicles where their share is known
    shares = (1.0 - figure("heavy_share"), figure("bev_share"), figure("charge_probability"))
    hours = (rows[0]["profile"], rows[0]["holiday_profile"] or rows[0]["profile"])
    stops = _stops(county, road, direction)
    trips = _trips(county, road, direction, len(stops))
    return ThroughFlow(through_origin(road, direction), figure("aadt") * math.prod(shares), *hours, stops, trips)


def _trips(county: County, road: str, direction: str, stops: int) -> RoadTrips | None:
    """Return the lengths of the trips on a road, driven by cars of households."""
    if not county.trip_lengths.height:
        return None
    of_cars = county.rows_by("energy_use")[household_car(county.vehicle_classes, county.name)]
    use = next(row["use_per_100km"] for row in of_cars if row["power"] == BEV)
    return RoadTrips.from_county(county, road=road, direction=direction, stops=stops, use_per_100km=use)


def _stops(county: County, road: str, direction: str) -> tuple[str, ...]:
    """Return where the drivers of a direction may stop."""
    on_road = county.rows_by("service_areas", "expressway").get(road, ())
    areas = [row["area"] for row in on_road if row["in_county"] and row["direction"] == direction]
    if areas:
        return tuple(through_origin(road, direction, area) for area in areas)
    return tuple(towns_on(county, road)) or (through_origin(road, direction),)


def towns_on(county: County, road: str) -> list[str]:
    """Return the county's towns at the links of a road, in the order of the towns."""
    links = county.rows_by("road_links", "ref").get(road, ())
    ends = {row[end] for row in links for end in ("from_node", "to_node")}
    return [town for town in county.towns["town"] if town in ends]


def through_requests(
    flows: Sequence[ThroughFlow],
    tables: DemandTables,
    parameters: DemandParameters,
    *,
    calendar: Sequence[Day],
    year: int,
    seed: int,
) -> pl.DataFrame:
    """Return the requests of through traffic: a Poisson number per day and direction, times by hourly profile.

    The mean of a day is the flow's x the holiday's multiplier x a gamma day factor with the spread ``through_day_cv``.
    On a holiday whose trips have lengths (`fleet.demand.holidays.trip_lengths`) multiplier, models and SOC follow from
    those and the range of the cars.

    Raises
    ------
    DataError
        No behaviour row for ``through``, or no car models with a DC inlet.
    """
    if not flows:
        return pl.DataFrame(schema=REQUEST)
    households = classes_of(tables.vehicle_classes, HOUSEHOLD_CAR)[:1]
    # cars on the expressway are those of households where the county states none
    driven = THROUGH if tables.rows("ev_models", THROUGH) else "".join(households)
    models = at_dc(models_in(tables.rows("ev_models", driven), tables.rows("ev_model_shares", driven), year))
    if not (tables.rows("charging_behaviour", THROUGH) and models.share.sum() > 0.0):
        raise DataError(
            "through traffic needs a row 'through' in charging_behaviour, and models with a dc_kw in ev_models of a "
            f"class with the role '{HOUSEHOLD_CAR}' in vehicle_classes, that are driven in {year}."
        )
    rule, parts = tables.habits(THROUGH), []
    for flow in flows:
        holidays = holiday_charges(flow.trips, calendar, models, rule)
        more = [_multiplier(day, flow.trips, holiday) for day, holiday in zip(calendar, holidays, strict=True)]
        cars = _cars_by_day(flow, np.array(more), parameters.through_day_cv, seed)
        minutes = _minutes(flow, cars, calendar, tables, seed)
        gain = parameters.least_gain_share
        table = _requests(
            flow, cars, minutes, models=models, rule=rule, least_gain_share=gain, seed=seed, holidays=holidays
        )
        parts.append(table)
    return pl.concat(parts)


def _multiplier(day: Day, trips: RoadTrips | None, holiday: HolidayCharges | None) -> float:
    """Return the cars that charge on a day over their mean: those of the calendar, or by the lengths of their trips."""
    if trips is None or holiday is None:
        return day.through_multiplier
    return trips.traffic_multiplier * holiday.ratio / day.mean_through


def _cars_by_day(flow: ThroughFlow, multiplier: Floats, cv: float, seed: int) -> Ints:
    """Return how many cars of a flow charge on each day."""
    factor, count = (
        uniform(stream(seed, "fleet", flow.name, decision), (len(multiplier),)) for decision in ("day-factor", "cars")
    )
    # inverses of the distribution functions: a lot more or less of traffic adds cars and draws none of them anew
    # a gamma of mean 1 and variance cv^2
    shape = 1.0 / cv**2
    mean = flow.cars_a_day * multiplier
    return poisson_quantile(count, mean * scipy.special.gammaincinv(shape, factor) / shape)


def _requests(
    flow: ThroughFlow,
    cars: Ints,
    minutes: Floats,
    *,
    models: Models,
    rule: dict[str, float],
    least_gain_share: float,
    seed: int,
    holidays: Sequence[HolidayCharges | None],
) -> pl.DataFrame:
    """Return the requests of a flow at their minutes."""

    def drawn(decision: str, law: Law = uniform) -> Floats:
        return _by_car(flow, cars, decision, law, seed)

    share = np.cumsum(models.share)
    # over the last value: shares of models are rounded, and a lot near 1 must still find one
    model = np.searchsorted(share / share[-1], drawn("model"), side="right")
    first = drawn("start-soc", beta(rule["start_soc_alpha"], rule["start_soc_beta"]))
    if any(holiday is not None for holiday in holidays):
        model, first = with_long_trips(model, first, holidays, cars, drawn("long-trip"))
    battery = models.battery_kwh[model]
    goal = 1.0 - drawn("end-soc", beta(rule["end_soc_alpha"], rule["end_soc_beta"]))
    # a driver who stops takes at least the least gain, but no battery holds more than 1
    goal = np.minimum(np.maximum(goal, first + least_gain_share), 1.0)
    first = np.minimum(first, goal - _LEAST_GAIN)
    number = len(first)
    return pl.DataFrame(
        request_columns(
            arrive_min=minutes,
            origin=by_number(flow.stops, (drawn("stop") * len(flow.stops)).astype(np.int64)),
            current=by_number(("dc",), np.zeros(number, dtype=np.int64)),
            energy_kwh=(goal - first) * battery,
            accept_kw=models.dc_kw[model],
            vehicle_class=by_number([f"{THROUGH}/{segment}" for segment in models.segment], model),
            battery_kwh=battery,
            soc_start=first,
            patience_min=rule["patience_mean_min"] * drawn("patience", exponential),
            max_queue=np.full(number, rule["max_queue"]),
            overstay_min=rule["overstay_dc_min"] * drawn("overstay", exponential),
            first_current=by_number((None,), np.zeros(number, dtype=np.int64)),
            overstay_dc_min=pl.Series(np.full(number, np.nan), nan_to_null=True),
        )
    )


def _by_car(flow: ThroughFlow, cars: Ints, decision: str, law: Law, seed: int) -> Floats:
    """Return the draws of a decision: always the same numbers for the first, second, ... car of a day."""
    days = enumerate(cars.tolist())
    # as many of the day's numbers as it has cars: further cars take further numbers
    return np.concatenate([of_day(seed, flow.name, decision, day, law, number) for day, number in days])


def _minutes(flow: ThroughFlow, cars: Ints, calendar: Sequence[Day], tables: DemandTables, seed: int) -> Floats:
    """Return arrivals in minutes from the first day on, by the profile of ordinary days or of holidays."""
    lot = _by_car(flow, cars, "time-of-day", uniform, seed)
    minutes = times_of_day(tables.hourly_shares(flow.profile), lot)
    holiday = np.repeat([day.holiday is not None for day in calendar], cars)
    if holiday.any():
        # the same lots: a day that becomes a holiday moves its cars in the day
        minutes = np.where(holiday, times_of_day(tables.hourly_shares(flow.holiday_profile), lot), minutes)
    return np.asarray(minutes + np.repeat(DAY_MIN * np.arange(len(calendar)), cars))
