"""CSV as Excel and pandas write it (cases C16 and C17): read where there is one way to read it."""

import codecs

import pytest

from data.county import load_county
from data.tables.county_check import check_county
from data.tables.csv_text import UnknownEncodingError, decode, separator_of

TABLES = ("towns.csv", "layouts/now.csv", "charge_curves.csv")


@pytest.fixture(name="rewrite")
def fixture_rewrite(small):
    """Return a function that writes tables anew in another way; it returns the county before and after."""

    def go(change, encoding="utf-8"):
        before = load_county(small)
        for name in TABLES:
            text = (small / name).read_text(encoding="utf-8")
            (small / name).write_bytes(change(text).encode(encoding))
        return before, load_county(small)

    return go


def same(pair):
    before, after = pair
    return before.layout("now").equals(after.layout("now")) and all(
        frame.equals(after.tables[name]) for name, frame in before.tables.items()
    )


def with_semicolons(text):
    return text.replace(",", ";").replace(".", ",")


def test_c16_semicolons_and_decimal_commas(rewrite):
    assert same(rewrite(with_semicolons))


def test_c16_the_separator_line_of_excel(rewrite):
    assert same(rewrite(lambda text: "sep=;\n" + with_semicolons(text)))


def test_c16_tabs_in_utf16(rewrite):
    assert same(rewrite(lambda text: text.replace(",", "\t").replace("\n", "\r\n"), "utf-16"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "gbk", "gb18030", "utf-8-sig"])
def test_c16_encodings(rewrite, encoding):
    assert same(rewrite(lambda text: text, encoding))


def test_c16_commas_inside_text_stay(small):
    (small / "sources.csv").write_text("source_id;title\nS1;Yearbook, volume 2,5\nA01;1,5\n", encoding="utf-8")
    assert load_county(small).sources["title"].to_list() == ["Yearbook, volume 2,5", "1,5"]


def test_c16_cells_too_many_name_the_separator(small):
    (small / "sources.csv").write_text("source_id;title\nS1;Yearbook; volume 2\nA01;x\n", encoding="utf-8")
    faults = check_county(small)
    assert "Quote cells that contain a semicolon." in {fault.remedy for fault in faults}


def test_c16_a_decimal_comma_between_commas_is_a_fault(edit):
    faults = check_county(edit("towns.csv", "111.7,", '"111,7",'))
    assert [(fault.column, fault.got) for fault in faults] == [("lon", "'111,7'")]


def test_c17_whole_numbers_as_pandas_writes_them(rewrite):
    def change(text):
        return text.replace("120,4,2,", "120,4.0,2.0,").replace(",2025,", ",2025.0,").replace("50000", "50000.0")

    assert same(rewrite(change))


def test_c17_a_fraction_is_still_a_fault(edit):
    faults = check_county(edit("layouts/now.csv", "120,4,2,", "120,4.5,2,"))
    assert [(fault.column, fault.got) for fault in faults] == [("piles", "'4.5'")]


def test_large_whole_numbers_lose_no_digit(edit):
    faults = check_county(edit("layouts/now.csv", "120,4,2,", "120,9007199254740993.0,2,"))
    assert [fault.got for fault in faults] == ["9007199254740993"]


@pytest.mark.parametrize(
    "content", ["Orléans, café à côté".encode("latin-1"), b"\xff\xfe\x00", codecs.BOM_UTF16_BE + b"\xd8"]
)
def test_other_bytes_are_not_guessed(content):
    with pytest.raises(UnknownEncodingError, match="at byte"):
        decode(content)


@pytest.mark.parametrize(
    ("header", "mark"), [("a,b;c", ","), ("a;b", ";"), ("a\tb", "\t"), ('"a,b";c', ";"), ("only", ","), ("", ",")]
)
def test_the_header_says_what_separates(header, mark):
    assert separator_of(f"\n{header}\n1,5;2\n") == mark


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f"])
def test_a_control_character_is_a_fault_of_its_line(small, sign):
    # a town whose name ends in what nobody sees would be another town
    text = (small / "towns.csv").read_text(encoding="utf-8")
    at = text.index("\n", text.index("\n") + 1)
    (small / "towns.csv").write_text(text[:at] + sign + text[at:], encoding="utf-8")
    fault = next(fault for fault in check_county(small) if fault.file == "towns.csv")
    assert (fault.row, fault.got) == (2, f"the control character U+{ord(sign):04X}")
    assert fault.expected == "text without control characters"
