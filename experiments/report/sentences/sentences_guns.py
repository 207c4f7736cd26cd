"""Sentences about the guns of the years ahead: how many are enough and until when, where they are not, idle ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from experiments.report.sentences.story import _
from experiments.scorecard.facts.guns import ORDINARY

if TYPE_CHECKING:
    from experiments.report.sentences.story import Story

_NAMED: Final = 5
"""Sites that are named for binding first."""


def tell_guns(story: Story) -> None:
    """Tell how many guns are enough, which nobody needs, from which year on they are too few, and where first."""
    if not story.has("guns_standing"):
        return
    story.say(
        _("By formula (Erlang, hour by hour), of {guns} guns these are enough in {year}: {parts}."),
        guns=story.whole(story.fact("guns_standing")),
        year=story.plain_year(story.fact("guns_year")),
        parts=story.listed(
            story.word(
                _("{number} in {week}"), number=story.whole(story.fact("least_guns", week)), week=_week(story, week)
            )
            for week in story.keys("least_guns")
        ),
    )
    _tell_idle(story)
    _tell_years(story)
    _tell_sites(story)


def _week(story: Story, week: str) -> str:
    """Return the name of a week."""
    return story.translate(_("an ordinary week")) if week == ORDINARY else story.name(week)


def _tell_idle(story: Story) -> None:
    """Tell how many guns no week needs, what they cost, and where guns are used least."""
    idle = story.fact("idle_guns")
    if idle:
        story.say(_("{idle} guns are needed in no week of that year."), idle=story.whole(idle))
    cost = story.fact("idle_gun_cny_year")
    if cost is not None:
        story.say(
            _("An idle gun costs {each}{span} a year, all of them {all}."),
            each=story.whole(cost, "CNY"),
            span=story.span(*(story.fact("idle_gun_cny_year", column=end) for end in ("low", "high")), unit="CNY"),
            all=story.whole(story.fact("idle_guns_cny_year"), "CNY"),
        )
    used = story.keys("least_used_share")
    if used:
        story.say(
            _("Guns are used least in {towns}."),
            towns=story.listed(
                f"{story.name(town)} ({story.percent(story.fact('least_used_share', town))})" for town in used
            ),
        )


def _tell_years(story: Story) -> None:
    """Tell from which year on the guns are too few for the county as a whole."""
    parts = []
    for week in story.keys("not_enough_from_year"):
        year = story.fact("not_enough_from_year", week)
        named = _week(story, week)
        if year is None:
            parts.append(story.word(_("{week}: in no year"), week=named))
        else:
            parts.append(story.word(_("{week}: from {year} on"), week=named, year=story.plain_year(year)))
    story.say(
        _("More than the county's criteria allow find no gun in time at the station they come to first: {parts}."),
        parts=story.chain(parts),
    )


def _tell_sites(story: Story) -> None:
    """Tell which sites have too few guns first."""
    parts = []
    for key in story.keys("short_from_year")[:_NAMED]:
        week, _slash, station = key.partition("/")
        year = story.plain_year(story.fact("short_from_year", key))
        parts.append(
            story.word(_("{site} ({week} {year})"), site=story.name(station), week=_week(story, week), year=year)
        )
    if parts:
        story.say(_("These sites bind first: {sites}."), sites=story.listed(parts))
