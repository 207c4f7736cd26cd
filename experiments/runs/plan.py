"""A run that is ready to start: everything is loaded and checked, nothing is written."""

from __future__ import annotations

import datetime as dt
import platform
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charging.simulation import engine_for
from data.county import list_counties
from experiments.runs.case import Case
from experiments.runs.provenance import LIBRARIES, code_digest, frame_digest, library_versions, toolkit_version
from experiments.scenario.county import edited_county
from experiments.scenario.files import is_path
from experiments.scenario.given import given_tables
from experiments.scenario.layouts import load_layout

if TYPE_CHECKING:
    import polars as pl

    from data.county import County
    from experiments.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class Plan:
    """A case, and what its manifest says before it starts.

    Attributes
    ----------
    case : Case
        Scenario (with the seed and replications of the run), county and layout.
    """

    case: Case

    @property
    def scenario(self) -> Scenario:
        """The scenario, with the seed and replications of the run."""
        return self.case.scenario

    @property
    def county(self) -> County:
        """Its county, as the scenario edits it."""
        return self.case.county

    @property
    def layout(self) -> pl.DataFrame:
        """Its charging layout."""
        return self.case.layout

    @property
    def key(self) -> str:
        """Key of the run."""
        return self.case.key

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
            **self._given(),
            "paths": self._paths(),
            "code": code_digest(),
            "versions": self.versions,
            **self.written(),
        }

    def written(self) -> dict[str, str]:
        """Return the entry of the manifest that says when it was written: now."""
        return {"written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}

    def engines(self, sessions: pl.DataFrame) -> dict[str, int]:
        """Return how many replications each engine worked out, from the column ``replication`` of their sessions."""
        requests = dict(sessions["replication"].value_counts().iter_rows())
        asked, numbers = self.scenario.charging.engine, range(self.scenario.replications)
        return dict(Counter(engine_for(asked, requests.get(number, 0)) for number in numbers))

    def _layout_file(self) -> dict[str, str]:
        """Return the rows of a layout that came from a file: the run is rebuilt without it."""
        return {"csv": self.layout.write_csv()} if is_path(self.scenario.charging.layout) else {}

    def _given(self) -> dict[str, dict[str, dict[str, str]]]:
        """Return where tables lay that the scenario gives, and their digests; nothing without such."""
        files = self.scenario.charging.model_dump()
        found = {
            name: {"file": str(Path(files[name]).absolute()), "digest": frame_digest(frame)}
            for name, frame in self.case.given.items()
        }
        return {"given": found} if found else {}

    def _paths(self) -> dict[str, str]:
        """Return where the inputs lay that are not built in."""
        roads = self.scenario.roads
        places = {} if self.scenario.county in list_counties() else {"county": str(self.county.path.absolute())}
        return places if roads is None else {**places, "roads": str(Path(roads).absolute())}

    @property
    def default_out(self) -> Path:
        """Folder that the command line writes to."""
        return Path("runs") / f"{self.scenario.name}-{self.key[:10]}"


def prepare(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    layout: pl.DataFrame | None = None,
) -> Plan:
    """Load and check everything that a run needs, and write nothing.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    replications, seed : int, optional
        Instead of those of the scenario.
    layout : polars.DataFrame, optional
        Rows of its layout, where they are known; None reads them.

    Raises
    ------
    ScenarioError
        If the scenario names things that its county does not have; all are listed.
    DataError
        If the county's or the layout's tables, or those that the scenario gives, have faults.
    """
    changes = {"replications": replications, "seed": seed}
    given = {name: value for name, value in changes.items() if value is not None}
    if given:
        scenario = scenario.with_(**given)
    county = edited_county(scenario, layout)
    # a county without a river leaves shipping out, whatever the scenario says
    if not county.has("river"):
        scenario = scenario.with_(shipping={"enabled": False})
    layout = load_layout(county, scenario.charging.layout) if layout is None else layout
    return Plan(Case(scenario, county, layout, given=given_tables(scenario, layout)))
