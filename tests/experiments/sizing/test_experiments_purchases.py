"""Costs of what is no charging station: by hand, to the fen, and what is said where prices lack."""

import polars as pl
import pytest

from data.errors import DataError
from data.goals import Finding, Sizing
from data.money import annuity
from experiments.sizing import size
from experiments.sizing.purchases import priced, purchase_costs

NOTHING = Sizing(Finding("no_budget"), pl.DataFrame(), pl.DataFrame(), (), feasible=True)


def test_a_berth_with_its_tank_by_hand(three_towns):
    costs = purchase_costs(three_towns, {"lng_berth": 2.0, "lng_tank": 250.0, "lng_barge": 1.0})
    assert costs["item"].to_list() == ["lng_berth", "lng_tank", "lng_barge", "operation"]
    assert costs["build_cny"].to_list() == [60_000_000.0, 3_750_000.0, 0.0, 0.0]
    yearly = [round(6e9 / annuity(40.0, 0.05)) / 100, round(3.75e8 / annuity(25.0, 0.05)) / 100, 3e6, 0.05 * 63.75e6]
    assert costs["yearly_cny"].to_list() == pytest.approx(yearly, abs=0.005)
    assert costs["build_cny_low"].sum() < costs["build_cny"].sum() < costs["build_cny_high"].sum()


def test_ways_are_told_apart_and_missing_prices_are_said(three_towns):
    pieces = {"charging": {"shore_charger": 3}, "swapping": {"shore_charger": 1, "vessel_box": 8}}
    told = priced(NOTHING, three_towns, pieces)
    assert [each.key for each in told.says] == ["way_cost", "way_cost"]
    assert told.says[1].figures["way"] == Finding("way_swapping")
    assert told.says[0].figures["investment_value"] == "0.90"
    assert told.tables["costs"]["way"].unique(maintain_order=True).to_list() == ["charging", "swapping"]
    table = three_towns.infrastructure_prices
    bare = three_towns.with_table("infrastructure_prices", table.filter(pl.col("item") != "vessel_box"))
    assert [each.key for each in priced(NOTHING, bare, pieces).says] == ["no_prices"]
    with pytest.raises(DataError, match="got no row of item 'vessel_box'"):
        purchase_costs(bare, {"vessel_box": 1})
    assert priced(NOTHING, three_towns, {}) is NOTHING


def test_e_bikes_say_what_they_cost(small_scenario):
    found = size("ebikes", small_scenario)
    assert [each.key for each in found.says] == ["pieces_cost"]
    crews, vans = found.answer.row(0)
    costs = dict(found.tables["costs"].select("item", "yearly_cny").iter_rows())
    assert costs["swap_crew"] == 180_000.0 * crews
    assert costs["van"] == 150_000.0 * vans
