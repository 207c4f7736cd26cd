"""Settings of a simulation, in their three parts."""

import dataclasses

import pytest

import charging
from charging import Behaviour, behaviour_of, simulate, town_summary
from charging.inputs.behaviour import PARTS, Chargers, DriverRules, Reporting
from charging.inputs.outages import OutageParameters
from data import DataError, load_county


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


def test_the_parts_share_no_setting_and_make_up_the_whole():
    names = [field.name for part in PARTS for field in dataclasses.fields(part)]
    assert len(names) == len(set(names))
    assert set(names) == {field.name for field in dataclasses.fields(Behaviour)}


def test_a_countys_settings_are_those_of_its_parts(county):
    whole = Behaviour.from_county(county)
    for part in (DriverRules, Chargers, Reporting):
        chosen = part.from_county(county)
        assert {name: getattr(whole, name) for name in dataclasses.asdict(chosen)} == dataclasses.asdict(chosen)
    assert whole.late_wait_min == county.figure("charging.los_wait_min")
    assert behaviour_of(county) == whole
    assert behaviour_of(county, max_tries=7, module_kw=20.0) == dataclasses.replace(whole, max_tries=7, module_kw=20.0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"late_wait_min": -1.0}, "late_wait_min: got -1.0, expected 0 minutes or more"),
        ({"interval_min": 0.0}, "interval_min: got 0.0"),
        ({"efficiency_dc": 0.0}, "efficiency_dc: got 0.0"),
        ({"max_tries": 0}, "max_tries: got 0"),
        ({"information": "lief"}, "information: got 'lief'"),
    ],
)
def test_each_part_validates_its_settings(settings, words):
    with pytest.raises(DataError, match=words):
        Behaviour(**settings)


def test_a_name_that_is_no_setting_is_said(county):
    with pytest.raises(DataError, match="'max_try' is not a setting"):
        behaviour_of(county, max_try=2)


def test_what_is_late_is_a_setting(make_layout, make_requests):
    # one pile, an hour each: the waits are 0, 50, 100 and 150 minutes
    requests = make_requests(*({"arrive_min": 10.0 * number, "energy_kwh": 60.0} for number in range(4)))
    shares = {}
    for limit in (49.0, 50.0, 149.0):
        result = simulate(make_layout({"town": "t"}), requests, behaviour={"late_wait_min": limit})
        shares[limit] = result.stations["late_share"].item()
    assert shares == {49.0: 0.75, 50.0: 0.5, 149.0: 0.25}
    towns = town_summary(result.stations, result.sessions, late_wait_min=100.0)
    assert towns["late_share"].item() == 0.25
    assert simulate(make_layout(), requests).stations["late_share"].to_list() == [None]  # nobody said what is late


def test_outages_are_drawn_with_the_countys_parameters(county, make_layout):
    layout = make_layout({"piles": 30})
    parameters = OutageParameters.from_county(county)
    drawn = charging.draw_outages(
        layout, availability=parameters.availability, repair_h=parameters.repair_h, days=30.0, seed=4
    )
    assert drawn.height
    assert charging.outages_of(county, layout, days=30.0, seed=4).equals(drawn)
