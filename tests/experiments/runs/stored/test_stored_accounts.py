"""Accounts are computed once: the same tables come from the store, and others where anything that decides differs."""

import warnings
from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.errors import UnusualWarning
from data.kept.kept_files import store
from experiments.runs.plan import prepare
from experiments.runs.stored import stored_accounts as module


@pytest.fixture
def computed(monkeypatch):
    """Count how often accounts are computed; tables that are quick to make stand in for them."""
    made = []

    def accounts(case):
        made.append(case)
        return {"carbon": pl.DataFrame({"year": [case.scenario.year], "share": [0.1 + 0.2]})}

    monkeypatch.setattr(module, "accounts", accounts)
    return made


def test_the_second_run_reads_what_the_first_has_computed(case, computed):
    first, again = module.stored_accounts(case), module.stored_accounts(prepare(case.scenario).case)
    assert len(computed) == 1
    assert first.keys() == again.keys() == {"carbon"}
    assert_frame_equal(first["carbon"], again["carbon"], check_exact=True)


@pytest.mark.parametrize("same", [{"name": "other"}, {"title": "other words"}, {"replications": 7}])
def test_words_and_replications_decide_no_account(case, computed, same):
    module.stored_accounts(case)
    module.stored_accounts(replace(case, scenario=case.scenario.with_(**same)))
    assert len(computed) == 1


@pytest.mark.parametrize("changed", [{"seed": 9}, {"days": 2}, {"counterfactual": "deqing-2030-frozen"}])
def test_another_question_is_computed(case, computed, changed):
    module.stored_accounts(case)
    module.stored_accounts(replace(case, scenario=case.scenario.with_(**changed)))
    assert len(computed) == 2


def test_a_county_that_was_edited_in_memory_is_another_one_though_its_files_are_the_same(case, computed):
    towns = case.county.towns.with_columns(pl.col("residents") + 1)
    edited = case.county.with_table("towns", towns)
    assert edited.digest == case.county.digest
    module.stored_accounts(case)
    module.stored_accounts(replace(case, county=edited))
    assert len(computed) == 2


@pytest.mark.parametrize("frame", ["layout", "travel", "stock"])
def test_a_layout_ways_or_vehicles_that_were_given_count_too(case, computed, frame):
    module.stored_accounts(case)
    half = getattr(case, frame).head(3)
    kept = {"travel": case.travel, "stock": case.stock}
    given = replace(case, layout=half) if frame == "layout" else replace(case, kept={**kept, frame: half})
    module.stored_accounts(given)
    assert len(computed) == 2


def test_other_code_computes_anew(case, computed, monkeypatch):
    module.stored_accounts(case)
    monkeypatch.setattr(module, "code_digest", lambda: "other")
    module.stored_accounts(case)
    assert len(computed) == 2


def test_a_file_that_is_cut_short_is_computed_again_and_written_again(case, computed):
    whole = module.stored_accounts(case)
    (file,) = store().rglob("*.tables")
    content = file.read_bytes()
    for damaged in (content[:100], b"", content[:-1] + bytes([content[-1] ^ 1])):
        file.write_bytes(damaged)
        assert_frame_equal(module.stored_accounts(case)["carbon"], whole["carbon"])
        assert file.read_bytes() == content
    assert len(computed) == 4


def test_what_is_unusual_is_said_again(case, monkeypatch):
    def accounts(case):
        warnings.warn(f"{case.county.name}: few vans", UnusualWarning, stacklevel=2)
        return {"carbon": pl.DataFrame({"year": [2025]})}

    monkeypatch.setattr(module, "accounts", accounts)
    for _ in range(2):
        with pytest.warns(UnusualWarning, match="few vans"):
            assert module.stored_accounts(case).keys() == {"carbon"}
        monkeypatch.setattr(module, "accounts", lambda _: pytest.fail("computed again"))
