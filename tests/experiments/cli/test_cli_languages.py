"""What the terminal says beside the report is said in Chinese too: answers, counties, runs, progress."""

import re

import pytest
from rich.cells import cell_len

from experiments.cli.display import StatusLine, interruptible, progress_text
from experiments.report.language import translator
from experiments.runs.execute import Progress

CODES = re.compile(r"[\w./-]+\.(csv|toml)|[a-z]+_[a-z0-9_]+|--[a-z]+|[A-Z]{2,}\d?|kWh?|xijiang[a-z ]*|demo")


def english(text):
    """Return the English words of a text that are neither names of columns and files nor commands."""
    return re.findall(r"[A-Za-z]{3,}", CODES.sub("", text))


def test_a_county_begun_and_checked_in_chinese(xijiang):
    code, out, _ = xijiang("county", "new", "demo", "--minimal", "--lang", "zh")
    assert code == 0
    assert re.match(r"demo：\d+ 张表，1 个布局\n", out)
    code, out, _ = xijiang("county", "check", "demo", "--lang", "zh")
    assert code == 0
    assert out.startswith("demo：没有错误。\n可以运行。\n可以回答：")
    assert max(map(cell_len, out.splitlines())) <= 80
    assert "  - 河流: 加入 river_nodes.csv" in out
    assert english(out) == []


def test_a_quick_answer_in_chinese(xijiang):
    asked = ("quick", "--residents", "60000", "--evs", "900", "--year", "2027")
    code, out, _ = xijiang(*asked, "--lang", "zh")
    assert code == 0
    assert out.startswith("2027 年：满足服务标准所需的充电桩。")
    assert max(map(cell_len, out.splitlines()[:3])) <= 80
    assert english(out) == []
    numbers = [re.findall(r"\d[\d,.]*", said) for said in (xijiang(*asked, "--lang", "en")[1], out)]
    assert sorted(numbers[0]) == sorted(numbers[1])


def test_runs_and_scenarios_in_chinese(xijiang):
    assert xijiang("runs", "list", "--lang", "zh")[1] == "runs 中没有运行。\n"
    code, out, _ = xijiang("scenarios", "--lang", "zh")
    assert code == 0
    assert "它回答的问题" in out
    assert "下一步：xijiang run NAME --dry-run" in out


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Progress(2, 10, 1, None, {"sessions": 4321, "calls": 7}, 12.0), "第 3 次重复，共 10 次，其中 1 个为先前所存"),
        (Progress(10, 10, 0, None, {}, None), "重复 10 次，共 10 次"),
        (Progress(5, 5, 0, None, {}, None, short=(3, 65)), "假设取样的短程运行第 3 次，共 65 次"),
    ],
)
def test_progress_in_chinese(step, words):
    assert progress_text(step, translator("zh")).startswith(words)


def test_what_an_interrupted_command_leaves_in_chinese(capsys):
    for kept, words in (("存于 out", "已停止：存于 out；用同一命令可继续。"), ("", "加 --out 可保存已完成的部分")):
        with pytest.raises(BaseException, match="130"), interruptible(kept, translator("zh")):
            raise KeyboardInterrupt
        assert words in capsys.readouterr().err


def test_a_line_of_progress_fills_the_columns_of_the_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    line = StatusLine(translator("zh"), shown=True)
    line.show("第 3 次重复，共 10 次，其中 1 个为先前所存；约剩 12 秒")
    shown = capsys.readouterr().err.removeprefix("\r")
    assert cell_len(shown) == 39
