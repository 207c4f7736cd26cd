"""What can be done with a county: whether a run would start, what it answers, and what more tables would add."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.county import county_folder, load_county
from data.county_folder.parts import modules_of
from data.errors import XijiangError
from data.schemas.catalogue import MODULES, TABLES
from data.schemas.metrics import METRICS
from experiments.runs.county_tables import accounts
from experiments.runs.plan import prepare
from experiments.runs.replicate import simulate_once
from experiments.scenario.model import Charging, Scenario
from experiments.scenario.start import about, default_scenario
from experiments.scorecard.registry import WITHOUT_MODEL

if TYPE_CHECKING:
    from data.county import County

_YEAR = 2025


@dataclass(frozen=True, slots=True)
class Addition:
    """What a part of the county, or a table, would add.

    Attributes
    ----------
    name, words : str
        Part or table, and what it is.
    tables : tuple of str
        Tables to add.
    metrics : tuple of str
        Metrics that targets could then ask for.
    """

    name: str
    words: str
    tables: tuple[str, ...]
    metrics: tuple[str, ...]


def try_run(county: str) -> str:
    """Prove that a run of a county's default scenario would start: simulate a day of it, and answer its targets.

    A county that names no default scenario is tried with its first layout.

    Returns
    -------
    str
        Why it would not; empty where it would.
    """
    try:
        plan = prepare(_scenario(county), replications=1)
        case = plan.case.with_days(1)
        simulate_once(case, 0)
        accounts(case, draws=False)  # what is drawn needs no other tables
    except XijiangError as error:
        return str(error)
    return ""


def _scenario(county: str) -> Scenario:
    """Return the default scenario of a county, or a day of it with its first layout."""
    if about(county).default_scenario is not None:
        return Scenario.load(default_scenario(county), sets=[f"county={_reference(county)}"])
    loaded = load_county(county)
    layout = next(iter(loaded.layouts), "none")
    return Scenario(
        name="trial",
        county=_reference(county),
        year=_YEAR,
        start=dt.date(_YEAR, 6, 2),
        days=1,
        charging=Charging(layout=layout),
    )


def _reference(county: str) -> str:
    """Return a county as scenarios name it: built-in names as they are, folders by their whole path."""
    folder = county_folder(county)
    return county if folder.name == county and not folder.is_relative_to(county) else f"{folder.resolve()}/"


def answered(county: County) -> dict[str, tuple[str, ...]]:
    """Return the metrics that the county's tables answer, each with its targets that ask for it."""
    targets: dict[str, list[str]] = {}
    for target, metric in county.targets.select("target", "metric").iter_rows():
        targets.setdefault(str(metric), []).append(target)
    known = [name for name in METRICS if name not in WITHOUT_MODEL and not _lacks(county, name)]
    return {name: tuple(targets.get(name, ())) for name in known}


def additions(county: County) -> list[Addition]:
    """Return what the parts that the county does not have would add, and tables of its own that have no rows."""
    found = []
    for name, module in MODULES.items():
        if county.has(name):
            continue
        metrics = tuple(metric for metric, entry in METRICS.items() if name in modules_of(entry))
        found.append(Addition(name, module.words, module.needed, metrics))
    owned = {table for module in MODULES.values() for table in module.tables}
    for table, schema in TABLES.items():
        if table in owned or county.tables[table].height:
            continue
        words = (schema.__doc__ or "").splitlines()[0].rstrip(".:")
        metrics = tuple(metric for metric, entry in METRICS.items() if table in entry.needs)
        found.append(Addition(table, words, (table,), metrics))
    return found


def _lacks(county: County, metric: str) -> list[str]:
    """Return the tables without rows that a metric needs."""
    return [
        table
        for table in METRICS[metric].needs
        if (not county.layouts if table == "layout" else not county.tables[table].height)
    ]
