"""Settings of the documents: `make docs` builds them with warnings as errors and runs every example."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
# pages that are made of the schemas and packages, before Sphinx looks for sources
sys.path.insert(0, str(HERE))
# notebooks run in processes of their own, which find this tree first
os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), str(HERE), os.environ.get("PYTHONPATH", "")])

import mathml  # noqa: E402 - found by the line above
from generated_pages import write_pages  # noqa: E402 - as above

write_pages(HERE / "generated")

project = "xijiang"
copyright = ""  # noqa: A001 - the name that Sphinx asks for
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
html_theme = "furo"
html_title = "xijiang"
exclude_patterns = ["_build", "generated/commands.md", "generated/limits.md"]  # parts of other pages
# pages that a version may lack: the study of Deqing, benchmarks
suppress_warnings = ["mystnb.unknown_mime_type", "toc.empty_glob"]
# plots need no network: `offline_plots` names the plotly that lies here
html_static_path = ["../experiments/report/assets"]

myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3

# formulas are MathML that browsers draw themselves: pages need no network
html_math_renderer = "mathml"

nb_execution_mode = "force"
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True

autodoc_typehints = "none"  # docstrings say shapes and units
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True  # attributes that are properties too are described once

setup = mathml.setup
