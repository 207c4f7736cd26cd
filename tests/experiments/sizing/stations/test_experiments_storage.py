"""Photovoltaics and storage of stations: against all sizes by hand, along the prices, within a budget."""

import itertools

import numpy as np
import polars as pl
import pytest

from charging.costs.price_table import Prices
from data.errors import ScenarioError
from data.money import annuity
from experiments.report.language import translator
from experiments.report.words.place_names import PlaceNames
from experiments.report.words.told_sizing import SizingWords
from experiments.runs.plan import prepare
from experiments.sizing import size
from experiments.sizing.stations import storage


@pytest.fixture(scope="module")
def found(small_scenario):
    return size("storage", small_scenario)


def test_each_station_has_what_costs_least_a_year(found, small_scenario):
    case = prepare(small_scenario).case
    prices = Prices.from_county(case.county)
    loads, interval_min = storage._loads(case)
    name, load = next(iter(loads.items()))
    market = storage._Market.of(case, len(load), interval_min)
    ends = {level: Prices.from_county(case.county, level=level) for level in ("low", "value", "high")}
    yearly = storage._yearly(case, name, load, market, ends)
    row = found.answer.filter(station_id=name).row(0, named=True)

    def total(kwp, kwh, electricity):
        yearly_of = {
            item: prices.figure(item) * (1.0 / annuity(prices.life_years(item), 0.05) + prices.figure("operation"))
            for item in ("pv", "storage")
        }
        return electricity + kwp * yearly_of["pv"] + kwh * yearly_of["storage"]

    costs = [
        (total(kwp, kwh, yearly.cny[number, column]), kwp, kwh)
        for number, kwp in enumerate(yearly.kwp)
        for column, kwh in enumerate(yearly.kwh)
    ]
    assert min(costs)[1:] == (pytest.approx(row["pv_kwp"], abs=0.1), row["storage_kwh"])
    # more modules and more storage never make the electricity dearer
    assert (np.diff(yearly.cny[:, 0]) <= 1e-9).all()
    # the best is inside of what was looked at, at any prices
    assert all(each.best(ends[level])[1] < len(yearly.kwh) - 1 for each in (yearly,) for level in ends)
    assert yearly.kwh[:3] == [0.0, 50.0, 75.0]
    # a county's power: a station uses what it draws, at prices between the lowest and the highest of the tariff
    assert yearly.cny[0, 0] > 0.0


def test_dearer_equipment_is_not_more_of_it(found):
    low, value, high = found.tables["by_price"].iter_rows(named=True)
    assert (low["prices"], value["prices"], high["prices"]) == ("low", "value", "high")
    assert low["pv_kwp"] >= value["pv_kwp"] >= high["pv_kwp"]
    assert low["storage_kwh"] >= value["storage_kwh"] >= high["storage_kwh"]
    assert value["saved_cny"] == pytest.approx(found.answer["saved_cny"].sum())


def test_the_frontier_goes_from_nothing_to_the_answer_and_no_table_is_shown_twice(found, three_towns):
    frontier = found.frontier
    assert frontier.row(0, named=True)["build_cny"] == 0.0
    assert frontier["build_cny"].is_sorted()
    last = frontier.row(-1, named=True)
    for name in ("pv_kwp", "storage_kwh", "build_cny", "saved_cny"):
        assert last[name] == pytest.approx(found.answer[name].sum())
    # where most is saved for the money comes first
    saved, built = frontier["saved_cny"].diff()[1:], frontier["build_cny"].diff()[1:]
    assert (saved / built).is_sorted(descending=True)
    words = SizingWords("storage", PlaceNames(three_towns, "en", translator("en")), translator("en"))
    shown = list(words.tables(found).values())
    assert len({title for title, _ in shown}) == len(shown) == 4
    assert not any(one.equals(other) for (_, one), (_, other) in itertools.combinations(shown, 2))
    # without a target nothing meets one
    assert "meets" not in words.tables(found)["tried"][1].columns
    assert words.verdict(found) == f"Found: {found.answer.height} rows."


def test_costs_are_in_the_form_of_others_and_add_up_to_the_fen(found):
    costs = found.tables["costs"]
    assert costs["item"].to_list() == ["pv", "storage", "operation"]
    built = found.answer["build_cny"].sum()
    assert costs["build_cny"].sum() == pytest.approx(built, abs=0.01)
    fen = costs.select(pl.col("build_cny", "yearly_cny") * 100.0).to_numpy()
    assert np.abs(fen - fen.round()).max() < 1e-4
    assert (costs["yearly_cny_low"] <= costs["yearly_cny"]).all()
    assert (costs["yearly_cny"] <= costs["yearly_cny_high"]).all()


def test_a_budget_goes_to_what_saves_most_for_its_price(found, small_scenario):
    whole = float(found.answer["build_cny"].sum())
    half = size("storage", small_scenario, budget=f"cny={int(whole / 2)}").answer
    assert half["build_cny"].sum() <= whole / 2
    assert half.height == found.answer.height
    assert size("storage", small_scenario, budget="cny=1").answer["build_cny"].sum() == 0.0


def test_faults_are_named(small_scenario, three_towns, monkeypatch):
    with pytest.raises(ScenarioError, match="size storage: got a target; expected none"):
        size("storage", small_scenario, target="late_share<=0.1")
    bare = three_towns.with_table("pv_months", three_towns.pv_months.clear())
    case = prepare(small_scenario).case
    monkeypatch.setattr(storage, "prepare", lambda _: type("P", (), {"case": type("C", (), {"county": bare})})())
    with pytest.raises(ScenarioError, match="has no infrastructure_prices or no pv_months"):
        size("storage", small_scenario)
    assert case.county.pv_months.height
