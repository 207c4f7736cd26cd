"""Tables that rest on a part of a county come back as long as that part is as it was, whatever else is edited."""

import copy
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.kept.kept_files import store
from experiments.pathways.carbon_draws import CarbonDraws, carbon_draws
from experiments.runs.county_tables import deliveries
from experiments.runs.plan import prepare
from experiments.runs.stored import stored_draws as draws
from experiments.runs.stored.stored_by_reading import stored_by_reading
from experiments.scenario.model import Scenario
from fleet.operators.networks import FLEET_PLAN
from shipping.emissions.ship_change import NO_SHIPS

FIGURE, OTHER = "charging.efficiency_ac", "charging.efficiency_dc"


@pytest.fixture
def find():
    """Return a function that stores what it computes of a county, and how often it had to compute."""
    made = []

    def build(county):
        made.append(county)
        towns = county.towns.height
        if county.has_figure("no.such_figure"):
            towns += 1
        return {"found": pl.DataFrame({"value": [county.figure(FIGURE) * towns]})}

    def go(county, key="key"):
        return stored_by_reading("found", key, county, build)["found"]["value"].item(), len(made)

    return go


def test_what_nobody_reads_may_change(find, three_towns):
    value, _ = find(three_towns)
    assert value == three_towns.figure(FIGURE) * three_towns.towns.height
    for edited in (
        three_towns,
        three_towns.with_figures({OTHER: 0.5}),
        three_towns.with_table("vehicle_costs", three_towns.vehicle_costs.clear()),
    ):
        assert find(edited) == (value, 1)


def test_what_is_read_may_not(find, three_towns):
    value, _ = find(three_towns)
    lower = three_towns.with_figures({FIGURE: 0.5})
    fewer = three_towns.with_table("towns", three_towns.towns.head(2))
    assert find(lower) == (0.5 * three_towns.towns.height, 2)
    assert find(fewer) == (2 * three_towns.figure(FIGURE), 3)
    assert find(three_towns, "another key") == (value, 4)
    # a layout, and what the county file says, count though nobody watches them
    assert find(replace(three_towns, layouts={}))[1] == 5
    assert find(replace(three_towns, about=replace(three_towns.about, title="another")))[1] == 6
    # all of them are there still
    assert find(lower) == (0.5 * three_towns.towns.height, 6)
    assert find(three_towns) == (value, 6)


def test_figures_that_are_not_there_count(find, three_towns):
    find(three_towns)
    figures = three_towns.tables["figures"]
    more = pl.concat([figures, figures.head(1).with_columns(key=pl.lit("no.such_figure"))])
    assert find(replace(three_towns, tables={**three_towns.tables, "figures": more}))[1] == 2


@pytest.mark.parametrize("suffix", [".json", ".tables"])
def test_what_is_damaged_or_gone_is_computed_again(find, three_towns, suffix):
    value, _ = find(three_towns)
    (file,) = (store() / "found").glob(f"*{suffix}")
    file.write_bytes(file.read_bytes()[:-1])
    assert find(three_towns) == (value, 2)
    assert find(three_towns) == (value, 2)
    file.unlink()
    assert find(three_towns) == (value, 3)


def test_deliveries_are_searched_once_for_scenarios_that_leave_them_alone(case, monkeypatch):
    asked = case.county.targets.head(1).with_columns(metric=pl.lit(FLEET_PLAN), year=pl.lit(2025))
    # copies begin with nothing that other tests of this process have left in memory
    county = copy.copy(case.county).with_table("targets", asked.cast(case.county.targets.schema))
    first = deliveries(case.scenario, county, ranges=True)
    assert first.height
    monkeypatch.setattr("fleet.operators.distribution.joint_network.van_routes", None)
    edited = county.with_figures({"operators.drop_min": 7.25})
    with pytest.raises(TypeError, match="not callable"):
        deliveries(case.scenario, edited, ranges=True)
    edited = copy.copy(county).with_figures({"charging.max_tries": 2.0})
    assert_frame_equal(deliveries(case.scenario, edited, ranges=True), first, check_exact=True)


def same(one, other):
    """Return whether draws are equal bit by bit."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(each, other[key]) for key, each in one.items())
    return one.equals(other) if isinstance(one, pl.DataFrame) else one == other


def test_draws_come_back_bit_by_bit(case):
    river = prepare(Scenario.load("deqing-2025")).case
    for each, has_ships in ((case, False), (river, True)):
        drawn = carbon_draws(each.scenario, each.county, samples=7)
        back = draws.unpacked(draws.packed(drawn))
        assert drawn.road is not None
        assert (drawn.ships is not None) is (back.ships is not None) is has_ships
        for before, after in ((drawn.road, back.road), (drawn.ships, back.ships))[: 1 + has_ships]:
            for name in before.__dataclass_fields__:
                assert same(getattr(before, name), getattr(after, name)), name


def test_no_draws_come_back_too():
    nothing = draws.unpacked(draws.packed(CarbonDraws(None, NO_SHIPS)))
    assert nothing.road is None
    assert nothing.ships is not None
    assert not any((nothing.ships.values, nothing.ships.change, nothing.ships.ranges))


def test_scenarios_of_a_county_share_their_draws_and_seeds_do_not(case, monkeypatch):
    made = []
    monkeypatch.setattr(draws, "carbon_draws", lambda *asked: made.append(1) or carbon_draws(*asked, samples=7))
    county = copy.copy(case.county)
    first = draws.stored_draws(case.scenario, county)
    assert draws.stored_draws(case.scenario, county) is first
    edited = copy.copy(case.county).with_figures({"charging.max_tries": 2.0})
    again = draws.stored_draws(case.scenario.with_(days=2), edited)
    assert len(made) == 1
    assert same(again.road.petroleum, first.road.petroleum)
    other = draws.stored_draws(case.scenario.with_(seed=case.scenario.seed + 1), county)
    assert len(made) == 2
    assert not same(other.road.petroleum, first.road.petroleum)
