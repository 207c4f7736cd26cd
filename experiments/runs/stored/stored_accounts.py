"""The accounts of a case: read where an earlier run of the same case has computed them, computed and kept otherwise."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Final

import polars as pl

from data.county import load_county
from data.errors import UnusualWarning
from experiments.runs.county_tables import accounts
from experiments.runs.provenance import cells_digest, code_digest, digest, frame_digest
from experiments.runs.stored.stored_frames import read_stored, write_stored
from experiments.scenario.counterfactual import without_measures

if TYPE_CHECKING:
    from experiments.runs.case import Case

KIND: Final = "accounts"
LABELS: Final = frozenset({"name", "title", "purpose", "based_on", "points"})
"""Keys of a scenario that say nothing to accounts and answers."""
_SAID: Final = "said"
"""Table that holds what is unusual in the inputs."""


def stored_accounts(case: Case) -> dict[str, pl.DataFrame]:
    """Return the accounts of a case with their draws; see `experiments.runs.county_tables.accounts`.

    Seconds of work that depend on county and scenario alone, while most runs ask the same county again. What is unusual
    in the inputs is kept with them, because a run says it each time.

    Warns
    -----
    UnusualWarning
        As `accounts`.

    Raises
    ------
    DataError, ScenarioError
        As `accounts`.
    """
    key = accounts_key(case)
    known = read_stored(KIND, key)
    if known is None:
        known = _computed(case)
        write_stored(KIND, key, known)
    for text in known[_SAID]["text"]:
        warnings.warn(text, UnusualWarning, stacklevel=2)
    return {name: table for name, table in known.items() if name != _SAID}


def _computed(case: Case) -> dict[str, pl.DataFrame]:
    """Return the accounts, computed anew, and what was said of their inputs."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UnusualWarning)
        tables = accounts(case)
    texts = [str(one.message) for one in said if issubclass(one.category, UnusualWarning)]
    for other in (one for one in said if not issubclass(one.category, UnusualWarning)):
        warnings.warn_explicit(other.message, other.category, other.filename, other.lineno)
    return tables | {_SAID: pl.DataFrame({"text": texts}, schema={"text": pl.String})}


def accounts_key(case: Case) -> str:
    """Return the digest of all that decides the accounts of a case.

    The county counts by the cells of its tables: one that was edited in memory has the digest of its files. So do the
    ways to the stations and the stock, which a case may have been given.
    """
    scenario, other = case.scenario, without_measures(case.scenario)
    asked = [
        one.model_dump(mode="json", exclude={*LABELS, "replications"}) for one in (scenario, other) if one is not None
    ]
    # operators plan by the files of the county, and without its measures it is read again from them
    files = load_county(scenario.county).digest
    frames = {"layout": case.layout, "travel": case.travel, "stock": case.stock, "before": case.stock_before}
    frames["duties"] = case.duties
    return digest(
        code_digest(),
        json.dumps(asked, sort_keys=True),
        files,
        cells_digest(case.county),
        *(f"{name} {frame_digest(frame)}" for name, frame in frames.items()),
    )
