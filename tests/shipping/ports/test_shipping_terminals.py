"""Terminals and battery vessels: berths by hand and by theory, shore power, charging beside swapping, sizing."""

import numpy as np
import polars as pl
import pytest

from charging.queueing.formulas import wait_mmc
from data import DataError, load_county
from data.goals import Goal, Service, Shown
from experiments import size
from experiments.scenario.model import Scenario
from shipping.ports.battery_trips import electric_calls
from shipping.ports.berths import _plugged_share, simulate_terminals
from shipping.ports.hydrogen import hydrogen_trailers
from shipping.ports.shore_charging import charging_against_swapping, shore_layout
from shipping.ports.terminals import open_terminals, terminal_calls, terminals_at_capacity
from shipping.sizing.lng_stations import size_stations


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


def calls(*rows):
    frame = pl.DataFrame(rows, schema=["arrive_min", "stay_min"], orient="row").with_columns(pl.all().cast(pl.Float64))
    return frame.with_row_index("call_id").select(
        pl.col("call_id").cast(pl.Int64),
        pl.lit("t").alias("terminal"),
        "arrive_min",
        pl.lit(1000.0).alias("cargo_t"),
        "stay_min",
    )


def terminal(berths, shore=50.0):
    return pl.DataFrame({"terminal": ["t"], "berths": [berths], "shore_power_kw": [shore]})


def test_berths_by_hand():
    found = simulate_terminals(terminal(1), calls((0, 60), (10, 120), (20, 30)), days=1.0, shore_after_h=2.0)
    assert found.calls["wait_min"].to_list() == [0.0, 50.0, 160.0]
    assert found.calls["shore_power"].to_list() == [False, True, False]
    row = found.terminals.row(0, named=True)
    assert row["shore_kwh"] == pytest.approx(100.0)
    assert row["shore_peak_kw"] == 50.0
    assert row["berth_use_share"] == pytest.approx(3.5 / 24.0)
    assert row["throughput_mt_year"] == pytest.approx(3000 * 365 / 1e6)
    two = simulate_terminals(terminal(2), calls((0, 60), (10, 120), (20, 30)), days=1.0, shore_after_h=2.0)
    assert two.calls["wait_min"].to_list() == [0.0, 0.0, 40.0]


def test_berths_are_the_queue_of_the_theory():
    rng = np.random.default_rng(5)
    arrive = np.cumsum(rng.exponential(30.0, 40_000))
    stay = rng.exponential(72.0, 40_000)
    found = simulate_terminals(terminal(3, 0.0), calls(*zip(arrive, stay, strict=True)), days=833.0, shore_after_h=2.0)
    waits = found.calls["wait_min"].to_numpy()
    means = np.array([part.mean() for part in np.array_split(waits[4000:], 30)])
    assert abs(means.mean() - wait_mmc(3, 2.4, service_min=72.0)) < 3.66 * means.std(ddof=1) / np.sqrt(30)


def test_the_terminals_of_the_county_carry_their_throughput(county):
    wanted = terminal_calls(county, year=2030, days=60, seed=2)
    assert wanted.equals(terminal_calls(county, year=2030, days=60, seed=2))
    places = open_terminals(county, year=2030)
    found = simulate_terminals(places, wanted, days=60.0, shore_after_h=2.0).terminals
    yuecheng = found.filter(terminal="yuecheng").row(0, named=True)
    assert yuecheng["throughput_mt_year"] == pytest.approx(29.22 * 0.6, rel=0.1)
    assert 0.2 < yuecheng["berth_use_share"] < 0.8
    assert open_terminals(county, year=2025).height < places.height


def test_terminals_at_design_capacity_by_hand(county):
    full = {row["terminal"]: row for row in terminals_at_capacity(county, year=2030).iter_rows(named=True)}
    # 29.22 Mt of 2 550 t a call: 31.4 calls a day of 2 550 / 800 + 0.5 h
    assert full["yuecheng"]["calls_per_day"] == pytest.approx(29.22e6 / 2550.0 / 365.0)
    assert full["yuecheng"]["berth_use_share"] == pytest.approx(
        29.22e6 / 2550.0 / 8760.0 * (2550.0 / 800.0 + 0.5) / 6.0
    )
    assert 0.1 < full["yuecheng"]["wait_mean_h"] < 2.0
    slow = county.with_table("terminals", county.terminals.with_columns(handling_t_h=100.0))
    assert terminals_at_capacity(slow, year=2030).filter(terminal="yuecheng")["wait_mean_h"].item() is None


def test_shore_power_begins_when_the_vessel_is_connected():
    own = calls((0, 1)).head(1).with_columns(arrive_min=pl.lit(0.0), stay_min=pl.lit(300.0))
    site = terminal(1).with_columns(shore_power_kw=pl.lit(60.0))
    whole, connected = (
        simulate_terminals(site, own, days=1.0, shore_after_h=2.0, connect_min=minutes).terminals["shore_kwh"].item()
        for minutes in (0.0, 25.0)
    )
    assert whole == pytest.approx(300.0)
    assert connected == pytest.approx(250.0)


def test_faults_of_terminals_are_named():
    with pytest.raises(DataError, match="'t' is no terminal"):
        simulate_terminals(terminal(1).with_columns(terminal=pl.lit("u")), calls((0, 1)), days=1.0, shore_after_h=2.0)
    with pytest.raises(DataError, match="more than 0"):
        simulate_terminals(terminal(1), calls((0, 1)), days=0.0, shore_after_h=2.0)


def test_battery_vessels_charge_or_swap(county):
    wanted = electric_calls(county, year=2030, days=14, seed=1)
    assert wanted.height > 50
    assert (wanted["energy_kwh"] <= wanted["battery_kwh"] * 0.85 + 1e-6).all()
    table = charging_against_swapping(county, wanted)
    rows = {row["way"]: row for row in table.iter_rows(named=True)}
    assert rows["swapping"]["energy_kwh"] == pytest.approx(rows["charging"]["energy_kwh"], rel=1e-9)
    limit = county.figure("river.electric_transformer_kw")
    assert max(row["peak_kw"] for row in rows.values()) <= limit + 1e-6
    more = charging_against_swapping(county, wanted, chargers=4, spares=12)
    assert more.filter(way="swapping")["wait_mean_min"].item() <= rows["swapping"]["wait_mean_min"]
    assert shore_layout(county, chargers=3)["piles"].item() == 3


def test_without_electric_classes_there_are_no_such_vessels(county):
    none = county.with_table("vessel_classes", county.vessel_classes.filter(pl.col("fuel") != "electric"))
    with pytest.raises(DataError, match="no class with fuel 'electric'"):
        electric_calls(none, year=2030, days=1, seed=1)


def test_hydrogen_by_hand(county):
    need = hydrogen_trailers(county, vessels=2, km_per_day=100.0)
    # 500 kW at 20 km/h; 33.33 kWh/kg and a cell of 45 %
    per_km = 25.0 / (33.33 * 0.45)
    assert need["kwh_per_km"] == 25.0
    assert need["kg_per_km"] == pytest.approx(1.67, abs=0.005)
    assert need["kg_per_day"] == pytest.approx(200.0 * per_km)
    assert need["trailers_per_day"] == pytest.approx(200.0 * per_km / 300.0)
    assert need["delivery_interval_h"] == pytest.approx(24.0 * 300.0 / (200.0 * per_km))
    assert need["range_km"] == pytest.approx(200.0, rel=0.02)
    assert need["tank_fillings_per_day"] == pytest.approx(100.0 / need["range_km"])
    assert need["electric_kwh_per_day"] == pytest.approx(5000.0)
    assert hydrogen_trailers(county, vessels=0, km_per_day=0.0)["delivery_interval_h"] == float("inf")
    with pytest.raises(DataError, match="expected 0 or more"):
        hydrogen_trailers(county, vessels=-1, km_per_day=1.0)


STATIONS = pl.DataFrame(
    {
        "station": ["a", "b"],
        "berths": [1, 1],
        "tank_m3": [200.0, 200.0],
        "tank_start_m3": [None, None],
        "open_h": [6.0, 6.0],
        "close_h": [22.0, 22.0],
    },
    schema_overrides={"tank_start_m3": pl.Float64},
)


def test_the_least_stations_are_found():
    def evaluate(table, _):
        berths, tank = int(table["berths"][0]), float(table["tank_m3"][0])
        return Service({"p95_wait_min": Shown(90.0 / berths), "stockout_share": Shown(max(0.0, 0.1 - tank / 3000.0))})

    goals = [Goal("p95_wait_min", "<=", 50.0), Goal("stockout_share", "<=", 0.02)]
    found = size_stations(STATIONS, ["a"], evaluate, goals)
    assert found.feasible
    assert found.answer.row(0) == ("a", 2, 250.0, False, 1, "truck")
    steps = {one.figures["step"].key for one in found.binds if one.key == "lng_less"}
    assert {"step_berth", "step_tank"} <= steps
    tight = size_stations(STATIONS, ["a"], evaluate, goals, budget={"berths": 1})
    assert not tight.feasible
    assert (tight.binds[0].key, str(tight.binds[0].figures["goal"])) == ("lng_missed", "p95_wait_min<=50")


def test_only_nights_help_where_the_window_binds():
    def evaluate(table, _):
        return Service({"p95_wait_min": Shown(30.0 if table["close_h"][0] == 24.0 else 200.0)})

    found = size_stations(STATIONS, ["a", "b"], evaluate, [Goal("p95_wait_min", "<=", 60.0)])
    assert found.feasible
    assert found.answer["open_all_day"].to_list() == [True, False]


@pytest.mark.whole
def test_size_bunkering_and_fleet_of_the_county():
    scenario = Scenario.load("deqing-2030", sets=["days=5", "replications=3"])
    found = size("bunkering", scenario, target="p95_wait_min<=2000,stockout_share<=0.5")
    assert found.feasible
    assert found.answer["station"].to_list() == ["xijiang-hub", "yuecheng"]
    path = size("fleet", scenario)
    assert path.feasible
    needed = path.frontier.filter(path="needed").row(0, named=True)
    assert needed["clean_flow_share"] == pytest.approx(0.4, abs=0.001)
    assert needed["meets"]
    more = size("fleet", scenario, target="clean_flow_share>=0.6")
    assert more.frontier.filter(path="needed")["clean_flow_share"].item() == pytest.approx(0.6, abs=0.001)


@pytest.mark.parametrize("interval_min", [15.0, 0.1, 7.3])
def test_a_stay_is_looked_for_only_in_the_intervals_that_it_touches(interval_min):
    drawn = np.random.default_rng(5)
    start = np.concatenate([interval_min * np.arange(3.0), drawn.uniform(0.0, 90.0, 40)])
    # some are over before they are connected
    end = np.concatenate([interval_min * np.arange(1.0, 4.0), start[3:] + drawn.uniform(-3.0, 30.0, 40)])
    count = int(end.max() // interval_min) + 1
    edges = interval_min * np.arange(count + 1)
    share = np.zeros(count)
    for moored, leaves in zip(start, end, strict=True):
        share += np.maximum(np.minimum(edges[1:], leaves) - np.maximum(edges[:-1], moored), 0.0) / interval_min
    stays = list(zip(start.tolist(), end.tolist(), strict=True))
    assert _plugged_share(stays, count, interval_min).tolist() == share.tolist()
    assert _plugged_share([(30.0, -2.0)], 0, interval_min).size == 0
