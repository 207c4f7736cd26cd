"""``xijiang import voyages``: files, counts, and a fault in one message."""

from __future__ import annotations

import json

import polars as pl

LINES = ["mmsi,time,river km", *(f"a,2025-08-01 {hour:02d}:00,{40 - 12 * hour}" for hour in range(6)), "a,never,1"]


def test_a_log_becomes_voyages_and_days_of_the_lock(xijiang, tmp_path):
    (tmp_path / "ais.csv").write_text("\n".join(LINES), encoding="utf-8")
    code, out, err = xijiang("import", "voyages", "ais.csv", "--json")
    shown = json.loads(out)
    assert (code, err) == (0, "")
    assert (shown["voyages"], shown["lock_passages"], shown["positions"]) == (1, 1, 6)
    assert shown["reasons"][0]["reason"] == "the time 'never' cannot be read"
    voyages = pl.read_csv(tmp_path / "ais-voyages.csv")
    assert voyages.select("from_km", "to_km").rows() == [(40.0, -20.0)]
    assert pl.read_csv(tmp_path / "ais-lock-days.csv")["passages"].to_list() == [1]
    code, out, err = xijiang("import", "voyages", "ais.csv", "--out", "other.csv")
    assert code == 0
    assert "6 positions of 1 vessels from 2025-08-01: 1 voyages, 1 passages of a lock" in out
    assert "the time 'never' cannot be read" in err
    assert (tmp_path / "other.csv").exists()


def test_a_file_that_is_no_log_is_one_message(xijiang, tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    code, _, err = xijiang("import", "voyages", "bad.csv")
    assert code == 1
    assert "no column for vessel_id, time, chainage_km" in err
    assert not list(tmp_path.glob("*-voyages.csv"))
