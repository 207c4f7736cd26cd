"""Trips on the expressway by length: who must charge in the county, and with what SOC."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from data import DataError
from fleet.demand.calendar import days_of
from fleet.demand.holidays.long_trips import holiday_charges
from fleet.demand.holidays.trip_lengths import Band, DrivenCars, RoadTrips, stretch_km
from fleet.demand.parameters import DemandParameters, DemandTables
from fleet.demand.plugs.models import models_in
from fleet.demand.through_traffic import through_flows, through_requests

LAW = (3.0, 6.0)


def trips(*bands, **changes):
    """Return trips of 50 km of a road, 25 km between two places to charge."""
    values = {
        "bands": {"ordinary": tuple(Band(*band) for band in bands)},
        "stretch_km": 50.0,
        "spacing_km": 25.0,
        "trip_start_soc": 0.9,
        "reserve_soc": 0.1,
        "highway_use_factor": 1.0,
        "kwh_a_km": 0.2,
        "most_charges": 2.0,
        "traffic_multiplier": 2.0,
    }
    return RoadTrips(**{**values, **changes})


def cars(*battery_kwh, share=None, kwh_a_km=0.2):
    number = len(battery_kwh)
    return DrivenCars(
        share=np.full(number, 1.0 / number) if share is None else np.array(share),
        battery_kwh=np.array(battery_kwh),
        kwh_a_km=np.full(number, kwh_a_km),
        look_law=LAW,
        unfilled_law=(1.0, 4.0),
    )


def chance(length_km, *battery_kwh, **changes):
    return trips((length_km, length_km + 1e-6, 1.0), **changes).charges("ordinary", cars(*battery_kwh)).probability


def test_who_gets_there_on_one_battery_does_not_charge():
    # 60 kWh at 0.2 kWh/km: 240 km from 0.9 down to 0.1
    assert chance(239.0, 60.0) == 0.0
    assert chance(241.0, 60.0) == pytest.approx(50.0 / 241.0)


def test_charges_lie_anywhere_along_the_way():
    assert chance(400.0, 60.0, stretch_km=20.0) == pytest.approx(0.4 * chance(400.0, 60.0))
    # a road through the county that is longer than the trip holds all of its charges, at most one of each car
    assert chance(300.0, 60.0, stretch_km=1000.0) == pytest.approx(1.0)


def test_longer_trips_and_smaller_batteries_take_more_charges():
    assert chance(900.0, 60.0) * 900.0 > chance(450.0, 60.0) * 450.0
    assert chance(450.0, 40.0) > chance(450.0, 60.0) > chance(450.0, 90.0)


def test_long_trips_are_made_by_cars_with_range():
    made = trips((400.0, 401.0, 1.0)).charges("ordinary", cars(20.0, 80.0))
    # the small one would charge more than twice; the mean car is therefore the large one
    assert set(made.drawn(np.linspace(0.0, 0.999, 50))[0]) == {1}
    short = trips((120.0, 121.0, 1.0)).charges("ordinary", cars(20.0, 80.0))
    # on short trips only the small one must charge
    assert set(short.drawn(np.linspace(0.0, 0.999, 50))[0]) == {0}


def test_who_alone_can_go_goes_however_often_it_charges():
    made = trips((3000.0, 3001.0, 1.0)).charges("ordinary", cars(20.0))
    # 80 km from the start, then about 45 km a charge: some 65 charges, of which one in the 50 km of the county
    assert made.probability == pytest.approx(1.0, abs=0.15)


def test_the_soc_of_arrival_is_below_that_at_which_a_charger_is_looked_for():
    lots = (np.arange(4000) + 0.5) / 4000
    _, dense = trips((300.0, 500.0, 1.0), spacing_km=1e-6).charges("ordinary", cars(60.0)).drawn(lots)
    _, sparse = trips((300.0, 500.0, 1.0), spacing_km=50.0).charges("ordinary", cars(60.0)).drawn(lots)
    _, small = trips((300.0, 500.0, 1.0), spacing_km=50.0).charges("ordinary", cars(30.0)).drawn(lots)
    # half of 50 km at 0.2 kWh/km in 60 kWh
    assert dense.mean() - sparse.mean() == pytest.approx(25.0 * 0.2 / 60.0, abs=0.01)
    assert small.mean() < sparse.mean()
    assert (np.diff(sparse) >= 0.0).all()
    assert small.min() >= 0.01


def test_the_stretch_is_that_of_the_direction_within_the_county(county):
    # 20.5 + 19.6 km between the county's sites, and half of 22.5 and 28.5 km to those outside
    assert stretch_km(county, "S8", "east") == pytest.approx(20.5 + 19.6 + 0.5 * (22.5 + 28.5))
    assert stretch_km(county, "S8", "west") == stretch_km(county, "S8", "east")
    assert stretch_km(county, "X1", "east") == 0.0


def requests(county, start, days=8, year=2025):
    return through_requests(
        through_flows(county, year=year),
        DemandTables.from_county(county),
        DemandParameters.from_county(county),
        calendar=days_of(county, start, days),
        year=year,
        seed=2,
    )


def test_ordinary_days_are_as_without_lengths(county):
    plain = county.with_table("trip_lengths", county.trip_lengths.clear())
    start = dt.date(2025, 11, 10)
    assert requests(county, start).equals(requests(plain, start))
    festival = dt.date(2025, 1, 28)
    assert not requests(county, festival).equals(requests(plain, festival))


def test_a_holiday_charges_about_as_much_more_as_was_observed(county):
    """Energy at service areas was 3.6 times that of an ordinary day on National Day 2019 (2.5 to 5 is the range)."""
    kwh = {
        name: requests(county, start).filter(pl.col("origin").str.starts_with("s8"))["energy_kwh"].sum()
        for name, start in (
            ("usual", dt.date(2025, 11, 10)),
            ("festival", dt.date(2025, 1, 28)),
            ("national", dt.date(2025, 10, 1)),
        )
    }
    for name in ("festival", "national"):
        assert 2.5 < kwh[name] / kwh["usual"] < 5.0
    # 25.1 kWh a session at service areas in the Spring Festival of 2026
    table = requests(county, dt.date(2025, 1, 28))
    assert table["energy_kwh"].mean() == pytest.approx(25.1, rel=0.2)


def test_longer_holiday_trips_charge_more_and_the_year_moves_them_with_the_cars(county):
    lengths = county.trip_lengths
    far = pl.col("occasion").eq("spring-festival") & (pl.col("from_km") >= 400.0)
    longer = county.with_table(
        "trip_lengths", lengths.with_columns(share=pl.when(far).then(pl.col("share") * 2.0).otherwise("share"))
    )
    start = dt.date(2025, 1, 28)
    assert requests(longer, start).height > requests(county, start).height
    # larger batteries: fewer charges
    larger = county.with_table("ev_models", county.ev_models.with_columns(battery_kwh=pl.col("battery_kwh") * 1.5))
    ratio = [holiday_ratio(each) for each in (county, larger)]
    assert ratio[0] != pytest.approx(ratio[1], rel=0.01)


def holiday_ratio(county):
    flow = through_flows(county, year=2025)[0]
    models = models_in(county.rows_by("ev_models")["private_car"], (), 2025)
    rule = county.charging_behaviour.filter(pl.col("vehicle_class") == "through").row(0, named=True)
    return holiday_charges(flow.trips, days_of(county, dt.date(2025, 1, 28), 1), models, rule)[0].ratio


def test_a_holiday_without_an_occasion_is_as_the_calendar_says(county):
    plain = county.with_table("calendar", county.calendar.with_columns(occasion=pl.lit(None, dtype=pl.String)))
    without = plain.with_table("trip_lengths", county.trip_lengths.clear())
    start = dt.date(2025, 1, 28)
    assert requests(plain, start).equals(requests(without, start))


def test_lengths_of_holidays_alone_are_refused(county):
    only = county.with_table("trip_lengths", county.trip_lengths.filter(pl.col("occasion") != "ordinary"))
    with pytest.raises(DataError, match=r"trip_lengths.csv: no rows for occasion 'ordinary'"):
        through_flows(only, year=2025)


def test_where_nobody_has_to_charge_the_calendar_counts(county):
    short = trips(
        (10.0, 20.0, 1.0), bands={"ordinary": (Band(10.0, 20.0, 1.0),), "spring-festival": (Band(10.0, 20.0, 1.0),)}
    )
    models = models_in(county.rows_by("ev_models")["private_car"], (), 2025)
    rule = {"start_soc_alpha": 3.0, "start_soc_beta": 6.0, "end_soc_alpha": 1.0, "end_soc_beta": 4.0}
    assert holiday_charges(short, days_of(county, dt.date(2025, 1, 28), 1), models, rule) == [None]
