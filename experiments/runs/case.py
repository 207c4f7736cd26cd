"""A case: the scenario with everything that it rests on, built once and handed on."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import charging
import fleet
from data.memory.remembering import remembered
from data.roads.graph import with_standing_roads
from data.roads.travel_times import travel_matrix
from data.roads.truck_ways import with_truck_ways
from experiments.pathways.modal_shift import added_freight, shifts, stock_left
from experiments.runs.energy.duties import operator_tables
from experiments.runs.provenance import run_key
from experiments.scenario.county import lng_stations
from experiments.scenario.files import is_path
from experiments.scenario.given import GIVEN
from fleet.demand.town_pull import pull_table
from fleet.operators.operated_fleets import operated_fleets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    import networkx as nx
    import polars as pl

    from charging.results.homes import HomeWays
    from data.county import County
    from experiments.scenario.model import Scenario
    from fleet.demand.operated.schedules import Operated
    from shipping.traffic.added_freight import AddedFreight

INPUTS = ("layout", "travel", "stock", "duties", "pull")
"""Tables of a case that a run folder keeps: its replications read them instead of building them again."""
_OF_COUNTY = ("behaviour", "vehicles", "tariff", "added_freight", "lng_stations")
"""What does not depend on the layout."""


@dataclass(frozen=True, eq=False)
class Case:
    """A scenario with its county and all that follows from both. What is derived is built when it is first asked for.

    Attributes
    ----------
    scenario : Scenario
        What is asked.
    county : data.County
        Its county, as the scenario edits it.
    layout : polars.DataFrame
        Its charging layout.
    kept : mapping of str to polars.DataFrame
        ``travel``, ``stock``, ``duties`` and ``pull`` where a run folder holds them; they are built otherwise.
    given : mapping of str to polars.DataFrame
        ``requests`` and ``travel`` of the scenario's files; see `experiments.scenario.given.given_tables`.
    """

    scenario: Scenario
    county: County
    layout: pl.DataFrame
    kept: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    given: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    @functools.cached_property
    def key(self) -> str:
        """Key of the run: a hash of all that decides its numbers."""
        return run_key(
            self.scenario, self.county, layout=self.layout, seed=self.scenario.seed, given=self.given
        )  # fmt: skip

    @functools.cached_property
    def travel(self) -> pl.DataFrame:
        """Ways from towns, stations and through traffic to the stations of the layout."""
        if "travel" in self.given:
            return with_truck_ways(self.given["travel"], self.county.towns["town"].to_list(), self.layout)
        if "travel" in self.kept:
            return self.kept["travel"]
        if self.scenario.roads is not None:
            graph = self._roads(self.scenario.roads)
            return travel_matrix(self.county, self.layout, year=self.scenario.year, graph=graph)
        return self.ways_to(self.layout)

    def ways_to(self, stations: pl.DataFrame) -> pl.DataFrame:
        """Return the ways to stations by the county's own roads: all replications, and stations alike, share them."""
        year = self.scenario.year
        # who lives in the towns moves no station, nor do other columns of a layout; years with the same roads are alike
        roads, key = with_standing_roads(self.county, year), ("travel", places(stations))
        return remembered(roads, key, lambda watched: travel_matrix(watched, stations, year=year))

    def _roads(self, name: str) -> nx.MultiDiGraph:
        """Return the road graph that the scenario names."""
        from data.roads.osm import load_roads  # noqa: PLC0415 - osmnx takes 0.6 s to load, and few scenarios need it

        return load_roads(name)

    @functools.cached_property
    def stock(self) -> pl.DataFrame:
        """Vehicles by year, class and power; without the trucks whose freight the scenario moves."""
        if "stock" in self.kept:
            return self.kept["stock"]
        return stock_left(self.scenario, self.county, fleet.stock(self.county))

    @functools.cached_property
    def duties(self) -> pl.DataFrame:
        """What the vehicles of operators do on a day, as their plans say."""
        return self.kept["duties"] if "duties" in self.kept else operator_tables(self.portable)["duties"]

    @functools.cached_property
    def portable(self) -> Scenario:
        """The scenario for who reads its layout anew, as other processes do.

        A layout from a file is kept by its content in the user's cache folder: the file may have moved or changed since
        it was read, and a run that is rebuilt has it from its manifest.
        """
        scenario = self.scenario
        return scenario.with_layout(self.layout) if is_path(scenario.charging.layout) else scenario

    @functools.cached_property
    def pull(self) -> pl.DataFrame:
        """Pull of the towns on each other's drivers, on the roads of the scenario's year."""
        return self.kept["pull"] if "pull" in self.kept else pull_table(self.county, year=self.scenario.year)

    @functools.cached_property
    def operated(self) -> tuple[Operated, ...]:
        """The electric vehicles of operators in the scenario's year; none where the scenario leaves them out."""
        if not (self.scenario.fleet.operators and self.county.has("operators")):
            return ()
        return operated_fleets(self.county, self.stock, self.duties, year=self.scenario.year)

    @property
    def stock_before(self) -> pl.DataFrame:
        """Vehicles as if the scenario moved no freight."""
        return fleet.stock(self.county) if shifts(self.scenario) else self.stock

    @functools.cached_property
    def added_freight(self) -> AddedFreight | None:
        """Freight that the scenario puts on the river in its year; None for none."""
        return added_freight(self.scenario, self.county, self.stock_before, year=self.scenario.year)

    @functools.cached_property
    def home_ways(self) -> HomeWays:
        """How residents reach the stations of the layout."""
        layout, travel = self.layout, self.travel
        return remembered(
            self.county, "home_ways", lambda watched: charging.home_ways(watched, layout, travel), of=(layout, travel)
        )

    @functools.cached_property
    def behaviour(self) -> charging.Behaviour:
        """The drivers' behaviour: the county's figures with the scenario's values on top."""
        # what the scenario does not set stays as the county says
        chosen = self.scenario.charging.model_dump(exclude={"layout", "outages", "engine", *GIVEN}, exclude_none=True)
        return charging.behaviour_of(self.county, first_weekday=self.scenario.start.weekday(), **chosen)

    @functools.cached_property
    def vehicles(self) -> pl.DataFrame:
        """Vehicle classes as chargers see them."""
        return remembered(self.county, "vehicles_table", charging.vehicles_table)

    @functools.cached_property
    def tariff(self) -> pl.DataFrame:
        """Price of electricity over the scenario's days."""
        return charging.tariff_of(self.county, self.scenario.start, days=self.scenario.days)

    @functools.cached_property
    def same_outages(self) -> pl.DataFrame | None:
        """Outages of the layout that all replications share, for what is compared with swap stations."""
        return self.outages(0)

    def outages(self, seed: int) -> pl.DataFrame | None:
        """Draw when the piles of the layout are out of service; None where the scenario leaves that out."""
        if not self.scenario.charging.outages:
            return None
        return charging.outages_of(self.county, self.layout, days=self.scenario.days, seed=seed)

    @functools.cached_property
    def lng_stations(self) -> pl.DataFrame:
        """LNG stations that are open on the scenario's first day; none without a river."""
        return lng_stations(self.scenario, self.county)

    @property
    def inputs(self) -> dict[str, pl.DataFrame]:
        """The tables of `INPUTS` by name, and requests that are given."""
        requests = {name: frame for name, frame in self.given.items() if name not in INPUTS}
        own = {name: getattr(self, name) for name in INPUTS}
        return {**own, **requests}

    def with_layout(self, layout: pl.DataFrame) -> Self:
        """Return the case with another layout; the ways to its stations are kept where they stand as before."""
        # vehicles do not depend on chargers
        kept = {"stock": self.stock, "duties": self.duties, "pull": self.pull}
        if places(layout) == places(self.layout):
            kept["travel"] = self.travel
        case = replace(self, layout=layout, kept=kept)
        # a search asks for a thousand layouts: what the county and the scenario alone decide goes along
        known = {name: value for name, value in vars(self).items() if name in _OF_COUNTY}
        vars(case).update(known)
        return case

    def with_days(self, days: int) -> Self:
        """Return the case over another number of days."""
        kept = {"travel": self.travel, "stock": self.stock, "duties": self.duties, "pull": self.pull}
        return replace(self, scenario=self.scenario.with_(days=days), kept=kept)


def places(layout: pl.DataFrame) -> tuple[tuple[object, ...], ...]:
    """Return where the stations of a layout stand, in its order."""
    columns = [name for name in ("station_id", "town", "site", "lon", "lat", "truck_access") if name in layout.columns]
    return tuple(layout.select(columns).unique(maintain_order=True).rows())
