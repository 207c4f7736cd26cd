"""The report: one HTML file that works offline."""

from __future__ import annotations

from experiments.report.page import write_report

__all__ = ["write_report"]
