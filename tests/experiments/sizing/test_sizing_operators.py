"""``size fleet --operator`` on the county of three towns: answers, what binds, faults."""

import shutil
import time
from pathlib import Path

import polars as pl
import pytest

from data.errors import DataError, ScenarioError
from experiments.report.language import translator
from experiments.report.words.findings import finding_text
from experiments.sizing import size

SAMPLE = Path(__file__).parents[2] / "fleet" / "operators" / "buses" / "gtfs_sample"


@pytest.fixture(scope="module")
def bus(small_scenario):
    return size("fleet", small_scenario, operator="bus")


def texts(found, lang="en"):
    translate = translator(lang)
    return [finding_text(finding, translate) for finding in (found.question, *found.binds)]


def test_buses_have_an_answer_a_frontier_and_what_binds(bus):
    assert bus.feasible
    answer = dict(bus.answer.iter_rows())
    assert answer["vehicles"] == bus.frontier.filter("meets")["vehicles"].min()
    # the cheapest that does the timetable
    assert answer["cny_per_year"] == bus.frontier.filter("meets")["cny_per_year"].min()
    said = texts(bus)
    assert said[0] == "Cheapest electric fleet of seat-bus that does all of its work; no budget."
    assert any("binds" in text for text in said)
    assert any("drawn from towns" in text for text in said)
    assert all("{" not in text for text in said + texts(bus, "zh"))
    assert any("purchase costs least, in present value" in text for text in said)
    assert any("Who owns the battery bears its risk" in text for text in said)
    assert "公交车" in texts(bus, "zh")[1]


def test_the_frontier_is_drawn(bus):
    drawn = bus.plot.frontier()
    tried = bus.frontier.drop_nulls("vehicles")
    assert sorted(x for part in drawn.data for x in part.x) == sorted(tried["vehicles"])
    assert sum(len(part.y) for part in drawn.data) == tried.height
    assert all("chargers" in text for part in drawn.data for text in part.text)
    assert "充电桩" in bus.plot.frontier(language="zh").data[0].text[0]


def test_a_larger_battery_never_takes_more_buses(bus):
    by_size = bus.frontier.filter(terminal_kw=0.0, depot_kw=60.0).sort("battery_kwh")
    assert by_size["vehicles"].drop_nulls().is_sorted(descending=True)


def test_a_target_and_a_budget_choose_among_the_options(small_scenario):
    free = size("fleet", small_scenario, operator="taxi")
    sure = size("fleet", small_scenario, operator="cabs", target="completed_share>=99.99%")
    assert dict(free.answer.iter_rows())["cny_per_year"] <= dict(sure.answer.iter_rows())["cny_per_year"]
    assert 0 < sure.frontier["meets"].sum() < free.frontier["meets"].sum()
    assert sure.frontier.filter("meets")["completed_share"].min() >= 0.9999
    none = size("fleet", small_scenario, operator="taxi", budget="vehicles=1")
    assert not none.feasible
    assert not none.frontier["meets"].any()


@pytest.mark.parametrize("operator", ["vans", "taxi", "trucks"])
def test_other_operators_have_answers(small_scenario, operator):
    found = size("fleet", small_scenario, operator=operator)
    # days simulated, in both languages
    assert any("simulated" in text and "per cent are completed" in text for text in texts(found))
    assert dict(found.answer.iter_rows())["vehicles"] >= 1
    assert all("{" not in text for lang in ("en", "zh") for text in texts(found, lang))
    if operator == "taxi":
        # the county's swap station takes taxis
        assert set(found.frontier["way"]) == {"none", "fast", "swap"}
    if operator == "trucks":
        tours = found.plan["tours"]
        # which tours, by month: with stops no fewer than without, short ones no fewer than long ones
        assert (tours["completed_share"] >= tours["battery_alone_share"]).all()
        yearly = tours.filter(pl.col("month").is_null()).sort("up_to_km")
        assert yearly["battery_alone_share"].is_sorted(descending=True)
        assert set(tours["month"].drop_nulls()) == set(range(1, 13))
        assert any("Of the tours" in text for text in texts(found))
    if operator == "vans":
        assert any("Joining changes the cost by -" in text for text in texts(found))


def test_slack_is_the_least_with_which_the_share_is_completed(small_scenario):
    found = size("fleet", small_scenario, operator="bus", completed="99.9%")
    rows = found.frontier.filter(pl.col("vehicles").is_not_null())
    assert rows["completed_share"].is_between(0.0, 1.0).all()
    assert (rows.filter("meets")["completed_share"] >= 0.999).all()
    assert (rows.filter(~pl.col("meets"))["completed_share"] < 0.999).all()
    # more slack than given is tried for the cheapest plan alone, until it is enough
    slower = rows.filter(pl.col("slack_share") > 0.0)
    assert slower.height >= 1
    assert slower.sort("slack_share")["meets"].to_list() == [False] * (slower.height - 1) + [True]
    assert slower.select("battery_kwh", "depot_kw", "terminal_kw").n_unique() == 1
    easy = size("fleet", small_scenario, operator="bus", completed=0.5)
    assert easy.frontier["slack_share"].max() == 0.0
    if dict(found.answer.iter_rows())["slack_share"] > 0.0:
        assert any("of the driving time as slack" in text for text in texts(found))


def test_stops_on_the_way_are_paid_as_in_public(small_scenario, three_towns):
    dearer = small_scenario.apply_sets(["tables.energy_prices.electricity_public=1.4"])
    both = [size("fleet", one, operator="cabs").frontier for one in (small_scenario, dearer)]
    rows = both[0].join(both[1], on=["battery_kwh", "way"], suffix="_dearer")
    public = three_towns.energy_prices.filter(carrier="electricity_public")["price_cny"][0]
    days = three_towns.figure("operators.service_days")
    more = rows["cny_per_year_dearer"] - rows["cny_per_year"]
    assert more.to_list() == pytest.approx(((1.4 - public) * days * rows["way_kwh_per_day"]).to_list(), abs=1e-3)
    assert rows.filter(way="none")["way_kwh_per_day"].max() == 0.0
    assert rows.filter(way="swap")["way_kwh_per_day"].min() > 0.0


@pytest.mark.parametrize("text", ["98", "1", "0%", "much", "nan"])
def test_a_share_that_is_none_is_said(small_scenario, text):
    with pytest.raises(ScenarioError, match=f"--completed {text}: expected a share above 0 and below 1, such as 0.98"):
        size("fleet", small_scenario, operator="bus", completed=text)


def test_a_share_without_an_operator_is_said(small_scenario):
    with pytest.raises(ScenarioError, match="--completed: got no --operator"):
        size("fleet", small_scenario, completed=0.98)


def test_a_yearly_budget_gives_the_order_of_replacement(small_scenario):
    found = size("fleet", small_scenario, operator="taxi", budget="cny=400000")
    (said,) = (text for text in texts(found) if "order that costs least" in text)
    assert "With 400000 CNY a year for vehicles" in said
    assert "2025: " in said
    # as many years as vehicles are held
    assert "2029: " in said
    assert "2030: " not in said
    poor = size("fleet", small_scenario, operator="taxi", budget="cny=1000")
    assert any("do not replace the vehicles that are due" in text for text in texts(poor))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"operator": "pool"}, "three-towns has no operator of that kind"),
        ({"operator": "seat-bos"}, "not known.*seat-bus"),
        ({"operator": "bus", "target": "wait<=3"}, "no measure 'wait'"),
        ({"operator": "bus", "budget": "piles=3"}, "--budget piles: not known"),
    ],
)
def test_faults_are_said(small_scenario, options, words):
    with pytest.raises(ScenarioError, match=words):
        size("fleet", small_scenario, **options)


def test_an_operator_is_for_fleets_only(small_scenario):
    with pytest.raises(ScenarioError, match="--operator is for fleet only"):
        size("charging", small_scenario, operator="bus")


def test_the_plan_goes_to_the_folder(xijiang, small_toml, tmp_path):
    code, _, errors = xijiang("size", "fleet", small_toml, "--operator", "vans", "--out", str(tmp_path / "vans"))
    assert (code, errors) == (0, "")
    files = {file.name for file in (tmp_path / "vans").glob("*.csv")}
    finance = {"forms.csv", "cash_flow.csv", "finance_ranges.csv"}
    assert files == {"answer.csv", "frontier.csv", "routes.csv", "networks.csv", *finance}
    assert pl.read_csv(tmp_path / "vans" / "routes.csv")["parcels"].sum() == 1680


def test_the_command_prints_it(xijiang, small_toml):
    code, said, errors = xijiang(
        "size", "fleet", small_toml, "--operator", "taxi", "--completed", "97%", "--lang", "zh"
    )
    assert (code, errors) == (0, "")
    assert "电动车" in said
    # by name, not by id
    assert "出租车" in said.splitlines()[0]
    assert "cabs" not in said.splitlines()[0]


@pytest.fixture(scope="module")
def moved_feed(tmp_path_factory, three_towns):
    """The sample feed, its stops moved to the county: 0.45 degrees wide, so that buses reach them."""
    folder = tmp_path_factory.mktemp("feed") / "gtfs"
    shutil.copytree(SAMPLE, folder)
    seat = three_towns.towns.filter(town="anping").row(0, named=True)
    stops = pl.read_csv(folder / "stops.txt")
    moved = stops.with_columns(
        stop_lat=pl.col("stop_lat") - 36.9 + seat["lat"], stop_lon=pl.col("stop_lon") + 116.77 + seat["lon"]
    )
    moved.write_csv(folder / "stops.txt")
    return folder


@pytest.mark.slow
def test_buses_and_vans_of_deqing_are_planned_in_two_minutes_with_progress():
    said = []
    began = time.process_time()
    for operator in ("bus", "vans"):
        assert size("fleet", "deqing-2030", operator=operator, progress=said.append).feasible
    # on one core: 25 s when this was written
    assert time.process_time() - began < 120.0
    assert any("buses with" in text for text in said)
    assert any("van routes" in text for text in said)


@pytest.mark.whole
def test_a_feed_is_planned_instead_of_drawn_lines(small_scenario, moved_feed, monkeypatch):
    monkeypatch.setattr("experiments.sizing.operators.operator_buses.TRIES", 1)
    found = size("fleet", small_scenario, operator="bus", timetable=moved_feed)
    assert found.feasible
    assert not any("drawn from towns" in text for text in texts(found))
    # 32 shuttles, 104 city trips, two each of the airport and the resort line, four at the weekend
    assert found.plan["blocks"].filter(activity="trip").height == 144
    assert found.plan["depot_load"].height == 96


def test_a_log_is_planned_instead_of_drawn_days(small_scenario, tmp_path):
    log = tmp_path / "log.csv"
    rows = [f"car-{car},2025-01-{day:02d},{100 + 10 * car}" for car in range(3) for day in range(1, 8)]
    log.write_text("\n".join(["vehicle,date,km", *rows]), encoding="utf-8")
    found = size("fleet", small_scenario, operator="cabs", log=log)
    assert dict(found.answer.iter_rows())["km_per_day"] == pytest.approx(330.0)
    assert "The days are those of the log: 7 days of 3 vehicles." in texts(found)
    assert "记录" in " ".join(texts(found, "zh"))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["vehicle,date,km"], "got no rows, expected one for each vehicle and day"),
        (["vehicle,date,km", "a,2025-13-01,100"], "log.csv, line 2, column .date.: got .2025-13-01."),
        (["vehicle,date,km", "a,2025-01-01,-3"], "log.csv, line 2, column .km.: got -3.0"),
        (["vehicle,date", "a,2025-01-01"], "km"),
        (["vehicle,date,km,start_min,end_min", "a,2025-01-01,100,600,300"], "end_min after start_min"),
    ],
)
def test_a_log_that_is_wrong_is_said(small_scenario, tmp_path, lines, words):
    log = tmp_path / "log.csv"
    log.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match=f"(?s){words}"):
        size("fleet", small_scenario, operator="taxi", log=log)


def test_a_log_of_others_is_said(small_scenario, tmp_path):
    with pytest.raises(ScenarioError, match=r"no file .*none\.csv"):
        size("fleet", small_scenario, operator="taxi", log=tmp_path / "none.csv")
    with pytest.raises(ScenarioError, match="--log: seat-bus has a timetable or deliveries; expected taxi"):
        size("fleet", small_scenario, operator="bus", log=tmp_path / "none.csv")
    with pytest.raises(ScenarioError, match="--log: got no --operator"):
        size("fleet", small_scenario, log=tmp_path / "none.csv")


def test_a_feed_of_another_place_is_said(small_scenario):
    with pytest.raises(DataError, match=r"gtfs_sample: stop '.*' is .* km from the depot, expected at most 200 km"):
        size("fleet", small_scenario, operator="bus", timetable=SAMPLE)
    with pytest.raises(ScenarioError, match="cabs runs no buses"):
        size("fleet", small_scenario, operator="taxi", timetable=SAMPLE)
    with pytest.raises(ScenarioError, match="--timetable: got no --operator"):
        size("fleet", small_scenario, timetable=SAMPLE)
