"""Plots of a comparison in a notebook: paired differences, and the figures of each alternative behind a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from data.errors import ScenarioError, nearest
from experiments.report.figures import broken, styled
from experiments.report.guards import label
from experiments.report.language import translator
from experiments.report.notebook.run_plots import RunPlots
from experiments.report.sentences.comparing import JUDGEMENTS, measure_name
from experiments.statistics.measures import SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.report.language import Translate
    from experiments.runs.tables import Run

_COLOURS = {"better": "#2a7f62", "worse": "#b23a48"}
_OTHER = "#6c757d"
_TITLE_WIDTH = 34
"""Letters in a line of a panel's title."""
_NAME_WIDTH = 20
"""Letters in a line of an alternative's name."""
_BETWEEN_PX = 84
"""Between two panels: the ticks of one, and two lines of the other's title."""
_FRAME_PX = 110
"""Margins above and below all panels."""


class ComparisonPlots:
    """The figures of a comparison.

    Parameters
    ----------
    runs : mapping of str to Run
        The runs by alternative, the reference first.
    differences : polars.DataFrame
        Columns of `experiments.designs.judgement.DIFFERENCES`.
    """

    def __init__(self, runs: Mapping[str, Run], differences: pl.DataFrame) -> None:
        self._runs = runs
        self._differences = differences

    def __repr__(self) -> str:
        """Return what can be drawn."""
        return "plots of a comparison: .differences(), and .load() .map() .waits() .use() .tanks() .paths() by menu"

    def differences(self, measures: Sequence[str] | None = None, *, language: str = "en") -> go.Figure:
        """Return paired differences from the reference with 95 % intervals, a panel per measure in its own unit.

        Parameters
        ----------
        measures : sequence of str, optional
            Measures to show; None shows those of service.
        language : str
            ``en`` or ``zh``.

        Raises
        ------
        ScenarioError
            A measure that was not compared, or a language that the report does not speak.
        """
        translate = translator(language)
        known = self._differences["measure"].unique(maintain_order=True).to_list()
        for name in measures or ():
            if name not in known:
                raise ScenarioError(f"plot.differences: {name} was not compared.{nearest(name, known)}")
        wanted = list(measures) if measures is not None else [name for name in SERVICE if name in known] or known
        seen = self._differences.filter(pl.col("measure").is_in(wanted), pl.col("difference").is_not_null())
        panels = [rows for _, rows in seen.group_by("measure", maintain_order=True)]
        titles = [_panel_title(rows, translate) for rows in panels]
        height = 140 + len(panels) * (100 + 24 * (len(self._runs) - 1))
        between = _BETWEEN_PX / (height - _FRAME_PX) if len(panels) > 1 else None
        rows_of = {"rows": max(1, len(panels)), "cols": 1, "vertical_spacing": between}
        figure = make_subplots(**rows_of, subplot_titles=titles or None)
        shown: set[str] = set()
        for number, rows in enumerate(panels, start=1):
            for judged, part in (
                (str(key), found) for (key,), found in rows.group_by("judgement", maintain_order=True)
            ):
                figure.add_trace(_points(part, judged, translate, first=judged not in shown), row=number, col=1)
                shown.add(judged)
            figure.add_vline(x=0.0, line={"color": "#333", "width": 1}, row=number, col=1)
        figure.update_yaxes(type="category", autorange="reversed", automargin=True)
        figure.update_annotations(font={"size": 13})
        return styled(figure, height=height).update_layout(margin={"t": 60})

    def load(self, *, language: str = "en") -> go.Figure:
        """Return the load of each alternative; see `experiments.report.notebook.run_plots.RunPlots.load`."""
        return self._by_menu({name: RunPlots(run).load(language=language) for name, run in self._runs.items()})

    def map(self, *, language: str = "en") -> go.Figure:
        """Return the map of each alternative; see `experiments.report.notebook.run_plots.RunPlots.map`."""
        return self._by_menu({name: RunPlots(run).map(language=language) for name, run in self._runs.items()})

    def waits(self, *, language: str = "en") -> go.Figure:
        """Return the waits of each alternative; see `experiments.report.notebook.run_plots.RunPlots.waits`."""
        return self._by_menu({name: RunPlots(run).waits(language=language) for name, run in self._runs.items()})

    def use(self, *, language: str = "en") -> go.Figure:
        """Return the use of guns of each alternative; see `experiments.report.notebook.run_plots.RunPlots.use`."""
        return self._by_menu({name: RunPlots(run).use(language=language) for name, run in self._runs.items()})

    def tanks(self, *, language: str = "en") -> go.Figure:
        """Return the tanks of each alternative; see `experiments.report.notebook.run_plots.RunPlots.tanks`."""
        return self._by_menu({name: RunPlots(run).tanks(language=language) for name, run in self._runs.items()})

    def paths(self, about: str = "carbon", *, language: str = "en") -> go.Figure:
        """Return a path of each alternative; see `experiments.report.notebook.run_plots.RunPlots.paths`."""
        return self._by_menu({name: RunPlots(run).paths(about, language=language) for name, run in self._runs.items()})

    def _by_menu(self, figures: Mapping[str, go.Figure]) -> go.Figure:
        """Return one figure with a menu that chooses the alternative; axes, titles and notes follow the choice."""
        first = next(iter(figures.values()))
        together = go.Figure(layout=first.layout)
        owners: list[str] = []
        for name, figure in figures.items():
            for trace in figure.data:
                together.add_trace(trace)
                together.data[-1].visible = name == self._first
                owners.append(name)
        buttons = [
            {
                "label": label(name),
                "method": "update",
                "args": [
                    {"visible": [owner == name for owner in owners]},
                    {"annotations": [note.to_plotly_json() for note in figure.layout.annotations]},
                ],
            }
            for name, figure in figures.items()
        ]
        menu = {"buttons": buttons, "x": 1.0, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}
        return together.update_layout(updatemenus=[menu], height=first.layout.height)

    @property
    def _first(self) -> str:
        """The reference."""
        return next(iter(self._runs))


def _panel_title(rows: pl.DataFrame, translate: Translate) -> str:
    """Return the title of a measure's panel: its name and unit."""
    name, unit = rows["measure"][0], rows["unit"][0]
    # in lines that a narrow screen holds
    return broken(f"{measure_name(name, translate)}, {translate(unit)}", _TITLE_WIDTH)


def _points(rows: pl.DataFrame, judged: str, translate: Translate, *, first: bool) -> go.Scatter:
    """Return the alternatives of a measure with one judgement; each judgement stands in the legend once."""
    return go.Scatter(
        x=rows["difference"].to_list(),
        y=[broken(name, _NAME_WIDTH) for name in rows["alternative"]],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (rows["high"] - rows["difference"]).fill_null(0.0).to_list(),
            "arrayminus": (rows["difference"] - rows["low"]).fill_null(0.0).to_list(),
        },
        mode="markers",
        name=translate(JUDGEMENTS[judged]),
        legendgroup=judged,
        showlegend=first,
        marker={"color": _COLOURS.get(judged, _OTHER), "size": 8},
    )
