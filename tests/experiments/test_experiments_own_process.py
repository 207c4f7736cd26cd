"""The collector of cycles in the processes of the command line, and in those of others; how these processes end."""

from __future__ import annotations

import gc
import signal
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


HALF_MADE = """
import atexit, os, sys
from experiments.own_process import collect_late, end_as_it_is
collect_late()

class HalfMade:
    def __del__(self, write=os.write):
        write(2, b"taken apart")

# in no cycle: the collector leaves those alone at the end
sys.half_made = HalfMade()
atexit.register(print, "tidied up")
if sys.argv[1:]:
    end_as_it_is(int(sys.argv[1]))
"""


@pytest.mark.parametrize(("asked", "code", "said"), [(["130"], 130, ""), ([], 0, "taken apart")])
def test_a_process_that_was_interrupted_takes_nothing_apart(asked, code, said):
    done = subprocess.run([sys.executable, "-c", HALF_MADE, *asked], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "tidied up\n", said)


INTERRUPTED_AT_ITS_END = """
import atexit, signal, sys
from experiments.cli import main
atexit.register(signal.raise_signal, signal.SIGINT)
sys.argv = ["xijiang", "--version"]
main()
"""


def test_ctrl_c_while_a_command_that_is_done_ends_prints_no_traceback():
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_AT_ITS_END], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")
    assert done.stdout.startswith("xijiang ")
