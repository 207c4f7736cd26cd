"""Figures and cards of a notebook: those of the report, on a county without a river too."""

import polars as pl
import pytest

from data.errors import ScenarioError
from data.goals import Finding, Sizing
from experiments import compare, run
from experiments.designs.swept import sweep
from experiments.report.language import translator
from experiments.report.sections import sections
from experiments.report.words.place_names import PlaceNames
from experiments.sizing.sized import Sized


@pytest.fixture(scope="module")
def result(small_scenario):
    return run(small_scenario)


@pytest.fixture(scope="module")
def compared(small_scenario):
    faster = small_scenario.with_(name="faster", figures={"charging.max_tries": 1})
    return compare(small_scenario, faster, replications=2)


@pytest.fixture(scope="module")
def swept(small_scenario):
    return sweep(small_scenario, ["figures.charging.max_tries=1:3:2"])


def page(run_, language):
    translate = translator(language)
    return {section.key: section for section in sections(run_, PlaceNames(run_.county, language, translate), translate)}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("plot", "key", "number"),
    [
        ("load", "s-load", 0),
        ("map", "s-map", 0),
        ("use", "s-waits", 1),
        ("towns", "s-towns", 0),
        ("paths", "s-carbon", 0),
    ],
)
def test_plots_are_those_of_the_page(result, plot, key, number, language):
    drawn = getattr(result.plot, plot)(language=language)
    assert [trace.to_plotly_json() for trace in drawn.data] == [
        trace.to_plotly_json() for trace in page(result, language)[key].plots[number].figure.plotly().data
    ]
    assert drawn.layout.title.text == page(result, language)[key].title


def test_paths_are_chosen_by_name(result):
    assert result.plot.paths("cars").data[0].stackgroup == "cars"
    assert [trace.stackgroup for trace in result.plot.paths("petroleum").data] == ["oil", "oil", None]
    with pytest.raises(ScenarioError, match=r"no path 'car'\. Did you mean 'cars'"):
        result.plot.paths("car")


def test_where_nobody_waits_the_figure_says_so(result):
    waits = result.plot.waits()
    said = waits.layout.annotations
    assert waits.data or "Nowhere do more than 5 in 100" in said[0].text


def test_a_county_without_a_river_has_no_tanks(result):
    with pytest.raises(ScenarioError, match="it has no LNG stations"):
        result.plot.tanks()


def test_the_card_of_a_run_has_answer_and_scorecard(result):
    card = result._repr_html_()
    assert "Public chargers get" in card
    assert all(target in card for target in result.scorecard["target_id"].unique())


def test_names_from_data_are_escaped_in_cards(result):
    odd = type(result)(result.scenario.with_(title="<b>x"), result.county, result.tables, result.manifest, None)
    assert "&lt;b&gt;x" in odd._repr_html_()


def test_a_comparison_draws_differences_and_each_alternative_by_menu(compared):
    forest = compared.plot.differences()
    rows = compared.differences.filter(pl.col("difference").is_not_null())
    drawn = {value for trace in forest.data for value in trace.x}
    assert drawn
    assert drawn <= set(rows["difference"])
    assert len(forest.layout.annotations) == len(compared.plot.differences(language="zh").layout.annotations)
    one = compared.plot.differences(["peak_kw"])
    assert one.layout.annotations[0].text.endswith(", kW")
    for plot in ("load", "map", "use", "waits", "paths"):
        drawn = getattr(compared.plot, plot)()
        buttons = drawn.layout.updatemenus[0].buttons
        assert [button.label for button in buttons] == list(compared.names)
        # each button shows the traces of one alternative and no other
        shown = [button.args[0]["visible"] for button in buttons]
        assert all(sum(both) == 1 for both in zip(*shown, strict=True))
    with pytest.raises(ScenarioError, match=r"p95_wait was not compared\. Did you mean 'p95_wait_min'"):
        compared.plot.differences(["p95_wait"])


def test_a_comparison_is_one_line_and_a_card(compared):
    assert repr(compared).startswith("Comparison(three-towns, faster; best by")
    assert "faster against three-towns" in compared._repr_html_()


def test_a_sweep_draws_measures_over_its_axis(swept):
    assert repr(swept) == "Sweep('three-towns' over figures.charging.max_tries: 2 points)"
    drawn = swept.plot.load()
    assert list(drawn.data[-1].x) == [1.0, 3.0]
    assert list(drawn.data[-1].y) == swept.points["peak_kw"].to_list()
    assert swept.plot.measure(swept.points.columns[-1]).data
    assert "2 points over" in swept._repr_html_()
    with pytest.raises(ScenarioError, match="the sweep has no p95"):
        swept.plot.measure("p95")
    for plot in ("map", "tanks", "paths"):
        with pytest.raises(ScenarioError, match="keeps measures of its points"):
            getattr(swept.plot, plot)()


def test_a_sizing_draws_frontier_and_map(small_scenario, three_towns):
    rows = {"piles": [3, 4], "guns": [3, 5], "late_share": [0.2, 0.0], "late_share_low": [0.1, 0.0]}
    frontier = pl.DataFrame({**rows, "late_share_high": [0.3, 0.0], "meets": [False, True]})
    found = Sizing(Finding("question_fleet", {"goals": ()}), three_towns.layout("today"), frontier, (), feasible=True)
    sized = Sized.of(found, "charging", small_scenario)
    assert repr(sized) == "Sized(charging of 'three-towns': meets the target, 2 sizes tried)"
    assert [list(trace.x) for trace in sized.plot.waits().data] == [[5], [3]]
    assert any(trace.mode == "markers" for trace in sized.plot.map().data)
    assert "The target" in sized._repr_html_() or "target" in sized._repr_html_()
    with pytest.raises(ScenarioError, match="the sizing has no waiting"):
        sized.plot.frontier("waiting")
    for plot in ("load", "tanks", "paths"):
        with pytest.raises(ScenarioError, match="Run the answer"):
            getattr(sized.plot, plot)()
    ways = Sized.of(Sizing(found.question, frontier, frontier, (), feasible=True), "ebikes", small_scenario)
    with pytest.raises(ScenarioError, match="no charging stations"):
        ways.plot.map()
