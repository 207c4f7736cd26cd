"""Candidates from files: rows of the table, an answer of Overpass, GeoJSON; what is private or far is left out."""

import json

import pytest

from data.errors import DataError, ScenarioError
from data.imports.candidate_sites import candidates_from
from data.schemas.places import Candidates
from experiments.sizing import size


@pytest.fixture
def near(three_towns):
    return three_towns.towns.select("town", "lon", "lat").row(0)


def overpass(*elements):
    return json.dumps({"elements": list(elements)})


def test_an_answer_of_overpass_becomes_rows_of_the_table(three_towns, near, tmp_path):
    town, lon, lat = near
    elements = [
        {"type": "node", "id": 1, "lon": lon, "lat": lat, "tags": {"amenity": "parking", "name": "P1"}},
        {"type": "way", "id": 2, "center": {"lon": lon + 0.01, "lat": lat}, "tags": {"amenity": "fuel"}},
        {"type": "node", "id": 3, "lon": lon, "lat": lat, "tags": {"amenity": "parking", "access": "private"}},
        {"type": "node", "id": 4, "lon": lon, "lat": lat, "tags": {"shop": "bakery"}},
        {"type": "node", "id": 5, "lon": lon + 20.0, "lat": lat, "tags": {"place": "village"}},
    ]
    file = tmp_path / "map.json"
    file.write_text(overpass(*elements))
    found = candidates_from(three_towns, file)
    Candidates.validate(found)
    assert found.select("candidate", "kind", "town").rows() == [("node-1", "car_park", town), ("way-2", "yard", town)]
    # written as a table it is read back
    found.write_csv(tmp_path / "candidates.csv")
    assert candidates_from(three_towns, tmp_path / "candidates.csv").equals(found)


def test_geojson_stands_at_the_middle_of_an_area(three_towns, near, tmp_path):
    _, lon, lat = near
    ring = [[lon, lat], [lon + 0.02, lat], [lon + 0.02, lat + 0.02], [lon, lat + 0.02]]
    feature = {"id": "way/9", "properties": {"amenity": "bus_station"}, "geometry": {"coordinates": [ring]}}
    file = tmp_path / "map.geojson"
    file.write_text(json.dumps({"features": [feature]}))
    row = candidates_from(three_towns, file).row(0, named=True)
    assert (row["candidate"], row["kind"]) == ("way-9", "depot")
    assert (row["lon"], row["lat"]) == pytest.approx((lon + 0.01, lat + 0.01))


def test_faults_are_named(three_towns, near, tmp_path, small_scenario):
    file = tmp_path / "map.json"
    file.write_text(
        overpass({"type": "node", "id": 5, "lon": near[1] + 20.0, "lat": near[2], "tags": {"place": "town"}})
    )
    with pytest.raises(DataError, match="got 1 places of OpenStreetMap that may be candidates; expected some in"):
        candidates_from(three_towns, file)
    file.write_text("{}")
    with pytest.raises(DataError, match=r"got no candidates.csv, Overpass answer or GeoJSON"):
        candidates_from(three_towns, file)
    (tmp_path / "bad.csv").write_text("candidate,kind\na,castle\n")
    with pytest.raises(DataError, match="castle"):
        candidates_from(three_towns, tmp_path / "bad.csv")
    with pytest.raises(ScenarioError, match="size ebikes: --candidates is for sites only"):
        size("ebikes", small_scenario, candidates=file)


def test_sites_are_chosen_among_a_file(small_scenario, near, tmp_path):
    _, lon, lat = near
    parks = [
        {"type": "node", "id": n, "lon": lon + 0.02 * n, "lat": lat, "tags": {"amenity": "parking"}} for n in (1, 2)
    ]
    file = tmp_path / "map.json"
    file.write_text(overpass(*parks))
    found = size("sites", small_scenario, budget="sites=1", candidates=file)
    assert found.tables["new_sites"]["candidate"][0] in {"node-1", "node-2"}
