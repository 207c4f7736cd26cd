"""Labels are no markup, and cells of a download no formulas."""

import pytest

from experiments.report.guards import coded, csv_cell, label


def test_a_label_is_text():
    assert label('<a href="http://x">R&D</a>') == '&lt;a href="http://x"&gt;R&amp;D&lt;/a&gt;'
    assert label("德城街道") == "德城街道"


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x")',
        "+1+cmd|' /C calc'!A0",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "  =1+1",
        "-",
        "-5.0 % to 3.0 %",
        "\tplain",
    ],
)
def test_a_formula_gets_an_apostrophe(text):
    assert csv_cell(text) == "'" + text.strip()


@pytest.mark.parametrize("text", ["-16.7 %", "-3", "+0.5", "-1,234.5", "1e-06", "-2.5e-06", "plain", "≥ 450 guns", ""])
def test_a_number_and_a_plain_text_stay(text):
    assert csv_cell(text) == text


def test_code_between_backticks_is_the_only_markup():
    assert coded("a `b <i>` <b>c</b>") == "a <code>b &lt;i&gt;</code> &lt;b&gt;c&lt;/b&gt;"
