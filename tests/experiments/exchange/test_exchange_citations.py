"""Citations: the sources that a scenario rests on, as BibTeX."""

import dataclasses
import re

import polars as pl
import pytest

from data.errors import ScenarioError
from experiments import Scenario, cite
from experiments.exchange import citations


def keys(text):
    return set(re.findall(r"^@\w+\{([^,]+),$", text, re.MULTILINE))


def test_the_sources_of_the_tables_are_cited_and_no_others(small_scenario, three_towns):
    found = cite(small_scenario)
    named = {
        source
        for frame in three_towns.tables.values()
        if "source" in frame.columns
        for source in frame["source"].drop_nulls()
    }
    assert keys(found) == {"xijiang"} | {f"three-towns:{source}" for source in named}
    first = three_towns.sources.filter(source_id="X1").row(0, named=True)
    assert f"  title = {{{{{first['title']}}}}},\n  year = {{{first['year']}}}" in found


def test_a_part_that_the_scenario_leaves_out_is_not_cited():
    whole = Scenario.load("deqing-2030")
    without = whole.with_(shipping={"enabled": False})
    assert keys(cite(without)) < keys(cite(whole))
    # a scenario is cited once, however often it is named
    assert cite(whole, whole) == cite(whole)


def test_what_tex_reads_as_a_command_is_a_character(small_scenario, three_towns, monkeypatch):
    title = r"50 % of A&B_C {x} \input{y} ~ ^ $1 #2"
    sources = three_towns.sources.with_columns(title=pl.lit(title))
    county = dataclasses.replace(three_towns, tables={**three_towns.tables, "sources": sources})
    monkeypatch.setattr(citations, "load_county", lambda _: county)
    line = next(line for line in cite(small_scenario).splitlines() if "50" in line)
    assert line == (
        r"  title = {{50 \% of A\&B\_C \{x\} \textbackslash{}input\{y\} \textasciitilde{} \textasciicircum{} \$1 \#2}},"
    )
    assert line.count("{") - line.count(r"\{") == line.count("}") - line.count(r"\}")


def test_an_unknown_scenario_is_not_cited():
    with pytest.raises(ScenarioError, match="neither a shipped scenario nor a file"):
        cite("nothing")
