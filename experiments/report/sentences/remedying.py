"""What would close an open verdict, in sentences: the command to run, the figure to find out, the table to fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from experiments.report.sentences.flipping import assumption_name, ends_of
from experiments.report.sentences.story import _
from experiments.report.words.labels import amount
from experiments.scorecard.remedies import Remedy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from experiments.report.language import Translate

WORDS: Final[Mapping[str, str]] = {
    Remedy.FIRST_INTERVAL: _("`{command} -n {number}` gives it an interval."),
    Remedy.MORE_REPLICATIONS: _("About {number} replications decide it: `{command} -n {number}`."),
    Remedy.TOO_CLOSE: _(
        "Even {number} replications would not decide it: the value lies at the limit. Read it as being there."
    ),
    Remedy.FLIP: _("It depends on {list}: find out on which side they are."),
    Remedy.NARROW: _("Observed figures in the place of these narrow it most: {list}."),
    Remedy.DRAW: _("`{command} --points {number}` names the assumptions that matter."),
    Remedy.CHOOSE_SERIES: _("The plan does not say which series it means: {list}."),
    Remedy.FILL_TABLE: _("It needs rows in these tables of the county: {list}."),
    Remedy.KEEP_TO_YEARS: _("The tables end in {number}: name a year up to then in table {list}."),
    Remedy.SIMULATE: _("`{command} --set {key}=true` simulates it."),
    Remedy.MORE_DAYS: _("Nothing was observed in {number} days: `--days` with more, or demand that reaches it."),
    Remedy.NAME_METRIC: _("Name a metric for it in table {list}: `xijiang metrics` shows all."),
    Remedy.NONE: _("No run closes it; judge it by figures of your own until a model is there."),
}
"""English sentence by remedy; the rows of a criterion with the same remedy make one."""


def told_remedies(
    target_id: str,
    remedies: pl.DataFrame,
    named: Callable[[str], str],
    translate: Translate,
    *,
    command: str,
    under: str = "",
) -> list[str]:
    """Return what would close the open criteria of a target.

    Parameters
    ----------
    target_id : str
        The target.
    remedies : polars.DataFrame
        Table of the run, of all targets.
    named : callable
        Name of a criterion in the report's language.
    translate : Translate
        Into the report's language.
    command : str
        What runs the scenario, such as ``xijiang run deqing-2030``.
    under : str
        The name that stands before the sentences: a criterion of that name is not named again.

    Returns
    -------
    list of str
        A sentence per criterion and kind of remedy; the criterion is named where several of the target are open, and
        where it is not the metric itself.
    """
    mine = remedies.filter(target_id=target_id)
    several = mine["criterion"].n_unique() > 1 or (mine["criterion"] != mine["metric"]).any()
    lines: dict[str, None] = {}
    for part in mine.partition_by("criterion", "remedy", maintain_order=True):
        rows = part.to_dicts()
        said = _sentence(rows, translate, command)
        # series have one sentence together, and name themselves
        criterion = named(rows[0]["criterion"])
        if several and criterion != under and rows[0]["remedy"] not in (Remedy.CHOOSE_SERIES, Remedy.NONE):
            said = translate(_("{criterion}: {said}")).format(criterion=criterion, said=said)
        lines[said] = None
    return list(lines)


def _sentence(rows: list[dict[str, Any]], translate: Translate, command: str) -> str:
    """Return the sentence of the rows of a criterion that have the same remedy."""
    first = rows[0]
    parts = [_part(row, translate) for row in rows if row["subject"]]
    return translate(WORDS[first["remedy"]]).format(
        command=command,
        number="" if first["value"] is None else f"{first['value']:.0f}",
        key=first["subject"] or "",
        list=translate(_(", ")).join(parts),
    )


def _part(row: Mapping[str, Any], translate: Translate) -> str:
    """Return what a remedy is about, in words."""
    subject, value = row["subject"], row["value"]
    if row["remedy"] == Remedy.CHOOSE_SERIES:
        shown = translate(_("series {series} gives {value}"))
        return shown.format(series=subject, value=amount(value, row["unit"], translate))
    if row["remedy"] == Remedy.FLIP and subject.startswith("tables."):
        said = translate(_("{assumption} (turns {share} of the way to its {ends})"))
        way = {"share": amount(abs(value), "share", translate), "ends": ends_of(value, translate)}
        return said.format(assumption=assumption_name(subject, translate), **way)
    if row["remedy"] == Remedy.FLIP:
        return translate(_("{assumption} (turns at {value})")).format(
            assumption=assumption_name(subject, translate), value=f"{value:.4g}"
        )
    if row["remedy"] == Remedy.NARROW:
        return assumption_name(subject, translate)
    return translate(subject, "table")
