"""The page of a run: from the folder alone, without markup from data, in Chinese without English sentences."""

import dataclasses
import html
import re

import polars as pl
import pytest

import data
import data.county
from data import load_county
from experiments import run
from experiments.report import figures, path_figures
from experiments.report.county_map import county_map
from experiments.report.language import LANGUAGES, translator
from experiments.report.page import write_report
from experiments.report.plots import load_plots
from experiments.report.words.place_names import PlaceNames
from experiments.scenario.county import INTENSITY

NAMES_AND_UNITS = (
    "CSV CO2 P95 Erl Erlang Allen Cunneen LNG CC BY SA CC0 MIT LGPL WTFPL GeoNames UrbanEV ElaadNL ACN PLAN "
    "xijiang python polars deqing manifest json"
)
EVIL = '<b onclick="x">=1+1</b>'


def text_of(page):
    """Return the text that a page shows: no scripts, styles and tags."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def texts_in(value):
    """Yield the texts of a plotly figure that a reader sees."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key in {"text", "name", "x"}:
                yield from ([part] if isinstance(part, str) else _flat(part))
            yield from texts_in(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from texts_in(part)


def _flat(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _flat(part)


def drawn(run, language):
    """Return the plots of a run."""
    translate = translator(language)
    names = PlaceNames(run.county, language, translate)
    tables = run.tables
    stations = tables["stations"].with_columns(
        place=pl.coalesce("site", "town").map_elements(names.place, return_dtype=pl.String)
    )
    made = [
        county_map(run.county, tables["layout"], stations, names, translate),
        figures.interval_bars(stations, "place", "wait_p95_min", translate("P95 of the wait, min")),
        load_plots.county_load(tables["load"], stations, 1, 15.0, translate),
        load_plots.carbon_by_hour(tables["sessions"], tables["load"], 1, translate),
        figures.tank_levels(tables["tanks"], names, translate),
        figures.carbon_bars(tables["carbon"], translate),
        figures.stock_area(tables["stock"], translate),
        path_figures.petroleum_paths(tables["petroleum"], tables["outlook"], None, translate),
    ]
    return [figure.plotly() for figure in made]


def renamed(county, name):
    """Return a county in which every place has a name, in both languages."""
    tables = dict(county.tables)
    for table in ("towns", "service_areas", "lng_stations", "terminals", "road_projects"):
        tables[table] = tables[table].with_columns(name_zh=pl.lit(name), name_en=pl.lit(name))
    for table, column in (("junctions", "name"), ("sources", "title"), ("figures", "note"), ("targets", "measure")):
        tables[table] = tables[table].with_columns(pl.lit(name).alias(column))
    return dataclasses.replace(county, tables=tables)


def test_f19_the_chinese_report_has_no_english_sentence(run_by_hand, tmp_path):
    run = run_by_hand()
    measure = pl.lit("措施")
    targets = run.county.targets.with_columns(measure_zh=measure, wording_zh=measure)
    run.county = dataclasses.replace(run.county, tables={**run.county.tables, "targets": targets})
    page = write_report(run, tmp_path / "zh.html", language="zh").read_text(encoding="utf-8")
    text = text_of(page)
    assert len(NAMES_AND_UNITS.split()) <= 60
    left = re.sub(rf"(?<![A-Za-z])({'|'.join(NAMES_AND_UNITS.split())})(?![A-Za-z])", " ", text)
    latin, chinese = len(re.findall("[A-Za-z]", left)), len(re.findall(r"[\u4e00-\u9fff]", left))
    assert chinese > 1000
    assert latin <= chinese / 2
    assert re.findall(r"(?:[A-Za-z]{2,}[ ,]+){4,}[A-Za-z]{2,}", left) == []  # five English words in a row


def test_the_plots_speak_chinese(run_by_hand):
    for plot in drawn(run_by_hand(), "zh"):
        for text in texts_in(plot.to_dict()):
            assert not re.search("[A-Za-z]{2,}", re.sub("CO2|LNG|km", "", text)), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_reads_only_what_the_run_kept(run_by_hand, tmp_path, monkeypatch, language):
    run = run_by_hand()

    def gone(*_):
        raise AssertionError("the report looked for a county")

    for module in (data, data.county):
        monkeypatch.setattr(module, "load_county", gone)
    page = write_report(run, tmp_path / "report.html", language=language).read_text(encoding="utf-8")
    assert "charging.los_wait_min" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_of_a_plot_is_markup(run_by_hand, language):
    run = run_by_hand(renamed(load_county("deqing"), EVIL))
    for plot in drawn(run, language):
        assert [text for text in texts_in(plot.to_dict()) if "<" in text] == []


def test_names_and_titles_of_data_are_text_on_the_page_and_in_its_files(run_by_hand, tmp_path):
    run = run_by_hand(renamed(load_county("deqing"), "=1+1"))
    run.scenario = run.scenario.with_(title=EVIL, purpose=EVIL)
    page = write_report(run, tmp_path / "report.html").read_text(encoding="utf-8")
    assert EVIL not in page
    assert html.escape("<b onclick=") in page or "&lt;b onclick=" in page
    assert 'data-csv="=' not in page
    assert page.count('data-csv="&#39;=1+1"') > 50


def test_a_target_of_carbon_without_a_year_is_no_mark_beside_the_bars(run_by_hand, tmp_path):
    run = run_by_hand()
    card = run.tables["scorecard"]
    road, ship = INTENSITY["road"], INTENSITY["ship"]
    asked = [
        card.head(1).with_columns(metric=pl.lit(name), criterion=pl.lit(name), limit=-0.1, year=pl.lit(year, pl.Int64))
        for name, year in ((road, None), (ship, 2030))
    ]
    others = card.filter(~pl.col("metric").is_in([road, ship]))
    run.tables = {**run.tables, "scorecard": pl.concat([others, *asked], how="vertical_relaxed")}
    page = write_report(run, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "target of 2030" in page
    assert "target of None" not in page


def test_an_unknown_language_writes_nothing(run_by_hand, tmp_path):
    with pytest.raises(data.errors.ScenarioError, match="language 'no' is not known"):
        write_report(run_by_hand(), tmp_path / "no.html", language="no")
    assert list(tmp_path.iterdir()) == []


def test_a_scenario_without_a_title_is_named(run_by_hand, tmp_path):
    run = run_by_hand()
    run.scenario = run.scenario.with_(title="", purpose="")
    page = write_report(run, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<h1>deqing-2025</h1>" in page
    assert '<p class="soft">deqing-2025 · from 2025-11-10' in page


@pytest.mark.parametrize("interval", [5.0, 7.0, 15.0, 30.0, 60.0])
def test_the_area_under_the_load_is_the_energy_at_any_interval(interval, small_scenario):
    scenario = small_scenario.with_(charging={"interval_min": interval}, fleet={"ebikes": False})
    tables = run(scenario, replications=1).tables
    drawn = load_plots.county_load(tables["load"], tables["stations"], 1, interval, lambda text: text).plotly()
    area = sum(sum(trace.y) for trace in drawn.data) * interval / 60.0
    inside = tables["load"].filter(pl.col("start_min") < 1440.0)
    assert area == pytest.approx(inside["meter_kwh"].sum(), rel=1e-4)  # 0.01 kW
    assert area > 0.9 * tables["sessions"]["meter_kwh"].sum()
    assert all(trace.line.shape == "hv" for trace in drawn.data)
