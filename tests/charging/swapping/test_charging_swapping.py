"""Swap stations: timelines by hand, batteries that run out, theory of the bay, accounts, and faults."""

import copy
import math

import numpy as np
import polars as pl
import pytest
import simpy

from charging import compare_swapping, simulate, simulate_swaps, swapped_classes
from charging.engine.clock import Clock
from charging.queueing.formulas import wait_mdc
from charging.queueing.verification import poisson_requests
from charging.swapping.battery_stock import BatteryStock, Rack
from data import DataError, load_county

STATION = {
    "station_id": "w",
    "bays": 1,
    "batteries": 2,
    "chargers": 2,
    "charger_kw": 60.0,
    "battery_kwh": 60.0,
    "swap_min": 5.0,
    "ready_soc": 1.0,
    "efficiency": 0.8,
}


def station(**changes):
    return pl.DataFrame([{**STATION, **changes}])


def ask(make_requests, *minutes, **more):
    rows = [
        {"arrive_min": minute, "energy_kwh": 30.0, "soc_start": 0.5, "battery_kwh": 60.0, **more} for minute in minutes
    ]
    return make_requests(*rows)


def test_a_station_that_runs_out_of_batteries_by_hand(make_requests):
    found = simulate_swaps(station(), ask(make_requests, 0.0, 0.0, 0.0))
    rows = found.swaps.to_dicts()
    assert [row["start_min"] for row in rows] == [0.0, 5.0, 35.0]
    assert [row["leave_min"] for row in rows] == [5.0, 10.0, 40.0]
    assert [row["wait_min"] for row in rows] == [0.0, 5.0, 35.0]
    assert found.stations["short_min"].item() == pytest.approx(25.0)
    assert found.load["energy_kwh"].sum() == pytest.approx(90.0)
    assert found.swaps["energy_kwh"].sum() == pytest.approx(90.0)
    assert found.load["meter_kwh"].sum() == pytest.approx(90.0 / 0.8)


def test_one_charger_charges_one_after_the_other(make_requests):
    found = simulate_swaps(station(chargers=1, batteries=2), ask(make_requests, 0.0, 0.0, 0.0, 0.0))
    assert found.swaps["start_min"].to_list() == [0.0, 5.0, 35.0, 65.0]


def test_batteries_that_charge_share_the_connection(make_requests):
    # 60 kW at the batteries: the first gets 5 kWh alone from 5 to 10 min, then 25 at 30 kW; the second the rest alone
    limited = simulate_swaps(station(limit_kw=75.0), ask(make_requests, 0.0, 0.0, 0.0, 0.0))
    assert limited.swaps["start_min"].to_list() == pytest.approx([0.0, 5.0, 60.0, 65.0])
    assert limited.load["energy_kwh"].sum() == pytest.approx(120.0)
    assert limited.load["mean_kw"].max() <= 75.0 + 1e-9


def test_impatient_vehicles_leave_the_queue_for_the_bay(make_requests):
    requests = ask(make_requests, 0.0, 1.0, patience_min=2.0)
    rows = simulate_swaps(station(), requests).swaps.to_dicts()
    assert rows[1]["outcome"] == "reneged"
    assert rows[1]["leave_min"] == 3.0


def test_every_request_has_one_row_and_classes_find_their_station(make_requests):
    both = pl.concat(
        [station(station_id="car", vehicle_classes="taxi"), station(station_id="lorry", vehicle_classes="tractor")]
    )
    requests = make_requests(
        {"arrive_min": 0.0, "energy_kwh": 30.0, "vehicle_class": "taxi/A"},
        {"arrive_min": 0.0, "energy_kwh": 30.0, "vehicle_class": "tractor/T"},
        {"arrive_min": 0.0, "energy_kwh": 30.0, "vehicle_class": "bus/B"},
    )
    found = simulate_swaps(both, requests).swaps
    assert found["station_id"].to_list() == ["car", "lorry", None]
    assert found["outcome"].to_list() == ["served", "served", "unserved"]
    assert found["energy_kwh"].to_list() == [30.0, 30.0, 0.0]


def test_travel_decides_the_station(make_requests):
    both = pl.concat([station(station_id="far"), station(station_id="near")])
    travel = pl.DataFrame(
        {"origin": ["o", "o"], "station_id": ["far", "near"], "minutes": [9.0, 4.0], "km": [9.0, 4.0]}
    )
    found = simulate_swaps(both, ask(make_requests, 1.0, origin="o"), travel).swaps
    assert found.select("station_id", "arrive_min").row(0) == ("near", 5.0)
    assert simulate_swaps(both, ask(make_requests, 1.0, origin="x"), travel).swaps["outcome"].item() == "unserved"


@pytest.mark.whole
def test_with_batteries_enough_the_bay_is_a_queue_with_fixed_service():
    requests = poisson_requests(7, 30_000, 0.8, "fixed")
    quick = station(batteries=400, chargers=400, swap_min=30.0)
    rate = requests.height / requests["arrive_min"].max()
    waits = simulate_swaps(quick, requests).swaps["wait_min"].to_numpy()
    expected = wait_mdc(1, rate * 30.0, service_min=30.0)
    means = np.array([part.mean() for part in np.array_split(waits[3000:], 30)])
    assert abs(means.mean() - expected) < 3.66 * means.std(ddof=1) / np.sqrt(30)


def test_swapping_beside_charging_the_same_requests(make_requests, make_layout):
    requests = ask(make_requests, 0.0, 10.0, 20.0)
    charged = simulate(make_layout({}), requests)
    table = compare_swapping(simulate_swaps(station(), requests), charged.sessions, charged.load)
    rows = {row["way"]: row for row in table.iter_rows(named=True)}
    assert rows["swapping"]["stay_mean_min"] < rows["charging"]["stay_mean_min"]
    assert rows["swapping"]["energy_kwh"] == pytest.approx(rows["charging"]["energy_kwh"])


def test_a_stock_gives_back_what_an_interrupted_vehicle_asked_for():
    env = Clock()
    stock = BatteryStock(env, Rack(1, 1, 60.0, 60.0))

    def take():
        try:
            yield from stock.take()
        except simpy.Interrupt:
            return

    env.process(take())
    second = env.process(take())

    def stop():
        yield env.timeout(3.0)
        second.interrupt()
        stock.give(0.5)

    env.process(stop())
    env.run()
    assert stock.ready == 1
    assert stock.short_min == pytest.approx(3.0)


def test_a_vehicle_interrupted_in_the_instant_of_its_battery_takes_none():
    env = Clock()
    stock = BatteryStock(env, Rack(1, 1, 60.0, 60.0))

    def take():
        with pytest.raises(simpy.Interrupt):
            yield from stock.take()

    vehicle = env.process(take())

    def stop():
        vehicle.interrupt()
        yield env.timeout(1.0)

    env.process(stop())
    env.run()
    assert stock.ready == 1


@pytest.mark.parametrize("limit_kw", [None, 90.0])
def test_batteries_given_together_charge_as_those_given_one_by_one(limit_kw):
    pieces = []
    for together in (True, False):
        env = Clock()
        stock = BatteryStock(env, Rack(1, 2, 60.0, 60.0, limit_kw=limit_kw))
        for socs in [(0.5, 0.2, 1.0, 0.7)] if together else [(0.5,), (0.2,), (1.0,), (0.7,)]:
            stock.give(*socs)
        assert stock.ready == 2  # the full one is handed out at once
        env.run()
        assert stock.ready == 5
        pieces.append(stock.pieces)
    assert pieces[0] == pieces[1]
    assert sum(kw * (end - start) / 60.0 for start, end, kw in pieces[0]) == pytest.approx(1.6 * 60.0)


@pytest.mark.parametrize("limit_kw", [None, 90.0])
def test_a_stock_beside_the_queue_charges_and_hands_out_as_one_in_it(limit_kw):
    class Beside:
        def __init__(self, stock):
            self._stock = stock

        @property
        def next_min(self):
            return self._stock.next_min

        def happen(self, until_min, order, new):
            self._stock.charge_until(until_min, order, new)

    found = []
    for beside in (True, False):
        env, log = Clock(), []
        stock = BatteryStock(env, Rack(2, 2, 60.0, 60.0, limit_kw=limit_kw), beside=beside)

        def vehicle(name, start, env=env, stock=stock, log=log):
            yield start
            for soc in (0.5, 0.2, 0.75):
                yield from stock.take()
                log.append((name, env.minute))
                # batteries get ready at the minutes at which vehicles come back
                yield 15.0
                stock.give(soc)

        for name, start in enumerate((0.0, 0.0, 15.0)):
            env.start(vehicle(name, start))
        if beside:
            env.run_beside(Beside(stock))
        else:
            env.run_before(math.inf)
        found.append((log, stock.pieces, stock.ready, stock.short_min))
    assert found[0] == found[1]
    assert found[0][2] == 2
    assert found[0][3] > 0.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"batteries": 0}, "batteries"),
        ({"charger_kw": -1.0}, "charger_kw"),
        ({"limit_kw": 0.0}, "limit_kw"),
        ({"ready_soc": 0.0}, "ready_soc"),
    ],
)
def test_faulty_stations_are_named(make_requests, changes, words):
    with pytest.raises(DataError, match=words):
        simulate_swaps(station(**changes), ask(make_requests, 0.0))


def test_other_faults_are_named(make_requests):
    with pytest.raises(DataError, match="interval_min"):
        simulate_swaps(station(), ask(make_requests, 0.0), interval_min=0.0)
    for given in ((0, 1, 1.0, 1.0), (1, 0, 1.0, 1.0), (1, 1, 0.0, 1.0)):
        with pytest.raises(DataError, match="expected"):
            Rack(*given)


def test_the_county_has_swap_stations():
    assert load_county("deqing").swap_stations["station_id"].to_list() == ["swap-decheng", "swap-yuecheng"]


def two_stations():
    return pl.concat([station(station_id="w", batteries=1), station(station_id="x")])


def test_who_leaves_unless_a_battery_is_ready_swaps_at_the_next_station(make_requests):
    ways = pl.DataFrame(
        [("o", "w", 1.0, 1.0), ("o", "x", 9.0, 9.0), ("w", "x", 4.0, 4.0)],
        schema=["origin", "station_id", "minutes", "km"],
        orient="row",
    )
    requests = ask(make_requests, 0.0, 10.0, origin="o", max_queue=0)
    found = simulate_swaps(two_stations(), requests, ways)
    # the bay of w is free again at 6, its only battery is charged until 36
    assert found.swaps["station_id"].to_list() == ["w", "x"]
    assert found.swaps["start_min"].to_list() == [1.0, 15.0]
    assert found.swaps["travel_min"].to_list() == [1.0, 5.0]
    assert found.swaps["tries"].to_list() == [1, 2]
    assert found.stations["arrivals"].to_list() == [2, 1]
    assert found.stations["balked"].to_list() == [1, 0]
    assert simulate_swaps(two_stations(), requests, ways, max_tries=1).swaps["outcome"].to_list() == [
        "served",
        "balked",
    ]


def test_patience_at_a_swap_station_ends_in_the_bay_too(make_requests):
    requests = ask(make_requests, 0.0, 0.0, 0.0, patience_min=20.0)
    found = simulate_swaps(station(batteries=1), requests)
    assert found.swaps["outcome"].to_list() == ["served", "reneged", "reneged"]
    assert found.swaps["leave_min"].to_list() == [5.0, 20.0, 20.0]
    assert found.stations["short_min"].item() == pytest.approx(15.0)
    # a battery that is ready as patience ends is taken
    in_time = simulate_swaps(station(batteries=1), ask(make_requests, 0.0, 0.0, patience_min=35.0))
    assert in_time.swaps["start_min"].to_list() == [0.0, 35.0]


def test_a_vehicle_that_leaves_every_swap_station_is_unserved(make_requests):
    found = simulate_swaps(two_stations(), ask(make_requests, 0.0, 0.0, 0.0, max_queue=0))
    assert found.swaps["outcome"].to_list() == ["served", "served", "unserved"]
    assert found.swaps["tries"].to_list() == [1, 2, 2]
    with pytest.raises(DataError, match="max_tries: got 0"):
        simulate_swaps(two_stations(), ask(make_requests, 0.0), max_tries=0)


def test_a_station_that_names_no_class_takes_all():
    assert swapped_classes(["taxi|tractor", "tractor"]) == {"taxi", "tractor"}
    assert swapped_classes(["taxi", None]) is None
    assert swapped_classes([]) == frozenset()


def test_tables_of_a_result_are_made_once_and_a_copy_has_them(make_requests):
    found = simulate_swaps(two_stations(), ask(make_requests, 0.0, 0.0, 0.0, max_queue=0))
    assert found.stations is found.stations
    assert found.stations["arrivals"].to_list() == [3, 2]
    copied = copy.copy(found)
    for name in ("swaps", "load", "stations"):
        assert getattr(copied, name).equals(getattr(found, name))


def test_who_acts_at_one_minute_acts_in_the_order_in_which_it_was_put_on_the_clock(make_requests):
    # at 5 the first leaves the only bay, which the second gets; the third arrives before that and waits behind it
    found = simulate_swaps(station(batteries=9), ask(make_requests, 0.0, 1.0, 5.0))
    assert found.swaps["start_min"].to_list() == [0.0, 5.0, 10.0]
    # a vehicle in a bay counts as waiting until those who arrive in the same instant have seen it
    pair = ask(make_requests, 0.0, 0.0, max_queue=1)
    assert simulate_swaps(station(bays=2, batteries=1), pair).swaps["outcome"].to_list() == ["served", "balked"]


def test_a_vehicle_that_waits_in_two_queues_keeps_its_patience_apart(make_requests):
    # nobody gets a battery at w within 8 min; at x, 2 min away, the bay is taken until 12
    ways = pl.DataFrame(
        [("o", "w", 0.0, 0.0), ("o", "x", 9.0, 9.0), ("w", "x", 2.0, 2.0), ("p", "x", 7.0, 7.0)],
        schema=["origin", "station_id", "minutes", "km"],
        orient="row",
    )
    both = pl.concat([station(station_id="w", batteries=1), station(station_id="x", batteries=4)])
    rows = [
        {"arrive_min": at, "energy_kwh": 30.0, "origin": origin, "patience_min": patience}
        for at, origin, patience in ((0.0, "o", None), (0.0, "o", 8.0), (0.0, "p", None))
    ]
    found = simulate_swaps(both, make_requests(*rows), ways).swaps
    assert found["station_id"].to_list() == ["w", "x", "x"]
    assert found["outcome"].to_list() == ["served"] * 3
    assert found["start_min"].to_list() == [0.0, 12.0, 7.0]
    assert found["wait_min"].to_list() == [0.0, 10.0, 0.0]
