"""The report in headless Chromium: plots are drawn, nothing is fetched."""

import re
import shutil
import subprocess

import pytest

from experiments import Scenario, run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=8000",
]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_every_plot_is_drawn(tmp_path):
    result = run(Scenario.load("deqing-2025").with_(days=1), replications=1, seed=1)
    page = result.report(tmp_path / "report.html")
    dump = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    plots = len(re.findall(r'id="plot-\d+"', dump))
    drawn = set(re.findall(r'id="(plot-\d+)" class="plotly-graph-div js-plotly-plot"', dump))
    assert plots >= 8
    assert len(drawn) == plots
    assert dump.count('class="main-svg"') >= 2 * plots
