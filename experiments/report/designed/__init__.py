"""The report of a design: a sizing, a sweep, a sensitivity analysis, in the form of the report of a run."""

from __future__ import annotations

from experiments.report.designed.design_page import DesignPage, write_design
from experiments.report.designed.plain_tables import shown_frame

__all__ = ["DesignPage", "shown_frame", "write_design"]
