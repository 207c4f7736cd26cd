"""Plots of a run in a notebook: the figures of the report's page, one call each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go

from data.errors import ScenarioError, nearest
from experiments.report.figures import styled
from experiments.report.language import translator
from experiments.report.plots.plain_figure import drawn_by_plotly
from experiments.report.sections import sections
from experiments.report.words.place_names import PlaceNames

if TYPE_CHECKING:
    from experiments.report.sections import Plot
    from experiments.runs.tables import Run

PATHS: Final = {
    "carbon": "s-carbon",
    "cars": "s-cars",
    "petroleum": "s-petroleum",
    "targets": "s-targets",
    "savings": "s-savings",
}
"""Sections of the page that hold a path over the years, by what it is about."""


class RunPlots:
    """The figures of a run, as the page of the report draws them.

    Parameters
    ----------
    run : Run
        Scenario, tables and county of a run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    def __repr__(self) -> str:
        """Return what can be drawn."""
        return "plots of a run: .load() .map() .waits() .use() .towns() .tanks() .paths(); language='zh' in Chinese"

    def load(self, *, language: str = "en") -> go.Figure:
        """Return the load of public charging over the days of the run, kW at the meter, mean over replications.

        Raises
        ------
        ScenarioError
            No charging was asked for, or a language that the report does not speak.
        """
        return self._drawn("s-load", "no charging was asked for", language)

    def map(self, *, language: str = "en") -> go.Figure:
        """Return the county in Cartesian km: roads, river, towns, and stations by guns and use."""
        return self._drawn("s-map", "the county has no places", language)

    def waits(self, *, language: str = "en") -> go.Figure:
        """Return the P95 of the wait by town and service area, minutes; whiskers reach over all replications.

        Raises
        ------
        ScenarioError
            No charging was asked for, or a language that the report does not speak.
        """
        return self._drawn("s-waits", "no charging was asked for", language)

    def use(self, *, language: str = "en") -> go.Figure:
        """Return the share of time in which guns are in use by town and service area, %.

        Raises
        ------
        ScenarioError
            No charging was asked for, or a language that the report does not speak.
        """
        return self._drawn("s-waits", "no charging was asked for", language, number=1)

    def towns(self, *, language: str = "en") -> go.Figure:
        """Return a day of the towns' grids: other users and all charging by part, kW, under the capacity.

        Raises
        ------
        ScenarioError
            The county has no loads of towns, or a language that the report does not speak.
        """
        return self._drawn("s-towns", "the county has no loads of towns (table town_grid)", language)

    def tanks(self, *, language: str = "en") -> go.Figure:
        """Return the levels of the LNG tanks over the days of the run, m3.

        Raises
        ------
        ScenarioError
            The run has no LNG stations, or a language that the report does not speak.
        """
        return self._drawn("s-lng", "it has no LNG stations: no river in the county or the scenario", language)

    def paths(self, about: str = "carbon", *, language: str = "en") -> go.Figure:
        """Return a path over the years.

        Parameters
        ----------
        about : str
            ``carbon`` (g per t km, by boundary and series), ``cars`` (by drive), ``petroleum`` (t a year), ``targets``
            (the first target with a path, with its band) or ``savings`` (t CO2 a year by measure).
        language : str
            ``en`` or ``zh``.

        Raises
        ------
        ScenarioError
            A path or language that is not known.
        """
        if about not in PATHS:
            raise ScenarioError(f"plot.paths: no path {about!r}.{nearest(about, PATHS)} Known: {', '.join(PATHS)}.")
        return self._drawn(PATHS[about], "its tables hold no such path", language)

    def _drawn(self, key: str, missing: str, language: str, *, number: int = 0) -> go.Figure:
        """Return a plot of a section of the page; the caption alone where there is nothing to draw."""
        translate = translator(language)
        names = PlaceNames(self._run.county, language, translate)
        found = {section.key: section for section in sections(self._run, names, translate)}
        if key not in found:
            raise ScenarioError(f"plot: run {self._run.scenario.name}: {missing}.")
        plots = found[key].plots
        plot = plots[number]
        figure = _said(plot) if plot.figure is None else drawn_by_plotly(plot.figure)
        return figure.update_layout(title={"text": found[key].title, "x": 0.0}, margin={"t": 50})


def _said(plot: Plot) -> go.Figure:
    """Return an empty figure that says why there is nothing to draw."""
    figure = styled(go.Figure(), height=120)
    figure.add_annotation(text=plot.caption, showarrow=False, x=0.0, xanchor="left", xref="paper", yref="paper", y=0.5)
    figure.update_xaxes(visible=False).update_yaxes(visible=False)
    return figure
