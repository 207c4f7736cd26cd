"""Memory of a run hardly grows with its replications: tables stream to the folder, and only some columns come back."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

STATUS = Path("/proc/self/status")
ROWS = 40_000
FEW, MANY = 7, 28
"""Both are more rows than a row group, so that both fill one in memory."""
MOST_GROWTH_MB = 150.0
"""The columns of sessions and load that score and report read grow by some 100 MB; whole tables grow by 460 MB."""

SIMULATOR = f"""
import numpy as np
import polars as pl
from experiments.runs.tables import REPLICATED, RUN_TABLES

ROWS = {ROWS}


def of_kind(kind, draw):
    if kind == pl.Float64:
        return draw.random(ROWS)
    if kind.is_integer():
        return np.arange(ROWS)
    return ["served"] * ROWS if kind == pl.String else [None] * ROWS


def simulate(case, replication):
    draw = np.random.default_rng(replication)
    tables = {{name: RUN_TABLES[name].empty() for name in REPLICATED}}
    for name in ("sessions", "load"):
        columns = RUN_TABLES[name].columns
        filled = {{column: of_kind(kind, draw) for column, kind in columns.items()}}
        tables[name] = pl.DataFrame(filled, schema_overrides=columns).select(list(columns))
    # a day of 96 intervals
    tables["load"] = tables["load"].with_columns(start_min=15.0 * (pl.int_range(pl.len()) % 96))
    return {{name: RUN_TABLES[name].of_replication(table, replication) for name, table in tables.items()}}
"""
RUN = """
import sys
from pathlib import Path
from data.memory import stored_tables
from experiments.runs.execute import run
from experiments.scenario.model import Scenario
# as if the tables were those of a thousand replications
stored_tables.KEPT_BYTES = 0
scenario = Scenario.load(sys.argv[1])
result = run(scenario, replications=int(sys.argv[2]), out=sys.argv[3], simulator="many_rows:simulate")
result.report(Path(sys.argv[3]) / "report.html")
print(result.manifest["rows"]["sessions"])
print(Path("/proc/self/status").read_text())
"""


def peak_mb(folder, scenario, replications):
    """Return the rows of the sessions and the peak memory of a process that runs so many replications."""
    command = [sys.executable, "-c", RUN, scenario, str(replications), str(folder / f"run-{replications}")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    rows, status = done.stdout.split("\n", 1)
    # asked of the process itself: what the system says of a child may be the peak of its parent
    return int(rows), int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


@pytest.mark.slow
@pytest.mark.whole
@pytest.mark.skipif(not STATUS.exists(), reason="the system does not say how much memory a process took")
def test_four_times_as_many_replications_take_little_more_memory(small_toml, tmp_path):
    (tmp_path / "many_rows.py").write_text(SIMULATOR, encoding="utf-8")
    few, before = peak_mb(tmp_path, small_toml, FEW)
    many, after = peak_mb(tmp_path, small_toml, MANY)
    assert (few, many) == (FEW * ROWS, MANY * ROWS)
    assert after - before < MOST_GROWTH_MB, (before, after)
