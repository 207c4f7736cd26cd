"""The report of a comparison: its first sentence, its forest, its map, its tables and its languages."""

import re

import polars as pl
import pytest

from data import load_county
from experiments import compare
from experiments.designs.judgement import DIFFERENCES, GROUPS, RANKING
from experiments.report.compared import compared_figures, compared_tables
from experiments.report.language import translator
from experiments.report.sentences.comparing import winner
from experiments.report.words.place_names import PlaceNames

ENGLISH = translator("en")
EVIL = "<script>alert(1)</script>"


def difference(alternative="b", measure="burden_cny_per_request", **row):
    """Return a row of differences."""
    given = {"alternative": alternative, "measure": measure, "unit": "CNY", "words": "bill", "reference": 10.0}
    given |= {"other": 8.0, "difference": -2.0, "low": -3.0, "high": -1.0, "judgement": "better", "pairs": 3}
    return {**dict.fromkeys(DIFFERENCES), **given, **row}


def rows(*given, schema=DIFFERENCES):
    return pl.DataFrame(given, schema=schema)


def ranking(chance, best="b", over=None):
    order = [best, "a" if best == "b" else "b"]
    chances = (chance, None if chance is None else 1.0 - chance)
    given = [
        (at + 1, name, "burden_cny_per_request", 8.0 + 2 * at, chances[at], over[at] if over else None)
        for at, name in enumerate(order)
    ]
    return pl.DataFrame(given, schema=RANKING, orient="row")


def test_the_winner_is_the_first_of_the_table_with_its_probability_and_difference():
    said = winner(ranking(0.97), rows(difference()), "a", ENGLISH)
    assert said == [
        "b is the best by bill, time and energy gone without, per request asked with a probability of 97 %: 8 CNY.",
        "Against a the difference is -2 CNY (better).",
    ]


def test_the_winner_over_the_assumptions_stands_beside():
    said = winner(ranking(0.97, over=(0.75, 0.25)), rows(difference()), "a", ENGLISH)
    assert said[1] == "Within the ranges of the assumptions it is the best with a probability of 75 %."
    assert len(said) == 3
    assert len(winner(ranking(0.99, best="a", over=(0.999, 0.001)), rows(difference()), "a", ENGLISH)) == 2


def test_without_95_per_cent_nobody_is_called_the_best():
    first, against = winner(ranking(0.6), rows(difference(judgement="no clear difference")), "a", ENGLISH)
    assert first.startswith(
        "No alternative is the best by bill, time and energy gone without, per request asked with a"
    )
    assert first.endswith("probability of 95 %; b comes first with 60 %: 8 CNY.")
    assert against == "Against a the difference is -2 CNY (no clear difference)."
    assert len(winner(ranking(0.99, best="a"), rows(difference()), "a", ENGLISH)) == 1
    assert "names no best" in winner(ranking(None), rows(difference()), "a", ENGLISH)[0]


def test_the_map_colours_the_towns_that_change(three_towns):
    town = three_towns.towns["town"][1]
    groups = rows(
        {"by": "town", "key": town, **difference()}, {"by": "class", "key": "bus", **difference()}, schema=GROUPS
    )
    names = PlaceNames(three_towns, "en", ENGLISH)
    told = compared_figures.change_payload(three_towns, groups, names, ENGLISH)
    assert told["layers"][0]["values"] == [None, -2.0, None]
    assert (told["layers"][0]["low"], told["layers"][0]["high"]) == (-2.0, 2.0)
    assert told["cards"]["towns"][1]["lines"] == [["reference", "10 CNY"], ["b", "8 CNY (better)"]]
    assert compared_figures.changed(groups) == [town]
    same = rows({"by": "town", "key": town, **difference(difference=0.0, judgement="same")}, schema=GROUPS)
    assert compared_figures.change_payload(three_towns, same, names, ENGLISH) is None


def test_clear_differences_come_first_and_the_download_is_plain():
    made = rows(difference(judgement="no clear difference", low=None), difference("c", unit="share", reference=0.5))
    table = compared_tables.differences(made, ENGLISH)
    assert [row[0].text for row in table.rows] == ["c", "b"]
    assert (table.rows[0][2].text, table.rows[0][2].csv) == ("50.0 %", "0.5")
    assert table.rows[1][5].text == ""


@pytest.fixture(scope="module")
def four(small_scenario, tmp_path_factory):
    """Return four layouts of the three towns compared on two replications."""
    folder = tmp_path_factory.mktemp("layouts")
    files = []
    for piles, name in ((1, "one-pile"), (3, EVIL.replace("/", "-"))):
        file = folder / f"{name}.csv"
        today = load_county(small_scenario.county).layout("today")
        today.drop([column for column in today.columns if today[column].is_null().all()]).with_columns(
            piles=pl.lit(piles)
        ).write_csv(file)
        files.append(str(file))
    return compare([small_scenario], layouts=["today", "seat-only", *files], replications=2)


@pytest.mark.whole
@pytest.mark.parametrize("language", ["en", "zh"])
def test_f6_the_report_of_four_layouts_begins_with_the_winner_of_its_table(four, tmp_path, language):
    file = four.report(tmp_path / "comparison.html", language=language)
    page = file.read_text(encoding="utf-8")
    assert file.stat().st_size < 2e6
    translate = translator(language)
    answer = re.search(r'<p class="lead">(.*?)</p>', page, re.DOTALL).group(1)
    best, chance = four.ranking.select("alternative", "p_best").row(0)
    first = re.search(r'<table id="ranking">.*?<tbody>\s*<tr>(.*?)</tr>', page, re.DOTALL).group(1)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", first)
    assert cells[1] == best.replace("<", "&lt;").replace(">", "&gt;")
    assert cells[1] in answer
    assert f"{100.0 * chance:.0f} %" in answer
    assert cells[3].startswith(f"{100.0 * chance:.0f}")
    assert cells[2] in answer
    for title in ("Differences from the reference", "All measures", "How to repeat these runs"):
        assert f"<h2>{translate(title)}</h2>" in page
    assert page.count('class="soft">xijiang') == 4
    main = page[page.index("<main>") : page.index("'use strict'")]
    assert EVIL not in main
    assert not re.search(r"http://|https://", main)
    if language == "zh":
        text = re.sub(r"<script.*?</script>|<[^>]+>", " ", main)
        assert "difference" not in text
