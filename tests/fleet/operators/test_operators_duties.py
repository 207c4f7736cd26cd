"""Vehicles without a timetable: what a battery lasts for, by hand and by drawn days; pools."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from data.errors import DataError
from fleet.operators.duties.duties import Duties, DutyOption
from fleet.operators.duties.duty_chargers import night_chargers
from fleet.operators.duties.duty_days import pooled
from fleet.operators.operator_vehicles import vehicles_today


@pytest.fixture(scope="module")
def taxis(three_towns):
    row = three_towns.operators.filter(kind="taxi").row(0, named=True)
    return Duties.from_county(three_towns, row, year=2025)


def test_a_pool_needs_what_the_binomial_says():
    # two cars, each out half of the time: both with a probability of a quarter, none or one with three quarters
    assert pooled(2, 0.5, 0.74) == 1
    assert pooled(2, 0.5, 0.76) == 2
    assert pooled(400, 0.35, 0.98) == pytest.approx(400 * 0.35 + 2.05 * np.sqrt(400 * 0.35 * 0.65), abs=1.5)
    assert pooled(5, 0.0, 0.98) == 1


def test_days_are_completed_where_the_battery_lasts(taxis):
    days = replace(
        taxis,
        km=np.array([[100.0], [200.0]]).repeat(12, axis=0),
        month=np.repeat([1, 2], 12),
        temperature_c=np.full(24, 20.0),
        night_h=np.full((24, 1), 8.0),
    )
    # 100 km in mild weather take 14.8 kWh, 200 km twice as much
    lasts = 20.0 / (days.health_share * (1.0 - days.reserve_share))
    found = days.result(DutyOption(lasts, "none"))
    assert found.completed_share == pytest.approx(0.5)
    # 9.6 of 44.4 kWh are not had: that much more of the vehicles
    assert found.vehicles == int(np.ceil(days.vehicles * (1.0 + 9.6 / 44.4)))
    swapped = days.result(DutyOption(lasts, "swap"))
    assert (swapped.completed_share, swapped.vehicles) == (1.0, days.vehicles)
    assert swapped.stops_per_day == pytest.approx(0.5)
    fast = days.result(DutyOption(lasts, "fast"))
    assert fast.completed_share == 1.0
    assert found.kwh_per_day == pytest.approx(0.5 * (14.8 + 29.6) * days.km.shape[1])


def test_drawn_days_have_the_km_of_the_class(taxis):
    # 75,000 km on 350 days
    assert taxis.km.mean() == pytest.approx(75_000.0 / 350.0, rel=0.02)
    assert taxis.km.std() / taxis.km.mean() == pytest.approx(0.25, abs=0.02)
    small, large = (taxis.result(DutyOption(size, "none")) for size in (40.0, 80.0))
    assert small.completed_share < large.completed_share
    assert small.worst_share <= small.completed_share
    # a summer's cabin, not a mild month
    assert small.worst_month in {1, 2, 5, 6, 7, 8, 9, 12}


def test_many_vehicles_are_told_by_some_of_them(three_towns):
    row = three_towns.operators.filter(kind="taxi").row(0, named=True) | {"vehicles": 5000}
    many = Duties.from_county(three_towns, row, year=2025)
    assert (many.vehicles, many.km.shape[1], many.weight) == (5000, 400, 12.5)
    assert many.km_per_day == pytest.approx(5000 * 75_000.0 / 350.0, rel=0.01)
    found = many.result(DutyOption(1000.0, "none"))
    assert found.vehicles == 5000
    year = found.tours.filter(pl.col("month").is_null())
    assert year["tours_per_day"].sum() == pytest.approx(5000.0)
    assert found.kwh_per_day == pytest.approx(many.weight * many.used_kwh().sum() / len(many.km))


def test_moving_the_spread_of_km_moves_no_temperature(three_towns, taxis):
    row = three_towns.operators.filter(kind="taxi").row(0, named=True)
    other = Duties.from_county(three_towns.with_figures({"operators.temperature_sd_k": 0.0}), row, year=2025)
    assert np.array_equal(other.km, taxis.km)
    assert not np.array_equal(other.temperature_c, taxis.temperature_c)


def test_chargers_of_a_night_share_its_energy():
    assert night_chargers(480.0, 60.0, 8.0) == 1
    assert night_chargers(480.1, 60.0, 8.0) == 2


@pytest.fixture(scope="module")
def trucks(three_towns):
    row = three_towns.operators.filter(kind="trucks").row(0, named=True)
    return Duties.from_county(three_towns, row, year=2025)


def test_tours_share_the_km_of_the_day_and_charge_while_they_are_loaded(trucks):
    assert trucks.tours.part.sum(axis=2) == pytest.approx(1.0)
    number = (trucks.tours.part > 0.0).sum(axis=2)
    assert number.min() >= 1
    # as many tours as make the mean length
    assert trucks.km.mean() / number.mean() == pytest.approx(150.0, rel=0.15)
    # one vehicle, a day of two tours of 50 km each, out loaded and back empty, in mild weather
    part, back = np.array([[[0.5, 0.5]]]), np.array([[[False, False]]])
    tours = replace(trucks.tours, part=part, loaded_back=back, depot_h=0.5)
    day = replace(
        trucks,
        vehicles=1,
        today=1,
        km=np.array([[100.0]]),
        month=np.array([4]),
        temperature_c=np.array([20.0]),
        depot_kw=20.0,
        night_h=np.array([[24.0]]),
        most_stops=1.0,
        tours=tours,
    )
    use = day.consumption.kwh
    tour = float(
        use(25.0, 0.0, load_t=tours.load_t, temperature_c=20.0) + use(25.0, 0.0, load_t=0.0, temperature_c=20.0)
    )
    assert day.used_kwh().ravel() == pytest.approx([tour, tour])
    keeps = day.health_share * (1.0 - day.reserve_share)

    def done(lasts, way="none"):
        return day.result(DutyOption(lasts / keeps, way))

    # the first tour empties the battery; half an hour in the depot gives 10 kWh back
    assert done(2.0 * tour - 10.0 + 1e-6).completed_share == 1.0
    short = done(2.0 * tour - 10.0 - 1e-3)
    assert (short.completed_share, short.vehicles) == (0.0, 2)
    year = short.tours.filter(pl.col("month").is_null())
    assert year.select("up_to_km", "tours_per_day", "completed_share").rows() == [(50.0, 2.0, 0.5)]
    swapped = done(tour + 1e-6, "swap")
    assert (swapped.completed_share, swapped.stops_per_day) == (1.0, 1.0)
    # a tour that neither battery nor stops last for is not begun
    none = done(0.4 * tour, "fast")
    assert none.completed_share == 0.0
    assert none.tours["completed_share"].max() == 0.0


def test_a_night_that_is_too_short_completes_no_day(taxis):
    days = replace(taxis, km=np.full((12, 2), 200.0), month=np.arange(12) + 1, temperature_c=np.full(12, 20.0))
    asked = 29.6  # 200 km in mild weather
    for hours, share in ((asked / taxis.depot_kw + 1e-6, 1.0), (asked / taxis.depot_kw - 1e-3, 0.0)):
        found = replace(days, night_h=np.full((12, 2), hours)).result(DutyOption(80.0, "none"))
        assert found.completed_share == share


def test_a_log_stands_for_drawn_days(three_towns):
    row = three_towns.operators.filter(kind="taxi").row(0, named=True)
    log = pl.DataFrame(
        {
            "vehicle": ["a", "a", "b"],
            "date": [date(2025, 1, 6), date(2025, 1, 8), date(2025, 1, 6)],
            "km": [100.0, 300.0, 200.0],
            "start_min": [360.0, 300.0, None],
            "end_min": [1200.0, 1300.0, None],
        }
    )
    found = Duties.from_county(three_towns, row, year=2025, log=log)
    assert found.logged
    assert (found.vehicles, found.today) == (2, 2)
    assert found.km.tolist() == [[100.0, 200.0], [300.0, 0.0]]
    assert found.km_per_day == 300.0
    assert found.month.tolist() == [1, 1]
    # from 20:00 to 05:00 two days later; otherwise as the county's figure says
    assert found.night_h[0].tolist() == [33.0, three_towns.figure("operators.night_h")]
    # days on which a vehicle stands are no days to complete
    assert found.result(DutyOption(1000.0, "none")).completed_share == 1.0
    assert found.result(DutyOption(40.0, "none")).completed_share == pytest.approx(1.0 / 3.0)


def test_stops_of_a_log_are_those_of_the_vehicles_that_are_out(three_towns):
    row = three_towns.operators.filter(kind="taxi").row(0, named=True)
    dates = [date(2025, 4, day) for day in (7, 8, 9, 10)]
    # b is out on one day of four
    log = pl.DataFrame(
        {
            "vehicle": ["a"] * 4 + ["b"],
            "date": [*dates, dates[0]],
            "km": [200.0] * 4 + [200.0],
            "start_min": [None] * 5,
            "end_min": [None] * 5,
        },
        schema_overrides={"start_min": pl.Float64, "end_min": pl.Float64},
    )
    days = replace(Duties.from_county(three_towns, row, year=2025, log=log), temperature_c=np.full(4, 20.0))
    lasts = 20.0 / (days.health_share * (1.0 - days.reserve_share))
    found = days.result(DutyOption(lasts, "swap"))
    # one stop for each of the five days driven, on four days
    assert found.stops_per_day == pytest.approx(1.0)
    assert found.all_stops_per_day == pytest.approx(5.0 / 4.0)
    # a stop gives what is missing then: 9.6 of 29.6 kWh, and a battery that is fuller in the evening
    assert found.way_kwh_per_day == pytest.approx(5.0 / 4.0 * 20.0)
    assert found.kwh_per_day == pytest.approx(5.0 / 4.0 * 29.6)
    # on the fullest day two vehicles charge 9.6 kWh each in the depot
    assert found.night_kwh == pytest.approx(9.6 * np.quantile([2.0, 1.0, 1.0, 1.0], days.sure_share))
    none = days.result(DutyOption(200.0, "fast"))
    assert (none.way_kwh_per_day, none.all_stops_per_day) == (0.0, 0.0)


def test_an_operator_without_a_number_has_what_the_others_leave(three_towns):
    rows = three_towns.operators
    haulier = rows.filter(kind="trucks").row(0, named=True)
    every = vehicles_today(three_towns, haulier, 2025)
    other = rows.filter(kind="trucks").with_columns(
        operator=pl.lit("other"), vehicles=pl.lit(5).cast(rows.schema["vehicles"])
    )
    both = three_towns.with_table("operators", pl.concat([rows, other]))
    assert vehicles_today(both, haulier, 2025) == every - 5.0
    assert vehicles_today(both, other.row(0, named=True), 2025) == 5.0
    nobody = {**haulier, "vehicle_class": "hearse"}
    with pytest.raises(DataError, match="no row for vehicle_class 'hearse', of which operator 'haulier' has all"):
        vehicles_today(three_towns, nobody, 2025)
