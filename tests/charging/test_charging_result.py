"""The tables of a result that are made later are made once, and only when somebody asks."""

import polars as pl
import pytest

from charging import simulate
from charging.result import ChargingResult, Rest
from charging.results.intervals import by_interval
from charging.simulation import MANY_REQUESTS, engine_for
from data.errors import DataError

ONE = pl.DataFrame({"station_id": ["s"]})


def test_tables_are_made_once_when_asked():
    asked = []

    def later():
        asked.append(True)
        return Rest(ONE, ONE.with_columns(load=1.0), None)

    result = ChargingResult(pl.DataFrame(), later=later)
    assert asked == []
    assert result.load.equals(ONE)
    assert result.stations.columns == ["station_id", "load"]
    assert result.refused is None
    assert asked == [True]


def test_the_stations_are_summed_up_once_and_not_for_the_load():
    summed = []

    def summary():
        summed.append(True)
        return ONE.with_columns(peak_kw=2.0)

    result = ChargingResult(pl.DataFrame(), later=lambda: Rest(ONE, summary=summary))
    assert result.load.equals(ONE)
    assert summed == []
    assert result.stations["peak_kw"].to_list() == result.stations["peak_kw"].to_list() == [2.0]
    assert summed == [True]
    assert result.load.equals(ONE)


def test_the_compiled_engine_makes_the_other_tables_when_asked(make_layout, make_requests, monkeypatch):
    made = []
    monkeypatch.setattr("charging.simulation.station_summary", lambda *_, **__: made.append(True) or ONE)
    ask = make_requests({"arrive_min": 0.0, "energy_kwh": 10.0})
    result = simulate(make_layout(), ask, engine="compiled")
    assert result.sessions["full_min"].to_list() == [10.0]
    assert made == []
    assert result.stations.equals(ONE)
    assert result.load["energy_kwh"].sum() == 10.0
    assert made == [True]


@pytest.mark.parametrize(
    ("asked", "requests", "expected"),
    [
        ("auto", MANY_REQUESTS - 1, "simpy"),
        ("auto", MANY_REQUESTS, "compiled"),
        ("simpy", MANY_REQUESTS, "simpy"),
        ("compiled", 1, "compiled"),
    ],
)
def test_many_requests_go_to_the_compiled_loop_unless_an_engine_is_asked_for(asked, requests, expected):
    assert engine_for(asked, requests) == expected


def test_an_engine_that_nobody_knows():
    with pytest.raises(
        DataError, match=r"engine 'autoo' is not known. Did you mean 'auto'\? Known: simpy, compiled, auto"
    ):
        engine_for("autoo", 1)


def test_a_result_says_which_engine_made_it(make_layout, make_requests, monkeypatch):
    ask = make_requests({"arrive_min": 0.0, "energy_kwh": 10.0})
    assert simulate(make_layout(), ask).engine == "simpy"
    assert simulate(make_layout(), ask, engine="auto").engine == "simpy"
    monkeypatch.setattr("charging.simulation.MANY_REQUESTS", 1)
    found = simulate(make_layout(), ask, engine="auto")
    assert found.engine == by_interval(found, 30.0, demand_min=15.0).engine == "compiled"
