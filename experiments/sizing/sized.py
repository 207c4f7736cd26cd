"""The answer of a sizing as a notebook holds it: with the scenario that it is for, and plots."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from data.goals import Sizing
from experiments.scenario.county import edited_county

if TYPE_CHECKING:
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

    @property
    def plot(self) -> SizingPlots:
        """Figures of the sizing: ``.frontier()``, ``.waits()``, ``.map()``."""
        from experiments.report.notebook.design_plots import SizingPlots  # noqa: PLC0415 - plotly loads late

        return SizingPlots(self.answer, self.frontier, edited_county(self.scenario))
