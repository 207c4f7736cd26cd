"""What a sizing has found, in words: every key has a message, every message its figures, in both languages."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

import data
from data.goals import Finding, Goal, Shown
from data.schemas.costs import FORMS
from experiments.report.language import translator
from experiments.report.words.findings import FINDINGS, RULES, SHOWN, finding_text
from fleet.operators.acquisition import ENDS, MOVED
from fleet.operators.consumption import DAYS
from fleet.operators.duties.duties import WAYS
from fleet.operators.networks import JOINT, SEPARATE

ENGLISH, CHINESE = translator("en"), translator("zh")
GOAL = Goal("p95_wait_min", "<=", 60.0)


def keys_in_code():
    """Return the keys of the findings that the packages make."""
    root = Path(data.__file__).parents[1]
    found = set()
    for package in ("charging", "shipping", "fleet", "experiments", "data"):
        for file in (root / package).rglob("*.py"):
            text = file.read_text()
            if "Finding(" not in text and "_shows(" not in text:
                continue
            # any string of the file: keys are chosen between two, or stand in a table
            found |= {
                node.value
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and file.name != "findings.py"
            }
    return found


def test_every_message_belongs_to_a_key_that_is_made():
    # put together: way_<way> of two kinds, day_<day>, network_<network>, form_<form>, <what is moved>_<end>
    ways = {f"way_{way}" for way in ("charging", "swapping", *WAYS)}
    made = (
        keys_in_code()
        | ways
        | {f"day_{day}" for day in (*DAYS, "year")}
        | {f"network_{name}" for name in (SEPARATE, JOINT)}
    )
    made |= {f"form_{form}" for form in FORMS} | {f"{moved}_{end}" for moved in MOVED for end in ENDS}
    assert set(FINDINGS) <= made


@pytest.mark.parametrize("messages", [FINDINGS, RULES, SHOWN])
def test_the_chinese_messages_take_the_same_figures(messages):
    def fields(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for message in messages.values():
        assert fields(CHINESE(message)) == fields(message)
        assert CHINESE(message) != message or message.strip("{}: ()") == ""


def test_sentences_in_english_and_chinese():
    against = {"measure": GOAL.measure, "value": Shown(77.456, 70.0, 85.0), "goal": GOAL}
    size = Finding(
        "station_size",
        {
            "supply": Finding("by_barge"),
            "berths": Finding("one_berth"),
            "tank_m3": 500.0,
            "hours": Finding("all_day"),
            "stations": ("a", "b"),
        },
    )
    nearest = Finding("lng_nearest_by_truck", {**against, "sizes": (size, size)})
    assert finding_text(nearest, ENGLISH) == (
        "By truck the nearest is 95th percentile of the wait 77.46 (70 to 85), "
        "the target is 95th percentile of the wait <= 60: "
        + "; ".join(2 * ["supply by barge, 1 berth, 500 m3, open all day at a, b"])
        + "."
    )
    chinese = finding_text(nearest, CHINESE)
    assert "77.46（70 至 85）" in chinese
    assert "percentile" not in chinese
    assert "barge" not in chinese
    shares = {"goal": GOAL, "spare_points": 1.25, "needed_share": 0.4, "assumed_share": 0.3456}
    assert "1.25 points to spare on the needed path (40.0%)" in finding_text(Finding("flow_to_spare", shares), ENGLISH)
    silent = Finding("lng_rule", {**against, "value": Shown(None), "rule": "alone"})
    assert finding_text(silent, ENGLISH) == (
        "While a delivery unloads no vessel is served (alone): 95th percentile of the wait not observed."
    )
    assert "95th percentile of the wait 5" in finding_text(
        Finding("lng_today", {**against, "value": Shown(5.0)}), ENGLISH
    )


def test_shares_are_in_per_cent_and_a_target_to_type_is_as_it_is_typed():
    goal = Goal("unserved_share", "<=", 0.01)
    against = {"measure": goal.measure, "value": Shown(0.025, 0.004, 0.046), "goal": goal}
    assert finding_text(Finding("within_budget", against), ENGLISH) == (
        "Within the budget: requests that are not served 2.5% (0.40% to 4.6%), "
        "the target is requests that are not served <= 1%."
    )
    typed = Finding("nearest_target", {"goals": (Goal("unserved_share", "<=", 0.046), GOAL)})
    assert finding_text(typed, CHINESE).count("unserved_share<=0.046,p95_wait_min<=60") == 1


def test_places_have_the_names_that_the_reader_knows():
    names = {"hub": "Energy hub", "yuecheng": "Yuecheng"}
    size = Finding("station_size", {**SIZE, "stations": ("hub", "yuecheng"), "berths": Finding("one_berth")})
    found = Finding("lng_met", {"sizes": (size,)})
    assert finding_text(found, ENGLISH, names.__getitem__).endswith("open all day at Energy hub, Yuecheng.")
    against = {"measure": GOAL.measure, "value": Shown(70.0), "goal": GOAL}
    less = Finding("lng_less", {"step": Finding("step_berth"), "station": "hub", **against})
    assert "at Energy hub:" in finding_text(less, ENGLISH, names.__getitem__)
    assert "at hub:" in finding_text(less, ENGLISH)


SIZE = {"supply": Finding("by_barge"), "tank_m3": 500.0, "hours": Finding("all_day")}
