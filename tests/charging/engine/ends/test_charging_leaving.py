"""Drivers who leave at a set time, in both engines, and sessions that ask for nothing."""

import polars as pl
import pytest

from charging import check_accounts, simulate
from data.errors import DataError

ENGINES = ("simpy", "compiled")


def leaving(make_requests, *rows):
    by = pl.Series("leave_by_min", [row.pop("leave_by_min", None) for row in rows], dtype=pl.Float64)
    return make_requests(*rows).with_columns(by)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("group", [{}, {"guns_per_pile": 2, "sharing": "dynamic"}])
def test_an_overstay_ends_at_the_set_time_too(make_layout, make_requests, engine, group):
    row = {"arrive_min": 0.0, "energy_kwh": 10.0, "overstay_min": 60.0, "leave_by_min": 25.0}
    found = simulate(make_layout(group), leaving(make_requests, row), engine=engine).sessions.row(0, named=True)
    assert (found["full_min"], found["leave_min"]) == (10.0, 25.0)
    assert (found["unmet_kwh"], found["reason"], found["outcome"]) == (0.0, None, "served")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("group", [{}, {"guns_per_pile": 2, "sharing": "sequential"}])
def test_a_gun_that_comes_free_as_a_driver_leaves_is_for_the_next(make_layout, make_requests, engine, group):
    rows = [
        {"arrive_min": 0.0, "energy_kwh": 60.0},
        {"arrive_min": 0.0, "energy_kwh": 60.0, "leave_by_min": 60.0},
        {"arrive_min": 1.0, "energy_kwh": 60.0, "leave_by_min": 60.0},
        {"arrive_min": 2.0, "energy_kwh": 60.0, "leave_by_min": 90.0},
    ]
    table = leaving(make_requests, *rows)
    result = simulate(make_layout(group), table, engine=engine)
    found = result.sessions
    guns = group.get("guns_per_pile", 1)
    refused = [1, 2] if guns == 1 else [2]
    assert [row["request_id"] for row in found.iter_rows(named=True) if row["outcome"] == "reneged"] == refused
    assert set(found["reason"].gather(refused)) == {"had to leave"}
    assert found["plug_min"][3] == 60.0
    assert found["unmet_kwh"][3] == pytest.approx(30.0)
    # the second stood at a gun without power: it was there, and got nothing
    assert found["energy_kwh"][1] == 0.0
    assert check_accounts(result, table)["holds"].all()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("minutes", [20.0, 30.0, 40.0])
def test_nobody_drives_to_a_station_that_is_reached_too_late(make_layout, make_requests, engine, minutes):
    row = {"arrive_min": 0.0, "energy_kwh": 60.0, "origin": "o", "leave_by_min": 30.0}
    way = pl.DataFrame({"origin": ["o"], "station_id": ["s"], "minutes": [minutes], "km": [1.0]})
    found = simulate(make_layout(), leaving(make_requests, row), way, engine=engine).sessions.row(0, named=True)
    if minutes < 30.0:
        assert (found["outcome"], found["energy_kwh"]) == ("served", pytest.approx(10.0))
    else:
        assert (found["outcome"], found["tries"], found["reason"]) == ("unserved", 0, "had to leave")
        assert found["unmet_kwh"] == 60.0


def test_along_a_curve_the_energy_until_leaving_is_exact(make_layout, make_requests):
    cars = pl.DataFrame({"vehicle_class": ["car"], "curve_soc": [[0.0, 0.5, 1.0]], "curve_share": [[1.0, 1.0, 0.2]]})
    row = {"arrive_min": 0.0, "energy_kwh": 45.0, "battery_kwh": 50.0, "soc_start": 0.1, "vehicle_class": "car"}
    whole = make_requests(row)
    energy = []
    for group in ({}, {"transformer_kw": 500.0}):
        for by in (10.0, 30.0, 45.0):
            table = whole.with_columns(leave_by_min=pl.lit(by))
            result = simulate(make_layout(group), table, vehicles=cars)
            kwh = result.sessions["energy_kwh"][0]
            # the load of the same charge without leaving, cut at that minute
            load = simulate(make_layout(group), whole, vehicles=cars, behaviour={"interval_min": by}).load
            assert kwh == pytest.approx(load["energy_kwh"][0])
            assert result.load["energy_kwh"].sum() == pytest.approx(kwh)
            energy.append(kwh)
    assert energy[:3] == pytest.approx(energy[3:])


def test_share_of_power_is_divided_anew_when_one_leaves_a_connection(make_layout, make_requests):
    rows = [
        {"arrive_min": 0.0, "energy_kwh": 60.0, "leave_by_min": 30.0},
        {"arrive_min": 0.0, "energy_kwh": 45.0},
    ]
    table = leaving(make_requests, *rows)
    result = simulate(make_layout({"piles": 2, "transformer_kw": 60.0}), table)
    assert result.sessions["energy_kwh"].to_list() == pytest.approx([15.0, 45.0])
    assert result.sessions["full_min"].to_list() == pytest.approx([30.0, 60.0])
    assert result.stations["unserved_kwh"].to_list() == pytest.approx([45.0])
    assert check_accounts(result, table)["holds"].all()


def test_a_vehicle_that_leaves_before_it_must_is_found_in_the_accounts(make_layout, make_requests):
    table = leaving(make_requests, {"arrive_min": 0.0, "energy_kwh": 60.0, "leave_by_min": 30.0})
    result = simulate(make_layout(), table)
    checks = check_accounts(result, table.with_columns(leave_by_min=pl.lit(45.0)))
    assert checks.filter(~pl.col("holds"))["check"].to_list() == ["nobody leaves early without having to"]


SHARED = [{}, {"guns_per_pile": 2, "sharing": "sequential"}, {"guns_per_pile": 2, "sharing": "dynamic"}]


@pytest.mark.parametrize(
    ("engine", "group"),
    # the compiled engine has no connection limits
    [*((engine, group) for engine in ENGINES for group in SHARED), ("simpy", {"transformer_kw": 60.0})],
)
def test_a_session_of_nothing_holds_a_gun_and_takes_no_power(make_layout, make_requests, engine, group):
    rows = [
        {"arrive_min": 0.0, "energy_kwh": 30.0},
        {"arrive_min": 0.0, "energy_kwh": 0.0, "overstay_min": 45.0},
        {"arrive_min": 35.0, "energy_kwh": 10.0},
    ]
    table = make_requests(*rows)
    result = simulate(make_layout(group), table, engine=engine)
    found = result.sessions
    assert found["outcome"].to_list() == ["served"] * 3
    assert found["full_min"].to_list()[:2] == ([30.0, 30.0] if "guns_per_pile" not in group else [30.0, 0.0])
    assert found["energy_kwh"].to_list() == pytest.approx([30.0, 0.0, 10.0])
    assert found["peak_kw"][1] == 0.0
    assert found["plug_min"][2] == (75.0 if "guns_per_pile" not in group else 35.0)
    assert check_accounts(result, table)["holds"].all()


def test_a_full_battery_may_hold_a_gun(make_layout, make_requests):
    cars = pl.DataFrame({"vehicle_class": ["car"], "curve_soc": [[0.0, 1.0]], "curve_share": [[1.0, 0.0]]})
    row = {"arrive_min": 0.0, "energy_kwh": 0.0, "overstay_min": 9.0, "battery_kwh": 50.0, "soc_start": 1.0}
    table = make_requests({**row, "vehicle_class": "car"})
    for group in ({}, {"transformer_kw": 60.0}):
        assert simulate(make_layout(group), table, vehicles=cars).sessions["leave_min"].to_list() == [9.0]


@pytest.mark.parametrize(
    ("row", "words"),
    [({"energy_kwh": 0.0}, "energy_kwh"), ({"energy_kwh": 1.0, "leave_by_min": 5.0}, "leave_by_min")],
)
def test_what_makes_no_sense_is_refused(make_layout, make_requests, row, words):
    with pytest.raises(DataError, match=words):
        simulate(make_layout(), leaving(make_requests, {"arrive_min": 5.0, **row}))
