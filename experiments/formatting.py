"""Figures as a reader wants them, on the screen and in the report."""

from __future__ import annotations


def figure(value: float | None, unit: str | None) -> str:
    """Return a figure with its unit: shares in per cent, whole numbers whole, others to three digits."""
    if value is None:
        return ""
    if unit == "share":
        return f"{100.0 * value:.1f} %"
    if unit == "year":
        return f"{value:.0f}"
    whole = abs(value) >= 100.0 or value == round(value)
    return f"{value:,.0f} {unit or ''}".strip() if whole else f"{value:.3g} {unit or ''}".strip()
