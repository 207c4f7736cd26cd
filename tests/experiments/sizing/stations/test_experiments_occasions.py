"""Weeks that a size is judged by, what may be chosen, and the path of the three towns."""

import datetime as dt
import math

import polars as pl
import pytest

from charging.costs.price_table import Prices
from charging.costs.station_costs import investment_fen
from charging.sizing.pile_sites import layout_totals
from data.errors import DataError, ScenarioError
from experiments.runs.plan import prepare
from experiments.sizing import size
from experiments.sizing.stations.choices import Choices
from experiments.sizing.stations.occasions import in_year, occasions_of
from experiments.sizing.stations.trial import Trial


def test_holidays_and_ordinary_days_make_a_year(small_scenario):
    weeks = occasions_of(small_scenario, holidays=True)
    assert [week.name for week in weeks] == ["ordinary", "spring-festival-2025", "national-day-2025"]
    assert sum(week.days for week in weeks) == 365.0
    assert [week.days for week in weeks[1:]] == [8.0, 8.0]
    assert weeks[1].case.scenario.start == dt.date(2025, 1, 28)
    two = occasions_of(small_scenario, years=(2025, 2028))
    assert [(week.name, week.days) for week in two] == [("2025 ordinary", 365.0), ("2028 ordinary", 366.0)]
    with pytest.raises(ScenarioError, match=r"--holidays: calendar.csv of .* has none in 2026 \(it has 2025 to 2030\)"):
        occasions_of(small_scenario, holidays=True, years=(2026,))


@pytest.mark.parametrize("year", [2024, 2026, 2030, 2035])
def test_another_year_begins_on_the_same_day_of_the_week(small_scenario, year):
    moved = in_year(small_scenario, year)
    assert moved.year == moved.start.year == year
    assert moved.start.weekday() == small_scenario.start.weekday()
    assert abs((moved.start - small_scenario.start.replace(year=year)).days) <= 3
    late = in_year(small_scenario.with_(start=dt.date(2025, 12, 31)), year)
    assert late.start.year == year
    assert late.start.weekday() == 2


def test_weeks_count_by_the_requests_of_a_year_that_they_stand_for(small_scenario):
    weeks = occasions_of(small_scenario, holidays=True)[:2]
    both = Trial(weeks, ["late_share", "unserved_share"])
    layout = weeks[0].case.layout
    alone = [Trial([week], ["unserved_share"]) for week in weeks]
    shares = [trial.evaluate(layout, 0).measures["unserved_share"].value for trial in alone]
    counts = [trial.requests(0, 0).height * week.days for trial, week in zip(alone, weeks, strict=True)]
    expected = math.fsum(share * count for share, count in zip(shares, counts, strict=True)) / math.fsum(counts)
    assert both.evaluate(layout, 0).measures["unserved_share"].value == pytest.approx(expected)


def test_what_may_be_chosen():
    with pytest.raises(ScenarioError, match=r"--minimise gun: not known\. .*Known: guns, piles, cost, late"):
        Choices("gun").check({})
    with pytest.raises(ScenarioError, match="--minimise late: got no budget; expected what to spend"):
        Choices("late").check({})
    with pytest.raises(ScenarioError, match="size fleet: --minimise is for charging and path only"):
        size("fleet", "deqing-2030", minimise="guns")


def test_a_whole_budget_is_spent_and_its_answer_says_so(small_scenario):
    found = size("charging", small_scenario, budget="piles=16,guns=20", minimise="late")
    assert int(found.answer["piles"].sum()) == 16
    assert int((found.answer["piles"] * found.answer["guns_per_pile"]).sum()) == 20
    keys = [each.key for each in found.says]
    assert keys[0] == "answer_where"
    account = next(each.figures for each in found.says if each.key == "answer_account")
    assert float(account["cny_kwh"]) > 0.3
    assert account["others_share"] >= 0.0
    # one replication decides nothing, and says so
    assert "rules_undecided" in keys
    assert set(found.tables) == {"towns", "growth", "compared"}
    assert found.tables["towns"]["guns"].sum() == 20
    compared = found.tables["compared"]
    assert compared["layout"][0] == "found"
    assert compared["p_best"].null_count() == compared.height
    assert set(found.answer["confidence"]) == {"derived"}


def test_a_station_keeps_its_fees_and_pays_for_the_electricity_alone(small_scenario):
    case = prepare(small_scenario).case
    trial = Trial(case, ["late_share"])
    dear = case.layout.with_columns(fee_cny_kwh=pl.lit(0.5))
    kwh, paid, power = trial.bill(dear)
    # what drivers pay beyond the electricity: the county's fee and the stations' own on each kWh
    assert paid - power == pytest.approx(kwh * (case.county.figure("charging.service_fee_cny_kwh") + 0.5), rel=1e-9)
    fee = case.county.figure("charging.service_fee_cny_kwh")
    assert min(case.tariff["cny_per_kwh"]) - fee < power / kwh < max(case.tariff["cny_per_kwh"]) - fee
    plain = trial.bill(case.layout)
    assert plain[1] - plain[2] == pytest.approx(plain[0] * fee, rel=1e-9)


def test_layouts_that_are_given_cost_what_they_name(small_scenario, three_towns):
    layout = three_towns.layout("today")
    prices = Prices.from_county(three_towns)
    whole = math.ceil(investment_fen(layout, prices) / 100)
    assert layout_totals(layout, {"cny", "kw"}, prices) == {"piles": 14, "guns": 17, "kw": 702, "cny": whole}
    # a connection that is larger than its piles need is paid for all the same
    large = layout.with_columns(transformer_kw=pl.lit(1187.5))
    assert layout_totals(large, {"cny"}, prices)["cny"] > whole
    chosen = size("charging", small_scenario, layouts=("today",), budget=f"cny={whole - 1}", target="late_share<=0.9")
    assert not chosen.feasible
    with pytest.raises(DataError, match="prices: got none"):
        layout_totals(layout, {"cny"})


def test_a_budget_below_the_least_is_told_with_the_nearest_target(small_scenario):
    found = size("charging", small_scenario, budget="piles=3", minimise="late")
    assert not found.feasible
    assert [each.key for each in found.binds] == ["least_over_budget", "least_shows"]
    least = size("charging", small_scenario, budget="guns=6", target="not_in_time_share<=0.0001")
    assert not least.feasible
    nearest = next(each for each in least.binds if each.key == "nearest_target").figures["goals"][0]
    worst = next(each for each in least.binds if each.key == "within_budget").figures["value"]
    assert nearest.met(worst)
    assert nearest.limit == pytest.approx(worst.value, rel=0.02)


def test_a_path_adds_and_never_moves(small_scenario):
    found = size("path", small_scenario, years=(2025, 2030), target="late_share<=0.3")
    path, additions = found.tables["path"], found.tables["additions"]
    assert path["year"].to_list() == [2025, 2030]
    assert (path["piles_added"] >= 0).all()
    assert additions["piles_added"].sum() == path["piles"].max() == int(found.answer["piles"].sum())
    assert path["build_cny"].min() >= 0.0
    assert path["build_cny"].sum() > 0.0
    keys = {each.key for each in found.says}
    assert {"path_added", "path_late", "second_guns"} <= keys


def test_a_path_needs_two_years_and_known_groups(small_scenario, tmp_path, three_towns):
    with pytest.raises(ScenarioError, match="size path: got 1 year; expected at least two"):
        size("path", small_scenario, years=(2025,))
    with pytest.raises(ScenarioError, match="size path: got 2 layouts; expected the one that stands already"):
        size("path", small_scenario, years=(2025, 2026), layouts=("today", "seat-only"))
    other = tmp_path / "other.csv"
    three_towns.layout("today").with_columns(group_id=pl.lit("x") + pl.col("group_id")).write_csv(other)
    with pytest.raises(
        ScenarioError, match=r"got group 'xdc' at station 'anping-a', which the scenario's layout lacks"
    ):
        size("path", small_scenario, years=(2025, 2026), layouts=(str(other),))
