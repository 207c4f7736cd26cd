"""A sizing that was stopped goes on to the same answer; what it keeps is checked when it is read."""

import pytest

from data.goals import Service, Shown
from experiments.sizing import size
from experiments.sizing.evaluations import NOTHING_KEPT, Evaluations
from experiments.sizing.stations import simulated_weeks

SHOWN = Service({"late_share": Shown(0.05, 0.01, 0.09), "peak_kw": Shown(None)}, {"b": 3.0, "a": 3.0})


def test_a_service_survives_with_the_order_of_its_sites(tmp_path):
    kept = Evaluations(tmp_path, "key")
    assert kept.service("one", lambda: SHOWN) == SHOWN
    again = kept.service("one", lambda: pytest.fail("simulated again"))
    assert again == SHOWN
    assert list(again.trouble) == ["b", "a"]
    assert kept.values("one", lambda: [1.0, 2.5]) == [1.0, 2.5]
    assert kept.values("one", lambda: pytest.fail("simulated again")) == [1.0, 2.5]


def test_another_design_or_key_is_simulated(tmp_path):
    asked = []
    for key, design in (("a", "1"), ("a", "2"), ("b", "1"), ("b", "1")):
        Evaluations(tmp_path, key).service(design, lambda: asked.append(1) or SHOWN)
    assert len(asked) == 3
    for _ in range(2):
        NOTHING_KEPT.service("1", lambda: asked.append(1) or SHOWN)
    assert len(asked) == 5


def test_a_bit_that_flips_in_an_evaluation_is_noticed(tmp_path):
    kept = Evaluations(tmp_path, "key")
    kept.service("one", lambda: SHOWN)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    asked = []
    for number in range(100):
        spoilt = bytearray(whole)
        spoilt[(7919 * number) % len(whole)] ^= 1 << number % 8
        file.write_bytes(spoilt)
        assert kept.service("one", lambda: asked.append(1) or SHOWN) == SHOWN
        assert len(asked) == number + 1
        assert file.read_bytes() == whole


class StoppedError(Exception):
    """Stands for a kill: nothing after it runs."""


def sized(scenario, keep, kind, **given):
    found = size(kind, scenario, keep=keep, **given)
    return found.answer.write_csv(), found.frontier.write_csv(), found.binds


@pytest.mark.parametrize("given", [{"target": "late_share<=0.3"}, {"layouts": ("today", "seat-only")}])
def test_a_sizing_stopped_at_ten_moments_goes_on_to_the_same_bytes(small_scenario, tmp_path, monkeypatch, given):
    keep = tmp_path / "kept"
    keep.mkdir()
    undisturbed = sized(small_scenario, None, "charging", **given)
    simulate, left = simulated_weeks.simulate_charging, []

    def counted(*args, **options):
        if not left:
            raise StoppedError
        left.pop()
        return simulate(*args, **options)

    monkeypatch.setattr(simulated_weeks, "simulate_charging", counted)
    for _ in range(10):
        # two more simulations, then the process is gone
        left[:] = [1, 1]
        try:
            assert sized(small_scenario, keep, "charging", **given) == undisturbed
        except StoppedError:
            continue
        break
    left[:] = [1] * 1000
    assert sized(small_scenario, keep, "charging", **given) == undisturbed
    left.clear()
    # now everything is known: nothing is simulated
    assert sized(small_scenario, keep, "charging", **given) == undisturbed


@pytest.mark.parametrize("kind", ["ebikes", "fleet"])
def test_other_kinds_go_on_too(small_scenario, tmp_path, kind):
    keep = tmp_path / "kept"
    keep.mkdir()
    first = sized(small_scenario, keep, kind)
    files = {file.name: file.stat().st_mtime_ns for file in keep.iterdir()}
    assert bool(files) == (kind == "ebikes")
    assert sized(small_scenario, keep, kind) == first
    assert {file.name: file.stat().st_mtime_ns for file in keep.iterdir()} == files
