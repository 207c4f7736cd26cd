"""The scorecard on the page."""

import dataclasses

import polars as pl
import pytest

from experiments.report.headline import headline
from experiments.report.language import translator
from experiments.report.verdicts import REASONS, VERDICTS, Verdicts, criterion_name
from experiments.report.words.place_names import PlaceNames
from experiments.scorecard.answer import Reason, Verdict
from experiments.scorecard.card import ANSWER_DRAWS


@pytest.fixture
def run(run_by_hand):
    return run_by_hand()


def verdicts(run, language="en"):
    translate = translator(language)
    names = PlaceNames(run.county, language, translate)
    return Verdicts(run.tables, run.county, language, names, translate)


def test_a_target_has_the_verdict_of_the_criterion_that_decides(run):
    guns, late = verdicts(run).rows()
    assert (guns.target, guns.line.goal, guns.line.value, guns.line.verdict) == ("T01", "≥ 450 guns", "450 guns", "met")
    assert (late.line.value, late.line.goal, late.line.verdict, late.line.style) == (
        "8.0 %",
        "≤ 10.0 %",
        "open",
        "open",
    )
    assert late.reason == "The interval over replications spans the limit."
    assert (late.year, late.decider) == ("2025", late.others[0])
    assert late.decided_by == "Decided by: requests that are not served, 2.0 % against ≤ 1.0 %."
    assert (guns.decider.value, guns.decided_by) == ("450 guns", "")
    assert [(other.value, other.goal, other.verdict) for other in late.others] == [("2.0 %", "≤ 1.0 %", "open")]


def test_intervals_say_where_they_come_from(run):
    late = verdicts(run).rows()[1]
    assert late.line.interval == "7.0 % to 9.0 %"
    assert late.others[0].interval == "with the assumptions 0.0 % to 5.0 %"


def test_a_range_of_draws_is_told_from_one_of_ends(run):
    other = verdicts(run).rows()[1].others[0]
    name = run.tables["scorecard"].filter(target_id="T04", decides=True)["criterion"][0]
    rows = [("runs", "T04", name, number, 0.02, 0.02) for number in range(3)]
    run.tables = {**run.tables, "answer_draws": pl.DataFrame(rows, schema=ANSWER_DRAWS.names(), orient="row")}
    drawn = verdicts(run).rows()[1].others[0]
    assert (other.kind, drawn.kind) == ("range of the assumptions", "95 per cent of the draws of the assumptions")


def test_a_criterion_is_named_in_the_readers_language_without_its_target():
    assert criterion_name("ebike_lost_share", translator("en")) == "trips that find no bike with charge"
    assert criterion_name("ebike_lost_share", translator("zh")) == "找不到有电车辆的出行"
    assert criterion_name("a_metric", translator("en")) == "a metric"


def test_assumptions_are_named(run):
    assert verdicts(run).rows()[1].rests_on == ["fleet_stock (3 of 4 rows)", "charging.los_wait_min"]
    assert verdicts(run, "zh").rows()[1].rests_on == ["车辆保有量（4行中的3行）", "充电·服务水平等待分钟"]


def test_the_plan_speaks_the_language_of_the_reader(run):
    targets = run.county.targets.with_columns(measure_zh=pl.lit("措施名"), wording_zh=pl.lit("原文"))
    run.county = dataclasses.replace(run.county, tables={**run.county.tables, "targets": targets})
    rows = verdicts(run, "zh").rows()
    assert {(row.measure, row.wording) for row in rows} == {("措施名", "原文")}
    other = targets.drop("measure_zh", "wording_zh")
    run.county = dataclasses.replace(run.county, tables={**run.county.tables, "targets": other})
    assert verdicts(run, "zh").rows()[0].measure == "public piles and guns"


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("met", "By the county's criteria the chargers are enough."),
        ("missed", "By the county's criteria the chargers are not enough."),
        ("open", "This run does not decide whether the chargers are enough."),
    ],
)
def test_the_headline_is_keyed_by_the_metric_and_counts_verdicts(run, verdict, said):
    card = run.tables["scorecard"]
    of_late = pl.col("metric") == "late_share"
    run.tables["scorecard"] = card.with_columns(
        target_id=pl.when(of_late).then(pl.lit("P7")).otherwise("target_id"),
        verdict=pl.when(of_late).then(pl.lit(verdict)).otherwise("verdict"),
    )
    told = headline(run, verdicts(run), translator("en"))
    assert told[0] == said
    assert told[1].startswith("Public chargers get 3 requests and deliver 0.0 MWh a day; 66.7 % do not get a gun ")
    assert told[-1].startswith("Targets of the plan: 2, of which ")


def test_what_is_late_is_the_figure_of_the_county_of_the_run(run):
    run.county = run.county.with_figures({"charging.los_wait_min": 25.0})
    # who goes without is late whatever the limit
    service = headline(run, verdicts(run), translator("en"))[1]
    assert "33.3 % do not get a gun within 25 minutes (33.3 % are not served at all)" in service


def test_a_plan_without_the_metric_has_no_sentence_on_it(run):
    run.tables["scorecard"] = run.tables["scorecard"].filter(pl.col("metric") != "late_share")
    run.tables["sessions"] = run.tables["sessions"].clear()
    assert headline(run, verdicts(run), translator("en")) == [
        "No charging was asked for.",
        "Targets of the plan: 1, of which 1 met.",
    ]


def test_every_verdict_and_reason_has_words():
    assert set(VERDICTS) == {verdict.value for verdict in Verdict}
    assert set(REASONS) == {reason.value for reason in Reason}
