"""``xijiang size`` where little is asked: one replication, tiny budgets, targets out of reach; no traceback."""

import pytest


def test_one_replication_is_sized_and_says_that_it_decides_nothing(xijiang, small_toml):
    code, said, err = xijiang("size", "charging", small_toml, "-n", "1", "--target", "late_share<=0.3", "--quiet")
    assert (code, err) == (0, "")
    assert "The target can be met" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("budget", ["guns=1", "piles=1", "cny=1", "kw=1"])
def test_a_tiny_budget_ends_with_3_names_what_binds_and_the_nearest_target(xijiang, small_toml, budget):
    words = ("size", "charging", small_toml, "-n", "1", "--target", "unserved_share<=0.0001", "--budget", budget)
    code, said, err = xijiang(*words, "--quiet")
    assert (code, err) == (3, "")
    assert "The target cannot be met." in said
    assert "One pile a site and current is already more than the budget." in said
    assert "With one pile a site and current" in said or "The nearest target that it holds" in said


def test_no_budget_at_all_is_a_fault(xijiang, small_toml):
    code, _, err = xijiang("size", "charging", small_toml, "--minimise", "late", "--quiet")
    assert code == 1
    assert "got no budget; expected what to spend" in err
    assert xijiang("size", "charging", small_toml, "--budget", "guns=0,guns=1")[0] == 1
