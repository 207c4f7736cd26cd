"""What the report says about a target: sentences made from the scorecard's tables, in the report's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.schemas.metrics import METRICS
from experiments.report.sentences import (
    sentences_charging,
    sentences_fleet,
    sentences_operators,
    sentences_river,
    sentences_streets,
)
from experiments.report.sentences.story import TELLING, Story, _
from experiments.scorecard.answer import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import ModuleType

MODULES: Final[tuple[ModuleType, ...]] = (
    sentences_charging,
    sentences_fleet,
    sentences_operators,
    sentences_river,
    sentences_streets,
)
"""Modules that register what tells the sentences of a metric when they are imported."""

KEYS: Final = (
    _("private car"),
    _("taxi"),
    _("ride hailing"),
    _("official car"),
    _("bus"),
    _("sanitation"),
    _("micro van"),
    _("light truck"),
    _("rigid truck"),
    _("tractor"),
    _("petrol"),
    _("diesel"),
    _("purchase"),
    _("financial lease"),
    _("battery separation"),
    _("operating lease"),
    _("immediate"),
    _("levelled"),
    _("as given"),
    _("plug in"),
    _("timer"),
    _("managed"),
    _("valley"),
    _("swapping"),
    _("charging"),
    _("slow"),
    _("fast"),
)
"""Keys of facts in words, for the message catalogue."""
UNITS: Final = (_("min"), _("kW"), _("MWh"), _("h"), _("t"), _("L"), _("kg"), _("s"), _("CNY/kWh"))
"""Units in the sentences, for the message catalogue."""


def _same(text: str) -> str:
    """Return the text: the report's first language is English."""
    return text


def sentences(
    target_id: str,
    metric: str | None,
    scorecard: pl.DataFrame,
    facts: pl.DataFrame,
    assumptions: pl.DataFrame,
    translate: Callable[[str], str] = _same,
    *,
    names: Mapping[str, str] | None = None,
    lacking: Collection[str] = (),
) -> list[str]:
    """Return what there is to say about a target, from the tables of a run alone.

    Parameters
    ----------
    target_id, metric : str
        The target, and what it asks for.
    scorecard, facts, assumptions : polars.DataFrame
        Tables of the run, of all targets.
    translate : callable
        Text in, the same in the language of the report out; English without it.
    names : mapping of str to str, optional
        Names of towns, stations, projects and other things of the county by key, in the language of the report.
    lacking : collection of str
        Tables of the county without rows.

    Returns
    -------
    list of str
        Sentences in order.
    """
    del assumptions  # the report lists them beside the sentences
    mine = pl.col("target_id") == target_id
    story = Story(scorecard.filter(mine), facts.filter(mine), translate, names or {})
    if metric in TELLING and story.facts.height:
        TELLING[metric](story)
    if story.criteria["verdict"][0] == Verdict.REPORTED:
        story.say(_("The plan names no figure."))
    _say_why_empty(story, metric, lacking)
    return story.lines


def _say_why_empty(story: Story, metric: str | None, lacking: Collection[str]) -> None:
    """Say what a target lacks that has no value."""
    reason = story.criteria.filter("decides")["reason"][0]
    if reason == Reason.LEFT_OUT:
        story.say(_("The scenario leaves the river out."))
    elif reason == Reason.NO_DATA and metric is not None and metric in METRICS:
        needs = METRICS[metric].needs
        # those that have rows are not what is missing
        missing = [table for table in needs if table in lacking] or needs
        story.say(_("A value needs rows in these tables of the county: {tables}."), tables=story.listed(missing))
