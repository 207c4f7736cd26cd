"""The compiled engine against the one in SimPy: every row of every table, with all rules mixed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charging import check_accounts, simulate

RANDOM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
MINUTES = 1e-6


def differences(one, other):
    """Return in words where two results differ: times and energies by more than a millionth, the rest at all."""
    found = []
    for name in ("sessions", "visits", "stations", "load"):
        left, right = getattr(one, name), getattr(other, name)
        if left.columns != right.columns or left.height != right.height:
            found.append(f"{name}: {left.shape} and {right.shape}")
            continue
        for column in left.columns:
            first, second = left[column], right[column]
            if first.dtype.is_float():
                apart = (first - second).abs() > MINUTES * (1.0 + first.abs())
                apart = apart.fill_null(value=False) | (first.is_null() != second.is_null())
            else:
                apart = first.ne_missing(second)
            if apart.any():
                row = apart.arg_max()
                found.append(f"{name}: row {row}, {column} is {second[row]}, not {first[row]}")
    return found


def check(mixed, seed, *, whole):
    """Hold one network in both engines to the same rows."""
    tables = mixed.tables(seed, whole=whole)
    one, other = (simulate(**tables, engine=engine) for engine in ("simpy", "compiled"))
    assert differences(one, other) == []
    return one, other, tables


@settings(max_examples=40, **RANDOM)
@given(seed=st.integers(0, 2**32), whole=st.booleans())
def test_both_engines_give_the_same_rows_whatever_the_rules(mixed, seed, whole):
    check(mixed, seed, whole=whole)


@pytest.mark.slow
@pytest.mark.parametrize("whole", [False, True])
def test_both_engines_give_the_same_rows_in_1000_networks(mixed, whole):
    for seed in range(500):
        check(mixed, seed, whole=whole)


def test_the_mixed_networks_hold_every_rule(mixed):
    """What is compared above does happen: every outcome, reason and end of a visit, bookings, followers, bills."""
    outcomes, reasons, ends = set(), set(), set()
    for seed in range(60):
        tables = mixed.tables(seed, whole=bool(seed % 2))
        result = simulate(**tables, engine="compiled")
        outcomes |= set(result.sessions["outcome"])
        reasons |= set(result.sessions["reason"])
        ends |= set(result.visits["outcome"])
        assert check_accounts(result, tables["requests"])["holds"].all()
    assert outcomes == {"served", "balked", "reneged", "unserved", "unfinished"} - ({"unfinished"} - outcomes)
    assert reasons >= {None, "none in reach", "closed", "queue too long", "out of patience", "had to leave"}
    assert ends >= {"plugged", "balked", "reneged", "closed"}
