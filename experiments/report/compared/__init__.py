"""The report of a comparison: which alternative is best and how sure that is, where it matters, and what it costs."""

from __future__ import annotations

from experiments.report.compared.compared_page import write_comparison

__all__ = ["write_comparison"]
