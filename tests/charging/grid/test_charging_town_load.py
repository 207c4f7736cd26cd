"""Load of the towns, their grids, hosting capacity and start ways, on a county of two towns made by hand."""

from dataclasses import dataclass, field

import polars as pl
import pytest

from charging.grid.hosting import first_full_year, hosting_capacity
from charging.grid.start_ways import COUNTY, start_ways
from charging.grid.storage import StationEquipment
from charging.grid.town_capacity import TownGrids
from charging.grid.town_load import CHARGING, TOWN_LOAD, LoadInputs, town_load
from charging.grid.towns import in_days, town_grids
from data.county import rows_of
from data.errors import DataError

FEEDERS = {
    "town": pl.String,
    "feeder": pl.String,
    "transformer": pl.String,
    "kva": pl.Float64,
    "base_peak_kw": pl.Float64,
    "charging_share": pl.Float64,
}


def grid_rows(capacity=1000.0, low=500.0, high=2000.0):
    ranges = {"low": low, "high": high, "base_low_kw": 200.0, "base_high_kw": 800.0}
    rows = [{"town": town, "capacity_kw": capacity, "base_peak_kw": 400.0, **ranges} for town in ("x", "y")]
    return pl.DataFrame(rows, schema_overrides={"low": pl.Float64, "high": pl.Float64})


@dataclass
class County:
    """What the load of the towns reads of a county."""

    town_grid: pl.DataFrame = field(default_factory=grid_rows)
    feeders: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FEEDERS))
    towns: pl.DataFrame = field(default_factory=lambda: pl.DataFrame({"town": ["x", "y"]}))
    profiles: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            {"profile": ["town_base"] * 24, "hour": range(24), "share": [0.02] * 18 + [0.16] + [0.096] * 5}
        )
    )
    pv_months: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            {"month": [6], "kwh_per_kwp_day": [4.0], "sunrise_h": [6.0], "sunset_h": [18.0]}
        )
    )

    def figure(self, key):
        return {"grid.power_factor": 0.9}[key]

    def rows_by(self, table, column):
        return rows_of(getattr(self, table), column)


LAYOUT = pl.DataFrame(
    {
        "station_id": ["a", "b", "s"],
        "town": ["x", "y", None],
        "site": [None, None, "road-east"],
        "transformer_kw": [100.0, None, 250.0],
    }
)
LOAD = pl.DataFrame(
    {"station_id": ["s", "a", "b", "a"], "start_min": [0.0, 0.0, 5.0, 1440.0], "meter_kwh": [1.0, 2.0, 4.0, 8.0]}
)


def plug_ins(rules=("plug_in", "timer", "managed")):
    return pl.DataFrame(
        {
            "town": ["x", "x", "y", "y"],
            "place": ["home", "depot", "work", "home"],
            "plug_min": [1080.0, 1100.0, 500.0, -300.0],
            "leave_min": [1900.0, 1950.0, 1000.0, 420.0],
            "meter_kwh": [14.0, 80.0, 7.0, 21.0],
            "kw": [7.0, 40.0, 7.0, 7.0],
            "rule": [rules[0], rules[1], rules[-1], rules[0]],
            "lot": [0.1, 0.3, 0.5, 0.7],
        }
    )


def made(county=None, **changes):
    given = county or County()
    inputs = LoadInputs(plug_ins(), LAYOUT, LOAD, 5.0, **changes)
    grids = TownGrids.from_county(given)
    equipment = StationEquipment(10.0, 0.0, 0.0, 0.9)
    return town_load(given, grids, equipment, inputs, month=6, days=1, interval_min=15.0), grids


def test_every_metered_kwh_stands_in_one_cell():
    load, _ = made()
    assert load.schema == pl.Schema(TOWN_LOAD)
    assert not load.select("town", "start_min").is_duplicated().any()
    energy = {name: load[f"{name}_kw"].sum() / 4.0 for name in ("home", "depot", "work", "public", "swap")}
    # of the night before, what is drawn from midnight on: the 21 kWh at 7 kW were plugged in at 19 h
    assert energy == pytest.approx({"home": 14.0, "depot": 80.0, "work": 7.0, "public": 15.0, "swap": 0.0}, rel=1e-12)
    site = load.filter(town="road-east")
    assert site["public_kw"].sum() / 4.0 == pytest.approx(1.0)
    assert set(site["capacity_kw"]) == {250.0}
    assert site["base_kw"].max() == 0.0
    # on until the last charge ends: after midnight, where station a draws until 0:05
    assert load["start_min"].max() == 1440.0


def test_the_night_before_the_first_day_is_there_where_it_is_drawn_after_midnight():
    late = plug_ins().with_columns(plug_min=pl.when(pl.col("plug_min") < 0.0).then(-60.0).otherwise("plug_min"))
    inputs = LoadInputs(late, LAYOUT, LOAD, 5.0)
    county = County()
    load = town_load(county, TownGrids.from_county(county), None, inputs, month=6, days=1, interval_min=15.0)
    # 3 h at 7 kW from 23 h: two of them lie after midnight
    assert load.filter(town="y")["home_kw"].sum() / 4.0 == pytest.approx(14.0)
    assert load["pv_kw"].max() == 0.0


def test_swap_stations_have_a_column_of_their_own():
    swap = pl.DataFrame({"station_id": ["w"], "start_min": [60.0], "meter_kwh": [9.0]})
    load, _ = made(swap_load=swap, swap_stations=pl.DataFrame({"station_id": ["w"], "town": ["y"], "limit_kw": [None]}))
    assert load.filter(town="y")["swap_kw"].sum() / 4.0 == pytest.approx(9.0)
    assert load["public_kw"].sum() / 4.0 == pytest.approx(15.0)


def test_towns_against_their_grids_by_hand():
    load, grids = made()
    table = town_grids(load, grids, days=1, interval_min=15.0)
    row = table.filter(town="x").row(0, named=True)
    # at 18 h the others are at their peak, a car draws 7 kW until 20 h, and from 18:20 on a truck draws 40 kW
    assert row["peak_kw"] == pytest.approx(447.0)
    assert row["peak_hour"] == 18.5
    assert row["peak_share"] == pytest.approx(0.447)
    assert row["peak_share_low"] == pytest.approx((200.0 + 47.0) / 2000.0)
    assert row["peak_share_high"] == pytest.approx((800.0 + 47.0) / 500.0)
    assert row["capacity_from"] == "town_grid"
    assert row["pv_kwh"] == pytest.approx(40.0)
    assert row["charging_kwh"] == pytest.approx(
        in_days(load, 1).filter(town="x").select(pl.sum_horizontal(CHARGING).sum()).item() / 4.0
    )
    small = County(grid_rows(capacity=405.0, low=None, high=None))
    full = town_grids(load, TownGrids.from_county(small), days=1, interval_min=15.0)
    assert full.filter(town="x").select("over_100_min", "over_80_min").row(0) == (60.0, 60.0)
    # a row without a range is certain of its capacity
    assert full.filter(town="x")["peak_share"].item() == pytest.approx(447.0 / 405.0)


def feeders(shares=(None, None), bases=(None, 100.0)):
    rows = [("x", "f1", "t1", 100.0, bases[0], shares[0]), ("x", "f1", "t2", 300.0, bases[1], shares[1])]
    return County(feeders=pl.DataFrame(rows, schema=FEEDERS, orient="row"))


def test_feeders_replace_the_row_of_their_town_and_are_certain():
    grids = TownGrids.from_county(feeders())
    assert grids.synthetic == {"y"}
    assert grids.towns["x"].capacity_kw == grids.towns["x"].low_kw == pytest.approx(360.0)
    # the first takes a quarter of the town's 400 kW by kVA, the second states 100
    assert grids.towns["x"].base_kw == grids.towns["x"].base_high_kw == pytest.approx(200.0)
    assert grids.transformers["x", "f1", "t1"].charging_share == pytest.approx(0.25)
    stated = TownGrids.from_county(feeders(shares=(0.9, 0.1)))
    assert stated.transformers["x", "f1", "t1"].charging_share == pytest.approx(0.9)
    load, _ = made(feeders())
    table = town_grids(load, grids, days=1, interval_min=15.0)
    assert dict(table.select("town", "capacity_from").iter_rows()) == {"x": "feeders", "y": "town_grid"}


def test_feeders_that_say_half_are_named():
    with pytest.raises(DataError, match="town 'x', feeder 'f1', transformer 't2': got nothing, expected a share"):
        TownGrids.from_county(feeders(shares=(0.5, None)))
    with pytest.raises(DataError, match=r"town 'x': got a sum of 0.7, expected 1"):
        TownGrids.from_county(feeders(shares=(0.5, 0.2)))


def test_hosting_capacity_by_hand():
    load, grids = made(feeders())
    vehicles = pl.DataFrame({"town": ["x", "y"], "vehicles": [10, 20]})
    growth = pl.DataFrame({"year": [2025, 2030], "vehicles_factor": [1.0, 3.0], "energy_factor": [1.0, 30.0]})
    table = hosting_capacity(load, grids, vehicles, growth, days=1)
    town = table.filter(pl.col("town") == "x", pl.col("feeder").is_null())
    assert town["vehicles"].to_list() == [10.0, 30.0]
    # no more than fills the worst quarter of an hour, and then it is just full
    now = in_days(load, 1).filter(town="x")
    total = now.select(pl.sum_horizontal(CHARGING)).to_series()
    rest = now.select(pl.col("base_kw") - pl.col("pv_kw") + pl.col("storage_kw")).to_series()
    times = town["vehicles_limit"][0] / 10.0
    assert (rest + times * total).max() == pytest.approx(360.0)
    assert town["vehicles_limit"][1] == pytest.approx(town["vehicles_limit"][0] * 3.0 / 30.0)
    assert town["headroom_kw"][0] == pytest.approx(360.0 - (rest + total).max())
    one = table.filter(transformer="t1")
    assert one["vehicles"].to_list() == [2.5, 7.5]
    assert table.height == 2 * (2 + 2)
    assert first_full_year(table) == {"x": 2030, "y": None}


def test_start_ways_move_the_peak_and_keep_the_energy():
    tariff = pl.DataFrame({"start_min": [-1440.0, 0.0, 480.0, 1440.0], "cny_per_kwh": [1.0, 0.4, 1.0, 0.4]})
    load, grids = made(tariff=tariff)
    table = start_ways(plug_ins(), load, grids, tariff, days=1, interval_min=15.0)
    assert set(table["way"]) == {"as_given", "plug_in", "timer", "managed"}
    cost = dict(table.filter(town=COUNTY).select("way", "private_cny").iter_rows())
    assert cost["managed"] <= cost["timer"] + 1e-9 < cost["plug_in"]
    given = table.filter(way="as_given", town="x").row(0, named=True)
    grid = town_grids(load, grids, days=1, interval_min=15.0).filter(town="x").row(0, named=True)
    assert given["peak_kw"] == pytest.approx(grid["peak_kw"])
    assert given["private_peak_kw"] == pytest.approx(grid["private_peak_kw"])
    # by timer both charges of x wait until after the day
    assert table.filter(way="timer", town="x")["private_peak_kw"].item() == 0.0
    assert table.filter(way="plug_in", town="x")["private_peak_kw"].item() == pytest.approx(47.0)


def test_a_county_that_knows_no_grid_has_load_without_capacity():
    county = County(grid_rows().clear())
    load, grids = made(county)
    assert load.filter(town="x")["capacity_kw"].null_count() == load.filter(town="x").height
    assert load["home_kw"].sum() / 4.0 == pytest.approx(14.0)
    assert town_grids(load, grids, days=1, interval_min=15.0).height == 0
    table = start_ways(plug_ins(), load, grids, None, days=1, interval_min=15.0)
    assert table["peak_share"].null_count() == table.height


def test_a_profile_that_is_missing_is_named():
    county = County()
    county.profiles = county.profiles.head(3)
    with pytest.raises(DataError, match="'town_base' needs 24 hours"):
        made(county)


def test_words_and_enumerations_of_stays_give_the_same_load_and_ways():
    words, grids = plug_ins(), TownGrids.from_county(County())
    enums = words.with_columns(
        pl.col("town").cast(pl.Enum(["elsewhere", "y", "x"])),
        pl.col("place").cast(pl.Enum(["work", "depot", "home"])),
        pl.col("rule").cast(pl.Enum(["managed", "timer", "plug_in"])),
    )
    loads = [
        town_load(County(), grids, None, LoadInputs(stays, LAYOUT, LOAD, 5.0), month=6, days=1, interval_min=15.0)
        for stays in (words, enums)
    ]
    assert loads[0].equals(loads[1])
    ways = [start_ways(stays, loads[0], grids, None, days=1, interval_min=15.0) for stays in (words, enums)]
    assert ways[0].equals(ways[1])
