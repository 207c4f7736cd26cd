"""The report of a design: its frame, a sweep, a sensitivity analysis; in both languages, with nothing run twice."""

import re

import polars as pl
import pytest

from data.errors import ScenarioError
from experiments.designs.swept import Sweep
from experiments.report.designed import DesignPage, shown_frame, write_design
from experiments.report.designed.flips_page import flips_page
from experiments.report.designed.sweep_page import sweep_page
from experiments.report.language import translator
from experiments.scorecard.card import FLIPS, SCORECARD

EVIL = "<script>alert(1)</script>"
TRIES = "charging.max_tries"


def told(page):
    """Return the text of a page without style, scripts and tags."""
    return re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|script)\b.*?</\1>", "", page))


def points(**measures):
    columns = {"point": [0, 1], TRIES: [1.0, 4.0], **measures}
    return pl.DataFrame(columns)


@pytest.fixture
def swept(small_scenario):
    table = points(
        wait_mean_min=[12.5, 3.0], wait_mean_min_low=[11.0, 2.0], wait_mean_min_high=[14.0, 4.0],
        late_share=[0.25, 0.125], unserved_share=[0.0, 0.0], P04=[0.5, 0.75],
    )  # fmt: skip
    return Sweep(small_scenario, (TRIES,), table)


def test_a_sweep_says_first_between_which_values_its_measure_lies(swept, tmp_path):
    page = swept.report(tmp_path / "sweep.html", commands=["xijiang sweep again"]).read_text("utf8")
    text = told(page)
    assert (
        "mean wait at charging stations: from 3 min (charging.max_tries = 4) to 12.5 min (charging.max_tries = 1)."
        in text
    )
    assert "The same at all points: " in text
    assert page.count('class="plotly-graph-div"') == 2
    assert "xijiang sweep again" in text
    assert re.search(r"12.5 \(11 to 14\)", text)


def test_a_sweep_in_which_nothing_moves_says_so(small_scenario, three_towns):
    made = sweep_page(
        points(late_share=[0.1, 0.1]), [TRIES], small_scenario, three_towns, [],
        language="en", translate=translator("en"),
    )  # fmt: skip
    assert made.answer == "Nothing that is asked of charging or bunkering changes over the points."
    assert not made.sections


def test_the_page_of_a_sweep_is_chinese(swept, tmp_path):
    text = told(swept.report(tmp_path / "sweep.html", language="zh").read_text("utf8"))
    chinese, latin = len(re.findall(r"[一-鿿]", text)), len(re.findall(r"[A-Za-z]", text.replace(TRIES, "")))
    assert latin < chinese / 2


def flips(**row):
    given = {"target_id": "P04", "criterion": "late_share", "rank": 1, "assumption": "figures.charging.max_tries"}
    given |= {"share": 0.75, "at_tables": 2.0, "beyond": ">", "flips_at": 3.5}
    return pl.DataFrame([{**dict.fromkeys(FLIPS), **given, **row}], schema=FLIPS)


def card():
    given = {"target_id": "P04", "metric": "late_share", "criterion": "late_share", "value": 0.05, "limit": 0.1}
    given |= {"unit": "share", "verdict": "met", "decides": True, "p_met": 0.9, "comparator": "<="}
    return pl.DataFrame([{**dict.fromkeys(SCORECARD), **given}], schema=SCORECARD)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (flips(), "An assumption alone, within its range, turns the verdict of: P04 by charging.max_tries."),
        (flips(flips_at=None), "None of these assumptions alone turns a verdict within its range."),
    ],
)
def test_a_sensitivity_says_first_what_turns_a_verdict(small_scenario, three_towns, found, said):
    tables = {"scorecard": card(), "flips": found}
    made = flips_page(tables, small_scenario, three_towns, [], language="en", translate=translator("en"))
    assert made.answer == said
    assert made.told[0].startswith("P04: Of the draws of the assumptions 90.0 % keep the limit.")
    assert made.sections[0].plots[0].figure.data[0].x == (75.0,)


def test_what_a_page_is_given_is_text(tmp_path):
    table = shown_frame(pl.DataFrame({"name": [EVIL, "=1+1"], "wait_min": [1.0, None]}), EVIL, translator("en"))
    page = DesignPage(
        title=EVIL, about=EVIL, answer=EVIL, told=[EVIL], tables={"t": table}, commands=[EVIL], notes=[EVIL]
    )
    text = write_design(lambda **_: page, tmp_path / "page.html").read_text("utf8")
    assert EVIL not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 8
    assert "&#39;=1+1" in text


def test_bounds_stand_with_their_figure_and_empty_columns_are_left_out():
    frame = pl.DataFrame(
        {"late_share": [0.25], "late_share_low": [0.2], "late_share_high": [0.3], "none": [None], "meets": [True]}
    )
    shown = shown_frame(frame, "title", translator("en"), named={"meets": str})
    assert [cell.text for cell in shown.rows[0]] == ["25.0 % (20.0 % to 30.0 %)", "True"]


def test_an_unknown_language_writes_nothing(tmp_path):
    with pytest.raises(ScenarioError, match="language 'fr' is not known"):
        write_design(lambda **_: DesignPage(title="", answer=""), tmp_path / "page.html", language="fr")
    assert list(tmp_path.iterdir()) == []
