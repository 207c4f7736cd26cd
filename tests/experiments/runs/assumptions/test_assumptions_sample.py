"""The sample of a run: axes, points on common random numbers, what it says, and that it is kept."""

import numpy as np
import polars as pl
import pytest

from data.county import load_county
from data.streams import latin, stream, triangular
from experiments import run
from experiments.runs.assumptions.axes import Axis, assumed_axes, axes_of, points_of
from experiments.runs.assumptions.sampling import draw_sample
from experiments.runs.assumptions.short_runs import EBIKES, FLOW, FORMS, JUNCTIONS, ROADS, short_run, short_runs
from experiments.runs.executors import InProcess
from experiments.runs.plan import prepare
from experiments.runs.replicate import charging_tables, child_seed, port_calls, simulate_shipping, stations_alone
from experiments.scenario.model import Scenario
from experiments.statistics.estimates import drawn_interval, keeps_limit
from fleet.roads.projects import compare_projects, first_project


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    """Keep the answers of points in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def tight(small_scenario, three_towns, tmp_path_factory):
    """The three towns with one pile and gun per group: not everybody is served."""
    layout = three_towns.layouts["today"]
    file = tmp_path_factory.mktemp("layouts") / "tight.csv"
    layout.with_columns(piles=pl.lit(1), guns_per_pile=pl.lit(1)).write_csv(file)
    return small_scenario.with_(charging={"layout": str(file)}, days=3)


@pytest.fixture(scope="module")
def sampled(tight, tmp_path_factory):
    """A run of the three towns with a sample, and its cache."""
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    found = run(tight.with_(points=8))
    patch.undo()
    return found


def test_points_are_a_latin_hypercube_by_the_laws_of_the_axes():
    axes = [Axis("figures.a", 0.0, 10.0, middle=2.0), Axis("figures.b", -1.0, 1.0, middle=0.0)]
    points = points_of(axes, seed=1, samples=64)
    for axis in axes:
        values = np.array([point[axis.key] for point in points])
        # one draw in each stratum: the 64 quantiles of the law
        edges = triangular(*axis.ends, np.arange(65) / 64)
        assert np.histogram(values, edges)[0].tolist() == [1] * 64
    more = points_of([*axes, Axis("figures.c", 0.0, 1.0)], seed=1, samples=64)
    assert [point["figures.a"] for point in more] == [point["figures.a"] for point in points]
    assert points_of(axes, seed=2, samples=64) != points


def test_figures_that_differ_in_their_year_alone_move_together():
    axes = [Axis(f"figures.river.share_{year}", 0.0, 1.0, middle=0.5) for year in (2020, 2030)]
    points = points_of([*axes, Axis("figures.river.speed", 0.0, 1.0, middle=0.5)], seed=1, samples=32)
    first, second, other = (np.array([point[key] for point in points]) for key in points[0])
    assert (first == second).all()
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.5


def test_criteria_and_what_the_scenario_sets_are_no_doubt(small_scenario, three_towns):
    keys = ["charging.los_wait_min", "charging.max_tries", "fleet.demand_cv"]
    assumed = [axis.key for axis in assumed_axes(three_towns, keys, ["flow_shares"])]
    assert "figures.charging.los_wait_min" not in assumed
    assert assumed[0] == "tables.flow_shares"
    rows = [("T1", "late_share", "figures", 1, 1, key) for key in keys]
    rows.append(("T1", "late_share", "flow_shares", 1, 1, None))
    names = ["target_id", "metric", "table", "rows", "of_rows", "figure"]
    behind = pl.DataFrame(rows, schema=names, orient="row")
    middle = three_towns.figure("fleet.demand_cv")
    scenario = small_scenario.with_(figures={"fleet.demand_cv": middle}, tables={"flow_shares": 0.1})
    left = [axis.key for axis in axes_of(scenario, three_towns, behind)["T1"]]
    assert not {"figures.fleet.demand_cv", "tables.flow_shares"} & set(left)


def test_a_short_run_is_the_first_replication_of_the_run(tight, sampled):
    found = short_run(tight, ["late_share", "transformer_peak_share"])
    asked = sampled.scorecard.filter(pl.col("metric").is_in(["late_share", "transformer_peak_share"]))
    assert asked.height >= 2
    for target, criterion, value in asked.select("target_id", "criterion", "value").iter_rows():
        assert found[f"{target}/{criterion}"] == value


@pytest.mark.whole
def test_rows_of_streets_and_forms_move_with_their_assumptions():
    scenario = Scenario.load("deqing-2025").with_(days=1, shipping={"enabled": False})
    county = prepare(scenario).county
    metrics = [*EBIKES, *FORMS, *ROADS, *JUNCTIONS]
    base = short_run(scenario, metrics)
    # the first project to open is that of the plan, and its minutes are those of all projects together
    roads = compare_projects(county).filter(metric="trip_minutes")
    assert base["T16/travel_time_change_share"] == roads.filter(project="g321-bypass")["change_share"].item()
    assert base["T16/project_opening_year"] == 2026.0
    assert first_project(county) == "g321-bypass"
    moved = {
        "T06/ebike_lost_share": {"figures": {"ebikes.trips_per_bike_day": 5.0}},
        "T10/lease_share": {"figures": {"adoption.form_nest": 0.9}},
        "T16/travel_time_change_share": {"figures": {"roads.peak_hour_share": 0.12}},
        "T16/project_opening_year": {"tables": {"road_projects": 1.0}},
        "T19/idling_energy_change_share": {"figures": {"signals.least_green_s": 30.0}},
    }
    for name, change in moved.items():
        found = short_run(scenario.with_(**change), metrics, base=scenario)
        assert found[name] != base[name], name
    later = short_run(scenario.with_(tables={"road_projects": 1.0}), metrics, base=scenario)
    assert later["T16/project_opening_year"] == 2028.0


def test_calls_at_ports_are_those_of_a_whole_replication():
    case = prepare(Scenario.load("deqing-2030").with_(days=1), replications=1).case
    seed = child_seed(case.scenario.seed, 0)
    whole = simulate_shipping(case, seed)
    assert whole["calls"].height > 0
    for name, table in port_calls(case, seed).items():
        assert table.equals(whole[name]), name


def test_a_point_is_simulated_once(small_scenario, monkeypatch):
    first = short_run(small_scenario, ["late_share"])

    def never(*_given, **_named):
        raise AssertionError("simulated again")

    monkeypatch.setattr("experiments.runs.replicate.stations_alone", never)
    assert short_run(small_scenario, ["late_share"]) == first
    # other values are another point
    with pytest.raises(AssertionError, match="simulated again"):
        short_run(small_scenario.with_(figures={"fleet.demand_cv": 0.3}), ["late_share"])


def test_a_table_whose_rows_have_no_range_in_the_county_does_not_move(three_towns):
    bare = three_towns.flow_shares.with_columns(low=pl.lit(None, pl.Float64), high=pl.lit(None, pl.Float64))
    county = three_towns.with_table("flow_shares", bare)
    assert [axis.key for axis in assumed_axes(three_towns, [], ["flow_shares"])] == ["tables.flow_shares"]
    assert assumed_axes(county, [], ["flow_shares"]) == []


@pytest.mark.whole
def test_points_of_many_requests_give_the_same_in_the_compiled_loop(small_scenario, tmp_path, monkeypatch):
    found = short_run(small_scenario, ["late_share"], ["wait_mean_min", "energy_kwh"])
    monkeypatch.setattr("charging.simulation.MANY_REQUESTS", 0)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    again = short_run(small_scenario, ["late_share"], ["wait_mean_min", "energy_kwh"])
    assert again == {name: pytest.approx(value, rel=1e-9) for name, value in found.items()}
    assert found["energy_kwh"] > 0.0


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(small_scenario, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert short_run(small_scenario, ["late_share"])


def test_points_come_back_in_order_with_their_progress(small_scenario):
    told = []
    scenarios = [small_scenario.with_(figures={"fleet.demand_cv": value}) for value in (0.2, 0.3)]
    found = short_runs(scenarios, ["late_share"], InProcess(), progress=lambda done, total: told.append((done, total)))
    assert found == [short_run(scenario, ["late_share"]) for scenario in scenarios]
    assert told == [(1, 2), (2, 2)]


def test_nothing_that_is_simulated_needs_no_sample(small_scenario):
    axes = {"T1": [Axis("figures.a", 0.0, 1.0)]}
    assert draw_sample(small_scenario, axes, {"T1": "guns_total"}, InProcess()) is None


def test_a_run_with_points_has_both_intervals_and_the_draws_behind_them(sampled):
    rows = sampled.answer_draws.filter(sample="runs")
    assert rows.height
    for (target, criterion), mine in rows.group_by("target_id", "criterion"):
        card = sampled.scorecard.filter(target_id=target, criterion=criterion).row(0, named=True)
        # the estimated model of adoption has draws of its own: see below
        if card["metric"] in FLOW:
            continue
        # a number that follows from the inputs has no doubt about it
        if criterion == "ebikes_total":
            assert mine["value"].n_unique() == 1
            assert card["assumption_low"] is None
            continue
        about = np.maximum(mine.sort("draw")["value"].to_numpy() + card["value"] - mine["at_tables"][0], 0.0)
        assert (card["assumption_low"], card["assumption_high"]) == pytest.approx(drawn_interval(about))
        if card["limit"] is not None:
            assert card["p_met"] == keeps_limit(about, card["comparator"], card["limit"]).mean()
    drawn = sampled.assumption_draws.filter(sample="runs")
    assert set(drawn.group_by("assumption").len()["len"]) == {8}
    assert sampled.flips.filter(pl.col("rank") > 3).is_empty()
    assert sampled.flips.height


def test_shares_of_new_vehicles_keep_the_interval_of_their_model_and_name_what_turns_them(sampled, tight):
    plain = run(tight)
    for metric in FLOW:
        mine, alone = (found.scorecard.filter(metric=metric, decides=True) for found in (sampled, plain))
        columns = ["assumption_low", "assumption_high", "p_met", "verdict"]
        assert mine.select(columns).equals(alone.select(columns))
        named = sampled.flips.filter(target_id=mine["target_id"][0])
        assert 1 <= named.height <= 3
        assert named["assumption"].str.contains("adoption|flow_shares|stock|charging_access|vehicle_costs").all()


def test_the_year_that_observed_sales_end_in_is_no_doubt(three_towns):
    keys = three_towns.figures.filter(pl.col("key").str.starts_with("adoption."))["key"].to_list()
    assumed = [axis.key for axis in assumed_axes(three_towns, keys, [])]
    assert "figures.adoption.trend_damping" in assumed
    assert "figures.adoption.base_year" not in assumed
    beyond = three_towns.with_figures({"adoption.trend_damping": 0.1})
    assert "figures.adoption.trend_damping" not in [axis.key for axis in assumed_axes(beyond, keys, [])]


def test_the_grid_of_a_point_is_that_of_the_county_load(small_scenario):
    case = prepare(small_scenario, replications=1).case
    seed = child_seed(case.scenario.seed, 0)
    assert stations_alone(case, seed, {"grid"})["grid"].equals(charging_tables(case, seed)["grid"])


def test_without_points_only_the_accounts_are_drawn(small_scenario):
    found = run(small_scenario)
    assert set(found.answer_draws["sample"]) == {"accounts"}
    assert set(found.flips["criterion"]) <= set(found.answer_draws["criterion"])


def world(seed, draws, columns=6):
    """A synthetic model with a known answer: a product and a sum of drawn assumptions, one of them bent."""
    names = [str(column) for column in range(columns)]
    drawn = [
        triangular(0.5, 1.0, 2.0, latin(seed, "world", name, samples=draws) if draws > 1 else lone(seed, name))
        for name in names
    ]
    return drawn[0] * drawn[1] + 2.0 * drawn[2] ** 2 - drawn[3] / drawn[4] + 0.1 * drawn[5]


def lone(seed, name):
    """A score of one redrawn world, apart from those of the sample."""
    return stream(seed, "truth", name).uniform(size=1)


@pytest.mark.parametrize("points", [64, 500])
def test_the_interval_covers_redrawn_worlds(points):
    # 600 worlds, each with a sample of its own: 92 to 98 % lie within an interval of nominal 95 %
    hits = 0
    for number in range(600):
        low, high = drawn_interval(world(number, points))
        hits += low <= float(world(10_000 + number, 1)[0]) <= high
    assert 0.92 <= hits / 600 <= 0.98, hits


@pytest.mark.whole
def test_the_interval_of_a_county_covers_its_redrawn_worlds(three_towns, small_scenario):
    """The carbon targets of the three towns: one sample, and 400 worlds that are drawn anew."""
    from experiments.pathways.carbon_draws import carbon_draws

    known = carbon_draws(small_scenario, three_towns)
    worlds = carbon_draws(small_scenario.with_(seed=99), three_towns, samples=400)
    for series in "abc":
        low, high = drawn_interval(known.change("vehicle_intensity_change_share", series, 2030))
        redrawn = worlds.change("vehicle_intensity_change_share", series, 2030)
        assert 0.92 <= ((redrawn >= low) & (redrawn <= high)).mean() <= 0.98


def test_intervals_of_draws_and_limits_by_hand():
    # r / (n + 1) with n = 39: the ends are the first and the last
    assert drawn_interval(np.arange(1.0, 40.0)) == pytest.approx((1.0, 39.0))
    values = np.array([0.1, 0.2, 0.3])
    assert keeps_limit(values, "<=", 0.2).tolist() == [True, True, False]
    assert keeps_limit(values, ">=", 0.2).tolist() == [False, True, True]
    assert keeps_limit(values, "==", 0.2).tolist() == [False, True, False]
    with pytest.raises(ValueError, match="comparator <"):
        keeps_limit(values, "<", 0.2)


def test_every_run_of_deqing_names_what_would_move_its_charging():
    county = load_county("deqing")
    axes = [axis.key for axis in assumed_axes(county, [], ["through_traffic", "vehicle_classes", "energy_use"])]
    assert axes == ["tables.vehicle_classes", "tables.energy_use", "tables.through_traffic"]
