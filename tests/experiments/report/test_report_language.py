"""The languages of the report."""

import pytest

from data.errors import ScenarioError
from experiments.report.language import LANGUAGES, translator


def test_an_unknown_language_is_refused():
    with pytest.raises(ScenarioError, match=r"language 'english' is not known\. .*Known: en, zh\."):
        translator("english")


def test_english_is_the_language_of_the_messages():
    assert translator("en")("The answer") == "The answer"
    assert translator("en")("efficiency", "figure") == "efficiency"


def test_chinese_comes_from_the_catalogue():
    assert translator("zh")("The answer") == "结论"


def test_a_word_has_the_meaning_of_its_context():
    assert translator("zh")("charger", "figure") == "充电机"
    assert translator("zh")("load", "figure") == "装载"
    assert translator("zh")("through_traffic", "table") == "过境交通"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_catalogue_does_not_have_stays_as_it_is(language):
    assert translator(language)("Nine piles in another county") == "Nine piles in another county"
    assert translator(language)("") == ""
