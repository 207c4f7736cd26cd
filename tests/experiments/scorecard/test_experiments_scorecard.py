"""Scorecard: values are computed from the tables, found by metric, and verdicts need evidence."""

from dataclasses import replace

import polars as pl
import pytest

import fleet
from data.schemas.base import CLEAN_ENERGY
from data.schemas.metrics import METRICS
from experiments.formatting import figure
from experiments.pathways.outlook import electrified, fuelled, outlook
from experiments.runs.execute import run
from experiments.scorecard import headline, interval, metric_rows
from experiments.scorecard.answer import Reason, Verdict, deciding, judged
from experiments.scorecard.card import ASSUMPTIONS, FACTS, SCORECARD
from experiments.scorecard.evidence import Evidence
from experiments.scorecard.registry import ANSWERS, WITHOUT_MODEL, answers, metrics
from experiments.scorecard.score import score
from experiments.statistics.estimates import Estimate


@pytest.fixture
def tables(result, county):
    """Return a function that scores the run with other tables: scorecard, facts, assumptions."""

    def go(scenario=None, targets=None, **others):
        asked = county if targets is None else county.with_table("targets", targets)
        return score(Evidence(scenario or result.scenario, asked, {**result.tables, **others}))

    return go


@pytest.fixture
def card(tables, county):
    """Return a function that gives the row of each metric's own criterion, by target, with the deciding verdict."""

    def go(scenario=None, targets=None, *, of=None, **others):
        asked = targets if of is None else county.targets.filter(target=of)  # all the others take time
        found = tables(scenario, asked, **others)["scorecard"]
        said = headline(found).select("target_id", "verdict", "reason", decided_by="criterion")
        rows = interval(metric_rows(found)).drop("verdict", "reason").join(said, on="target_id", maintain_order="left")
        return {row["target_id"]: row for row in rows.iter_rows(named=True)}

    return go


@pytest.fixture
def fact(tables, county):
    """Return a function that gives the facts of a target as a mapping by name, or by name and key."""

    def go(target, scenario=None, targets=None, **others):
        asked = (county.targets if targets is None else targets).filter(target=target)  # the others take time
        rows = tables(scenario, asked, **others)["facts"]
        return {
            (row["fact"] if row["key"] is None else (row["fact"], row["key"])): row["value"]
            for row in rows.iter_rows(named=True)
        }

    return go


def test_every_target_has_one_deciding_row_and_no_verdict_is_without_value(result, county):
    said = headline(result.scorecard)
    assert said["target_id"].to_list() == county.targets["target"].to_list()
    decided = result.scorecard.filter(pl.col("verdict").is_in(["met", "missed"]))
    assert decided["value"].null_count() == decided["limit"].null_count() == 0
    assert set(decided["target_id"]) <= set(result.facts["target_id"])
    assert set(decided["target_id"]) <= set(result.assumptions["target_id"])
    first = metric_rows(result.scorecard)
    assert first["criterion"].to_list() == first["metric"].to_list()


def test_the_three_tables_have_their_columns_and_words_of_the_contract(result):
    assert result.scorecard.schema == SCORECARD
    assert result.facts.schema == FACTS
    assert result.assumptions.schema == ASSUMPTIONS
    assert set(result.scorecard["verdict"]) <= set(Verdict)
    assert set(result.scorecard["reason"].drop_nulls()) <= set(Reason)
    reasons = result.scorecard.filter(pl.col("reason").is_not_null())
    assert set(reasons["verdict"]) == {"open"}
    assert result.scorecard.filter(pl.col("verdict") == "open")["reason"].null_count() == 0
    assert not result.facts.is_duplicated().any()
    assert not result.facts.select("target_id", "fact", "key").is_duplicated().any()


def test_values_are_the_same_without_the_facts_behind_them(result, county):
    whole, bare = (score(Evidence(result.scenario, county, result.tables, facts=facts)) for facts in (True, False))
    for name in ("scorecard", "assumptions"):
        assert bare[name].equals(whole[name])
    assert bare["facts"].height < whole["facts"].height
    # nor without their ranges and what they rest on
    alone = score(Evidence(result.scenario, county, result.tables, facts=False, alone=True))
    values = ["target_id", "metric", "criterion", "year", "value", "unit", "comparator", "limit", "decides"]
    assert alone["scorecard"].select(values).equals(whole["scorecard"].select(values))
    assert not alone["assumptions"].height


def test_every_metric_of_the_catalogue_has_an_answer_or_is_known_to_have_none():
    assert set(ANSWERS) | WITHOUT_MODEL == set(METRICS)
    assert not set(ANSWERS) & WITHOUT_MODEL
    table = metrics()
    assert table["metric"].to_list() == list(METRICS)
    assert set(table.filter(~pl.col("modelled"))["metric"]) == WITHOUT_MODEL
    assert set(table["comparator"]) <= {">=", "<=", "none"}


def test_an_answer_to_an_unknown_metric_or_a_second_one_is_refused():
    with pytest.raises(KeyError, match="guns is not a metric"):
        answers("guns")
    with pytest.raises(ValueError, match="guns_total has two answers"):
        answers("guns_total")


def test_a_county_numbers_its_targets_as_it_likes(card, county):
    cars = pl.col("metric") == "new_energy_car_flow_share"
    named = county.targets.with_columns(target=pl.when(cars).then(pl.lit("P7")).otherwise("target"))
    usual, other = card(), card(targets=named.filter(pl.col("metric") != "guns_total"))
    assert "T01" not in other
    assert other["P7"] | {"target_id": "T08"} == usual["T08"]
    assert (other["P7"]["unit"], other["P7"]["limit"]) == ("share", 0.3)
    swapped = county.targets.with_columns(target=pl.col("target").reverse())
    same = card(targets=swapped)
    assert same["T13"]["value"] == usual["T08"]["value"]
    assert same["T20"]["value"] == 450.0


def test_several_targets_of_a_metric_are_all_answered(card, fact, county):
    cars = county.targets.filter(pl.col("metric") == "new_energy_car_flow_share")
    earlier = cars.with_columns(target=pl.lit("P1"), year=pl.lit(2026, pl.Int64), value=pl.lit(0.99))
    stricter = cars.with_columns(target=pl.lit("P2"), value=pl.lit(0.99))
    both = pl.concat([cars, earlier, stricter])
    rows = card(targets=both)
    assert list(rows) == ["T08", "P1", "P2"]
    assert rows["P1"]["value"] < rows["T08"]["value"] == rows["P2"]["value"]
    assert [row["verdict"] for row in rows.values()] == ["on course", "off course", "off course"]
    assert [row["p_met"] for row in rows.values()] == [pytest.approx(1.0, abs=0.1), 0.0, 0.0]
    assert (rows["P1"]["year"], rows["P2"]["year"]) == (2026, 2030)
    assert fact("P2", targets=both)["crossing_year"] is None
    assert fact("T08", targets=both)["crossing_year"] <= 2030


def test_a_target_without_metric_or_model_is_open(card, county):
    none = county.targets.head(1).with_columns(metric=pl.lit(None, pl.String))
    assert [row["reason"] for row in card(targets=none).values()] == ["no model"]


def test_one_joint_network_beside_separate_operators(card, fact, result):
    row = card(of="T20")["T20"]
    assert (row["verdict"], row["reason"]) == ("reported", None)
    assert row["assumption_low"] < row["value"] < row["assumption_high"] < 0.0
    found = fact("T20")
    vans, km = (found[name, "joint"] / found[name, "separate"] for name in ("network_vans", "network_km"))
    assert 0.4 < vans < 1.0
    assert 0.4 < km < 1.0
    # money of a parcel in both networks gives the value
    joint, separate = found["network_cny_parcel", "joint"], found["network_cny_parcel", "separate"]
    assert joint / separate - 1.0 == pytest.approx(row["value"])
    assert found["network_gco2_parcel", "separate_fuel"] > 2.0 * found["network_gco2_parcel", "separate"]
    none = card(of="T20", distribution=result.tables["distribution"].clear())["T20"]
    assert (none["value"], none["verdict"], none["reason"]) == (None, "open", "no data")


@pytest.mark.parametrize("year", [2040, None])
def test_a_year_beyond_the_tables_has_no_data(card, county, year):
    of_years = ["clean_flow_share", "bev_stock_share_by_class", "lease_share", "vehicle_intensity_change_share"]
    asked = county.targets.filter(pl.col("metric").is_in([*of_years, "ship_intensity_change_share"]))
    rows = card(targets=asked.with_columns(year=pl.lit(year, pl.Int64)))
    assert {(row["value"], row["verdict"], row["reason"]) for row in rows.values()} == {(None, "open", "no data")}


def test_a_limit_that_another_plan_sets_is_decided(card, county):
    swap = county.targets.filter(pl.col("metric") == "swap_stations")
    asked = swap.with_columns(comparator=pl.lit(">="), value=pl.lit(1.0))
    assert (card(of="T05")["T05"]["verdict"], card(targets=asked)["T05"]["verdict"]) == ("reported", "missed")


def test_guns_and_towns_follow_the_layout(card, fact, result):
    rows = card()
    assert (rows["T01"]["value"], rows["T02"]["value"], rows["T03"]["value"]) == (450.0, 1.0, 1.0)
    facts = fact("T01")
    assert (facts["piles"], facts["guns"], facts["dual_gun_piles"]) == (320.0, 450.0, 130.0)
    # what the table says is an input; from about 120 piles in 2023 to 320 in 2025
    assert rows["T01"]["verdict"] == "given"
    assert (facts["existing_piles", "2023"], facts["piles_a_year"]) == (120.0, 100.0)
    assert facts["layout_stations", "plan-2025"] == result.layout["station_id"].n_unique()
    gone = pl.col("town").is_in(["yongfeng"]).fill_null(value=False)
    side = pl.col("site").is_in(["bincun-west"]).fill_null(value=False)
    rows = card(layout=result.layout.filter(~gone & ~side))
    assert rows["T01"]["verdict"] == "missed"
    assert rows["T02"]["value"] == pytest.approx(12 / 13)
    assert rows["T03"]["value"] == pytest.approx(5 / 6)
    assert {rows[target]["verdict"] for target in ("T02", "T03")} == {"missed"}


def test_people_in_reach_are_counted_where_they_live(fact, result, county):
    facts = fact("T02")
    homes = result.homes
    for key in ("near", "mid", "far"):
        limit = county.figure(f"charging.reach_{key}_min")
        near = homes.filter(pl.col("nearest_min") <= limit)
        assert facts["reach_min", key] == limit
        for name, column in (("residents", "residents"), ("without_charger", "without_charger")):
            share = near[column].sum() / homes[column].sum()
            assert facts[f"{name}_in_reach_share", key] == pytest.approx(share)
        # who needs a free gun cannot be nearer to one than to any
        assert facts["free_in_reach_share", key] <= facts["residents_in_reach_share", key] + 1e-12
        assert facts["free_fast_in_reach_share", key] <= facts["fast_in_reach_share", key] + 1e-12
    # by hand, from areas and residents alone: about 39 % and 68 %; stations beside the centre and in the next town
    # are nearer than that
    assert 0.35 < facts["residents_in_reach_share", "near"] < 0.5
    assert 0.65 < facts["residents_in_reach_share", "mid"] < 0.85
    assert (facts["homes", "drawn"], facts["homes", "centre"]) == (193.0, 13.0)


def test_piles_that_open_later_do_not_count_yet(card, result):
    late = result.layout.with_columns(opened_year=pl.lit(2026, dtype=pl.Int64))
    assert card(layout=late, of="T01")["T01"]["value"] == 0.0


def test_waits_and_refusals_decide_whether_chargers_are_enough(card, result):
    calm = result.sessions.with_columns(wait_min=pl.lit(0.0), outcome=pl.lit("served"))
    row = card(sessions=calm, of="T04")["T04"]
    assert (row["verdict"], row["decided_by"]) == ("met", "late_share")
    late = calm.with_columns(wait_min=pl.when(pl.col("request_id") % 2 == 0).then(40.0).otherwise(0.0))
    row = card(sessions=late, of="T04")["T04"]
    assert row["value"] == pytest.approx(0.5, abs=0.01)
    assert (row["verdict"], row["decided_by"]) == ("missed", "late_share")
    lost = calm.with_columns(
        outcome=pl.when(pl.col("request_id") % 20 == 0).then(pl.lit("unserved")).otherwise("outcome")
    )
    row = card(sessions=lost, of="T04")["T04"]
    # who goes without is late too, so that the headline cannot look better the fewer are served
    assert row["value"] == pytest.approx(lost.filter(outcome="unserved").height / lost.height, rel=0.01)
    assert (row["verdict"], row["decided_by"]) == ("missed", "unserved_share")


def test_who_took_dc_for_want_of_ac_is_a_fact(fact, result):
    either = result.sessions.filter(current="any", outcome="served")
    guns = result.layout.select("station_id", "group_id", at="current")
    facts = fact("T04")
    assert facts["ac_drivers_a_day"] == either.height / result.scenario.replications / result.scenario.days > 0.0
    at = either.join(guns, on=["station_id", "group_id"]).group_by("replication").agg((pl.col("at") == "dc").mean())
    assert facts["ac_drivers_at_dc_share"] == pytest.approx(at["at"].mean())
    assert facts["ac_drivers_at_dc_share"] < 0.05  # an ordinary day has AC guns enough, but for who is unlucky
    at_dc = result.sessions.join(guns.filter(at="dc").unique("station_id"), on="station_id", suffix="_dc")
    moved = at_dc.with_columns(group_id="group_id_dc").select(result.sessions.columns)
    assert fact("T04", sessions=moved)["ac_drivers_at_dc_share"] == 1.0
    nobody = fact("T04", sessions=result.sessions.filter(pl.col("current") != "any"))
    assert "ac_drivers_at_dc_share" not in nobody


def test_stations_that_turn_drivers_away_are_named_worst_first(tables, result, county):
    named = result.stations.with_columns(
        balked=pl.when(pl.col("station_id") == "decheng-1").then("arrivals").otherwise(0),
        reneged=pl.when(pl.col("station_id") == "bincun-west").then(pl.col("arrivals") // 2).otherwise(0),
    )
    made = tables(result.scenario, county.targets.filter(target="T04"), stations=named)["facts"]
    away = made.filter(fact="turned_away_share")
    assert away["key"].to_list() == ["decheng-1", "bincun-west"]
    assert away["value"][0] == 1.0
    assert 0.2 < away["value"][1] <= 0.5
    assert (
        not tables(result.scenario, county.targets.filter(target="T04"))["facts"]
        .filter(fact="turned_away_share")
        .height
    )


def test_one_replication_decides_no_simulated_target(result, card):
    one = result.scenario.with_(replications=1)
    row = card(one, sessions=result.sessions.filter(pl.col("replication") == 0))["T04"]
    assert row["low"] is None
    assert (row["verdict"], row["reason"]) == ("open", "needs replications")


def test_holidays_add_a_criterion(result, tables, fact, county):
    festival = result.scenario.with_(start="2025-10-01")
    slow = result.sessions.with_columns(wait_min=pl.lit(10.0), outcome=pl.lit("served"))
    rows = tables(festival, county.targets.filter(target="T04"), sessions=slow)["scorecard"]
    assert rows["criterion"].to_list() == ["late_share", "unserved_share", "holiday_wait_p95_min"]
    last = rows.row(2, named=True)
    assert (last["value"], last["unit"], last["limit"]) == (10.0, "min", 30.0)
    # three replications have no order-statistic interval
    assert (last["verdict"], last["reason"], last["decides"]) == ("open", "needs replications", True)
    assert fact("T04", festival)["holiday_days", "national-day-2025"] == 1.0


def test_the_peak_of_all_stations_is_the_sum_of_the_same_minutes(fact, result):
    by_time = result.load.group_by("replication", "start_min").agg(pl.col("mean_kw").sum())
    peaks = by_time.group_by("replication").agg(pl.col("mean_kw").max())["mean_kw"]
    assert fact("T17")["peak_kw"] == pytest.approx(peaks.mean())


def test_a_station_at_its_limit_leaves_the_grid_undecided_where_no_town_has_one(card, fact, result):
    tight = result.layout.with_columns(transformer_kw=pl.lit(1.0))
    unknown = result.grid.clear()
    row = card(layout=tight, grid=unknown, of="T17")["T17"]
    assert (row["verdict"], row["reason"]) == ("open", "at the limit")
    assert fact("T17", layout=tight, grid=unknown)["stations_at_limit"] > 0.0


def test_the_grid_is_judged_by_its_fullest_town_within_the_ranges(card, result):
    row = card(of="T17")["T17"]
    most = result.grid.group_by("replication").agg(pl.col("peak_share", "peak_share_low", "peak_share_high").max())
    assert row["value"] == pytest.approx(most["peak_share"].mean())
    assert row["assumption_low"] == pytest.approx(most["peak_share_low"].mean())
    assert row["assumption_high"] == pytest.approx(most["peak_share_high"].mean())
    assert (row["verdict"], row["reason"]) == ("open", "range spans the limit")
    tiny = result.grid.with_columns(pl.col("peak_share", "peak_share_low", "peak_share_high") * 20.0)
    assert card(grid=tiny, of="T17")["T17"]["verdict"] == "missed"
    roomy = result.grid.with_columns(pl.col("peak_share", "peak_share_low", "peak_share_high") * 0.1)
    assert card(grid=roomy, of="T17")["T17"]["verdict"] == "met"


def test_towns_and_ways_of_ac_charging_are_facts(fact, result):
    facts = fact("T17")
    worst = result.grid.sort("peak_share", "town", descending=[True, False]).row(0, named=True)
    assert facts["fullest_town_peak_share", worst["town"]] == worst["peak_share"]
    ways = result.start_ways.filter(town="county")
    for way in ("as_given", "plug_in", "timer", "managed"):
        assert facts["county_peak_kw", way] == pytest.approx(ways.filter(way=way)["peak_kw"].mean())
    for way in result.managed["way"].unique():
        rows = result.managed.filter(way=way)
        assert facts["ac_peak_kw", way] == pytest.approx(rows["peak_kw"].mean())
        assert facts["ac_cost_cny_kwh", way] == pytest.approx(rows["energy_cny"].sum() / rows["energy_kwh"].sum())


def test_shared_bikes_are_met_from_their_year_on_and_only_where_trips_find_one(tables, result, county):
    asked = county.targets.filter(target="T06")
    assert asked["year"].to_list() == [2025]
    enough = result.ebikes.with_columns(lost_share=pl.lit(0.02))
    few = result.ebikes.with_columns(lost_share=pl.col("replication") * 0.001 + 0.069)

    def verdicts(year, ebikes):
        rows = tables(result.scenario.with_(year=year, start=f"{year}-11-10"), asked, ebikes=ebikes)["scorecard"]
        assert rows["criterion"].to_list() == ["ebikes_total", "ebike_lost_share"]
        return rows.filter("decides").select("criterion", "verdict").row(0)

    assert verdicts(2025, enough) == ("ebikes_total", "met")
    assert verdicts(2025, few) == ("ebike_lost_share", "missed")
    assert verdicts(2023, enough) == ("ebikes_total", "given")


def test_bunkering_is_missed_where_its_service_is_whatever_the_number_of_stations(tables, fact, result, county):
    asked = county.targets.filter(target="T14")
    inside = result.calls.with_columns(wait_min=pl.lit(5.0), outcome=pl.lit("served"))
    for waits, decides in ((inside, ("lng_stations_in_county", "given")), (None, ("lng_p95_wait_min", "missed"))):
        slow = inside.with_columns(wait_min=pl.lit(200.0) + pl.col("replication"))
        calls = slow if waits is None else waits
        rows = tables(targets=asked, calls=calls)["scorecard"]
        assert rows.filter("decides").select("criterion", "verdict").row(0) == decides
    # a vessel that comes at 23 h waits 7 h for the opening at 6 h, and 1 h of the 8 at the berth of another
    late = inside.with_columns(arrive_min=pl.lit(1380.0), wait_min=pl.lit(480.0))
    assert fact("T14", calls=late)["wait_while_closed_share", "yuecheng"] == pytest.approx(7.0 / 8.0)
    day = inside.with_columns(arrive_min=pl.lit(720.0), wait_min=pl.lit(480.0))
    assert fact("T14", calls=day)["wait_while_closed_share", "yuecheng"] == 0.0


def test_terminals_that_open_after_their_year_are_late(tables, county):
    asked = county.targets.filter(target="T15")
    rows = tables(targets=asked)["scorecard"]
    assert rows.select("criterion", "value", "limit", "verdict", "decides").row(1) == (
        *("last_terminal_year", 2027.0, 2025.0, "late", True),
    )
    assert rows["verdict"][0] == "reported"
    later = tables(targets=asked.with_columns(year=pl.lit(2030, pl.Int64)))["scorecard"]
    assert later.filter("decides")["criterion"].to_list() == ["terminal_wait_h"]


def test_flow_shares_are_those_of_the_stock(card, result):
    new = result.stock.filter((pl.col("year") == 2030) & (pl.col("vehicle_class") != "motorcycle"))
    clean = new.filter(pl.col("power").is_in(["bev", "phev", "fcev", "lng", "cng"]))
    row = card(of="T07")["T07"]
    # the path is the mean of the estimate, to its rounding and between its anchor years
    given = clean["new_vehicles"].sum() / new["new_vehicles"].sum()
    assert row["value"] == pytest.approx(given, abs=0.005)
    assert row["assumption_low"] < row["value"] < row["assumption_high"]
    assert row["sampling_low"] is None


def test_intensities_compare_the_years_of_the_target(card, result):
    rows = result.carbon.filter(boundary="narrow", series="a", grid="moving")
    by_year = dict(rows.select("year", "intensity_g_per_tkm").iter_rows())
    assert card(of="T11")["T11"]["value"] == pytest.approx(by_year[2030] / by_year[2020] - 1.0)


def test_electric_buses_and_taxis_do_not_move_the_narrow_boundary_and_the_facts_say_so(fact, tables, county):
    facts = fact("T11")
    assert facts["bus_taxi_effect_share", "narrow"] == 0.0
    assert facts["bus_taxi_effect_share", "plus_bus_taxi"] < 0.0
    assert facts["base_year"] == 2020.0
    rows = tables(targets=county.targets.filter(target="T11"))["scorecard"]
    metric = "vehicle_intensity_change_share"
    assert rows["criterion"].to_list() == [metric, f"{metric}_b", f"{metric}_c"]
    assert rows["decides"].to_list() == [True, False, False]
    assert rows["assumption_low"].null_count() == 0


def test_targets_of_the_flow_say_when_they_are_crossed(fact, result):
    classes = [name for name in result.stock["vehicle_class"].unique() if name != "motorcycle"]
    shares = fleet.flow_share(result.stock, CLEAN_ENERGY, classes=classes)
    assert fact("T07")["crossing_year"] == fleet.crossing_year(shares, 0.4)
    assert fact("T08")["crossing_year"] >= 2015.0


def test_ships_are_decided_only_where_all_series_agree_over_the_whole_interval(card, result):
    same = result.carbon.with_columns(intensity_g_per_tkm=pl.lit(10.0))
    undrawn = result.answer_draws.clear()
    row = card(carbon=same, answer_draws=undrawn, of="T12")["T12"]
    # without draws there is no interval that could be decided by
    assert (row["verdict"], row["assumption_low"], row["p_met"]) == ("open", None, None)

    def with_draws(**changes):
        value = pl.col("criterion").replace_strict(
            {f"ship_intensity_change_share{end}": value for end, value in changes.items()}, default=None
        )
        return card(carbon=same, answer_draws=result.answer_draws.with_columns(value=value), of="T12")["T12"]

    row = with_draws(**{"": 0.0, "_b": 0.0, "_c": 0.0})
    assert (row["verdict"], row["p_met"]) == ("missed", 0.0)
    # the draws widen the range: where they reach over the limit nothing is decided
    row = with_draws(**{"": -0.2, "_b": 0.0, "_c": 0.0})
    # all series say the same, though not surely: no choice among them would close it
    assert (row["verdict"], row["reason"]) == ("open", "range spans the limit")
    assert row["assumption_low"] == pytest.approx(-0.2)
    lower = pl.when((pl.col("series") == "b") & (pl.col("year") == 2030)).then(5.0).otherwise(10.0)
    apart = card(carbon=same.with_columns(intensity_g_per_tkm=lower), answer_draws=undrawn, of="T12")["T12"]
    assert (apart["verdict"], apart["reason"]) == ("open", "series disagree")


def test_what_ships_would_need_is_a_fact_and_null_where_no_share_is_enough(fact, county):
    facts = fact("T12")
    assert all(facts["energy_share_needed", f"{carrier}/a"] > 0.0 for carrier in ("lng", "electric"))
    ships = county.targets.filter(pl.col("metric") == "ship_intensity_change_share")
    impossible = fact("T12", targets=ships.with_columns(value=pl.lit(-0.99)))
    assert impossible["energy_share_needed", "lng/c"] is None


def test_petroleum_that_still_grows_has_not_peaked(card, fact, result):
    growing = result.petroleum.with_columns(petroleum_t=pl.col("year").cast(pl.Float64))
    row = card(petroleum=growing, of="T13")["T13"]
    assert row["value"] == 2035.0
    assert (row["verdict"], row["reason"]) == ("open", "range spans the limit")
    facts = fact("T13", petroleum=growing)
    assert facts["peak_petroleum_t", "2035"] == facts["last_petroleum_t", "2035"] == 2035.0


def test_lng_stations_and_gas_are_those_of_the_county(card, fact, result):
    rows = card()
    assert rows["T14"]["value"] == 2.0
    own = result.calls.filter(pl.col("station").is_in(["xijiang-hub", "yuecheng"]))
    by_station = dict(own.group_by("station").agg(pl.col("mass_t").sum()).iter_rows())
    handed = {name: mass / result.scenario.replications * 365.0 for name, mass in by_station.items()}
    # of the year only the days on which they are open: from 1 July and 1 August 2025 on
    tonnes = handed["xijiang-hub"] * 184.0 / 365.0 + handed["yuecheng"] * 153.0 / 365.0
    assert rows["T18"]["value"] == pytest.approx(tonnes * 1000.0 * 1.39 / 96e6)
    facts = fact("T14")
    for name, mass in handed.items():
        assert facts["handed_out_t_year", name] == pytest.approx(mass)
    gas = fact("T18")
    assert gas["bunkered_t_year"] == pytest.approx(tonnes)
    assert gas["open_months", "yuecheng"] == pytest.approx(12.0 * 153.0 / 365.0)
    months = [gas["bunkered_t_month", str(month)] for month in range(1, 13)]
    assert sum(months) == pytest.approx(tonnes)
    assert months[:6] == [0.0] * 6
    assert months[10] > months[6] > 0.0
    assert facts["service_limit", "lng_p95_wait_min"] == 60.0
    assert facts["service", "lng_unserved_share"] >= facts["service", "stockout_share"] >= 0.0
    assert (facts["simulated_days"], facts["opened_year", "yuecheng/2025-08-01"]) == (3.0, 2025.0)
    one = result.scenario.with_(shipping={"stations": ["xijiang-hub"]})
    assert card(one, of="T14")["T14"]["verdict"] == "missed"
    dry = card(result.scenario.with_(shipping={"enabled": False}))
    for target in ("T14", "T15", "T18"):
        assert (dry[target]["value"], dry[target]["reason"]) == (None, "left out")


def test_facts_of_streets_and_forms_come_from_their_tables(fact, card, result, tables, county):
    bikes, signals, projects, forms = (fact(target) for target in ("T06", "T19", "T16", "T10"))
    assert bikes["lost_share"] == pytest.approx(result.ebikes["lost_share"].mean())
    now = result.signals.filter(timing="now")
    assert signals["idling_fuel_l_year", "now"] == pytest.approx(now["fuel_l_year"].sum())
    first = result.projects.sort("year", maintain_order=True).row(0, named=True)
    bypass = card(of="T16")["T16"]
    assert (bypass["verdict"], bypass["decided_by"]) == ("on course", "project_opening_year")
    assert projects["trip_minutes_change_share", first["project"]] == bypass["value"]
    assert card(result.scenario.with_(year=2026, start="2026-11-09"), of="T16")["T16"]["verdict"] == "given"
    late = county.targets.with_columns(year=pl.when(target="T16").then(2025).otherwise("year"))
    assert tables(targets=late)["scorecard"].filter(target_id="T16", decides=True)["verdict"].item() == "late"
    # the bypass lies in the county: what it changes on all roads it changes there, but for the links at its border
    carbon = [projects[f"{name}_a_year", first["project"]] for name in ("kgco2", "county_kgco2")]
    assert abs(carbon[1]) <= abs(carbon[0]) * 1.5
    hour = result.projects.filter(project=first["project"], metric="kgco2")
    assert carbon[0] == pytest.approx((hour["after"] - hour["before"]).item() * 365.0 / 0.09 / 1000.0)
    offered, bought = (forms["battery_electric_share", key] for key in ("all_forms", "purchase"))
    assert offered - bought == card(of="T10")["T10"]["value"]
    cost = result.ownership.filter(vehicle_class="tractor", power="bev", form="purchase")["cny_per_km"][0]
    assert forms["cost_cny_km", "tractor/bev/purchase"] == cost


def test_assumptions_count_rows_of_tables_and_name_figures(tables, county, result):
    rows = tables(targets=county.targets.filter(target="T04"))["assumptions"]
    by_table = {row["table"]: row for row in rows.filter(pl.col("figure").is_null()).iter_rows(named=True)}
    growth = county.stock_growth
    assumed = growth.filter(pl.col("confidence") == "assumption").height
    assert (by_table["stock_growth"]["rows"], by_table["stock_growth"]["of_rows"]) == (assumed, growth.height)
    assert by_table["layout"]["of_rows"] == result.layout.height
    figures = rows["figure"].drop_nulls()
    assert "charging.los_wait_min" in figures
    known = county.figures.filter(pl.col("key").is_in(figures.to_list()))
    assert set(known["confidence"]) == {"assumption"}
    assert set(rows.filter(pl.col("figure").is_not_null())["table"]) == {"figures"}


@pytest.mark.parametrize(
    ("verdicts", "which"),
    [
        (("met", "met"), 0),
        (("met", "open"), 1),
        (("open", "missed"), 1),
        (("missed", "missed"), 0),
        (("reported", "met"), 0),
    ],
)
def test_the_worst_criterion_decides(verdicts, which):
    criteria = deciding(
        [
            replace(judged("x", Estimate(1.0), unit="h", comparator=">=", limit=1.0), verdict=Verdict(word))
            for word in verdicts
        ]
    )
    assert [criterion.decides for criterion in criteria] == [row == which for row in range(len(verdicts))]


@pytest.mark.parametrize(
    ("estimate", "comparator", "limit", "verdict", "reason"),
    [
        (Estimate(2.0, exact=True), ">=", 1.0, "met", None),
        (Estimate(2.0), ">=", 1.0, "open", "needs replications"),
        (Estimate(2.0, 0.5, 3.0), ">=", 1.0, "open", "needs replications"),
        (Estimate(2.0, 0.5, 3.0, assumed=True), ">=", 1.0, "open", "range spans the limit"),
        (Estimate(2.0, 1.5, 3.0, assumed=True), "<=", 1.0, "missed", None),
        (Estimate(2.0), "none", None, "reported", None),
        (Estimate(2.0), "none", 5.0, "reported", None),
        (Estimate(None), ">=", 1.0, "open", "no data"),
        (Estimate(None), "none", None, "open", "no data"),
    ],
)
def test_a_verdict_has_a_reason_where_it_is_open(estimate, comparator, limit, verdict, reason):
    one = judged("x", estimate, unit="h", comparator=comparator, limit=limit)
    assert (one.verdict, one.reason) == (verdict, reason)


def test_paths_lie_around_the_central_one(county):
    slow, fast = (electrified(county, path, after=2020).flow_shares for path in ("slow", "fast"))
    for table in (slow, fast):
        sums = table.group_by("vehicle_class", "year").agg(pl.col("share").sum())["share"]
        assert sums.to_list() == pytest.approx([1.0] * sums.len())
    cars = (pl.col("vehicle_class") == "private_car") & (pl.col("year") == 2030) & (pl.col("power") == "bev")
    middle = county.flow_shares.filter(cars)["share"][0]
    assert slow.filter(cars)["share"][0] < middle < fast.filter(cars)["share"][0]
    past = pl.col("year") <= 2020
    assert slow.filter(past).equals(county.flow_shares.filter(past))
    assert fuelled(county, "fast", after=2020).figure("river.lng_energy_share_2030") == 0.25
    oil = outlook(county, years=[2020, 2030]).filter((pl.col("metric") == "petroleum_t") & (pl.col("year") == 2030))
    by_path = dict(oil.select("path", "value").iter_rows())
    assert by_path["fast"] < by_path["slow"]


def test_figures_of_the_plan_are_used_where_the_county_has_them(result, county):
    row = county.figures.head(1).with_columns(key=pl.lit("plan.public_piles"), value=pl.lit(321.0))
    known = county.figures.filter(pl.col("key") != "plan.public_piles")
    guns = county.targets.filter(target="T01")
    county = county.with_table("targets", guns)
    more = replace(county, tables={**county.tables, "figures": pl.concat([known, row])})
    rows = score(Evidence(result.scenario, more, result.tables))["scorecard"].filter(target_id="T01")
    assert rows["criterion"].to_list() == ["guns_total", "piles_total"]
    assert rows["verdict"].to_list() == ["given", "missed"]
    assert rows["decides"].to_list() == [False, True]
    none = replace(county, tables={**county.tables, "figures": known})
    assert score(Evidence(result.scenario, none, result.tables))["scorecard"].filter(target_id="T01").height == 1


@pytest.mark.slow
def test_traffic_can_be_left_out(result):
    off = {"enabled": False}  # the river and the e-bikes draw from streams of their own
    only = run(result.scenario.with_(fleet={"towns": False, "ebikes": False}, shipping=off), replications=1).sessions
    towns = run(result.scenario.with_(fleet={"through": False, "ebikes": False}, shipping=off), replications=1).sessions
    every = result.sessions.filter(pl.col("replication") == 0)
    assert only["vehicle_class"].str.starts_with("through/").all()
    assert not towns["vehicle_class"].str.starts_with("through/").any()
    assert only.height + towns.height == every.height


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0770207, "h", "0.077 h"),
        (0.166, "share", "16.6 %"),
        (2024.0, "year", "2024"),
        (1400.0, "e-bikes", "1,400 e-bikes"),
        (12345.6, None, "12,346"),
        (None, "h", ""),
    ],
)
def test_figures_have_three_digits_and_their_unit(value, unit, text):
    assert figure(value, unit) == text


def test_what_is_due_later_is_off_course_not_missed(card, result):
    few = result.layout.with_columns(piles=pl.lit(1), guns_per_pile=pl.lit(1))
    said = {
        year: card(result.scenario.with_(year=year, start=f"{year}-11-10"), layout=few, of="T01")["T01"]["verdict"]
        for year in (2024, 2025, 2026)
    }
    assert said == {2024: "off course", 2025: "missed", 2026: "missed"}
