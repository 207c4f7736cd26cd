"""Figures as plain values: what plotly's own figures hold, and an element that plotly's script draws."""

import json

import plotly.graph_objects as go
import pytest

from experiments.report.figures import styled
from experiments.report.language import translator
from experiments.report.plots.plain_figure import PlainFigure
from experiments.report.rendering import _element
from experiments.report.sections import sections
from experiments.report.words.place_names import PlaceNames


def plain(figure):
    return json.loads(json.dumps({"data": figure.data, "layout": figure.layout}))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_figures_of_a_page_hold_what_plotly_would_make_of_them(small_run, language):
    translate = translator(language)
    parts = sections(small_run, PlaceNames(small_run.county, language, translate), translate)
    figures = [plot.figure for part in parts for plot in part.plots if plot.figure is not None]
    assert len(figures) > 8
    for figure in figures:
        assert plain(figure) == json.loads(figure.plotly().to_json())


def test_methods_do_what_those_of_plotly_do():
    def drawn(figure):
        figure.add_scatter(x=[1, 2], y=[3, None], name="a<b", line={"color": "red", "dash": None}, meta=None)
        figure.add_bar(x=["p"], y=[1.5])
        figure.update_xaxes(title="hour", dtick=2).update_yaxes(title={"text": "kW"}, rangemode="tozero")
        styled(figure, barmode="group")
        return figure.update_layout(legend={"y": 1.02}, margin={"t": 60})

    assert plain(drawn(PlainFigure())) == json.loads(drawn(go.Figure()).to_json())


def test_an_upright_line_is_that_of_plotly():
    line = {"color": "red", "dash": "dash"}
    ours = styled(PlainFigure().add_upright(2030, "peak", line))
    theirs = styled(go.Figure().add_vline(x=2030, line=line, annotation_text="peak"))
    assert plain(ours) == json.loads(theirs.to_json())


def test_what_is_given_is_not_changed():
    margin = {"t": 60}
    figure = PlainFigure().update_layout(margin=margin)
    figure.update_layout(margin={"l": 5})
    assert margin == {"t": 60}
    assert figure.layout == {"margin": {"t": 60, "l": 5}}


def test_no_text_ends_the_script_and_what_is_no_number_is_null():
    figure = styled(PlainFigure().add_scatter(x=[float("nan"), float("inf")], y=[1, 2], name="</script><b>"))
    element = _element(figure, "plot-7", {"displaylogo": False})
    assert element.count("</script>") == 1
    assert '"x":[null,null]' in element
    assert '"\\u003c\\u002fscript\\u003e\\u003cb\\u003e"' in element
    assert '<div id="plot-7"' in element
    assert "height:380px" in element
