"""The page at work in Chromium: quiet, nothing sticks out, sorted and filtered by keyboard, printed, accessible."""

import csv
import dataclasses
import io
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from data import load_county
from experiments.designs.doubted import DOUBT
from experiments.designs.judgement import BURDEN, DIFFERENCES, GROUPS, RANKING
from experiments.designs.swept import Sweep
from experiments.report.compared import write_comparison
from experiments.report.language import LANGUAGES
from experiments.report.page import write_report
from experiments.statistics.measures import SERVICE

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(__file__).parent / "assets" / "axe.min.js"
EVIL = "<script>alert(1)</script>"
PAPER_PX = 703  # 210 mm less the page's margins, at 96 dots per inch
OUTSIDE = """() => {
  const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll('body *')].filter(part => {
    const box = part.getBoundingClientRect();
    return box.width && !part.closest('.scroll, .sr, svg') && (box.right > wide + 1 || box.left < -1);
  }).map(part => part.outerHTML.slice(0, 80));
}"""
CLIPPED = """() => [...document.querySelectorAll('p, li, td, th, summary, figcaption, h1, h2')]
  .filter(part => !part.closest('.sr') && part.scrollWidth > part.clientWidth + 1 && part.clientWidth)
  .map(part => part.outerHTML.slice(0, 80))"""
OVERLAPPING = """() => {
  const seen = part => getComputedStyle(part).visibility !== 'hidden' && part.textContent.trim();
  const texts = [...document.querySelectorAll('main svg text')].filter(seen);
  const kinds = 'p, li, td, th, summary, figcaption, h2, h3, label, button, select, output';
  const lines = [...document.querySelectorAll(`main :is(${kinds})`)]
    .filter(part => !part.closest('.sr, .scroll, svg') && seen(part) && part.clientHeight);
  // boxes are a little larger than their letters
  const beside = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1;
  const below = (a, b) => a.bottom <= b.top + 6 || b.bottom <= a.top + 6;
  const faults = [];
  for (const group of [...Map.groupBy(texts, part => part.closest('.js-plotly-plot')).values(),
                       ...Map.groupBy(lines, part => part.closest('section')).values()]) {
    const boxes = group.map(part => [part, part.getBoundingClientRect()]).filter(([, box]) => box.width);
    boxes.forEach(([one, box], at) => boxes.slice(at + 1).forEach(([other, second]) => {
      if (one.contains(other) || other.contains(one) || beside(box, second) || below(box, second)) return;
      faults.push(`${one.textContent.trim().slice(0, 40)} | ${other.textContent.trim().slice(0, 40)}`);
    }));
  }
  return faults;
}"""
"""Texts that stand on others: in each plot, and in each section."""
CUT = """() => [...document.querySelectorAll('main svg.main-svg')].flatMap(plot => {
  const frame = plot.getBoundingClientRect();
  const sides = ['left', 'top', 'right', 'bottom'];
  return [...plot.querySelectorAll('text')].filter(part => {
    const box = part.getBoundingClientRect();
    const over = sides.some((side, at) => (at < 2 ? frame[side] - box[side] : box[side] - frame[side]) > 1);
    return over && box.width && part.textContent.trim() && getComputedStyle(part).visibility !== 'hidden';
  }).map(part => part.textContent.trim().slice(0, 40));
})"""
"""Texts of plots that reach beyond them."""
SEVERE = """() => axe.run({resultTypes: ['violations'], elementRef: false, selectors: false}).then(found => ({
  passed: found.passes.length,
  faults: found.violations.filter(fault => ['serious', 'critical'].includes(fault.impact))
    .map(fault => fault.id + ': ' + fault.nodes[0].html.slice(0, 80)),
}))"""

SYMBOL = """number => {
  const plot = document.querySelector('#s-map .js-plotly-plot'), box = plot.getBoundingClientRect();
  const part = plot.data.find(one => one.meta === 'stations'), {xaxis, yaxis} = plot._fullLayout;
  return [box.left + xaxis._offset + xaxis.l2p(part.x[number]), box.top + yaxis._offset + yaxis.l2p(part.y[number])];
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(chromium, page_file, *, width=1280, **context):
    """Return the page of a report, and what it said and asked for while opening."""
    page = chromium.new_page(viewport={"width": width, "height": 900}, **context)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda asked: said.append(asked.url) if asked.url.startswith(("http", "ws")) else None)
    page.goto(page_file.as_uri())
    page.wait_for_selector(".js-plotly-plot .main-svg")
    # sizes are set when all is loaded, in a frame or two
    page.wait_for_function("document.readyState === 'complete'")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 400)))")
    return page, said


@pytest.fixture(scope="module")
def english(chromium, page_by_hand):
    """Return the English report and what it said: opening it takes longer than what tests do with it.

    They leave it as they found it: nothing is filtered, and the evidence is folded.
    """
    page, said = opened(chromium, page_by_hand("en"))
    yield page, said
    page.close()


def faults(page, code):
    """Return what a check finds, once the page has had time to settle on a busy machine."""
    for _ in range(50):
        found = page.evaluate(code)
        if not found:
            break
        page.wait_for_timeout(200)
    return found


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [
        ("en", 1280, "light"),
        ("zh", 390, "dark"),
        pytest.param("zh", 1280, "light", marks=pytest.mark.slow),
        pytest.param("en", 390, "dark", marks=pytest.mark.slow),
    ],
)
def test_f8_the_page_is_quiet_fits_and_is_accessible(chromium, page_by_hand, language, width, scheme):
    page, said = opened(chromium, page_by_hand(language), width=width, color_scheme=scheme)
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults(page, OUTSIDE) == []
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert faults(page, OUTSIDE) == []
    assert faults(page, OVERLAPPING) == []
    assert faults(page, CUT) == []
    page.add_script_tag(path=AXE)
    found = page.evaluate(SEVERE)
    assert found["passed"] > 15
    assert found["faults"] == []
    page.close()


def compared_by_hand(run):
    """Return a comparison of two alternatives with a long name, as `write_comparison` takes it."""
    names = ("plan-2025", f"half-plan {EVIL}")
    run.tables["layout"] = run.county.layout("plan-2025")
    change = {"alternative": names[1], "reference": 10.0, "other": 12.0, "difference": 2.0, "low": 1.0, "high": 3.0}
    change |= {"judgement": "worse", "pairs": 3, "unit": "min", "words": ""}
    measures = [{**change, "measure": name} for name in SERVICE]
    towns = [{**change, "by": "town", "key": town, "measure": BURDEN} for town in run.county.towns["town"]]
    ranks = [(1, names[0], BURDEN, 10.0, 0.9, 0.8), (2, names[1], BURDEN, 12.0, 0.1, 0.2)]
    return SimpleNamespace(
        names=names,
        differences=pl.DataFrame([{**dict.fromkeys(DIFFERENCES), **row} for row in measures], schema=DIFFERENCES),
        groups=pl.DataFrame([{**dict.fromkeys(GROUPS), **row} for row in towns], schema=GROUPS),
        ranking=pl.DataFrame(ranks, schema=RANKING, orient="row"),
        doubt=DOUBT.to_frame(),
        deciding=list(SERVICE),
        results=[run, run],
    )


def swept_by_hand(scenario):
    """Return a sweep of two points."""
    waits = {"wait_mean_min": [12.5, 3.0], "wait_mean_min_low": [11.0, 2.0], "wait_mean_min_high": [14.0, 4.0]}
    points = pl.DataFrame({"point": [0, 1], "charging.max_tries": [1.0, 4.0], **waits, "late_share": [0.25, 0.125]})
    return Sweep(scenario, ("charging.max_tries",), points)


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [
        (1280, "dark", "zh"),
        (390, "light", "en"),
        pytest.param(1280, "dark", "en", marks=pytest.mark.slow),
        pytest.param(390, "light", "zh", marks=pytest.mark.slow),
    ],
)
def test_pages_of_comparisons_and_designs_fit_and_are_accessible(
    chromium, run_by_hand, small_scenario, tmp_path, language, width, scheme
):
    pages = [
        write_comparison(compared_by_hand(run_by_hand()), tmp_path / "comparison.html", language=language),
        swept_by_hand(small_scenario).report(tmp_path / "sweep.html", language=language, commands=["xijiang sweep"]),
    ]
    for file in pages:
        page, said = opened(chromium, file, width=width, color_scheme=scheme)
        assert said == []
        assert [faults(page, code) for code in (OUTSIDE, OVERLAPPING, CUT)] == [[], [], []]
        page.add_script_tag(path=AXE)
        assert page.evaluate(SEVERE)["faults"] == []
        page.close()


def test_b13_a_table_sorts_by_keyboard_filters_and_is_downloaded(english):
    page, said = english
    rows = "[...document.querySelectorAll('#figures tbody tr')].map(row => row.cells[1])"
    # a cell that is downloaded as it is shown says so once
    values = f"{rows}.map(cell => parseFloat(cell.dataset.csv ?? cell.innerText))"
    head = page.locator("#figures thead button").nth(1)
    for direction, ordered in (("ascending", sorted), ("descending", lambda found: sorted(found, reverse=True))):
        head.focus()
        page.keyboard.press("Enter")
        assert page.locator("#figures thead th").nth(1).get_attribute("aria-sort") == direction
        found = page.evaluate(values)
        assert len(found) > 50
        assert found == ordered(found)
    page.locator("input[data-filter=figures]").fill("LOS_wait")
    shown = page.locator("#figures tbody tr:visible")
    assert 0 < shown.count() < 5
    assert all("los_wait" in text for text in shown.all_inner_texts())
    with page.expect_download() as waiting:
        page.locator("button[data-csv=scorecard]").click()
    rows = list(csv.reader(io.StringIO(waiting.value.path().read_text(encoding="utf-8-sig"))))
    assert waiting.value.suggested_filename == "scorecard.csv"
    assert [row[0] for row in rows] == ["target no.", "T01", "T04"]
    page.locator("input[data-filter=figures]").fill("")
    assert said == []


def test_a_link_to_the_evidence_unfolds_it(english):
    page, _ = english
    assert not page.locator("#evidence-2 p").first.is_visible()
    page.locator("#scorecard a[href='#evidence-2']").click()
    # the page learns of its new address a moment after the click
    page.locator("#evidence-2 p").first.wait_for(state="visible")
    page.locator("#evidence-2").evaluate("part => { part.open = false; }")


def test_f20_the_map_changes_its_layer_plays_a_day_and_shows_cards(english):
    page, said = english
    stations = "document.querySelector('#s-map .js-plotly-plot').data.find(part => part.meta === 'stations')"
    homes = stations.replace("'stations'", "'homes'")
    titles = page.locator("#map-layer option").all_inner_texts()
    assert len(titles) == 7
    for key, of in (("turned_away_percent", stations), ("minutes", homes)):
        page.locator("#map-layer").select_option(key)
        shown = page.evaluate(f"[{of}.marker.color, {of}.marker.colorbar.title.text]")
        assert len(shown[0]) == 2
        assert shown[1] in titles
    assert page.evaluate(f"{homes}.visible")
    page.locator("#map-time").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#map-said").inner_text().startswith("08:15 · guns in use: 1, drivers who wait: 2")
    assert page.evaluate(f"{stations}.marker.color") == [12.5, 0]
    assert page.locator("#map-layer").input_value() == "day"
    page.locator("#map-play").click()
    page.wait_for_function("!document.getElementById('map-said').innerText.startsWith('08:15')")
    page.locator("#map-play").click()
    page.locator("#map-place").select_option("towns:0")
    assert page.locator("#map-card h3").inner_text() == "Decheng"
    page.locator("#s-map .js-plotly-plot").scroll_into_view_if_needed()
    bozhi = "document.getElementById('map-card').innerText.startsWith('Bozhi service area, eastbound')"
    # a click is lost where the map is still being drawn
    for _ in range(20):
        page.mouse.click(*page.evaluate(SYMBOL, 1))
        page.wait_for_timeout(200)
        if page.evaluate(bozhi):
            break
    assert page.evaluate(bozhi)
    assert said == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_b17_nothing_is_cut_on_paper(chromium, page_by_hand, language):
    page, _ = opened(chromium, page_by_hand(language))
    page.set_viewport_size({"width": PAPER_PX, "height": 1000})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert faults(page, OUTSIDE) == []
    assert faults(page, CLIPPED) == []
    assert not page.locator(".tools:visible, nav:visible, .modebar-container:visible").count()
    wide = "Math.max(...[...document.querySelectorAll('.main-svg')].map(plot => plot.clientWidth))"
    page.wait_for_function(f"{wide} > 600 && {wide} <= {PAPER_PX}")
    assert page.locator("#evidence-2 p").first.is_visible()
    assert page.locator("#figures tbody tr:visible").count() == 24
    assert not page.locator("#s-preview:visible, #s-grid:visible").count()
    assert page.locator("p.paper:visible").count() == 2
    # of Deqing's sources, limits and plots; the evidence of its twenty targets takes five more
    assert len(re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True))) <= 15
    page.close()


def test_a_name_that_is_a_script_is_text(chromium, run_by_hand, tmp_path):
    county = load_county("deqing")
    towns = county.towns.with_columns(name_en=pl.lit(EVIL), name_zh=pl.lit(EVIL))
    run = run_by_hand(dataclasses.replace(county, tables={**county.tables, "towns": towns}))
    run.scenario = run.scenario.with_(title=EVIL, purpose=EVIL)
    page, said = opened(chromium, write_report(run, tmp_path / "report.html"))
    assert said == []
    assert page.locator("h1").inner_text() == EVIL
    assert page.locator("script", has_text="alert(1)").count() == 0
    page.close()
