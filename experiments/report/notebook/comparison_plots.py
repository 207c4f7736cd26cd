"""Plots of a comparison in a notebook: paired differences, and the figures of each alternative behind a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import polars as pl

from data.errors import ScenarioError, nearest
from experiments.report.compared.compared_figures import forest
from experiments.report.guards import label
from experiments.report.language import translator
from experiments.report.notebook.run_plots import RunPlots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.runs.tables import Run


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
        """Return paired differences from the reference with their intervals, as the report of a comparison draws them.

        Parameters
        ----------
        measures : sequence of str, optional
            Measures to show; None shows all that were observed and whose reference is not 0.
        language : str
            ``en`` or ``zh``.

        Raises
        ------
        ScenarioError
            A measure that was not compared, or a language that the report does not speak.
        """
        known = self._differences["measure"].unique(maintain_order=True).to_list()
        for name in measures or ():
            if name not in known:
                raise ScenarioError(f"plot.differences: {name} was not compared.{nearest(name, known)}")
        chosen = pl.col("measure").is_in(known if measures is None else list(measures))
        return forest(self._differences.filter(chosen), translator(language))

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
