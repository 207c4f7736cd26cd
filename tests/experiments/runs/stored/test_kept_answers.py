"""Answers that no replication decides: kept by the tables that they read, and made anew where one of them differs."""

from dataclasses import replace

import polars as pl
import pytest

from data.kept.kept_files import store
from data.memory.stored_tables import StoredTables
from experiments.runs.plan import prepare
from experiments.runs.stored import kept_answers as module
from experiments.runs.stored.kept_answers import KeptAnswers, RememberedAnswers
from experiments.scorecard.answer import Answer, Assumption, Criterion, Fact, Reason, Verdict
from experiments.scorecard.evidence import Evidence, Target
from experiments.statistics.estimates import Estimate

TARGET = Target("T1", "clean_flow_share", ">=", 0.5, "share", 2030)


@pytest.fixture
def evidence(case):
    """Return what a run of it might show."""
    tables = {"stock": pl.DataFrame({"vehicles": [1.0, 2.0]}), "stations": pl.DataFrame({"wait_mean_min": [3.0]})}
    return Evidence(case.scenario, case.county, StoredTables(tables, {}))


class Made:
    """Answers with the sum of a table, and counts how often."""

    table, p_met = "stock", None

    def __init__(self):
        self.asked = []

    def __call__(self, evidence, target):
        self.asked.append(target)
        estimate = Estimate(float(evidence.tables[self.table].to_series().sum()), None, 0.1 + 0.2, assumed=True)
        evidence.tables.get("savings")
        open_ = (Verdict.OPEN, Reason.RANGE_SPANS_LIMIT)
        criterion = Criterion("clean", estimate, "share", ">=", 0.5, *open_, decides=True, p_met=self.p_met)
        return Answer((criterion,), (Fact("years", 3, "a", "x"),), (Assumption("stock", 1, 2, None),))


@pytest.fixture
def made(monkeypatch):
    """Return what stands in for the models behind the answers."""
    stand_in = Made()
    monkeypatch.setattr(module, "answer_to", stand_in)
    return stand_in


def answered(case, evidence, target=TARGET):
    kept = KeptAnswers(case)
    found = kept(evidence, target)
    kept.write()
    return found


def test_the_second_run_has_the_answer_of_the_first(case, evidence, made):
    first = answered(case, evidence)
    assert answered(prepare(case.scenario).case, evidence) == first
    assert len(made.asked) == 1


def test_another_table_target_or_county_is_answered_anew(case, evidence, made):
    answered(case, evidence)
    other = evidence.tables.beside({"stock": pl.DataFrame({"vehicles": [5.0]})})
    assert answered(case, replace(evidence, tables=other)).criteria[0].estimate.value == 5.0
    # a table that was not there when the answer looked for it
    answered(case, replace(evidence, tables=evidence.tables.beside({"savings": pl.DataFrame({"t": [1.0]})})))
    answered(case, evidence, replace(TARGET, value=0.6))
    edited = case.county.with_table("towns", case.county.towns.with_columns(pl.col("residents") + 1))
    answered(replace(case, county=edited), evidence)
    answered(replace(case, scenario=case.scenario.with_(replications=7)), evidence)
    assert len(made.asked) == 6
    # all of them are kept side by side
    answered(case, evidence)
    answered(case, replace(evidence, tables=other))
    assert len(made.asked) == 6


def test_what_replications_decide_is_never_kept(case, evidence, made):
    made.table = "stations"
    answered(case, evidence)
    answered(case, evidence)
    assert len(made.asked) == 2
    assert not list(store().rglob("*.json"))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.1 + 0.2, None])
def test_numbers_come_back_to_the_bit(case, evidence, made, value):
    made.p_met = value
    answered(case, evidence)
    found = answered(case, evidence).criteria[0].p_met
    assert len(made.asked) == 1
    assert repr(found) == repr(value)


def test_a_damaged_file_is_answered_anew(case, evidence, made):
    answered(case, evidence)
    (file,) = store().rglob("*.json")
    file.write_text(file.read_text("utf8").replace("clean", "clear"), "utf8")
    answered(case, evidence)
    assert len(made.asked) == 2


def test_a_place_that_cannot_be_written_to_costs_nothing_but_time(case, evidence, made, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    answered(case, evidence)
    answered(case, evidence)
    assert len(made.asked) == 2


def test_a_point_remembers_what_does_not_look_at_its_figures(case, evidence, made, monkeypatch):
    def looking(watched, target):
        made.looked = watched.county.figure("adoption.base_year"), watched.scenario.figures
        return made(watched, target)

    def point(**figures):
        asked = case.scenario.with_(figures=figures)
        edited = replace(case, scenario=asked, county=case.county.with_figures(figures))
        return RememberedAnswers(edited)(replace(evidence, scenario=asked, county=edited.county), TARGET)

    monkeypatch.setattr(module, "answer_to", looking)
    # twice: the first time it is not known which tables it reads
    first = [point(), point()][0]
    assert len(made.asked) == 2
    assert point(**{"fleet.daily_km_cv": 0.6}) == first
    assert len(made.asked) == 2
    assert made.looked[1] == {}
    point(**{"adoption.base_year": 2023.0})
    assert made.looked[0] == 2023.0
    evidence = replace(evidence, tables=evidence.tables.beside({"stock": pl.DataFrame({"vehicles": [5.0]})}))
    assert point().criteria[0].estimate.value == 5.0
    assert len(made.asked) == 4
    assert not list(store().rglob("*.json"))


def test_a_point_answers_anew_what_its_replications_decide(case, evidence, made):
    made.table = "stations"
    for _ in range(3):
        # a target of its own: the county of the tests remembers what the others have asked
        RememberedAnswers(case)(evidence, replace(TARGET, target="T3"))
    assert len(made.asked) == 3
