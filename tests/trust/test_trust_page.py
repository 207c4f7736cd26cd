"""docs/trust.md says what was counted, and what was counted is enough."""

import pytest

LEAST = {"lines of the five packages": 0.95, "branches of the five packages": 0.92}
"""Shares that tests reach at least."""


@pytest.fixture(scope="module")
def counts(faults):
    """Return the module of the benchmarks that keeps the counts."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("trust_counts", faults.ROOT / "benchmarks" / "trust_counts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_show_the_counts_that_are_kept(counts):
    assert counts.PAGE.read_text("utf-8") == counts.TEXT.format(parts=counts.sections())
    assert counts.section() in counts.VALIDATION.read_text("utf-8")


def test_what_was_counted_is_enough(counts):
    rows = [*counts.known(), *counts.mutants()]
    parts = {part: [row for row in rows if row.part == part] for part in counts.TITLES}
    assert all(row.version for row in rows)
    # every check, wrong input, disturbance and fault without exception
    for part in ("checks", "inputs", "disturbances", "faults"):
        assert parts[part]
        assert [row.what for row in parts[part] if row.held != row.tried] == []
    assert sum(row.tried for row in parts["inputs"]) >= 1500
    assert sum(row.tried for row in parts["disturbances"] if "killed at a random moment" in row.what) >= 50
    reached = {row.what: row.held / row.tried for row in parts["coverage"]}
    assert [what for what, least in LEAST.items() if reached[what] < least] == []
    assert sum(row.held for row in parts["mutants"]) >= 0.85 * sum(row.tried for row in parts["mutants"])


@pytest.mark.parametrize(("tried", "held", "shown"), [(50, 50, "100 %"), (2000, 1999, "99.9 %"), (8, 7, "87.5 %")])
def test_a_share_is_never_rounded_up_to_all(counts, tried, held, shown):
    assert counts._share(counts.Row("faults", "", tried, held, "")) == shown
