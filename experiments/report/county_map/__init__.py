"""The map of a county: drawn in Cartesian km, so that nothing is fetched; its layers, its day and its cards."""

from __future__ import annotations

from experiments.report.county_map.drawing import county_map

__all__ = ["county_map"]
