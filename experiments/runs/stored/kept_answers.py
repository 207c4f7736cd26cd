"""Answers to targets that no replication decides, kept for the next run of the case by the tables that they read."""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from dataclasses import astuple, replace
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter, ValidationError

from data.kept.kept_files import read_kept, store, write_kept
from data.memory.remembering import remembered
from data.memory.stored_tables import StoredTables
from experiments.runs.provenance import cells_digest, code_digest, digest, frame_digest
from experiments.runs.stored.stored_accounts import LABELS
from experiments.runs.tables import REPLICATED
from experiments.scorecard.answer import Answer
from experiments.scorecard.score import answer_to

if TYPE_CHECKING:
    from pathlib import Path

    from data.county import County
    from experiments.runs.case import Case
    from experiments.scorecard.evidence import Evidence, Target

KIND: Final = "answers"
_NO_TABLE: Final = ""
"""In place of the digest of a table that a run has not."""


class KeptAnswers:
    """The answers of a case: those whose tables are as they were come from the store.

    Half of the time of a scorecard goes into what buyers choose, what roads save and what electric buses do, which rest
    on county and scenario alone. An answer is kept with the digests of the tables of the run that it asked for, unless
    it asked for one with rows of each replication.

    Parameters
    ----------
    case : Case
        Scenario and county.
    """

    def __init__(self, case: Case) -> None:
        scenario = case.scenario.model_dump_json(exclude=set(LABELS))
        self._file: Path = store() / KIND / f"{digest(code_digest(), scenario, cells_digest(case.county))}.json"
        self._known: dict[str, list[dict[str, Any]]] = json.loads(read_kept(self._file) or "{}")
        self._kind = _answer_kind()
        self._new = False

    def __call__(self, evidence: Evidence, target: Target) -> Answer:
        """Return the answer to a target, kept or made anew."""
        tables = evidence.tables
        if not isinstance(tables, StoredTables):
            return answer_to(evidence, target)
        # without its facts an answer is another one
        name = digest(json.dumps((*astuple(target), evidence.facts)))
        for entry in self._known.get(name, []):
            if all(_digest(tables, table) == content for table, content in entry["read"].items()):
                with contextlib.suppress(ValidationError):
                    return self._kind.validate_python(entry["answer"])
        seen: set[str] = set()
        answer = answer_to(replace(evidence, tables=tables.watched(seen)), target)
        if seen.isdisjoint(REPLICATED):
            self._keep(name, answer, {table: _digest(tables, table) for table in sorted(seen)})
        return answer

    def _keep(self, name: str, answer: Answer, read: dict[str, str]) -> None:
        """Note an answer that comes back as it is."""
        plain = self._kind.dump_python(answer, mode="json")
        if self._kind.validate_python(plain) == answer:
            self._known.setdefault(name, []).append({"read": read, "answer": plain})
            self._new = True

    def write(self) -> None:
        """Write what is new to the store; where that cannot be, nothing happens."""
        if not self._new:
            return
        write_kept(self._file, json.dumps(self._known).encode())
        self._new = False


class RememberedAnswers:
    """The answers of a point of a design: from memory where all that they looked at is as it was for another point.

    Points edit a figure or two, and most answers do not look at those, neither in the county nor, through the tables of
    the run, in the accounts.

    Parameters
    ----------
    case : Case
        Scenario and county; counties that were made of the same one share what is remembered.
    """

    def __init__(self, case: Case) -> None:
        # what a scenario sets of figures and tables is in its county, and answers are given no other way to it
        self._scenario = case.scenario.model_copy(update={"figures": {}, "tables": {}})
        self._asked = self._scenario.model_dump_json(exclude=set(LABELS))

    def __call__(self, evidence: Evidence, target: Target) -> Answer:
        """Return the answer to a target, remembered or made anew."""
        tables, key = evidence.tables, ("answer", target, evidence.facts, self._asked)
        if not isinstance(tables, StoredTables):
            return answer_to(evidence, target)
        # all tables that it has ever asked for: as long as none is another, it asks for no further one
        read: set[str] = evidence.county.once_of((), ("read by", key), set)
        if not read.isdisjoint(REPLICATED):
            return answer_to(evidence, target)
        inputs = tuple(_content(evidence.county, tables, name) for name in sorted(read))

        def build(county: County) -> Answer:
            watched = replace(evidence, scenario=self._scenario, county=county, tables=tables.watched(read))
            return answer_to(watched, target)

        return remembered(evidence.county, key, build, of=inputs)

    def write(self) -> None:
        """Write nothing: a design has thousands of points."""


def _content(county: County, tables: StoredTables, name: str) -> str:
    """Return the digest of a table, computed once for a frame: one object for one content, by which it is known."""
    if name not in tables:
        return _NO_TABLE
    frame = tables[name]
    return remembered(county, ("content", name), lambda _: sys.intern(frame_digest(frame)), of=(frame,))


@functools.cache
def _answer_kind() -> TypeAdapter[Answer]:
    """Return what reads and writes answers; it takes 10 ms to make, and not before it is needed."""
    return TypeAdapter(Answer)


def _digest(tables: StoredTables, name: str) -> str:
    """Return the digest of a table; an empty one where there is no such table."""
    return frame_digest(tables[name]) if name in tables else _NO_TABLE
