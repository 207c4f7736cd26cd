"""Beginnings of streams are numpy's own, whoever asked for what before, and do not pile up."""

import hashlib

import numpy as np
import pytest

from data.memory import stream_states
from data.memory.stream_states import FORESEEN_FROM, KEPT_SEEDS, MOST_KEPT, Beginnings, beginning, beginnings

NAMES = [("fleet", "bus", str(number)) for number in range(20)]
SEEDS = [0, 1, 2**32 - 1, 2**32, 2**63 - 1, 2**64, 2**96, 2**200]


def digest_of(name):
    return hashlib.blake2b("\x1f".join(name).encode(), digest_size=16).digest()


@pytest.mark.parametrize("seed", SEEDS)
def test_they_begin_as_numpy_makes_them(seed):
    for name in NAMES:
        number = int.from_bytes(digest_of(name), "big")
        expected = np.random.SeedSequence([seed, number]).generate_state(4, np.uint64)
        assert beginning(seed, name).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_those_of_many_streams_are_those_of_each(seed):
    together = beginnings(seed, [digest_of(name) for name in NAMES])
    assert together.tolist() == [beginning(seed, name).tolist() for name in NAMES]
    assert not together.flags.writeable


def test_a_seed_finds_what_another_one_asked_for(monkeypatch):
    made = []
    monkeypatch.setattr(stream_states, "beginning", lambda seed, name: made.append(name) or beginning(seed, name))
    names = [("fleet", "taxi", str(number)) for number in range(3 * FORESEEN_FROM)]
    known = Beginnings()
    for seed in (5, 6):
        made.clear()
        assert all(np.array_equal(known.of(seed, name), beginning(seed, name)) for name in names)
    assert made == names[:FORESEEN_FROM]
    with pytest.raises(ValueError, match="read-only"):
        known.of(6, names[-1])[0] = 0


@pytest.mark.parametrize("digest", [bytes(16), bytes(4) + b"\1" * 12, bytes(15) + b"\1"])
def test_a_hash_that_begins_with_zeros_is_not_foreseen(monkeypatch, digest):
    rare = NAMES[-1]
    monkeypatch.setattr(stream_states, "_digest", lambda name: digest if name == rare else digest_of(name))
    known = Beginnings()
    for seed in (7, 8):
        for name in NAMES:
            number = int.from_bytes(digest if name == rare else digest_of(name), "big")
            expected = np.random.SeedSequence([seed, number]).generate_state(4, np.uint64)
            assert known.of(seed, name).tolist() == expected.tolist()


def test_a_stream_that_was_asked_for_is_not_made_again(monkeypatch):
    made = []
    monkeypatch.setattr(stream_states, "beginning", lambda seed, name: made.append(name) or beginning(seed, name))
    known = Beginnings()
    for _ in range(2):
        for name in NAMES:
            assert np.array_equal(known.of(3, name), beginning(3, name))
    assert made == NAMES
    assert not np.array_equal(known.of(4, NAMES[0]), known.of(3, NAMES[0]))
    with pytest.raises(ValueError, match="read-only"):
        known.of(4, NAMES[0])[0] = 0


def test_memory_does_not_grow_without_bound():
    known = Beginnings()
    for seed in range(3 * KEPT_SEEDS):
        known.of(seed, ("a",))
    assert len(known._by_seed) == KEPT_SEEDS
    for number in range(MOST_KEPT + 10):
        known.of(99, ("b", str(number)))
    assert len(known._by_seed[99].asked) == len(known._names) == MOST_KEPT
    assert ("b", "0") not in known._names
    assert np.array_equal(known.of(99, ("b", str(MOST_KEPT + 5))), beginning(99, ("b", str(MOST_KEPT + 5))))
