"""Evidence in sentences: the facts behind a target, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl


def sentences(
    target_id: str,
    metric: str | None,  # noqa: ARG001 - templates by metric come with the facts
    scorecard: pl.DataFrame,  # noqa: ARG001
    facts: pl.DataFrame,
    assumptions: pl.DataFrame,  # noqa: ARG001
    translate: Callable[[str], str],
) -> list[str]:
    """Return the evidence of a target: one clause per fact."""
    mine = facts.filter(facts["target_id"] == target_id)
    return [f"{translate(row['fact'])}: {row['value']:g}" for row in mine.iter_rows(named=True)]
