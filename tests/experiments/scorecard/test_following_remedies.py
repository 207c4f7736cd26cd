"""What is open closes when its remedies are followed, or says why no run closes it."""

import shutil

import numpy as np
import polars as pl
import pytest

from data.tables.rules import RANGES
from experiments import run
from experiments.runs.assumptions.axes import at
from experiments.runs.assumptions.short_runs import SIMULATED, key_of, short_run
from experiments.scenario.files import shipped
from experiments.scenario.model import Scenario
from experiments.scorecard.remedies import Remedy
from experiments.statistics.estimates import keeps_limit

RUNS = (Remedy.FIRST_INTERVAL, Remedy.MORE_REPLICATIONS, Remedy.DRAW, Remedy.SIMULATE, Remedy.MORE_DAYS)
"""Remedies that are a command: the others name a figure to find out, a series to choose, or say that none is left."""
MOST = 40
"""Replications that a test can afford: at the spread seen, more than these are what the remedy says decides."""
POINTS = 8
"""Points of a test: the remedy asks for more, which make the same rows."""


def followed(scenario, rows):
    """Return the scenario as the remedies say."""
    changes = {}
    for remedy, subject, value in (
        rows.select("remedy", "subject", "value").unique().sort("remedy", "value").iter_rows()
    ):
        if remedy in (Remedy.FIRST_INTERVAL, Remedy.MORE_REPLICATIONS):
            changes["replications"] = max(changes.get("replications", 0), int(value))
        elif remedy == Remedy.DRAW:
            changes["points"] = min(int(value), POINTS)
        elif remedy == Remedy.MORE_DAYS:
            changes["days"] = int(value) + 1
        else:
            section, _, key = subject.partition(".")
            changes[section] = {key: True}
    return scenario.with_(**changes)


def follow(scenario, *, rounds=8):
    """Run a scenario, and again as its remedies say, until they ask for no further run; return the last result."""
    result = run(scenario)
    for _ in range(rounds):
        asked = result.remedies.filter(pl.col("remedy").is_in(list(RUNS)))
        # many replications decide at the spread seen: what decides is their number, not this test's patience
        asked = asked.filter((pl.col("remedy") != Remedy.MORE_REPLICATIONS) | (pl.col("value") <= MOST))
        if asked.is_empty():
            return result
        scenario = followed(scenario, asked)
        result = run(scenario)
    pytest.fail(f"{scenario.name} still asks for runs: {asked}")


def find_out(result, folder, *, rounds=12):
    """Run a scenario on a county that knows what its remedies ask for, until no range leaves a row open.

    Known as the tables have it: figures and rows have no range but their value. Returns what was asked for, and the
    last result.
    """
    asked_for, scenario = set(), result.scenario
    county = shutil.copytree(result.county.path, folder / "county")
    for _ in range(rounds):
        asked = set(result.remedies.filter(pl.col("remedy").is_in([Remedy.FLIP, Remedy.NARROW]))["subject"])
        if not asked:
            return asked_for, result
        assert not asked & asked_for, f"what is known is asked for again: {asked & asked_for}"
        asked_for |= asked
        for subject in asked:
            know(county, subject)
        scenario = scenario.with_(county=str(county))
        result = run(scenario)
    pytest.fail(f"{scenario.name} still asks for {asked}")


def know(county, subject):
    """Take the range off a figure, the rows of a table, or a parameter of the uncertainties."""
    kind, _, name = subject.partition(".")
    table = {"figures": "figures", "tables": name}.get(kind, "uncertainties")
    value, low, high = RANGES.get(table, ("mode", "low", "high"))
    every = pl.col(value) == pl.col(value)
    here = {"figures": pl.col("key") == name, "tables": every}.get(kind, pl.col("parameter") == subject)
    rows = pl.read_csv(county / f"{table}.csv", infer_schema=False)
    rows.with_columns(
        pl.when(here).then(value).otherwise(end).alias(end) for end in (low, high)
    ).write_csv(county / f"{table}.csv")  # fmt: skip


def check_ends(result):
    """Check that what is left open says why, and that each figure that is said to turn it does."""
    opened = result.scorecard.filter(verdict="open")
    left = result.remedies.join(
        opened.select("target_id", "criterion", "limit", "comparator"), ["target_id", "criterion"]
    )
    assert left.select("target_id", "criterion").unique().height == opened.height
    one = result.scenario.with_(replications=1, points=0)
    for row in left.iter_rows(named=True):
        target, criterion = row["target_id"], row["criterion"]
        if row["remedy"] == Remedy.CHOOSE_SERIES:
            # a plan that means this series has its figure
            assert row["value"] is not None
        elif row["remedy"] == Remedy.FLIP and row["metric"] in SIMULATED:
            name, card = key_of(target, criterion), opened.filter(target_id=target, criterion=criterion)
            base, moved = (
                short_run(scenario, [row["metric"]])[name]
                for scenario in (one, at(one, {row["subject"]: row["value"]}))
            )
            # about the value of the run, as the flips are
            values = np.array([base, moved]) - base + card["value"][0]
            keeps = keeps_limit(values, row["comparator"], row["limit"])
            assert keeps[0] != keeps[1], row


def test_the_open_rows_of_three_towns_close_or_say_why_not(small_scenario):
    result = follow(small_scenario)
    # what chance had left open is closed
    assert result.scenario.replications >= 10
    assert result.scenario.points == POINTS
    reasons = result.scorecard.filter(verdict="open")["reason"].to_list()
    assert "needs replications" not in reasons
    check_ends(result)


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_the_open_rows_of_a_shipped_scenario_close_or_say_why_not(name, tmp_path):
    result = follow(Scenario.load(name).with_(days=1, replications=1, points=0, fleet={"ebikes": False}))
    check_ends(result)
    # who finds out what is asked for has no row left that a range keeps open
    known, last = find_out(result, tmp_path)
    assert "range spans the limit" not in last.scorecard.filter(verdict="open")["reason"].to_list(), known
