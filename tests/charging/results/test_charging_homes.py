"""From where people live to a public charger: any, a fast one, one that is free."""

import numpy as np
import polars as pl
import pytest

import charging
from charging.results.homes import home_ways, homes_table
from charging.results.in_reach import reach
from data.roads.travel_times import travel_matrix

LIMITS = (5.0, 10.0, 20.0)
SESSION = {"station_id": pl.String, "group_id": pl.String, "plug_min": pl.Float64, "leave_min": pl.Float64}


@pytest.fixture(scope="module")
def layout(three_towns):
    return three_towns.layout("today")


@pytest.fixture(scope="module")
def travel(three_towns, layout):
    return travel_matrix(three_towns, layout, year=2025)


def with_villages(county, rows):
    columns = ["village", "town", "lon", "lat", "residents"]
    table = pl.DataFrame(
        rows, schema=dict(zip(columns, [pl.String, pl.String, *[pl.Float64] * 3], strict=True)), orient="row"
    )
    return county.with_table("villages", pl.concat([county.villages.clear(), table], how="diagonal"))


def shares(table, **rows):
    found = table.filter(**rows)
    assert found.height == 1
    return found.row(0, named=True)


def nobody():
    return pl.DataFrame(schema=SESSION)


def test_who_lives_at_the_centre_of_a_town_drives_as_from_the_town(three_towns, layout, travel):
    centres = [
        (f"v-{town}", town, lon, lat, None) for town, lon, lat in three_towns.towns.select("town", "lon", "lat").rows()
    ]
    county = with_villages(three_towns, centres)
    towns = charging.access(county, layout, travel)
    homes = homes_table(home_ways(county, layout, travel), layout)
    assert homes["nearest_min"].to_list() == towns["nearest_min"].to_list()
    found = shares(
        reach(home_ways(county, layout, travel), layout, nobody(), days=1, within_min=LIMITS),
        charger="any",
        state="standing",
        people="all",
    )
    figures = charging.access_figures(towns).row(0, named=True)
    assert [found[f"within_{key}_share"] for key in ("near", "mid", "far")] == [
        figures[f"within_{limit}_min_share"] for limit in (5, 10, 20)
    ]
    assert found["mean_min"] == pytest.approx(figures["mean_min"])


def test_a_village_drives_by_local_roads_to_its_centre_and_on(three_towns, layout, travel):
    # 0.1 degree north of the seat: 11.12 km x 1.3 at 40 km/h
    far = with_villages(three_towns, [("v", "anping", 105.30, 30.90, None)])
    ways = home_ways(far, layout.filter(pl.col("station_id") == "liuhe-a"), travel)
    road = travel.filter(origin="anping", station_id="liuhe-a")["minutes"].item()
    assert ways.minutes[0, 0] == pytest.approx(11.12 * 1.3 / 40 * 60 + road, rel=1e-3)


def test_a_station_nearer_than_the_centre_is_reached_straight(three_towns, layout, travel):
    beside = with_villages(three_towns, [("v", "anping", 105.415, 30.86, None)])
    ways = home_ways(beside, layout, travel)
    minutes = dict(zip(ways.stations, ways.minutes[0], strict=True))
    assert minutes["liuhe-a"] == pytest.approx(0.478 * 1.3 / 40 * 60, rel=0.01)
    # the seat is reached by way of the nearer town, too
    assert (
        minutes["anping-a"]
        <= minutes["liuhe-a"] + travel.filter(origin="liuhe", station_id="anping-a")["minutes"].item()
    )


def test_slower_and_longer_local_roads_take_longer(three_towns, layout, travel):
    usual = home_ways(three_towns, layout, travel).minutes
    slow = three_towns.with_figures({"people.local_km_h": 25.0})
    winding = three_towns.with_figures({"people.detour_factor": 1.5})
    for county in (slow, winding):
        longer = home_ways(county, layout, travel).minutes
        assert (longer >= usual).all()
        assert (longer > usual).any()


def test_without_a_charger_at_home_counts_by_the_kind_of_town(three_towns, layout, travel):
    homes = home_ways(three_towns, layout, travel).homes
    share = {
        kind: 1.0 - home
        for name, kind, home in three_towns.charging_access.select(
            "vehicle_class", "town_kind", "home_share"
        ).iter_rows()
        if name == "private_car"
    }
    sums = homes.group_by("town", maintain_order=True).agg(pl.col("without_charger").sum(), pl.col("residents").sum())
    kinds = three_towns.towns["kind"].to_list()
    expected = [share.get(kind, share.get("any")) for kind in kinds]
    assert (sums["without_charger"] / sums["residents"]).to_list() == pytest.approx(expected)


def test_a_full_station_is_out_of_reach_while_it_is_full(three_towns, layout, travel):
    centres = [
        (f"v-{town}", town, lon, lat, None) for town, lon, lat in three_towns.towns.select("town", "lon", "lat").rows()
    ]
    county = with_villages(three_towns, centres)
    ways = home_ways(county, layout, travel)
    # the two DC guns at shiqiao are taken from 00:00 to 12:00; 2,000 of 14,000 people live there
    taken = pl.DataFrame([("shiqiao-a", "dc", 0.0, 720.0)] * 2, schema=SESSION, orient="row")
    table = reach(ways, layout, taken, days=1, within_min=LIMITS)
    standing = shares(table, charger="any", state="standing", people="all")
    free = shares(table, charger="any", state="free", people="all")
    assert standing["within_near_share"] == 1.0
    assert free["within_near_share"] == pytest.approx(1.0 - 0.5 * 2 / 14)
    assert free["mean_min"] > standing["mean_min"]
    # one of two guns taken leaves one free; who is there at the end of the run has not left
    half = pl.DataFrame([("shiqiao-a", "dc", 0.0, None)], schema=SESSION, orient="row")
    table = reach(ways, layout, half, days=1, within_min=LIMITS)
    assert shares(table, charger="any", state="free", people="all")["within_near_share"] == 1.0


def test_fast_chargers_are_those_with_direct_current(three_towns, layout, travel):
    slow = layout.filter(
        (pl.col("station_id") != "shiqiao-a") & ((pl.col("station_id") != "liuhe-a") | (pl.col("current") == "ac"))
    )
    ways = home_ways(three_towns, slow, travel)
    homes = homes_table(ways, slow)
    liuhe = homes.filter(pl.col("town") == "liuhe")
    assert (liuhe["nearest_fast_min"] > liuhe["nearest_min"]).all()
    # the AC guns of a group with the same name as one elsewhere do not make a fast gun busy
    table = reach(
        ways,
        slow,
        pl.DataFrame([("liuhe-a", "ac", 0.0, 1440.0)] * 2, schema=SESSION, orient="row"),
        days=1,
        within_min=LIMITS,
    )
    fast = [shares(table, charger="dc", state=state, people="all") for state in ("standing", "free")]
    assert fast[0]["within_far_share"] == fast[1]["within_far_share"]
    any_gun = [shares(table, charger="any", state=state, people="all")["mean_min"] for state in ("standing", "free")]
    assert any_gun[1] > any_gun[0]


def test_where_no_road_leads_nobody_is_in_reach(three_towns, layout):
    cut = pl.DataFrame(schema={"origin": pl.String, "station_id": pl.String, "minutes": pl.Float64, "km": pl.Float64})
    bare = layout.drop("lon", "lat")
    ways = home_ways(three_towns, bare, cut)
    assert np.isinf(ways.minutes).all()
    assert homes_table(ways, bare)["nearest_min"].null_count() == ways.homes.height
    found = shares(reach(ways, bare, nobody(), days=1, within_min=LIMITS), charger="any", state="free", people="all")
    assert (found["within_far_share"], found["mean_min"]) == (0.0, None)
