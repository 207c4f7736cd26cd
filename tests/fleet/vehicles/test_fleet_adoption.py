"""Choice and backcast: the logit by hand, calibration, what policy moves, and the path fed back."""

import math

import numpy as np
import polars as pl
import pytest

import fleet
from data import DataError, InfeasibleError
from data.schemas.base import CLEAN_ENERGY, NEW_ENERGY
from experiments.scenario.county import CAR_FLOW, CLEAN_FLOW, levers, needed, scenario_county, target_of
from experiments.scenario.model import Scenario
from fleet.vehicles.backcast import backcast, shifted_flow
from fleet.vehicles.choice import choice_flow, nested_shares
from fleet.vehicles.costs import Levers

HORIZON = range(2015, 2036)


def test_the_logit_by_hand():
    plain = nested_shares([[1.0], [1.0]], [0.0, math.log(3.0)], theta=5.0, nest=1.0)
    assert plain == pytest.approx([0.25, 0.75])
    cost = nested_shares([[1.0], [0.8]], [0.0, 0.0], theta=5.0, nest=1.0)
    assert cost[1] / cost[0] == pytest.approx(math.exp(1.0))
    multinomial = nested_shares([[1.0, 1.0], [1.0]], [0.0, 0.0], theta=5.0, nest=1.0)
    assert multinomial == pytest.approx([2 / 3, 1 / 3])
    nested = nested_shares([[1.0, 1.0], [1.0]], [0.0, 0.0], theta=5.0, nest=0.5)
    assert nested[0] / nested[1] == pytest.approx(math.sqrt(2.0))
    for theta, nest in ((0.0, 0.5), (1.0, 1.5)):
        with pytest.raises(DataError, match="must be above 0"):
            nested_shares([[1.0]], [0.0], theta=theta, nest=nest)
    with pytest.raises(DataError, match="no form of acquisition"):
        nested_shares([[]], [0.0], theta=1.0, nest=0.5)


def share(flow, year, name, power):
    return flow.filter(year=year, vehicle_class=name, power=power)["share"].item()


def test_the_choice_reproduces_its_base_year_and_sums_to_one(county):
    flow = choice_flow(county, years=HORIZON)
    assert share(flow, 2025, "private_car", "bev") == pytest.approx(0.2552)
    sums = flow.group_by("vehicle_class", "year").agg(pl.col("share").sum())
    assert sums["share"].to_numpy() == pytest.approx(np.ones(sums.height))
    assert fleet.stock(county.with_table("flow_shares", flow)).height


def test_policy_moves_the_choice(county):
    plain = share(choice_flow(county, years=HORIZON), 2030, "light_truck", "bev")
    for one in (Levers(subsidy_cny=20_000), Levers(fuel_price_factor=1.3), Levers(charging_access_share=0.5)):
        assert share(choice_flow(county, years=HORIZON, levers=one), 2030, "light_truck", "bev") > plain
    bought = Levers(forms=("purchase",))
    least = share(choice_flow(county, years=HORIZON, levers=bought), 2030, "light_truck", "bev")
    assert least < plain
    half = share(choice_flow(county, years=HORIZON, levers=Levers(lease_share=0.5)), 2030, "light_truck", "bev")
    assert half == pytest.approx((least + plain) / 2)
    none = share(choice_flow(county, years=HORIZON, levers=Levers(lease_share=0.0)), 2030, "light_truck", "bev")
    assert none == pytest.approx(least)


def test_shifted_shares_keep_their_sum_and_past(county):
    moved = shifted_flow(county, 1.0, after=2025, until=2030)
    assert share(moved, 2025, "private_car", "bev") == pytest.approx(0.2552)
    before = sum(share(county.flow_shares, 2030, "private_car", power) for power in ("bev", "phev"))
    both = share(moved, 2030, "private_car", "bev") + share(moved, 2030, "private_car", "phev")
    assert math.log(both / (1 - both)) - math.log(before / (1 - before)) == pytest.approx(1.0)
    sums = moved.group_by("vehicle_class", "year").agg(pl.col("share").sum())
    assert sums["share"].to_numpy() == pytest.approx(np.ones(sums.height))


@pytest.mark.parametrize("wanted", [0.2, 0.4, 0.8])
def test_the_path_that_is_needed_meets_the_target_when_fed_back(county, wanted):
    classes = county.vehicle_classes.filter(pl.col("kind") != "two_wheeler")["vehicle_class"].to_list()
    path = backcast(county, target_share=wanted, target_year=2030, classes=classes)
    shares = fleet.flow_share(fleet.stock(county.with_table("flow_shares", path)), CLEAN_ENERGY, classes=classes)
    assert shares.filter(year=2030)["share"].item() == pytest.approx(wanted, abs=1e-5)


def test_the_scenario_with_a_backcast_meets_both_targets(county):
    moved = scenario_county(Scenario.load("deqing-2030").with_(fleet={"adoption": "backcast"}), county)
    stock = fleet.stock(moved)
    classes = county.vehicle_classes.filter(pl.col("kind") != "two_wheeler")["vehicle_class"].to_list()
    mix = fleet.flow_share(stock, CLEAN_ENERGY, classes=classes).filter(year=2030)["share"].item()
    assert mix == pytest.approx(0.4, abs=0.001)
    assert mix >= 0.4
    cars = ("private_car", "taxi", "ride_hailing", "official_car")
    assert fleet.flow_share(stock, NEW_ENERGY, classes=cars).filter(year=2030)["share"].item() >= 0.3


@pytest.mark.whole
def test_cars_that_would_miss_their_target_are_raised_first(county):
    strict = county.targets.with_columns(value=pl.when(pl.col("target") == "T08").then(0.45).otherwise(pl.col("value")))
    stock = fleet.stock(needed(county.with_table("targets", strict)))
    cars = ("private_car", "taxi", "ride_hailing", "official_car")
    assert fleet.flow_share(stock, NEW_ENERGY, classes=cars).filter(year=2030)["share"].item() == pytest.approx(
        0.45, abs=0.001
    )


def test_what_no_path_reaches_is_infeasible(county):
    with pytest.raises(InfeasibleError, match="no path of motorcycle"):
        backcast(county, target_share=0.5, target_year=2030, classes=["motorcycle"], powers=("phev",))


@pytest.mark.whole
def test_policy_is_a_set_of_scenario_keys(county):
    plain = Scenario.load("deqing-2030").with_(fleet={"adoption": "choice"})
    base = share(scenario_county(plain, county).flow_shares, 2030, "light_truck", "bev")
    for key, value, sign in (
        ("subsidy_cny", 20_000.0, 1),
        ("lease_share", 0.3, -1),
        ("charging_access_share", 0.5, 1),
        ("electricity_price_factor", 1.5, -1),
        ("fuel_price_factor", 1.3, 1),
    ):
        moved = plain.apply_sets([f"fleet.policy.{key}={value}"])
        found = share(scenario_county(moved, county).flow_shares, 2030, "light_truck", "bev")
        assert sign * (found - base) > 0.0, key


def test_public_guns_of_the_layout_act_on_the_choice(county):
    chosen = Scenario.load("deqing-2030").with_(fleet={"adoption": "choice"})
    shares = []
    for change in ({}, {"charging": {"layout": "half-plan"}}, {"fleet": {"policy": {"public_guns_factor": 1.0}}}):
        flow = scenario_county(chosen.with_(**change), county).flow_shares
        shares.append(share(flow, 2030, "private_car", "bev"))
    # the plan's guns are those that the path takes for granted
    assert shares[0] == pytest.approx(shares[2])
    assert shares[1] < shares[0] - 0.005
    rows = county.layout("half-plan").head(1)
    few = levers(chosen, county, rows).public_guns_factor
    assert few == pytest.approx(float((rows["piles"] * rows["guns_per_pile"]).sum()) / 450.0)


def test_the_choice_is_a_scenario_key(county):
    chosen = scenario_county(Scenario.load("deqing-2030").with_(fleet={"adoption": "choice"}), county)
    assert set(chosen.flow_shares["source"]) == {"model"}
    free = scenario_county(Scenario.load("deqing-2030"), county)
    assert free.flow_shares.equals(county.flow_shares)


@pytest.mark.whole
def test_targets_are_found_by_their_metric_whatever_their_row_is_called(county):
    renamed = county.targets.with_columns(target=pl.format("P{}", pl.int_range(pl.len())))
    assert target_of(county.with_table("targets", renamed), CLEAN_FLOW) == (0.4, 2030)
    other = county.with_table("targets", renamed.filter(pl.col("metric") != CAR_FLOW))
    assert target_of(other, CAR_FLOW) is None
    assert needed(other).flow_shares.equals(needed(county).flow_shares)  # the mix binds, not the cars


def test_the_last_and_strictest_target_of_a_metric_counts(county):
    row = county.targets.filter(pl.col("metric") == CLEAN_FLOW)
    more = [
        row.with_columns(value=pl.lit(value), year=pl.lit(year, pl.Int64)) for value, year in ((0.9, 2028), (0.5, 2030))
    ]
    assert target_of(county.with_table("targets", pl.concat([county.targets, *more])), CLEAN_FLOW) == (0.5, 2030)
