"""The wheel holds all tables, and works from an empty directory."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("fleet", "charging", "shipping", "data", "experiments")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(out.glob("*.whl"))


@pytest.mark.whole
def test_the_wheel_holds_every_source_and_table(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(ROOT).as_posix() in inside
    # neither tests nor benchmarks nor documents
    tops = {name.partition("/")[0] for name in inside}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


@pytest.mark.whole
def test_the_wheel_runs_from_an_empty_directory(wheel, tmp_path):
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    empty = tmp_path / "empty"
    empty.mkdir()
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import data, experiments\n"
        f"assert data.__file__.startswith({str(site)!r}), data.__file__\n"
        "from experiments.cli import main\n"
        "few = ['--set', 'shipping.enabled=false', '--set', 'fleet.ebikes=false', '--set', 'fleet.towns=false']\n"
        "sys.argv = ['xijiang', 'run', '-n', '1', '--days', '1', *few, '--quiet', '--out', 'made']\n"
        "main()\n"
    )
    # machine code is kept by place: compiling the rules anew here would show nothing of the wheel
    plain = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    made = subprocess.run(
        [sys.executable, "-c", code], cwd=empty, env=plain, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    assert (empty / "made" / "report.html").stat().st_size > 100_000
    assert (empty / "made" / "scorecard.parquet").is_file()


def test_no_table_hides_behind_an_ignore_rule():
    tables = [path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*.csv")]
    listed = subprocess.run(["git", "check-ignore", *tables], cwd=ROOT, capture_output=True, text=True, check=False)
    assert listed.stdout == ""
