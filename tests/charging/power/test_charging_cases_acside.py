"""Cases of AC piles, curves and input from public trackers and a hostile reading, named as they are known there."""

import math

import polars as pl
import pytest

import charging
from data.county import load_county
from data.errors import DataError


def only(frame, column):
    return frame[column].to_list()


def test_c01_an_ac_pile_draws_its_rating_at_the_meter(case):
    found = charging.simulate(
        case.layout({"current": "ac", "pile_kw": 7.0}),
        case.requests({"current": "ac", "accept_kw": 7.0, "energy_kwh": 7.0}),
        behaviour={"efficiency_ac": 0.9},
    )
    session = found.sessions.row(0, named=True)
    assert session["full_min"] == pytest.approx(66.0 + 2.0 / 3.0)
    assert session["meter_kwh"] == pytest.approx(7.0 / 0.9)
    assert session["peak_kw"] == pytest.approx(7.0)


@pytest.mark.parametrize(("volts", "minutes"), [(230.0, 60.0), (220.0, 62.5)])
def test_c02_three_phases_of_ac_are_amps_by_volts_of_the_layout(case, volts, minutes):
    group = {"current": "ac", "pile_kw": 22.0, "gun_amps": 32.0, "phases": 3, "volts": volts}
    ask = case.requests({"current": "ac", "accept_kw": 22.0, "energy_kwh": 22.0, "vehicle_class": "car"})
    found = charging.simulate(case.layout(group), ask, vehicles=case.vehicle(ac_kw=22.0))
    assert only(found.sessions, "full_min") == pytest.approx([minutes], rel=1e-9)


def test_c02_a_single_phase_gun_of_16_a_gives_3_7_kw(case):
    group = {"current": "ac", "pile_kw": 7.0, "gun_amps": 16.0, "phases": 1, "volts": 230.0}
    ask = case.requests({"current": "ac", "accept_kw": 7.0, "energy_kwh": 3.68, "vehicle_class": "car"})
    found = charging.simulate(case.layout(group), ask, vehicles=case.vehicle(ac_kw=7.0))
    assert only(found.sessions, "full_min") == pytest.approx([60.0])


def test_c02_amps_count_for_nothing_on_ac_where_phases_and_volts_are_not_known(case):
    ask = case.requests({"current": "ac", "accept_kw": 22.0, "energy_kwh": 22.0, "vehicle_class": "car"})
    found = charging.simulate(
        case.layout({"current": "ac", "pile_kw": 22.0, "gun_amps": 32.0}), ask, vehicles=case.vehicle(ac_kw=22.0)
    )
    assert only(found.sessions, "full_min") == pytest.approx([60.0])


@pytest.mark.parametrize(("efficiency", "hours"), [(0.89, 39.9 / (7.0 * 0.89)), (1.0, 39.9 / 6.6)])
def test_w1_the_curve_bounds_dc_power_and_ac_is_the_least_of_board_pile_and_that(case, efficiency, hours):
    curve = {"curve_soc": [0.0, 0.5, 0.8, 1.0], "curve_share": [1.0, 1.0, 0.5, 0.2]}  # 84 kW DC: 42 kW at 80 %
    cars = case.vehicle(ac_kw=6.6, efficiency_ac=efficiency, **curve).with_columns(dc_kw=84.0)
    ask = case.requests(
        {"current": "ac", "energy_kwh": 39.9, "accept_kw": 6.6, "battery_kwh": 57.0, "soc_start": 0.2,
         "vehicle_class": "car"}
    )  # fmt: skip
    found = charging.simulate(case.layout({"current": "ac", "pile_kw": 7.0}), ask, vehicles=cars)
    assert only(found.sessions, "full_min") == pytest.approx([60.0 * hours])
    assert hours == pytest.approx({0.89: 6.40, 1.0: 6.05}[efficiency], abs=0.005)


def test_w6_a_pile_that_is_always_in_use_has_an_energy_utilisation_of_one(case):
    ask = case.requests({"current": "ac", "accept_kw": 11.0, "energy_kwh": 7.0 * 24.0 * 0.89})
    found = charging.simulate(case.layout({"current": "ac", "pile_kw": 7.0}), ask, behaviour={"efficiency_ac": 0.89})
    assert only(found.stations, "energy_utilisation_share") == pytest.approx([1.0])


@pytest.mark.parametrize(("start", "end", "minutes"), [(0.2, 0.8, 34.575), (0.1, 0.9, 49.558), (0.1, 1.0, 62.344)])
def test_c13_the_curve_of_a_real_car_may_end_high(case, start, end, minutes):
    """Leaf 40: 38 kWh, 41, 45, 36 and 15 kW at SOC 0, 0.62, 0.65 and 1."""
    cars = case.vehicle(curve_soc=[0.0, 0.62, 0.65, 1.0], curve_share=[41 / 45, 1.0, 36 / 45, 15 / 45])
    ask = case.requests(
        {"energy_kwh": 38.0 * (end - start), "accept_kw": 45.0, "battery_kwh": 38.0, "soc_start": start,
         "vehicle_class": "car"}
    )  # fmt: skip
    found = charging.simulate(case.layout({"pile_kw": 400.0}), ask, vehicles=cars)
    assert only(found.sessions, "full_min") == pytest.approx([minutes], abs=1e-3)


def test_c11_no_stations_serve_nobody(case):
    found = charging.simulate(case.layout({}).clear(), case.requests({}, {"arrive_min": 5.0}))
    assert only(found.sessions, "outcome") == ["unserved", "unserved"]


@pytest.mark.parametrize("arrive", [1.74e12, 2.9e7])
def test_c12_minutes_since_1970_are_no_minutes_since_the_start(case, arrive):
    with pytest.raises(DataError, match=r"arrive_min.*minutes since the start"):
        charging.simulate(case.layout({}), case.requests({"arrive_min": arrive}))


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_c11_a_station_without_guns_serves_nobody(case, engine):
    """The first station has no piles: its drivers are unserved, and the other serves as if it were alone."""
    stations = case.layout({"station_id": "a", "piles": 0}, {"station_id": "b", "current": "ac"})
    ask = case.requests(
        {}, {"current": "ac", "accept_kw": 20.0}, {"current": "any", "accept_kw": 20.0, "arrive_min": 90.0}
    )
    found = charging.simulate(stations, ask, engine=engine)
    assert only(found.sessions, "outcome") == ["unserved", "served", "served"]
    assert only(found.stations, "guns") == [0, 1]
    assert only(found.stations, "gun_utilisation_share") == pytest.approx([0.0, 120.0 / 1440.0])


def test_c11_nobody_is_served_where_no_station_has_guns(case):
    found = charging.simulate(case.layout({"piles": 0}), case.requests({}, {"current": "ac"}))
    assert only(found.sessions, "outcome") == ["unserved", "unserved"]
    assert charging.preview(case.layout({"piles": 0}), case.requests({}))["requests"].to_list() == [0]
    assert charging.preview(case.layout({}).clear(), case.requests({})).height == 0


def test_c12_ten_years_of_minutes_are_taken(case):
    found = charging.simulate(case.layout({}), case.requests({"arrive_min": 5.2e6}))
    assert only(found.sessions, "outcome") == ["served"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"phases": 3}, "volts.*phases and volts both"),
        ({"volts": 230.0}, "volts.*phases and volts both"),
        ({"phases": 3, "volts": 400.0}, "volts.*against neutral.*400 V are 230 V"),
        ({"phases": 4, "volts": 230.0}, "phases.*4"),
    ],
)
def test_c02_phases_and_volts_are_checked(case, values, message):
    with pytest.raises(DataError, match=f"(?s){message}"):
        charging.simulate(case.layout({"current": "ac", "gun_amps": 32.0, **values}), case.requests({"current": "ac"}))


def test_c02_losses_come_after_the_gun_too(case):
    """16 A at 230 V are 3.68 kW at the meter; 90 % of them reach the battery."""
    group = {"current": "ac", "pile_kw": 7.0, "gun_amps": 16.0, "phases": 1, "volts": 230.0}
    ask = case.requests({"current": "ac", "accept_kw": 7.0, "energy_kwh": 3.68})
    found = charging.simulate(case.layout(group), ask, behaviour={"efficiency_ac": 0.9}).sessions
    assert only(found, "full_min") == pytest.approx([60.0 / 0.9])
    assert only(found, "peak_kw") == pytest.approx([3.68])


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize("sharing", ["equal", "sequential", "dynamic"])
def test_cars_that_share_an_ac_pile_draw_its_rating_at_the_meter(case, sharing, engine):
    """Two cars of 11 kW on board at a pile of 14 kW: together 14 kW at the meter, 12.6 kW into the batteries."""
    row = {"current": "ac", "accept_kw": 11.0, "energy_kwh": 12.6, "vehicle_class": "car"}
    stations = case.layout({"current": "ac", "pile_kw": 14.0, "guns_per_pile": 2, "sharing": sharing})
    found = charging.simulate(
        stations, case.requests(row, row), vehicles=case.vehicle(ac_kw=11.0, efficiency_ac=0.9), engine=engine
    )
    assert found.sessions["meter_kwh"].sum() == pytest.approx(28.0)
    # one after the other each has its 11 kW; the others have 6.3 kW each, and end together
    assert found.sessions["full_min"].max() == pytest.approx(
        2.0 * 12.6 / 11.0 * 60.0 if sharing == "sequential" else 120.0
    )
    assert found.sessions["peak_kw"].max() == pytest.approx(11.0 / 0.9 if sharing == "sequential" else 7.0)
    assert found.load["mean_kw"].max() <= 14.0 + 1e-9


def test_cars_of_different_losses_share_an_ac_pile_at_the_meter(case):
    """10 kW at the meter are shared evenly: 5 kW each, 4.5 and 4 into the batteries."""
    cars = pl.concat(
        [case.vehicle(vehicle_class=name, efficiency_ac=share) for name, share in (("x", 0.9), ("y", 0.8))]
    )
    rows = [
        {"current": "ac", "accept_kw": 11.0, "energy_kwh": kwh, "vehicle_class": name}
        for name, kwh in (("x", 4.5), ("y", 4.0))
    ]
    stations = case.layout({"current": "ac", "pile_kw": 10.0, "guns_per_pile": 2, "sharing": "dynamic"})
    found = charging.simulate(stations, case.requests(*rows), vehicles=cars).sessions
    assert only(found, "full_min") == pytest.approx([60.0, 60.0])
    assert only(found, "peak_kw") == pytest.approx([5.0, 5.0])


def test_a_connection_binds_ac_cars_at_the_meter(case):
    """Two AC piles of 7 kW and one DC pile behind 12 kW: 4 kW each at the meter, whatever the losses."""
    rows = [{"current": "ac", "accept_kw": 11.0, "energy_kwh": 3.6}] * 2 + [{"energy_kwh": 3.2}]
    stations = case.layout(
        {"group_id": "slow", "current": "ac", "pile_kw": 7.0, "piles": 2, "transformer_kw": 12.0},
        {"group_id": "fast", "transformer_kw": 12.0},
    )
    found = charging.simulate(stations, case.requests(*rows), behaviour={"efficiency_ac": 0.9, "efficiency_dc": 0.8})
    assert only(found.sessions, "full_min") == pytest.approx([60.0] * 3)
    assert found.load["mean_kw"].max() == pytest.approx(12.0)


def test_the_curve_holds_ac_back_only_where_it_allows_less_than_the_board(case):
    """11 kW until the curve allows no more (SOC 0.831), then along the curve; without ``dc_kw`` 11 kW to the end."""
    row = {
        "current": "ac",
        "accept_kw": 11.0,
        "energy_kwh": 25.0,
        "battery_kwh": 50.0,
        "soc_start": 0.5,
        "vehicle_class": "car",
    }
    full = {}
    for dc_kw in (60.0, None):
        cars = case.vehicle(ac_kw=11.0, curve_soc=[0.0, 0.5, 1.0], curve_share=[1.0, 0.5, 0.02]).with_columns(
            dc_kw=pl.lit(dc_kw, dtype=pl.Float64)
        )
        stations = case.layout({"current": "ac", "pile_kw": 22.0})
        full[dc_kw] = charging.simulate(stations, case.requests(row), vehicles=cars).sessions["full_min"][0]
    slope = (0.02 - 0.5) / 0.5
    meets = 0.5 + (11.0 / 60.0 - 0.5) / slope
    along = 50.0 / 60.0 / slope * math.log(0.02 / (11.0 / 60.0))
    assert full[60.0] == pytest.approx(60.0 * (50.0 * (meets - 0.5) / 11.0 + along))
    assert full[None] == pytest.approx(60.0 * 25.0 / 11.0)


def test_a_car_that_takes_any_current_has_its_board_and_its_curve_at_an_ac_gun(case):
    row = {
        "current": "any",
        "accept_kw": 60.0,
        "energy_kwh": 5.5,
        "battery_kwh": 50.0,
        "soc_start": 0.2,
        "vehicle_class": "car",
    }
    found = charging.simulate(
        case.layout({"current": "ac", "pile_kw": 22.0}), case.requests(row), vehicles=case.vehicle(ac_kw=11.0)
    )
    assert only(found.sessions, "full_min") == pytest.approx([30.0])


def test_the_countys_cars_have_their_dc_power():
    county = load_county("deqing")
    table = charging.vehicles_table(county)
    models = county.ev_models.select(
        pl.concat_str("vehicle_class", pl.lit("/"), "segment").alias("vehicle_class"), "dc_kw"
    )
    assert table.join(models, on="vehicle_class").select((pl.col("dc_kw") == pl.col("dc_kw_right")).all()).item()
    # plug-in hybrids have no inlet for it
    assert table.filter(pl.col("dc_kw").is_null() != pl.col("vehicle_class").str.ends_with("/PHEV")).height == 0
