"""Commands in the documents are commands: each name and option exists."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from experiments.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in page.parts)]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`(xijiang [^`]+)`")
PLACE = re.compile(r"^[A-Z|.]+$")
"""What stands for something else, such as COMMAND."""


def commands(text):
    """Return the commands of a page, in blocks and in sentences."""
    lines = [line.strip() for block in BLOCK.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in [*lines, *SPAN.findall(text)] if line.startswith("xijiang ")]


def faults(line):
    """Return what a command line names that does not exist."""
    words = shlex.split(line, comments=True)[1:]
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        if PLACE.match(words[0]) or words[0].startswith("-"):
            return []
        name, *words = words
        if name not in command.commands:
            return [name]
        command = command.commands[name]
    known = {
        "--help",
        "--debug",
        *(name for option in command.params for name in (*option.opts, *option.secondary_opts)),
    }
    options = [word.partition("=")[0] for word in words if re.match(r"^--?[a-z]", word)]
    return [option for option in options if option not in known]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_in_documents_exist(page):
    found = {line: faults(line) for line in commands(page.read_text("utf-8"))}
    assert {line: wrong for line, wrong in found.items() if wrong} == {}


def test_the_test_sees_a_command_that_does_not_exist():
    assert faults("xijiang rum deqing-2030") == ["rum"]
    assert faults("xijiang county chek mine") == ["chek"]
    assert faults("xijiang run deqing-2030 --layuot x -n 3  # three") == ["--layuot"]
    assert faults("xijiang run deqing-2030 --set a=b -n 3") == []
    assert sum(len(commands(page.read_text("utf-8"))) for page in PAGES) > 80
