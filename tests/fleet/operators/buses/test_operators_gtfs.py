"""GTFS: the sample feed of the format's documentation, times past midnight, and feeds that are wrong."""

import datetime as dt
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

from data.errors import DataError
from fleet.operators.buses.gtfs_feed import read_gtfs

SAMPLE = Path(__file__).parent / "gtfs_sample"
WEDNESDAY, SATURDAY = dt.date(2008, 1, 2), dt.date(2008, 1, 5)


@pytest.fixture
def feed(tmp_path):
    """Return a copy of the sample, and a function that replaces text in one of its files."""
    folder = tmp_path / "feed"
    shutil.copytree(SAMPLE, folder)

    def change(file, old, new):
        path = folder / file
        text = path.read_text("utf8")
        assert old in text
        path.write_text(text.replace(old, new), "utf8")
        return folder

    return change


def test_the_sample_feed_of_the_documentation_loads():
    found = read_gtfs(SAMPLE, WEDNESDAY)
    trips = found.trips
    # the shuttle every 30 min from 6 to 22 h; city lines 4, 12, 12, 18 and 6 departures each way; 4 others
    counts = dict(trips.group_by("line").len().iter_rows())
    assert counts == {"STBA": 32, "CITY": 2 * 52, "AB": 2, "BFC": 2}
    shuttle = trips.filter(line="STBA").row(0, named=True)
    assert (shuttle["start_min"], shuttle["end_min"]) == (360.0, 380.0)
    assert (shuttle["from_stop"], shuttle["to_stop"]) == ("STAGECOACH", "BEATTY_AIRPORT")
    assert shuttle["km"] == pytest.approx(6.0, abs=0.1)
    city = trips.filter(pl.col("trip").str.starts_with("CITY1")).row(-1, named=True)
    assert city["start_min"] == 21.5 * 60.0
    # of Saturday: the airport line, too
    assert read_gtfs(SAMPLE, SATURDAY).trips.filter(line="AAMV").height == 4
    assert read_gtfs(SAMPLE).trips.height == trips.height + 4
    assert found.stops.height == 9


def test_times_go_past_midnight(feed):
    folder = feed("stop_times.txt", "AB2,12:05:00,12:05:00", "AB2,23:50:00,23:55:00")
    folder = feed("stop_times.txt", "AB2,12:15:00,12:15:00", "AB2,25:10:30,25:10:30")
    trip = read_gtfs(folder, WEDNESDAY).trips.filter(trip="AB2").row(0, named=True)
    assert (trip["start_min"], trip["end_min"]) == (1435.0, 1510.5)


def test_an_exception_of_the_calendar_takes_the_service_away(feed):
    with pytest.raises(DataError, match="no trip runs on 2007-06-04"):
        read_gtfs(SAMPLE, dt.date(2007, 6, 4))
    folder = feed("calendar_dates.txt", "FULLW,20070604,2", "WE,20070605,1")
    assert read_gtfs(folder, dt.date(2007, 6, 5)).trips.filter(line="AAMV").height == 4


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "stop_times.txt",
            "BFC1,9:20:00,9:20:00",
            "BFC1,7:20:00,7:20:00",
            "trip 'BFC1' goes back in time or ends before",
        ),
        ("stop_times.txt", "BFC1,9:20:00,9:20:00,FUR_CREEK_RES,2,,,,\n", "", "trip 'BFC1' of line 'BFC' has 1 stops"),
        ("stop_times.txt", "9:20:00,FUR_CREEK_RES", "9:20:00,FUR_CREEK", "names the stop 'FUR_CREEK', which stops.txt"),
        ("stop_times.txt", "BFC1,8:20:00", "BFC9,8:20:00", "names the trip 'BFC9', which trips.txt does not have"),
        ("stop_times.txt", "BFC1,9:20:00,9:20:00", "BFC1,,", "trip 'BFC1' has no time at its first or last stop"),
    ],
)
def test_a_bad_feed_gets_one_message(feed, file, old, new, words):
    with pytest.raises(DataError, match=words) as caught:
        read_gtfs(feed(file, old, new), WEDNESDAY)
    assert "\n" not in str(caught.value)


def test_what_is_no_feed_is_said(tmp_path, feed):
    with pytest.raises(DataError, match="no such feed"):
        read_gtfs(tmp_path / "nowhere")
    (tmp_path / "text.zip").write_text("no zip", "utf8")
    with pytest.raises(DataError, match=r"text\.zip: cannot be read as a GTFS feed"):
        read_gtfs(tmp_path / "text.zip")
    folder = feed("stops.txt", "stop_id", "stop_id")
    (folder / "stops.txt").unlink()
    with pytest.raises(DataError, match=r"stops\.txt is missing or empty"):
        read_gtfs(folder)


def test_without_the_library_one_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "gtfs_kit", None)
    with pytest.raises(DataError, match=r"is not installed. Install it: pip install 'xijiang\[gtfs\]'"):
        read_gtfs(SAMPLE)
