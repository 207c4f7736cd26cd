"""The register of run tables: what a run folder holds, and what a report may ask of a run.

Writing, merging, empty tables and the data dictionary follow from `RUN_TABLES`; a new table is one entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import polars as pl

from charging.grid.hosting import HOSTING
from charging.grid.managed import WAYS
from charging.grid.start_ways import START_WAYS
from charging.grid.town_load import TOWN_LOAD
from charging.grid.towns import TOWNS
from charging.results.in_reach import REACH
from charging.swapping import COMPARISON
from data.schemas.accounts import GUNS_BY_YEAR, Access, Carbon, Checks, Homes, Petroleum, Preview, Stock
from data.schemas.charging import Layout, Load, Sessions, Stations, Travel, Visits
from data.schemas.shipping import Calls, Tanks, Vessels
from experiments.pathways.modal_shift import FREIGHT
from experiments.pathways.outlook import SCHEMA as OUTLOOK
from experiments.pathways.target_paths import PATHS
from experiments.scorecard.card import ANSWER_DRAWS, ASSUMPTION_DRAWS, ASSUMPTIONS, FACTS, FLIPS, REMEDIES, SCORECARD
from experiments.scorecard.facts.saved import SAVINGS
from fleet.demand.holidays.visits import VISITOR_CHARGING
from fleet.demand.town_pull import TOWN_PULL
from fleet.ebikes.simulation import EBIKES
from fleet.operators.networks import DEPOT_LOADS, DISTRIBUTION, DUTIES, OPERATOR_FLEETS
from fleet.private_charging.balance import BALANCE
from fleet.roads.projects import PROJECTS
from fleet.roads.signals import JUNCTIONS
from fleet.vehicles.costs import TABLE as OWNERSHIP
from shipping.emissions.ship_change import SHIP_CHANGE
from shipping.emissions.ship_fleets import SHIP_FLEETS
from shipping.ports.battery_trips import BATTERY_TRIPS
from shipping.ports.terminals import TERMINALS
from shipping.results.river_counts import RIVER_COUNTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from polars._typing import PolarsDataType

    from data.county import County
    from data.schemas.base import Table
    from experiments.scenario.model import Scenario

REPLICATION: Final = "replication"
"""Grain of tables with rows of each replication, and their first column."""
RUN: Final = "run"
"""Grain of tables that are the same in all replications."""


@dataclass(frozen=True, slots=True)
class RunTable:
    """A table of a run folder.

    Attributes
    ----------
    name : str
        Name of the table and of its file.
    title : str
        What it holds, in a few words.
    columns : polars.Schema
        Its columns and their types; ``replication`` stands in front of them where the grain is a replication.
    grain : str
        ``replication``: rows of every replication. ``run``: the same in all of them.
    order : tuple of str
        Columns that order its rows (within a replication); none where the rows come in an order of their own.
    shown : bool
        Whether the report shows it as a table as it is.
    """

    name: str
    title: str
    columns: pl.Schema
    grain: Literal["replication", "run"]
    order: tuple[str, ...] = ()
    shown: bool = False

    @property
    def schema(self) -> pl.Schema:
        """All columns of the file."""
        if self.grain == RUN:
            return self.columns
        return pl.Schema({REPLICATION: pl.Int64(), **self.columns})

    def empty(self) -> pl.DataFrame:
        """Return the table without rows, as a model returns it."""
        return self.columns.to_frame()

    def of_replication(self, frame: pl.DataFrame, number: int) -> pl.DataFrame:
        """Return the rows of a replication as the run keeps them: its number in front, rows in order."""
        # its number in front, so that merged tables sort by it
        numbered = frame.select(pl.lit(number, dtype=pl.Int64).alias(REPLICATION), pl.all())
        return self.ordered(numbered)

    def ordered(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the table with its rows in order."""
        # stable, because keys need not be unique
        return frame.sort(self.order, maintain_order=True) if self.order else frame


def _each(
    name: str,
    title: str,
    columns: type[Table] | Mapping[str, PolarsDataType],
    order: tuple[str, ...],
    *,
    shown: bool = False,
) -> RunTable:
    """Return the entry of a table with rows of each replication."""
    return RunTable(name, title, _schema(columns), REPLICATION, order, shown)


def _once(
    name: str,
    title: str,
    columns: type[Table] | Mapping[str, PolarsDataType],
    order: tuple[str, ...] = (),
    *,
    shown: bool = False,
) -> RunTable:
    """Return the entry of a table that is the same in all replications."""
    return RunTable(name, title, _schema(columns), RUN, order, shown)


def _schema(columns: type[Table] | Mapping[str, PolarsDataType]) -> pl.Schema:
    """Return columns and types of a declared table."""
    if isinstance(columns, type):
        return columns.create_empty().schema
    return pl.Schema(columns)


def _floats(*names: str) -> dict[str, PolarsDataType]:
    """Return columns that are all real numbers."""
    return dict.fromkeys(names, pl.Float64())


_ENTRIES: Final = (
    _each(
        "sessions",
        "Every charging request and what became of it",
        _schema(Sessions) | _floats("kgco2"),
        ("request_id",),
    ),
    _each("visits", "Every visit to a charging station and how it ended", Visits, ("request_id", "try")),
    _each("load", "Load of the stations by interval", Load, ("station_id", "start_min")),
    _each("stations", "Service of each station", Stations, ("station_id",)),
    _each("preview", "Queueing formulas against the simulation", Preview, ("station_id",)),
    _each("checks", "Accounts of the simulation", Checks, ("check",)),
    _each("reach", "People in reach of a public charger", REACH, ("charger", "state", "people"), shown=True),
    _each(
        "visitor_charging",
        "Battery-electric cars of visitors and what they charge",
        VISITOR_CHARGING,
        ("holiday", "town"),
        shown=True,
    ),
    _each("swapping", "Battery swapping beside fast charging", COMPARISON, ("way",), shown=True),
    _each("town_load", "Load of the towns by interval: other users and all charging", TOWN_LOAD, ("town", "start_min")),
    _each("grid", "Towns against their grid", TOWNS, ("town",), shown=True),
    _each(
        "hosting",
        "Vehicles that the towns' grids carry, by year",
        HOSTING,
        ("town", "feeder", "transformer", "year"),
    ),
    _each("start_ways", "Private charging begun at once, by timer, or managed", START_WAYS, ("way", "town")),
    _each("energy_balance", "Where the vehicles' energy comes from", BALANCE, ("vehicle_class", "power"), shown=True),
    _each("managed", "Ways of AC charging", WAYS, ("way",), shown=True),
    _each("ebikes", "Shared e-bikes", _floats(*EBIKES), ("bikes",), shown=True),
    _each("calls", "Calls at the LNG stations", Calls, ("call_id",)),
    _each("tanks", "Levels of the LNG tanks", Tanks, ("station", "time_min")),
    _each("vessels", "Vessels on the river", Vessels, ("vessel_id",)),
    _each("river_counts", "Vessels under way and at the locks, by quarter of an hour", RIVER_COUNTS, ("time_min",)),
    _each("terminals", "Cargo terminals", TERMINALS, ("terminal",), shown=True),
    _each("ship_power", "Battery vessels: charging beside swapping of boxes", COMPARISON, ("way",), shown=True),
    _once("layout", "Charging layout of the run", Layout),
    _once("least_guns", "Fewest guns by year, week and station, by formula", GUNS_BY_YEAR),
    _once("travel", "Ways to the stations", Travel),
    _once("stock", "Vehicles by year, class and power", Stock),
    _once("duties", "What vehicles of operators do on a day, leg by leg", DUTIES),
    _once("pull", "Pull of the towns on the drivers of each other", TOWN_PULL),
    _once("operator_fleets", "Operators' fleets and their depots", OPERATOR_FLEETS, shown=True),
    _once("depot_loads", "Depots of operators with all duties electric", DEPOT_LOADS, ("operator", "start_min")),
    _once("access", "Residents and their nearest public pile", Access),
    _once("homes", "Villages and their nearest public charger", Homes),
    _once("carbon", "Carbon accounts of road and ships", Carbon, ("mode", "boundary", "series", "grid", "year")),
    _once(
        "ship_fleets",
        "Ships of the corridor and of the county's register",
        SHIP_FLEETS,
        ("ships", "series", "grid", "year"),
        shown=True,
    ),
    _once("ship_change", "Parts of the change of the ships' intensity", SHIP_CHANGE, ("series", "year")),
    _once("battery_trips", "Trips of battery vessels by month, and whether they can be sailed", BATTERY_TRIPS),
    _once("petroleum", "Petroleum of land transport by year", Petroleum, ("year",)),
    _once("outlook", "Slow and fast paths", OUTLOOK),
    _once(
        "freight", "Heavy freight by mode, without and with what moves", FREIGHT, ("year", "part", "mode"), shown=True
    ),
    _once("savings", "Saved against the counterfactual, by measure and year", SAVINGS),
    _once("target_paths", "Paths to the targets, with and without the measures", PATHS),
    _once("ownership", "Cost of ownership by form of acquisition", OWNERSHIP, shown=True),
    _once("distribution", "Rural deliveries by separate operators and by one joint network", DISTRIBUTION),
    _once("projects", "Road projects, before and after", PROJECTS, shown=True),
    _once("signals", "Signals, now and by Webster", JUNCTIONS, shown=True),
    _once("answer_draws", "Answers in each draw of the assumptions", ANSWER_DRAWS),
    _once("assumption_draws", "What was drawn of each assumption", ASSUMPTION_DRAWS),
    _once("flips", "Assumptions that matter most, and where they turn a verdict", FLIPS),
    _once("scorecard", "Targets of the plan, one row per criterion", SCORECARD),
    _once("remedies", "What would close a criterion that is open", REMEDIES),
    _once("facts", "Figures behind the answers", FACTS),
    _once("assumptions", "Assumptions that the answers rest on", ASSUMPTIONS),
)

RUN_TABLES: Final[Mapping[str, RunTable]] = {table.name: table for table in _ENTRIES}
"""All tables of a run folder by name."""
TABLES: Final = tuple(RUN_TABLES)
"""Names of all tables of a run folder."""
REPLICATED: Final = tuple(name for name, table in RUN_TABLES.items() if table.grain == REPLICATION)
"""Names of the tables with rows of each replication."""


def dictionary() -> pl.DataFrame:
    """Return the data dictionary of a run folder.

    Returns
    -------
    polars.DataFrame
        ``table, grain, column, type``, one row per column.
    """
    rows = [
        (table.name, table.grain, column, str(kind))
        for table in RUN_TABLES.values()
        for column, kind in table.schema.items()
    ]
    return pl.DataFrame(rows, schema=["table", "grain", "column", "type"], orient="row")


class Run(Protocol):
    """What a report needs of a run."""

    @property
    def scenario(self) -> Scenario:
        """What was simulated."""

    @property
    def county(self) -> County:
        """Its county, as the scenario edits it and the run used it."""

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Tables of the run folder by name."""

    @property
    def manifest(self) -> dict[str, Any]:
        """Key, seed, versions and hashes."""
