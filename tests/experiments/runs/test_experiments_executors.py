"""Executors: the same answers whatever the number of processes; a worker that dies costs a retry."""

import multiprocessing
import os
import signal

import pytest

from data.errors import ScenarioError
from experiments.own_process import ONE_THREAD
from experiments.runs.executors import (
    InProcess,
    Processes,
    Work,
    compute_all,
    executor_of,
    local,
    one_thread,
    team,
)


def test_names_give_executors():
    assert executor_of(None, jobs=1) == InProcess()
    assert executor_of(None, jobs=3) == Processes(3, here=True)
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


def test_workers_are_born_deaf_to_ctrl_c_and_who_starts_them_hears_it_afterwards(stand_in):
    started = team.Team(1)
    try:
        assert started.submit(stand_in.deaf, "").result() == "True"
    finally:
        started.end()
    assert stand_in.deaf("") == "False"
    passed = []

    def start():
        with team.deaf_to_interrupts():
            signal.raise_signal(signal.SIGINT)
            passed.append("started")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert passed == ["started"]


def test_a_worker_that_dies_costs_a_retry(stand_in):
    assert list(Processes(1).map(stand_in.die_once, ["a", "b"])) == ["A", "B"]


def test_workers_that_die_again_and_again_are_reported(stand_in):
    with pytest.raises(ScenarioError, match="worker processes died 3 times with nothing done, 1 of 1 pieces are left"):
        list(Processes(1).map(stand_in.die, ["a"]))


@pytest.mark.parametrize("name", ONE_THREAD)
@pytest.mark.parametrize("before", [None, "4"])
def test_processes_use_one_thread_and_the_setting_comes_back(monkeypatch, name, before):
    monkeypatch.delenv(name, raising=False)
    if before is not None:
        monkeypatch.setenv(name, before)
    with one_thread():
        assert os.environ[name] == "1"
    assert os.environ.get(name) == before


def test_pieces_stay_objects_in_this_process_and_are_text_elsewhere(stand_in):
    piece = object()
    here = Work(here=lambda given: given, there=stand_in.echo, encode=repr, decode=str.lower)
    assert list(compute_all(InProcess(), here, [piece])) == [piece]
    assert list(compute_all(Processes(1), here, ["a", "b"])) == ["'a'", "'b'"]


@pytest.fixture
def sharing(monkeypatch):
    """Return an executor of two processes, of which this one is one: as the command line has it."""
    monkeypatch.setattr(local, "_one_threaded", lambda: True)
    return Processes(2, here=True)


submit = team.Team.submit


def work_of(there, seen):
    def here(piece):
        seen.append(piece)
        return piece.upper()

    return Work(here=here, there=there, encode=str, decode=str)


def test_this_process_computes_its_share(stand_in, sharing):
    seen, pieces = [], [f"p{number}" for number in range(40)]
    assert sharing.others == 1
    assert sorted(compute_all(sharing, work_of(stand_in.echo, seen), pieces)) == sorted(map(str.upper, pieces))
    assert set(seen) < set(pieces)
    assert len(seen) == len(set(seen)) > 0


def test_what_this_process_does_meanwhile_comes_before_its_first_piece(stand_in, sharing):
    for executor in (InProcess(), Processes(1), sharing):
        seen = []
        work, pieces = work_of(stand_in.echo, seen), ["a", "b", "c", "d"]

        def meanwhile(seen=seen):
            assert not seen
            seen.append("meanwhile")

        assert sorted(compute_all(executor, work, pieces, meanwhile=meanwhile)) == ["A", "B", "C", "D"]
        assert seen.count("meanwhile") == 1


def test_others_have_begun_when_this_process_does_something_else(stand_in, sharing, monkeypatch):
    given = []
    monkeypatch.setattr(team.Team, "submit", lambda self, work, text: given.append(text) or submit(self, work, text))
    for executor in (sharing, Processes(1)):
        given.clear()
        list(compute_all(executor, work_of(stand_in.echo, []), ["a", "b"], meanwhile=lambda: given.append("meanwhile")))
        assert given.index("a") < given.index("meanwhile")


def test_a_fault_of_what_is_done_meanwhile_leaves_no_process(stand_in, sharing):
    def broken():
        raise ScenarioError("no room")

    for executor in (sharing, Processes(1)):
        with pytest.raises(ScenarioError, match="no room"):
            list(compute_all(executor, work_of(stand_in.echo, []), ["a", "b"], meanwhile=broken))
        assert not team._kept


def test_processes_without_work_are_dismissed(sharing):
    before = set(multiprocessing.active_children())
    sharing.start(2)
    assert set(multiprocessing.active_children()) - before
    sharing.dismiss()
    assert set(multiprocessing.active_children()) <= before


def test_a_death_elsewhere_costs_a_retry_but_not_here(stand_in, sharing):
    seen, pieces = [], ["a", "b", "c"]
    # the first piece goes to the other process, which dies of it
    assert sorted(compute_all(sharing, work_of(stand_in.die_once, seen), pieces)) == ["A", "B", "C"]
    assert "a" not in seen


def test_a_fault_in_a_piece_comes_through_and_leaves_no_process(stand_in, sharing):
    def broken(piece):
        raise ScenarioError(f"{piece} is faulty")

    work = Work(here=broken, there=stand_in.echo, encode=str, decode=str)
    with pytest.raises(ScenarioError, match="is faulty"):
        list(compute_all(sharing, work, ["a", "b", "c", "d"]))
    assert not team._kept


def test_processes_are_kept_for_the_next_run_and_not_where_modules_are_found_elsewhere(stand_in, monkeypatch):
    assert list(Processes(1).map(stand_in.echo, ["a"])) == ["A"]
    first = team._kept[0]
    assert list(Processes(1).map(stand_in.echo, ["b"])) == ["B"]
    assert team._kept == [first]
    monkeypatch.syspath_prepend("elsewhere")
    assert list(Processes(1).map(stand_in.echo, ["c"])) == ["C"]
    assert team._kept != [first]


def test_with_several_threads_of_polars_others_do_all_the_work(monkeypatch):
    monkeypatch.setattr(local, "_one_threaded", lambda: False)
    assert Processes(3, here=True).others == 3
