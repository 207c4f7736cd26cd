"""Voyages and vessels: calibration to the lock, the cycling fleet, seeds and faults."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from data.errors import DataError, ScenarioError
from shipping import stations, vessels, voyages, waterway
from shipping.parameters.traffic_parameters import RoundTripParameters, ThroughParameters
from shipping.river.reaches import Reaches
from shipping.traffic import yearly
from shipping.traffic.round_trips import draw_round_trips
from shipping.traffic.yearly import Traffic

START = dt.date(2025, 11, 10)


@pytest.fixture(scope="module")
def year(county):
    return voyages(county, year=2025, start=dt.date(2025, 1, 1), days=365, seed=3).filter(kind="through")


def yearly_traffic(county, year):
    return yearly.yearly_traffic(county.lock_traffic, ThroughParameters.from_county(county), year)


def traffic_mix(county, traffic):
    return yearly.traffic_mix(county.vessel_classes, ThroughParameters.from_county(county).load_factor, traffic)


def test_a_year_of_through_voyages_is_the_lock_traffic(year):
    assert year.height == pytest.approx(123620, rel=0.01)
    assert year["cargo_t"].sum() == pytest.approx(223.555e6, rel=0.01)
    down = year.filter(pl.col("to_km") > pl.col("from_km"))
    assert down["cargo_t"].sum() / year["cargo_t"].sum() == pytest.approx(0.75, abs=0.01)
    assert down.height / year.height == pytest.approx(0.5, abs=0.01)


def test_class_shares_lie_within_three_sigma(year):
    for name, share in {"d1500": 0.2, "d3350": 0.75, "l3470": 0.05}.items():
        sigma = np.sqrt(share * (1.0 - share) / year.height)
        assert abs(year.filter(vessel_class=name).height / year.height - share) < 3.0 * sigma


def test_days_of_a_longer_window_are_the_same_days(county):
    week = voyages(county, year=2025, start=START, days=7, seed=5).filter(kind="through")
    two = voyages(county, year=2025, start=START, days=14, seed=5).filter(kind="through")
    assert week.drop("voyage_id").equals(two.filter(pl.col("depart_min") < 7 * 1440.0).drop("voyage_id"))


def test_the_same_seed_draws_the_same_and_another_does_not(county):
    first, again, other = (voyages(county, year=2025, start=START, days=3, seed=seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)
    assert vessels(county, year=2025, seed=1).equals(vessels(county, year=2025, seed=1))


def test_later_years_grow_and_missing_years_are_interpolated(county):
    base, later = yearly_traffic(county, 2025), yearly_traffic(county, 2030)
    assert later.cargo_t == pytest.approx(base.cargo_t * 1.03**5, rel=1e-12)
    assert later.passages / base.passages == pytest.approx(1.03**5, rel=1e-12)
    middle = yearly_traffic(county, 2022)
    assert middle.cargo_t == pytest.approx(1e6 * (151.03 + 0.4 * (223.555 - 151.03)), rel=1e-12)
    assert middle.cargo_down_share == 0.75


def test_cycling_vessels_make_their_round_trips(county):
    sailed = voyages(county, year=2025, start=dt.date(2025, 1, 1), days=365, seed=1).filter(kind="cycling")
    a_month = sailed.height / 2.0 / 120.0 / 12.0
    assert a_month == pytest.approx(2.25, rel=0.03)
    ends = sailed.sort("vessel_id", "voyage_id").with_columns(before=pl.col("to_km").shift(1).over("vessel_id"))
    linked = ends.filter(pl.col("before").is_not_null())
    assert (linked["before"] == linked["from_km"]).all()
    # each voyage but the first follows the one before: its departure counts from that one's end
    order = sailed.sort("vessel_id", "voyage_id").with_columns(last=pl.col("voyage_id").shift(1).over("vessel_id"))
    assert order["follows"].equals(order["last"], null_equal=True)


def test_the_fleet_is_spread_over_the_round_trip_and_its_tanks(county):
    fleet = vessels(county, year=2025, seed=1).filter(kind="cycling")
    assert fleet.height == 120
    share = fleet["tank_start_m3"] / fleet["tank_m3"]
    assert share.min() >= 0.15
    assert share.max() <= 0.9
    assert share.std() > 0.05
    reaches = Reaches.from_graph(waterway(county))
    trips = RoundTripParameters.from_county(county)
    phase = draw_round_trips(county.vessel_classes, reaches, trips, year=2025, seed=1).phase_h
    assert np.histogram(phase, bins=4)[0].min() > 15
    assert trips.fleet_size(2030) == round(120 * 1.08**5)


def test_a_river_without_stations_still_has_a_fleet(county, with_table):
    dry = with_table(county, "lng_stations", county.lng_stations.clear())
    assert vessels(dry, year=2025, seed=1).filter(kind="cycling").height == 120


def test_stations_open_on_their_day(county):
    assert stations(county, year=2024)["station"].to_list() == ["fudian"]
    assert stations(county, date=dt.date(2025, 7, 15))["station"].to_list() == ["fudian", "hub"]
    assert stations(county, year=2025, only=["yuecheng"])["station"].to_list() == ["yuecheng"]
    assert stations(county).height == 3
    with pytest.raises(DataError, match=r"no station 'yuechen'. Did you mean 'yuecheng'"):
        stations(county, only=["yuechen"])
    with pytest.raises(ScenarioError, match="expected a date of that year"):
        stations(county, year=2026, date=dt.date(2025, 7, 15))


def test_wrong_windows_are_refused(county):
    with pytest.raises(ScenarioError, match="days: got 0"):
        voyages(county, year=2025, start=START, days=0, seed=1)
    with pytest.raises(ScenarioError, match="expected a day of the year 2026"):
        voyages(county, year=2026, start=START, days=1, seed=1)


def test_tables_that_contradict_each_other_are_refused(county, with_table):
    with pytest.raises(DataError, match="no traffic for 2010; the first year is 2020"):
        yearly_traffic(county, 2010)
    unknown = county.lock_traffic.with_columns(passages=pl.lit(None, dtype=pl.Float64))
    with pytest.raises(DataError, match="column 'passages': no value"):
        yearly_traffic(with_table(county, "lock_traffic", unknown), 2025)
    with pytest.raises(DataError, match=r"downbound cargo is .* of what the passages can carry"):
        traffic_mix(county, Traffic(1000.0, 1e7, 0.75, 0.5))
    half = county.vessel_classes.with_columns(pl.col("passage_share") / 2.0)
    with pytest.raises(DataError, match=r"got a sum of 0.5; expected 1"):
        traffic_mix(with_table(county, "vessel_classes", half), yearly_traffic(county, 2025))


def test_impossible_fleets_are_refused(county, with_table):
    with pytest.raises(DataError, match="but vessel class 'l3470' sails"):
        vessels(county.with_figures({"river.round_trips_per_month": 20.0}), year=2025, seed=1)
    with pytest.raises(DataError, match=r"river.trip_to_km: got 400 km; expected -266.5 to 331 km"):
        voyages(county.with_figures({"river.trip_to_km": 400.0}), year=2025, start=START, days=1, seed=1)
    diesel = county.vessel_classes.filter(fuel="diesel")
    with pytest.raises(DataError, match="no class with fuel 'lng'"):
        vessels(with_table(county, "vessel_classes", diesel), year=2025, seed=1)
