"""Plots of a sweep and of a sizing in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go
import polars as pl

from data.errors import ScenarioError, nearest
from experiments.report.county_map import county_map
from experiments.report.figures import broken, styled
from experiments.report.guards import label
from experiments.report.language import translator
from experiments.report.sentences.comparing import measure_name
from experiments.report.words.place_names import PlaceNames
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County
    from experiments.report.language import Translate

_BAND: Final = "rgba(31, 111, 139, 0.15)"
_TITLE_WIDTH: Final = 30
"""Letters in a line along an axis that stands."""
_KEPT: Final = "keeps measures of its points, not their tables"


class SweepPlots:
    """The figures of a sweep: measures over what was varied.

    Parameters
    ----------
    points : polars.DataFrame
        One row per point, as `experiments.sweep` returns them.
    axes : sequence of str
        Columns that were varied.
    """

    def __init__(self, points: pl.DataFrame, axes: Sequence[str]) -> None:
        self._points = points
        self._axes = list(axes)

    def __repr__(self) -> str:
        """Return what can be drawn."""
        return "plots of a sweep: .waits() .load() .measure(name) over the first axis, one line for each other value"

    def waits(self, *, language: str = "en") -> go.Figure:
        """Return the P95 of the wait at charging stations over what was varied, minutes."""
        return self.measure("p95_wait_min", language=language)

    def load(self, *, language: str = "en") -> go.Figure:
        """Return the peak of public charging over what was varied, kW."""
        return self.measure("peak_kw", language=language)

    def measure(self, name: str, *, language: str = "en") -> go.Figure:
        """Return a measure, or a target by its id, over the first axis with its 95 % interval.

        Parameters
        ----------
        name : str
            A column of the points.
        language : str
            ``en`` or ``zh``.

        Raises
        ------
        ScenarioError
            A measure that the sweep does not have, or a language that the report does not speak.
        """
        translate = translator(language)
        known = [column for column in self._points.columns if column not in ("point", *self._axes)]
        if name not in known:
            raise ScenarioError(f"plot.measure: the sweep has no {name}.{nearest(name, known)}")
        first, others = self._axes[0], self._axes[1:]
        figure = go.Figure()
        groups = self._points.group_by(others, maintain_order=True) if others else [((), self._points)]
        for values, rows in groups:
            ordered = rows.sort(first)
            line = ", ".join(f"{key} = {value:g}" for key, value in zip(others, values, strict=True))
            if not others and f"{name}_low" in ordered.columns:
                _band(figure, ordered, first, name)
            figure.add_scatter(
                x=ordered[first].to_list(),
                y=ordered[name].to_list(),
                mode="lines+markers",
                name=label(line or _titled(name, translate)),
            )
        figure.update_xaxes(title=label(first))
        figure.update_yaxes(title=broken(_titled(name, translate), _TITLE_WIDTH))
        return styled(figure)

    def map(self) -> go.Figure:
        """Raise: a sweep keeps no tables."""
        raise _no_tables("map")

    def tanks(self) -> go.Figure:
        """Raise: a sweep keeps no tables."""
        raise _no_tables("tanks")

    def paths(self) -> go.Figure:
        """Raise: a sweep keeps no tables."""
        raise _no_tables("paths")


def _titled(name: str, translate: Translate) -> str:
    """Return a measure in words; the id of a target as it is."""
    return measure_name(name, translate) if name in MEASURES else name


def _no_tables(plot: str) -> ScenarioError:
    """Return the error of a plot that needs the tables of a run."""
    return ScenarioError(
        f"plot.{plot}: a sweep {_KEPT}. Run the point you mean: experiments.run(sweep.scenario.apply_sets([...])).plot"
    )


def _band(figure: go.Figure, rows: pl.DataFrame, axis: str, name: str) -> None:
    """Draw the interval of a measure as an area."""
    seen = rows.drop_nulls([f"{name}_low", f"{name}_high"])
    ends = [*seen[f"{name}_high"].to_list(), *reversed(seen[f"{name}_low"].to_list())]
    along = seen[axis].to_list()
    figure.add_scatter(
        x=[*along, *reversed(along)],
        y=ends,
        fill="toself",
        fillcolor=_BAND,
        line={"width": 0},
        name="95 %",
        hoverinfo="skip",
    )


_FLEET: Final = frozenset({"vehicles", "chargers", "cny_per_year", "battery_kwh"})
"""Columns of the frontier of an operator's fleet."""


def _fleet_frontier(frontier: pl.DataFrame, translate: Translate) -> go.Figure:
    """Return the cost of options of an operator's fleet against their vehicles; larger points have more chargers."""
    rows = frontier.drop_nulls(["vehicles", "cny_per_year"]).sort("cny_per_year")
    most = max(1.0, float(rows["chargers"].fill_null(0).to_numpy().max(initial=1.0)))
    figure = go.Figure()
    for meets, said in ((True, translate("meets the target")), (False, translate("misses it"))):
        part = rows.filter(pl.col("meets") == meets)
        figure.add_scatter(
            x=part["vehicles"].to_list(),
            y=part["cny_per_year"].round(0).to_list(),
            text=[
                translate("{chargers} chargers, {kwh} kWh").format(chargers=chargers, kwh=round(kwh))
                for chargers, kwh in part.select("chargers", "battery_kwh").iter_rows()
            ],
            mode="markers",
            name=said,
            marker={
                "symbol": "circle" if meets else "circle-open",
                "size": [8.0 + 12.0 * (chargers or 0) / most for chargers in part["chargers"]],
            },
        )
    figure.update_xaxes(title=translate("vehicles"), rangemode="tozero")
    figure.update_yaxes(title=translate("CNY a year"), rangemode="tozero")
    return styled(figure)


class SizingPlots:
    """The figures of a sizing: the answer on the map, and service against size.

    Parameters
    ----------
    answer, frontier : polars.DataFrame
        Of a `data.goals.Sizing`.
    county : data.County
        Where it was sized.
    """

    def __init__(self, answer: pl.DataFrame, frontier: pl.DataFrame, county: County) -> None:
        self._answer = answer
        self._frontier = frontier
        self._county = county

    def __repr__(self) -> str:
        """Return what can be drawn."""
        return "plots of a sizing: .frontier() .waits() .map()"

    def frontier(self, measure: str | None = None, *, language: str = "en") -> go.Figure:
        """Return the service of each size that was tried against its size; filled points meet the target.

        Of an operator's fleet: the cost of each option against its vehicles, with its chargers and battery.

        Parameters
        ----------
        measure : str, optional
            A measure of the target; None takes the first.
        language : str
            ``en`` or ``zh``.

        Raises
        ------
        ScenarioError
            A measure that was not asked for, or a language that the report does not speak.
        """
        translate = translator(language)
        rows = self._frontier
        if measure is None and set(rows.columns) >= _FLEET:
            return _fleet_frontier(rows, translate)
        known = [name for name in rows.columns if f"{name}_low" in rows.columns]
        name = (known[0] if known else "") if measure is None else measure
        if name not in known:
            raise ScenarioError(f"plot.frontier: the sizing has no {name or 'measure'}.{nearest(name, known)}")
        # numbers that say how large it is stand before the measures
        size = next((one for one in ("guns", "piles", "berths", "crews") if one in rows.columns), rows.columns[0])
        ordered = rows.sort(size)
        figure = go.Figure()
        for meets, said in ((True, translate("meets the target")), (False, translate("misses it"))):
            part = ordered.filter(pl.col("meets") == meets)
            middle, low, high = (part[column] for column in (name, f"{name}_low", f"{name}_high"))
            figure.add_scatter(
                x=part[size].to_list(),
                y=middle.to_list(),
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": (high - middle).fill_null(0.0).to_list(),
                    "arrayminus": (middle - low).fill_null(0.0).to_list(),
                },
                mode="markers",
                name=said,
                marker={"symbol": "circle" if meets else "circle-open", "size": 9},
            )
        figure.update_xaxes(title=label(size))
        figure.update_yaxes(title=broken(_titled(name, translate), _TITLE_WIDTH), rangemode="tozero")
        return styled(figure)

    def waits(self, *, language: str = "en") -> go.Figure:
        """Return the first measure of waits against the size.

        Raises
        ------
        ScenarioError
            The target asks for no waits, or a language that the report does not speak.
        """
        waits = [name for name in self._frontier.columns if "wait" in name and f"{name}_low" in self._frontier.columns]
        late = [name for name in ("late_share",) if name in self._frontier.columns]
        return self.frontier((*waits, *late, "waits")[0], language=language)

    def map(self, *, language: str = "en") -> go.Figure:
        """Return the map of the answer: stations by their guns; their use is known after a run.

        Raises
        ------
        ScenarioError
            What was sized are no charging stations, or a language that the report does not speak.
        """
        translate = translator(language)
        if not {"station_id", "piles", "guns_per_pile", "lon", "lat"} <= set(self._answer.columns):
            raise ScenarioError(
                "plot.map: what was sized are no charging stations; a map shows those of size charging."
            )
        guns = (pl.col("piles") * pl.col("guns_per_pile")).sum()
        stations = self._answer.group_by("station_id", maintain_order=True).agg(pl.col("piles").sum(), guns=guns)
        # no use yet: the colour of all stations is the same
        idle = stations.with_columns(gun_utilisation_share=pl.lit(0.0))
        names = PlaceNames(self._county, language, translate)
        drawn = county_map(self._county, self._answer, idle, names, translate, river=self._county.has("river"))
        return drawn.plotly()

    def load(self) -> go.Figure:
        """Raise: a sizing keeps no load."""
        raise _no_run("load")

    def tanks(self) -> go.Figure:
        """Raise: a sizing keeps no tanks."""
        raise _no_run("tanks")

    def paths(self) -> go.Figure:
        """Raise: a sizing keeps no paths."""
        raise _no_run("paths")


def _no_run(plot: str) -> ScenarioError:
    """Return the error of a plot that needs a run of the answer."""
    return ScenarioError(
        f"plot.{plot}: a sizing keeps the service of sizes, not their tables. Run the answer: "
        "experiments.run(sizing.scenario.with_layout(sizing.answer)).plot"
    )
