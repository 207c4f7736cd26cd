"""T05, T06, T16 and T19: battery swapping, shared e-bikes, road projects, signals."""

from __future__ import annotations

import polars as pl

from experiments.scorecard.evidence import Answer, Evidence, Target, amount, percent, plain_answer
from experiments.statistics.estimates import Estimate, mean_estimate
from fleet.roads.network import eco_routes

_SAME_ROUTE = 1e-9
_EBIKE_TABLES = ("ebike_points", "profiles")


def swapping(evidence: Evidence, target: Target) -> Answer:
    """Answer T05: swap stations of the county, and what they do beside fast charging."""
    del target
    opened = pl.col("opened_year").is_null() | (pl.col("opened_year") <= evidence.scenario.year)
    stations = evidence.county.swap_stations.filter(opened)
    table = evidence.tables["swapping"]
    if not evidence.county.swap_stations.height:
        return Answer(Estimate(None), None, "The county has no table swap_stations.")
    text = f"Table swap_stations: {stations.height} open in {evidence.scenario.year}."
    if table.height:
        parts = []
        for way in ("swapping", "charging"):
            rows = table.filter(pl.col("way") == way)
            stay = mean_estimate(evidence.by_replication(rows, pl.col("stay_mean_min").first())).value
            peak = mean_estimate(evidence.by_replication(rows, pl.col("peak_kw").first())).value
            served = float(rows["served"].sum()) / max(1.0, float(rows["requests"].sum()))
            words = (
                f"{way}: {percent(served)} served, {amount(stay, 'min')} at the station, peak {amount(peak, 'kW', 0)}"
            )
            parts.append(words)
        text += f" Table swapping, the same vehicles both ways: {'; '.join(parts)}."
    text += " The plan names no number of stations."
    value = Estimate(float(stations.height), exact=True)
    return Answer(value, None, text, evidence.assumed(tables=("swap_stations",)))


def ebikes(evidence: Evidence, target: Target) -> Answer:
    """Answer T06: number of shared e-bikes; whether bikes and crews are enough."""
    table, figure = evidence.tables["ebikes"], evidence.county.figure
    if not evidence.county.ebike_points.height:
        return Answer(Estimate(None), None, "The county has no table ebike_points.")
    bikes = Estimate(float(evidence.county.ebike_points["bikes"].sum()), exact=True)
    text = "Table ebike_points."
    if table.height:
        lost = mean_estimate(evidence.by_replication(table, pl.col("lost_share").first()), floor=0.0)
        names = ("availability_share", "crew_use_share", "van_use_share", "saved_kgco2")
        found = {
            name: mean_estimate(evidence.by_replication(table, pl.col(name).first())).value or 0.0 for name in names
        }
        saved = found["saved_kgco2"] / evidence.scenario.days
        crews, vans = int(table["crews"][0]), int(table["vans"][0])
        text += (
            f" Table ebikes: with {crews} swap crews and {vans} vans {percent(lost.value)} of the trips find no bike "
            f"with charge (criterion {percent(figure('ebikes.lost_share'))}); a bike stands ready "
            f"{percent(found['availability_share'])} of the time; crews {percent(found['crew_use_share'])}, vans "
            f"{percent(found['van_use_share'])} at work in their shifts; {saved:,.0f}"
            " kg CO2 a day saved against the trips replaced. `xijiang size ebikes` gives the teams that are enough."
        )
    return plain_answer(target, bikes, text, evidence.assumed(figures=("ebikes.",), tables=_EBIKE_TABLES))


def signals(evidence: Evidence, target: Target) -> Answer:
    """Answer T19: change of idling fuel at the junctions with Webster's timing."""
    del target
    table = evidence.tables["signals"]
    if not table.height:
        return Answer(Estimate(None), None, "The county has no table junctions.")
    now, best = (table.filter(pl.col("timing") == name) for name in ("now", "webster"))
    before, after = float(now["fuel_l_year"].sum()), float(best["fuel_l_year"].sum())
    delays = " to ".join(f"{float(part['delay_s'].sum()) / part.height:.0f}" for part in (now, best)) + " s"
    text = (
        f"Table signals, {now.height} junctions in their peak hours: mean delay {delays} a vehicle, idling fuel "
        f"{before:,.0f} to {after:,.0f} L a year with Webster's timing; green waves are not in it. {_eco(evidence)}"
    )
    value = Estimate(after / before - 1.0 if before else 0.0, exact=True)
    return Answer(value, None, text, evidence.assumed(figures=("signals.",), tables=("junctions",)))


def _eco(evidence: Evidence) -> str:
    """Return what routes by energy save between towns against routes by time."""
    if not evidence.county.road_classes.height:
        return ""
    parts = []
    for power, name in (("petrol", "petrol"), ("bev", "electric")):
        routes = eco_routes(evidence.county, year=evidence.scenario.year, power=power)
        other = routes.filter(pl.col("saved_share") > _SAME_ROUTE)
        saved = 1.0 - float(routes["eco_use"].sum()) / float(routes["fast_use"].sum())
        longer = float((other["eco_min"] - other["fast_min"]).sum()) / max(1, other.height)
        parts.append(
            f"{name} cars {percent(saved)} of their energy ({other.height} of {routes.height} pairs of towns have "
            f"another route, {longer:.1f} min longer)"
        )
    return f"Routes by energy instead of by time save {', '.join(parts)}."


def projects(evidence: Evidence, target: Target) -> Answer:
    """Answer T16: change of travel time by the first road project, all projects beside it."""
    del target
    table = evidence.tables["projects"]
    if not table.height:
        return Answer(Estimate(None), None, "The county has no table road_classes.")
    parts, value = [], None
    for (name, year), rows in table.sort("year", maintain_order=True).group_by("project", "year", maintain_order=True):
        change = dict(rows.select("metric", "change_share").iter_rows())
        value = change["trip_minutes"] if value is None else value
        words = ", ".join(
            f"{words} {percent(change[metric], sign=True)}"
            for metric, words in (
                ("trip_minutes", "minutes of a trip"),
                ("through_minutes", "of through traffic"),
                ("seat_minutes", "of residents to the seat"),
                ("vehicle_km", "vehicle-km"),
                ("kgco2", "carbon"),
            )
        )
        parts.append(f"{name} ({year}): {words}")
    text = (
        f"Table projects, user equilibrium of the peak hour without and with: {'; '.join(parts)}. Railway and "
        "terminals take a part of the heavy through traffic; `fleet.to_rail_share` and `fleet.to_water_share` move "
        "freight in the accounts."
    )
    tables = ("road_links", "road_projects", "road_classes", "through_traffic")
    return Answer(Estimate(value, exact=True), None, text, evidence.assumed(figures=("roads.",), tables=tables))
