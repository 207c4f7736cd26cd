"""The report as a workbook and as a document: what they hold, in both languages, and that names stay text."""

import dataclasses
import io
import re
import zipfile

import docx
import polars as pl
import pytest
from lxml import etree

from data import load_county
from experiments.report.language import translator
from experiments.report.office.workbook import run_workbook
from experiments.report.page import write_report

EVIL = "<script>alert(1)</script>"
FORMULA = "=1+1"
NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def sheets(file):
    """Return the sheets of a workbook by name, each a list of rows: texts as str, numbers as float."""
    with zipfile.ZipFile(file) as packed:
        texts = [
            "".join(part.text or "" for part in one.iter(f"{{{NS['m']}}}t"))
            for one in etree.fromstring(packed.read("xl/sharedStrings.xml")).findall("m:si", NS)
        ]
        names = [one.get("name") for one in etree.fromstring(packed.read("xl/workbook.xml")).find("m:sheets", NS)]
        found = {}
        for number, name in enumerate(names, start=1):
            content = packed.read(f"xl/worksheets/sheet{number}.xml")
            assert b"<f>" not in content  # no formula
            rows = etree.fromstring(content).find("m:sheetData", NS)
            found[name] = [
                [
                    texts[int(cell.find("m:v", NS).text)] if cell.get("t") == "s" else float(cell.find("m:v", NS).text)
                    for cell in row
                    if cell.find("m:v", NS) is not None
                ]
                for row in rows
            ]
        return found


@pytest.fixture
def evil_run(run_by_hand):
    county = load_county("deqing")
    towns = county.towns.with_columns(name_en=pl.lit(FORMULA), name_zh=pl.lit(FORMULA))
    areas = county.service_areas.with_columns(name_en=pl.lit(EVIL), name_zh=pl.lit(EVIL))
    run = run_by_hand(dataclasses.replace(county, tables={**county.tables, "towns": towns, "service_areas": areas}))
    run.scenario = run.scenario.with_(title=EVIL)
    return run


@pytest.mark.parametrize(
    ("language", "heads", "verdict"),
    [
        ("en", ["target no.", "measure", "year"], "met"),
        ("zh", ["编号", "措施", "年"], "达成"),
    ],
)
def test_the_workbook_has_scorecard_and_tables(run_by_hand, tmp_path, language, heads, verdict):
    file = write_report(run_by_hand(), tmp_path / "report.xlsx", language=language)
    found = sheets(file)
    translate = translator(language)
    card = found[translate("Scorecard of the plan's measures")[:31].strip()]
    assert card[0][:3] == heads
    assert [row[0] for row in card[1:]] == ["T01", "T04"]
    assert verdict in card[1]
    stations = found[translate("Stations")]
    assert len(stations) == 3
    numbers = [cell for row in stations[1:] for cell in row if isinstance(cell, float)]
    assert {8.0, 0.25} <= set(numbers)
    assert len(found) > 10
    assert all(len(name) <= 31 for name in found)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_document_has_answer_scorecard_evidence_and_sources(run_by_hand, tmp_path, language):
    translate = translator(language)
    file = write_report(run_by_hand(), tmp_path / "report.docx", language=language)
    document = docx.Document(str(file))
    heads = [one.text for one in document.paragraphs if one.style.name.startswith("Heading 1")]
    for title in ("The answer", "Scorecard of the plan's measures", "Sources", "What the model does not do"):
        assert translate(title) in heads
    card = document.tables[0]
    assert card.rows[0].cells[0].text == translate("target no.")
    assert [row.cells[0].text for row in card.rows[1:]] == ["T01", "T04"]
    assert card.rows[1].cells[-1].text == translate("met")
    if language == "zh":
        text = "\n".join(one.text for one in document.paragraphs)
        body = text[: text.index(translate("How to repeat this run"))]
        assert len(re.findall(r"[A-Za-z]", body)) < len(re.findall(r"[\u4e00-\u9fff]", body)) / 2


def test_names_are_text_in_both(evil_run, tmp_path):
    found = sheets(write_report(evil_run, tmp_path / "report.xlsx"))
    cells = [cell for rows in found.values() for row in rows for cell in row]
    assert EVIL in cells
    assert any(isinstance(cell, str) and FORMULA in cell for cell in cells)
    document = docx.Document(str(write_report(evil_run, tmp_path / "report.docx")))
    assert document.paragraphs[0].text == EVIL


def test_sheets_of_one_title_get_numbers(run_by_hand, monkeypatch):
    run = run_by_hand()
    monkeypatch.setattr("experiments.report.office.workbook._LONGEST", 6)
    packed = run_workbook(run, "en", translator("en"), " ")
    names = list(sheets(io.BytesIO(packed)))
    assert len({name.lower() for name in names}) == len(names)
    assert any(re.search(r"\(\d\)$", name) for name in names)
