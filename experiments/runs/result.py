"""What a run is made of: its plan, its progress and its result."""

from __future__ import annotations

import datetime as dt
import functools
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.county import list_counties
from data.errors import nearest
from experiments.runs.provenance import LIBRARIES, code_digest, frame_digest, library_versions, toolkit_version
from experiments.scenario.files import is_path
from experiments.statistics import without_warmup

if TYPE_CHECKING:
    import polars as pl

    from data.county import County
    from experiments.statistics.measures import Measure
    from experiments.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class Progress:
    """What has been done so far.

    Attributes
    ----------
    done, total : int
        Replications finished, and all.
    kept : int
        Of the finished ones, those that an earlier run had left.
    replication : int or None
        Number of the replication just finished; None at the start.
    counts : dict
        What it simulated: sessions, bunkering calls.
    left_s : float or None
        Estimate of the time that is left, seconds.
    """

    done: int
    total: int
    kept: int
    replication: int | None
    counts: dict[str, int]
    left_s: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that is ready to start: everything is loaded and checked, nothing is written.

    Attributes
    ----------
    scenario : Scenario
        The scenario, with the seed and replications of the run.
    county : data.County
        Its county, with the scenario's figures.
    layout : polars.DataFrame
        Its charging layout.
    key : str
        Key of the run.
    """

    scenario: Scenario
    county: County
    layout: pl.DataFrame
    key: str

    @property
    def layout_digest(self) -> str:
        """Digest of the layout."""
        return frame_digest(self.layout)

    @property
    def versions(self) -> dict[str, str]:
        """Versions of Python and of the libraries that decide the numbers."""
        known = library_versions()
        return {"python": platform.python_version(), **{name: known[name] for name in LIBRARIES}}

    def manifest(self, status: str) -> dict[str, Any]:
        """Return what is known of the run."""
        scenario = self.scenario
        return {
            "status": status,
            "xijiang": toolkit_version(),
            "scenario": scenario.model_dump(mode="json"),
            "seed": scenario.seed,
            "replications": scenario.replications,
            "days": scenario.days,
            "county": {"name": self.county.name, "digest": self.county.digest},
            "layout": {"name": scenario.charging.layout, "digest": self.layout_digest, **self._layout_file()},
            "paths": self._paths(),
            "code": code_digest(),
            "versions": self.versions,
            "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }

    def _layout_file(self) -> dict[str, str]:
        """Return the rows of a layout that came from a file: the run is rebuilt without it."""
        return {"csv": self.layout.write_csv()} if is_path(self.scenario.charging.layout) else {}

    def _paths(self) -> dict[str, str]:
        """Return where the inputs lay that are not built in."""
        roads = self.scenario.roads
        places = {} if self.scenario.county in list_counties() else {"county": str(self.county.path.absolute())}
        return places if roads is None else {**places, "roads": str(Path(roads).absolute())}

    @property
    def default_out(self) -> Path:
        """Folder that the command line writes to."""
        return Path("runs") / f"{self.scenario.name}-{self.key[:10]}"


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """Tables of a run, as attributes too: ``result.sessions``, ``result.scorecard``, ...

    Attributes
    ----------
    scenario : Scenario
        What was simulated.
    tables : dict of str to polars.DataFrame
        All tables of the run folder by name.
    manifest : dict
        Key, seed, versions and hashes.
    folder : pathlib.Path or None
        The run folder; None where results were not kept in one.
    """

    scenario: Scenario
    tables: dict[str, pl.DataFrame]
    manifest: dict[str, Any]
    folder: Path | None

    def __getattr__(self, name: str) -> pl.DataFrame:
        """Return the table of that name."""
        tables: dict[str, pl.DataFrame] = self.__dict__.get("tables", {})
        if name in tables:
            return tables[name]
        raise AttributeError(f"a result has no table '{name}'.{nearest(name, tables)}")

    def __repr__(self) -> str:
        """Return one line about the run."""
        rows = self.tables["sessions"].height
        return f"Result({self.scenario.name!r}, {self.scenario.replications} replications, {rows} sessions)"

    @functools.cached_property
    def _typical(self) -> dict[str, pl.DataFrame]:
        """Tables without the warm-up of each replication."""
        return without_warmup(self.tables)

    def values(self, measure: Measure, replications: int) -> list[float | None]:
        """Return a measure of each replication in order; without its warm-up where the scenario is steady.

        Totals count the whole replication in any case.
        """
        cut = self.scenario.steady and measure.unit in ("min", "share")
        return measure.values(self._typical if cut else self.tables, replications)

    def report(self, path: str | Path, *, language: str = "en") -> Path:
        """Write the report as one HTML file and return its path."""
        from experiments.report.page import write_report  # noqa: PLC0415 - the report's libraries load when it is written

        return Path(write_report(self, path, language=language))
