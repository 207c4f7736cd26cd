"""Cars that pass through the county on the expressway and charge at a service area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN
from data.errors import DataError
from data.roads.travel_times import through_origin
from data.streams import stream
from fleet.demand.profiles import at_year, draw_minutes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County
    from fleet.demand.calendar import Day
    from fleet.demand.parameters import DemandParameters, DemandTables

_CLASS: Final = "through"
_MODELS_OF: Final = "private_car"
_HOLIDAY_PROFILE: Final = "highway_holiday"
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
    profile : str
        Hourly profile of ordinary days.
    stops : tuple of str
        Where they may stop, as origins of requests; each equally likely.
    """

    name: str
    cars_a_day: float
    profile: str
    stops: tuple[str, ...]


def through_flows(county: County, *, year: int) -> tuple[ThroughFlow, ...]:
    """Return through traffic of a year by road and direction.

    Cars are traffic x share of BEVs x chance to charge, linear between the years of ``through_traffic``. They stop at
    any service area of the county on their side, because how far a battery still reaches does not depend on where the
    county lies; on a road without service areas at any of the towns on it.
    """
    flows = []
    for (road, direction), rows in county.through_traffic.group_by("road", "direction", maintain_order=True):
        mean = (
            at_year(rows, "aadt", year) * at_year(rows, "bev_share", year) * at_year(rows, "charge_probability", year)
        )
        name = through_origin(str(road), str(direction))
        flows.append(ThroughFlow(name, mean, str(rows["profile"][0]), _stops(county, str(road), str(direction))))
    return tuple(flows)


def _stops(county: County, road: str, direction: str) -> tuple[str, ...]:
    """Return where the drivers of a direction may stop."""
    inside = pl.col("in_county") & (pl.col("expressway") == road) & (pl.col("direction") == direction)
    areas = county.service_areas.filter(inside)["area"].to_list()
    if areas:
        return tuple(through_origin(road, direction, area) for area in areas)
    return tuple(towns_on(county, road)) or (through_origin(road, direction),)


def towns_on(county: County, road: str) -> list[str]:
    """Return the county's towns at the links of a road, in the order of the towns."""
    links = county.road_links.filter(pl.col("ref") == road)
    ends = {*links["from_node"], *links["to_node"]}
    return [town for town in county.towns["town"] if town in ends]


def through_requests(
    flows: Sequence[ThroughFlow],
    tables: DemandTables,
    parameters: DemandParameters,
    *,
    calendar: Sequence[Day],
    seed: int,
) -> pl.DataFrame:
    """Return the requests of through traffic: a Poisson number per day and direction, times by hourly profile.

    The mean of a day is the flow's x the holiday's multiplier x a gamma day factor with the spread ``through_day_cv``.

    Raises
    ------
    DataError
        No behaviour row for ``through``, or no car models.
    """
    behaviour = tables.charging_behaviour.filter(pl.col("vehicle_class") == _CLASS)
    models = tables.ev_models.filter(pl.col("vehicle_class") == _MODELS_OF)
    if not behaviour.height or not models.height:
        raise DataError("through traffic needs a row 'through' in charging_behaviour and 'private_car' in ev_models.")
    rule = behaviour.row(0, named=True)
    parts = []
    for flow in flows:
        for index, day in enumerate(calendar):
            draw = stream(seed, "fleet", flow.name, "day", str(index))
            shape = 1.0 / parameters.through_day_cv**2
            number = int(draw.poisson(flow.cars_a_day * day.through_multiplier * draw.gamma(shape, 1.0 / shape)))
            profile = _HOLIDAY_PROFILE if day.holiday else flow.profile
            stops = flow.stops if len(flow.stops) == 1 else None
            origins = (
                [flow.stops[choice] for choice in draw.integers(len(flow.stops), size=number)]
                if stops is None
                else list(stops) * number
            )
            parts.append(_requests(tables, parameters, models, rule, origins, profile, draw, DAY_MIN * index))
    return pl.concat(parts)


def _requests(  # noqa: PLR0917 - one draw of one day
    tables: DemandTables,
    parameters: DemandParameters,
    models: pl.DataFrame,
    rule: dict[str, float],
    stops: list[str],
    profile: str,
    draw: np.random.Generator,
    offset_min: float,
) -> pl.DataFrame:
    """Draw the requests of a direction and day, one for each stop."""
    number = len(stops)
    share = models["share"].to_numpy()
    model = draw.choice(models.height, number, p=share / share.sum())
    battery = models["battery_kwh"].to_numpy()[model]
    first = draw.beta(rule["start_soc_alpha"], rule["start_soc_beta"], number)
    goal = 1.0 - draw.beta(rule["end_soc_alpha"], rule["end_soc_beta"], number)
    goal = np.minimum(np.maximum(goal, first + parameters.least_gain_share), 1.0)
    first = np.minimum(first, goal - _LEAST_GAIN)
    return pl.DataFrame(
        {
            "arrive_min": draw_minutes(tables.profiles, profile, number, draw) + offset_min,
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
