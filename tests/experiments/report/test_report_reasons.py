"""Why charging was not had: the words of the sessions in both languages."""

import polars as pl
import pytest

from charging.engine.ends.reasons import REASONS
from experiments.report.language import translator
from experiments.report.shown_tables import Tables
from experiments.report.words.labels import CODES, code


def sessions(*reasons):
    columns = {"reason": pl.String, "unmet_kwh": pl.Float64}
    return pl.DataFrame([(reason, 10.0 if reason else 0.0) for reason in reasons], schema=columns, orient="row")


def test_every_reason_has_words_in_both_languages():
    for reason in filter(None, REASONS):
        assert code(reason, translator("en")) == CODES[reason]
        assert not code(reason, translator("zh")).isascii()


@pytest.mark.parametrize(("language", "words"), [("en", "out of patience"), ("zh", "耐心耗尽")])
def test_reasons_come_with_their_share_of_all_requests(language, words):
    tables = Tables(None, translator(language), original=language == "en")
    shown = tables.reasons({"sessions": sessions("out of patience", "had to leave", "out of patience", None)})[
        "reasons"
    ]
    assert shown.rows[0][0].text == words
    assert [row[1].text for row in shown.rows] == ["50.0 %", "25.0 %"]
    assert tables.reasons({"sessions": sessions(None, None)}) == {}
