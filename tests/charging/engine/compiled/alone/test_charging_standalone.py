"""What needs events is said before anything is built, and the rest is solved without a clock."""

import polars as pl
import pytest

from charging.engine.compiled.alone.standalone import needs_events, solve_standalone
from charging.engine.demand import build_demand
from charging.engine.network import Network, Outage
from charging.inputs.behaviour import Behaviour
from charging.simulation import build_stations
from data.schemas.charging import Layout, Requests, Travel
from data.tables.validate import validate


@pytest.fixture
def given(make_layout, make_requests):
    def make(*groups, travel=None, **request):
        layout = validate(make_layout(*groups), Layout, table="layout")
        rows = [{"arrive_min": 5.0 * number, "energy_kwh": 30.0, **request} for number in range(6)]
        requests = validate(make_requests(*rows), Requests, table="requests")
        stations = build_stations(layout)
        ways = None if travel is None else validate(travel, Travel, table="travel")
        return stations, build_demand(requests, None, ways, stations)

    return make


def test_a_plain_station_needs_no_events(given):
    assert needs_events(*given({"piles": 2}), Behaviour()) == []


@pytest.mark.parametrize(
    ("groups", "settings", "words"),
    [
        ([{}], {"queue_rule": "reservation"}, ["queue_rule 'reservation'"]),
        ([{"opens_min": 360.0, "closes_min": 900.0}], {}, ["opening hours"]),
        ([{"transformer_kw": 90.0}], {}, ["connection limits"]),
        ([{}, {}], {}, ["stations with several groups"]),
        ([{}, {"station_id": "t"}], {}, ["drivers with a choice of stations"]),
        (
            [{"transformer_kw": 90.0}, {"transformer_kw": 90.0}],
            {"queue_rule": "priority"},
            ["queue_rule 'priority'", "connection limits", "stations with several groups"],
        ),
    ],
)
def test_each_reason_is_said_in_words(given, groups, settings, words):
    assert needs_events(*given(*groups), Behaviour(**settings)) == words


def test_outages_need_events(given):
    stations, demand = given({})
    outage = Outage(1.0, 2.0, stations[0].groups["any"][0], 0)
    assert needs_events(stations, demand, Behaviour(), [outage]) == ["piles that fail"]


def test_only_a_way_to_a_second_station_is_a_choice(given):
    ways = {"origin": ["o", "p", "p"], "station_id": ["s", "s", "t"], "minutes": [1.0, 1.0, 2.0], "km": [1.0] * 3}
    layout = ({}, {"station_id": "t"})
    assert needs_events(*given(*layout, travel=pl.DataFrame(ways), origin="o"), Behaviour()) == []
    words = needs_events(*given(*layout, travel=pl.DataFrame(ways), origin="p"), Behaviour())
    assert words == ["drivers with a choice of stations"]


@pytest.mark.parametrize("group", [{}, {"guns_per_pile": 2, "sharing": "dynamic"}])
def test_both_ways_leave_the_same_columns(given, group):
    runs = [Network(*given(group), Behaviour()).run(), solve_standalone(*given(group), Behaviour())]
    assert runs[0].columns.keys() == runs[1].columns.keys()
    for name, column in runs[0].columns.items():
        assert column.tolist() == pytest.approx(runs[1].columns[name].tolist(), nan_ok=True), name
