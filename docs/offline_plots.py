"""How notebooks of the documents show figures: with the plotly of the reports, without a network."""

from __future__ import annotations

from typing import Any

import plotly.io
from plotly.io.base_renderers import MimetypeRenderer

# pages with figures lie one folder deep
_SCRIPT = '<script src="../_static/plotly-basic.min.js"></script>'


class _OfPage(MimetypeRenderer):
    """Draws with the plotly that lies beside the pages; the first figure of a page loads it."""

    loaded = False

    def to_mimebundle(self, fig_dict: dict[str, Any]) -> dict[str, str]:
        """Return the figure as a part of the page."""
        html = plotly.io.to_html(fig_dict, include_plotlyjs=False, full_html=False, validate=False)
        script = "" if _OfPage.loaded else _SCRIPT
        _OfPage.loaded = True
        return {"text/html": script + html}


plotly.io.renderers["docs"] = _OfPage()
plotly.io.renderers.default = "docs"
