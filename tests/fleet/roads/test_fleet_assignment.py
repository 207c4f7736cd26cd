"""Traffic assignment: equilibria that are known, projects, routes by energy, faults."""

import numpy as np
import polars as pl
import pytest

from data import DataError
from data.roads.graph import build_graph
from data.roads.travel_times import shortest_minutes
from fleet.demand.hours.profiles import at_year
from fleet.roads import peak_demand as peak_demand_module
from fleet.roads import projects as projects_module
from fleet.roads.assignment import Links, assign
from fleet.roads.driving_energy import use_factor
from fleet.roads.network import eco_routes, road_network
from fleet.roads.peak_demand import heavy_kept_share, peak_demand, road_ends
from fleet.roads.projects import compare_project, compare_projects


def network(*rows):
    names = sorted({name for row in rows for name in row[:2]})
    number = {name: at for at, name in enumerate(names)}
    start, end = (np.array([number[row[at]] for row in rows]) for at in (0, 1))
    free, capacity, alpha, beta = (np.array([float(row[at]) for row in rows]) for at in (2, 3, 4, 5))
    labels = [f"{row[0]}{row[1]}" for row in rows]
    return Links(names, start, end, labels, np.ones(len(rows)), free, capacity, alpha, beta), number


def test_two_routes_share_until_their_times_are_equal():
    links, at = network(("a", "b", 10, 100, 1, 1), ("a", "c", 5, 100, 2, 1), ("c", "b", 5, 100, 2, 1))
    found = assign(links, {(at["a"], at["b"]): 150.0}, gap=1e-10)
    first, second = found.flow_h[0], found.flow_h[1]
    assert first + second == pytest.approx(150.0)
    assert 10 * (1 + first / 100) == pytest.approx(10 * (1 + 2 * second / 100), rel=1e-6)
    assert first == pytest.approx(100.0, rel=1e-5)
    assert found.gap <= 1e-10


def test_the_paradox_of_braess():
    def links(extra):
        rows = [("s", "a", 1, 1, 9, 1), ("a", "t", 50, 10, 0.2, 1), ("s", "b", 50, 10, 0.2, 1), ("b", "t", 1, 1, 9, 1)]
        return network(*rows, *([("a", "b", 10, 10, 1, 1)] if extra else []))

    def cost(extra):
        road, at = links(extra)
        found = assign(road, {(at["s"], at["t"]): 6.0}, gap=1e-9, rounds=20_000)
        return float(found.flow_h @ found.minutes)

    assert cost(extra=True) > cost(extra=False)


def test_an_empty_road_is_an_equilibrium():
    links, _at = network(("a", "b", 10, 100, 1, 1))
    found = assign(links, {})
    assert found.flow_h.tolist() == [0.0]
    assert found.gap == 0.0


def test_what_cannot_be_assigned_is_named():
    links, at = network(("a", "b", 10, 100, 1, 1))
    with pytest.raises(DataError, match="no road from 'b' to 'a'"):
        assign(links, {(at["b"], at["a"]): 1.0})
    with pytest.raises(DataError, match="demand below 0"):
        assign(links, {(at["a"], at["b"]): -1.0})


def test_without_traffic_times_are_those_of_the_travel_tables(county):
    links = road_network(county, year=2026)
    number = {name: at for at, name in enumerate(links.nodes)}
    towns = county.towns["town"].to_list()
    demand = {(number[one], number["decheng"]): 1e-9 for one in towns if one != "decheng"}
    found = assign(links, demand)
    free = shortest_minutes(build_graph(county, year=2026), towns, ["decheng"])
    known = dict(free.select("origin", "minutes").iter_rows())
    assert found.trip_minutes == pytest.approx([known[one] for one in towns if one != "decheng"])


def test_the_equilibrium_of_the_county_conserves_its_traffic(county):
    links = road_network(county, year=2026)
    demand = peak_demand(county, links, year=2026)
    found = assign(links, demand.units_h, heavy_h=demand.heavy_units_h)
    balance = np.bincount(links.start, found.flow_h, len(links.nodes)) - np.bincount(
        links.end, found.flow_h, len(links.nodes)
    )
    wanted = np.zeros(len(links.nodes))
    for (origin, end), cars in demand.units_h.items():
        wanted[origin] += cars
        wanted[end] -= cars
    assert balance == pytest.approx(wanted, abs=1e-6)
    assert found.gap <= 1e-4
    assert (found.heavy_h <= found.flow_h + 1e-9).all()
    heavy_km = sum(demand.heavy_units_h.values())
    assert found.heavy_h[links.name.index("wuzhou--fengkai")] > 0.0
    assert heavy_km > 0.0


@pytest.mark.whole
def test_nobody_finds_a_faster_way_in_a_loaded_network(county):
    links = road_network(county, year=2026)
    busy = {pair: 6.0 * cars for pair, cars in peak_demand(county, links, year=2026).units_h.items()}
    found = assign(links, busy, gap=1e-5, rounds=5000)
    assert found.gap <= 1e-5
    assert (found.minutes / links.free_min).max() > 1.5
    best = sum(minutes * cars for minutes, cars in zip(found.trip_minutes, busy.values(), strict=True))
    assert float(found.flow_h @ found.minutes) == pytest.approx(best, rel=2e-5)


def test_through_traffic_goes_from_end_to_end_by_direction(county):
    assert road_ends(county, "S8", "east", 2026) == ("fengkai-sa-east", "dinghushan-east")
    assert road_ends(county, "S8", "west", 2026) == ("dinghushan-west", "fengkai-sa-west")
    assert road_ends(county, "G321", "west", 2026) == ("zhaoqing", "wuzhou")
    assert road_ends(county, "S99", "east", 2026) is None
    links = road_network(county, year=2026)
    demand = peak_demand(county, links, year=2026)
    assert len(demand.through) == 4
    number = {name: at for at, name in enumerate(links.nodes)}
    pair = (number["wuzhou"], number["zhaoqing"])
    rows = county.through_traffic.filter(road="G321", direction="east")
    vehicles = at_year(rows, "aadt", 2026) * 0.09 * 2 * 0.55
    assert demand.cars_h[pair] == pytest.approx(0.7 * vehicles)
    kept = heavy_kept_share(county, year=2026)
    assert demand.heavy_h[pair] == pytest.approx(0.3 * kept * vehicles)
    assert demand.units_h[pair] == pytest.approx(demand.cars_h[pair] + 2.5 * demand.heavy_h[pair])


def test_every_project_of_the_plan_has_its_row_before_and_after(county):
    table = compare_projects(county)
    assert set(table["project"]) == set(county.road_projects["project"])
    # vehicle km and carbon of the county's own part stand beside those of all
    assert table["metric"].n_unique() == 12
    assert table["before"].is_finite().all()
    for project in ("liuzhou-guangzhou-railway", "yuecheng-terminal", "jiushi-terminal"):
        change = dict(table.filter(project=project).select("metric", "change_share").iter_rows())
        share = county.road_projects.filter(project=project)["heavy_shift_share"].item()
        assert change["heavy_vehicle_km"] == pytest.approx(-share, abs=0.01)
        assert change["kgco2"] < 0.0
        assert change["vehicle_hours"] < 0.0
    access = dict(table.filter(metric="seat_minutes").select("project", "change_share").iter_rows())
    assert access["deqing-qingyuan"] < -0.02


def test_a_bypass_saves_time_and_a_project_that_is_not_open_nothing(county):
    bypass = compare_project(county, "g321-bypass", year=2026)
    change = dict(bypass.select("metric", "change_share").iter_rows())
    assert change["through_minutes"] < -0.03
    assert change["vehicle_hours"] < 0.0
    early = compare_project(county, "deluo", year=2026)
    assert early["change_share"].to_list() == [0.0] * early.height
    with pytest.raises(DataError, match="Did you mean 'g321-bypass'"):
        compare_project(county, "g321-bypas", year=2026)


def test_routes_by_energy_never_use_more_nor_are_faster(county):
    for power in ("bev", "petrol"):
        table = eco_routes(county, year=2030, power=power)
        assert (table["eco_use"] <= table["fast_use"] + 1e-9).all()
        assert (table["eco_min"] >= table["fast_min"] - 1e-9).all()
        assert table["saved_share"].is_between(0.0, 0.5).all()
    with pytest.raises(DataError, match="Expected bev or petrol"):
        eco_routes(county, year=2030, power="steam")


def test_energy_by_speed_by_hand():
    shape = {"best_km_h": 60.0, "slow_weight": 0.3, "fast_weight": 0.1}
    assert use_factor(np.array([30.0, 60.0, 90.0]), **shape) == pytest.approx([1.3, 1.0, 1.1])


def test_a_stock_at_hand_is_not_built_anew(county, stock, monkeypatch):
    built = []
    for module in (peak_demand_module, projects_module):
        monkeypatch.setattr(module, "build_stock", lambda given: built.append(given) or stock)
    given = compare_project(county, "g321-bypass", year=2026, stock=stock)
    assert built == []
    assert compare_project(county, "g321-bypass", year=2026).equals(given)
    assert len(built) == 1


def test_a_road_whose_lanes_nobody_counted_has_one_each_way(three_towns):
    links, lanes = three_towns.road_links, pl.col("lanes")
    stated = road_network(three_towns.with_table("road_links", links.with_columns(lanes=lanes * 0 + 2)), year=2025)
    empty = road_network(three_towns.with_table("road_links", links.with_columns(lanes=lanes * None)), year=2025)
    assert len(empty.capacity_h) > 0
    assert not links["oneway"].any()
    np.testing.assert_array_equal(empty.capacity_h, stated.capacity_h)
