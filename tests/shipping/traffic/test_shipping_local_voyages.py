"""Voyages of the cargo terminals: what is drawn, berths by hand, the lock on the way, and LNG that they bunker."""

import datetime as dt

import polars as pl
import pytest

import shipping
from data import DataError, load_county
from shipping import simulate
from shipping.parameters.carbon_parameters import lock_wait
from shipping.ports.berths import terminal_result
from shipping.ports.terminals import terminal_calls
from shipping.river.chambers import Chamber, LockRules
from shipping.schemas import Supply
from shipping.simulation import simulate_calls
from shipping.traffic.local_voyages import lock_passages
from shipping.traffic.yearly import county_traffic

ENDS = {"river.trip_from_km": -266.5, "river.trip_to_km": 331.0}
QUAY = pl.DataFrame({"terminal": ["quay"], "berths": [1], "shore_power_kw": [50.0]})
HULL = {"length_m": 78.0, "beam_m": 15.6, "draught_m": 3.0, "empty_draught_m": 1.4}


@pytest.fixture(scope="module")
def deqing():
    return load_county("deqing")


@pytest.fixture(scope="module")
def drawn(deqing):
    return shipping.local_traffic(deqing, year=2030, days=28, seed=5)


def test_each_call_is_a_voyage_there_and_one_back(deqing, drawn):
    there, back = (drawn.voyages.filter(pl.col("follows").is_null() == flag) for flag in (True, False))
    wanted = terminal_calls(deqing, year=2030, days=28, seed=5)
    assert there.height == back.height == wanted.height
    assert (there["cargo_t"] + back["cargo_t"]).to_list() == wanted["cargo_t"].to_list()
    assert there["handling_min"].to_list() == wanted["stay_min"].to_list()
    assert set(back["to_km"]) == set(ENDS.values())
    # who loads comes empty; half of the calls do
    assert there.filter(cargo_t=0.0).height / there.height == pytest.approx(0.5, abs=0.06)
    assert back.filter(to_km=-266.5).height / back.height == pytest.approx(0.3, abs=0.06)


def test_no_vessel_is_larger_than_its_berth_or_smaller_than_its_cargo(deqing, drawn):
    dwt = dict(deqing.vessel_classes.select("vessel_class", "dwt_t").iter_rows())
    berth = dict(deqing.terminals.select("terminal", "berth_dwt").iter_rows())
    for name, terminal, cargo in (
        drawn.voyages.drop_nulls("terminal").select("vessel_class", "terminal", "cargo_t").iter_rows()
    ):
        assert cargo <= dwt[name] <= berth[terminal]


def test_vessels_are_where_they_would_be_at_minute_0(deqing, drawn):
    """The first days bring as many calls as later ones: nobody has to come all the way first."""
    there = drawn.voyages.drop_nulls("terminal")
    under_way = there.filter(~pl.col("from_km").is_in(list(ENDS.values())))
    assert under_way.height > 10
    assert (under_way["depart_min"] <= 60.0 * lock_wait(deqing).at(2030)).all()
    assert (there["depart_min"] >= 0.0).all()


def test_what_is_less_lies_in_one_place(deqing):
    fewer = deqing.with_figures({"river.terminal_up_share": 0.1})
    less, more = (shipping.local_traffic(one, year=2030, days=28, seed=5).voyages for one in (fewer, deqing))
    # the share of those from above moves directions, and no class, cargo or stay
    for column in ("vessel_class", "cargo_t", "handling_min"):
        assert less[column].equals(more[column])
    assert lock_passages(fewer, year=2030) == pytest.approx(lock_passages(deqing, year=2030) / 3.0)


def test_the_lock_sees_each_passage_once(deqing):
    apart = lock_passages(deqing, year=2030)
    # calls of a year from above, there and back
    calls = terminal_calls(deqing, year=2030, days=365, seed=1).height
    assert apart == pytest.approx(2.0 * 0.3 * calls, rel=0.05)
    start = {"year": 2030, "start": dt.date(2030, 3, 1), "days": 14, "seed": 2, "through": "fleet"}
    all_of_it, rest = (shipping.voyages(deqing, **start, apart=value) for value in (0.0, apart))
    passages = county_traffic(deqing, 2030)[0].passages
    known = [one.filter(kind="through").height for one in (all_of_it, rest)]
    assert known[1] / known[0] == pytest.approx(1.0 - apart / passages, abs=0.01)


def test_none_without_terminals_or_without_the_figure(deqing, county):
    assert (
        shipping.local_traffic(deqing.with_table("terminals", deqing.terminals.clear()), year=2030, days=1, seed=1)
        is None
    )
    assert shipping.local_traffic(county, year=2030, days=1, seed=1) is None
    assert lock_passages(county, year=2030) == 0.0


def test_a_terminal_whose_cargo_nobody_carries_is_a_fault(deqing):
    small = deqing.with_table("terminals", deqing.terminals.with_columns(berth_dwt=pl.lit(900.0)))
    with pytest.raises(DataError, match=r"no vessel class carries the 765 t of a call to '\w+', whose berths take"):
        shipping.local_traffic(small, year=2030, days=28, seed=5)


@pytest.fixture
def call(line, trips, fleet_row):
    """Return a function that lets vessels call at a quay at km 50 of 100 and go back: departures, handling, kind."""

    def run(*departs, minutes=300.0, kind="through", graph=None, berths=1, days=None, **vessel):
        names = [f"v{number}" for number in range(len(departs))]
        there = trips(*((name, depart, 0.0, 50.0) for name, depart in zip(names, departs, strict=True)), kind=kind)
        there = there.with_columns(terminal=pl.lit("quay"), handling_min=minutes, voyage_id=pl.col("voyage_id") * 2)
        back = there.with_columns(
            voyage_id=pl.col("voyage_id") + 1,
            follows=pl.col("voyage_id"),
            from_km=pl.col("to_km"),
            to_km=pl.lit(0.0),
            depart_min=pl.lit(0.0),
            terminal=pl.lit(None, pl.String),
            handling_min=pl.lit(None, pl.Float64),
        )
        plan = pl.concat([there, back], how="diagonal").sort("voyage_id")
        fleet = pl.DataFrame([fleet_row(name, kind=kind, **({"tank_m3": None} | vessel)) for name in names])
        quay = QUAY.with_columns(berths=pl.lit(berths))
        water = graph or line([0.0, 50.0, 100.0])
        return simulate(water, plan, Supply.create_empty(), vessels=fleet, terminals=quay, days=days)

    return run


@pytest.mark.parametrize("kind", ["through", "cycling"])
def test_the_second_waits_for_the_berth_and_leaves_later(call, kind):
    # 50 km at 10 km/h are 300 min; the berth is taken from 300 to 600, and from 600 to 900
    done = call(0.0, 60.0, kind=kind)
    assert done.berths["arrive_min"].to_list() == [300.0, 360.0]
    assert done.berths["wait_min"].to_list() == [0.0, 240.0]
    assert done.voyages["arrive_min"].to_list() == [300.0, 900.0, 360.0, 1200.0]
    two = call(0.0, 60.0, kind=kind, berths=2)
    assert two.berths["wait_min"].to_list() == [0.0, 0.0]


@pytest.mark.parametrize("kind", ["through", "cycling"])
def test_a_lock_on_the_way_delays_the_call(call, line, kind):
    graph = line([0.0, 25.0, 50.0, 100.0])
    graph.nodes["km25"].update(
        chambers=(Chamber("c", 80.0, 34.0, 5.0, 12.0, 4.0),), rules=LockRules(3.0, 2.0, 0.0, 1.0)
    )
    for edge in graph.edges:
        graph.edges[edge]["depth_m"] = 8.0
    free, locked = call(0.0, kind=kind, **HULL), call(0.0, kind=kind, graph=graph, **HULL)
    assert locked.berths["arrive_min"].item() > free.berths["arrive_min"].item() + 20.0
    # there and back
    assert locked.locks.height == 2


def test_who_waits_at_the_end_has_no_start_and_counts_as_a_call(call):
    done = call(0.0, 60.0, minutes=2000.0, days=1.0)
    assert done.berths["start_min"].to_list() == [300.0, None]
    found = terminal_result(QUAY, done.berths, days=1.0, shore_after_h=2.0, connect_min=10.0).terminals.row(
        0, named=True
    )
    assert found["calls"] == 2
    assert found["wait_mean_h"] == 0.0
    assert found["shore_kwh"] == pytest.approx(50.0 * (2000.0 - 20.0) / 60.0)


def test_a_vessel_with_a_tank_bunkers_on_its_way_to_the_terminal(deqing, drawn):
    stations = shipping.stations(deqing, year=2030)
    given = shipping.waterway(deqing, month=3), drawn.voyages.filter(kind="cycling"), stations
    rest = {"vessels": drawn.vessels, "seed": 1, "days": 28.0, "terminals": drawn.terminals}
    result = simulate(*given, **rest)
    ports = simulate_calls(*given, **rest)
    assert ports.calls.equals(result.calls)
    assert ports.berths.equals(result.berths)
    served = result.calls.filter(outcome="served")
    assert served.height > 5
    assert set(served["vessel_id"]) <= set(drawn.vessels.filter(kind="cycling")["vessel_id"])
    assert not result.vessels["stranded"].any()
    assert (
        result.berths.height
        > 0.8 * drawn.voyages.filter(pl.col("terminal").is_not_null() & (pl.col("kind") == "cycling")).height
    )


@pytest.mark.parametrize(
    ("changes", "berths", "words"),
    [
        ({"terminal": "kay"}, 1, r"terminal.*'kay'.*a terminal of the table"),
        ({"handling_min": None}, 1, r"handling_min.*nothing.*the voyage ends at a terminal"),
        ({}, 0, r"berths.*0.*at least one"),
    ],
)
def test_calls_that_mean_nothing_are_refused(line, trips, fleet_row, changes, berths, words):
    plan = trips(("v1", 0.0, 0.0, 50.0), kind="through").with_columns(
        terminal=pl.lit("quay"), handling_min=pl.lit(10.0)
    )
    plan = plan.with_columns(pl.lit(value, plan.schema[name]).alias(name) for name, value in changes.items())
    fleet = pl.DataFrame([fleet_row(kind="through", tank_m3=None)])
    with pytest.raises(DataError, match=words):
        simulate(
            line([0.0, 50.0]),
            plan,
            Supply.create_empty(),
            vessels=fleet,
            terminals=QUAY.with_columns(berths=pl.lit(berths)),
        )
