"""Candidates: from the table, from villages, beside what stands; and stations placed among them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from charging.siting import p_median
from charging.siting.candidates import candidate_sites, reachable
from data import load_county
from data.roads.nearest_town import nearest_towns


def row(name, town, **more):
    return {"candidate": name, "name_zh": None, "kind": "car_park", "town": town, "lon": 0.0, "lat": 0.0} | more


@pytest.fixture
def with_table(three_towns):
    """Return the three towns with a table of candidates: a new place, and a station that moves."""
    towns = three_towns.towns.select("town", "lon", "lat").rows()
    stations = three_towns.layout("today")["station_id"].unique(maintain_order=True).to_list()
    (first, lon, lat), (second, lon_2, lat_2) = towns[:2]
    costs = {"headroom_kw": 400.0, "connection_cny": 90_000.0, "land_cny_per_year": None}
    end = {"source": "X1", "confidence": "assumption"}
    rows = [
        row("car-park", first, lon=lon + 0.01, lat=lat, state="new", **costs, **end),
        row(stations[0], second, lon=lon_2, lat=lat_2, state="closed", **costs, **end),
    ]
    schema = three_towns.candidates.schema
    county = three_towns.with_table("candidates", pl.DataFrame(rows, schema=schema))
    return county, stations


def test_without_a_table_villages_are_candidates_and_marked(three_towns):
    found = candidate_sites(three_towns)
    assert found.height > 3
    assert set(found["state"]) == {"new"}
    villages = found.filter(kind="village")
    assert set(villages["placed"]) <= {"given", "drawn", "centre"}
    assert set(found.filter(pl.col("kind") != "village")["placed"]) == {"tables"}
    assert found["candidate"].is_unique().all()
    # drawn from areas and residents: always the same
    assert found.equals(candidate_sites(three_towns))
    assert candidate_sites(three_towns, three_towns.layout("today"))["candidate"].is_unique().all()


def test_depots_at_places_and_service_areas_are_candidates_in_the_nearest_town_by_road(three_towns):
    assert "fork" in three_towns.places["place"].to_list()
    operators = three_towns.operators.with_columns(depot=pl.lit("fork"))
    found = candidate_sites(three_towns.with_table("operators", operators)).filter(kind="depot")
    assert found["candidate"].to_list() == [f"depot-{name}" for name in operators["operator"]]
    place = three_towns.places.filter(place="fork")
    assert set(found.select("lon", "lat").rows()) == {(place["lon"].item(), place["lat"].item())}
    assert (
        found["town"].unique().to_list()
        == nearest_towns(three_towns, place.select("lon", "lat", station_id="place"))["town"].to_list()
    )
    areas = load_county(Path(__file__).parents[2] / "counties" / "expressway-towns")
    site = areas.service_areas.filter("in_county")["site"][0]
    depot = three_towns.operators.head(1).with_columns(depot=pl.lit(site)).cast(dict(areas.operators.schema))
    one = candidate_sites(areas.with_table("operators", depot)).filter(kind="depot")
    assert one.height == 1
    assert one["town"].item() in areas.towns["town"].to_list()


def test_the_table_says_what_becomes_of_a_station(with_table):
    county, stations = with_table
    found = candidate_sites(county, county.layout("today"))
    states = dict(found.select("candidate", "state").rows())
    assert states["car-park"] == "new"
    assert states[stations[0]] == "closed"
    assert {states[name] for name in stations[1:]} <= {"kept"}
    assert found.filter(candidate="car-park")["headroom_kw"].item() == 400.0


def test_stations_of_the_county_stand_where_residents_are_near(three_towns):
    way = reachable(three_towns, candidate_sites(three_towns), year=2030)
    people = way.homes["residents"].to_numpy()
    assert way.minutes.shape == (way.homes.height, way.candidates.height)
    assert np.isfinite(way.minutes).all()
    one, two = (p_median(way.minutes, people, count) for count in (1, 2))
    assert two.proved
    assert two.objective < one.objective
    # every village is a candidate: with a station at each nobody has a way
    assert p_median(way.minutes, people, way.candidates.height).objective == pytest.approx(0.0, abs=1e-6 * people.sum())
