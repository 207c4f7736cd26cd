"""Columns of event loops: memory of this process alone, on which numpy and the loop see the same numbers."""

from pathlib import Path

import numpy as np
import pytest

from charging.engine.columns import (
    block,
    counts,
    counts_of,
    counts_to_write,
    numbers,
    numbers_of,
    numbers_to_write,
    view,
)

LARGE = 1_000_000
"""Numbers that fill large pages."""
MAPS = Path("/proc/self/maps")


@pytest.mark.parametrize("make", [numbers, numbers_to_write, counts, counts_to_write])
@pytest.mark.parametrize("size", [0, 1, 5, LARGE])
def test_a_column_begins_with_zeros_and_shows_what_is_written(make, size):
    column = make(size)
    assert len(column) == size
    assert not view(column).any()
    if size:
        column[size - 1] = 7
        assert view(column)[-1] == 7
        view(column)[0] = 3
        assert column[0] == 3


def test_copies_and_blocks_hold_what_they_were_given():
    assert numbers_of(np.array([1.5, 2.0])).tolist() == [1.5, 2.0]
    assert counts_of(np.array([1, 2])).tolist() == [1, 2]
    assert block(2, 3).shape == (2, 3)
    assert block(0, 3).shape == (0, 3)


@pytest.mark.skipif(not MAPS.exists(), reason="the system does not say which memory is private")
@pytest.mark.parametrize("make", [numbers, numbers_to_write, counts, counts_to_write])
def test_columns_lie_in_private_memory(make):
    # shared memory, Python's default, gets no large pages
    column = make(LARGE)
    address = view(column).ctypes.data
    spans = [line.split()[:2] for line in MAPS.read_text().splitlines()]
    kinds = [kind for span, kind in spans if int(span.split("-")[0], 16) <= address < int(span.split("-")[1], 16)]
    assert kinds == ["rw-p"]
