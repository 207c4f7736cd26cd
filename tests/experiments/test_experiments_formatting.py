"""Tables for spreadsheets: text from strangers is never a formula, and nothing else is changed."""

import csv

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.formatting import defused, figure, write_csv


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-", "+", "-1.5 kW", "--1"]
)
def test_text_that_a_spreadsheet_would_run_is_defused(text):
    assert defused(pl.DataFrame({"name": [text]}))["name"].to_list() == [f"'{text}"]


@pytest.mark.parametrize("text", ["", "decheng", "-5", "+3.25", "-1e-3", "a=b", "' =1", "12-13", "<=15", None])
def test_other_text_and_numbers_stay_as_they_are(text):
    frame = pl.DataFrame({"name": [text], "value": [-5.5]}, schema={"name": pl.String, "value": pl.Float64})
    assert defused(frame).equals(frame)


def test_categories_are_texts_too():
    frame = pl.DataFrame({"kind": ["=1", "b"]}, schema={"kind": pl.Categorical})
    assert defused(frame)["kind"].to_list() == ["'=1", "b"]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=5))
def test_what_is_written_is_read_again_but_for_the_apostrophe(tmp_path_factory, texts):
    file = tmp_path_factory.mktemp("csv") / "out.csv"
    frame = pl.DataFrame({"row": range(len(texts)), "name": texts})
    write_csv(frame, file)
    with file.open(newline="", encoding="utf-8") as lines:
        back = [row[1] for row in csv.reader(lines)][1:]
    for read, text in zip(back, texts, strict=True):
        assert read in {text, f"'{text}"}
        assert read[:1] not in {"=", "@", "\t", "\r", "\n"}


@pytest.mark.parametrize(
    ("value", "unit", "text"), [(-0.0, None, "0"), (-0.0001, "share", "0.0 %"), (-0.5, "h", "-0.5 h")]
)
def test_a_zero_has_no_sign(value, unit, text):
    assert figure(value, unit) == text
