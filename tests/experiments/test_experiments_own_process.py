"""The collector of cycles in the processes of the command line, and in those of others."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from experiments.cli import main

FRESH = """
import atexit, gc, sys
# registered first, so it runs last
atexit.register(lambda: print(gc.get_freeze_count() > len(held)))
from experiments.own_process import OBJECTS, collect_late
collect_late()
held = [[number] for number in range(200_000)]
print(gc.get_freeze_count())
more = [[number] for number in range(110_000)]
print(gc.get_freeze_count() > len(held), gc.get_threshold()[0] == OBJECTS)
"""


def test_the_collector_leaves_what_is_loaded_alone_and_comes_more_often_afterwards():
    done = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, check=True)
    assert [line.strip() for line in done.stdout.splitlines()] == ["0", "True True", "True"]


def test_a_command_that_a_script_calls_leaves_the_collector_of_the_script_alone(capsys):
    before = gc.get_threshold(), gc.get_freeze_count(), list(gc.callbacks)
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out.startswith("xijiang ")
    assert (gc.get_threshold(), gc.get_freeze_count(), list(gc.callbacks)) == before
