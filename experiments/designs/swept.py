"""A sweep as a notebook holds it: the points, what was varied, and plots."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from data.county import load_county
from experiments.designs.sweep import sweep as sweep_points
from experiments.scenario.model import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from experiments.report.notebook.design_plots import SweepPlots

SHOWN = ("wait_mean_min", "p95_wait_min", "unserved_share", "utilisation_share", "peak_kw")


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Sweep:
    """A scenario over a grid or a Latin hypercube of values.

    Attributes
    ----------
    scenario : Scenario
        The scenario that was varied.
    axes : tuple of str
        Keys that were varied; columns of the points.
    points : polars.DataFrame
        One row per point: ``point``, a column per axis, each measure with the ends of its 95 % interval (``*_low``,
        ``*_high``), and the value of each target by its id.
    """

    scenario: Scenario
    axes: tuple[str, ...]
    points: pl.DataFrame

    def __repr__(self) -> str:
        """Return one line about the sweep."""
        return f"Sweep({self.scenario.name!r} over {', '.join(self.axes)}: {self.points.height} points)"

    def _repr_html_(self) -> str:
        """Return the points with some measures, as a notebook shows them."""
        from experiments.report.notebook.html_cards import sweep_card  # noqa: PLC0415 - as the plots below

        return sweep_card(self.points, self.axes, self.scenario.name, SHOWN)

    def report(self, path: str | Path, *, language: str = "en", commands: Sequence[str] = ()) -> Path:
        """Write the report of the sweep as one HTML file that works offline.

        Parameters
        ----------
        path : str or pathlib.Path
            HTML file to write, whole or not at all.
        language : str
            ``en`` or ``zh``.
        commands : sequence of str
            Commands that repeat it.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        ScenarioError
            A language that the report does not speak.
        """
        from experiments.report.designed import write_design  # noqa: PLC0415 - plotly loads late
        from experiments.report.designed.sweep_page import sweep_page  # noqa: PLC0415 - as above

        county = load_county(self.scenario.county)
        made = partial(sweep_page, self.points, self.axes, self.scenario, county, commands)
        return write_design(made, path, language=language)

    @property
    def plot(self) -> SweepPlots:
        """Figures of the sweep: ``.waits()``, ``.load()``, ``.measure(name)``."""
        from experiments.report.notebook.design_plots import SweepPlots  # noqa: PLC0415 - plotly loads late

        return SweepPlots(self.points, self.axes)


def sweep(scenario: Scenario | str | Path, over: Sequence[str], **options: Any) -> Sweep:  # noqa: ANN401 - passed on
    """Run a scenario at many points on common random numbers.

    Parameters
    ----------
    scenario : Scenario, str or pathlib.Path
        The scenario that is varied.
    over : sequence of str
        Axes ``key=low:high:count``; a figure of the county may leave its range to the table.
    **options
        ``design``, ``samples``, ``replications``, ``seed``, ``jobs``, ``executor``, ``out``, ``plan`` and ``progress``
        of `experiments.designs.sweep.sweep`.

    Returns
    -------
    Sweep
        The points, and plots of them.

    Raises
    ------
    ScenarioError
        Unknown design or key, an empty range, a value that the scenario refuses.
    """
    loaded = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    points = sweep_points(loaded, over, **options)
    counted = {name: options[name] for name in ("replications", "seed") if options.get(name) is not None}
    return Sweep(loaded.with_(**counted) if counted else loaded, tuple(points.columns[1 : 1 + len(over)]), points)
