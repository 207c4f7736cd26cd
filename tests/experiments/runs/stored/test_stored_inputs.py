"""Ways, stock and duties of a case: built once, read as they were, and built anew where the case is another."""

from dataclasses import replace

import polars as pl
from polars.testing import assert_frame_equal

from data.kept.kept_files import store
from experiments.runs.case import INPUTS
from experiments.runs.stored.stored_inputs import KIND, with_stored_inputs


def kept():
    return list((store() / KIND).glob("*"))


def test_the_second_run_builds_nothing(case, monkeypatch):
    built = {name: getattr(case, name) for name in INPUTS}
    assert with_stored_inputs(case).kept.keys() == set(INPUTS) - {"layout"}
    monkeypatch.setattr("experiments.runs.case.travel_matrix", None)
    monkeypatch.setattr("experiments.runs.case.operator_tables", None)
    again = with_stored_inputs(replace(case))
    assert again.key == case.key
    for name, frame in built.items():
        assert_frame_equal(getattr(again, name), frame, check_exact=True)
    assert len(kept()) == 1


def test_words_and_replications_build_nothing_and_another_case_does(case):
    with_stored_inputs(case)
    with_stored_inputs(replace(case, scenario=case.scenario.with_(name="other", replications=7)))
    assert len(kept()) == 1
    with_stored_inputs(replace(case, scenario=case.scenario.with_(days=2)))
    with_stored_inputs(replace(case, layout=case.layout.with_columns(pile_kw=pl.col("pile_kw") * 2.0)))
    assert len(kept()) == 3


def test_what_a_case_was_given_stays(case):
    given = replace(case, kept={"stock": case.stock})
    assert with_stored_inputs(given) is given
    assert kept() == []
