"""Random streams: one per decision, the same everywhere."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from data.errors import ScenarioError
from data.memory.stream_states import Beginnings
from data.streams import stream


def test_same_name_same_numbers():
    assert stream(7, "charging", "patience").random(5).tolist() == stream(7, "charging", "patience").random(5).tolist()


def test_same_numbers_in_another_process():
    code = "from data.streams import stream; print(stream(7, 'a', 'b').random())"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert float(printed) == stream(7, "a", "b").random()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((7, "a"), (8, "a")),
        ((7, "a"), (7, "b")),
        ((7, "a", "b"), (7, "b", "a")),
        ((7, "a", "bc"), (7, "ab", "c")),
        ((7, "a/b"), (7, "a", "b")),
        ((7, "a"), (7, "a", "a")),
    ],
)
def test_other_names_other_numbers(one, other):
    assert stream(*one).random(4).tolist() != stream(*other).random(4).tolist()


def test_streams_are_not_correlated():
    draws = np.stack([stream(seed, "x").random(2000) for seed in range(8)])
    correlation = np.corrcoef(draws) - np.eye(8)
    assert np.abs(correlation).max() < 0.1


def test_large_seeds_are_fine():
    assert 0.0 <= stream(2**63, "x").random() < 1.0


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 2**40, 2**63 - 1, 2**64, 2**200])
def test_the_generator_is_the_default_one_of_seed_and_hash(seed):
    digest = hashlib.blake2b(b"charging\x1fpatience", digest_size=16).digest()
    default = np.random.default_rng([seed, int.from_bytes(digest, "big")])
    assert stream(seed, "charging", "patience").bit_generator.state == default.bit_generator.state


@pytest.mark.parametrize("digest", [bytes(16), bytes(4) + b"\1" * 12, bytes(15) + b"\1"])
def test_words_of_a_hash_that_begins_with_zeros_are_those_of_its_number(monkeypatch, digest):
    monkeypatch.setattr(
        "data.memory.stream_states.hashlib.blake2b", lambda *_, **__: SimpleNamespace(digest=lambda: digest)
    )
    # not from memory, and not into it
    monkeypatch.setattr("data.streams._KNOWN", Beginnings())
    default = np.random.default_rng([7, int.from_bytes(digest, "big")])
    assert stream(7, "x").bit_generator.state == default.bit_generator.state


def test_a_stream_begins_anew_each_time_and_in_another_process():
    first = stream(11, "a")
    first.random(10)
    there = pickle.loads(pickle.dumps(first))  # noqa: S301 - what was dumped here
    assert there.random() == first.random()
    assert stream(11, "a").random() != first.random()


def test_negative_seed_is_refused():
    with pytest.raises(ScenarioError, match="seed: got -1"):
        stream(-1, "x")


@pytest.mark.parametrize("name", [(), ("",), ("a", "")])
def test_empty_name_is_refused(name):
    with pytest.raises(ScenarioError, match="stream name"):
        stream(1, *name)
