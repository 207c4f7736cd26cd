"""What the report carries in itself: the file that is named, of the version of the library, and enough of it."""

import hashlib
import re
from importlib.resources import files

import plotly
import pytest
from plotly.offline import get_plotlyjs_version

from experiments.report.language import translator
from experiments.report.sections import sections
from experiments.report.words.place_names import PlaceNames

ASSETS = files("experiments.report").joinpath("assets")
BUNDLE = "plotly-basic.min.js"
ENTRY = rf"`{BUNDLE}` \| [^|]*? (\d+\.\d+\.\d+) \| MIT, [^|]* \| `([0-9a-f]{{64}})`"
DRAWN = {"scatter", "bar", "pie"}
MOST_BYTES = 2_000_000


def test_the_bundle_is_the_file_that_its_table_names_and_of_the_librarys_version():
    version, sha256 = re.search(ENTRY, ASSETS.joinpath("README.md").read_text(encoding="utf-8")).groups()
    content = ASSETS.joinpath(BUNDLE).read_bytes()
    assert hashlib.sha256(content).hexdigest() == sha256
    assert f"(basic - minified) v{version}".encode() in content[:200]
    assert get_plotlyjs_version() == version, f"plotly {plotly.__version__} draws with another version"
    assert "MIT" in ASSETS.joinpath("plotly-LICENSE").read_text(encoding="utf-8")


def test_all_plots_are_of_kinds_that_the_bundle_draws(run_by_hand):
    result, translate = run_by_hand(), translator("en")
    parts = sections(result, PlaceNames(result.county, "en", translate), translate)
    kinds = [trace["type"] for part in parts for plot in part.plots if plot.figure for trace in plot.figure.data]
    assert {"scatter", "bar"} <= set(kinds) <= DRAWN


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_takes_less_than_two_megabytes(page_by_hand, language):
    assert page_by_hand(language).stat().st_size < MOST_BYTES
