"""What would change a verdict, in sentences of both languages."""

import polars as pl
import pytest

from experiments.report.language import translator
from experiments.report.sentences.flipping import assumption_name, told_doubt
from experiments.scorecard.card import FLIPS, SCORECARD


def card(**changes):
    row = {"target_id": "X1", "metric": "late_share", "criterion": "late_share", "limit": 0.1, "decides": True}
    return pl.DataFrame([{"p_met": 0.25, "verdict": "missed", **row, **changes}], schema=SCORECARD)


def flips(*rows):
    names = ("rank", "assumption", "share", "low", "at_tables", "high", "beyond", "flips_at")
    filled = [{"target_id": "X1", "criterion": "late_share", **dict(zip(names, row, strict=True))} for row in rows]
    return pl.DataFrame(filled, schema=FLIPS)


def said(scorecard, turning, language="en"):
    return told_doubt("X1", scorecard, turning, lambda name: name.replace("_", " "), translator(language))


def test_shares_ranks_and_turning_points_are_told():
    turning = flips(
        (1, "tables.through_traffic", 0.5, -1.0, 0.0, 1.0, "<", -0.67),
        (2, "figures.fleet.demand_cv", 0.3, 0.1, 0.2, 0.4, ">", 0.31),
        (3, "km_heavy", 0.1, 0.7, 1.0, 1.4, None, None),
    )
    lines = said(card(), turning)
    assert lines[0] == "Of the draws of the assumptions 25.0 % keep the limit."
    assert lines[1].startswith("Most of the doubt about late share is in: through_traffic (50.0 %), fleet.demand_cv")
    assert "all rows of through_traffic lie more than 67.0 % of the way to their low ends" in lines[2]
    assert "fleet.demand_cv > 0.31 (now 0.2)" in lines[2]
    assert "km_heavy" not in lines[2]


def test_what_turns_nothing_and_what_has_no_limit():
    still = flips((1, "km_heavy", 0.1, 0.7, 1.0, 1.4, None, None))
    assert said(card(), still)[-1] == "None of them alone turns it within its range."
    # without a limit there is nothing that could turn
    assert len(said(card(limit=None, p_met=None), still)) == 1
    assert said(card(p_met=None), flips()) == []


@pytest.mark.parametrize("key", ["tables.through_traffic", "figures.fleet.demand_cv", "km_heavy", "ship_sizes/2030"])
def test_assumptions_have_names_in_chinese(key):
    name = assumption_name(key, translator("zh"))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in name)


def test_the_sentences_are_chinese_in_chinese():
    lines = said(card(), flips((1, "tables.through_traffic", 0.5, -1.0, 0.0, 1.0, "<", -0.67)), "zh")
    assert "满足限值" in lines[0]
    assert "结论即改变" in lines[2]


def test_the_share_of_draws_is_that_of_the_criterion_whose_flips_are_told():
    # several criteria are open after one replication: the first decides, another is the one that could turn
    decides = card(p_met=0.98, verdict="open")
    other = card(p_met=0.31, verdict="open", criterion="unserved_share", limit=0.01, decides=False)
    still = flips((1, "km_heavy", 0.1, 0.7, 1.0, 1.4, None, None)).with_columns(criterion=pl.lit("unserved_share"))
    lines = said(pl.concat([decides, other]), still)
    assert lines[0] == "Of the draws of the assumptions 31.0 % keep the limit."
    assert lines[1].startswith("Most of the doubt about unserved share is in")
    # without flips that of the criterion that decides
    assert said(pl.concat([decides, other]), flips()) == ["Of the draws of the assumptions 98.0 % keep the limit."]
