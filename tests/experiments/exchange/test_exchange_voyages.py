"""``xijiang import voyages``: files, counts, and a fault in one message."""

from __future__ import annotations

import json

import polars as pl
import pytest

from experiments.cli import main

LINES = ["mmsi,time,river km", *(f"a,2025-08-01 {hour:02d}:00,{40 - 12 * hour}" for hour in range(6)), "a,never,1"]


def test_a_log_becomes_voyages_and_days_of_the_lock(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ais.csv").write_text("\n".join(LINES), encoding="utf-8")
    main(["import", "voyages", "ais.csv", "--json"])
    shown = json.loads(capsys.readouterr().out)
    assert (shown["voyages"], shown["lock_passages"], shown["positions"]) == (1, 1, 6)
    assert shown["reasons"][0]["reason"] == "the time 'never' cannot be read"
    voyages = pl.read_csv(tmp_path / "ais-voyages.csv")
    assert voyages.select("from_km", "to_km").rows() == [(40.0, -20.0)]
    assert pl.read_csv(tmp_path / "ais-lock-days.csv")["passages"].to_list() == [1]
    main(["import", "voyages", "ais.csv", "--out", "other.csv"])
    captured = capsys.readouterr()
    assert "6 positions of 1 vessels from 2025-08-01: 1 voyages, 1 passages of a lock" in captured.out
    assert "the time 'never' cannot be read" in captured.err
    assert (tmp_path / "other.csv").exists()


def test_a_file_that_is_no_log_is_one_message(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="1"):
        main(["import", "voyages", "bad.csv"])
    assert "no column for vessel_id, time, chainage_km" in capsys.readouterr().err
    assert not list(tmp_path.glob("*-voyages.csv"))
