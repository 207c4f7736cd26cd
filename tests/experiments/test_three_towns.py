"""Every feature on a county that is not Deqing: other ids, no river, no through traffic, one day."""

import datetime as dt
import shutil

import polars as pl
import pytest

import fleet
import shipping
from data.errors import ScenarioError
from data.tables.county_check import check_county
from experiments import compare, run, size
from experiments.designs.sensitivity import sensitivity
from experiments.designs.sweep import sweep
from experiments.pathways.carbon_outlook import carbon_outlook
from experiments.report.page import write_report
from experiments.runs.execute import load_result

TARGETS = ["P1", "P2", "P3", "P4", "P5", "P6", "P7"]
RIVER_TABLES = (
    *("battery_trips", "ship_change", "ship_fleets", "calls", "tanks", "vessels", "river_counts", "terminals"),
    "ship_power",
)


@pytest.fixture(scope="module")
def result(small_scenario, tmp_path_factory):
    return run(small_scenario, replications=2, out=tmp_path_factory.mktemp("three") / "run")


def test_the_county_has_no_faults_no_river_and_no_through_traffic(three_towns):
    assert check_county(three_towns.path) == []
    assert not three_towns.has("river")
    assert not three_towns.has("through_traffic")
    assert three_towns.targets["target"].to_list() == TARGETS


def test_nothing_is_simulated_on_a_river_that_is_not_there(result):
    assert not result.scenario.shipping.enabled
    # nor does anybody come home: it is no holiday, and no table says who would; and nobody asked for other years, for
    # a counterfactual, or for rounds of deliveries
    without = {"visitor_charging", "least_guns", "savings", "distribution"}
    assert {name for name, table in result.tables.items() if not table.height} == {*RIVER_TABLES, *without}
    assert set(result.tables["carbon"]["mode"]) == {"road"}
    assert set(result.tables["outlook"]["metric"]) == {"petroleum_t", "vehicle_intensity"}


def test_ships_of_a_county_without_a_river(three_towns):
    assert shipping.carbon(three_towns, years=[2020, 2030]).height == 0
    assert shipping.stations(three_towns).height == 0


def test_energy_and_requests_add_up(result):
    checks = result.tables["checks"]
    assert checks.height == 22
    sessions = result.tables["sessions"]
    assert set(sessions["replication"]) == {0, 1}
    assert set(sessions["station_id"].drop_nulls()) <= {"anping-a", "liuhe-a", "shiqiao-a"}
    assert not sessions["vehicle_class"].str.starts_with("through").any()


def test_people_reach_chargers_from_drawn_villages(result):
    assert result.tables["homes"].group_by("placed").len().sort("placed").rows() == [("centre", 3), ("drawn", 6)]
    reached = result.tables["reach"].filter(charger="any", state="standing", people="all")
    assert reached["replication"].to_list() == [0, 1]
    assert 0.0 < reached["within_near_share"][0] < reached["within_far_share"][0]


def test_the_run_is_read_back_as_it_was(result):
    again = load_result(result.folder)
    assert all(again.tables[name].equals(table) for name, table in result.tables.items())


def test_the_scorecard_has_a_row_for_each_target_of_the_county(result):
    assert set(result.tables["scorecard"]["target_id"]) == set(TARGETS)


def test_each_target_is_answered_by_its_metric(result):
    score = result.tables["scorecard"].filter(pl.col("target_id") == "P7")
    assert score["criterion"].to_list() == ["new_energy_car_flow_share", "given_path"]
    estimated, value = score["value"].to_list()
    assert score["verdict"].to_list()[1] == "given"
    assert score["assumption_low"][0] < estimated < score["assumption_high"][0]
    assert 0.0 <= score["p_met"][0] <= 1.0
    cars = fleet.flow_share(result.tables["stock"], ("bev", "phev", "fcev"), classes=["private_car", "taxi"])
    assert value == pytest.approx(cars.filter(pl.col("year") == 2030)["share"].item(), abs=0.05)
    assert value < 1.0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_is_written(result, tmp_path, language):
    page = write_report(result, tmp_path / "report.html", language=language).read_text("utf8")
    assert f'lang="{language}"' in page
    assert "anping-a" in page


VISITORS = """occasion,measure,value,low,high,source,confidence
lunar-new-year,home_share,0.6,0.4,0.8,X2,assumption
lunar-new-year,car_share,0.5,0.3,0.7,X2,assumption
lunar-new-year,people_per_car,2.5,2,3,X2,assumption
lunar-new-year,stay_days,5,3,7,X2,assumption
lunar-new-year,arrive_before_days,2,1,4,X2,assumption
lunar-new-year,km_per_day,25,10,50,X2,assumption
"""
ORIGINS = """origin,name_zh,name_en,year,people_share,distance_km,bev_share,low,high,source,confidence
city,大城,The city,2025,1.0,160,0.2,0.1,0.3,X2,assumption
"""
OF_VISITORS = """visitors.cable_h,12,h,8,14,2025,X2,assumption,
visitors.cable_kw,2,kW,1.3,3.3,2025,X2,assumption,
visitors.cable_share,0.3,share,0.1,0.6,2025,X2,assumption,
visitors.charge_before_leaving_share,0.6,share,0.3,0.9,2025,X2,assumption,
visitors.registered_people,18000,people,,,2025,X1,derived,
visitors.resident_people,14000,people,,,2025,X1,derived,
visitors.seat_weight,0.5,x,0.1,1.0,2025,X2,assumption,
"""


def test_people_come_home_where_tables_say_so(small_scenario, three_towns, tmp_path):
    folder = tmp_path / "with-visitors"
    shutil.copytree(three_towns.path, folder)
    (folder / "visitors.csv").write_text(VISITORS, encoding="utf-8")
    (folder / "visitor_origins.csv").write_text(ORIGINS, encoding="utf-8")
    with (folder / "figures.csv").open("a", encoding="utf-8") as figures:
        figures.write(OF_VISITORS)
    three_towns.calendar.with_columns(occasion=pl.lit("lunar-new-year")).write_csv(folder / "calendar.csv")
    file = folder / "county.toml"
    file.write_text(file.read_text("utf8").replace('"holidays"', '"holidays", "visitors"'), encoding="utf-8")
    assert check_county(folder) == []
    festival = small_scenario.with_(county=str(folder), start=dt.date(2025, 1, 29))
    there = run(festival)
    table = there.tables["visitor_charging"]
    # 4,000 people: 0.6 come home, half of them by car, 2.5 in each, a fifth of the cars electric
    assert table["cars"].sum() == 96
    assert table["public_kwh"].sum() > 0.0
    classes = there.tables["sessions"]["vehicle_class"]
    assert classes.str.starts_with("visitor/").any()
    facts = dict(there.tables["facts"].filter(pl.col("key").is_null()).select("fact", "value").iter_rows())
    assert facts["visitor_cars"] == 96
    assert facts["visitor_public_kwh"] == pytest.approx(table["public_kwh"].sum())
    assert facts["visitor_request_share"] == pytest.approx(classes.str.starts_with("visitor/").mean())
    for language, words in (("en", "come home"), ("zh", "返乡")):
        page = write_report(there, tmp_path / f"{language}.html", language=language).read_text("utf8")
        assert words in page
    nobody = run(festival.with_(fleet={"visitors": False}))
    assert not nobody.tables["sessions"]["vehicle_class"].str.starts_with("visitor/").any()
    assert nobody.tables["visitor_charging"].height == 0


def test_layouts_are_compared(small_scenario):
    found = compare(small_scenario, layouts=["today", "seat-only"], replications=2)
    rows = {row["measure"]: row for row in found.differences.iter_rows(named=True)}
    assert rows["travel_mean_min"]["difference"] > 0.0
    assert rows["energy_kwh"]["difference"] == pytest.approx(0.0, abs=1e-6)
    assert rows["lng_wait_mean_min"]["difference"] is None


def test_a_sweep_and_a_ranking_of_assumptions(small_scenario):
    over = ["figures.charging.service_fee_cny_kwh=0.2:0.6:2", "figures.charging.reach_far_min=15:25:2"]
    cost = sweep(small_scenario, over[:1])["cost_cny"]
    assert cost[1] > cost[0]
    found = sensitivity(small_scenario, of=["cost_cny"], over=over, trajectories=2, samples=0, top=1)
    assert found.morris["key"].to_list() == [axis.partition("=")[0] for axis in over]


def test_carbon_of_the_road_alone(small_scenario):
    found = carbon_outlook(small_scenario, years=[2030], samples=20)
    assert set(found.intensity["mode"]) == {"road"}
    assert set(found.intensity["year"]) == {2020, 2030}
    assert found.petroleum.height


def test_chargers_are_sized(small_scenario):
    found = size("charging", small_scenario, target="p95_wait_min<=30")
    assert found.feasible
    assert set(found.answer["station_id"]) == {"anping-a", "liuhe-a", "shiqiao-a"}


def test_ebikes_are_sized(small_scenario):
    assert size("ebikes", small_scenario).feasible


def test_the_fleet_is_sized(small_scenario):
    found = size("fleet", small_scenario)
    needed = found.frontier.filter(pl.col("path") == "needed").row(0, named=True)
    assert found.feasible
    assert needed["clean_flow_share"] == pytest.approx(0.4, abs=1e-5)  # P1 just holds
    assert needed["new_energy_car_flow_share"] >= 0.35  # P7


@pytest.mark.parametrize("kind", ["bunkering", "electric"])
def test_there_is_nothing_to_size_at_a_river_that_is_not_there(small_scenario, kind):
    with pytest.raises(ScenarioError, match=f"size {kind}: three-towns has no river"):
        size(kind, small_scenario)


def test_a_scenario_that_names_a_station_on_the_river_is_refused(small_scenario):
    with pytest.raises(ScenarioError, match="three-towns has no 'hub'"):
        run(small_scenario.with_(shipping={"stations": ("hub",)}))


@pytest.mark.parametrize(
    "change",
    [
        {"fleet": {"adoption": "choice", "policy": {"subsidy_cny": 5000.0}}},
        {"fleet": {"adoption": "backcast"}},
        {"fleet": {"to_rail_share": 0.2, "ebikes": False}},
        {"charging": {"information": "live", "queue_rule": "reservation", "outages": False}},
        {"figures": {"charging.service_fee_cny_kwh": 0.3}, "tables": {"towns.anping": 9500.0}},
    ],
)
def test_what_a_scenario_may_change(small_scenario, change):
    assert run(small_scenario.with_(**change)).tables["sessions"].height


def test_the_command_line(xijiang, small_toml):
    code, out, err = xijiang("run", small_toml, "--out", "kept")
    assert (code, err) == (0, "")
    assert "P7" in out
    code, out, err = xijiang("report", "kept", "--language", "zh")
    assert (code, err) == (0, "")
    code, out, _ = xijiang("carbon", small_toml, "--samples", "0")
    assert (code, "ship" in out) == (0, False)
    code, out, _ = xijiang("run", small_toml, "--dry-run")
    assert code == 0
