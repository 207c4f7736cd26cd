"""The first page: topics with interval and verdict, and what to do next."""

import polars as pl
import pytest

from experiments.report.language import translator
from experiments.report.topics import next_steps, topics
from experiments.report.verdicts import Verdicts
from experiments.report.words.place_names import PlaceNames
from experiments.scorecard.card import REMEDIES
from experiments.scorecard.remedies import Remedy


def verdicts(run, language="en"):
    translate = translator(language)
    return Verdicts(run.tables, run.county, language, PlaceNames(run.county, language, translate), translate)


def test_each_criterion_is_said_under_its_topic_with_its_interval(run_by_hand):
    (charging,) = topics(verdicts(run_by_hand()), translator("en"))
    assert charging.title == "Charging"
    late = next(said for said in charging.said if "wait longer" in said.text)
    assert late.text.startswith("8.0 % of those who want to charge")
    assert late.interval == "7.0 % to 9.0 %"
    assert (late.target, late.anchor, late.grounds) == ("T04", 2, 2)
    lost = next(said for said in charging.said if "not served" in said.text)
    assert lost.interval == "with the assumptions 0.0 % to 5.0 %"


@pytest.mark.parametrize(("language", "word"), [("en", "replications"), ("zh", "重复")])
def test_what_is_open_says_what_would_decide_it(run_by_hand, language, word):
    run = run_by_hand()
    row = {"target_id": "T04", "criterion": "late_share", "remedy": Remedy.MORE_REPLICATIONS, "value": 40.0}
    remedies = pl.DataFrame([{**dict.fromkeys(REMEDIES), **row}], schema=REMEDIES)
    run.tables = {**run.tables, "remedies": remedies}
    (step,) = next_steps(verdicts(run, language), translator(language))
    assert step.startswith("T04 ")
    assert word in step


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_step_names_its_target_once(run_by_hand, language):
    run = run_by_hand()
    open_rows = [
        {"target_id": "T01", "metric": "guns_total", "criterion": criterion, "remedy": Remedy.FIRST_INTERVAL}
        for criterion in ("guns_total", "late_share")
    ]
    remedies = pl.DataFrame([{**dict.fromkeys(REMEDIES), **row, "value": 10.0} for row in open_rows], schema=REMEDIES)
    run.tables = {**run.tables, "remedies": remedies}
    made = verdicts(run, language)
    (row,) = [row for row in made.rows() if row.target == "T01"]
    # side by side each is named; after the name of the target the first is not
    assert [said.startswith(row.measure) for said in row.remedies] == [True, False]
    (step,) = next_steps(made, translator(language))
    assert step.startswith(f"T01 {row.measure}")
    assert step.count(row.measure) == 1


@pytest.mark.parametrize("verdict", ["missed", "late"])
def test_what_is_missed_or_late_comes_first(run_by_hand, verdict):
    run = run_by_hand()
    card = run.tables["scorecard"]
    missed = pl.when(pl.col("metric") == "guns_total").then(pl.lit(verdict)).otherwise(pl.col("verdict"))
    run.tables = {**run.tables, "scorecard": card.with_columns(verdict=missed)}
    first, *_ = next_steps(verdicts(run), translator("en"))
    assert first.startswith("T01 ")
    assert f", {verdict}: " in first
