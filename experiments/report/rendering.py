"""Pages of the report: templates in which all text is escaped, what pages carry in themselves, plots as HTML."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2

from experiments.report import figures
from experiments.report.guards import coded, csv_cell
from experiments.report.language import SPACES
from experiments.report.plots.plain_figure import PlainFigure
from experiments.runs.stored.compiled_templates import CompiledTemplates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import plotly.graph_objects as go

    from experiments.report.language import Translate
    from experiments.report.sections import Section


def asset(name: str) -> str:
    """Return a file that a page carries in itself: its style, its script, or plotly's bundle of simple traces."""
    return files("experiments.report").joinpath("assets", name).read_text(encoding="utf-8")


def rendered(template: str, language: str, translate: Translate, **content: object) -> str:
    """Return a page: a template with its content, style and scripts.

    Parameters
    ----------
    template : str
        File beside this module.
    language : str
        Of `experiments.report.language.LANGUAGES`.
    translate : Translate
        Into it.
    **content : object
        What the template asks for; all text is escaped.
    """
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(_source),
        bytecode_cache=CompiledTemplates(),
    )
    environment.filters["csv_cell"] = csv_cell
    environment.filters["coded"] = coded
    return environment.get_template(template).render(
        language=language,
        translate=translate,
        space=SPACES[language],
        plotly=asset("plotly-basic.min.js"),
        style=asset("report.css"),
        script="\n".join((asset("report.js"), asset("map.js"))),
        **content,
    )


def _source(name: str) -> str:
    """Return the text of a template."""
    return files("experiments.report").joinpath(name).read_text(encoding="utf-8")


def drawn(parts: Sequence[Section], language: str, translate: Translate) -> list[dict[str, Any]]:
    """Return anchors, titles and plots as HTML; plots are numbered over the whole page."""
    words = {word: translate(word) for word in figures.MODE_BAR}
    config = {
        "displaylogo": False,
        "responsive": True,
        "locale": language,
        "locales": {language: {"dictionary": words}},
    }
    numbers = iter(range(sum(len(section.plots) for section in parts)))
    return [
        {"id": section.key, "title": section.title, "plots": list(_plots(section, numbers, config))}
        for section in parts
    ]


def _plots(section: Section, numbers: Iterator[int], config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the plots of a section as the template takes them."""
    for plot in section.plots:
        html = ""
        if plot.figure is not None:
            html = _element(plot.figure, f"plot-{next(numbers)}", config)
        yield {"html": html, "caption": plot.caption, "whiskers": plot.whiskers, "played": plot.played}


def _element(figure: PlainFigure | go.Figure, name: str, config: dict[str, Any]) -> str:
    """Return a figure as an element of a page."""
    import plotly.io  # noqa: PLC0415 - a page without plots does without it

    plain = {"data": figure.data, "layout": figure.layout} if isinstance(figure, PlainFigure) else figure
    # tests hold plain figures equal to plotly's own
    html = plotly.io.to_html(
        plain, include_plotlyjs=False, full_html=False, div_id=name, config=config, validate=plain is figure
    )
    return str(html)
