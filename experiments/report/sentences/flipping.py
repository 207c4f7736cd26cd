"""What would change a verdict, in sentences: shares of draws, the assumptions that matter most, where each turns it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from experiments.report.sentences.story import _
from experiments.report.words.labels import amount, figure_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from experiments.report.language import Translate


def told_doubt(
    target_id: str, scorecard: pl.DataFrame, flips: pl.DataFrame, named: Callable[[str], str], translate: Translate
) -> list[str]:
    """Return what the assumptions mean for a target.

    Parameters
    ----------
    target_id : str
        The target.
    scorecard, flips : polars.DataFrame
        Tables of the run, of all targets.
    named : callable
        Name of a criterion in the report's language.
    translate : Translate
        Into the report's language.
    """
    lines = []
    rows = flips.filter(target_id=target_id).sort("rank")
    cards = scorecard.filter(target_id=target_id)
    # of the criterion that the flips are about: where several are open it need not be the one that decides
    told = cards.filter(pl.col("criterion") == rows["criterion"][0]) if rows.height else cards.filter("decides")
    if told.height and told["p_met"][0] is not None:
        said = translate(_("Of the draws of the assumptions {share} keep the limit."))
        lines.append(said.format(share=amount(told["p_met"][0], "share", translate)))
    if not rows.height:
        return lines
    named_rows = [(assumption_name(row["assumption"], translate), row) for row in rows.iter_rows(named=True)]
    listed = translate(_(", ")).join(
        translate(_("{assumption} ({share})")).format(assumption=name, share=amount(row["share"], "share", translate))
        for name, row in named_rows
    )
    said = translate(_("Most of the doubt about {criterion} is in: {assumptions}."))
    lines.append(said.format(criterion=named(rows["criterion"][0]), assumptions=listed))
    limited = cards.filter(pl.col("criterion").eq(rows["criterion"][0]) & pl.col("limit").is_not_null())
    if limited.height:
        turning = [_turns(name, row, translate) for name, row in named_rows if row["flips_at"] is not None]
        lines.append(
            translate(_("It turns if {values}; each alone, all others as in the tables.")).format(
                values=translate(_("; ")).join(turning)
            )
            if turning
            else translate(_("None of them alone turns it within its range."))
        )
    return lines


def _turns(name: str, row: Mapping[str, Any], translate: Translate) -> str:
    """Return from which value on an assumption turns the verdict."""
    if row["assumption"].startswith("tables."):
        # rows of a table move together, from all low ends (-1) to all high ends (1)
        said = _("all rows of {assumption} lie more than {share} of the way to their {ends}")
        share, ends = amount(abs(row["flips_at"]), "share", translate), ends_of(row["flips_at"], translate)
        return translate(said).format(assumption=name, share=share, ends=ends)
    return translate(_("{assumption} {beyond} {value} (now {now})")).format(
        assumption=name,
        beyond=row["beyond"],
        value=f"{row['flips_at']:.4g}",
        now=f"{row['at_tables']:.4g}",
    )


def ends_of(way: float, translate: Translate) -> str:
    """Return to which ends the rows of a table go: all at their low ends are -1, all at their high ends 1."""
    return translate(_("high ends")) if way > 0.0 else translate(_("low ends"))


def assumption_name(key: str, translate: Translate) -> str:
    """Return the name of an assumption: of a figure of the county, or of the rows of a table."""
    kind, _dot, rest = key.partition(".")
    if kind == "tables":
        return translate(rest, "table")
    if kind == "figures":
        return figure_name(rest, translate)
    # a row of a table by its key, or a parameter of the uncertainties
    table, _slash, row = key.partition("/")
    return f"{translate(table, 'table')} {row}" if row else figure_name(key, translate)
