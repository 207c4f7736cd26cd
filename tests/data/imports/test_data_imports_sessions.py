"""Readers and cleaning of session logs (case C23): formats by hand, a reason for every row that is left out."""

import datetime as dt
import json

import pytest

from data.errors import DataError
from data.imports.column_map import ColumnMap
from data.imports.sessions.cleaning import PowerLimits, cleaned
from data.imports.sessions.session_formats import read_sessions
from data.imports.sessions.session_log import NAMES, parse_time, zone_of
from data.imports.sessions.session_requests import Efficiencies, replay
from data.imports.source_file import SourceFile

LIMITS = PowerLimits(pile_kw=7.2, ac_most_kw=22.0, dc_most_kw=600.0, tolerance_share=0.05)


@pytest.fixture(name="take")
def fixture_take(tmp_path):
    """Return a function that reads and cleans a log."""

    def go(text, name="log.csv", given=None, form=None, limits=LIMITS):
        file = tmp_path / name
        file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return cleaned(read_sessions(SourceFile(file), given or ColumnMap(), form), limits)

    return go


def reasons(log):
    return [(one.where, one.reason) for one in log.left_out]


def acn(number, start, end, kwh, *, done=None, station="2-39-1", **more):
    stamp = "{:%a, %d %b %Y %H:%M:%S} GMT"
    times = {"connectionTime": start, "disconnectTime": end, "doneChargingTime": done}
    texts = {name: None if time is None else stamp.format(time) for name, time in times.items()}
    return {"sessionID": f"s{number}", "stationID": station, "siteID": "0002", "userID": None, "kWhDelivered": kwh} | {
        "timezone": "America/Los_Angeles", **texts, **more
    }  # fmt: skip


def at(hour, minute=0, day=3):
    return dt.datetime(2021, 5, day, hour, minute, tzinfo=dt.UTC)


def test_acn_data_is_on_the_clock_of_its_place(take):
    log = take(
        {"_items": [acn(1, at(20, 42), at(21, 32), 5.0, done=at(21, 30)), acn(2, at(1, day=4), at(3, day=4), 3.0)]},
        "a.json",
    )
    assert log.first_day == dt.date(2021, 5, 3)
    # 20:42 GMT is 13:42 in California in summer
    assert log.sessions["start"].to_list() == [at(13, 42).replace(tzinfo=None), at(18).replace(tzinfo=None)]
    assert log.sessions["start_min"].to_list() == [13 * 60 + 42, 18 * 60]
    assert log.sessions["done_min"].to_list() == [14 * 60 + 30, None]
    assert reasons(log) == []


def test_acn_data_as_a_table(take):
    head = "sessionID,stationID,siteID,connectionTime,disconnectTime,doneChargingTime,kWhDelivered,timezone\n"
    row = 's1,x,1,"Mon, 03 May 2021 20:42:00 GMT","Mon, 03 May 2021 21:42:00 GMT",None,5.5,America/Los_Angeles\n'
    log = take(head + row)
    assert log.sessions.select("energy_kwh", "done_min", "guns").rows() == [(5.5, None, 1)]


def test_c23_every_faulty_row_is_listed_with_its_reason(take):
    rows = [
        acn(1, at(16), at(20), 10.0, done=at(18)),
        acn(1, at(16), at(20), 12.0, done=at(18)),  # the same session with the energy counted on
        acn(2, at(21), at(20), 5.0),
        acn(3, at(21), at(21), 5.0),
        acn(4, at(21), at(22), 5.0, done=at(22, 1)),
        acn(5, at(21), at(22), 5.0, done=at(20, 59)),
        acn(6, at(21), at(22), -1.0),
        acn(7, at(21), at(22), 9.0),
        acn(8, at(19, 30), at(21), 2.0),
        acn(9, at(22), None, 5.0),
        acn(10, at(22), at(23), "much"),
        acn(11, at(22), at(23, day=31), 5.0) | {"disconnectTime": "Wed, 30 Jun 2021 00:00:00 GMT"},
        acn(12, at(20), at(21), 0.0, station="other"),
        acn(13, at(22, 30), at(23), 3.0),
    ]
    log = take(rows, "log.json")
    assert reasons(log) == [
        ("item 1", "duplicate: the session stands in item 2 too"),
        ("item 3", "negative length: it ends 60 min before it begins"),
        ("item 4", "no length"),
        ("item 5", "done charging 1.0 min after disconnecting"),
        ("item 6", "done charging 1.0 min before connecting"),
        ("item 7", "negative energy, -1 kWh"),
        ("item 8", "mean power 9.0 kW is above the pile's 7.2 kW"),
        ("item 9", "two at one gun: it begins 30 min before item 2 ends"),
        ("item 10", "end cannot be read"),
        ("item 11", "energy cannot be read"),
        ("item 12", "it lasts 57 days: it was never closed"),
    ]
    assert log.sessions["session_id"].to_list() == ["s1", "s12", "s13"]
    assert log.sessions["energy_kwh"].to_list() == [12.0, 0.0, 3.0]


def test_c23_the_same_session_without_ids(take):
    head = "station,start,end,kwh,vehicle\n"
    row = "A,2024-01-01 08:00,2024-01-01 09:00,{},{}\n"
    log = take(head + row.format(3, "v1") + row.format(4, "v1") + row.format(4, "v2"))
    assert reasons(log) == [("line 2", "duplicate: the session stands in line 3 too")]
    assert log.notes == ["guns are not known at 1 stations: two at one gun is not checked there"]


def test_c23_power_where_no_rating_is_known(take):
    limits = PowerLimits(pile_kw=None, ac_most_kw=22.0, dc_most_kw=600.0, tolerance_share=0.05)
    head = "id,station,start,end,kwh,type,rated power\n"
    rows = ["1,A,2024-01-01 08:00,2024-01-01 09:00,30,AC,\n",
            "2,A,2024-01-01 08:00,2024-01-01 09:00,30,DC,\n",
            "3,A,2024-01-01 08:00,2024-01-01 08:01,30,,\n",
            "4,A,2024-01-01 08:00,2024-01-01 09:00,30,DC,20\n"]  # fmt: skip
    assert reasons(take(head + "".join(rows), limits=limits)) == [
        ("line 2", "mean power 30.0 kW is above what any gun gives, 22 kW"),
        ("line 4", "mean power 1800.0 kW is above what any gun gives, 600 kW"),
        ("line 5", "mean power 30.0 kW is above the pile's 20 kW"),
    ]


def test_c23_a_station_with_two_guns_takes_two(take):
    head = "id,station,guns,start,end,kwh\n"
    rows = "".join(f"{number},A,2,2024-01-01 08:0{number},2024-01-01 09:00,3\n" for number in range(3))
    log = take(head + rows + "9,A,2,2024-01-01 09:00,2024-01-01 10:00,3\n")
    assert reasons(log) == [("line 4", "two at one gun: it begins 58 min before line 2 ends")]


def test_a_map_gives_columns_clock_units_and_gun_numbers(take, tmp_path):
    (tmp_path / "map.toml").write_text(
        '[columns]\nstart = "from"\nenergy_kwh = "Wh"\nduration_min = "secs"\nstation_id = "where"\n'
        '[values]\nguns = "1"\ntime_zone = "Asia/Shanghai"\ntime_format = "%d/%m/%Y %H:%M"\n'
        "[factors]\nenergy_kwh = 0.001\nduration_min = 0.0166666666666666666\n",
        encoding="utf-8",
    )
    log = take("where,from,secs,Wh\nA,05/01/2023 08:00,3600,3500\n", given=ColumnMap.load(tmp_path / "map.toml", NAMES))
    assert log.first_day == dt.date(2023, 1, 5)
    assert log.sessions.select("start_min", "end_min", "energy_kwh", "guns").rows() == [
        (480.0, pytest.approx(540.0), pytest.approx(3.5), 1)
    ]


def test_a_chinese_log(take):
    log = take("订单编号,充电站名称,开始时间,结束时间,充电量\n1,德城,2024/1/5 08:00,2024/1/5 09:30,6.5\n")
    assert log.sessions.select("session_id", "station_id", "start_min", "end_min", "energy_kwh").rows() == [
        ("1", "德城", 480.0, 570.0, 6.5)
    ]


def test_records_in_json_with_objects_inside(take):
    record = {"id": "c1", "start_date_time": "2024-01-05T00:00:00Z", "end_date_time": "2024-01-05T02:00:00Z"}
    log = take(
        {"data": [{**record, "total_energy": 4.0, "cdr_location": {"id": "L"}, "charging_periods": []}]}, "cdr.json"
    )
    assert log.sessions.select("session_id", "end_min", "energy_kwh").rows() == [("c1", 120.0, 4.0)]


def test_where_clocks_change_durations_stay(take):
    head = "id,station,start,end,kwh,tz\n"
    log = take(head + "1,A,2024-10-27T00:30+02:00,2024-10-27T04:00+01:00,3,Europe/Berlin\n")
    assert log.sessions.select("start_min", "end_min").rows() == [(30.0, 30.0 + 4.5 * 60.0)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2024-01-05 08:00", (2024, 1, 5, 8, 0)),
        ("2024-01-05T08:00:00+08:00", (2024, 1, 5, 8, 0)),
        ("2024-01-05T00:00:00Z", (2024, 1, 5, 8, 0)),
        ("1704412800", (2024, 1, 5, 8, 0)),
        ("1704412800000", (2024, 1, 5, 8, 0)),
        ("Fri, 05 Jan 2024 00:00:00 GMT", (2024, 1, 5, 8, 0)),
        ("05.01.2024 08:00", (2024, 1, 5, 8, 0)),
        ("2024年01月05日 08:00", (2024, 1, 5, 8, 0)),
        ("05/01/2024 08:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_times_that_can_be_read_in_one_way(text, wanted):
    found = parse_time(text, zone_of("Asia/Shanghai"))
    assert (None if found is None else found.timetuple()[:5]) == wanted


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("a,b\n1,2\n", "log.csv", "no column for start, energy_kwh, end. Columns: a, b"),
        ("start,end,kwh\nx,y,1\n", "log.csv", "no start time of the log can be read"),
        ("time,1,2,3,4,5\n0,1,1,1,1,1\n", "occupancy.csv", "counts of zones by time"),
        ("start\n1\n", "log.csv", "no log of sessions that is known here"),
        ("start,end,kwh,tz\n2024-01-01,2024-01-02,1,Mars\n", "log.csv", "time zone 'Mars' is not known"),
    ],
)
def test_files_that_are_no_logs(take, text, name, words):
    with pytest.raises(DataError, match=words):
        take(text, name)


def test_an_unknown_format_and_another_one(take):
    with pytest.raises(DataError, match=r"format 'acm' of logs is not known\. Did you mean 'acn'"):
        take("a,b\n", form="acm")
    with pytest.raises(DataError, match="this is not ACN-Data"):
        take("a,b\n", form="acn")


def test_requests_ask_on_the_battery_side_and_leave_as_logged(take):
    rows = [acn(1, at(16), at(20), 10.0, done=at(18)), acn(2, at(17), at(18), 6.0, station="b")]
    rows.append(acn(3, at(21), at(22), 0.0))
    made = replay(take(rows, "a.json"), Efficiencies(ac=0.9, dc=0.95), town="t")
    assert made.requests.select("energy_kwh", "accept_kw", "overstay_min", "leave_by_min").rows() == [
        (pytest.approx(9.0), pytest.approx(4.5), 240.0, 780.0),
        (pytest.approx(5.4), pytest.approx(5.4), 60.0, 660.0),
        (0.0, pytest.approx(0.09), 60.0, 900.0),
    ]
    assert made.layout.select("station_id", "town", "pile_kw", "piles", "guns_per_pile").rows() == [
        ("0002", "t", 6.0, 2, 1)
    ]
    assert made.travel.rows() == [("at 0002", "0002", 0.0, 0.0)]


def test_without_gun_numbers_the_layout_has_as_many_as_were_in_use(take):
    head = "id,station,start,end,kwh,max power,type\n"
    rows = ["1,A,2024-01-01 08:00,2024-01-01 09:00,3,6,AC\n",
            "2,A,2024-01-01 08:30,2024-01-01 09:30,3,,AC\n",
            "3,A,2024-01-01 09:30,2024-01-01 10:00,3,,AC\n",
            "4,A,2024-01-01 08:00,2024-01-01 08:30,3,30,DC\n"]  # fmt: skip
    limits = PowerLimits(pile_kw=None, ac_most_kw=22.0, dc_most_kw=600.0, tolerance_share=0.05)
    made = replay(take(head + "".join(rows), limits=limits), Efficiencies(ac=1.0, dc=1.0), connection_kw=50.0)
    assert made.layout.select("group_id", "pile_kw", "piles", "transformer_kw").rows() == [
        ("ac", 6.0, 2, 50.0),
        ("dc", 30.0, 1, 50.0),
    ]
