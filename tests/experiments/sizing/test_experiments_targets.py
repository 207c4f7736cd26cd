"""Targets and budgets as they are written: what means nothing, or always holds, is a fault that names the option."""

import pytest

from data.errors import ScenarioError
from data.goals import Goal
from experiments.sizing.targets import check_goals, parse_budget, parse_goals

KNOWN = dict.fromkeys(("p95_wait_min", "unserved_share", "energy_kwh"), "")


def checked(text):
    goals = parse_goals(text)
    check_goals(goals, KNOWN)
    return goals


def test_good_targets_are_read():
    assert checked("p95_wait_min<=15, unserved_share<=1%") == (
        Goal("p95_wait_min", "<=", 15.0),
        Goal("unserved_share", "<=", 0.01),
    )
    assert checked("unserved_share>=0.1,unserved_share<=0.2") == (
        Goal("unserved_share", ">=", 0.1),
        Goal("unserved_share", "<=", 0.2),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("unserved_share<=5", r"--target unserved_share<=5: expected a share from 0 to 1; 5 % are 5% or 0.05"),
        ("unserved_share<=500%", r"expected a share from 0 to 1; 5 % are 5%"),
        ("unserved_share>=-0.1", "expected a share from 0 to 1"),
        ("unserved_share<=1", "every share meets it"),
        ("unserved_share>=0", "every share meets it"),
        ("p95_wait_min<=1e999", "--target p95_wait_min<=inf: expected a finite number"),
        ("p95_wait_min<=1e9", "expected minutes from 0 to 10,080"),
        ("p95_wait_min<=-1", "expected minutes from 0 to 10,080"),
        ("p95_wait_min<=15%", "p95_wait_min is no share; expected a limit without %"),
        ("energy_kwh>=-4", "expected at least 0"),
        ("p95_wait_min<=15,p95_wait_min<=20", "p95_wait_min<=20: p95_wait_min<=15 is given already"),
        ("p95_wait_min<=15,p95_wait_min>=20", "p95_wait_min<=15,p95_wait_min>=20: nothing is both"),
        ("p95_wait_mim<=15", "no measure 'p95_wait_mim'. Did you mean 'p95_wait_min'"),
        ("p95_wait_min<15", "expected measure<=limit"),
    ],
)
def test_targets_that_mean_nothing(text, words):
    with pytest.raises(ScenarioError, match=words):
        checked(text)


def test_all_faults_of_targets_are_listed():
    with pytest.raises(ScenarioError, match=r"unserved_share<=5: (.|\n)*p95_wait_min<=inf"):
        checked("unserved_share<=5,p95_wait_min<=1e999")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("piles=320,piles=1", r"--budget piles=1: piles is given already \(320\)"),
        ("piles=99999999999999999999", "expected at most 1,000,000"),
        ("piles=3.5", "expected name=number"),
    ],
)
def test_budgets_that_mean_nothing(text, words):
    with pytest.raises(ScenarioError, match=words):
        parse_budget(text)
