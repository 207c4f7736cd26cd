"""The commands of docs/files.md do what the page says."""

import re
import shlex
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "files.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]


def test_the_python_of_the_page_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    exec(compile(code, str(PAGE), "exec"), {})  # noqa: S102 - the code of our own page
    assert "LeftOut" in capsys.readouterr().out


@pytest.mark.whole
def test_the_commands_of_the_page_run_in_order(xijiang, tmp_path):
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    assert len(COMMANDS) == 7
    for line in COMMANDS:
        command = shlex.split(line)[1:]
        quiet = ["--quiet"] if command[0] == "run" else []
        code, out, err = xijiang(*command, *quiet)
        assert code == 0, (line, err)
        assert out
    layout = pl.read_csv("mine.csv")
    assert layout.select("station_id", "town", "pile_kw").rows() == [
        ("官圩市场", "guanxu", 60.0),
        ("客运站", "decheng", 7.0),
        ("客运站", "decheng", 120.0),
        ("镇政府", layout.filter(station_id="镇政府")["town"].item(), 7.0),
    ]
    left = pl.read_csv("log-left-out.csv")["reason"].to_list()
    assert [reason.split(":")[0] for reason in left] == ["duplicate", "negative length"]
    assert "广州南" in pl.read_csv("mine-left-out.csv")["what"].to_list()
    assert (tmp_path / "calibration" / "county" / "profiles.csv").is_file()
