"""Plan against fact: gaps by hand, corrected paths, what the tables refuse, and the command."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
from rich.cells import cell_len
from scipy.special import logit

from data import DataError, load_county
from experiments.pathways.monitor import behind, monitor

TOWNS = Path(__file__).parents[2] / "counties" / "three-towns"


@pytest.fixture(scope="module")
def county():
    return load_county(TOWNS)


@pytest.fixture(scope="module")
def watched(county):
    return monitor(county)


def test_model_and_plan_stand_beside_what_was_counted(watched):
    rows = {(row["measure"], row["year"]): row for row in watched.actual.iter_rows(named=True)}
    cars = rows["vehicles", 2025]
    assert (cars["actual"], cars["model"], cars["model_gap"]) == pytest.approx((2100.0, 3000.0, 3000 / 2100 - 1))
    assert cars["plan"] is None
    # 14 piles by 2025 from 6 in 2023: the target's year has come
    assert [rows["public_piles", year]["plan"] for year in (2023, 2025)] == [6.0, 14.0]
    share = rows["new_energy_car_flow_share", 2025]
    assert share["plan"] == 0.31
    assert rows["public_sessions_per_day", 2025]["model"] > 0.0
    assert rows["public_kwh_per_day", 2025]["model"] > 10.0 * rows["public_sessions_per_day", 2025]["model"]
    late = behind(watched.actual)
    assert late.select("measure", "behind").rows() == [("public_piles", 4.0)]
    assert not watched.actual["given"].any()


def test_a_path_keeps_the_gap_of_the_last_observation(watched):
    path = watched.corrected.filter(measure="new_energy_flow_share").sort("year")
    assert path["year"].to_list() == list(range(2025, 2031))
    assert path["corrected"][0] == pytest.approx(0.3)
    gaps = logit(path["corrected"].to_numpy()) - logit(path["path"].to_numpy())
    assert gaps == pytest.approx([gaps[0]] * 6)
    cars = watched.corrected.filter(measure="vehicles")
    assert (cars["corrected"] / cars["path"]).to_list() == pytest.approx([0.7] * 6)
    piles = watched.corrected.filter(measure="public_piles")
    assert piles["corrected"].to_list() == [10.0, 12.0, 14.0, 16.0, 18.0, 20.0]
    assert not watched.corrected.filter(pl.col("measure").str.contains("per_day")).height


def test_the_river_s_bulletins_are_marked_as_what_the_models_read():
    found = monitor(load_county("deqing"))
    lock = found.actual.filter(pl.col("measure").str.starts_with("lock_"))
    assert lock["given"].all()
    assert lock.filter(measure="lock_cargo_mt")["year"].to_list() == list(range(2020, 2026))
    assert lock["model_gap"].abs().max() < 1e-9
    cars = found.held_out.filter(series="cars").row(0, named=True)
    assert cars["low"] < cars["observed"] < cars["high"]
    # the path of the tables is the mean of the estimate, so its turn is that of the steps
    path = dict(found.corrected.filter(measure="new_energy_car_flow_share").select("year", "path").iter_rows())
    assert path[2026] - path[2025] == pytest.approx(found.steps.filter(year=2026)["change"].item(), abs=1e-3)
    assert found.steps.filter(year=2026)["tax"].item() < -0.02
    # a plan that is kept already is no line down to its target
    assert found.actual.filter(measure="new_energy_car_flow_share")["plan"].item() == 0.3


def test_why_the_path_turns_is_said_where_policy_moves(watched):
    steps = watched.steps
    assert steps["year"].to_list() == [2026, 2027, 2028]
    assert steps.filter(year=2026)["tax"].item() < -0.01
    parts = steps.select(pl.sum_horizontal("tax", "trade_in", "rest")).to_series()
    assert parts.to_list() == pytest.approx(steps["change"].to_list())


def test_no_observations_and_wrong_ones_are_refused(county, tmp_path):
    with pytest.raises(DataError, match=r"no table observations; type this year's statistics into observations\.csv"):
        monitor(county.with_table("observations", county.observations.clear()))
    for file in county.path.iterdir():
        (tmp_path / file.name).symlink_to(file.resolve())
    (tmp_path / "observations.csv").unlink()
    head = "measure,vehicle_class,year,value,source,confidence,note\n"
    for row, words in (
        ("vehicles,,2025,10,X2,assumption,", "vehicle_class"),
        ("public_piles,taxi,2025,10,X2,assumption,", "vehicle_class"),
        ("clean_flow_share,,2025,31,X2,assumption,", "not in per cent"),
        ("vehicles,lorry,2025,31,X2,assumption,", "lorry"),
    ):
        (tmp_path / "observations.csv").write_text(head + row + "\n", encoding="utf-8")
        with pytest.raises(DataError, match=words):
            load_county(tmp_path)


def test_the_command_prints_writes_and_speaks_json(xijiang, tmp_path, county):
    code, out, err = xijiang("monitor", "--county", str(TOWNS), "--out", "watched")
    assert (code, err) == (0, "")
    assert "public_piles 2025: 4 behind the plan." in out
    assert max(len(line) for line in out.splitlines() if "│" in line) <= 100
    assert pl.read_csv(tmp_path / "watched" / "actual.csv").height == county.observations.height
    code, out, err = xijiang("monitor", "--county", str(TOWNS), "--json")
    assert set(json.loads(out)) == {"actual", "corrected", "held_out", "steps"}
    code, out, err = xijiang("monitor", "--county", "nowhere")
    assert code == 1
    assert "county 'nowhere'" in err


@pytest.mark.parametrize("columns", ["80", None])
def test_the_monitor_speaks_chinese_within_80_columns(xijiang, monkeypatch, columns):
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    code, out, err = xijiang("monitor", "--county", str(TOWNS), "--lang", "zh")
    assert (code, err) == (0, "")
    for word in ("统计、规划与模型", "指标", "可信度", "公共充电桩"):
        assert word in out
    # only names of commands, files, units and the series of the county are left in Latin letters
    words = set(re.findall(r"[A-Za-z_]{3,}", out))
    kept = {"xijiang", "monitor", "out", "watched", "CSV", "observations", "csv", "kWh", "LNG"}
    assert words - kept <= {"cars_somewhere"}
    if columns:
        assert max(cell_len(line) for line in out.splitlines()) <= 80
    code, out, err = xijiang("monitor", "--county", str(TOWNS), "--lang", "fr")
    assert (code, out) == (1, "")
    assert "language 'fr' is not known" in err
