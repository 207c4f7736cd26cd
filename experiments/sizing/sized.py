"""The answer of a sizing as a notebook holds it: with the scenario that it is for, and plots."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING

from data.goals import Sizing
from experiments.scenario.county import edited_county

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Self

    from experiments.report.notebook.design_plots import SizingPlots
    from experiments.scenario.model import Scenario


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Sized(Sizing):
    """A sizing with its scenario; see `data.goals.Sizing` for what was found.

    Attributes
    ----------
    kind : str
        What was sized: ``charging``, ``bunkering``, ...
    scenario : Scenario
        Demand, sites and everything else; ``sized.scenario.with_layout(sized.answer)`` runs the answer.
    """

    kind: str
    scenario: Scenario

    @classmethod
    def of(cls, found: Sizing, kind: str, scenario: Scenario) -> Self:
        """Return what was found together with what it was asked for."""
        return cls(**{field.name: getattr(found, field.name) for field in fields(Sizing)}, kind=kind, scenario=scenario)

    def __repr__(self) -> str:
        """Return one line about the sizing."""
        verdict = "meets the target" if self.feasible else "cannot meet the target"
        return f"Sized({self.kind} of {self.scenario.name!r}: {verdict}, {self.frontier.height} sizes tried)"

    def _repr_html_(self) -> str:
        """Return question, answer and what binds, as a notebook shows them."""
        from experiments.report.notebook.html_cards import sizing_card  # noqa: PLC0415 - as the plots below

        return sizing_card(self)

    def report(self, path: str | Path, *, language: str = "en", commands: Sequence[str] = ()) -> Path:
        """Write the report of the sizing as one HTML file that works offline.

        Parameters
        ----------
        path : str or pathlib.Path
            HTML file to write, whole or not at all.
        language : str
            ``en`` or ``zh``.
        commands : sequence of str
            Commands that repeat it, and what to do with the answer.

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
        from experiments.report.designed.sizing_page import sizing_page  # noqa: PLC0415 - as above

        county = edited_county(self.scenario)
        made = partial(sizing_page, self, self.kind, self.scenario, county, commands)
        return write_design(made, path, language=language)

    @property
    def plot(self) -> SizingPlots:
        """Figures of the sizing: ``.frontier()``, ``.waits()``, ``.map()``."""
        from experiments.report.notebook.design_plots import SizingPlots  # noqa: PLC0415 - plotly loads late

        return SizingPlots(self.answer, self.frontier, edited_county(self.scenario))
