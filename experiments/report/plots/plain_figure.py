"""Figures as the plain values that plotly writes into a page: its own check each value, half of a page's time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go


@dataclass(slots=True)
class PlainFigure:
    """A figure with those methods of `plotly.graph_objects.Figure` that the report draws with.

    Plotly writes it into the page as it is: its functions take figures as plain values. Nothing is checked, a key is
    written as plotly.js knows it: ``line={"color": ...}``, not ``line_color``. The one short form is a text as title of
    an axis. `plotly` gives a figure that is checked, for notebooks; tests hold both equal.

    Attributes
    ----------
    data : list of dict
        Traces.
    layout : dict
        Layout.
    """

    data: list[dict[str, Any]] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)

    def add_scatter(self, **trace: Any) -> Self:  # noqa: ANN401 - plotly's keys
        """Add a trace of points or lines."""
        return self._add(trace, "scatter")

    def add_bar(self, **trace: Any) -> Self:  # noqa: ANN401 - plotly's keys
        """Add a trace of bars."""
        return self._add(trace, "bar")

    def _add(self, trace: dict[str, Any], kind: str) -> Self:
        """Add a trace of a kind."""
        self.data.append({**_stated(trace), "type": kind})
        return self

    def update_layout(self, **layout: Any) -> Self:  # noqa: ANN401 - plotly's keys
        """Set keys of the layout; what a key holds already stays beside what is new."""
        _merge(self.layout, layout)
        return self

    def update_xaxes(self, **axis: Any) -> Self:  # noqa: ANN401 - plotly's keys
        """Set keys of the axis to the right."""
        return self.update_layout(xaxis=_titled(axis))

    def update_yaxes(self, **axis: Any) -> Self:  # noqa: ANN401 - plotly's keys
        """Set keys of the axis upwards."""
        return self.update_layout(yaxis=_titled(axis))

    def add_upright(self, x: float, text: str, line: Mapping[str, Any]) -> Self:
        """Draw a line over the whole height at a place, with a text on its right."""
        place = {"xref": "x", "yref": "y domain"}
        self.layout.setdefault("shapes", []).append(
            {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": dict(line), **place}
        )
        self.layout.setdefault("annotations", []).append(
            {"text": text, "x": x, "xanchor": "left", "y": 1, "yanchor": "top", "showarrow": False, **place}
        )
        return self

    def plotly(self) -> go.Figure:
        """Return the figure as plotly's own."""
        import plotly.graph_objects as go  # noqa: PLC0415 - pages do without it

        return go.Figure(data=self.data, layout=self.layout)


def drawn_by_plotly(figure: PlainFigure | go.Figure) -> go.Figure:
    """Return a figure as plotly's own."""
    return figure.plotly() if isinstance(figure, PlainFigure) else figure


def _titled(axis: Mapping[str, Any]) -> dict[str, Any]:
    """Return keys of an axis with its title as plotly.js wants it."""
    title = axis.get("title")
    return {**axis, "title": {"text": title}} if isinstance(title, str) else dict(axis)


def _stated(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values without those that are None: they are left to plotly.js."""
    return {
        key: _stated(value) if isinstance(value, dict) else value for key, value in values.items() if value is not None
    }


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Set values, those of a dict one by one."""
    for key, value in _stated(values).items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
