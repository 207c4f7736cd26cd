"""What the terminal shows: ids in full, eighty columns, and that something is being done."""

import io
import re
from pathlib import Path

import pytest
from rich.table import Table

from experiments.cli import display
from experiments.report.language import translator
from experiments.runs.execute import Progress

CLI = Path(display.__file__).parent
ID = "deqing-2030-spring-festival-with-a-long-name-of-its-own-0123456789abcdef"
# commands that take more than three seconds on Deqing
LONG = ("run", "compare", "size", "carbon", "sweep", "sensitivity", "calibrate", "monitor", "quick", "verify")


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self):
        return True


def table(columns=10):
    made = Table("folder", *(f"column {number}" for number in range(columns)))
    made.add_row(ID, *("a few words that may be broken",) * columns)
    return made


def test_ids_are_whole_in_a_pipe_however_many_columns_there_are():
    assert ID in display.render(table())
    assert "…" not in display.render(table(30))


def test_a_terminal_of_80_columns_folds_ids_and_cuts_nothing(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    text = re.sub(r"\x1b\[[0-9;]*m", "", display.render(table(2)))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    cells = "".join(line.split("│")[1].strip() for line in lines if line.startswith("│"))
    assert cells == ID
    assert "…" not in text


def test_work_without_an_end_in_sight_is_shown_in_a_terminal_alone(monkeypatch):
    for terminal, shown in ((Terminal(), True), (io.StringIO(), True), (Terminal(), False)):
        monkeypatch.setattr("sys.stderr", terminal)
        with display.working("draws of the accounts", shown=shown):
            pass
        assert ("draws of the accounts" in terminal.getvalue()) == (shown and terminal.isatty())


@pytest.mark.parametrize("command", LONG)
def test_f25_every_long_command_shows_progress(command):
    text = (CLI / f"{command}.py").read_text("utf8")
    assert re.search(r"with [^\n]*(working\(|\bline\b|\bbar\b|\bbusy\b)", text)


def test_short_runs_over_the_assumptions_have_their_progress():
    step = Progress(5, 5, 0, None, {}, 12.0, short=(3, 65))
    assert display.progress_text(step, translator("en")) == "short run 3 of 65 over the assumptions; about 12 s left"


def test_b10_runs_list_in_a_pipe_has_whole_folder_names(xijiang, small_toml):
    folder = f"runs/{ID}"
    assert xijiang("run", small_toml, "--out", folder, "--quiet", "--set", "fleet.ebikes=false")[0] == 0
    code, out, _ = xijiang("runs", "list")
    assert code == 0
    assert folder in out


def test_b8_the_next_command_names_the_scenario_that_was_asked_for(xijiang, small_toml):
    code, out, _ = xijiang("carbon", small_toml, "--samples", "0", "--years", "2025")
    assert code == 0
    assert f"Next:   xijiang carbon {small_toml} --out carbon" in out


def test_a_line_in_a_pipe_ends_with_its_border_in_chinese_too():
    from rich.cells import cell_len
    from rich.table import Table

    shown = Table(title="2025年普通一周", title_justify="left")
    rows = [
        (
            "T07",
            "新增交通工具的新能源与清洁能源比例",
            "≥ 40.0 %",
            "2030",
            "58.9 %",
            "随假设变动：40.3 %至78.3 %",
            "进度正常",
        ),
        ("T15", "港口码头 (最后一个码头的启用年份)", "≤ 2025", "2025", "2027", "", "晚于目标年达成"),
    ]
    for head in ("", "措施", "目标", "年", "数值", "区间", "判定"):
        shown.add_column(head)
    for row in rows:
        shown.add_row(*row)
    _title, *lines = display.render(shown).splitlines()
    assert {cell_len(line) for line in lines} == {cell_len(lines[0])}
    assert all(line[-1] in "┓┃┩│┘" for line in lines)
    # no phrase is cut, only folded between its words
    assert all(word in "\n".join(lines) for row in rows for cell in row for word in cell.split())
