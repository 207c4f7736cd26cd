"""What is remembered of a county: until something that it looked at is another."""

from __future__ import annotations

import polars as pl
import pytest

from data.county import load_county
from data.memory.remembering import KEPT, WatchedCounty, remembered


@pytest.fixture(name="county")
def fixture_county(small):
    return load_county(small)


@pytest.fixture(name="keys")
def fixture_keys(county):
    return county.figures["key"].to_list()


def counting(look):
    calls = []

    def build(county):
        calls.append(1)
        return look(county)

    return calls, build


def test_a_figure_that_was_not_asked_for_changes_nothing(county, keys):
    calls, build = counting(lambda watched: watched.figure(keys[0]))
    first = remembered(county, "key", build)
    assert remembered(county.with_figures({keys[1]: 150.0}), "key", build) == first
    assert len(calls) == 1
    assert remembered(county.with_figures({keys[0]: 0.7}), "key", build) == 0.7
    assert remembered(county, "key", build) == first
    assert len(calls) == 2
    remembered(county, "other key", build)
    assert len(calls) == 3


@pytest.mark.parametrize(("kept", "made_again"), [(1, 2), (2, 0)])
def test_as_many_results_are_kept_as_are_asked_for(county, keys, kept, made_again):
    calls, build = counting(lambda watched: watched.figure(keys[0]))
    counties = (county, county.with_figures({keys[0]: 0.7}))
    for one in (*counties, *counties):
        remembered(one, "key", build, kept=kept)
    assert len(calls) == 2 + made_again


def test_a_table_that_was_asked_for_counts_by_any_way_to_it(county):
    for look in (lambda c: c.towns.height, lambda c: c.tables["towns"].height, lambda c: dict(c.tables.items())):
        calls, build = counting(look)
        remembered(county, look, build)
        remembered(county.with_table("towns", county.towns.head(1)), look, build)
        assert len(calls) == 2


def test_other_inputs_count_by_object(county):
    frame = pl.DataFrame({"a": [1]})
    calls, build = counting(lambda watched: watched.towns.height)
    remembered(county, "key", build, of=(frame,))
    remembered(county, "key", build, of=(frame,))
    remembered(county, "key", build, of=(frame.clone(),))
    assert len(calls) == 2


def test_what_is_edited_inside_rests_on_what_it_was(county, keys):
    def look(watched):
        edited = watched.with_figures({keys[0]: watched.figure(keys[0]) - 0.1})
        moved = edited.with_table("towns", watched.towns.head(1))
        assert moved.towns.height == 1
        return moved.figure(keys[0]), moved.figure(keys[1]), dict(moved.figures.select("key", "value").iter_rows())

    calls, build = counting(look)
    plain = county.with_figures({keys[0]: county.figure(keys[0]) - 0.1})
    first = remembered(county, "key", build)
    assert first[:2] == (plain.figure(keys[0]), plain.figure(keys[1]))
    assert first[2] == dict(plain.figures.select("key", "value").iter_rows())
    other = county.with_figures({keys[1]: 160.0})
    # the whole table of figures was asked for
    assert remembered(other, "key", build)[2][keys[1]] == 160.0
    assert len(calls) == 2


def test_an_inner_result_that_is_remembered_is_noted_by_the_outer_one(county, keys):
    calls, inner = counting(lambda watched: watched.figure(keys[0]))
    outer_calls, outer = counting(lambda watched: remembered(watched, "inner", inner))
    remembered(county, "inner", inner)
    first = remembered(county, "outer", outer)
    assert len(calls) == 1
    assert remembered(county.with_figures({keys[1]: 150.0}), "outer", outer) == first
    assert remembered(county.with_figures({keys[0]: 0.7}), "outer", outer) == 0.7
    assert (len(calls), len(outer_calls)) == (2, 2)


def test_things_built_once_inside_are_noted(county):
    def look(watched):
        assert isinstance(watched, WatchedCounty)
        return watched.once("thing", lambda: watched.towns.height) + watched.once_of(["places"], "thing", lambda: 1)

    calls, build = counting(look)
    county.once("thing", lambda: 100)
    county.once_of(["places"], "thing", lambda: 1)
    remembered(county, "key", build)
    for name in ("towns", "places"):
        remembered(county.with_table(name, county.tables[name].clone()), "key", build)
    assert len(calls) == 3


def test_digest_and_keys_are_noted(county, keys):
    for look in (lambda c: c.digest, lambda c: c.with_table("figures", c.figures).figure(keys[0])):
        calls, build = counting(look)
        remembered(county, look, build)
        changed = county.with_figures({keys[1]: 150.0})
        assert remembered(changed, look, build) == look(changed)
        assert len(calls) == 2
    calls, build = counting(lambda c: c.figure_keys)
    remembered(county, "keys", build)
    fewer = county.with_table("figures", county.figures.head(2))
    assert remembered(fewer, "keys", build) == fewer.figure_keys


def test_the_first_and_the_last_few_results_are_kept(county, keys):
    calls, build = counting(lambda watched: watched.figure(keys[0]))
    variants = [county.with_figures({keys[0]: 0.5 + 0.01 * number}) for number in range(KEPT + 1)]
    for variant in (*variants, variants[0], *variants[2:]):
        remembered(variant, "key", build)
    assert len(calls) == KEPT + 1
    remembered(variants[1], "key", build)
    assert len(calls) == KEPT + 2


def test_whether_there_is_a_figure_is_noted_and_no_more(county, keys):
    calls, build = counting(lambda c: (c.has_figure(keys[0]), c.has_figure("no.such"), c.has_figure("none.either")))
    assert remembered(county, "key", build) == (True, False, False)
    # neither the value of another figure nor another table matters
    assert remembered(county.with_figures({keys[1]: 150.0}), "key", build) == (True, False, False)
    assert len(calls) == 1
    row = county.figures.head(1).with_columns(key=pl.lit("no.such"))
    more = county.with_table("figures", pl.concat([county.figures, row]))
    assert remembered(more, "key", build) == (True, True, False)
    assert remembered(county.with_table("figures", county.figures.tail(-1)), "key", build) == (False, False, False)
    assert len(calls) == 3


def test_assumptions_are_noted_with_the_values_of_those_that_begin_so(county, keys):
    start = (keys[0],)
    calls, build = counting(lambda c: c.assumed_figures(start))
    before = remembered(county, "key", build)
    assert before == [key for key in county.assumed_figures(("",)) if key.startswith(start)]
    assert remembered(county.with_figures({keys[1]: 150.0}), "key", build) == before
    assert len(calls) == 1
    # what a scenario sets becomes an assumption
    assert remembered(county.with_figures({keys[0]: 0.7}), "key", build) == [keys[0]]
    assert len(calls) == 2
    assert county.assumed_figures(()) == []


def test_whether_there_are_figures_that_begin_so_rests_on_no_value(county, keys):
    start = keys[0].split(".")[0] + "."
    calls, build = counting(lambda c: (c.has_figures(start), c.has_figures("no.such")))
    assert remembered(county, "key", build) == (True, False)
    # a point of a design edits one of them: what was asked is still the same
    remembered(county.with_figures({keys[0]: 0.7}), "key", build)
    assert len(calls) == 1
