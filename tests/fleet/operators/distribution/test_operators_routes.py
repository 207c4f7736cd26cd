"""Routes of vans: the least cost of all routes on a small day, the independent check, and clear faults."""

import itertools
from dataclasses import replace

import polars as pl
import pytest

from data.errors import DataError, InfeasibleError
from fleet.operators.distribution.deliveries import DROPS, deliveries_by_operator, joint_deliveries
from fleet.operators.distribution.joint_network import distribution, distribution_table
from fleet.operators.distribution.pieces import Pieces
from fleet.operators.distribution.route_check import check_routes
from fleet.operators.distribution.routing import van_routes
from fleet.operators.distribution.tour_search import near_pieces, nearest_tours
from fleet.operators.distribution.vans import Van
from fleet.operators.networks import AS_GIVEN, JOINT, SEPARATE, cost_share
from fleet.operators.ways import Ways

VAN = Van(
    parcels=100.0,
    payload_kg=500.0,
    usable_kwh=50.0,
    reserve_kwh=10.0,
    kwh_per_km=0.5,
    charge_kw=20.0,
    start_min=420.0,
    shift_min=540.0,
    load_min=30.0,
    drop_min=5.0,
    parcel_min=0.1,
    cny_day=100.0,
    cny_km=0.5,
    cny_h=30.0,
)


def case(places, parcels=30, **window):
    """Drops and ways of places by their position (km east, km north); 60 km/h in straight lines along the streets."""
    points = [(0.0, 0.0), *places]
    km = [[abs(a[0] - b[0]) + abs(a[1] - b[1]) for b in points] for a in points]
    names = [f"p{row}" for row in range(len(places))]
    import numpy as np

    ways = Ways(("depot", *names), np.array(km), np.array(km))
    early, late = window.get("early", 480.0), window.get("late", 1020.0)
    rows = [(name, "t", 0.0, 0.0, parcels, 2.0 * parcels, early, late) for name in names]
    return pl.DataFrame(rows, schema=DROPS, orient="row"), ways


def best_single_tour(ways, places):
    rows = ways.rows([f"p{row}" for row in range(places)])
    return min(
        sum(ways.km[a, b] for a, b in itertools.pairwise((0, *order, 0))) for order in itertools.permutations(rows)
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_tour_is_the_shortest_of_all(seed):
    import numpy as np

    places = np.random.default_rng(seed).integers(-12, 12, (6, 2)).tolist()
    drops, ways = case(places, parcels=10)
    found = van_routes(drops, ways, VAN)
    assert found.vans == 1
    assert found.km == pytest.approx(best_single_tour(ways, 6))
    assert check_routes(found.table, drops, ways, VAN) == []


def test_a_van_drives_two_tours_and_charges_between_them():
    # each place fills the van by three pieces, 30 km away: 60 km a tour, 80 km on a battery
    drops, ways = case([(30.0, 0.0), (0.0, 30.0)], parcels=99)
    found = van_routes(drops, ways, VAN)
    assert found.vans == 1
    assert found.km == pytest.approx(120.0)
    charged = found.table.filter(pl.col("charged_kwh") > 0.0)
    assert charged["place"].to_list() == ["depot"]
    # 30 kWh used, 10 + 30 needed for the next tour: 20 kWh are left, a stop longer than that for loading
    assert charged["charged_kwh"][0] == pytest.approx(20.0)
    assert charged["leave_min"][0] - charged["arrive_min"][0] == pytest.approx(60.0)
    assert check_routes(found.table, drops, ways, VAN) == []


def test_a_short_day_takes_another_van():
    drops, ways = case([(30.0, 0.0), (0.0, 30.0)], parcels=99, late=520.0)
    assert van_routes(drops, ways, VAN).vans == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"parcels": pl.col("parcels") + 1}, "gets .* parcels, expected"),
        ({"arrive_min": pl.col("arrive_min") + 600.0}, "outside 480 to 1020"),
        ({"leave_min": pl.col("leave_min") - 20.0}, "too short a time"),
        ({"km": pl.col("km") - 5.0}, "the way has"),
        ({"kg": pl.col("kg") + 490.0}, "carries .* kg"),
        ({"battery_kwh": pl.col("battery_kwh") - 45.0}, "kWh at p"),
        ({"charged_kwh": pl.col("charged_kwh") + 9.0}, "charges at p"),
    ],
)
def test_the_check_sees_what_is_wrong(change, words):
    import re

    drops, ways = case([(10.0, 0.0), (0.0, 10.0)])
    table = van_routes(drops, ways, VAN).table
    ((column, value),) = change.items()
    wrong = table.with_columns(pl.when(pl.col("place") != "depot").then(value).otherwise(pl.col(column)).alias(column))
    faults = check_routes(wrong, drops, ways, VAN)
    assert any(re.search(words, fault) for fault in faults), faults


def test_a_van_smaller_than_a_parcel_is_a_fault():
    drops, ways = case([(10.0, 0.0)])
    heavy = drops.with_columns(kg=pl.lit(30 * 600.0))
    with pytest.raises(DataError, match="a parcel for 'p0' has 600 kg, the van carries 500 kg"):
        van_routes(heavy, ways, VAN)


def test_what_no_van_can_reach_is_named():
    drops, ways = case([(45.0, 0.0)])
    with pytest.raises(InfeasibleError, match="'p0' is 90 km there and back, a van drives 80 km"):
        van_routes(drops, ways, VAN)
    drops, ways = case([(30.0, 0.0)], late=481.0, early=480.0)
    late = Van(**{name: getattr(VAN, name) for name in VAN.__slots__} | {"start_min": 460.0})
    with pytest.raises(InfeasibleError, match="'p0' cannot be served between 480 and 481 min"):
        van_routes(drops, ways, late)
    with pytest.raises(DataError, match="got no deliveries"):
        van_routes(drops.clear(), ways, VAN)


def test_more_visits_than_a_search_plans_are_refused_at_once():
    drops, ways = case([(1.0, 0.0)], parcels=60_000)
    with pytest.raises(InfeasibleError, match=r"got 1,819 visits a day; expected at most 1,500"):
        van_routes(drops, ways, VAN)


def test_parcels_of_a_county_are_divided_without_losing_one(three_towns):
    parts = deliveries_by_operator(three_towns)
    together = joint_deliveries(parts)
    assert together["parcels"].sum() == sum(rows["parcels"].sum() for rows in parts.values())
    shares = [rows["parcels"].sum() / together["parcels"].sum() for rows in parts.values()]
    assert shares == pytest.approx([0.6, 0.4], abs=0.002)
    # 0.12 parcels for each of 14,000 residents
    assert together["parcels"].sum() == pytest.approx(1680, abs=9)


def test_shares_that_do_not_add_up_are_a_fault(three_towns):
    operators = three_towns.operators.with_columns(market_share=pl.col("market_share") * 0.9)
    with pytest.raises(DataError, match=r"market_share of all vans adds up to 0\.9, expected 1"):
        deliveries_by_operator(three_towns.with_table("operators", operators))


def test_a_table_of_deliveries_goes_first(three_towns):
    row = {
        "drop": "shop",
        "operator": "parcels-a",
        "town": "liuhe",
        "lon": 105.42,
        "lat": 30.86,
        "parcels_per_day": 12.0,
        "kg_per_parcel": 5.0,
        "earliest_min": 480.0,
        "latest_min": 1020.0,
        "source": "X2",
        "confidence": "assumption",
    }
    table = pl.DataFrame([row], schema=three_towns.deliveries.schema)
    parts = deliveries_by_operator(three_towns.with_table("deliveries", table))
    assert parts["parcels-a"].select("drop", "parcels", "kg").rows() == [("shop", 12, 60.0)]
    assert not parts["parcels-b"].height


def test_a_joint_network_never_needs_more_than_separate_ones(three_towns):
    found = distribution(three_towns, year=2025)
    assert found.figure(JOINT, "parcels_per_day") == found.figure(SEPARATE, "parcels_per_day")
    for column in ("km_per_day", "driver_h_per_day", "kgco2_per_day"):
        assert found.figure(JOINT, column) < found.figure(SEPARATE, column)
    assert found.figure(JOINT, "vans") <= found.figure(SEPARATE, "vans")
    assert -0.6 < found.cost_change_share < 0.0
    # the sum of the operators is the network
    own = found.table.filter(pl.col("network") == SEPARATE, pl.col("power") == "bev", pl.col("operator").is_not_null())
    assert own["cny_per_day"].sum() == pytest.approx(found.figure(SEPARATE, "cny_per_day"), rel=1e-12)


def test_the_table_has_the_ends_of_what_moves_the_answer(three_towns):
    table = distribution_table(three_towns, year=2025)
    shares = {name: cost_share(rows) for (name,), rows in table.group_by("case", maintain_order=True)}
    assert next(iter(shares)) == AS_GIVEN
    assert len(shares) == 7
    low, high = shares["operators.joint_overhead_share low"], shares["operators.joint_overhead_share high"]
    assert low < shares[AS_GIVEN] < high
    # overhead is the only difference: 15 % and nothing over transport, which stands at 5 %
    assert (1.0 + high) / (1.0 + low) == pytest.approx(1.15)
    assert distribution_table(three_towns, year=2025, ranges=False)["case"].unique().to_list() == [AS_GIVEN]


def test_a_county_without_operators_has_no_networks(three_towns):
    bare = three_towns.with_table("operators", three_towns.operators.clear())
    assert distribution(bare, year=2025) is None
    assert distribution_table(bare, year=2025).height == 0


def test_a_quick_search_from_tours_to_the_nearest_place_costs_hardly_more():
    import numpy as np

    places = np.random.default_rng(5).integers(-12, 12, (40, 2)).tolist()
    drops, ways = case(places)
    quick, long = (
        van_routes(drops, ways, VAN, iterations=number, quick=quick) for number, quick in ((3, True), (200, False))
    )
    assert check_routes(quick.table, drops, ways, VAN) == []
    cost = [VAN.cny_day * one.vans + VAN.cny_km * one.km + VAN.cny_h * one.hours for one in (quick, long)]
    assert cost[0] == pytest.approx(cost[1], rel=0.05)


def test_tours_to_the_nearest_place_hold_what_a_van_does():
    places = [(2 * number, 0) for number in range(1, 9)]
    drops, ways = case(places, parcels=30)
    pieces = Pieces.of(drops, VAN)
    km = ways.km
    metres, seconds = (km * 1000).astype(int), (km * 60).astype(int)
    # three places of 30 parcels fill a van of 100
    assert nearest_tours(pieces, metres, seconds, VAN) == [[0, 1, 2], [3, 4, 5], [6, 7]]
    # 16 km out and back, and 26: a battery for 40 km ends the second tour early
    short = replace(VAN, usable_kwh=24.0, reserve_kwh=10.0)
    assert nearest_tours(pieces, metres, seconds, short) == [[0, 1, 2], [3, 4, 5], [6], [7]]


def test_near_pieces_are_those_of_the_search_s_own_where_windows_are_the_same():
    import numpy as np
    import pyvrp
    from pyvrp.search import NeighbourhoodParams, compute_neighbours

    places = np.random.default_rng(7).random((31, 2))
    metres = np.ceil(40_000.0 * np.abs(places[:, None] - places[None, :]).sum(axis=2)).astype(np.int64)
    seconds = metres // 9
    clients = [pyvrp.Client(number, tw_early=0, tw_late=36_000) for number in range(1, 31)]
    vehicle = pyvrp.VehicleType(30, tw_late=36_000, unit_distance_cost=3, unit_duration_cost=11)
    data = pyvrp.ProblemData([pyvrp.Location(0, 0)] * 31, clients, [pyvrp.Depot(0)], [vehicle], [metres], [seconds])
    wanted = compute_neighbours(data, NeighbourhoodParams(num_neighbours=20))
    found = near_pieces(pyvrp, metres, seconds, vehicle)
    assert {piece.idx: [other.idx for other in near] for piece, near in found.items()} == {
        piece.idx: [other.idx for other in near if other.is_client()] for piece, near in wanted.items()
    }
    assert [len(near) for near in near_pieces(pyvrp, metres[:2, :2], seconds[:2, :2], vehicle).values()] == [0]


def test_drops_are_cut_into_pieces_of_whole_parcels_of_which_a_van_takes_three():
    drops, _ = case([(1.0, 0.0), (2.0, 0.0)], parcels=120)
    pieces = Pieces.of(drops.with_columns(parcels=pl.Series([118, 7])), VAN)
    # 33 of 100 parcels by volume; of those with 34 kg four of 500 kg by mass; the first parts are the larger ones
    wanted = [("p0", 30), ("p0", 30), ("p0", 29), ("p0", 29), ("p1", 4), ("p1", 3)]
    assert list(zip(pieces.drops, pieces.parcels.tolist(), strict=True)) == wanted
    assert pieces.kg.tolist() == pytest.approx(
        [parcels * 240.0 / {"p0": 118, "p1": 7}[drop] for drop, parcels in wanted]
    )


def test_operators_of_one_depot_have_the_ways_that_each_would_have_alone(three_towns):
    found = distribution(three_towns, year=2025, quick=True)
    operators = three_towns.operators
    for name, rows in deliveries_by_operator(three_towns).items():
        alone = three_towns.with_table(
            "operators",
            operators.filter((pl.col("operator") == name) | (pl.col("kind") != "vans")).with_columns(market_share=1.0),
        ).with_table("deliveries", listed(rows))
        one = distribution(alone, year=2025, quick=True, joint=False)
        assert one.routes[name].table.equals(found.routes[name].table)


def listed(drops):
    """Drops as the table of deliveries lists them."""
    return drops.select(
        "drop",
        "town",
        "lon",
        "lat",
        "earliest_min",
        "latest_min",
        operator=pl.lit(None, dtype=pl.String),
        parcels_per_day=pl.col("parcels").cast(pl.Float64),
        kg_per_parcel=pl.col("kg") / pl.col("parcels"),
        source=pl.lit("X2"),
        confidence=pl.lit("assumption"),
    )
