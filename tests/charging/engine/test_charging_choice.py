"""Choice of a station as plain functions: no clock, no simulator."""

import math
import subprocess
import sys

import numpy as np
import pytest

from charging.engine.choice import (
    all_in_turn,
    any_cheaper,
    balks,
    expected_wait_min,
    good_options,
    in_turn,
    is_clearly_nearest,
    joint_charge_min,
    travel_cost_min,
)

# number, minutes, km; nearest first
OPTIONS = [(4, 5.0, 3.0), (2, 8.0, 6.0), (7, 20.0, 15.0)]


def cost(extra=()):
    """Return minutes of the way plus something a station, and the stations that were asked for."""
    asked = []

    def cost_min(option):
        asked.append(option[0])
        return option[1] + dict(extra).get(option[0], 0.0)

    return cost_min, asked


@pytest.mark.parametrize(
    ("extra", "margin", "expected"),
    [
        ({}, 0.0, [4]),
        ({4: 3.0}, 0.0, [4]),  # of equals the first
        ({4: 3.1}, 0.0, [2]),
        ({}, 3.0, [4, 2]),  # at most the margin
        ({4: 30.0}, 12.0, [2, 7]),
        ({4: 30.0, 2: 30.0}, 0.0, [7]),
    ],
)
def test_the_cheapest_options_within_the_margin(extra, margin, expected):
    assert [option[0] for option in good_options(OPTIONS, cost(extra)[0], margin_min=margin)] == expected


def test_stations_too_far_to_be_better_are_not_looked_at():
    cost_min, asked = cost()
    good_options(OPTIONS, cost_min, margin_min=2.0)
    assert asked == [4]
    cost_min, asked = cost({4: 4.0})
    good_options(OPTIONS, cost_min, margin_min=2.0)
    assert asked == [4, 2]


@pytest.mark.parametrize(("extra", "than", "expected"), [({}, 5.0, False), ({}, 5.1, True), ({4: 9.0}, 8.5, True)])
def test_another_station_is_cheaper_or_not(extra, than, expected):
    assert any_cheaper(OPTIONS, cost(extra)[0], than) is expected


def test_no_station_beyond_the_cost_here_is_asked_for_its_fee():
    cost_min, asked = cost({4: 9.0, 2: 9.0})
    assert not any_cheaper(OPTIONS, cost_min, 8.5)
    assert asked == [4, 2]
    assert not any_cheaper([], cost_min, math.inf)


def test_a_nearest_station_is_clear_only_beyond_the_margin():
    assert is_clearly_nearest(OPTIONS, 2.9)
    assert not is_clearly_nearest(OPTIONS, 3.0)


def test_waits_and_fees_are_worth_travel():
    assert expected_wait_min(2, 4, 40.0) == 30.0
    assert travel_cost_min(10.0, 30.0, 4.0, wait_weight=1.5, price_weight=2.0) == 63.0
    assert balks(3, 3)
    assert not balks(2, 3)
    assert not balks(1000, math.inf)


def test_equally_good_stations_get_drivers_in_proportion():
    chosen = [in_turn(number, [30, 10, 60]) for number in range(1000)]
    assert [chosen.count(place) / 1000 for place in range(3)] == pytest.approx([0.3, 0.1, 0.6], abs=0.003)
    assert in_turn(1, [0.0, 0.0]) == 1


@pytest.mark.parametrize("weights", [[30, 10, 60], [1], [0.0, 0.0], [0.1] * 7, [2, 0, 1]])
def test_all_drivers_together_take_what_each_takes(weights):
    numbers = np.concatenate([np.arange(500), 10**12 + np.arange(500)])
    chosen = [in_turn(number, weights) for number in numbers.tolist()]
    assert all_in_turn(numbers, weights).tolist() == chosen


def test_a_charge_at_guns_of_several_kinds():
    # 2 guns of 30 min and 1 of 60 end 2 / 30 + 1 / 60 = 1 / 12 charges a minute: 3 guns as if all took 36 min
    assert joint_charge_min([2, 1], [30.0, 60.0]) == pytest.approx(36.0)
    assert joint_charge_min([2, 1], [0.0, 0.0]) == 0.0


def test_the_choice_needs_no_simulator():
    code = "import runpy, sys; runpy.run_path(sys.argv[1]); print({'simpy', 'polars', 'numba'} & set(sys.modules))"
    path = sys.modules["charging.engine.choice"].__file__
    made = subprocess.run([sys.executable, "-c", code, path], check=True, capture_output=True, text=True)
    assert made.stdout.strip() == "set()"
