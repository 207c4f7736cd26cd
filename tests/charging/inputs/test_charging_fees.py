"""Fees by period: the rates of a week, what they make of a bill, and what a driver makes of them."""

import math

import numpy as np
import polars as pl
import pytest

import charging
from charging.inputs.fees import Fees
from charging.inputs.hours import weekly
from charging.inputs.rates import Rate
from data import DataError
from data.tables.week_texts import fee_rules

ENGINES = pytest.mark.parametrize("engine", ["simpy", "compiled"])
DAY = 1440.0
NONE = dict.fromkeys(("fee_cny_kwh", "start_fee_cny", "time_fee_cny_h", "idle_fee_cny_h", "idle_free_min", "fee_hours"))
# the parking prices of OCPI's tariff_4_complex: 5 an hour on weekdays 9-18, 6 on Saturdays 10-17
OCPI = "Mo-Fr 09:00-18:00 idle 5; Sa 10:00-17:00 idle 6"


def fees(text, first_weekday=0, **row):
    return Fees.of_row(NONE | row | {"fee_periods": text}, first_weekday=first_weekday)


def test_a_rate_steps_through_the_week():
    idle = fees(OCPI).idle
    of_day = {0: (539.0, 540.0, 1079.0, 1080.0), 5: (599.0, 600.0, 1019.0, 1020.0), 6: (600.0,)}
    got = {day: [idle.at(day * DAY + minute) for minute in minutes] for day, minutes in of_day.items()}
    assert got == {0: [0.0, 5.0, 5.0, 0.0], 5: [0.0, 6.0, 6.0, 0.0], 6: [0.0]}
    # the next week is like the first, and a run that begins on a Saturday has that day first
    assert idle.at(7.0 * DAY + 540.0) == 5.0
    assert fees(OCPI, first_weekday=5).idle.at(600.0) == 6.0


def test_a_later_rule_holds_where_two_speak_of_an_hour():
    energy = fees("energy 0.4; 18:00-06:00 energy 0.2; Su energy 0", fee_cny_kwh=9.0).energy
    assert [energy.at(minute) for minute in (0.0, 720.0, 1100.0, 6.0 * DAY + 700.0)] == [0.2, 0.4, 0.2, 0.0]


def test_what_no_period_speaks_of_keeps_the_fee_of_all_hours():
    found = fees("22:00-08:00 energy 0.1", fee_cny_kwh=0.5, time_fee_cny_h=6.0, fee_hours="08:00-22:00")
    assert (found.energy.at(600.0), found.energy.at(0.0)) == (0.5, 0.1)
    assert (found.time.at(600.0), found.time.at(0.0)) == (6.0, 0.0)
    assert not found.idle.asked


def test_sums_over_stays_are_those_of_single_minutes():
    """Minute by minute over three weeks, for stays of any length, vector and scalar."""
    rate = Rate.of_rules(0.3, weekly("Mo-Sa 07:13-21:40"), fee_rules("Sa,Su 20:00-02:00 idle 4; We 12:00-13:00 idle 2"))
    each = np.array([rate.at(minute) for minute in range(3 * 7 * 1440)])
    starts, ends = (
        np.array([0.0, 400.0, 9000.0, 10_070.0, 700.0]),
        np.array([30_240.0, 401.0, 21_000.0, 10_200.0, 700.0]),
    )
    by_minute = [float(each[int(start) : int(end)].sum()) for start, end in zip(starts, ends, strict=True)]
    assert rate.over(starts, ends) == pytest.approx(by_minute)
    means = [rate.mean(start, end) * (end - start) for start, end in zip(starts, ends, strict=True)]
    assert means == pytest.approx(by_minute)
    assert rate.at_each(starts).tolist() == [rate.at(minute) for minute in starts]
    edges, values = rate.until(10_080.0)
    assert edges[-1] == math.inf
    assert [values[np.searchsorted(edges, minute, side="right") - 1] for minute in (0.0, 10_500.0)] == [
        rate.at(0.0),
        rate.at(10_500.0),
    ]


@ENGINES
@pytest.mark.parametrize("sharing", [{}, {"guns_per_pile": 2, "sharing": "dynamic"}])
def test_c25_the_kwh_has_the_price_of_its_period(make_layout, make_requests, engine, sharing):
    """60 kW from 7:30 to 8:30: 30 kWh at the night's price and 30 at the day's, on top of the tariff."""
    group = {"fee_cny_kwh": 0.8, "fee_periods": "22:00-08:00 energy 0.2"} | sharing
    tariff = pl.DataFrame({"start_min": [0.0, 460.0], "cny_per_kwh": [0.5, 1.0]})
    ask = make_requests({"arrive_min": 450.0, "energy_kwh": 60.0, "overstay_min": 30.0})
    found = charging.simulate(make_layout(group), ask, tariff=tariff, engine=engine).sessions
    assert found["cost_cny"].to_list() == pytest.approx([30.0 * 0.2 + 30.0 * 0.8 + 10.0 * 0.5 + 50.0 * 1.0])
    # losses are paid for: the fee is for the kWh at the meter
    lossy = charging.simulate(make_layout(group), ask, behaviour={"efficiency_dc": 0.8}, engine=engine).sessions
    assert lossy["cost_cny"].to_list() == pytest.approx([(30.0 * 0.2 + 30.0 * 0.8) / 0.8])


def test_a_price_of_the_kwh_by_period_is_that_of_its_own_station(make_layout, make_requests):
    stations = make_layout({"fee_periods": "energy 1; 00:20-24:00 energy 2"}, {"station_id": "T"})
    ways = pl.DataFrame({"origin": ["o", "p"], "station_id": ["s", "T"], "minutes": [0.0, 0.0], "km": [0.0, 0.0]})
    ask = make_requests({"origin": "o", "energy_kwh": 30.0}, {"origin": "p", "energy_kwh": 30.0})
    assert charging.simulate(stations, ask, ways).sessions["cost_cny"].to_list() == pytest.approx([40.0, 0.0])


@ENGINES
def test_start_time_and_idle_fees_have_the_price_of_their_period(make_layout, make_requests, engine):
    """Starts at 7:50 (2 CNY), 30 min at the gun: 10 of them before 8 at 6/h; 10 of idling at 60/h after 8:10."""
    periods = "07:00-08:00 start 2; 07:00-08:00 time 6; time 0; 07:00-08:00 time 6; 08:00-09:00 idle 60"
    ask = make_requests({"arrive_min": 470.0, "energy_kwh": 20.0, "overstay_min": 10.0})
    found = charging.simulate(make_layout({"start_fee_cny": 1.0, "fee_periods": periods}), ask, engine=engine).sessions
    assert found["cost_cny"].to_list() == pytest.approx([2.0 + 1.0 + 10.0])


def test_the_price_of_the_hour_counts_in_the_choice_of_a_station(make_layout, make_requests):
    """A night price at the farther station is worth the way at 7:00, not at 8:00, and only 2 min of it at 7:50."""
    rows = ({"fee_cny_kwh": 0.6, "piles": 3}, {"station_id": "T", "fee_cny_kwh": 0.6, "piles": 3})
    rows[0]["fee_periods"], rows[1]["fee_periods"] = "energy 0.6", "22:00-08:00 energy 0.1"
    ways = pl.DataFrame({"origin": ["o"] * 2, "station_id": ["s", "T"], "minutes": [0.0, 8.0], "km": [0.0, 5.0]})
    # 20 kWh in 20 min: 10 CNY less where all of it is before 8, 1 CNY less where 2 of the 20 min are
    times = (420.0, 480.0, 470.0)
    ask = make_requests(*[{"arrive_min": at, "origin": "o"} for at in times])
    found = charging.simulate(make_layout(*rows), ask, ways, behaviour={"price_weight": 1.0}).sessions
    assert found["station_id"].to_list() == ["T", "s", "s"]
    dear = charging.simulate(make_layout(*rows), ask, ways, behaviour={"price_weight": 20.0}).sessions
    assert dear["station_id"].to_list() == ["T", "s", "T"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("08:00-20:00 parking 5", "does not end in one of energy, start, time, idle and an amount"),
        ("08:00-20:00 idle five", "'five' is no amount of 0 or more"),
        ("08:00-20:00 idle -1", "'-1' is no amount of 0 or more"),
        ("08:00-25:61 idle 1", "'25:61' is no time of the day"),
        ("Mo off energy 1", "'Mo off energy 1' names no hour"),
        (";", "it names no fee"),
    ],
)
def test_periods_that_cannot_be_read_are_named(make_layout, make_requests, text, words):
    with pytest.raises(
        DataError, match=r"row 0, column 'fee_periods'.*Expected days, times, what is paid for"
    ) as fault:
        charging.simulate(make_layout({"fee_periods": text}), make_requests({}))
    assert words in str(fault.value)
