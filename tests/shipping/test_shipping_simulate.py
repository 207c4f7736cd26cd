"""The river simulated: hand-solved timelines, balances, seeds, speed and faults."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

import shipping
from data.errors import DataError, ScenarioError
from data.schemas.shipping import Calls, Tanks, Vessels
from data.tables.validate import validate
from shipping import check_mass_balance, lng_throughput, simulate, station_summary, stations, vessels, voyages, waterway
from shipping.ports.station_spec import StationSpec
from shipping.river.reaches import Reaches
from shipping.river.waterway import reaches_with_locks
from shipping.ships.brake_power import brake_kw
from shipping.ships.hulls import Hull

START = dt.date(2025, 11, 10)


def week(county, *, seed=1, days=7):
    return simulate(
        waterway(county, start=START),
        voyages(county, year=2025, start=START, days=days, seed=seed),
        stations(county, date=START),
        vessels=vessels(county, year=2025, seed=seed),
        seed=seed,
        days=days,
    )


@pytest.fixture(scope="module")
def result(county):
    return week(county)


def calls_of(result):
    return result.calls.select("vessel_id", "start_min", "end_min", "wait_min", "volume_m3", "outcome").rows()


def test_reaches_that_were_sailed_before_give_the_same_to_the_bit(county, monkeypatch):
    reaches = reaches_with_locks(county, start=START, days=3)
    assert reaches_with_locks(county, start=START, days=3) is reaches
    graph = waterway(county, start=START, days=3, locks=True)
    rest = {"vessels": vessels(county, year=2025, seed=2), "seed": 2, "days": 3}
    drawn = voyages(county, year=2025, start=START, days=3, seed=2), stations(county, date=START)
    alone = simulate(graph, *drawn, **rest)
    # others sail first: their operating points, loads and ways are there already, or no longer
    monkeypatch.setattr("shipping.ships.loading.KEPT_WAYS", 5)
    monkeypatch.setattr("shipping.ships.sailing.KEPT_WAYS", 5)
    other = voyages(county, year=2025, start=START, days=3, seed=9)
    simulate(reaches, other, drawn[1], vessels=vessels(county, year=2025, seed=9), seed=9, days=3)
    again = simulate(reaches, *drawn, **rest)
    for name in ("calls", "tanks", "vessels", "voyages", "locks", "chambers"):
        assert getattr(again, name).equals(getattr(alone, name)), name


def test_a_vessel_that_cannot_sail_leaves_nothing_behind(line, fleet_row, supply_row, trips):
    reaches = Reaches.from_graph(line([0.0, 100.0], current_km_h=4.0))
    supply, way = pl.DataFrame([supply_row()]), trips(("v1", 30.0, 0.0, 100.0))
    slow = pl.DataFrame([fleet_row(water_speed_km_h=3.0)])
    for _ in range(2):  # the second time too: a number without a point would be another vessel's
        with pytest.raises(DataError, match="the current of 4 km/h stops vessel class"):
            simulate(reaches, way, supply, vessels=slow)
    fast = pl.DataFrame([fleet_row()])
    done = simulate(reaches, way, supply, vessels=fast)
    assert done.voyages.equals(simulate(line([0.0, 100.0], current_km_h=4.0), way, supply, vessels=fast).voyages)


def test_a_call_by_hand(line, fleet_row, supply_row, trips):
    fleet = pl.DataFrame([fleet_row(tank_start_m3=10.0, hotel_kw=0.0)])
    supply = pl.DataFrame([supply_row()])
    done = simulate(line([0.0, 100.0]), trips(("v1", 30.0, 0.0, 100.0)), supply, vessels=fleet)
    # 5 h to km 50 burn 5 m3; 36 - 5 = 31 m3 at 60 m3/h = 31 min; 10 + 20 + 31 + 15 = 76 min
    assert calls_of(done) == [("v1", 330.0, 406.0, 0.0, pytest.approx(31.0), "served")]
    vessel = done.vessels.row(0, named=True)
    assert vessel["sailing_h"] == pytest.approx(10.0)
    assert vessel["waiting_h"] == pytest.approx(106.0 / 60.0)
    assert vessel["tank_end_m3"] == pytest.approx(31.0)
    assert vessel["energy_kwh"] == pytest.approx(1000.0)
    assert vessel["cargo_tkm"] == pytest.approx(100_000.0)
    assert done.end_min == pytest.approx(30.0 + 600.0 + 76.0)
    assert done.tanks["event"].to_list() == ["start", "bunkering", "end"]
    assert done.tanks["level_m3"].to_list() == pytest.approx([90.0, 59.0, 59.0])
    check_mass_balance(done)


def test_a_stock_out_ends_with_the_truck(line, fleet_row, supply_row, trips):
    fleet = pl.DataFrame([fleet_row(tank_start_m3=8.0)])
    supply = pl.DataFrame([supply_row(tank_start_m3=30.0, reorder_share=0.3, truck_lead_h=7.0)])
    done = simulate(line([0.0, 100.0]), trips(("v1", 0.0, 0.0, 100.0)), supply, vessels=fleet)
    # arrives at 300 with 3 m3, wants 33; the tank gives 25. Three trucks ordered at 0 arrive at 420; the first
    # unloads to 450: 50 - 5 >= 33. Two more wait because trucks go first: 480 and 510.
    trucks = done.trucks.select("order_min", "due_min", "unload_min", "end_min", "volume_m3").rows()
    assert trucks == [(0.0, 420.0, at, at + 30.0, 20.0) for at in (420.0, 450.0, 480.0)]
    assert calls_of(done) == [("v1", 510.0, 588.0, 210.0, pytest.approx(33.0), "served")]
    assert done.tanks["event"].to_list() == ["start", "delivery", "delivery", "delivery", "bunkering", "end"]
    check_mass_balance(done)


def test_patience_ends_in_a_stock_out_when_the_next_leg_can_be_sailed(line, fleet_row, supply_row, trips):
    fleet = pl.DataFrame([fleet_row(tank_start_m3=11.0, reserve_share=0.2, patience_h=1.5)])
    supply = pl.DataFrame([supply_row(tank_start_m3=21.0, reorder_share=0.1, truck_lead_h=48.0)])
    done = simulate(line([0.0, 100.0]), trips(("v1", 0.0, 0.0, 100.0)), supply, vessels=fleet)
    assert calls_of(done) == [("v1", None, None, 90.0, None, "stockout")]
    assert done.vessels["tank_end_m3"].item() == pytest.approx(1.0)
    assert done.trucks["end_min"].to_list() == [None]


def test_small_requests_pass_one_that_the_stock_cannot_cover(line, fleet_row, supply_row, trips):
    fleet = pl.DataFrame(
        [fleet_row("large", tank_start_m3=8.0), fleet_row("small", tank_m3=15.0, tank_start_m3=5.5, reserve_share=0.9)]
    )
    supply = pl.DataFrame([supply_row(tank_start_m3=30.0, reorder_share=0.2)])
    plan = trips(("large", 0.0, 0.0, 100.0), ("small", 1.0, 0.0, 52.0))
    done = simulate(line([0.0, 100.0]), plan, supply, vessels=fleet)
    served = dict(done.calls.select("vessel_id", "start_min").rows())
    # large (33 m3 of 25) orders at 300; small takes 13. Truck at 600 to 630 makes 37, still less than 33 + 5: another
    # is ordered then and ends at 960
    assert served == {"large": 960.0, "small": 301.0}
    check_mass_balance(done)


def test_a_vessel_sails_past_a_berth_that_is_too_small_for_it(line, fleet_row, supply_row, trips):
    supply = pl.DataFrame([supply_row(berth_dwt=500.0), supply_row("large", chainage_km=80.0, berth_dwt=3000.0)])
    fleet = pl.DataFrame([fleet_row(tank_start_m3=15.0)])
    done = simulate(line([0.0, 100.0]), trips(("v1", 0.0, 0.0, 100.0)), supply, vessels=fleet)
    assert done.calls.select("station", "outcome").rows() == [("large", "served")]


def test_a_truck_larger_than_the_tank_delivers_what_fits(line, fleet_row, supply_row, trips):
    fleet = pl.DataFrame([fleet_row(tank_start_m3=8.0)])
    supply = pl.DataFrame([supply_row(tank_m3=40.0, tank_start_m3=9.0, truck_m3=50.0)])
    done = simulate(line([0.0, 100.0]), trips(("v1", 0.0, 0.0, 100.0)), supply, vessels=fleet)
    # arrives 300, wants 33 of at most 36 - 2: short, orders at 300, truck 600 to 630 gives 27, served at 630
    assert done.trucks["volume_m3"][0] == pytest.approx(27.0)
    assert calls_of(done)[0][1] == 630.0
    check_mass_balance(done)


def test_window_queue_and_decisions(line, fleet_row, supply_row, trips):
    rows = [
        fleet_row("full", tank_start_m3=36.0),
        fleet_row("may", tank_start_m3=22.0),
        fleet_row("must", tank_start_m3=8.0),
        fleet_row("closed", tank_start_m3=8.0),
        fleet_row("late", tank_start_m3=22.0),
    ]
    plan = trips(
        ("full", 0.0, 0.0, 100.0),
        ("may", 10.0, 0.0, 100.0),
        ("must", 0.0, 0.0, 100.0),
        ("closed", 500.0, 0.0, 100.0),
        ("late", 600.0, 0.0, 100.0),
    )
    supply = pl.DataFrame([supply_row(open_h=4.0, close_h=6.0, tank_m3=200.0, tank_start_m3=180.0)])
    done = simulate(line([0.0, 100.0]), plan, supply, vessels=pl.DataFrame(rows))
    got = {row[0]: (row[1], row[5]) for row in calls_of(done)}
    # must arrives at 300 = 5:00 and holds the berth to 378; may arrives at 310, nobody waits, so it joins, but the
    # station closes at 6:00 and its patience ends at 670. closed would run dry and waits for 4:00 of the next day.
    assert got == {
        "must": (300.0, "served"),
        "may": (None, "reneged"),
        "closed": (1680.0, "served"),
        "late": (None, "passed"),
    }


def test_vessels_balk_at_a_long_queue_unless_they_would_run_dry(line, fleet_row, supply_row, trips):
    names = [f"v{number}" for number in range(4)]
    # must: 20 - 5 = 15 left, 5 needed to the end, reserve 12
    rows = [fleet_row(name, tank_start_m3=20.0, reserve_share=0.3, max_queue=1) for name in names]
    rows.append(fleet_row("dry", tank_start_m3=8.0, max_queue=1))
    plan = trips(*((name, float(at), 0.0, 100.0) for at, name in enumerate([*names, "dry"])))
    supply = pl.DataFrame([supply_row(tank_m3=300.0, tank_start_m3=270.0)])
    done = simulate(line([0.0, 100.0]), plan, supply, vessels=pl.DataFrame(rows))
    outcome = {row[0]: row[5] for row in calls_of(done)}
    assert outcome == {"v0": "served", "v1": "served", "v2": "served", "v3": "balked", "dry": "served"}


def test_patience_in_the_queue_is_reneging(line, fleet_row, supply_row, trips):
    rows = [fleet_row(name, tank_start_m3=20.0, reserve_share=0.3, patience_h=0.5) for name in ("v0", "v1")]
    plan = trips(("v0", 0.0, 0.0, 100.0), ("v1", 0.0, 0.0, 100.0))
    done = simulate(line([0.0, 100.0]), plan, pl.DataFrame([supply_row()]), vessels=pl.DataFrame(rows))
    assert calls_of(done)[1] == ("v1", None, None, 30.0, None, "reneged")


def test_a_vessel_that_runs_dry_is_stranded_where_it_is(line, fleet_row, trips, supply_row):
    fleet = pl.DataFrame([fleet_row(tank_start_m3=4.0)])
    done = simulate(line([0.0, 100.0]), trips(("v1", 0.0, 0.0, 100.0)), pl.DataFrame([supply_row()]), vessels=fleet)
    vessel = done.vessels.row(0, named=True)
    assert vessel["stranded"]
    assert vessel["distance_km"] == pytest.approx(40.0)
    assert vessel["tank_end_m3"] == pytest.approx(0.0, abs=1e-12)
    assert done.calls.height == 0


def test_the_end_cuts_what_is_under_way(line, fleet_row, supply_row, trips):
    fleet = pl.DataFrame([fleet_row(tank_start_m3=10.0)])
    plan = trips(("v1", 0.0, 0.0, 100.0))
    done = simulate(line([0.0, 100.0]), plan, pl.DataFrame([supply_row()]), vessels=fleet, days=310.0 / 1440.0)
    assert calls_of(done) == [("v1", 300.0, None, 0.0, None, "unfinished")]
    assert done.vessels["sailing_h"].item() == pytest.approx(5.0)
    assert done.vessels["distance_km"].item() == pytest.approx(50.0)
    check_mass_balance(done)


def test_boil_off_is_a_share_a_day(line, supply_row, fleet_row, trips):
    supply = pl.DataFrame([supply_row(boil_off_share_per_day=0.01, truck_lead_h=999.0)])
    fleet = pl.DataFrame([fleet_row(tank_start_m3=36.0)])
    done = simulate(line([0.0, 100.0]), trips(("v1", 0.0, 0.0, 40.0)), supply, vessels=fleet, days=3.0 + 1e-9)
    levels = done.tanks.filter(event="boil_off")["level_m3"].to_list()
    assert levels == pytest.approx([89.1, 88.209, 87.32691])
    assert check_mass_balance(done)["boil_off_m3"].item() == pytest.approx(2.67309)


def test_daily_windows_may_span_midnight(supply_row):
    spec = StationSpec(**supply_row(open_h=20.0, close_h=4.0))
    assert spec.next_opening(23.0 * 60.0) == 23.0 * 60.0
    assert spec.next_opening(25.0 * 60.0) == 25.0 * 60.0
    assert spec.next_opening(5.0 * 60.0) == 20.0 * 60.0
    assert spec.next_opening(1440.0 + 600.0) == 1440.0 + 1200.0


def test_a_week_balances_and_keeps_its_schemas(result):
    balance = check_mass_balance(result)
    assert balance["error_m3"].abs().max() < 1e-9
    assert balance.height == 3
    for frame, schema in ((result.calls, Calls), (result.tanks, Tanks), (result.vessels, Vessels)):
        assert validate(frame, schema, table="result").equals(frame)


def test_vessels_balance_their_energy_and_tanks(county, result):
    fleet = vessels(county, year=2025, seed=1).filter(kind="cycling")
    both = fleet.select("vessel_id", "tank_start_m3", "sfc_kg_kwh").join(result.vessels, on="vessel_id")
    burnt = both["fuel_t"] / 0.43
    off = both["tank_start_m3"] + both["lng_bunkered_m3"] - burnt - both["tank_end_m3"]
    assert off.abs().max() < 1e-9
    best = both["energy_kwh"] * both["sfc_kg_kwh"] / 1000.0
    assert (both["fuel_t"] / best).is_between(1.0, 1.28).all()
    assert (both["sailing_h"] + both["waiting_h"] - 168.0).abs().max() < 1e-9


def test_tanks_stay_within_their_walls_and_in_time_order(county, result):
    walls = stations(county).select("station", "tank_m3")
    levels = result.tanks.join(walls, on="station")
    assert (levels["level_m3"] >= 0.0).all()
    assert (levels["level_m3"] <= 0.9 * levels["tank_m3"] + 1e-9).all()
    assert (
        result.tanks["time_min"].diff().over if False else result.tanks["time_min"].diff().drop_nulls() >= 0.0
    ).all()
    starts = result.calls.filter(outcome="served").sort("station", "start_min")
    gap = starts["start_min"] - starts.select(pl.col("end_min").shift(1).over("station")).to_series()
    assert gap.drop_nulls().min() >= -1e-9


def test_through_traffic_is_the_closed_form(county, result):
    sailed = voyages(county, year=2025, start=START, days=7, seed=1).filter(vessel_id="through-d3350")
    energy = fuel = hours = tkm = 0.0
    for row in sailed.iter_rows(named=True):
        taken = 331.0 / (15.0 if row["to_km"] > row["from_km"] else 12.0)
        draught = round(3.5 * (0.45 + 0.55 * row["load_share"]), 2)
        hull = Hull(70.0, 15.0, draught, block=1.0 - 0.15 * (3.5 / draught) ** (1.0 / 3.0))
        power = 1.1 * float(brake_kw(hull, 13.5, depth_m=5.0)) + 15.0
        # the speed is held whatever it takes; consumption is known up to full load
        load = min(1.0, power / (420.0 * 1.3))
        hours += taken
        energy += taken * power
        fuel += 0.205e-3 * taken * power * (0.455 * load**2 - 0.71 * load + 1.28)
        tkm += row["cargo_t"] * 331.0
    row = result.vessels.filter(vessel_id="through-d3350").row(0, named=True)
    assert row["voyages"] == sailed.height
    assert row["sailing_h"] == pytest.approx(hours, rel=1e-9)
    assert row["energy_kwh"] == pytest.approx(energy, rel=1e-9)
    assert row["cargo_tkm"] == pytest.approx(tkm, rel=1e-9)
    assert row["fuel_t"] == pytest.approx(fuel, rel=1e-9)


def test_the_same_seed_gives_the_same_tables(county, result):
    again = week(county)
    for name in ("calls", "tanks", "vessels", "trucks"):
        assert getattr(again, name).equals(getattr(result, name))
    assert not week(county, seed=2).calls.equals(result.calls)


def test_summary_and_throughput_agree(county, result):
    summary = station_summary(result, stations(county)).sort("station")
    through = lng_throughput(result.calls, days=7.0)
    assert summary["mass_t_per_year"].to_list() == pytest.approx(through["mass_t_per_year"].to_list())
    assert summary["served"].sum() == result.calls.filter(outcome="served").height
    assert summary["berth_use_share"].is_between(0.0, 1.0).all()
    with pytest.raises(ScenarioError, match="days: got 0"):
        lng_throughput(result.calls, days=0)


def test_faults_between_tables_are_listed_together(line, fleet_row, supply_row, trips):
    fleet = pl.DataFrame([fleet_row("ship-1", tank_start_m3=50.0), fleet_row("ship-2", reserve_share=None)])
    plan = trips(("ship-1", 0.0, 0.0, 500.0), ("ship-3", 0.0, 0.0, 50.0))
    with pytest.raises(DataError, match="river: 5 faults") as caught:
        simulate(line([0.0, 100.0]), plan, pl.DataFrame([supply_row(chainage_km=-3.0)]), vessels=fleet)
    text = str(caught.value)
    assert "voyages, row 2, column 'vessel_id': got 'ship-3'" in text
    assert "voyages, row 1, column 'to_km': got 500; expected 0 to 100 km" in text
    assert "stations, row 1, column 'chainage_km': got -3" in text
    assert "vessels, row 1, column 'tank_start_m3': got 50 m3; expected at most 40 m3" in text
    assert "vessels, row 2, column 'reserve_share': got nothing" in text


def test_other_wrong_inputs(line, fleet_row, supply_row, trips):
    plan, supply = trips(("v1", 0.0, 0.0, 100.0)), pl.DataFrame([supply_row()])
    fleet = pl.DataFrame([fleet_row()])
    with pytest.raises(DataError, match="vessel class 'test'"):
        simulate(line([0.0, 100.0], current_km_h=10.0), plan, supply, vessels=fleet)
    with pytest.raises(ScenarioError, match="days: got -1"):
        simulate(line([0.0, 100.0]), plan, supply, vessels=fleet, days=-1)
    with pytest.raises(DataError, match="berths"):
        simulate(line([0.0, 100.0]), plan, supply.with_columns(berths=pl.lit(0)), vessels=fleet)
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        shipping.simulat  # noqa: B018


def test_a_broken_balance_is_found(result):
    from dataclasses import replace

    with pytest.raises(DataError, match="LNG balance is"):
        check_mass_balance(replace(result, trucks=result.trucks.clear()))
    with pytest.raises(DataError, match="vessels took"):
        check_mass_balance(replace(result, vessels=result.vessels.with_columns(lng_bunkered_m3=0.0)))
