"""Draw the picture of the README: map and load of a day of Deqing, as the report draws them.

Run it where Chromium is: ``python docs/readme_picture.py``.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import plotly.io
from playwright.sync_api import sync_playwright

from experiments import Scenario, run

PICTURE = Path(__file__).parent / "pictures" / "deqing-2030.png"
ASSETS = Path(__file__).parents[1] / "experiments" / "report" / "assets"
SIZE = {"width": 1180, "height": 620}
WIDTHS = (730, 450)


def page() -> str:
    """Return a page with both figures side by side."""
    result = run(Scenario.load("deqing-2030", sets=["days=1"]), replications=2)
    figures = (result.plot.map(), result.plot.load())
    parts = [
        plotly.io.to_html(
            figure.update_layout(height=600, width=width),
            include_plotlyjs=False,
            full_html=False,
            config={"staticPlot": True},
        )
        for figure, width in zip(figures, WIDTHS, strict=True)
    ]
    script = (ASSETS / "plotly-basic.min.js").read_text("utf-8")
    body = "".join(f"<div>{part}</div>" for part in parts)
    return f"<meta charset=utf-8><script>{script}</script><body style='margin:0;display:flex;background:#fff'>{body}"


def main() -> None:
    """Write the picture."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("readme_picture: no Chromium on this machine; install one.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        file = Path(folder) / "page.html"
        file.write_text(page(), "utf-8")
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = browser.new_page(viewport=SIZE)
        shown.goto(file.as_uri())
        shown.wait_for_function("document.querySelectorAll('.main-svg').length >= 2")
        PICTURE.parent.mkdir(exist_ok=True)
        shown.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
