"""Short runs: one replication of what some targets ask for, and nothing else, answered at once."""

from __future__ import annotations

import functools
import json
import warnings
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from data.errors import UnusualWarning
from experiments.runs.assumptions.stored_answers import stored
from experiments.runs.energy.duties import operator_tables
from experiments.runs.executors import Work, compute_all
from experiments.runs.plan import prepare
from experiments.runs.provenance import digest, frame_digest
from experiments.runs.tables import RUN_TABLES
from experiments.scenario.model import from_json
from experiments.scorecard.score import Evidence, score
from experiments.statistics.measures import measures_of
from fleet.operators.networks import FLEET_PLAN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    import polars as pl

    from experiments.runs.case import Case
    from experiments.runs.executors import Executor
    from experiments.scenario.model import Scenario

CHARGING: Final = ("late_share",)
"""Metrics that the simulation of the charging stations answers."""
GRID: Final = ("transformer_peak_share",)
"""Metrics that the load of the towns answers, which needs that simulation too."""
FLOW: Final = ("clean_flow_share", "new_energy_car_flow_share")
"""Metrics that the estimated model of adoption answers, without a simulation."""
RIVER: Final = ("lng_stations_in_county", "lng_bunkered_gas_share", "terminal_wait_h")
"""Metrics that the simulation of the river answers."""
STOCK: Final = ("bev_stock_share_by_class",)
"""Metrics that the stock answers, without a simulation."""
DELIVERIES: Final = (FLEET_PLAN,)
"""Metrics that the routes of delivery vans answer."""
EBIKES: Final = ("ebikes_total",)
"""Metrics that the simulation of the shared e-bikes answers."""
FORMS: Final = ("lease_share",)
"""Metrics that the choice among forms of acquisition answers, without a simulation."""
ROADS: Final = ("travel_time_change_share",)
"""Metrics that the equilibrium of the road network answers."""
JUNCTIONS: Final = ("idling_energy_change_share",)
"""Metrics that the timing of signals answers, by formula."""
SIMULATED: Final = (
    *(*CHARGING, *GRID, *RIVER, *FLOW, *STOCK, *DELIVERIES),
    *(*EBIKES, *FORMS, *ROADS, *JUNCTIONS),
)
"""Metrics whose doubt takes runs, or what comes before them."""

RIVER_TABLES: Final = ("calls",)
"""Tables of measures that the river fills; the others are those of the charging stations."""

Answers = dict[str, float | None]
"""Value of each criterion, by ``target/criterion``, and of each measure by its name."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A point of a sample.

    Attributes
    ----------
    number : int
        Its place in the sample.
    scenario : Scenario
        The scenario with the point's values.
    base : Scenario
        The scenario that it is a point of: operators go on with the duties that they have there.
    metrics, measures : tuple of str
        What is asked for.
    """

    number: int
    scenario: Scenario
    base: Scenario
    metrics: tuple[str, ...]
    measures: tuple[str, ...] = ()


def short_run(
    scenario: Scenario, metrics: Sequence[str], measures: Sequence[str] = (), *, base: Scenario | None = None
) -> Answers:
    """Simulate the first replication of a scenario as far as is asked for, and return criteria and measures.

    The random numbers are those of the scenario's first replication, whatever the point. Answers are kept in the user's
    cache folder by the key of what decides them, so that the same point is simulated once.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    metrics : sequence of str
        Of `SIMULATED`; others have no value.
    measures : sequence of str
        Measures of a run (`experiments.statistics.measures`) by name.
    base : Scenario, optional
        The scenario that it is a point of: its operators' duties are planned once, for all points. By default it is a
        point of itself.
    """
    case = prepare(scenario, replications=1).case
    duties, planned = _duties((scenario if base is None else base).model_dump_json())
    case = replace(case, kept={**case.kept, "duties": duties})
    asked = tuple(name for name in SIMULATED if name in metrics)
    key = digest(case.key, planned, *asked, *(f"measure {name}" for name in measures))
    return stored("short_runs", key, lambda: _answered(case, asked, measures))


# a comparison alternates between scenarios
@functools.lru_cache(maxsize=8)
def _duties(base: str) -> tuple[pl.DataFrame, str]:
    """Return what operators' vehicles do in a scenario, and its digest; work that nobody can do is the run's to say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnusualWarning)
        duties = operator_tables(from_json(base))["duties"]
    return duties, frame_digest(duties)


def _answered(case: Case, metrics: Sequence[str], measures: Sequence[str]) -> Answers:
    """Return criteria and measures in the first replication of a case, computed anew."""
    tables = {**empty_tables(), **case.inputs, **simulated(case, metrics, measures)}
    return _criteria(case, tables, metrics) | {
        one.name: one.values(tables, 1, case.county.figure)[0] for one in measures_of(measures)
    }


@functools.cache
def empty_tables() -> Mapping[str, pl.DataFrame]:
    """Return all run tables without rows: what no part of a short run fills. Made once for all points."""
    return MappingProxyType({name: table.schema.to_frame() for name, table in RUN_TABLES.items()})


def _criteria(case: Case, tables: Mapping[str, pl.DataFrame], metrics: Sequence[str]) -> Answers:
    """Return the value of each criterion of the metrics."""
    evidence = Evidence(case.scenario, case.county, tables, facts=False, alone=True)
    card = score(evidence, metrics=metrics)["scorecard"]
    return {
        key_of(target, criterion): value
        for target, criterion, value in card.select("target_id", "criterion", "value").iter_rows()
    }


def key_of(target: str, criterion: str) -> str:
    """Return the name of a criterion of a target in the answers."""
    return f"{target}/{criterion}"


def simulated(case: Case, metrics: Sequence[str], measures: Sequence[str] = ()) -> dict[str, pl.DataFrame]:
    """Return the tables of the first replication, of the parts that some metrics and measures need."""
    # these load the simulators, which a process that reads stored answers does without
    from experiments.runs.replicate import child_seed, ebikes, port_calls, stations_alone  # noqa: PLC0415

    seed = child_seed(case.scenario.seed, 0)
    tables: dict[str, pl.DataFrame] = {}
    measured = {one.table for one in measures_of(measures)}
    of_stations = measured - set(RIVER_TABLES)
    if set(metrics) & set(CHARGING):
        of_stations.add("sessions")
    if set(metrics) & set(GRID):
        # where no grid of a town is known the connections of the stations answer
        known = case.county.private_chargers.height and case.county.town_grid.height
        of_stations |= {"grid"} if known else {"grid", "load", "stations"}
    if of_stations:
        tables |= stations_alone(case, seed, of_stations)
    if case.scenario.shipping.enabled and (set(metrics) & set(RIVER) or measured & set(RIVER_TABLES)):
        tables |= port_calls(case, seed)
    if set(metrics) & set(EBIKES):
        tables["ebikes"] = ebikes(case, seed)
    return _formulas(case, set(metrics)) | {
        name: RUN_TABLES[name].of_replication(table, 0) for name, table in tables.items()
    }


def _formulas(case: Case, metrics: AbstractSet[str]) -> dict[str, pl.DataFrame]:
    """Return the tables without chance that some metrics need."""
    from experiments.runs.county_tables import deliveries, signals  # noqa: PLC0415 - as `simulated`
    from fleet.roads.projects import first_project_minutes  # noqa: PLC0415

    scenario, county = case.scenario, case.county
    tables = {}
    if metrics & set(DELIVERIES):
        tables["distribution"] = deliveries(scenario, county, ranges=False, quick=True)
    if metrics & set(ROADS):
        tables["projects"] = first_project_minutes(county, stock=case.stock)
    if metrics & set(JUNCTIONS):
        tables["signals"] = signals(scenario, county, case.stock)
    return tables


def short_run_there(text: str) -> str:
    """Compute a point in another process, from its text to that of number and answers."""
    values = json.loads(text)
    base = from_json(values["base"])
    found = short_run(from_json(values["scenario"]), values["metrics"], values["measures"], base=base)
    return json.dumps([values["number"], found])


def short_runs(
    scenarios: Sequence[Scenario],
    metrics: Sequence[str],
    executor: Executor,
    *,
    bases: Sequence[Scenario] | None = None,
    measures: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> list[Answers]:
    """Return the answers of several points, in their order.

    Parameters
    ----------
    scenarios : sequence of Scenario
        The points.
    bases : sequence of Scenario, optional
        The scenario that each is a point of; see `short_run`.
    metrics : sequence of str
        What is asked for.
    executor : Executor
        Where they are computed.
    measures : sequence of str
        Measures that are asked for too.
    progress : callable, optional
        Called with points done and points in all.
    """
    of = zip(scenarios, scenarios if bases is None else bases, strict=True)
    pieces = [Piece(number, *pair, tuple(metrics), tuple(measures)) for number, pair in enumerate(of)]
    return _all_of(pieces, executor, progress)


def points_alone(base: Scenario, points: Sequence[tuple[Scenario, Sequence[str]]], executor: Executor) -> list[Answers]:
    """Return the answers of several points of a scenario, each with the metrics that are asked for, in their order."""
    pieces = [Piece(number, scenario, base, tuple(metrics)) for number, (scenario, metrics) in enumerate(points)]
    return _all_of(pieces, executor)


def _all_of(
    pieces: Sequence[Piece], executor: Executor, progress: Callable[[int, int], None] | None = None
) -> list[Answers]:
    """Return the answers of pieces, in their order."""
    found: dict[int, Answers] = {}
    work = Work(
        here=lambda piece: (
            piece.number,
            short_run(piece.scenario, piece.metrics, piece.measures, base=piece.base),
        ),
        there=short_run_there,
        encode=_encoded,
        decode=_decoded,
    )
    for number, answers in compute_all(executor, work, pieces):
        found[number] = answers
        if progress is not None:
            progress(len(found), len(pieces))
    return [found[number] for number in range(len(pieces))]


def _encoded(piece: Piece) -> str:
    """Return a point as text."""
    asked = {"metrics": piece.metrics, "measures": piece.measures}
    scenarios = {"scenario": piece.scenario.model_dump_json(), "base": piece.base.model_dump_json()}
    return json.dumps({"number": piece.number, **scenarios, **asked})


def _decoded(text: str) -> tuple[int, Answers]:
    """Return number and answers of a point from their text."""
    number, found = json.loads(text)
    return number, found
