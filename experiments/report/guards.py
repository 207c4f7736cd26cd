"""What comes from data stays data: no markup in the labels of plots, no formulas in the CSV files of tables."""

from __future__ import annotations

import html
import re
from typing import Final

from markupsafe import Markup, escape

_FORMULA: Final = re.compile(r"[\s\x00]*[=+\-@\t\r]")
"""How a cell begins that a spreadsheet computes instead of showing; it skips blanks before the sign."""

_NUMBER: Final = re.compile(r"[+-]?[\d,]*\.?\d+(e[+-]?\d+)?( ?%)?", re.IGNORECASE)


def label(text: str) -> str:
    """Return a text that plotly draws as it is: plotly reads ``<b>``, ``<a href>`` and entities in every label."""
    return html.escape(text, quote=False)


def coded(text: str) -> Markup:
    """Return a text for the page in which what stands between backticks is code; the rest is escaped."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just before


def csv_cell(text: str) -> str:
    """Return a cell that a spreadsheet shows as text or number and never computes: formulas get an apostrophe."""
    shown = text.strip()
    formula = _FORMULA.match(text) or text.startswith(("\t", "\r"))
    return f"'{shown}" if formula and not _NUMBER.fullmatch(shown) else shown
