"""Names of places, figures and codes in the reader's language."""

import dataclasses

import polars as pl
import pytest

from data import load_county
from experiments.report.language import LANGUAGES, translator
from experiments.report.words.labels import HEADS, amount, code, figure_name, head
from experiments.report.words.place_names import PlaceNames


@pytest.fixture(scope="module")
def county():
    return load_county("deqing")


def names(county, language):
    return PlaceNames(county, language, translator(language))


def test_a_station_is_named_by_its_town_and_a_service_area_by_its_side(county):
    assert names(county, "zh").station("decheng-1") == "德城街道 1"
    assert names(county, "zh").station("bozhi-sa-east") == "播植服务区 (东行)"
    assert names(county, "en").station("decheng-1") == "Decheng 1"
    assert names(county, "en").station("bozhi-sa-east") == "Bozhi service area, eastbound"


def test_what_has_no_name_keeps_its_id(county):
    assert names(county, "zh").station("depot-7") == "depot-7"
    assert names(county, "zh").name("terminals", "kangzhou-9") == "kangzhou-9"
    assert names(county, "zh").name("towns", None) == ""


def test_the_longest_town_names_a_station(county):
    rows = county.towns.head(2).with_columns(
        town=pl.Series(["east", "east-lake"]), name_zh=pl.Series(["东镇", "东湖镇"])
    )
    other = dataclasses.replace(county, tables={"towns": rows})
    assert names(other, "zh").station("east-lake-3") == "东湖镇 3"


def test_english_stands_in_for_a_name_that_is_not_there(county):
    rows = county.towns.with_columns(name_zh=pl.lit(None, dtype=pl.String))
    other = dataclasses.replace(county, tables={"towns": rows})
    assert names(other, "zh").name("towns", "decheng") == "Decheng"


def test_a_figure_is_its_key_in_english_and_words_in_chinese():
    assert figure_name("charging.efficiency_dc", translator("en")) == "charging.efficiency_dc"
    assert figure_name("charging.efficiency_dc", translator("zh")) == "充电·效率直流"
    assert figure_name("fleet.out_of_town_share", translator("zh")) == "车队·外出镇比例"
    assert figure_name("moon.cheese", translator("zh")) == "moon.cheese"


def test_heads_and_codes_are_readable():
    assert head("wait_p95_min", translator("zh")) == "等待95分位（分钟）"
    assert head("tide_level", translator("zh")) == "tide level"
    assert code("battery_separation", translator("en")) == "battery separation"
    assert code("True", translator("zh")) == "是"
    assert all(HEADS.values())


def test_an_amount_has_its_unit_in_the_language():
    assert amount(450.0, "guns", translator("zh")) == "450 枪"
    assert amount(0.05, "share", translator("zh")) == "5.0 %"
    assert amount(2024.0, "year", translator("zh")) == "2024"
    assert amount(3.0, None, translator("zh")) == "3"
    assert amount(None, "guns", translator("zh")) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_b4_the_two_sides_of_a_service_area_are_two_places(county, language):
    names = PlaceNames(county, language, translator(language))
    sites = county.service_areas["site"]
    assert len({names.place(site) for site in sites}) == sites.len()
