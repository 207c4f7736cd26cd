"""Schemas of the county tables about streets: shared e-bikes and signal junctions."""

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
