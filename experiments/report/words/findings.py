"""What a sizing has found, in sentences: one message per key, filled with its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data.goals import Finding, Goal, Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from data.goals import Figure
    from experiments.report.language import Translate

FINDINGS: Final[Mapping[str, str]] = {
    "at_most": "at most {limit} {what}",
    "no_budget": "no budget",
    "question_piles": "Least piles and guns at {sites} sites for {goals}; {budget}.",
    "question_layouts": "Best of {layouts} for {goals}.",
    "question_lng": "Least berths, tanks and deliveries of {stations} for {goals}; {budget}.",
    "question_shore": "Fewest shore chargers, or chargers and boxes, for {goals}; {budget}.",
    "question_teams": "Fewest swap crews and vans for {goals}; {budget}.",
    "question_fleet": "Least new energy among new vehicles for {goals}.",
    "pile_less": "One pile less at {site} ({group}): {measure} {value}, the target is {goal}.",
    "pile_less_misses": "One pile less at {site} ({group}) missed the target.",
    "sites_at_least": "{alone} of {parts} sites and currents are at their least: one pile each.",
    "largest_misses": "Even the largest size that was tried misses the target.",
    "none_confirmed": "No size that was tried holds the target on fresh random numbers.",
    "over_budget": "The target takes {piles} piles with {guns} guns, more than the budget.",
    "best_costs_cny": "The best that was found costs {cny} CNY to build.",
    "least_over_budget": "One pile a site and current is already more than the budget.",
    "within_budget": "Within the budget: {measure} {value}, the target is {goal}.",
    "least_shows": "With one pile a site and current: {measure} {value}, the target is {goal}.",
    "worst_sites": "Service is worst at: {sites}.",
    "layout_best": "Best {measure}: {layout} (with 95 % probability, or within the zone of {zone}; procedure KN).",
    "layout_best_so_far": "Best {measure}: {layout} (so far, not certain of {zone}; procedure KN).",
    "layout_misses": "{layout}: {measure} {value}, the target is {goal}.",
    "lng_met": "Met with {sizes}.",
    "lng_missed": (
        "No size that was tried meets {goal}: {measure} {value}. Further berths and tank no longer help, or cost too "
        "much."
    ),
    "lng_nearest_by_truck": "By truck the nearest is {measure} {value}, the target is {goal}: {sizes}.",
    "lng_less": "With {step} less at {station}: {measure} {value}, the target is {goal}.",
    "lng_rule": "While a delivery unloads, rule {rule}: {measure} {value}.",
    "lng_today": "As the stations stand: {measure} {value}, the target is {goal}.",
    "lng_today_all_day": "Open all day, and nothing else changed: {measure} {value}.",
    "lng_today_berth_more": "A berth more, and nothing else changed: {measure} {value}.",
    "lng_today_tank_twice": "Tanks twice as large, and nothing else changed: {measure} {value}.",
    "lng_today_unload_together": "Vessels served while trucks unload, and nothing else changed: {measure} {value}.",
    "lng_today_by_barge": "Supply by barge, and nothing else changed: {measure} {value}.",
    "station_size": "supply by {supply}, {berths}, {tank_m3} m3, {hours} at {stations}",
    "by_barge": "barge",
    "by_truck": "truck",
    "one_berth": "1 berth",
    "berths": "{berths} berths",
    "all_day": "open all day",
    "hours_of_today": "open as today",
    "step_berth": "a berth",
    "step_tank": "{tank_m3} m3 of tank",
    "step_nights": "the nights",
    "step_delivery": "a delivery",
    "step_barge": "the barge",
    "way_charging": "charging",
    "way_swapping": "swapping",
    "way_nothing_to_try": "{way}: the budget leaves nothing to try.",
    "way_misses": "{way}: no size that was tried meets {goal}: {measure} {value}.",
    "way_less": "{way} with {step} less: {measure} {value}, the target is {goal}.",
    "way_smallest": "{way}: the smallest size is enough.",
    "step_charger": "a charger",
    "step_boxes": "{boxes} boxes",
    "no_teams": "No number of crews and vans within the bounds meets the target on search and fresh random numbers.",
    "teams": "With {crews} crews and {vans} vans: {measure} {value}, the target is {goal}.",
    "least_teams": "Fewer crews or vans are not possible.",
    "out_of_reach": "The targets are out of reach: {reason}",
    "flow_just_met": "{goal}: just met on the needed path ({needed_share}); the assumed path has {assumed_share}.",
    "flow_to_spare": (
        "{goal}: met with {spare_points} points to spare on the needed path ({needed_share}); the assumed path has "
        "{assumed_share}."
    ),
}
"""Messages by key of a finding."""
SHOWN: Final[Mapping[str, str]] = {
    "interval": "{value} ({low} to {high})",
    "none": "not observed",
    "serves": "Its service: {listed}.",
    "serves_fresh": "Its service on fresh random numbers: {listed}.",
    "feasible": "The target can be met",
    "infeasible": "The target cannot be met. The best that was found",
    "piles": "{verdict}: {piles} piles, {guns} guns, {stations} stations.",
    "rows": "{verdict}: {rows} rows.",
    "tried": "Sizes that were tried, small to large:",
    "tables": "Tables: {folder}",
    "next": "Next:   {command}",
    "size_all_day": "all day",
    "size_trucks": "trucks",
    "size_barges": "barges",
}
"""Messages around findings: values with their interval, verdict, heads."""


PLACES: Final = frozenset({"site", "sites", "station", "stations"})
"""Figures of findings that are ids of places."""


def finding_text(finding: Finding, translate: Translate, place: Callable[[str], str] = str) -> str:
    """Return the sentence about a finding.

    Parameters
    ----------
    finding : Finding
        What was found; its key is one of `FINDINGS`.
    translate : callable
        English message in, that of the reader's language out.
    place : callable
        Id of a place in, its name in the reader's language out.
    """
    filled = {name: _figure_text(name, figure, translate, place) for name, figure in finding.figures.items()}
    return translate(FINDINGS[finding.key]).format(**filled)


def shown_text(shown: Shown, translate: Translate) -> str:
    """Return a value with its interval."""
    if shown.value is None:
        return translate(SHOWN["none"])
    if shown.low is None or shown.high is None:
        return f"{shown.value:.4g}"
    ends = {"value": f"{shown.value:.4g}", "low": f"{shown.low:.4g}", "high": f"{shown.high:.4g}"}
    return translate(SHOWN["interval"]).format(**ends)


def _figure_text(name: str, figure: Figure, translate: Translate, place: Callable[[str], str]) -> str:
    """Return a figure of a finding as text."""
    match figure:
        case Finding():
            return finding_text(figure, translate, place)
        case str() if name in PLACES:
            return place(figure)
        case Shown():
            return shown_text(figure, translate)
        case Goal() | str() | int():
            return str(figure)
        case float():
            return f"{figure:.1%}" if name.endswith("_share") else f"{figure:.3g}"
        case tuple():
            parts = [_figure_text(name, part, translate, place) for part in figure]
            return ("; " if name == "sizes" else ", ").join(parts)
