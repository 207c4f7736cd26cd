"""Beginnings of streams are numpy's own, one by one or together, whoever asked for what before."""

import numpy as np
import pytest

from data.memory import stream_states
from data.memory.stream_states import ENOUGH, KEPT_SEEDS, MOST_KEPT, Beginnings, one, together

NAMES = [("fleet", "bus", str(number)) for number in range(100)]


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 2**63 - 1, 2**64, 2**96, 2**200])
def test_together_they_begin_as_numpy_makes_them_one_by_one(seed):
    found = together(seed, NAMES)
    assert all(np.array_equal(begin, one(seed, name)) for begin, name in zip(found, NAMES, strict=True))
    assert (
        found[0].tolist()
        == np.random.SeedSequence([seed, int.from_bytes(stream_states._hash(NAMES[0]), "big")])
        .generate_state(4, np.uint64)
        .tolist()
    )


def test_a_hash_of_fewer_words_is_one_that_numpy_sees_as_such(monkeypatch):
    hashes = {NAMES[0]: bytes(4) + b"\1" * 12, NAMES[1]: bytes(range(16, 32))}
    monkeypatch.setattr(stream_states, "_hash", hashes.__getitem__)
    for begin, (_, digest) in zip(together(7, NAMES[:2]), hashes.items(), strict=True):
        expected = np.random.SeedSequence([7, int.from_bytes(digest, "big")]).generate_state(4, np.uint64)
        assert begin.tolist() == expected.tolist()


def test_the_next_seed_gets_what_the_last_one_asked_for_together(monkeypatch):
    calls = []
    monkeypatch.setattr(stream_states, "together", lambda seed, names: calls.append(seed) or together(seed, names))
    known = Beginnings()
    for seed in (3, 4):
        for name in NAMES:
            assert np.array_equal(known.of(seed, name), one(seed, name))
    assert calls == [4]
    # another case shares none of the names
    for number in range(2 * ENOUGH):
        name = ("river", str(number))
        assert np.array_equal(known.of(5, name), one(5, name))
    assert calls == [4]
    with pytest.raises(ValueError, match="read-only"):
        known.of(4, NAMES[-1])[0] = 0


def test_memory_does_not_grow_without_bound():
    known = Beginnings()
    for seed in range(3 * KEPT_SEEDS):
        known.of(seed, ("a",))
    assert len(known._by_seed) == KEPT_SEEDS
    for number in range(MOST_KEPT + 10):
        known.of(99, ("b", str(number)))
    assert len(known._by_seed[99]) == MOST_KEPT
    assert np.array_equal(known.of(99, ("b", str(MOST_KEPT + 5))), one(99, ("b", str(MOST_KEPT + 5))))
