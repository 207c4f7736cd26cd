"""What a run gives: its tables, the county that it used, and what is computed from them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import nearest
from data.memory.stored_tables import columns_of
from experiments.runs.tables import REPLICATION
from experiments.statistics import without_warmup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    import polars as pl

    from data.county import County
    from experiments.report.notebook.run_plots import RunPlots
    from experiments.scenario.model import Scenario
    from experiments.statistics.measures import Measure


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """Tables of a run, as attributes too: ``result.sessions``, ``result.scorecard``, ...

    Attributes
    ----------
    scenario : Scenario
        What was simulated.
    county : data.County
        Its county, as the scenario edits it.
    tables : mapping of str to polars.DataFrame
        All tables of the run folder by name; large ones are read when they are asked for.
    said : dict or callable
        The manifest, or what makes it when it is first asked for; see `manifest`.
    folder : pathlib.Path or None
        The run folder; None where results were not kept in one.
    """

    scenario: Scenario
    county: County
    tables: Mapping[str, pl.DataFrame]
    said: dict[str, Any] | Callable[[], dict[str, Any]]
    folder: Path | None

    @functools.cached_property
    def manifest(self) -> dict[str, Any]:
        """Key, seed, versions and hashes."""
        return self.said() if callable(self.said) else self.said

    def __getattr__(self, name: str) -> pl.DataFrame:
        """Return the table of that name."""
        tables: Mapping[str, pl.DataFrame] = self.__dict__.get("tables", {})
        if name in tables:
            return tables[name]
        raise AttributeError(f"a result has no table '{name}'.{nearest(name, tables)}")

    def __repr__(self) -> str:
        """Return one line about the run."""
        rows = columns_of(self.tables, "sessions", REPLICATION).height
        return f"Result({self.scenario.name!r}, {self.scenario.replications} replications, {rows} sessions)"

    def __dir__(self) -> list[str]:
        """Return attributes and tables, for completion by Tab."""
        return sorted({*super().__dir__(), *self.tables})

    def _repr_html_(self) -> str:
        """Return the answer and the scorecard, as a notebook shows them."""
        from experiments.report.notebook.html_cards import run_card  # noqa: PLC0415 - loads when a notebook shows it

        return run_card(self)

    @property
    def plot(self) -> RunPlots:
        """The figures of the report, one call each: ``result.plot.load()``, ``.map()``, ``.waits()``, ..."""
        from experiments.report.notebook.run_plots import RunPlots  # noqa: PLC0415 - plotly loads when it is asked for

        return RunPlots(self)

    @functools.cached_property
    def _typical(self) -> Mapping[str, pl.DataFrame]:
        """Tables without the warm-up of each replication."""
        return without_warmup(self.tables)

    def values(self, measure: Measure, replications: int) -> list[float | None]:
        """Return a measure of each replication in order; without its warm-up where the scenario is steady.

        Totals count the whole replication in any case.
        """
        cut = self.scenario.steady and measure.unit in ("min", "share")
        return measure.values(self._typical if cut else self.tables, replications, self.county.figure)

    def in_memory(self) -> Self:
        """Return the result with all its tables in memory and without its folder, which may be deleted then."""
        return replace(self, tables=dict(self.tables), folder=None)

    def report(self, path: str | Path, *, language: str = "en") -> Path:
        """Write the report as one HTML file and return its path."""
        from experiments.report.page import write_report  # noqa: PLC0415 - the report's libraries load when it is written

        return Path(write_report(self, path, language=language))
