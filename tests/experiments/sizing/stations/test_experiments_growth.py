"""Service and cost around an answer: more guns serve no worse, within the intervals; another seed says the same."""

import importlib.util
import itertools
import re
from pathlib import Path

import pytest

from experiments.sizing import size
from experiments.sizing.stations.chargers import NOT_IN_TIME
from experiments.sizing.stations.occasions import occasions_of
from experiments.sizing.stations.trial import FRESH, Trial

TARGET = "not_in_time_share<=0.1"


@pytest.fixture(scope="module")
def scenario(small_scenario):
    return small_scenario.with_(replications=3)


@pytest.fixture(scope="module")
def found(scenario):
    return size("charging", scenario, target=TARGET)


def test_more_guns_cost_more_and_serve_no_worse_within_their_intervals(found):
    grown = found.tables["growth"]
    assert grown.height >= 4
    assert grown["guns"].is_sorted()
    assert grown["guns"].is_unique().all()
    assert grown["build_cny"].is_sorted()
    guns = int((found.answer["piles"] * found.answer["guns_per_pile"]).sum())
    assert guns in grown["guns"].to_list()
    for less, more in itertools.pairwise(grown.iter_rows(named=True)):
        assert more[NOT_IN_TIME] <= less[f"{NOT_IN_TIME}_high"]
    first, last = grown.row(0, named=True), grown.row(-1, named=True)
    assert last[NOT_IN_TIME] < first[NOT_IN_TIME]
    paid = grown.filter(grown["cny_per_avoided"].is_not_null())
    assert paid.height
    assert (paid["cny_per_avoided"] > 0.0).all()


def test_another_seed_differs_within_the_stated_confidence(scenario, found):
    other = size("charging", scenario, target=TARGET, seed=scenario.seed + 1)
    weeks = occasions_of(scenario)
    trial = Trial(weeks, (NOT_IN_TIME,), engine="compiled")
    shown = [trial.evaluate(each.answer, FRESH).measures[NOT_IN_TIME] for each in (found, other)]
    # on the same fresh days the answers of both seeds serve alike: their intervals meet
    assert shown[0].low <= shown[1].high
    assert shown[1].low <= shown[0].high
    assert min(each.low for each in shown) <= 0.1
    guns = [int((each.answer["piles"] * each.answer["guns_per_pile"]).sum()) for each in (found, other)]
    assert abs(guns[0] - guns[1]) <= 0.35 * max(guns)


def test_the_least_set_has_no_more_guns_than_the_greedy_one(scenario):
    file = Path(__file__).parents[4] / "benchmarks" / "least_against_greedy.py"
    spec = importlib.util.spec_from_file_location("least_against_greedy", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    first, today = module.compared(scenario.with_(replications=1)).values()
    assert 0 < today[1] <= first[1]


def test_progress_is_told_in_words_of_the_domain(scenario):
    told = []
    size("charging", scenario.with_(replications=1), target=TARGET, progress=told.append)
    assert told
    line = re.compile(r"\d+ layouts tried, \d+ replications simulated; now \d+ piles with \d+ guns")
    assert all(line.fullmatch(text) for text in told)
    chinese = []
    size("charging", scenario.with_(replications=1), target=TARGET, progress=chinese.append, language="zh")
    assert len(chinese) == len(told)
    assert all(re.fullmatch(r"已试 \d+ 种布局.*充电枪", text) for text in chinese)
    years = []
    size("path", scenario.with_(replications=1), target="late_share<=0.5", years=(2025, 2028), progress=years.append)
    assert {text.partition(": ")[0] for text in years} == {"2025", "2028"}
