"""Berths of a cargo terminal: first come, first served, and as they were recorded."""

import math

import pytest

from charging.engine.clock import NORMAL, Clock
from shipping.ports.quay import Quay, QuayCall, RecordedQuay


@pytest.fixture
def handled():
    """Return a function that lets vessels arrive (number, minute, stay) and returns when each was seen to leave."""

    def go(quay, *vessels):
        seen = {}
        calls = [
            QuayCall(number, f"v{number}", "quay", 100.0, stay, lambda number=number: seen.update({number: clock.now}))
            for number, _, stay in vessels
        ]
        clock = quay.clock
        for call, (_, minute, _) in zip(calls, vessels, strict=True):
            clock.call_at(minute, NORMAL, lambda event: quay.arrive(event.load), call)
        clock.run()
        return seen, calls

    return go


@pytest.mark.parametrize(
    ("berths", "starts"), [(1, [0.0, 60.0, 90.0, 110.0]), (2, [0.0, 10.0, 40.0, 60.0]), (9, [0.0, 10.0, 20.0, 30.0])]
)
def test_vessels_moor_in_the_order_of_their_arrival(handled, berths, starts):
    quay = Quay(Clock(), "quay", berths, [])
    seen, calls = handled(quay, (0, 0.0, 60.0), (1, 10.0, 30.0), (2, 20.0, 20.0), (3, 30.0, 15.0))
    assert [call.start_min for call in calls] == starts
    assert [call.leave_min for call in calls] == [
        start + call.stay_min for start, call in zip(starts, calls, strict=True)
    ]
    assert seen == {call.call_id: call.leave_min for call in calls}
    assert quay.calls == calls
    assert quay.taken == 0


def test_a_berth_that_was_left_is_free_again(handled):
    quay = Quay(Clock(), "quay", 1, [])
    _, calls = handled(quay, (0, 0.0, 10.0), (1, 50.0, 10.0), (2, 55.0, 10.0))
    assert [call.start_min for call in calls] == [0.0, 50.0, 60.0]


def test_vessels_stay_as_recorded_ones_did_whoever_else_is_there(handled):
    first = Quay(Clock(), "quay", 1, [])
    _, calls = handled(first, (0, 0.0, 60.0), (1, 10.0, 30.0), (2, 20.0, 20.0))
    # the third had not moored when the record ended
    calls[2].leave_min = math.nan
    again = RecordedQuay(Clock(), "quay", 1, [])
    again.record(calls)
    # the second comes 5 min later than it did, and so leaves 5 min later; nobody knows of the fourth
    seen, repeated = handled(again, (0, 0.0, 1.0), (1, 15.0, 1.0), (2, 20.0, 1.0), (3, 25.0, 1.0))
    assert seen == {0: 60.0, 1: 95.0}
    assert [call.arrive_min for call in repeated] == [0.0, 15.0, 20.0, 25.0]
