"""Tables of operators' fleets: good ones pass, and each way to be wrong gets one clear message."""

from __future__ import annotations

import pytest

from data.county import load_county
from data.tables.county_check import check_county
from fleet.operators.buses.timetable import timetable_of

TABLES = {
    "operators": (
        "operator,kind,vehicle_class,depot,vehicles,vehicles_low,vehicles_high,market_share,charger_kw,source,confidence\n"
        "buses,bus,taxi,seat,4,3,6,,60,A01,assumption\nparcels,vans,taxi,seat,,,,1,30,A01,assumption\n"
    ),
    "bus_lines": "line,operator,passengers,source,confidence\nl1,buses,12,A01,assumption\n",
    "bus_stops": (
        "stop,town,lon,lat,altitude_m,charger_kw,chargers,source,confidence\n"
        "market,seat,111.8,23.1,20,120,1,A01,assumption\nhill,south,111.8,23.1,80,,,A01,assumption\n"
    ),
    "bus_line_stops": (
        "line,sequence,stop,km,minutes,source,confidence\nl1,0,market,0,0,A01,assumption\nl1,1,hill,9,20,A01,assumption\n"
    ),
    "bus_timetable": (
        "line,direction,days,first_min,last_min,headway_min,source,confidence\n"
        "l1,out,daily,360,480,60,A01,assumption\nl1,back,workday,1430,1490,60,A01,assumption\n"
    ),
    "deliveries": (
        "drop,operator,town,lon,lat,parcels_per_day,kg_per_parcel,earliest_min,latest_min,source,confidence\n"
        "shop,parcels,seat,111.8,23.1,30,1.5,480,1020,A01,assumption\n"
    ),
}


@pytest.fixture
def county(small):
    """Return the folder of the small county with operators, and a function that replaces text in one of the tables."""
    town = (small / "towns.csv").read_text("utf8").splitlines()[1].split(",")[0]
    vehicle = (small / "vehicle_classes.csv").read_text("utf8").splitlines()[1].split(",")[0]
    other = (small / "towns.csv").read_text("utf8").splitlines()[2].split(",")[0]

    def go(table=None, old="", new=""):
        for name, text in TABLES.items():
            rows = (
                text.replace(",seat,", f",{town},").replace(",south,", f",{other},").replace(",taxi,", f",{vehicle},")
            )
            if name == table:
                assert old in rows
                rows = rows.replace(old, new)
            (small / f"{name}.csv").write_text(rows, encoding="utf-8")
        return small

    return go


def test_good_tables_have_no_faults_and_make_a_timetable(county):
    folder = county()
    assert check_county(folder) == []
    known = load_county(folder)
    trips = timetable_of(known.bus_lines, known.bus_line_stops, known.bus_stops, known.bus_timetable).trips
    # three departures out; two back, the second past midnight, down what the first climbs
    assert trips["start_min"].to_list() == [360.0, 420.0, 480.0, 1430.0, 1490.0]
    assert trips["end_min"].to_list()[-1] == 1510.0
    assert trips.row(0)[4:9] == ("market", "hill", 9.0, 60.0, 0.0)
    assert trips.row(-1)[4:9] == ("hill", "market", 9.0, 0.0, 60.0)
    weekend = timetable_of(known.bus_lines, known.bus_line_stops, known.bus_stops, known.bus_timetable, day="weekend")
    assert weekend.trips.height == 3


@pytest.mark.parametrize(
    ("table", "old", "new", "words"),
    [
        ("operators", "buses,bus", "buses,trams", "operators.csv, line 2, column 'kind'"),
        ("operators", ",4,3,6", ",7,3,6", "vehicles_low <= vehicles <= vehicles_high"),
        ("bus_lines", "l1,buses", "l1,busses", "bus_lines.csv, line 2, column 'operator'"),
        ("bus_line_stops", "l1,1,hill", "l1,1,hull", "bus_line_stops.csv, line 3, column 'stop': got 'hull'"),
        ("bus_line_stops", "hill,9,20", "hill,9,0", "more than 0 minutes where there are km"),
        ("bus_line_stops", "market,0,0", "market,2,5", "0 km and 0 minutes at a line's first stop"),
        ("bus_timetable", "360,480", "480,360", "last_min of at least first_min"),
        ("deliveries", "480,1020", "1020,480", "latest_min after earliest_min"),
        ("deliveries", "shop,parcels", "shop,parcel", "deliveries.csv, line 2, column 'operator': got 'parcel'"),
    ],
)
def test_bad_tables_get_one_message(county, table, old, new, words):
    faults = [str(fault) for fault in check_county(county(table, old, new))]
    assert len(faults) == 1, faults
    assert words in faults[0]


def test_a_line_without_stops_or_departures_is_named(county):
    folder = county("bus_line_stops", "l1,", "l2,")
    faults = [str(fault) for fault in check_county(folder)]
    assert any("bus_line_stops.csv" in fault and "'l1'" in fault for fault in faults)
    folder = county("bus_lines", "assumption\n", "assumption\nl9,buses,,A01,assumption\n")
    faults = [str(fault) for fault in check_county(folder)]
    assert any("bus_timetable.csv" in fault and "'l9'" in fault for fault in faults)
