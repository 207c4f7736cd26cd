"""Sentences of the report: made from the scorecard's tables alone, every word of them translated."""

import re

import polars as pl
import pytest

from experiments.report.sentences import sentences
from experiments.report.sentences.story import TELLING, Story
from experiments.report.sentences.telling import KEYS, UNITS
from experiments.scorecard.card import ASSUMPTIONS, FACTS, SCORECARD
from experiments.scorecard.score import ANSWERS

NOTHING = pl.DataFrame(schema=ASSUMPTIONS)
LETTERS = re.compile(r"[A-Za-z]{2,}")


def tables(metric, facts, *, unit="share", value=0.5, limit=None, **more):
    """Return scorecard and facts of one target."""
    row = {
        **dict.fromkeys(SCORECARD),
        "target_id": "P1",
        "metric": metric,
        "criterion": metric,
        "year": 2030,
        "value": value,
        "unit": unit,
        "comparator": ">=",
        "limit": limit,
        "verdict": "met",
        "decides": True,
        **more,
    }
    rows = [("P1", metric, name, key, number, "x", None, None) for (name, key), number in facts.items()]
    return pl.DataFrame([row], schema=SCORECARD), pl.DataFrame(rows, schema=FACTS, orient="row")


def test_every_answer_has_sentences_and_no_other_metric_has():
    assert set(TELLING) == set(ANSWERS)


def test_sentences_state_the_facts():
    facts = {
        ("piles", None): 1320.0,
        ("guns", None): 1450.0,
        ("dual_gun_piles", None): 130.0,
        ("layout_stations", "north"): 27.0,
    }
    said = sentences("P1", "guns_total", *tables("guns_total", facts, unit="guns"), NOTHING)
    assert said == [
        "Table layout: 1,320 piles with 1,450 guns (130 piles with two guns).",
        "It says that the layout north (27 stations) keeps to the plan, not that it is built.",
    ]


def test_a_share_that_never_crosses_its_target_says_so():
    metric = "new_energy_car_flow_share"
    facts = {("crossing_year", None): None, ("battery_electric_share", None): 0.377}
    said = sentences("P1", metric, *tables(metric, facts, limit=0.9), NOTHING)
    assert said[0].endswith("plug-in hybrids included: never above 90.0 %.")
    assert said[1:] == ["Battery-electric alone 37.7 %."]
    crossed = {**facts, ("crossing_year", None): 2027.0}
    said = sentences("P1", metric, *tables(metric, crossed, limit=0.9, assumption_low=0.4), NOTHING)
    assert "above 90.0 % from 2027 on" in said[0]
    assert said[1].startswith("The path is given; its range is that of the flow shares")
    estimated = {**crossed, ("estimated_crossing_year", None): 2028.0}
    said = sentences("P1", metric, *tables(metric, estimated, limit=0.9, p_met=0.25), NOTHING)
    assert "probability of the target 25.0 %; crossing for good 2028 (later than the tables" in said[1]


def test_a_peak_in_the_last_year_is_none_yet():
    facts = {
        ("peak_petroleum_t", "2024"): 78668.0,
        ("last_petroleum_t", "2035"): 52766.0,
        ("peak_year", "slow"): 2035.0,
    }
    said = sentences("P1", "petroleum_peak_year", *tables("petroleum_peak_year", facts), NOTHING)
    assert said[0] == "Tables petroleum and outlook: 78,668 t in 2024, 52,766 t in 2035."
    assert said[-1] == "A peak in 2035, the last year computed, means that there is none yet."


NEEDS = "A value needs rows in these tables of the county: "


@pytest.mark.parametrize(
    ("metric", "reason", "words"),
    [
        ("ebikes_total", "no data", [f"{NEEDS}ebike_points."]),
        ("terminal_wait_h", "left out", ["The scenario leaves the river out."]),
        ("fleet_plan_cost_change_share", "no data", [f"{NEEDS}operators, vehicle_costs."]),
        (None, "no model", []),
    ],
)
def test_a_target_without_a_value_says_what_it_lacks(metric, reason, words):
    given = tables(metric, {}, value=None, verdict="open", reason=reason)
    assert sentences("P1", metric, *given, NOTHING) == words


def test_a_target_that_names_no_figure_says_so():
    given = tables("swap_stations", {("open_stations", "2030"): 2.0}, verdict="reported")
    said = sentences("P1", "swap_stations", *given, NOTHING)
    assert said == ["Table swap_stations: 2 open in 2030.", "The plan names no figure."]


def test_every_answered_target_of_a_run_is_told_in_full_sentences(result):
    card = result.scorecard
    for target, metric in card.unique("target_id", maintain_order=True).select("target_id", "metric").iter_rows():
        said = sentences(target, metric, card, result.facts, result.assumptions)
        assert said, target
        for sentence in said:
            assert re.fullmatch(r"[A-Z0-9`].*\.", sentence), sentence
            assert "None" not in sentence
            assert "  " not in sentence


def test_no_word_escapes_the_translation(result):
    def hidden(text):
        return re.sub(r"(\{[a-z_0-9]+\})|[A-Za-z]+", lambda found: found[1] or "字", text)

    names = dict.fromkeys(result.facts["key"].drop_nulls(), "名")
    names |= {part: "名" for key in names for part in key.split("/")}
    card = result.scorecard
    for target, metric in card.unique("target_id", maintain_order=True).select("target_id", "metric").iter_rows():
        for sentence in sentences(target, metric, card, result.facts, result.assumptions, hidden, names=names):
            assert not LETTERS.search(sentence), sentence


def test_numbers_are_written_with_their_unit():
    story = Story(*tables("swap_stations", {}), str)
    assert story.percent(0.1234) == "12.3 %"
    assert story.percent(-0.1, sign=True) == "-10.0 %"
    assert story.percent(None) == story.amount(None, "min") == story.plain_year(None) == "none"
    assert story.amount(1234.56, "kW", 0) == story.whole(1234.56, "kW") == "1,235 kW"
    assert story.span(0.01, 0.025) == " (1.00 to 2.50 %)"
    assert story.span(-0.2, 0.1, sign=True) == " (-20.0 % to +10.0 %)"
    assert story.span(1000.0, 2000.0, unit="kW") == " (1,000 to 2,000 kW)"
    assert story.span(None, 1.0) == ""
    assert story.name("micro_van") in KEYS
    assert "kW" in UNITS
