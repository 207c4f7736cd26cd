"""The tables of a result that are made later are made once, and only when somebody asks."""

import polars as pl

from charging import simulate
from charging.result import ChargingResult, Rest

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
