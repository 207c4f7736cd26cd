"""Simulated days of vehicles without a timetable: by hand without chance, chargers that are shared, streams."""

from dataclasses import replace

import numpy as np
import pytest

from fleet.operators.day_chance import COMPLETED, DUTY_ENDS, EMPTY, LATE, DayChance
from fleet.operators.duties.duties import Duties, DutyOption
from fleet.operators.duties.simulated_duties import DutyChargers, simulated_duties

STILL = DayChance(traffic_cv=0.0, trip_cv=0.0, temperature_sd_k=0.0, late_min=5.0)
KWH = 14.8  # 100 km of a taxi in mild weather


@pytest.fixture(scope="module")
def taxis(three_towns):
    row = three_towns.operators.filter(kind="taxi").row(0, named=True)
    given = Duties.from_county(three_towns, row, year=2025)
    # two cars on one day: 100 and 200 km in mild weather, 8 h until the next duty
    return replace(
        given,
        km=np.array([[100.0, 200.0]]),
        month=np.array([4]),
        temperature_c=np.array([20.0]),
        night_h=np.full((1, 2), 8.0),
        vehicles=2,
        today=2,
        weight=1.0,
        depot_kw=10.0,
    )


def lasting(duties, kwh, way="none"):
    return DutyOption(kwh / (duties.health_share * (1.0 - duties.reserve_share)), way)


def ends(duties, option, depot=2, chance=STILL, **given):
    found = simulated_duties(duties, option, DutyChargers(depot, 30.0), chance, days=given.pop("days", 1), **given)
    assert found.schema == DUTY_ENDS
    return found


def test_without_chance_a_day_is_what_the_battery_lasts_for(taxis):
    short = ends(taxis, lasting(taxis, 1.5 * KWH))
    assert short["outcome"].to_list() == [COMPLETED, EMPTY]
    assert short["least_kwh"].to_list() == pytest.approx([0.5 * KWH, -0.5 * KWH])
    assert ends(taxis, lasting(taxis, 2.0 * KWH + 1e-6))["outcome"].to_list() == [COMPLETED, COMPLETED]
    # the same as the days of the plan say
    assert taxis.result(lasting(taxis, 1.5 * KWH)).completed_share == 0.5


def test_a_swap_on_the_way_completes_it(taxis):
    assert ends(taxis, lasting(taxis, 1.5 * KWH, "swap"))["outcome"].to_list() == [COMPLETED, COMPLETED]
    # each stop gives one battery: a third of one is used up by two stops
    few = replace(taxis, most_stops=2.0)
    assert ends(few, lasting(few, KWH * 2.0 / 3.0 - 1e-6, "swap"))["outcome"].to_list() == [COMPLETED, EMPTY]


def test_chargers_of_the_depot_are_shared_and_the_last_one_is_late(taxis):
    full = lasting(taxis, 100.0)
    # both come home after 16 h; 14.8 and 29.6 kWh at 10 kW one after the other take 4.44 h of the 8
    assert ends(taxis, full, depot=1)["outcome"].to_list() == [COMPLETED, COMPLETED]
    slow = replace(taxis, depot_kw=5.0)
    one = ends(slow, full, depot=1)
    assert one["outcome"].to_list() == [COMPLETED, LATE]
    assert one["late_min"].to_list() == pytest.approx([0.0, 60.0 * (3.0 * KWH / 5.0 - 8.0)])
    assert ends(slow, full, depot=2)["outcome"].to_list() == [COMPLETED, COMPLETED]


def test_a_stop_takes_time_and_a_day_may_run_over(taxis):
    # 616 km at 28 km/h take 22 h; one swap of 4 x 14.8 kWh on the way, 1.84 of them are left
    far = replace(taxis, km=np.array([[616.0, 0.0]]), most_stops=9.0, night_h=np.full((1, 2), 8.0))
    option = lasting(far, 4.0 * KWH, "swap")
    found = ends(far, option)
    assert found["vehicle"].to_list() == [0]  # who stands has no duty
    assert found["late_min"].to_list() == [0.0]
    # the night is as long as the charge: the 30 min of the stop are missing in the morning
    tight = replace(far, night_h=np.full((1, 2), 2.16 * KWH / 10.0))
    found = ends(tight, option)
    assert found["late_min"].to_list() == pytest.approx([30.0])
    assert found["outcome"].to_list() == [LATE]


def test_days_have_streams_of_their_own(three_towns):
    row = three_towns.operators.filter(kind="taxi").row(0, named=True)
    given = Duties.from_county(three_towns, row, year=2025)
    option, jam = lasting(given, 25.0), replace(STILL, traffic_cv=0.4)
    found = ends(given, option, chance=jam, days=12)
    assert found["day"].n_unique() == 12
    assert ends(given, option, chance=jam, days=12).equals(found)
    # traffic costs time, not km: where the cabin takes nothing it takes no energy
    both = [ends(given, option, chance=one, days=12, temperature_c=20.0)["least_kwh"] for one in (jam, STILL)]
    assert both[0].to_list() == pytest.approx(both[1].to_list())
    cold = ends(given, option, days=12, temperature_c=given.consumption.climate.cold_c)
    mild = ends(given, option, days=12, temperature_c=20.0)
    assert cold.filter(outcome=COMPLETED).height < mild.filter(outcome=COMPLETED).height


def test_lorries_charge_between_tours_where_a_charger_is_free(three_towns):
    row = three_towns.operators.filter(kind="trucks").row(0, named=True)
    given = Duties.from_county(three_towns, row, year=2025)
    tours = replace(given.tours, part=np.full((1, 2, 2), 0.5), loaded_back=np.zeros((1, 2, 2), dtype=bool), depot_h=0.5)
    day = replace(
        given,
        km=np.full((1, 2), 100.0),
        month=np.array([4]),
        temperature_c=np.array([20.0]),
        night_h=np.full((1, 2), 10.0),
        depot_kw=20.0,
        weight=1.0,
        tours=tours,
        most_stops=0.0,
    )
    tour = float(day.used_kwh()[0, 0, 0])
    option = lasting(day, 2.0 * tour - 10.0 + 1e-6)
    assert day.result(option).completed_share == 1.0
    assert ends(day, option, depot=2)["outcome"].to_list() == [COMPLETED, COMPLETED]
    # with one charger the second lorry finds none while it is loaded, and does not set out again
    assert ends(day, option, depot=1)["outcome"].to_list() == [COMPLETED, EMPTY]
