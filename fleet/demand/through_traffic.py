"""Cars that pass through the county on the expressway and charge at a service area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import DataError
from data.roads.travel_times import through_origin
from data.streams import stream
from fleet.demand.profiles import at_year

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County
    from fleet.demand.calendar import Day

_CLASS = "through"
_MODELS_OF = "private_car"


def through_requests(county: County, *, year: int, calendar: Sequence[Day], seed: int) -> pl.DataFrame:
    """Return the requests of through traffic: a Poisson number a day by direction, times by hourly profile.

    The mean of a day is traffic x share of BEVs x chance to charge x the holiday's multiplier x a gamma day factor
    with the spread ``fleet.demand_cv``; counts and shares are linear between the years of ``through_traffic``.

    Raises
    ------
    DataError
        No behaviour row for ``through``, or no car models.
    """
    behaviour = county.charging_behaviour.filter(pl.col("vehicle_class") == _CLASS)
    models = county.ev_models.filter(pl.col("vehicle_class") == _MODELS_OF)
    if not behaviour.height or not models.height:
        raise DataError("through traffic needs a row 'through' in charging_behaviour and 'private_car' in ev_models.")
    rule = behaviour.row(0, named=True)
    parts = []
    for (road, direction), rows in county.through_traffic.group_by("road", "direction", maintain_order=True):
        name = through_origin(str(road), str(direction))
        mean = (
            at_year(rows, "aadt", year) * at_year(rows, "bev_share", year) * at_year(rows, "charge_probability", year)
        )
        for index, day in enumerate(calendar):
            draw = stream(seed, "fleet", name, "day", str(index))
            shape = 1.0 / county.figure("fleet.demand_cv") ** 2
            number = int(draw.poisson(mean * day.through_multiplier * draw.gamma(shape, 1.0 / shape)))
            profile = "highway_holiday" if day.holiday else str(rows["profile"][0])
            stops = _stops(county, str(road), str(direction), number, draw)
            parts.append(_requests(county, models, rule, stops, profile, draw, 1440.0 * index))
    return pl.concat(parts)


def _stops(county: County, road: str, direction: str, number: int, draw: np.random.Generator) -> list[str]:
    """Return where each driver means to stop: any service area of the county on the own side, equally likely.

    How far a battery still reaches does not depend on where the county lies. On a road without service areas it is
    any of the towns on it.
    """
    areas = county.service_areas.filter(
        pl.col("in_county") & (pl.col("expressway") == road) & (pl.col("direction") == direction)
    )["area"].to_list()
    if not areas:
        towns = towns_on(county, road)
        if towns:
            return [towns[choice] for choice in draw.integers(len(towns), size=number)]
        return [through_origin(road, direction)] * number
    return [through_origin(road, direction, areas[choice]) for choice in draw.integers(len(areas), size=number)]


def towns_on(county: County, road: str) -> list[str]:
    """Return the county's towns at the links of a road, in the order of the towns."""
    links = county.road_links.filter(pl.col("ref") == road)
    ends = {*links["from_node"], *links["to_node"]}
    return [town for town in county.towns["town"] if town in ends]


def _requests(  # noqa: PLR0917 - one draw of one day
    county: County,
    models: pl.DataFrame,
    rule: dict[str, float],
    stops: list[str],
    profile: str,
    draw: np.random.Generator,
    offset_min: float,
) -> pl.DataFrame:
    """Draw the requests of a direction and day, one for each stop."""
    from fleet.demand.profiles import draw_minutes  # noqa: PLC0415 - the day model imports this module

    number = len(stops)
    share = models["share"].to_numpy()
    model = draw.choice(models.height, number, p=share / share.sum())
    battery = models["battery_kwh"].to_numpy()[model]
    first = draw.beta(rule["start_soc_alpha"], rule["start_soc_beta"], number)
    goal = 1.0 - draw.beta(rule["end_soc_alpha"], rule["end_soc_beta"], number)
    goal = np.minimum(np.maximum(goal, first + county.figure("fleet.least_gain_share")), 1.0)
    first = np.minimum(first, goal - 1e-3)
    return pl.DataFrame(
        {
            "arrive_min": draw_minutes(county, profile, number, draw) + offset_min,
            "origin": stops,
            "current": ["dc"] * number,
            "energy_kwh": (goal - first) * battery,
            "accept_kw": models["dc_kw"].to_numpy()[model],
            "vehicle_class": [f"{_CLASS}/{segment}" for segment in models["segment"].to_numpy()[model]],
            "battery_kwh": battery,
            "soc_start": first,
            "patience_min": draw.exponential(rule["patience_mean_min"], number),
            "max_queue": np.full(number, rule["max_queue"]),
            "overstay_min": rule["overstay_dc_min"] * draw.exponential(size=number),
        },
        schema_overrides={"origin": pl.String, "current": pl.String, "vehicle_class": pl.String, "max_queue": pl.Int64},
    )
