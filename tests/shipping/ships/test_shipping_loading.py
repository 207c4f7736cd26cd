"""How full vessels sail: water under the keel in reaches and over sills, by month; worked by hand."""

import numpy as np
import polars as pl
import pytest

from data.errors import DataError
from shipping import simulate
from shipping.emissions.passage_work import passage_work
from shipping.river.chambers import Chamber, LockRules
from shipping.schemas import Supply
from shipping.traffic.yearly import county_traffic

# draws 2 m empty and 4 m full: a tenth of the cargo for every 0.2 m
HULL = {"length_m": 78.0, "beam_m": 15.6, "draught_m": 4.0, "empty_draught_m": 2.0, "tank_m3": None}
DAY = 1440.0


@pytest.fixture
def shallow(line):
    """Return a function that makes a river of 100 km from the depths of its periods of 30 days."""

    def make(*depths, keel_m=0.4):
        graph = line([0.0, 60.0, 100.0])
        if len(depths) > 1:
            graph.graph["period_start_min"] = tuple(30.0 * DAY * number for number in range(len(depths)))
        for edge in graph.edges:
            graph.edges[edge]["depth_m"] = depths if len(depths) > 1 else depths[0]
        if keel_m is not None:
            graph.graph["keel_m"] = keel_m
            graph.graph["load_ahead_min"] = 10.0 * 1440.0
        return graph

    return make


@pytest.fixture
def sail(trips, fleet_row):
    def run(graph, *rows, kind="through", load_share=0.9, **options):
        plan = trips(*(rows or (("v1", 0.0, 0.0, 100.0),)), kind=kind, load_share=load_share, cargo_t=900.0)
        fleet = pl.DataFrame([fleet_row(kind=kind, **HULL)])
        return simulate(graph, plan, Supply.create_empty(), vessels=fleet, **options)

    return run


@pytest.mark.parametrize("kind", ["through", "cycling"])
def test_a_vessel_loads_what_the_water_lets_it(shallow, sail, kind):
    # 4.0 m less 0.4 m: it draws 3.6 m, which is 0.8 of its cargo; it wanted 0.9
    done = sail(shallow(4.0), kind=kind).voyages.row(0, named=True)
    assert done["cargo_left_t"] == pytest.approx(100.0)
    assert done["cargo_tkm"] == pytest.approx(800.0 * 100.0)
    full = sail(shallow(4.0), kind=kind, load_share=0.8).voyages.row(0, named=True)
    assert done["energy_kwh"] == pytest.approx(full["energy_kwh"])


@pytest.mark.parametrize("kind", ["through", "cycling"])
def test_where_there_is_water_nothing_changes(shallow, sail, kind):
    asked, free = (sail(shallow(4.2, keel_m=keel), kind=kind) for keel in (0.4, None))
    assert asked.voyages.equals(free.voyages)
    assert asked.vessels["cargo_left_t"].to_list() == [0.0]


@pytest.mark.parametrize("kind", ["through", "cycling"])
def test_the_month_decides_and_the_master_looks_ten_days_ahead(shallow, sail, kind):
    rows = [
        ("v1", day * DAY, *((0.0, 100.0) if turn % 2 == 0 else (100.0, 0.0))) for turn, day in enumerate((0, 22, 40))
    ]
    done = sail(shallow(5.0, 4.0), *rows, kind=kind).voyages
    assert done["cargo_left_t"].to_list() == pytest.approx([0.0, 100.0, 100.0])


@pytest.mark.parametrize("kind", ["through", "cycling"])
def test_a_vessel_that_does_not_float_empty_waits_for_water(shallow, sail, kind):
    late = sail(shallow(2.2, 5.0), kind=kind).voyages.row(0, named=True)
    assert late["depart_min"] == 30.0 * DAY
    never = sail(shallow(2.2, 2.3), kind=kind, days=90.0)
    assert never.voyages.is_empty()


@pytest.mark.parametrize("kind", ["through", "cycling"])
def test_one_that_follows_waits_for_water_too(shallow, trips, fleet_row, kind):
    plan = trips(("v1", 0.0, 0.0, 100.0), ("v1", 25.0 * DAY, 100.0, 0.0), kind=kind, cargo_t=0.0, load_share=0.0)
    plan = plan.with_columns(follows=pl.Series([None, 0], dtype=pl.Int64))
    fleet = pl.DataFrame([fleet_row(kind=kind, **HULL)])
    graph = shallow(5.0, 2.2, 5.0)
    done = simulate(graph, plan, Supply.create_empty(), vessels=fleet).voyages
    assert done["depart_min"].to_list() == [0.0, 60.0 * DAY]
    short = simulate(graph, plan, Supply.create_empty(), vessels=fleet, days=40.0).voyages
    assert short.height == 1


def test_without_water_under_the_keel_asked_for_it_is_a_fault(shallow, sail):
    with pytest.raises(DataError, match=r"3.5 m deep, but vessel class 'test' draws 3.8 m"):
        sail(shallow(3.5, keel_m=None))


def test_a_negative_keel_is_a_fault(shallow, sail):
    with pytest.raises(DataError, match=r"got keel_m -0.1; expected 0 m or more"):
        sail(shallow(5.0, keel_m=-0.1))


def test_the_deepest_sill_that_takes_the_vessel_bounds_the_load(shallow, sail):
    graph = shallow(6.0)
    small, large = (
        Chamber(name, length, 34.0, sill, 10.0, 2.0) for name, length, sill in (("s", 60.0, 6.0), ("l", 80.0, 4.1))
    )
    graph.nodes["km60"].update(chambers=(small, large), rules=LockRules(keel_m=0.5))
    done = sail(graph)
    assert done.voyages["cargo_left_t"].to_list() == pytest.approx([100.0])
    assert done.locks["chamber"].to_list() == ["l"]


def test_more_water_over_the_sill_lets_a_waiting_vessel_through(locked, trips, fleet_row):
    graph = locked
    rising = Chamber("c", 80.0, 34.0, 3.0, 12.0, 4.0, levels=((0.0, 0.0), (500.0, 1.5)))
    graph.nodes["km10"].update(chambers=(rising,), rules=LockRules(3.0, 2.0, 0.0, 1.0))
    for edge in graph.edges:
        graph.edges[edge]["depth_m"] = 6.0
    fleet = pl.DataFrame([fleet_row(kind="through", **HULL)])
    done = simulate(graph, trips(("v1", 0.0, 0.0, 20.0), kind="through"), Supply.create_empty(), vessels=fleet)
    # at 500 the chamber turns empty, 2 x 4 + 12 min, to the side on which the vessel waits
    assert done.locks["start_min"].to_list() == [520.0]


def test_a_sill_is_as_deep_as_its_last_level():
    chamber = Chamber("c", 80.0, 34.0, 3.0, 12.0, 4.0, levels=((0.0, 0.5), (100.0, 1.5)))
    assert [chamber.sill_at(time) for time in (-5.0, 0.0, 99.0, 100.0, 1e6)] == [3.5, 3.5, 3.5, 4.5, 4.5]


def test_the_account_carries_on_more_vessels_what_low_water_leaves(county):
    """All cargo of the year is carried: energy per t km rises by the trips that come on top."""
    # 5.0 m less 1.4 m and 0.4 m: hulls that draw 3.5 m full and 1.575 m empty take (3.2 - 1.575) / 1.925 of their cargo
    low = county.with_figures({"river.level_change_m": -1.4})
    works = [passage_work(one, 2025, county_traffic(one, 2025)[1]) for one in (county, low)]
    assert works[0].taken_share["down"].tolist() == [1.0] * 3
    wanted = county_traffic(low, 2025)[1].load_share["down"]
    assert works[1].taken_share["down"] == pytest.approx(np.full(3, (3.2 - 1.575) / 1.925 / wanted), rel=1e-3)
    assert works[1].taken_share["up"].tolist() == [1.0] * 3
    energy = [work.by_class(*county_traffic(county, 2025))[0].sum() for work in works]
    assert energy[1] > 1.02 * energy[0]


def test_a_river_without_water_for_any_cargo_is_a_fault(county):
    dry = county.with_figures({"river.level_change_m": -3.2})
    with pytest.raises(DataError, match=r"no water for any cargo between 0 and 331 km in period 1"):
        passage_work(dry, 2025, county_traffic(dry, 2025)[1])
