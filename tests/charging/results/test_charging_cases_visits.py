"""Cases from public trackers and from a hostile reading: where a wait stands, use of guns, minutes at the limit."""

import polars as pl
import pytest

import charging
from charging.engine import shared_piles
from charging.power.curves import Curve

NEAREST = {"information": "nearest"}
ENGINES = ("simpy", "compiled")


def roads(*rows):
    return pl.DataFrame(rows, schema=["origin", "station_id", "minutes", "km"], orient="row")


def only(frame, column):
    return frame[column].to_list()


def test_w4_a_wait_stands_where_it_was_waited(make_layout, make_requests):
    """The second car waits 20 min at a, gives up and charges at b at once."""
    ask = make_requests(
        {"arrive_min": 0.0, "energy_kwh": 60.0, "origin": "o"},
        {"arrive_min": 1.0, "energy_kwh": 20.0, "origin": "o", "patience_min": 20.0},
    )
    ways = roads(("o", "a", 0.0, 0.0), ("o", "b", 30.0, 20.0), ("a", "b", 5.0, 4.0), ("b", "a", 5.0, 4.0))
    stations = make_layout({"station_id": "a"}, {"station_id": "b"})
    found = charging.simulate(stations, ask, ways, behaviour=NEAREST)
    first, second = found.stations.sort("station_id").iter_rows(named=True)
    assert (first["arrivals"], first["served"], first["reneged"]) == (2, 1, 1)
    assert (second["arrivals"], second["served"], second["reneged"]) == (1, 1, 0)
    assert second["wait_mean_min"] == 0.0
    assert second["queue_mean"] == 0.0
    assert first["queue_mean"] == pytest.approx(20.0 / 1440.0)
    visits = found.visits.filter(pl.col("request_id") == 1)
    assert only(visits, "station_id") == ["a", "b"]
    assert only(visits, "try") == [1, 2]
    assert only(visits, "outcome") == ["reneged", "plugged"]
    assert only(visits, "arrive_min") == [1.0, 26.0]
    assert only(visits, "leave_queue_min") == [21.0, 26.0]
    assert found.sessions["wait_min"][1] == 20.0  # the total of the request
    assert charging.check_accounts(found, ask)["holds"].all()


def test_w4_at_full_size_the_queue_is_at_the_overloaded_station(make_layout, make_requests):
    """600 cars to a (2 guns): most give up there and charge at b (60 guns) without waiting."""
    rows = [
        {"arrive_min": 2.3 * at, "energy_kwh": 16.8, "origin": "o", "patience_min": 5.0 + at % 7} for at in range(600)
    ]
    ways = roads(("o", "a", 0.0, 0.0), ("o", "b", 60.0, 50.0), ("a", "b", 5.0, 4.0), ("b", "a", 5.0, 4.0))
    stations = make_layout({"station_id": "a", "piles": 2}, {"station_id": "b", "piles": 60})
    found = charging.simulate(stations, make_requests(*rows), ways, behaviour=NEAREST)
    first, second = found.stations.sort("station_id").iter_rows(named=True)
    assert first["arrivals"] == 600
    assert first["served"] + first["reneged"] == 600
    assert second["arrivals"] == second["served"] == first["reneged"]
    assert (second["wait_mean_min"], second["queue_mean"], second["queue_max"]) == (0.0, 0.0, 0.0)
    waits = found.visits.filter(station_id="a").select(pl.col("leave_queue_min") - pl.col("arrive_min"))
    assert first["queue_mean"] == pytest.approx(waits.sum().item() / 1440.0)
    little = charging.check_little(found.sessions, found.visits)
    assert little["holds"].all()
    assert charging.check_little(found.sessions)["queue_mean"][0] < 0.5 * little["queue_mean"][0]  # who left is unknown


def test_visits_say_how_each_ended(make_layout, make_requests):
    """One balks, one finds the station closed at the door, one is sent away at closing, one loses patience."""
    ask = make_requests(
        {"arrive_min": 0.0, "energy_kwh": 100.0},
        {"arrive_min": 5.0, "energy_kwh": 10.0, "patience_min": 10.0},
        {"arrive_min": 6.0, "energy_kwh": 10.0, "max_queue": 1},
        {"arrive_min": 50.0, "energy_kwh": 10.0},
        {"arrive_min": 55.0, "energy_kwh": 10.0, "origin": "o"},
    )
    hours = {"opens_min": 0.0, "closes_min": 60.0}
    found = charging.simulate(make_layout(hours), ask, roads(("o", "s", 3.0, 1.0)), behaviour=NEAREST)
    assert only(found.visits, "outcome") == ["plugged", "reneged", "balked", "closed", "closed"]
    assert only(found.visits, "arrive_min") == [0.0, 5.0, 6.0, 50.0, 58.0]
    assert only(found.visits, "leave_queue_min") == [0.0, 15.0, 6.0, 60.0, 60.0]
    station = found.stations.row(0, named=True)
    assert [station[name] for name in ("arrivals", "served", "balked", "reneged", "closed")] == [5, 1, 1, 1, 2]
    assert charging.check_accounts(found, ask)["holds"].all()


def test_a_driver_who_gets_to_no_station_makes_no_visit(make_layout, make_requests):
    found = charging.simulate(make_layout(), make_requests({"arrive_min": 0.0, "energy_kwh": 9.0, "current": "ac"}))
    assert only(found.sessions, "outcome") == ["unserved"]
    assert found.visits.height == 0


@pytest.mark.parametrize("group", [{"piles": 2}, {"guns_per_pile": 2, "sharing": "dynamic"}])
def test_both_engines_make_the_same_visits(make_layout, make_requests, group):
    rows = [
        {
            "arrive_min": 7.3 * (at % 90) + at / 97.0,
            "energy_kwh": 5.0 + at % 40,
            "patience_min": (None, 3.0, 31.0)[at % 3],
            "max_queue": (None, 0, 2)[at // 3 % 3],
        }
        for at in range(150)
    ]
    first, second = (charging.simulate(make_layout(group), make_requests(*rows), engine=engine) for engine in ENGINES)
    assert set(first.visits["outcome"]) == {"plugged", "balked", "reneged"}
    texts = ["request_id", "station_id", "try", "outcome"]
    assert first.visits.select(texts).equals(second.visits.select(texts))
    for name in ("arrive_min", "leave_queue_min"):
        assert only(first.visits, name) == pytest.approx(only(second.visits, name), abs=1e-6)
    assert first.visits.schema == second.visits.schema


@pytest.mark.parametrize("engine", ENGINES)
def test_w5_c06_use_of_guns_is_cut_at_the_days_simulated_and_never_above_one(make_layout, make_requests, engine):
    ask = make_requests(*[{"arrive_min": 0.0, "energy_kwh": 60.0} for _ in range(100)])
    station = charging.simulate(make_layout(), ask, engine=engine).stations.row(0, named=True)
    assert station["gun_utilisation_share"] == station["energy_utilisation_share"] == 1.0
    cars = [
        {"arrive_min": at, "current": "ac", "accept_kw": 7.0, "energy_kwh": 7.0, "overstay_min": 660.0}
        for at in range(4)
    ]
    ac = make_layout({"current": "ac", "pile_kw": 7.0})
    station = charging.simulate(ac, make_requests(*cars), engine=engine).stations.row(0, named=True)
    assert station["gun_utilisation_share"] == 1.0
    assert station["queue_mean"] == pytest.approx(2.50, abs=0.005)
    one = make_requests({"arrive_min": 0.0, "energy_kwh": 20.0, "overstay_min": 5000.0})
    assert charging.simulate(make_layout(), one, engine=engine).stations["gun_utilisation_share"].item() == 1.0


@pytest.mark.parametrize(("current", "efficiency"), [("dc", 0.92), ("ac", 0.89)])
def test_energy_use_of_a_pile_that_is_always_full_is_one(make_layout, make_requests, current, efficiency):
    """The power of a DC pile is what the vehicle gets, that of an AC pile what the meter reads: losses are no use."""
    ask = make_requests({"arrive_min": 0.0, "energy_kwh": 3000.0, "current": current})
    rules = {f"efficiency_{current}": efficiency}
    found = charging.simulate(make_layout({"current": current}), ask, behaviour=rules)
    assert found.stations["energy_utilisation_share"].item() == pytest.approx(1.0, abs=1e-9)


def test_energy_use_of_a_station_with_both_currents_is_between_those_of_its_piles(make_layout, make_requests):
    ask = make_requests(
        {"arrive_min": 0.0, "energy_kwh": 60.0 * 12.0},
        {"arrive_min": 0.0, "energy_kwh": 7.0 * 6.0 * 0.5, "current": "ac", "accept_kw": 3.5},
    )
    groups = make_layout({}, {"current": "ac", "pile_kw": 7.0})
    found = charging.simulate(groups, ask, behaviour={"efficiency_dc": 0.5, "efficiency_ac": 0.5})
    assert found.stations["energy_utilisation_share"].item() == pytest.approx((60.0 * 12.0 + 7.0 * 6.0) / (67.0 * 24.0))


@pytest.mark.parametrize("interval", [1.0, 5.0, 15.0])
def test_c21_minutes_at_the_limit_are_exact_whatever_the_interval(make_layout, make_requests, interval):
    """Four cars of 100 kW behind 200 kW end at 30, 52.5, 67.5 and 82.5 min; the last one alone does not fill it."""
    ask = make_requests(
        *[{"arrive_min": 0.0, "energy_kwh": kwh, "accept_kw": 100.0} for kwh in (25.0, 50.0, 75.0, 100.0)]
    )
    group = make_layout({"piles": 4, "pile_kw": 100.0, "transformer_kw": 200.0})
    found = charging.simulate(group, ask, behaviour={"interval_min": interval})
    assert only(found.sessions, "full_min") == pytest.approx([30.0, 52.5, 67.5, 82.5])
    assert found.stations["limit_min"].item() == pytest.approx(67.5, abs=1e-9)


def test_c21_a_short_overlap_counts(make_layout, make_requests):
    ask = make_requests(*[{"arrive_min": at, "energy_kwh": 10.0} for at in (0.0, 6.0)])
    found = charging.simulate(make_layout({"piles": 2, "transformer_kw": 120.0}), ask)
    assert found.stations["limit_min"].item() == pytest.approx(4.0)


def test_c21_the_limit_is_left_in_the_middle_of_a_curve(make_layout, make_requests):
    """One car of 100 kW whose power falls with SOC from 1 to 0.5: below 80 kW after a time in closed form."""
    vehicles = pl.DataFrame(
        {"vehicle_class": ["car"], "curve_soc": [[0.0, 0.8, 1.0]], "curve_share": [[1.0, 0.5, 0.2]]}
    ).with_columns(efficiency_dc=pl.lit(0.8))
    car = {"energy_kwh": 36.0, "accept_kw": 100.0, "battery_kwh": 60.0, "soc_start": 0.0, "vehicle_class": "car"}
    group = make_layout({"pile_kw": 150.0, "transformer_kw": 100.0})
    found = charging.simulate(group, make_requests({"arrive_min": 0.0, **car}), vehicles=vehicles)
    # 100 kW at the meter are 80 kW into the battery, held until the curve is at 99.9 % of that: SOC 0.32 and a hair
    curve = Curve((0.0, 0.8, 1.0), (1.0, 0.5, 0.2))
    soc = 0.8 * (1.0 - 0.8 * 0.999) / 0.5
    until = 60.0 * 60.0 / 100.0 * (0.32 / 0.8 + curve_minutes(curve, 0.32, soc))
    assert found.stations["limit_min"].item() == pytest.approx(until, rel=1e-9)


def curve_minutes(curve, start, end):
    """Return the integral of dSOC / share along the first line of a curve, by its logarithm."""
    (low, high), (first, last) = curve.soc[:2], curve.power_share[:2]
    slope = (last - first) / (high - low)
    share = [first + slope * (soc - low) for soc in (start, end)]
    return float(pl.Series([share[1] / share[0]]).log().item() / slope)


@pytest.mark.parametrize("segments", [1, 16_384])
def test_c21_minutes_at_the_limit_are_the_same_whenever_the_log_is_read(
    monkeypatch, make_layout, make_requests, segments
):
    """Two hundred cars with curves; the reference counts intervals of six seconds."""
    monkeypatch.setattr(shared_piles, "_SEGMENTS", segments)
    vehicles = pl.DataFrame(
        {"vehicle_class": ["car"], "curve_soc": [[0.0, 0.5, 1.0]], "curve_share": [[0.8, 1.0, 0.2]]}
    ).with_columns(efficiency_dc=pl.lit(0.9))
    rows = [
        {
            "arrive_min": 11.0 * at + at * at % 7,
            "energy_kwh": 10.0 + 7 * at % 30,
            "accept_kw": 60.0 + 13 * at % 90,
            "battery_kwh": 60.0,
            "soc_start": 0.1 + (at % 4) / 20.0,
            "vehicle_class": "car",
        }
        for at in range(200)
    ]
    stations = make_layout(
        {"piles": 4, "pile_kw": 120.0, "transformer_kw": 150.0, "guns_per_pile": 2, "sharing": "dynamic"},
        {"station_id": "t", "piles": 2, "transformer_kw": 65.0},
    )
    found = charging.simulate(
        stations, make_requests(*rows), vehicles=vehicles, behaviour={"interval_min": 0.1, "indifference_min": 5.0}
    )
    for station, kw in (("s", 150.0), ("t", 65.0)):
        counted = 0.1 * found.load.filter((pl.col("station_id") == station) & (pl.col("mean_kw") >= 0.999 * kw)).height
        exact = found.stations.filter(station_id=station)["limit_min"].item()
        assert 0.0 < counted <= exact + 1e-6
        assert exact == pytest.approx(counted, abs=0.2 * 200)
        assert exact == pytest.approx(counted, rel=0.02)
