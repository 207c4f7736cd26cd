"""Readers of station lists: each format by hand, what is missing, what is left out."""

import json

import polars as pl
import pytest

from data.county import load_county
from data.errors import DataError
from data.imports.column_map import ColumnMap, current_of, number, plain
from data.imports.import_figures import import_figure
from data.imports.source_file import SourceFile
from data.imports.stations.imported_layout import ImportDefaults, layout_from
from data.imports.stations.osm_stations import strongest_kw
from data.imports.stations.points import electric_kw, phase_volts
from data.imports.stations.station_formats import read_stations
from data.imports.stations.table_stations import NAMES

HERE = {"lon": 105.30, "lat": 30.80}  # Anping, the seat of the three towns


@pytest.fixture(name="take")
def fixture_take(tmp_path, three_towns):
    """Return a function that imports a text as a list of stations of the three towns."""

    def go(text, name="list.csv", given=None, form=None):
        file = tmp_path / name
        file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        groups, out = read_stations(SourceFile(file), given or ColumnMap(), form)
        return layout_from(three_towns, groups, readable_hours=lambda text: "?" not in text, left_out=out)

    return go


def rows(found, *columns):
    return found.layout.select(columns).rows()


def test_a_table_with_fast_and_slow_piles_as_st_evcdp_lists_them(take):
    text = "station_id,latitude,longitude,fast,slow\n1,30.80,105.30,5,7\n2,30.86,105.42,0,0\n3,30.7,105.2,0,3\n"
    found = take(text)
    assert rows(found, "station_id", "current", "pile_kw", "piles", "town") == [
        ("1", "ac", 7.0, 7, "anping"),
        ("1", "dc", 60.0, 5, "anping"),
        ("3", "ac", 7.0, 3, "shiqiao"),
    ]
    assert [(one.where, one.reason) for one in found.left_out] == [("line 3", "it has no piles")]
    taken = {(one.station, one.column): (one.value, one.why) for one in found.taken}
    assert taken["1", "pile_kw"] == ("60", "figure import.pile_kw_dc") or taken["1", "pile_kw"][0] == "7"
    assert taken["3", "town"][0] == "shiqiao"
    assert taken["3", "town"][1].startswith("the nearest by road")


def test_a_chinese_table_of_a_spreadsheet(take):
    text = "充电站名称;经度;纬度;功率(kW);桩数;充电类型;营业时间\n"
    text += "城站;105,30;30,80;120;4;直流快充;24/7\n城站;105,30;30,80;7;6;交流慢充;24/7\n"
    found = take(text)
    assert rows(found, "station_id", "current", "pile_kw", "piles") == [
        ("城站", "ac", 7.0, 6),
        ("城站", "dc", 120.0, 4),
    ]
    assert "hours" not in found.layout.columns  # always open


def test_a_column_map_names_columns_values_and_units(take, tmp_path):
    (tmp_path / "map.toml").write_text(
        '[columns]\nstation = "ref no"\nlon = "E"\nlat = "N"\npile_kw = "watts"\n'
        '[values]\ncurrent = "dc"\npiles = "2"\nguns_per_pile = "1"\n[factors]\npile_kw = 0.001\n',
        encoding="utf-8",
    )
    given = ColumnMap.load(tmp_path / "map.toml", NAMES)
    found = take("ref no,E,N,watts\nP1,105.3,30.8,90000\n", given=given)
    assert rows(found, "station_id", "group_id", "current", "pile_kw", "piles", "guns_per_pile", "sharing") == [
        ("P1", "dc-90", "dc", 90.0, 2, 1, "exclusive")
    ]
    assert [one.column for one in found.taken] == ["town"]


def test_rows_of_single_piles_become_groups(take):
    line = "P,105.3,30.8,dc,60,1,1\n"
    found = take("station,lon,lat,current,pile_kw,piles,guns_per_pile\n" + 3 * line + line.replace("60", "120"))
    assert rows(found, "group_id", "piles") == [("dc-120", 1), ("dc-60", 3)]


def test_guns_are_divided_among_piles(take):
    found = take("station,lon,lat,current,pile_kw,guns\nP,105.3,30.8,dc,120,5\n")
    assert rows(found, "piles", "guns_per_pile", "sharing") == [(3, 2, "dynamic")]


def test_towns_by_name_where_there_are_no_coordinates(take):
    found = take("station,乡镇,current,piles\na,柳河乡,ac,2\nb,Shiqiao,ac,2\nc,anping,ac,2\nd,elsewhere,ac,2\n")
    assert rows(found, "station_id", "town", "lon" if "lon" in found.layout.columns else "piles") == [
        ("a", "liuhe", 2),
        ("b", "shiqiao", 2),
        ("c", "anping", 2),
    ]
    assert [one.reason for one in found.left_out] == ["it has neither coordinates nor a town of the county"]


def test_stations_elsewhere_are_left_out_with_the_reason(take):
    text = "station,lon,lat,piles\nhere,105.3,30.8,2\nfar,113.3,23.1,2\nswapped,30.8,105.3,2\nhalf,105.3,,2\n"
    found = take(text)
    assert rows(found, "station_id") == [("here",)]
    reasons = {one.what: one.reason for one in found.left_out}
    assert "km from the nearest town" in reasons["far"]
    assert reasons["swapped"].endswith("no place on Earth; longitude and latitude seem to be exchanged")
    assert reasons["half"].endswith("one of them is missing")


def test_one_name_at_places_far_apart_is_several_stations(take):
    found = take("name,lon,lat,piles\nCharger,105.3,30.8,2\nCharger,105.42,30.86,3\nCharger,105.3,30.8,1\n")
    assert rows(found, "station_id", "piles", "town") == [("Charger", 3, "anping"), ("Charger-2", 3, "liuhe")]


def test_numbers_behind_a_name_are_not_those_of_another_station(take):
    found = take("name,lon,lat,piles\nA,105.3,30.8,1\nA-2,105.3,30.8,2\nA,105.42,30.86,3\nA,,,4\n")
    assert rows(found, "station_id", "piles") == [("A", 5), ("A-2", 2), ("A-3", 3)]


def test_rows_without_a_name_belong_together_where_they_stand_together(take):
    found = take("lon,lat,piles\n105.3,30.8,1\n105.3,30.80001,2\n105.42,30.86,3\n")
    assert rows(found, "station_id", "piles") == [("station-1", 3), ("station-2", 3)]


def test_a_station_called_like_a_town_gets_another_id(take):
    found = take("station,lon,lat,piles\nanping,105.3,30.8,2\n")
    assert rows(found, "station_id") == [("station-anping",)]


def test_stations_that_are_not_open_yet_are_left_out(take):
    found = take("station,lon,lat,piles,状态\na,105.3,30.8,2,运营\nb,105.3,30.8,2,规划中\n")
    assert [(one.what, one.reason) for one in found.left_out] == [("b", "its status is 规划中")]


def test_hours_that_cannot_be_read_are_noted(take):
    found = take("station,lon,lat,piles,hours\na,105.3,30.8,2,by day?\n")
    assert [(one.value, one.why) for one in found.taken if one.column == "hours"] == [
        ("always open", "the text 'by day?' cannot be read")
    ]


def evse(uid, *connectors, **more):
    return {"uid": uid, "status": "AVAILABLE", "connectors": list(connectors), **more}


def connector(standard, power_type, volts, amps, **more):
    return {"id": "1", "standard": standard, "format": "CABLE", "power_type": power_type} | {
        "max_voltage": volts, "max_amperage": amps, **more
    }  # fmt: skip


def location(name, *evses, **more):
    place = {"latitude": "30.80", "longitude": "105.30"}
    return {"country_code": "CN", "party_id": "ABC", "id": name, "coordinates": place, "evses": list(evses), **more}


def test_a_page_of_ocpi_locations(take):
    type2 = connector("IEC_62196_T2", "AC_3_PHASE", 400, 32)
    fast = connector("GBT_DC", "DC", 750, 250, max_electric_power=120000)
    hours = {"twentyfourseven": False, "regular_hours": [
        {"weekday": 1, "period_begin": "07:00", "period_end": "12:00"},
        {"weekday": 1, "period_begin": "13:00", "period_end": "00:00"},
        {"weekday": 7, "period_begin": "09:00", "period_end": "18:00"},
    ]}  # fmt: skip
    one = location(
        "L1",
        evse("a", type2),
        evse("b", type2),
        evse("c", fast, connector("CHADEMO", "DC", 500, 125)),
        evse("d", fast, status="REMOVED"),
        evse("e"),
        opening_times=hours,
    )
    found = take({"data": [one, location("L2")], "status_code": 1000}, "page.json")
    assert rows(found, "group_id", "current", "pile_kw", "piles", "plug", "charger_id", "gun_amps") == [
        ("ac-22.2", "ac", pytest.approx(22.17, abs=0.01), 2, "type2", None, 32.0),
        ("dc-120", "dc", 120.0, 1, "gbt-dc", "charger-1", 250.0),
        ("dc-62.5", "dc", 62.5, 1, "chademo", "charger-1", 125.0),
    ]
    assert rows(found, "phases", "volts")[0] == (3, pytest.approx(230.94, abs=0.01))
    assert set(found.layout["hours"]) == {"Mo 07:00-12:00,13:00-24:00; Su 09:00-18:00"}
    assert [(one.where, one.reason) for one in found.left_out] == [
        ("location L1, evse d", "its status is REMOVED"),
        ("location L1, evse e", "it has no connector"),
        ("location L2", "it has no EVSE"),
    ]


def test_two_connectors_of_one_evse_are_two_guns_of_which_one_works(take):
    old = {"id": "1", "standard": "IEC_62196_T2", "power_type": "AC_3_PHASE", "voltage": 220, "amperage": 16}
    found = take(location("L", evse("a", old, {**old, "id": "2"})), "one.json")
    assert rows(found, "pile_kw", "piles", "guns_per_pile", "sharing", "phases", "volts", "gun_amps") == [
        (10.56, 1, 2, "exclusive", 3, 220.0, 16.0)
    ]


def test_equal_chargers_with_several_currents_are_one_group_each(take):
    dc, ac = connector("GBT_DC", "DC", 500, 120), connector("GBT_AC", "AC_1_PHASE", 220, 32)
    found = take([location("L", evse("a", dc, ac), evse("b", dc, ac))], "two.json")
    assert rows(found, "group_id", "piles", "charger_id") == [("ac-7", 2, "charger-1"), ("dc-60", 2, "charger-1")]


def test_open_charge_map(take):
    def poi(number_, *connections, **more):
        address = {"Title": "x", "Latitude": 30.8, "Longitude": 105.3, "Town": "Anping"}
        return {"ID": number_, "AddressInfo": address, "Connections": list(connections), **more}

    found = take(
        [
            poi(7, {"ConnectionTypeID": 33, "PowerKW": 50.0, "CurrentTypeID": 30, "Quantity": 2},
                {"ConnectionType": {"ID": 25}, "CurrentType": {"ID": 20}, "Amps": 32, "Voltage": 400, "Quantity": 1}),
            poi(8, NumberOfPoints=3),
            poi(10, {"PowerKW": "fast", "Quantity": "2", "CurrentTypeID": 30}),
            poi(9, {"PowerKW": 50.0}, StatusType={"IsOperational": False, "Title": "Planned For Future Date"}),
        ],
        "poi.json",
    )  # fmt: skip
    assert rows(found, "station_id", "current", "pile_kw", "piles", "plug") == [
        ("OCM-10", "dc", 60.0, 2, None),
        ("OCM-7", "ac", pytest.approx(22.17, abs=0.01), 1, "type2"),
        ("OCM-7", "dc", 50.0, 2, "ccs2"),
        ("OCM-8", "ac", 7.0, 3, None),
    ]
    assert [one.reason for one in found.left_out] == ["its status is Planned For Future Date"]


MAP = """<osm version="0.6">
<node id="1" lat="30.80" lon="105.30"><tag k="amenity" v="charging_station"/><tag k="socket:gb_dc" v="4"/>
 <tag k="socket:gb_dc:output" v="60 kW;120 kW"/><tag k="opening_hours" v="24/7"/>
 <tag k="start_date" v="2023-05"/></node>
<node id="2" lat="30.80" lon="105.31"><tag k="amenity" v="charging_station"/><tag k="capacity" v="6"/></node>
<node id="3" lat="30.80" lon="105.31"><tag k="amenity" v="charging_station"/><tag k="bicycle" v="yes"/></node>
<node id="4" lat="30.80" lon="105.31"><tag k="amenity" v="charging_station"/><tag k="access" v="private"/></node>
<node id="5" lat="30.80" lon="105.31"><tag k="amenity" v="fuel"/></node>
<node id="11" lat="30.86" lon="105.42"/><node id="12" lat="30.86" lon="105.421"/>
<node id="13" lat="30.861" lon="105.421"/>
<way id="6"><nd ref="11"/><nd ref="12"/><nd ref="13"/><nd ref="11"/><tag k="amenity" v="charging_station"/>
 <tag k="capacity" v="2"/><tag k="socket:type2" v="2"/><tag k="socket:chademo" v="2"/></way></osm>"""


def test_opening_hours_that_nobody_can_read_are_noted(take):
    hours = {"regular_hours": [{"weekday": 9, "period_begin": "by day?", "period_end": "00:00"}]}
    fast = connector("GBT_DC", "DC", 500, 120)
    found = take(location("L", evse("a", fast), opening_times=hours), "hours.json")
    assert [(one.column, one.value) for one in found.taken if one.column == "hours"] == [("hours", "always open")]


def test_numbers_that_no_layout_may_have_leave_their_row_out(take):
    rows_ = ["A,105.3,30.8,-2,60,1", "B,105.3,30.8,2,-60,1", "C,105.3,30.8,2,60,0", "D,105.3,30.8,2,1e9,1"]
    found = take("station,lon,lat,piles,pile_kw,guns_per_pile\n" + "\n".join([*rows_, "E,105.3,30.8,2,60,1"]))
    assert rows(found, "station_id") == [("E",)]
    assert [(one.where, one.reason.split(";")[0]) for one in found.left_out] == [
        ("line 2", "piles is -2"),
        ("line 3", "pile_kw is -60"),
        ("line 4", "guns_per_pile is 0"),
        ("line 5", "pile_kw is 1e+09"),
    ]


def test_an_extract_of_openstreetmap(take):
    found = take(MAP, "map.osm")
    assert rows(found, "station_id", "current", "pile_kw", "piles", "plug", "charger_id", "opened_year", "town") == [
        ("node-1", "dc", 120.0, 4, "gbt-dc", None, 2023, "anping"),
        ("node-2", "ac", 7.0, 6, None, None, None, "anping"),
        ("way-6", "ac", 7.0, 2, "type2", "charger-1", None, "liuhe"),
        ("way-6", "dc", 60.0, 2, "chademo", "charger-1", None, "liuhe"),
    ]
    assert sorted(one.reason for one in found.left_out) == [
        "it is for bicycles or scooters",
        "it is not public (access=private)",
    ]


def test_an_answer_of_overpass_is_the_same(take):
    tags = {"amenity": "charging_station", "capacity": "6"}
    elements = [
        {"type": "node", "id": 2, "lat": 30.8, "lon": 105.31, "tags": tags},
        {"type": "way", "id": 3, "center": {"lat": 30.86, "lon": 105.42}, "tags": tags},
    ]
    found = take({"elements": elements}, "overpass.json")
    assert rows(found, "station_id", "piles") == [("node-2", 6), ("way-3", 6)]


def test_geojson_with_columns_or_tags(take):
    def feature(place, **properties):
        return {"type": "Feature", "geometry": {"type": "Point", "coordinates": place}, "properties": properties}

    area = {"type": "Polygon", "coordinates": [[[105.2, 30.7], [105.21, 30.7], [105.21, 30.71], [105.2, 30.7]]]}
    features = [
        feature([105.3, 30.8], name="A", power_kw=30, piles=2, current="dc"),
        feature([105.42, 30.86], amenity="charging_station", **{"@id": "node/9", "socket:type2": "3"}),
        {"type": "Feature", "geometry": area, "properties": {"name": "B", "piles": 1}},
        {"type": "Feature", "geometry": None, "properties": {"name": "C", "piles": 1}},
    ]
    found = take({"type": "FeatureCollection", "features": features}, "list.geojson")
    assert rows(found, "station_id", "current", "pile_kw", "piles") == [
        ("A", "dc", 30.0, 2),
        ("B", "ac", 7.0, 1),
        ("node-9", "ac", 7.0, 3),
    ]
    assert [one.reason for one in found.left_out] == ["it has no usable geometry"]


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("a,b\n1,2\n", "list.csv", "no columns of coordinates or towns. Columns: a, b"),
        ("lon,lon\n1,2\n", "list.csv", "expected a header that names each column once"),
        ("lon,lat\n1,2,3\n", "list.csv", "lines with other than 2 cells: 2"),
        ("[1, 2", "list.json", "the JSON is damaged"),
        ('{"a": 1}', "list.json", "no station list that is known here"),
        ("<osm>", "map.osm", "not a whole OpenStreetMap extract"),
        ("\0\0", "map.osm.pbf", "not an OpenStreetMap extract in PBF"),
        ('{"elements": []}', "x.json", "no amenity=charging_station in it"),
        ("lon,lat,piles\n0,0,1\n", "list.csv", "No station of the list lies in three-towns"),
    ],
)
def test_files_that_give_no_layout(take, text, name, words):
    with pytest.raises(DataError, match=words.replace("(", r"\(")):
        take(text, name)


def test_an_unknown_format_and_another_one(take):
    with pytest.raises(DataError, match=r"format 'ocpy' of station lists is not known\. Did you mean 'ocpi'"):
        take("lon,lat\n", form="ocpy")
    with pytest.raises(DataError, match="this is not OCPI locations"):
        take("lon,lat\n", form="ocpi")


def test_a_missing_file_is_one_message(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_stations(SourceFile(tmp_path / "none.csv"), ColumnMap())


def test_bytes_that_are_no_text_are_named(tmp_path):
    (tmp_path / "x.csv").write_bytes("Orléans,é\n".encode("latin-1"))
    with pytest.raises(DataError, match="not UTF-8, UTF-16 or GBK"):
        read_stations(SourceFile(tmp_path / "x.csv"), ColumnMap())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[column]\n", r"unknown part \[column\]. Did you mean 'columns'"),
        ('[columns]\nlonn = "x"\n', "unknown name 'lonn'. Did you mean 'lon'"),
        ("[columns\n", "no column map in TOML"),
        ("columns = 1\n", "columns: expected a table of names"),
        ('[factors]\npile_kw = "x"\n', r"\[factors\] pile_kw: got 'x'; expected a number"),
    ],
)
def test_faults_of_column_maps(tmp_path, text, words):
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        ColumnMap.load(tmp_path / "map.toml", NAMES)


def test_a_map_with_a_column_that_the_file_lacks(take):
    with pytest.raises(DataError, match=r"lon: no column 'Lng'\. Did you mean 'lng'"):
        take("lng,lat\n1,2\n", given=ColumnMap({"lon": "Lng"}))


@pytest.mark.parametrize(
    ("text", "value"),
    [("7.2", 7.2), ("22 kW", 22.0), ("11000 W", 11.0), ("1e3", 1000.0), ("-5", -5.0), ("seven", None), (None, None)],
)
def test_numbers_with_units(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "current"),
    [("DC", "dc"), ("AC fast", "ac"), ("直流快充", "dc"), ("慢充", "ac"), ("fast", "dc"), ("?", None), (None, None)],
)
def test_words_for_currents(text, current):
    assert current_of(text) == current


def test_a_county_that_states_no_figures_of_imports_takes_the_built_in_ones(three_towns):
    figures = three_towns.figures.filter(~pl.col("key").str.starts_with("import."))
    bare = three_towns.with_table("figures", figures)
    assert ImportDefaults.from_county(bare) == ImportDefaults.from_county(load_county("deqing"))
    own = three_towns.with_figures({"import.pile_kw_ac": 11.0})
    assert ImportDefaults.from_county(own).pile_kw["ac"] == 11.0
    with pytest.raises(DataError, match=r"no figure 'import\.nothing'"):
        import_figure(bare, "nothing")


def test_small_helpers():
    assert plain("Start Time (UTC)") == plain("start_time_utc")
    assert strongest_kw("22 kW; 50 kW") == 50.0
    assert electric_kw(230.0, 32.0, 3) == pytest.approx(22.08)
    assert electric_kw(None, 32.0, 3) is None
    assert phase_volts(400.0, 3) == pytest.approx(230.94, abs=0.01)
    assert phase_volts(400.0, 1) == 400.0


@pytest.mark.parametrize(
    ("cell", "words"),
    [("1" * 200_000, "got what is no row .*Close the quote"), ("a\x00", r"got the control character U\+0000")],
)
def test_a_row_that_cannot_be_read_is_named(take, cell, words):
    with pytest.raises(DataError, match=rf"list\.csv, line [12]: {words}"):
        take(f"station_id,latitude,longitude,fast,slow\n{cell},30.80,105.30,5,7\n")
