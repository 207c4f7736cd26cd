"""The report in headless Chromium: plots are drawn, nothing is fetched, data is neither markup nor formula."""

import csv
import dataclasses
import html
import io
import re
import shutil
import subprocess

import polars as pl
import pytest

from data import load_county
from experiments.report.page import write_report

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
CLICKS = """<script>
URL.createObjectURL = blob => { blob.text().then(text => {
  const told = document.createElement('pre');
  told.className = 'file';
  told.textContent = text;
  document.body.append(told);
}); return '#'; };
document.querySelectorAll('button[data-csv]').forEach(button => button.click());
</script>"""
EVIL = '<a href="http://x">=1+1</a>'

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


def opened(page, tmp_path):
    """Return the document that Chromium makes of a page."""
    return subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_plot_is_drawn(page_by_hand, tmp_path, language):
    dump = opened(page_by_hand(language), tmp_path)
    plots = len(re.findall(r'id="plot-\d+"', dump))
    drawn = set(re.findall(r'id="(plot-\d+)" class="plotly-graph-div js-plotly-plot"', dump))
    assert plots >= 8
    assert len(drawn) == plots
    assert dump.count('class="main-svg"') >= 2 * plots


def test_names_from_data_are_text_in_plots_and_tables_and_no_formula_is_downloaded(run_by_hand, tmp_path):
    county = load_county("deqing")
    names = {"name_en": pl.lit(EVIL), "name_zh": pl.lit(EVIL)}
    tables = {**county.tables, "towns": county.towns.with_columns(**names)}
    tables["service_areas"] = county.service_areas.with_columns(**names)
    tables["lng_stations"] = county.lng_stations.with_columns(**names)
    tables["sources"] = county.sources.with_columns(title=pl.lit("\t=2+2"))
    run = run_by_hand(dataclasses.replace(county, tables=tables))
    page = write_report(run, tmp_path / "report.html")
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", f"{CLICKS}</body>"), encoding="utf-8")
    dump = opened(page, tmp_path)
    assert not re.search(r'<a\b[^>]*href="http://x"', dump)
    assert len(re.findall(r"<text\b[^>]*>[^<]*&lt;a href=", dump)) > 5  # plotly shows the name as it is
    texts = [html.unescape(text) for text in re.findall(r'class="file">(.*?)</pre>', dump, re.DOTALL)]
    files = [list(csv.reader(io.StringIO(text))) for text in texts]
    assert len(files) == len(re.findall(r"<button\b[^>]*\bdata-csv\b", dump))
    cells = [cell for file in files for row in file for cell in row]
    assert "'=2+2" in cells
    assert [cell for cell in cells if re.match(r"\s*[=@]|\s*[+-](?![\d.,]+( ?%)?$)", cell.lstrip("\ufeff"))] == []
