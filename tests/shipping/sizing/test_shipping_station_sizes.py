"""Sizes of stations step by step, and what is over a target, by hand."""

from types import SimpleNamespace

import pytest

from data.goals import Goal, Service, Shown
from shipping.sizing.shore import BOX_STEP, size_shore
from shipping.sizing.station_sizes import StationSearch, StationSize, changed, smaller

SIZE = StationSize(2, 250.0, all_day=True, trucks=3)


@pytest.mark.parametrize(
    ("what", "steps", "value"),
    [
        ("berths", 1, 3),
        ("berths", -1, 1),
        ("tank_m3", 2, 350.0),
        ("tank_m3", -1, 200.0),
        ("trucks", -2, 1),
        ("all_day", -1, False),
        ("all_day", 1, True),
        ("barge", 1, True),
        ("berths", 0, 2),
    ],
)
def test_a_step_of_a_field(what, steps, value):
    assert SIZE.step(what, steps) == SIZE._replace(**{what: value})


def test_how_many_steps_down_there_are():
    assert [SIZE.steps_down(what) for what in StationSize._fields] == [1, 3, 1, 2, 0]
    assert [StationSize(1, 100.0, all_day=False, trucks=1).steps_down(what) for what in StationSize._fields] == [0] * 5


def test_one_step_less_at_one_station_at_a_time():
    least = StationSize(1, 100.0, all_day=False, trucks=1)
    other = least._replace(berths=2, barge=True)
    assert smaller((least, other)) == [(least, other._replace(berths=1)), (least, other._replace(barge=False))]
    assert smaller((SIZE,)) == [
        (SIZE._replace(berths=1),),
        (SIZE._replace(tank_m3=200.0),),
        (SIZE._replace(all_day=False),),
        (SIZE._replace(trucks=2),),
    ]
    assert changed((least, other), 1, "berths", 3) == (least, other._replace(berths=5))


def test_what_is_over_is_summed_relative_to_the_limits():
    goals = [Goal("wait_min", "<=", 50.0), Goal("lost", "<=", 0.0), Goal("share", ">=", 0.8)]
    search = SimpleNamespace(goals=goals)
    shown = {"wait_min": Shown(55.0, 50.0, 60.0), "lost": Shown(0.0, 0.0, 0.0), "share": Shown(0.9, 0.6, 1.0)}
    # 10 of 50 min, and 0.2 of 0.8
    assert StationSearch.over(search, Service(shown)) == pytest.approx(0.2 + 0.25)
    # of a limit of 0 anything at all is far over
    assert StationSearch.over(search, Service(shown | {"lost": Shown(0.01)})) == pytest.approx(0.45 + 1e7)
    kept = {"wait_min": Shown(40.0), "lost": Shown(None), "share": Shown(0.9)}
    assert StationSearch.over(search, Service(kept)) == 0.0


def test_the_least_of_shore_chargers_and_boxes_is_not_tried_with_less():
    asked = []

    def evaluate(way, chargers, boxes, seeds):
        asked.append((way, chargers, boxes, seeds))
        return Service({"p95_wait_min": Shown(1.0)})

    found = size_shore(evaluate, [Goal("p95_wait_min", "<=", 60.0)])
    assert found.answer.rows() == [("charging", 1, 0), ("swapping", 1, BOX_STEP)]
    assert [one.key for one in found.binds] == ["way_smallest", "way_smallest"]
    assert sorted(asked) == [
        (way, 1, boxes, n) for way, boxes in (("charging", 0), ("swapping", BOX_STEP)) for n in (0, 1)
    ]
