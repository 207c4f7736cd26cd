"""The report of a sizing: the answer first, in both languages; the same form for all that can be sized."""

import re

import polars as pl
import pytest

from data.goals import Finding, Goal, Sizing
from experiments.report.designed.sizing_page import sizing_page
from experiments.report.language import translator
from experiments.sizing import size
from experiments.sizing.sized import Sized

GOAL = Goal("not_in_time_share", "<=", 0.1)


@pytest.fixture(scope="module")
def sized(small_scenario):
    return size("charging", small_scenario, target="not_in_time_share<=0.1")


def told(page):
    """Return the text of a page without style, scripts and tags."""
    return re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|script)\b.*?</\1>", "", page))


def test_a_page_begins_with_the_answer_and_has_map_frontier_and_tables(sized, tmp_path):
    page = sized.report(tmp_path / "size.html", commands=["xijiang size again"]).read_text("utf8")
    text = told(page)
    assert text.index("The target can be met: ") < text.index("Change by town")
    assert page.count('class="plotly-graph-div"') == 2
    assert "xijiang size again" in text
    for words in ("To build all of it", "What more or fewer guns would give", "Sizes that were tried", "guns change"):
        assert (words in text) == (words != "guns change")
    assert "Anping" in text


def test_a_page_in_chinese_holds_no_english_heads(sized, tmp_path):
    text = told(sized.report(tmp_path / "size.html", language="zh").read_text("utf8"))
    for words in ("目标可以达到", "充电枪增减", "未及时满足", "搜索步骤"):
        assert words in text
    for words in ("The target", "not in time", "guns change", "formula", "step of"):
        assert words not in text


@pytest.mark.parametrize("kind", ["bunkering", "ebikes", "electric", "fleet", "path"])
def test_all_kinds_have_the_same_form(small_scenario, three_towns, kind):
    frontier = pl.DataFrame({"berths": [1, 2], "lost_share": [0.2, 0.05], "meets": [False, True]})
    frontier = frontier.with_columns(lost_share_low=pl.lit(0.01), lost_share_high=pl.lit(0.3))
    answer = pl.DataFrame({"station": ["hub"], "berths": [2]})
    question = Finding("question_shore", {"goals": (GOAL,), "budget": (Finding("no_budget"),)})
    sizing = Sizing(question, answer, frontier, (Finding("least_teams"),), feasible=True)
    for language in ("en", "zh"):
        made = sizing_page(
            sizing, kind, small_scenario, three_towns, [], language=language, translate=translator(language)
        )
        assert set(made.tables) == {"answer", "tried"}
        assert len(made.sections) == 1
        assert made.answer.count("1")
        assert len(made.told) == 1
    assert isinstance(Sized.of(sizing, kind, small_scenario), Sized)
