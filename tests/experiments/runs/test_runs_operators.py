"""Operators' fleets in a run: tables of their plans, totals of stock and ledger, a switch, what makes other plans."""

from dataclasses import replace

import polars as pl
import pytest

from data.errors import InfeasibleError, UnusualWarning
from data.memory.remembering import Seen, WatchedCounty
from experiments.runs.assumptions import short_runs as points
from experiments.runs.assumptions.axes import Axis
from experiments.runs.assumptions.sampling import draw_sample
from experiments.runs.assumptions.short_runs import _answered, short_run, simulated
from experiments.runs.energy import duties as run_duties
from experiments.runs.energy.duties import operator_tables
from experiments.runs.executors import InProcess
from experiments.runs.plan import prepare
from experiments.runs.replicate import stations_alone
from experiments.scorecard import mix
from experiments.scorecard.evidence import Evidence, Target
from experiments.scorecard.mix import by_class, joint_network, leasing
from fleet.operators.distribution.joint_network import distribution_table, quick_distribution
from fleet.operators.duty_table import operator_plans
from fleet.operators.networks import FLEET_PLAN, LOAD_FIGURES, PLAN_FIGURES, cost_share, network_figure


def test_a_run_has_plans_fleets_and_depots(small_run):
    tables = small_run.tables
    assert tables["duties"].height > 0
    fleets = {row["operator"]: row for row in tables["operator_fleets"].iter_rows(named=True)}
    assert set(fleets) == set(small_run.county.operators["operator"])
    bus = fleets["seat-bus"]
    assert (bus["vehicles"], bus["town"]) == (4.0, "anping")
    # electric ones drive their part of the duties, never more than there are
    assert bus["driven_duties"] <= min(bus["duties"], bus["electric_vehicles"])
    assert 0.0 < bus["managed_kw"] <= bus["at_once_kw"]
    # many hauliers: all vehicles of their class, no plan
    assert fleets["haulier"]["duties"] is None
    loads = tables["depot_loads"]
    assert set(loads["operator"]) == set(tables["duties"]["operator"])
    assert (loads.group_by("operator").len()["len"] == 96).all()


def test_vehicles_and_energy_are_those_of_stock_and_ledger(small_run):
    year = small_run.scenario.year
    electric = small_run.tables["stock"].filter(pl.col("year") == year, pl.col("power") == "bev")
    counts = {name: round(number) for name, number in electric.select("vehicle_class", "vehicles").iter_rows()}
    fleets = small_run.tables["operator_fleets"].group_by("vehicle_class").agg(pl.col("electric_vehicles").sum())
    assert all(number <= counts[name] for name, number in fleets.iter_rows())
    balance = small_run.tables["energy_balance"].filter(power="bev").drop_nulls("vehicles")
    assert dict(balance.select("vehicle_class", "vehicles").iter_rows()) == {k: v for k, v in counts.items() if v}
    parts = sum(pl.col(f"{place}_kwh") for place in ("home", "depot", "work", "public", "swap", "outside"))
    gap = balance.select((pl.col("driven_kwh") - parts + pl.col("battery_change_kwh")).abs().max()).item()
    assert gap <= 1e-9 * balance["driven_kwh"].sum()


def test_answers_by_class_and_of_networks_tell_operators(small_run):
    evidence = Evidence(small_run.scenario, small_run.county, small_run.tables)
    by_operator = {
        (fact.name, fact.key): fact.value
        for fact in by_class(evidence, Target("A", "bev_stock_share_by_class", "none", None, "share", 2025)).facts
    }
    assert by_operator["operator_vehicles", "seat-bus"] == 4.0
    assert by_operator["operator_electric", "seat-bus"] <= 4.0
    assert by_operator["operators_year", None] == 2025
    # many hauliers are their class, no operator
    assert ("operator_vehicles", "haulier") not in by_operator
    given = distribution_table(small_run.county, year=2025, ranges=False)
    asked = Evidence(small_run.scenario, small_run.county, {**small_run.tables, "distribution": given})
    facts = joint_network(asked, Target("B", FLEET_PLAN, "none", None, "share", 2025)).facts
    bus = {fact.name: fact.value for fact in facts if fact.key == "seat-bus"}
    assert bus["bus_vehicles"] == 4.0
    forms = {
        fact.key: fact.value
        for fact in leasing(evidence, Target("C", "lease_share", "none", None, "share", 2025)).facts
        if fact.name == "operator_form_cny"
    }
    fleets = small_run.tables["operator_fleets"].filter(kind="vans").drop_nulls("duties")["operator"]
    assert {key.partition("/")[0] for key in forms} == set(fleets)
    assert all({f"{name}/purchase", f"{name}/operating_lease", f"{name}/fuel"} <= set(forms) for name in fleets)
    assert 0.0 < bus["bus_managed_kw"] <= bus["bus_at_once_kw"]


def test_the_switch_leaves_them_to_the_vehicle_days(small_scenario):
    without = small_scenario.apply_sets(["fleet.operators=false"])
    assert all(table.height == 0 for table in operator_tables(without).values())
    case, plain = prepare(small_scenario).case, prepare(without).case
    assert case.operated
    assert plain.operated == ()
    loads = [stations_alone(one, 1, {"grid"})["grid"] for one in (case, plain)]
    # buses and cabs stand in the seat, not in all towns
    seat = [load.filter(town="anping")["charging_kwh"][0] for load in loads]
    assert seat[0] > seat[1]


def test_only_edits_of_operators_make_other_plans(small_scenario):
    given = operator_tables(small_scenario)["duties"]
    use = small_scenario.apply_sets(["figures.charging.efficiency_dc=0.9"])
    assert operator_tables(use)["duties"].equals(given)
    fuller = small_scenario.apply_sets(["figures.operators.parcels_per_van=250"])
    assert not operator_tables(fuller)["duties"].equals(given)


def test_work_that_cannot_be_planned_is_a_warning_of_every_run(small_scenario, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def nothing(_county, _year, **_options):
        return {"duties": {}, "depot_loads": {}, "lost": ["operator seat-bus: a trip is too long."]}

    monkeypatch.setattr(run_duties, "_planned", nothing)
    other = small_scenario.apply_sets(["figures.operators.plug_min=4.25"])
    for _ in range(2):
        with pytest.warns(UnusualWarning, match="operator seat-bus: a trip is too long"):
            assert operator_tables(other)["duties"].height == 0


def seen_of(county, build):
    """Return the figures that a computation asks a county for."""
    seen = Seen()
    build(WatchedCounty.over(county, seen))
    return set(seen.figures)


def test_doubt_names_what_plans_and_networks_read(three_towns):
    plans = seen_of(three_towns, lambda county: operator_plans(county, year=2025))
    assert set(PLAN_FIGURES) < set(LOAD_FIGURES) <= plans
    networks = seen_of(three_towns, lambda county: distribution_table(county, year=2025, ranges=False))
    named = three_towns.assumed_figures(mix._NETWORK_FIGURES)
    assumed = set(three_towns.assumed_figures(tuple(networks)))
    # all assumed figures that the networks read are named; of the others none is an operator's
    assert assumed & networks <= set(named)
    read = plans | networks
    assert {key for key in named if key.startswith("operators.")} <= read


def test_points_keep_the_duties_of_their_scenario(small_scenario, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(points, "_answered", lambda case, *_: {"legs": float(case.duties.height)})
    base = short_run(small_scenario, [])
    point = small_scenario.apply_sets(["figures.operators.parcels_per_resident_day=0.25"])
    assert short_run(point, [], base=small_scenario) == base
    assert short_run(point, []) != base


def test_a_sample_moves_no_figure_that_plans_alone_read(small_scenario, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    axes = {
        name: [Axis(f"figures.operators.{key}", 0.9, 1.1, middle=1.0) for key in ("slack_share", "spare_share")]
        for name in ("load", "networks")
    }
    metrics = {"load": "transformer_peak_share", "networks": FLEET_PLAN}
    found = draw_sample(small_scenario, axes, metrics, InProcess(), points=0)
    assert [axis.key for axis in found.axes["load"]] == ["figures.operators.spare_share"]
    assert len(found.axes["networks"]) == 2


def test_where_a_battery_does_not_last_a_larger_one_is_taken(three_towns):
    given = quick_distribution(three_towns, year=2025)
    assert given["case"].unique().to_list() == ["as given"]
    weak = three_towns.with_figures({"operators.battery_health_share": 0.12})
    with pytest.raises(InfeasibleError, match="van"):
        distribution_table(weak, year=2025, ranges=False)
    taken = quick_distribution(weak, year=2025)
    # dearer vans
    assert network_figure(taken, "joint", "cny_per_day") > network_figure(given, "joint", "cny_per_day")
    with pytest.raises(InfeasibleError, match="van"):
        quick_distribution(weak.with_figures({"operators.reserve_soc_share": 0.9}), year=2025)


def test_the_answers_take_the_interval_of_their_draws(small_run):
    given = distribution_table(small_run.county, year=2025, ranges=False)
    share = joint_network(
        Evidence(small_run.scenario, small_run.county, {**small_run.tables, "distribution": given}),
        Target("B", FLEET_PLAN, "none", None, "share", 2025),
    ).criteria[0].estimate.value  # fmt: skip
    rows = [("runs", number, "B", FLEET_PLAN, share + 0.001 * number, share) for number in range(-50, 51)]
    draws = pl.DataFrame(rows, schema=["sample", "draw", "target_id", "criterion", "value", "at_tables"], orient="row")
    asked = Evidence(
        small_run.scenario, small_run.county, {**small_run.tables, "distribution": given, "answer_draws": draws}
    )
    found = joint_network(asked, Target("B", FLEET_PLAN, "none", None, "share", 2025)).criteria[0]
    assert found.estimate.assumed
    assert (found.estimate.low, found.estimate.high) == pytest.approx((share - 0.0475, share + 0.0475), abs=2e-3)


def test_a_short_run_answers_networks_and_stock(small_scenario):
    case = prepare(small_scenario).case
    asked = case.county.targets.head(2).with_columns(
        target=pl.Series(["N", "S"]), metric=pl.Series([FLEET_PLAN, "bev_stock_share_by_class"]), year=pl.lit(2025)
    )
    county = case.county.with_table("targets", asked.cast(case.county.targets.schema))
    case = replace(case, county=county)
    tables = simulated(case, [FLEET_PLAN, "bev_stock_share_by_class"])
    # routes and stock take no simulation
    assert set(tables) == {"distribution"}
    found = _answered(case, (FLEET_PLAN, "bev_stock_share_by_class"), ())
    assert found[f"N/{FLEET_PLAN}"] == pytest.approx(cost_share(quick_distribution(county, year=2025)))
    assert 0.0 < found["S/bev_stock_share_by_class"] < 1.0
