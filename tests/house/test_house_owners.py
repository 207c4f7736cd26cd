"""Each rule about outcomes, waits and targets is stated once: the code is read for a second statement."""

import ast
import functools
import re
from pathlib import Path

import pytest

from data.outcomes import LATE_MIN, Outcome

ROOT = Path(__file__).parents[2]
PACKAGES = ("data", "charging", "fleet", "shipping", "experiments")
OWNER = "data/outcomes.py"
# quantiles of other things than waits
OTHER_QUANTILES = {
    # the interval of drawn intensities
    "shipping/emissions/ship_change.py",
    "data/tables/geography.py",  # the middle of the county's towns
    "experiments/statistics/estimates.py",  # over replications, by order statistics
    "fleet/emissions/uncertainty.py",  # over draws of the stock
    "fleet/operators/duties/duties.py",  # over days, of the energy that a depot gives at night
    "fleet/vehicles/adoption_trend.py",  # over draws of the estimated trend
}
QUANTILES = {"quantile", "nanquantile", "percentile", "nanpercentile", "median"}
LATE = re.compile(r"(?<![a-z])late|los_wait", re.IGNORECASE)
WAIT = re.compile(r"(?<![a-z])waits?(?![a-z])", re.IGNORECASE)


@functools.cache
def files():
    """Return the syntax tree of each module of the packages but the owner, by path."""
    found = {}
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            path = file.relative_to(ROOT).as_posix()
            if path != OWNER:
                found[path] = ast.parse(file.read_text("utf8"))
    return found


@functools.cache
def nodes():
    """Return all nodes with the path of their module: each rule would walk through the trees anew."""
    return [(path, node) for path, tree in sorted(files().items()) for node in ast.walk(tree)]


def places(rule):
    """Return ``path:line`` of each node that a rule finds."""
    return [f"{path}:{node.lineno}" for path, node in nodes() if rule(node)]


def takes_a_quantile(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in QUANTILES


def compares_waits_with_a_late_limit(node):
    if isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        parts = [node.left, node.right]
    else:
        return False
    texts = [ast.unparse(part) for part in parts]
    limits = [bool(LATE.search(text)) for text in texts]
    waits = [bool(WAIT.search(text.replace("wait_min", "wait "))) for text in texts]
    return any(limits) and any(wait and not limit for wait, limit in zip(waits, limits, strict=True))


def lists_outcomes(node):
    if not isinstance(node, ast.Tuple | ast.List | ast.Set) or len(node.elts) < 2:
        return False
    words = {outcome.value for outcome in Outcome}
    return all(
        (isinstance(part, ast.Constant) and part.value in words)
        or (isinstance(part, ast.Attribute) and ast.unparse(part.value) == "Outcome")
        for part in node.elts
    )


def names_a_target_by_number(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(re.fullmatch(r"T\d\d", node.value))


def names_the_late_figure(node):
    return isinstance(node, ast.Constant) and node.value == LATE_MIN


def states_a_limit(node):
    """Return whether a value, default or keyword whose name speaks of lateness is a number, or is compared with 15."""
    if isinstance(node, ast.AnnAssign | ast.Assign | ast.keyword | ast.Compare):
        # numbers are found in a tenth of the time that the text takes, and few places have this one
        numbers = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
        return 15.0 in numbers and bool(LATE.search(ast.unparse(node)))
    if isinstance(node, ast.arguments):
        plain = [*node.posonlyargs, *node.args]
        pairs = [*zip(plain[::-1], node.defaults[::-1], strict=False)]
        pairs += [*zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        return any(LATE.search(name.arg) and isinstance(value, ast.Constant) and value.value for name, value in pairs)
    return False


def test_quantiles_of_waits_have_one_owner():
    found = [place for place in places(takes_a_quantile) if place.split(":")[0] not in OTHER_QUANTILES]
    assert found == [], "quantiles of waits are data.outcomes.wait_quantile; others are listed in this test"


def test_every_exception_is_still_needed():
    assert {place.split(":")[0] for place in places(takes_a_quantile)} == OTHER_QUANTILES


def test_what_is_late_has_one_owner():
    found = places(compares_waits_with_a_late_limit)
    assert found == [], "waits meet their limit in data.outcomes: late_share, late_min"


def test_lists_of_outcomes_have_one_owner():
    # the codes of the simulation's log: 0 is what fresh memory means
    found = [place for place in places(lists_outcomes) if place.split(":")[0] != "charging/engine/log.py"]
    assert found == [], "outcomes are listed in data.outcomes: SESSION_OUTCOMES, CALL_OUTCOMES, LEFT"


def test_targets_are_found_by_metric():
    found = places(names_a_target_by_number)
    assert found == [], "another county numbers its targets as it likes: name the metric (data.schemas.metrics)"


def test_the_limit_of_waits_is_a_figure_of_the_county():
    assert places(states_a_limit) == [], f"the limit is the county's figure {LATE_MIN} (data.outcomes.LATE_MIN)"
    assert places(names_the_late_figure) == [], "the figure's name is data.outcomes.LATE_MIN"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (takes_a_quantile, "waits.quantile(0.95, interpolation='linear')"),
        (compares_waits_with_a_late_limit, "pl.col('wait_min') > late_wait_min"),
        (compares_waits_with_a_late_limit, "(wait - figure('charging.los_wait_min')).clip(0.0)"),
        (lists_outcomes, "outcome in ('balked', 'reneged')"),
        (lists_outcomes, "[Outcome.SERVED, Outcome.BALKED]"),
        (names_a_target_by_number, "answers('T08')"),
        (names_the_late_figure, "figure('charging.los_wait_min')"),
        (states_a_limit, "LATE_WAIT_MIN: float = 15.0"),
        (states_a_limit, "def service(sessions, late_wait_min=20.0): pass"),
        (states_a_limit, "def service(*, late_wait_min=15.0): pass"),
        (states_a_limit, "simulate(late_wait_min=15.0)"),
    ],
)
def test_the_rules_see_a_second_statement(rule, text):
    tree = {"here.py": ast.parse(text)}
    nodes = [node for node in ast.walk(tree["here.py"]) if rule(node)]
    assert len(nodes) == 1
