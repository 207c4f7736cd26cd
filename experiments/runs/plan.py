"""A run that is ready to start: everything is loaded and checked, nothing is written."""

from __future__ import annotations

import datetime as dt
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.county import list_counties, load_county
from data.edits import cell_faults
from data.errors import DataError, ScenarioError, nearest
from data.schemas.charging import Layout
from data.tables.reading import read_table
from experiments.runs.provenance import LIBRARIES, code_digest, frame_digest, library_versions, run_key, toolkit_version
from experiments.scenario.county import scenario_county
from experiments.scenario.files import is_path
from experiments.scenario.model import Scenario

if TYPE_CHECKING:
    import polars as pl

    from data.county import County
    from experiments.scenario.model import Scenario


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
        If the county's or the layout's tables have faults.
    """
    changes = {"replications": replications, "seed": seed}
    given = {name: value for name, value in changes.items() if value is not None}
    if given:
        scenario = scenario.with_(**given)
    county = load_county(scenario.county)
    _check_names(scenario, county)
    if not county.has("river"):
        scenario = scenario.with_(shipping={"enabled": False})
    county = scenario_county(scenario, county)
    layout = load_layout(county, scenario.charging.layout) if layout is None else layout
    return Plan(scenario, county, layout, run_key(scenario, county, layout=layout, seed=scenario.seed))


def load_layout(county: County, name: str) -> pl.DataFrame:
    """Return a layout of the county by name, or one from a CSV file.

    Raises
    ------
    DataError
        If there is no such layout, or the file has faults.
    """
    return layout_file(Path(name)) if is_path(name) else county.layout(name)


def layout_file(file: Path) -> pl.DataFrame:
    """Return the layout in a CSV file.

    Raises
    ------
    DataError
        If there is no such file, or it has faults.
    """
    table = read_table(file.parent, file.name, Layout)
    if table.faults:
        raise DataError.of(f"layout {file.name}", table.faults)
    return table.frame


def _check_names(scenario: Scenario, county: County) -> None:
    """Refuse a scenario that names layouts, stations, figures or files that do not exist."""
    layouts = [] if is_path(scenario.charging.layout) else [scenario.charging.layout]
    asked = {
        "charging.layout": (layouts, list(county.layouts)),
        "shipping.stations": (scenario.shipping.stations or (), county.lng_stations["station"].to_list()),
        "figures": (list(scenario.figures), county.figures["key"].to_list()),
    }
    faults = []
    for key, (names, known) in asked.items():
        listed = "" if key == "figures" else f" Known: {', '.join(known)}."
        faults += [
            f"{key}: {county.name} has no '{name}'.{nearest(name, known)}{listed}"
            for name in names
            if name not in known
        ]
    faults += cell_faults(county, scenario.tables)
    if scenario.roads is not None and not Path(scenario.roads).is_file():
        faults.append(f"roads: no file {scenario.roads}. `xijiang roads fetch` writes one.")
    if faults:
        raise ScenarioError(f"scenario {scenario.name}: " + "\n  ".join(faults))
