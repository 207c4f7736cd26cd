"""Executors: the same answers whatever the number of processes; a worker that dies costs a retry."""

import os

import pytest

from data.errors import ScenarioError
from experiments.runs.executors import THREADS, InProcess, Processes, Work, compute_all, executor_of, one_thread


def test_names_give_executors():
    assert executor_of(None, jobs=1) == InProcess()
    assert executor_of(None, jobs=3) == Processes(3)
    assert executor_of("in-process", jobs=3) == InProcess()
    assert executor_of("processes", jobs=1) == Processes(1)
    assert executor_of("processes", jobs=0).jobs >= 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("proceses", "not known. Did you mean 'processes'"),
    ],
)
def test_other_names_are_refused(name, message):
    with pytest.raises(ScenarioError, match=message):
        executor_of(name, jobs=1)


def test_a_negative_number_of_processes_is_refused():
    with pytest.raises(ScenarioError, match="-j -1: expected 1 or more processes"):
        executor_of(None, jobs=-1)


def test_processes_give_the_answers_of_one(stand_in):
    items = ["a", "b", "c"]
    assert list(InProcess().map(stand_in.echo, items)) == ["A", "B", "C"]
    assert sorted(Processes(2).map(stand_in.echo, items)) == ["A", "B", "C"]


def test_a_worker_that_dies_costs_a_retry(stand_in):
    assert list(Processes(1).map(stand_in.die_once, ["a", "b"])) == ["A", "B"]


def test_workers_that_die_again_and_again_are_reported(stand_in):
    with pytest.raises(ScenarioError, match="worker processes died 3 times with nothing done, 1 of 1 pieces are left"):
        list(Processes(1).map(stand_in.die, ["a"]))


@pytest.mark.parametrize("before", [None, "4"])
def test_processes_use_one_thread_and_the_setting_comes_back(monkeypatch, before):
    monkeypatch.delenv(THREADS, raising=False)
    if before is not None:
        monkeypatch.setenv(THREADS, before)
    with one_thread():
        assert os.environ[THREADS] == "1"
    assert os.environ.get(THREADS) == before


def test_pieces_stay_objects_in_this_process_and_are_text_elsewhere(stand_in):
    piece = object()
    here = Work(here=lambda given: given, there=stand_in.echo, encode=repr, decode=str.lower)
    assert list(compute_all(InProcess(), here, [piece])) == [piece]
    assert list(compute_all(Processes(1), here, ["a", "b"])) == ["'a'", "'b'"]
