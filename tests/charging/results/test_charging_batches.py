"""Rows of tall tables by stations, some at a time."""

import polars as pl
import pytest

from charging.results.batches import in_batches

SESSIONS = pl.DataFrame(
    {"station_id": ["b", None, "a", "c", "a", "b", "a"], "kwh": [1.0, 9.0, 2.0, 3.0, 4.0, 5.0, 6.0]}
)
VISITS = pl.DataFrame({"station_id": ["c", "c", "d"], "try": [1, 2, 1]})


@pytest.fixture(params=[100, 4, 1])
def batches(request, monkeypatch):
    monkeypatch.setattr("charging.results.batches.AT_ONCE", request.param)
    return list(in_batches((SESSIONS, ("kwh", "station_id")), (VISITS, VISITS.columns)))


def test_every_row_with_a_station_comes_once_and_in_the_tables_order(batches):
    together = [pl.concat(tables) for tables in zip(*batches, strict=True)]
    assert together[0].columns == ["kwh", "station_id"]
    here = together[0].filter(pl.col("station_id") == "a")
    assert here["kwh"].to_list() == [2.0, 4.0, 6.0]
    assert together[0].sort("kwh")["kwh"].to_list() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert together[1].sort("station_id", "try").rows() == VISITS.sort("station_id", "try").rows()


def test_a_station_is_never_divided(batches):
    seen = [{name for table in tables for name in table["station_id"]} for tables in batches]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 4


def test_few_rows_come_in_many_batches_and_tables_without_rows_in_one(monkeypatch):
    monkeypatch.setattr("charging.results.batches.AT_ONCE", 1)
    assert len(list(in_batches((SESSIONS, ["kwh"])))) == 3
    nobody = pl.DataFrame(
        {"station_id": [None] * 3, "kwh": [1.0] * 3}, schema={"station_id": pl.String, "kwh": pl.Float64}
    )
    ((none,),) = in_batches((nobody, ["kwh"]))
    assert none.height == 0
