"""Cases from public trackers and from a hostile reading, each with its right value; named as they are known there."""

import pytest

import charging


def only(frame, column):
    return frame[column].to_list()


def test_c14_a_driver_leaves_at_a_set_time_full_or_not(case):
    ask = case.requests(
        {"energy_kwh": 30.0, "leave_by_min": 30.0},
        {"energy_kwh": 30.0, "leave_by_min": 30.0},
        {"arrive_min": 30.0, "energy_kwh": 10.0},
    )
    found = charging.simulate(case.layout({"guns_per_pile": 2, "sharing": "dynamic"}), ask).sessions
    assert only(found, "energy_kwh") == pytest.approx([15.0, 15.0, 10.0])
    assert only(found, "unmet_kwh") == pytest.approx([15.0, 15.0, 0.0])
    assert only(found, "outcome") == ["served"] * 3
    assert found["plug_min"][2] == 30.0


def test_c14_at_a_pile_that_stands_alone_too(case):
    ask = case.requests({"energy_kwh": 60.0, "leave_by_min": 30.0}, {"arrive_min": 10.0, "energy_kwh": 10.0})
    found = charging.simulate(case.layout({}), ask).sessions
    assert only(found, "energy_kwh") == pytest.approx([30.0, 10.0])
    assert found["plug_min"][1] == 30.0


def test_c14_who_must_leave_before_a_gun_is_free_reneges(case):
    ask = case.requests({"energy_kwh": 60.0}, {"arrive_min": 10.0, "energy_kwh": 10.0, "leave_by_min": 40.0})
    found = charging.simulate(case.layout({}), ask).sessions
    assert only(found, "outcome") == ["served", "reneged"]
    assert found["leave_min"][1] == 40.0


def test_c22_a_session_without_energy_holds_the_gun(case):
    ask = case.requests({"energy_kwh": 0.0, "overstay_min": 45.0}, {"arrive_min": 5.0, "energy_kwh": 10.0})
    found = charging.simulate(case.layout({}), ask).sessions
    assert only(found, "outcome") == ["served", "served"]
    assert only(found, "plug_min") == [0.0, 45.0]
