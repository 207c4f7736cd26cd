"""Sharing of power among guns."""

import pytest

from charging import simulate
from charging.power.allocation import share, whole_modules_kw
from data.errors import DataError


@pytest.mark.parametrize(
    ("capacity", "wanted", "expected"),
    [
        (120, [90, 70], [60, 60]),
        (120, [30, 110], [30, 90]),
        (180, [40, 90, 120], [40, 70, 70]),
        (480, [60, 60, 120, 250, 90], [60, 60, 120, 150, 90]),
        (120, [50, 60], [50, 60]),
        (0, [50, 60], [0, 0]),
        (120, [], []),
    ],
)
def test_dynamic_is_max_min_fair(capacity, wanted, expected):
    assert share(capacity, wanted) == pytest.approx(expected)


def test_modules_round_down_and_the_rest_goes_to_the_first_come():
    assert share(180, [40, 90, 120], module_kw=30) == pytest.approx([40, 60, 60])
    assert share(120, [90, 70], module_kw=40) == pytest.approx([80, 40])


def test_other_policies():
    assert share(120, [90, 70], "equal") == [60, 60]
    assert share(120, [30, 110], "equal") == [30, 60]
    assert share(120, [0, 110], "equal") == [0, 110]
    assert share(120, [90, 70], "sequential") == [90, 0]
    assert share(120, [0, 70], "sequential") == [0, 70]
    assert share(60, [90, 70], "exclusive") == [60, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: share(120, [1], "dynamik"), "Did you mean 'dynamic'"),
        (lambda: share(-1, [1]), "capacity_kw: got -1"),
        (lambda: share(10, [float("nan")]), r"wanted_kw\[0\]: got nan"),
        (lambda: share(10, [5], module_kw=0), "module_kw: got 0"),
        (lambda: share(10, [5], module_kw=1e-300), "module_kw: got 1e-300, expected a finite number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(DataError, match=message):
        call()


@pytest.mark.parametrize(
    ("capacity", "wishes", "module", "parts"),
    [
        (120.0, [32.0, 87.8], 30.0, [32.0, 60.0]),
        (97.0, [97.0], 30.0, [90.0]),
        (20.0, [50.0], 30.0, [20.0]),
        (20.0, [50.0, 50.0], 30.0, [20.0, 0.0]),
    ],
)
def test_whole_modules_only_and_a_small_pile_is_one(capacity, wishes, module, parts):
    assert share(capacity, wishes, module_kw=module) == pytest.approx(parts)


@pytest.mark.parametrize(
    ("capacity", "module", "whole"),
    [(97.0, 30.0, 90.0), (120.0, 20.0, 120.0), (119.9, 40.0, 80.0), (20.0, 30.0, 20.0), (97.0, None, 97.0)],
)
def test_a_pile_gives_its_whole_modules_and_no_more(capacity, module, whole):
    assert whole_modules_kw(capacity, module) == pytest.approx(whole)


@pytest.mark.parametrize("guns", [1, 2])
def test_a_vehicle_alone_gets_the_whole_modules_of_its_pile(make_layout, make_requests, guns):
    # three modules of 30 kW fit into 97 kW; the seven kW left are no module
    layout = make_layout({"pile_kw": 97.0, "guns_per_pile": guns, "sharing": "dynamic"})
    found = simulate(layout, make_requests({"energy_kwh": 45.0, "accept_kw": 200.0}), behaviour={"module_kw": 30.0})
    assert found.sessions["peak_kw"].to_list() == [pytest.approx(90.0)]
    assert found.sessions["full_min"].to_list() == [pytest.approx(30.0)]
