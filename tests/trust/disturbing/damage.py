"""Every file that a run stores, damaged: the report names it or is the same, and the run goes on to the same bytes."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import numpy as np

from data.errors import XijiangError
from experiments.runs.execute import load_result

from .commands import COMMANDS, Count, differs, tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Protocol

    class Outcome(Protocol):
        """How a command ended, and what it printed."""

        code: int | str
        shown: str


DAMAGES = ("a bit flips", "cut", "emptied", "removed", "another file's bytes")
REPORTED = 10
"""Of the damaged runs, one in so many is asked for its report; the tables of all are read."""


def damaged(folder: Path, tried: Callable[..., Outcome], *, seed: int, number: int | None = None) -> Count:
    """Damage each stored file of a run in a way drawn with a seed, show the run and let it go on.

    Parameters
    ----------
    folder : pathlib.Path
        An empty folder to work in.
    tried : callable
        Runs a command in this process and returns how it ended.
    seed : int
        Seed of the damages.
    number : int, optional
        Files that are damaged, drawn at random; by default all.
    """
    rng, count = np.random.default_rng(seed), Count("stored file that is damaged")
    command = (*COMMANDS["run"], "--quiet", "--out")
    run = folder / "run"
    done = tried((*command, str(run)), limit_s=600)
    if done.code != 0:
        raise RuntimeError(done.shown)
    expected = tables(run)
    files = sorted(file.relative_to(run) for file in run.rglob("*") if file.is_file() and ".lock" not in file.name)
    for index in sorted(rng.permutation(len(files))[:number]):
        name, again = files[index], folder / "again"
        shutil.copytree(run, again)
        how = _damage(rng, again / name, run / files[index - 1])
        wrong = _read(again, str(name))
        if count.tried % REPORTED == 0:
            shown = tried(("report", str(again)))
            wrong = wrong or _wrong(str(name), shown.code, shown.shown)
        gone = tried((*command, str(again)))
        wrong = wrong or _wrong(str(name), gone.code, gone.shown)
        if wrong is None and gone.code == 0:
            wrong = differs(tables(again), expected)
        count.note(f"{name} {how}", wrong)
        shutil.rmtree(again)
    return count


def _read(run: Path, name: str) -> str | None:
    """Return what is wrong about how the tables of a run are read."""
    try:
        load_result(run)
    except XijiangError as error:
        return _wrong(name, 1, str(error))
    return None


def _damage(rng: np.random.Generator, file: Path, other: Path) -> str:
    """Damage a file; return how."""
    how, content = DAMAGES[int(rng.integers(len(DAMAGES)))], file.read_bytes()
    if how == "removed":
        file.unlink()
    elif how == "another file's bytes":
        file.write_bytes(other.read_bytes())
    elif how == "a bit flips":
        spoilt = bytearray(content)
        spoilt[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
        file.write_bytes(spoilt)
    else:
        file.write_bytes(content[: len(content) // 2] if how == "cut" else b"")
    return how


def _wrong(name: str, code: int | str, shown: str) -> str | None:
    """Return what is wrong about how a command took a damage: it goes on, or one message names the file.

    The remedy that a message ends with names files too: what counts is its first sentence.
    """
    if code == 0 and "Traceback" not in shown:
        return None
    accused = " ".join(shown.split()).partition(". ")[0]
    # a file whose name ends alike is another file
    if code == 1 and re.search(rf"(?<![\w.-]){re.escape(name)}\b", accused) and "Traceback" not in shown:
        return None
    return f"ended with {code}: {shown[-300:]}"
