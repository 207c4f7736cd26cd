"""Schemas of the county tables about streets and grid: e-bikes, junctions, road classes, town grids, sunshine."""

from __future__ import annotations

from data.schemas.base import Table, amount, choice, confidence, count, identifier, latitude, longitude, positive


class EbikePoints(Table):
    """Parking points of shared e-bikes; weights say where trips start and end in the morning (evenings: reversed)."""

    point = identifier(primary_key=True)
    town = identifier()
    kind = choice(("residential", "centre", "school", "work", "transit"))
    lon = longitude()
    lat = latitude()
    bikes = count()
    morning_origin_weight = amount()
    morning_destination_weight = amount()
    source = identifier()
    confidence = confidence()


class Junctions(Table):
    """Approaches of signal junctions in the peak; approaches of one group have green together."""

    junction = identifier(primary_key=True)
    name = identifier()
    approach = identifier(primary_key=True)
    flow_veh_h = amount()
    saturation_veh_h = positive()
    group = count(low=1)
    lost_s = positive()
    cycle_now_s = positive()
    green_now_s = positive()
    peak_hours_day = positive()
    source = identifier()
    confidence = confidence()


class RoadClasses(Table):
    """Capacity of a lane and delay under load (function of the Bureau of Public Roads) by road class."""

    highway = identifier(primary_key=True)
    capacity_veh_h_lane = positive()
    bpr_alpha = positive()
    bpr_beta = positive()
    source = identifier()
    confidence = confidence()


class TownGrid(Table):
    """Capacity of the grid that feeds a town, and what its other users draw at their peak."""

    town = identifier(primary_key=True)
    capacity_kw = positive()
    base_peak_kw = amount()
    low = positive(nullable=True)
    high = positive(nullable=True)
    source = identifier()
    confidence = confidence()


class PvMonths(Table):
    """Yield of a kW of modules on a mean day of a month, and the hours of daylight."""

    month = count(low=1, primary_key=True)
    kwh_per_kwp_day = amount()
    sunrise_h = positive()
    sunset_h = positive()
    source = identifier()
    confidence = confidence()
