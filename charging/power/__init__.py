"""Who gets how much power when, and the exact energy of it; no simulator inside."""

from __future__ import annotations

from charging.power.allocation import share

__all__ = ["share"]
