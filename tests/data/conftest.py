"""A small county that is right in every table; tests break copies of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

SMALL = Path(__file__).parent / "fixtures" / "small"


@pytest.fixture
def small(tmp_path):
    """Copy the small county; return the copy's folder."""
    return Path(shutil.copytree(SMALL, tmp_path / "small"))


@pytest.fixture
def edit(small):
    """Replace text in one file of the small county; the text must stand there."""

    def replace(file, old, new):
        text = (small / file).read_text(encoding="utf-8")
        assert old in text
        (small / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return small

    return replace
