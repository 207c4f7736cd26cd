"""The map of a run as GeoJSON and as a GeoPackage."""

import dataclasses
import json

import polars as pl
import pyogrio
import pytest

from data.errors import ScenarioError
from experiments.exchange.run_maps import run_map, to_json, write_map

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def run(run_by_hand):
    return run_by_hand()


def test_geojson_holds_stations_with_figures_and_all_that_lies_around_them(run, tmp_path):
    file = tmp_path / "out" / "map.geojson"
    count = write_map(run, file)
    told = json.loads(file.read_text("utf8"))
    layers = {}
    for feature in told["features"]:
        layers.setdefault(feature["properties"]["layer"], []).append(feature)
    kinds = ["outline", "towns", "villages", "roads", "stations", "river", "terminals", "lng_stations"]
    assert list(layers) == kinds
    assert sum(map(len, layers.values())) == count
    station = layers["stations"][0]
    assert station["geometry"] == {"type": "Point", "coordinates": [111.8, 23.2]}
    assert station["properties"]["use_percent"] == 25.0
    assert layers["towns"][0]["properties"]["residents"] == run.county.towns["residents"][0]
    ring = layers["outline"][0]["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    assert layers["outline"][0]["properties"]["given"] is False
    assert len(layers["roads"]) == run.county.road_links.height


def test_a_geopackage_has_a_layer_per_kind_with_the_same_rows(run, tmp_path):
    file = tmp_path / "map.gpkg"
    write_map(run, file)
    known = {layer.layer: len(layer.corners) for layer in run_map(run)}
    assert {name: pyogrio.read_info(file, layer=name)["features"] for name in known} == known
    read = pyogrio.raw.read(file, layer="stations")
    columns = dict(zip(read[0]["fields"], read[3], strict=True))
    assert read[0]["crs"] == "EPSG:4326"
    assert columns["station_id"].tolist() == ["decheng-1", "bozhi-sa-east"]
    assert columns["use_percent"].tolist() == [25.0, 25.0]


def test_a_county_without_river_and_with_any_names_is_written(small_run, tmp_path):
    towns = small_run.county.towns.with_columns(name_en=pl.lit(EVIL))
    named = dataclasses.replace(small_run.county, tables={**small_run.county.tables, "towns": towns})
    run = dataclasses.replace(small_run, county=named)
    told = to_json(run_map(run))
    layers = {feature["properties"]["layer"] for feature in told["features"]}
    assert layers == {"outline", "towns", "villages", "roads", "stations"}
    assert write_map(run, tmp_path / "map.gpkg") == len(told["features"])
    # a name is the text that it is, also where it looks like a script
    meta, _, _, columns = pyogrio.raw.read(tmp_path / "map.gpkg", layer="towns")
    texts = [text for column in columns for text in column.tolist()]
    assert EVIL in texts, meta["fields"]


def test_a_format_that_is_not_known_writes_nothing(run, tmp_path):
    with pytest.raises(ScenarioError, match=r"--format shp: expected one of geojson, gpkg, by --format or the ending"):
        write_map(run, tmp_path / "map.shp")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_the_map_of_a_run_folder(xijiang, small_toml, tmp_path):
    folder = tmp_path / "run"
    assert xijiang("run", small_toml, "--out", str(folder), "--quiet")[0] == 0
    code, out, err = xijiang("export", "map", str(folder), "--out", str(tmp_path / "map.gpkg"))
    assert (code, err) == (0, "")
    assert out.startswith("20 features in ")
    assert "map.gpkg" in out
    code, _, err = xijiang("export", "map", str(folder), "--out", str(tmp_path / "map.shp"))
    assert code == 1
    assert "expected one of geojson, gpkg" in err
