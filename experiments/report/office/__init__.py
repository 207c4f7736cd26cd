"""The report as a county office hands it in: a workbook and a document, in either language."""

from __future__ import annotations
