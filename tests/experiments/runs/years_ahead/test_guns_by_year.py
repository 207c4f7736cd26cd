"""Guns of the years ahead on the county of three towns: weeks, store, facts, sentences and tables."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from charging.costs.price_table import Prices
from charging.costs.station_costs import station_costs
from data.county import load_county
from data.schemas.accounts import GUNS_BY_YEAR
from experiments import run
from experiments.report.language import translator
from experiments.report.sentences.sentences_guns import tell_guns
from experiments.report.shown_tables import Tables
from experiments.report.verdicts import Verdicts
from experiments.report.words.place_names import PlaceNames
from experiments.runs.executors import InProcess
from experiments.runs.plan import prepare
from experiments.runs.years_ahead.guns_by_year import guns_by_year, weeks
from experiments.scorecard.evidence import Evidence
from experiments.scorecard.facts.guns import gun_facts, idle_guns


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    """Keep the answers in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def case(small_scenario):
    return prepare(small_scenario, replications=1).case


def test_weeks_are_an_ordinary_one_and_the_holidays_of_the_calendar():
    county = load_county("deqing")
    found = weeks(county, [2025, 2030])
    assert [(week.year, week.week) for week in found] == [
        (year, week) for year in (2025, 2030) for week in ("ordinary", "spring-festival", "national-day")
    ]
    assert found[1].start == dt.date(2025, 1, 28)
    for week in (found[0], found[3]):
        assert week.start.weekday() == 4
        assert week.start.month == 11
    # where November is a holiday another month has to do
    whole = county.calendar.head(1).with_columns(start_date=dt.date(2025, 11, 1), end_date=dt.date(2025, 12, 31))
    moved = weeks(county.with_table("calendar", whole), [2025])[0]
    assert (moved.week, moved.start) == ("ordinary", dt.date(2025, 1, 3))


def test_guns_are_looked_at_once_and_stored(case, monkeypatch):
    first = guns_by_year(case, InProcess(), years=[2025, 2027])
    assert first.schema == pl.Schema(GUNS_BY_YEAR)
    assert first["year"].unique().sort().to_list() == [2025, 2027]
    assert (first["least_guns"] >= 0).all()
    assert first.filter(pl.col("requests") > 0)["least_guns"].min() >= 1
    stations = case.layout.select("station_id", "current").unique().height
    assert first.filter(year=2025, week="ordinary").height == stations

    def never(*_given, **_named):
        raise AssertionError("computed again")

    monkeypatch.setattr("experiments.runs.years_ahead.guns_by_year._computed", never)
    assert guns_by_year(case, InProcess(), years=[2025, 2027]).equals(first)
    # another county is another question
    busier = replace(case, county=case.county.with_figures({"fleet.demand_cv": 0.33}))
    with pytest.raises(AssertionError, match="computed again"):
        guns_by_year(busier, InProcess(), years=[2025])


def test_requests_of_a_file_say_nothing_of_other_years(case):
    given = replace(case, given={"requests": pl.DataFrame({"request_id": [1]})})
    assert guns_by_year(given, InProcess()).equals(pl.DataFrame(schema=GUNS_BY_YEAR))


@pytest.fixture(scope="module")
def looked(small_scenario, tmp_path_factory):
    """A run of the three towns that looks ahead: a few points, and few axes."""
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    # the sample is tested elsewhere, and two years show what eleven do
    patch.setattr("experiments.runs.years_ahead.guns_by_year._years", lambda _case: range(2025, 2027))
    patch.setattr("experiments.runs.assumptions.doubt.draw_sample", lambda *_given, **_named: None)
    found = run(small_scenario.with_(points=4))
    patch.undo()
    return found


def by_hand(*rows):
    """Return a table of least guns from year, week, station, guns that stand and guns needed."""
    made = [
        {**dict.fromkeys(GUNS_BY_YEAR, 0), "year": year, "week": week, "station_id": station, "current": "dc"}
        | {"guns": guns, "least_guns": least, "requests": 100, "late_share": late, "left_share": late}
        for year, week, station, guns, least, late in rows
    ]
    return pl.DataFrame(made, schema=GUNS_BY_YEAR)


def told(looked, table):
    """Return the facts that a table of least guns gives in a run, by name and key."""
    evidence = Evidence(looked.scenario, looked.county, {**looked.tables, "least_guns": table})
    return {(fact.name, fact.key): fact for fact in gun_facts(evidence)}


def test_facts_say_when_guns_are_too_few_and_where_first(looked):
    table = by_hand(
        (2025, "ordinary", "a", 4, 2, 0.0),
        (2025, "ordinary", "b", 4, 1, 0.0),
        (2025, "holiday", "a", 4, 3, 0.001),
        (2025, "holiday", "b", 4, 2, 0.0),
        (2026, "ordinary", "a", 4, 2, 0.0),
        (2026, "ordinary", "b", 4, 2, 0.0),
        (2026, "holiday", "a", 4, 6, 0.3),
        (2026, "holiday", "b", 4, 3, 0.0),
    )
    facts = told(looked, table)
    assert facts["guns_standing", None].value == 8
    assert (facts["least_guns", "ordinary"].value, facts["least_guns", "holiday"].value) == (3, 5)
    # 15 % of all are late at the holiday of 2026
    assert facts["not_enough_from_year", "holiday"].value == 2026
    assert facts["not_enough_from_year", "ordinary"].value is None
    assert [key for name, key in facts if name == "short_from_year"] == ["holiday/a"]
    # not even the holiday needs 1 of a and 2 of b
    assert facts["idle_guns", None].value == 3


def test_what_an_idle_gun_costs_is_its_part_of_pile_works_rent_and_upkeep(looked):
    county = load_county("deqing")
    layout = looked.tables["layout"].filter(pl.col("station_id") == looked.tables["layout"]["station_id"][0]).head(1)
    station = layout["station_id"].item()
    guns = layout["piles"].item() * layout["guns_per_pile"].item()
    table = by_hand((2025, "ordinary", station, guns, guns - 1, 0.0))
    table = table.with_columns(current=pl.lit(layout["current"].item()))
    tables = {**looked.tables, "layout": layout, "least_guns": table}
    facts = {fact.name: fact for fact in gun_facts(Evidence(looked.scenario, county, tables))}
    prices = Prices.from_county(county)
    costs = station_costs(layout, prices).filter(pl.col("item").is_in(["pile", "works"]))
    bought, yearly = (float(costs[name].sum()) / 100.0 for name in ("investment_fen", "yearly_fen"))
    expected = (yearly + prices.figure("operation") * bought) / guns + prices.figure("land")
    cost = facts["idle_gun_cny_year"]
    assert cost.value == pytest.approx(expected)
    assert cost.low < cost.value < cost.high
    assert facts["idle_guns_cny_year"].value == pytest.approx(expected)
    assert idle_guns(table)["idle_guns"].to_list() == [1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_tells_and_shows_them(looked, language):
    translate = translator(language)
    names = PlaceNames(looked.county, language, translate)
    verdicts = Verdicts(looked.tables, looked.county, language, names, translate)
    lines = verdicts.about("P3", tell_guns)
    assert len(lines) >= 3
    assert all("{" not in line for line in lines)
    standing = looked.facts.filter(fact="guns_standing")["value"].item()
    assert f"{standing:.0f}" in lines[0]
    evidence = next(row for row in verdicts.rows() if row.target == "P3").evidence
    assert set(lines) <= set(evidence)
    shown = Tables(names, translate, original=language == "en").guns(looked.tables)
    table = shown["least_guns_ordinary"]
    assert len(table.heads) == 2 + looked.tables["least_guns"]["year"].n_unique()
    assert {len(row) for row in table.rows} == {len(table.heads)}
    assert ("ordinary" in table.title) == (language == "en")


def test_a_run_without_points_looks_at_no_other_year(small_scenario):
    found = run(small_scenario.with_(points=0))
    assert found.tables["least_guns"].is_empty()
    assert not found.facts.filter(fact="guns_standing").height
    names = PlaceNames(found.county, "en", translator("en"))
    assert Tables(names, translator("en"), original=True).guns(found.tables) == {}
