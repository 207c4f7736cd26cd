"""Wrong inputs are refused in words that name the place; nothing crashes, hangs or is taken though it is absurd."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.whole
@pytest.mark.parametrize(("number", "seed"), [(16, 25), pytest.param(1600, 1, marks=pytest.mark.slow)])
def test_wrong_inputs_are_refused_by_name(fuzzing, tmp_path, monkeypatch, number, seed):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLARS_MAX_THREADS", "1")
    done = fuzzing.campaign(tmp_path / "fuzz", fuzzing.counties(ROOT), number=number, seed=seed)
    assert done.cases.total() == number
    assert set(done.cases) == {"tables", "scenarios", "options", "manifests", "points"}
    # most of what is made is wrong: a campaign in which little is refused tries nothing
    assert done.refused.total() > 0.6 * number
    assert done.findings == []


@pytest.mark.whole
@pytest.mark.parametrize(
    ("number", "tables"),
    [
        (0, ("ev_models",)),
        pytest.param(0, None, marks=pytest.mark.slow),
        pytest.param(1, None, marks=pytest.mark.slow),
    ],
)
def test_what_may_be_empty_is_taken_or_refused_by_name(fuzzing, tmp_path, monkeypatch, number, tables):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLARS_MAX_THREADS", "1")
    cases, findings = fuzzing.emptied(tmp_path, fuzzing.counties(ROOT)[number], tables=tables)
    assert cases >= (10 if tables else 150)
    assert findings == []
