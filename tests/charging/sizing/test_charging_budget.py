"""What a budget can be spent on exactly: against all combinations of piles."""

import itertools

import pytest

from charging.sizing.budget import Exact


def reached(kinds, most):
    """Return all pairs of piles and guns that piles of some kinds make."""
    found = set()
    for counts in itertools.product(range(most + 1), repeat=len(kinds)):
        found.add((sum(counts), sum(count * kind for count, kind in zip(counts, kinds, strict=True))))
    return found


@pytest.mark.parametrize("kinds", [(1, 2), (2,), (1, 4), (2, 3, 7)])
def test_what_can_be_completed_is_what_some_piles_make(kinds):
    pairs = reached(kinds, 6)
    for piles, guns in itertools.product(range(7), range(20)):
        exact = Exact.of({"piles": 6, "guns": 6 * kinds[-1]}, kinds)
        assert exact.completes(piles, guns) == ((piles, guns) in pairs)
    alone = {guns for _, guns in reached(kinds, 19)}
    assert [Exact.of({"guns": 19}, kinds).completes(None, guns) for guns in range(20)] == [
        guns in alone for guns in range(20)
    ]


@pytest.mark.parametrize(
    ("budget", "kinds", "spent"),
    [
        ({"piles": 320, "guns": 450}, (1, 2), (320, 450)),
        # more guns than the piles can have, and more piles than there are guns for
        ({"piles": 10, "guns": 99}, (1, 2), (10, 20)),
        ({"piles": 99, "guns": 10}, (1, 2), (10, 10)),
        ({"guns": 13}, (2,), (None, 12)),
        ({"piles": 7}, (1, 2), (7, None)),
        ({"piles": 3, "guns": 8}, (1, 4), (3, 6)),
        ({"cny": 1000}, (1, 2), (None, None)),
    ],
)
def test_what_cannot_be_spent_exactly_is_spent_as_far_as_it_goes(budget, kinds, spent):
    exact = Exact.of(budget, kinds)
    assert (exact.piles, exact.guns) == spent


def test_nothing_below_nothing():
    exact = Exact.of({"piles": 3, "guns": 4}, (1, 2))
    assert not exact.completes(-1, 0)
    assert not exact.completes(0, -1)
    assert exact.left(2, 3) == (1, 1)
    assert Exact.of({"cny": 1}, (1,)).completes(None, None)
