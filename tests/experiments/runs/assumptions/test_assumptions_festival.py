"""The Spring Festival of 2030: what would flip the verdict on charging, tried on the same random numbers."""

import pytest

from experiments import Scenario, run
from experiments.statistics.estimates import keeps_limit


@pytest.mark.slow
def test_moving_a_flipper_just_beyond_its_value_turns_the_verdict(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    scenario = Scenario.load("deqing-2030-spring-festival", sets=["shipping.enabled=false", "replications=1"])
    found = run(scenario.with_(points=32), draws=False)
    mine = found.flips.filter(target_id="T04")
    turning = mine.filter(mine["flips_at"].is_not_null())
    # three of them, with the criterion that binds
    assert turning.height == 3, mine
    criterion = turning["criterion"][0]
    assert criterion == "unserved_share"

    def keeps(result):
        row = result.scorecard.filter(target_id="T04", criterion=criterion).row(0, named=True)
        return keeps_limit(row["value"], row["comparator"], row["limit"])

    known = keeps(found)
    for key, beyond, place in turning.select("assumption", "beyond", "flips_at").iter_rows():
        kind, _, name = key.partition(".")
        # the value that is named lies beyond; a little less of the way does not turn it
        assert beyond in ("<", ">")
        moved = run(scenario.with_(**{kind: {name: place}}), draws=False)
        assert keeps(moved) != known, key
