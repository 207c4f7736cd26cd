"""Why a request was not served, or not in full: what the codes in ``SessionLog.reason`` mean."""

from __future__ import annotations

from typing import Final

REASONS: Final = (
    None,
    "none in reach",
    "closed",
    "queue too long",
    "out of patience",
    "had to leave",
    "guns never came back",
    "the one before never ended",
)
"""Reasons by code. Fresh memory is zero: no reason is needed by who is served in full."""
FINE, NONE_IN_REACH, CLOSED, QUEUE_TOO_LONG, OUT_OF_PATIENCE, HAD_TO_LEAVE, NO_GUNS, NEVER_BEGAN = range(len(REASONS))
