"""The clock: its own loop and its tasks do what SimPy's loop and processes do."""

import math

import numpy as np
import pytest
import simpy

from charging.engine.clock import FIRST, LAST, NORMAL, Call, Clock


def test_tasks_go_on_when_processes_would():
    def work(env, log, name, wait):
        for number in range(4):
            yield wait(env, 1.5 + number)
            log.append((name, env.now))

    def delay(_, minutes):
        return minutes

    def timeout(env, minutes):
        return env.timeout(minutes)

    logs = []
    for kind in ("task", "process", "mixed"):
        clock, log = Clock(), []
        for name in ("a", "b", "c"):
            if kind == "process":
                clock.process(work(clock, log, name, timeout))
            else:
                clock.start(work(clock, log, name, timeout if kind == "mixed" and name == "b" else delay))
        clock.run_before(100.0)
        logs.append(log)
        assert clock.now == 100.0
    assert logs[0] == logs[1] == logs[2]
    assert [time for _, time in logs[0]][::3] == [1.5, 4.0, 7.5, 12.0]


def test_a_task_waits_for_events_and_not_for_what_has_happened():
    clock, log = Clock(), []
    opened, past = clock.event(), clock.event()

    def work():
        yield 5.0
        yield past
        log.append(clock.now)
        yield opened
        log.append(clock.now)

    past.succeed()
    task = clock.start(work())
    clock.succeed_at(8.25, opened)
    clock.run(until=task.ended)
    assert log == [5.0, 8.25]
    assert clock.now == 8.25


def test_a_run_before_a_time_ends_where_simpy_does():
    seen = []
    for own in (True, False):
        clock, log = Clock(), []
        for minute in (1.0, 3.0, 7.0):
            clock.call_at(minute, NORMAL, lambda call, log=log: log.append(call.load), minute)
        clock.call_at(1.0, LAST, lambda call, log=log: log.append(call.load), "last")
        clock.call_at(1.0, FIRST, lambda call, log=log: log.append(call.load), "first")
        # an event of SimPy's own among the calls
        clock.timeout(2.0).callbacks.append(lambda _, log=log: log.append("timeout"))
        if own:
            clock.run_before(7.0)
        else:
            simpy.Environment.run(clock, until=7.0)
        seen.append((log, clock.now))
    assert seen[0] == seen[1] == (["first", 1.0, "last", "timeout", 3.0], 7.0)


def test_a_run_until_an_event_ends_where_simpy_does():
    seen = []
    for own in (True, False):
        clock, log = Clock(), []
        for minute in (1.0, 3.0, 7.0):
            clock.call_at(minute, NORMAL, lambda call, log=log: log.append(call.load), minute)
        ends = clock.timeout(3.0) | clock.timeout(5.0)
        if own:
            clock.run_until(ends)
        else:
            simpy.Environment.run(clock, until=ends)
        seen.append((log, clock.now, clock.minute))
    assert seen[0] == seen[1] == ([1.0, 3.0], 3.0, 3.0)


def test_whoever_asks_late_hears_at_once_that_a_task_has_ended():
    clock = Clock()

    def work():
        yield 5.0

    task = clock.start(work())
    clock.run_before(9.0)
    assert not clock._queue  # nobody asked, so that nothing stood in the queue for it
    clock.run(until=task.ended)
    assert clock.now == 9.0
    assert task.ended is task.ended


def test_a_task_that_waits_for_nothing_goes_on_when_it_is_put_on_the_clock():
    clock, log = Clock(), []

    def work():
        yield None
        log.append(clock.now)
        yield None
        log.append(clock.now)

    task = clock.start(work())
    clock.call_at(4.0, NORMAL, lambda _: clock.put(7.5, NORMAL, task), None)
    clock.run_before(100.0)
    assert log == [7.5]
    task.drop()
    clock.put(110.0, NORMAL, task)
    clock.run_before(200.0)
    assert log == [7.5]


@pytest.mark.parametrize("seed", range(8))
def test_a_task_that_waits_outside_the_queue_goes_on_when_a_process_would(seed):
    def work(env, log, name, waits, wait):
        for minutes in waits:
            yield wait(env, minutes)
            log.append((name, env.now))

    logs = []
    for kind in ("task", "process"):
        # few whole minutes, so that many fall on one, and some waits of none
        rng = np.random.default_rng(seed)
        clock, log = Clock(), []
        for name in range(3):
            waits = rng.integers(0, 4, 12).astype(float).tolist()
            if kind == "process":
                clock.process(work(clock, log, name, waits, lambda env, minutes: env.timeout(minutes)))
            else:
                clock.start(work(clock, log, name, waits, lambda _, minutes: minutes))
        times = np.sort(rng.integers(0, 20, 6)).astype(float).tolist()
        clock.run_with(times, lambda number, log=log, clock=clock: log.append(("given", number, clock.now)))
        logs.append(log)
    assert logs[0] == logs[1]


def test_a_task_does_not_go_on_before_others_who_heard_the_same_event():
    clock, log = Clock(), []
    opened = clock.event()

    def work():
        yield opened
        log.append("opened")
        yield 0.0
        log.append("later")

    clock.start(work())
    clock.call_at(1.0, NORMAL, lambda _: opened.callbacks.append(lambda _: log.append("other")), None)
    clock.succeed_at(2.0, opened)
    clock.run_before(10.0)
    assert log == ["opened", "other", "later"]


class Ticks:
    """Calls at every whole minute beside the queue, each put off to the next when it comes."""

    def __init__(self, clock, log, end):
        self.next_min, self._order, self._end = 1.0, clock.order(), end
        self._call = Call(lambda _: log.append(("tick", clock.minute)), None)

    def happen(self, until_min, order, new):
        if (self.next_min, self._order) >= (until_min, order):
            return None
        now, self._order = self.next_min, new
        self.next_min = now + 1.0 if now < self._end else math.inf
        return now, self._call


@pytest.mark.parametrize("seed", range(8))
def test_what_happens_beside_the_queue_comes_as_if_it_stood_there(seed):
    logs = []
    for beside in (True, False):
        rng = np.random.default_rng(seed)
        clock, log = Clock(), []

        def tick(call, clock=clock, log=log):
            log.append(("tick", clock.minute))
            if clock.minute < 15.0:
                clock.put(clock.minute + 1.0, NORMAL, call)

        def work(name, waits, clock=clock, log=log):
            for minutes in waits:
                yield minutes
                log.append((name, clock.minute))

        ticks = Ticks(clock, log, 15.0)
        if not beside:
            clock.call_at(1.0, NORMAL, tick, None)
        for name in range(2):
            clock.start(work(name, (0.5 * rng.integers(0, 5, 9)).tolist()))
        for priority in (FIRST, LAST):
            clock.call_at(4.0, priority, lambda _, log=log, priority=priority: log.append(priority), None)
        if beside:
            clock.run_beside(ticks)
        else:
            clock.run_before(math.inf)
        logs.append(log)
    assert logs[0] == logs[1]
    assert logs[0][-1][1] >= 15.0
