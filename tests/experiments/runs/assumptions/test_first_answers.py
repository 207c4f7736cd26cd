"""First answers: what no later table changes is answered once."""

import polars as pl
import pytest

from data.memory.stored_tables import StoredTables
from experiments.runs.assumptions.doubt import LATER, AnsweredOnce, first_answers, scored
from experiments.runs.executors import InProcess
from experiments.runs.plan import prepare
from experiments.scorecard.evidence import Evidence, Target

TARGET = Target("T1", "ebikes_total", ">=", 1.0, "bikes", 2030)


@pytest.fixture
def evidence(small_scenario):
    frame = pl.DataFrame({"a": [1]})
    names = ("ebikes", "facts", *sorted(LATER))
    return Evidence(small_scenario, prepare(small_scenario).case.county, dict.fromkeys(names, frame))


@pytest.mark.parametrize("name", ["ebikes", *sorted(LATER)])
def test_an_answer_is_made_again_if_it_has_read_what_comes_later(evidence, name):
    made = []

    def answering(given, target):
        made.append(given.tables[name].height)
        return target, len(made)

    answers = AnsweredOnce(answering)
    first, again = answers(evidence, TARGET), answers(evidence, TARGET)
    assert (first == again) == (name not in LATER)
    assert len(made) == 1 + (name in LATER)


def test_a_table_that_is_not_there_yet_counts_as_read(evidence):
    made = []

    def answering(given, target):
        made.append(given.tables.get("answer_draws"))
        return target

    tables = StoredTables({"ebikes": evidence.tables["ebikes"]}, {})
    answers = AnsweredOnce(answering)
    for _ in range(2):
        answers(Evidence(evidence.scenario, evidence.county, tables), TARGET)
    assert made == [None, None]


def test_first_answers_and_those_at_once_are_the_same(small_scenario):
    from experiments import run

    base = run(small_scenario.with_(points=3))
    case = prepare(small_scenario.with_(points=3)).case
    tables = {name: base.tables[name] for name in base.tables if name not in {"scorecard", "facts", "flips"}}
    tables |= {name: tables[name].filter(pl.col("sample") != "runs") for name in ("answer_draws", "assumption_draws")}
    early = first_answers(case, {**tables, "least_guns": tables["least_guns"].clear()})
    found = scored(case, tables, InProcess(), first=early)
    at_once = scored(case, tables, InProcess())
    for name, table in at_once.items():
        assert table.equals(found[name]), name
        assert table.equals(base.tables[name]), name
    assert found["facts"].filter(fact="least_guns").height
