"""How notebooks of the documents show figures: with the plotly that the page has loaded, without a network."""

from __future__ import annotations

from typing import Any

import plotly.io
from plotly.io.base_renderers import MimetypeRenderer


class _OfPage(MimetypeRenderer):
    """Draws with the plotly of the page."""

    def to_mimebundle(self, fig_dict: dict[str, Any]) -> dict[str, str]:
        """Return the figure as a part of the page."""
        html = plotly.io.to_html(fig_dict, include_plotlyjs=False, full_html=False, validate=False)
        return {"text/html": html}


plotly.io.renderers["docs"] = _OfPage()
plotly.io.renderers.default = "docs"
