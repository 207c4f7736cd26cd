"""`xijiang import stations` and `xijiang export layout`: a list becomes a layout that runs, and goes out again."""

import json
from pathlib import Path

import polars as pl
import pytest

from data.errors import ScenarioError
from data.imports.source_file import SourceFile
from data.imports.stations.layout_export import _regular_hours
from data.imports.stations.osm_stations import _from_pbf, _from_xml
from experiments.exchange.station_lists import export_layout
from experiments.runs.plan import prepare
from experiments.scenario.model import Scenario

THREE_TOWNS = str(Path(__file__).parents[2] / "counties" / "three-towns")
MAP = """<osm version="0.6">
<node id="1" lat="30.80" lon="105.30"><tag k="amenity" v="charging_station"/><tag k="socket:gb_dc" v="4"/>
 <tag k="socket:gb_dc:output" v="120 kW"/><tag k="opening_hours" v="Mo-Su 06:00-22:00"/></node>
<node id="2" lat="30.86" lon="105.42"><tag k="amenity" v="charging_station"/><tag k="capacity" v="6"/></node>
<node id="3" lat="30.70" lon="105.21"><tag k="amenity" v="charging_station"/><tag k="access" v="private"/></node>
</osm>"""
PAGE = {
    "data": [
        {
            "id": "L1",
            "coordinates": {"latitude": "30.80", "longitude": "105.30"},
            "evses": [
                {"uid": "1", "status": "AVAILABLE", "connectors": [
                    {"id": "1", "standard": "GBT_DC", "power_type": "DC", "max_voltage": 500, "max_amperage": 250}
                ]}
            ],
        }
    ]
}  # fmt: skip


def runs(xijiang, small_toml, layout):
    code, out, err = xijiang("run", small_toml, "--set", f"charging.layout={layout}", "--quiet", "--out", "made")
    assert (code, err) == (0, ""), err
    return pl.read_parquet("made/sessions.parquet"), out


def test_an_extract_of_openstreetmap_becomes_a_layout_that_runs(xijiang, small_toml, tmp_path):
    (tmp_path / "map.osm").write_text(MAP, encoding="utf-8")
    code, out, err = xijiang("import", "stations", "map.osm", "--county", THREE_TOWNS)
    assert code == 0
    assert "2 stations, 10 piles, 10 guns in map-layout.csv" in out
    assert "pile_kw = 7: 1 times, figure import.pile_kw_ac" in out
    assert "node 3 (node 3): it is not public (access=private)" in err
    assert max(len(line) for line in [*out.splitlines()[:-1], *err.splitlines()]) <= 80
    sessions, _ = runs(xijiang, small_toml, "./map-layout.csv")
    assert set(sessions["station_id"].drop_nulls()) == {"node-1", "node-2"}
    assert pl.read_csv("map-layout-left-out.csv").height == 1
    assert pl.read_csv("map-layout-defaults.csv")["column"].to_list().count("town") == 2


def test_a_page_of_ocpi_becomes_a_layout_that_runs(xijiang, small_toml, tmp_path):
    (tmp_path / "page.json").write_text(json.dumps(PAGE), encoding="utf-8")
    code, out, err = xijiang("import", "stations", "page.json", "--county", THREE_TOWNS, "--out", "mine.csv", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["stations"], told["piles"], told["left_out"]) == (1, 1, [])
    sessions, _ = runs(xijiang, small_toml, "./mine.csv")
    assert set(sessions["station_id"].drop_nulls()) == {"L1"}


def test_a_fault_is_one_message_and_leaves_no_file(xijiang, tmp_path):
    (tmp_path / "list.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    code, out, err = xijiang("import", "stations", "list.csv", "--county", THREE_TOWNS)
    assert (code, out) == (1, "")
    assert err.startswith("Error: list.csv: no columns of coordinates or towns.")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".csv") == ["list.csv"]


def test_a_layout_goes_out_as_geojson_and_comes_back(xijiang, three_towns, tmp_path):
    assert xijiang("export", "layout", "today", "--county", THREE_TOWNS, "--out", "today.geojson")[0] == 0
    content = json.loads((tmp_path / "today.geojson").read_text(encoding="utf-8"))
    assert [(one["id"], one["properties"]["piles"], one["properties"]["guns"]) for one in content["features"]] == [
        ("anping-a", 7, 10),
        ("liuhe-a", 5, 5),
        ("shiqiao-a", 2, 2),
    ]
    code, _, err = xijiang("import", "stations", "today.geojson", "--county", THREE_TOWNS, "--out", "back.csv")
    assert (code, err) == (0, "")
    columns = ["station_id", "town", "current", "pile_kw", "piles", "guns_per_pile", "sharing", "gun_amps"]
    columns += ["transformer_kw", "lon", "lat", "opened_year"]
    before = three_towns.layout("today").select(columns).sort("station_id", "pile_kw")
    after = pl.read_csv("back.csv", schema_overrides={"pile_kw": pl.Float64}).select(columns)
    assert after.sort("station_id", "pile_kw").rows() == before.rows()


def test_a_layout_goes_out_as_ocpi_and_comes_back(xijiang, tmp_path):
    (tmp_path / "page.json").write_text(
        xijiang("export", "layout", "today", "--county", THREE_TOWNS, "--format", "ocpi")[1]
    )
    content = json.loads((tmp_path / "page.json").read_text(encoding="utf-8"))
    assert (content["status_code"], len(content["data"])) == (1000, 3)
    needed = {"country_code", "party_id", "id", "publish", "address", "city", "country", "coordinates", "time_zone"}
    assert needed <= set(content["data"][0])
    # a dynamic pile of two guns charges two vehicles: two EVSEs; the others one each
    assert [len(one["evses"]) for one in content["data"]] == [3 * 2 + 4, 3 + 2, 2]
    code, _, err = xijiang("import", "stations", "page.json", "--county", THREE_TOWNS, "--out", "back.csv")
    assert (code, err) == (0, "")
    after = pl.read_csv("back.csv").group_by("station_id", "current").agg(pl.col("piles").sum()).sort(pl.all())
    assert after.rows() == [("anping-a", "ac", 4), ("anping-a", "dc", 6), ("liuhe-a", "ac", 2), ("liuhe-a", "dc", 3),
                            ("shiqiao-a", "dc", 2)]  # fmt: skip


def test_stations_without_coordinates_go_out_at_their_town_and_hours_by_day(three_towns):
    layout = three_towns.layout("seat-only").with_columns(lon=None, lat=None, hours=pl.lit("Sa 18:00-02:00"))
    feature = export_layout(three_towns, layout, "geojson")["features"][0]
    assert feature["geometry"]["coordinates"] == [105.3, 30.8]
    assert feature["properties"]["placed_by"] == "town"
    times = export_layout(three_towns, layout, "ocpi")["data"][0]["opening_times"]["regular_hours"]
    assert times == [
        {"weekday": 6, "period_begin": "18:00", "period_end": "00:00"},
        {"weekday": 7, "period_begin": "00:00", "period_end": "02:00"},
    ]


def test_a_span_over_two_midnights_has_three_days():
    assert [rule["weekday"] for rule in _regular_hours([(1000.0, 3000.0)])] == [1, 2, 3]


def test_an_unknown_format_is_refused(three_towns):
    with pytest.raises(ScenarioError, match="--format kml: expected one of geojson, ocpi"):
        export_layout(three_towns, three_towns.layout("today"), "kml")


ROADS = """<osm version="0.6">
<node id="1" lon="105.30" lat="30.80"/><node id="2" lon="105.36" lat="30.83"/><node id="3" lon="105.42" lat="30.86"/>
<node id="4" lon="105.21" lat="30.70"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="secondary"/><tag k="maxspeed" v="60"/></way>
<way id="2"><nd ref="1"/><nd ref="4"/><tag k="highway" v="tertiary"/><tag k="maxspeed" v="40"/></way>
<node id="20" lon="105.36" lat="30.83"><tag k="amenity" v="charging_station"/><tag k="socket:gb_dc" v="8"/></node>
</osm>"""


def test_c07_a_station_between_two_towns_has_the_same_ways_whatever_its_label(xijiang, small_toml, tmp_path):
    (tmp_path / "map.osm").write_text(ROADS, encoding="utf-8")
    assert xijiang("roads", "fetch", THREE_TOWNS, "--osm-file", "map.osm", "--out", "map.graphml")[0] == 0
    code, _, err = xijiang("import", "stations", "map.osm", "--county", THREE_TOWNS, "--roads", "map.graphml")
    assert (code, err) == (0, "")
    layout = pl.read_csv("map-layout.csv")
    sets = ["charging.layout=./labelled.csv", "roads=./map.graphml"]
    ways = []
    for town in ("anping", "liuhe", None):
        layout.with_columns(town=pl.lit(town, dtype=pl.String)).write_csv("labelled.csv")
        ways.append(prepare(Scenario.load(small_toml, sets=sets)).case.travel)
    # the last one runs, report and all, without a label
    code, _, err = xijiang("run", small_toml, *(f"--set={one}" for one in sets), "--quiet", "--out", "made")
    assert (code, err) == (0, "")
    assert ways[0].equals(ways[1])
    assert ways[0].equals(ways[2])
    minutes = dict(ways[0].filter(station_id="node-20").select("origin", "minutes").iter_rows())
    assert minutes["anping"] == pytest.approx(minutes["liuhe"], rel=1e-3)  # half way on one road


def test_gdal_reads_what_osmnx_reads(tmp_path):
    # GDAL, which reads PBF, reads XML of OpenStreetMap too: both ways must give the same stations
    (tmp_path / "map.osm").write_text(MAP, encoding="utf-8")
    file = SourceFile(tmp_path / "map.osm")
    wanted = [(where, lon, lat, dict(tags)) for where, lon, lat, tags in _from_xml(file)]
    found = [(where, lon, lat) for where, lon, lat, _ in _from_pbf(file)]
    assert sorted(found) == sorted(one[:3] for one in wanted)
    for where, _, _, tags in _from_pbf(file):
        own = next(one[3] for one in wanted if one[0] == where)
        assert own.items() <= tags.items()
