"""Sentences about what a scenario saves against its counterfactual, measure by measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.report.sentences.story import _
from experiments.report.words.labels import CODES
from experiments.scorecard.facts.saved import FREIGHT_SHIFT, GROUPS, SHIP_ENERGY, TOGETHER

if TYPE_CHECKING:
    from experiments.report.sentences.story import Story


def tell_savings(story: Story) -> None:
    """Tell what is saved together, and the part of each measure; nothing without a counterfactual or a measure."""
    against = story.keys("saved_against")
    # where no measure reaches the ships, say, there is nothing to tell of them
    if not against or story.keys("saved_tco2") == [TOGETHER]:
        return
    story.say(
        _(
            'Against "{against}", {year} has {tonnes} of CO2 less (direct and of electricity, with the grid of the '
            "base year) and {oil} of petroleum less."
        ),
        against=story.translate(against[0]),
        year=story.plain_year(story.fact("saved_against", against[0])),
        tonnes=story.whole(story.fact("saved_tco2", TOGETHER), "t"),
        oil=story.whole(story.fact("saved_petroleum_t", TOGETHER), "t"),
    )
    parts = [_part(story, measure) for measure in story.keys("saved_tco2") if measure != TOGETHER]
    if parts:
        story.say(_("By measure (Shapley values, which add up): {parts}."), parts=story.chain(parts))
    _tell_costs(story)


def _tell_costs(story: Story) -> None:
    """Tell what the costs of a tonne are: of vehicles, ships and freight, each where it is known."""
    known = set(story.keys("saved_cny_per_tco2"))
    if known & set(GROUPS):
        story.say(
            _("Costs are those of owning the vehicles that are bought in that year; below 0 they are cheaper to own.")
        )
    if SHIP_ENERGY in known:
        story.say(
            _(
                "A tonne of the ships costs what fuel, electricity, LNG engines and batteries cost more than diesel "
                "alone would, with the ranges of their prices."
            )
        )
    if FREIGHT_SHIFT in known:
        story.say(
            _(
                "A tonne of moved freight costs what shippers pay more, for all modes and the handling between them, "
                "with the ranges of these rates; below 0 they pay less. Time, storage and new tracks are not in it."
            )
        )


def _part(story: Story, measure: str) -> str:
    """Return what a measure saves, with what a tonne costs where that is known."""
    named, tonnes = story.translate(CODES.get(measure, measure)), story.whole(story.fact("saved_tco2", measure), "t")
    cost = story.fact("saved_cny_per_tco2", measure)
    if cost is None:
        return story.word(_("{measure} {tonnes}"), measure=named, tonnes=tonnes)
    low, high = (story.fact("saved_cny_per_tco2", measure, column=end) for end in ("low", "high"))
    values = {"measure": named, "tonnes": tonnes, "cost": story.whole(cost, "CNY")}
    if low is None or high is None:
        return story.word(_("{measure} {tonnes} at {cost} a tonne"), **values)
    ends = {"low": story.whole(low), "high": story.whole(high, "CNY")}
    return story.word(_("{measure} {tonnes} at {cost} a tonne (between {low} and {high})"), **values, **ends)
