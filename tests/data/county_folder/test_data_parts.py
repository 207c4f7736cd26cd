"""``county.toml``: what a county says of itself, and parts that it does not have."""

import shutil

import polars as pl
import pytest

from data.county import load_county
from data.county_folder.county_file import CountyFile, read_county_file
from data.factors import grid_factor
from data.memory.packed_counties import county_files, county_from
from data.tables.county_check import check_county

INLAND = ("river_nodes", "river_months", "locks", "lock_traffic", "terminals", "lng_stations", "vessel_classes")


@pytest.fixture
def towns(three_towns, tmp_path):
    """Return a copy of the three towns."""
    return shutil.copytree(three_towns.path, tmp_path / "towns")


def says(folder, text):
    (folder / "county.toml").write_text(text, encoding="utf-8")
    return check_county(folder)


def test_a_county_says_what_it_is(three_towns):
    about = three_towns.about
    assert (about.title, about.title_zh, about.region) == ("Three inland towns", "三个内陆镇", "west")
    assert about.default_scenario == "scenarios/workday.toml"
    assert three_towns.has("ebikes")
    assert three_towns.has("rail")
    assert not three_towns.has("expressway")
    assert not three_towns.has("river")


def test_a_county_without_the_file_is_what_its_tables_say(towns):
    (towns / "county.toml").unlink()
    county = load_county(towns)
    assert county.about == CountyFile()
    assert county.has("ebikes")
    assert not county.has("river")


def test_an_absent_part_needs_no_table_no_figure_and_no_target(towns):
    for name in ("ebike_points", "junctions", "swap_stations", "town_grid", "pv_months", "calendar"):
        (towns / f"{name}.csv").unlink()
    assert says(towns, 'modules = ["road_projects", "costs", "uncertainty"]') == []
    county = load_county(towns)
    starts = set(county.figures["key"].str.split(".").list.first())
    assert starts.isdisjoint({"ebikes", "signals", "grid"})
    assert county.targets["target"].to_list() == ["P1", "P2", "P3", "P5", "P6", "P7"]


def test_an_absent_part_is_not_looked_at_whatever_stands_there(towns):
    (towns / "ebike_points.csv").write_text("not,a,table\n1,2,3\n", encoding="utf-8")
    (towns / "locks.csv").write_text("\n", encoding="utf-8")
    assert says(towns, 'modules = ["swap", "road_projects", "signals", "grid", "costs", "holidays"]') == []


def test_roads_without_their_projects(towns):
    (towns / "road_projects.csv").unlink()
    assert says(towns, 'modules = ["ebikes", "holidays"]') == []
    assert load_county(towns).road_links["project"].null_count() == load_county(towns).road_links.height


def test_a_part_that_is_named_needs_its_tables(towns):
    faults = says(towns, 'modules = ["river"]')
    assert [fault.file for fault in faults] == [f"{name}.csv" for name in sorted(INLAND, key=[*INLAND].index)]
    assert all("take its name out of modules in county.toml" in fault.remedy for fault in faults)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ('modules = ["rivers"]', "modules", "Did you mean 'river'"),
        ("modules = 3", "modules", "a list of texts"),
        ('title = ""', "title", "text that is not empty"),
        ('regoin = "west"', "regoin", "Did you mean 'region'"),
        ('region = "east"', "region", "a region of grid_factors.csv: west"),
        ('default_scenario = "gone.toml"', "default_scenario", "a TOML file in the county's folder"),
        ("title = ", None, "keys and values in TOML"),
    ],
)
def test_what_can_be_wrong_in_the_file(towns, text, column, words):
    (fault,) = says(towns, text)
    assert (fault.file, fault.column) == ("county.toml", column)
    assert words in str(fault)


def test_b3_the_region_of_the_county_counts_and_a_missing_one_is_a_fault(towns):
    """B3: a county of another region checked without faults, and its runs failed for the region 'guangdong'."""
    factors = pl.read_csv(towns / "grid_factors.csv")
    both = pl.concat([factors.with_columns(region=pl.lit("hubei"), kgco2_per_kwh=0.3, low=0.3, high=0.3), factors])
    both.write_csv(towns / "grid_factors.csv")
    assert says(towns, 'region = "west"') == []
    assert grid_factor(load_county(towns), 2025) == 0.42
    assert says(towns, "") == []
    assert grid_factor(load_county(towns), 2025) == 0.3
    (fault,) = says(towns, 'region = "hubie"')
    assert "Did you mean 'hubei'?" in fault.remedy


def test_region_and_parts_decide_the_digest_and_words_do_not(towns):
    plain = load_county(towns).digest
    text = (towns / "county.toml").read_text(encoding="utf-8")
    assert says(towns, text.replace("Three inland towns", "Elsewhere")) == []
    assert load_county(towns).digest == plain
    assert says(towns, text.replace('"ebikes", ', "")) == []
    assert load_county(towns).digest != plain


def test_a_packed_county_keeps_what_it_says(three_towns):
    twin = county_from(county_files(three_towns), path=three_towns.path)
    assert twin.about == three_towns.about
    assert read_county_file(three_towns.path) == (three_towns.about, [])
