"""The report: one HTML file that works offline.

Its pages load when one is written. A command asks for its language first, and starts processes right after that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.late import late_names, public_names

if TYPE_CHECKING:
    from experiments.report.page import write_report

__all__ = ["write_report"]

__getattr__ = late_names(__name__, {"write_report": "experiments.report.page"})
__dir__ = public_names(__all__)
