"""What a long command will take, in sentences: points, time, assumptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from experiments.report.sentences.story import _

if TYPE_CHECKING:
    from experiments.report.language import Translate

PLANS: Final = {
    "points": _("Plan: {points} points of {replications} x {days} days, about {time} with {workers} process(es)."),
    "at_most": _(
        "Plan: at most {points} points of {replications} x {days} days, about {time} with {workers} process(es)."
    ),
    "each": _("Each size that is tried: {replications} x {days} days, about {time}. The search decides how many."),
    "bound": _("At most {sizes} sizes are tried; a search ends long before."),
    "accounts": _("Plan: {points} scenarios over {years} years with {samples} draws each, about {time}."),
    "smaller": _("Fewer --days or -n take less; finished points are kept."),
    "dry": _("Dry run: nothing was written."),
    "known": _("Assumptions in which most of the doubt is, by the run in {folder}:"),
    "widest": _("Assumptions with the widest ranges; a run, or xijiang sensitivity, says which of them decide:"),
    "none": _("No figure of this county is an assumption with a range."),
}
"""English sentence by key."""
HEADS: Final = {
    "assumption": _("assumption"),
    "low": _("low"),
    "value": _("value"),
    "high": _("high"),
    "unit": _("unit"),
    "source": _("source"),
    "share": _("share of the doubt"),
}
"""English head by column of the table of assumptions."""

SWEPT: Final = _("All measures, intervals and targets: {place}")

MORRIS: Final = _("Mean absolute effect over the whole range (Morris), the first of each result:")
SOBOL: Final = _("Share of the variance (Sobol), alone (s1) and with interactions (st):")
TORNADO: Final = _("Tables (tornado.csv has the values for a tornado plot): {place}")
ALONE: Final = _(
    "{result} is {base_verdict}; {key} alone makes it {low_verdict} at its low end and {high_verdict} at its high end."
)
NOT_ALONE: Final = _("None of these assumptions alone changes a verdict between the ends of its range.")

NONE: Final = _("none")
ASSUMED: Final = _("{figures} figures, {rows} rows of tables")
TIME: Final = _("{time} with {workers} process(es)")
TIME_SHORT: Final = _(", and about {time} for the short runs")
RUN: Final = {
    "scenario": _("scenario"),
    "title": _("title"),
    "county": _("county"),
    "year": _("year"),
    "first day": _("first day"),
    "days": _("days"),
    "replications": _("replications"),
    "seed": _("seed"),
    "short runs over the assumptions": _("short runs over the assumptions"),
    "seed of the first replication": _("seed of the first replication"),
    "layout": _("layout"),
    "charging stations": _("charging stations"),
    "piles": _("piles"),
    "guns": _("guns"),
    "vehicles": _("vehicles"),
    "plug-in vehicles": _("plug-in vehicles"),
    "requests on the first day": _("requests on the first day"),
    "stations that cannot keep up": _("stations that cannot keep up"),
    "LNG stations": _("LNG stations"),
    "cycling LNG vessels": _("cycling LNG vessels"),
    "assumptions": _("assumptions"),
    "estimated time": _("estimated time"),
    "run folder": _("run folder"),
}
"""English name by line of the dry run of a run."""


def duration(seconds: float, translate: Translate) -> str:
    """Return how long something takes: seconds up to two minutes, then minutes, then hours."""
    if seconds < 2 * 60:
        return translate(_("{number:.0f} s")).format(number=max(1.0, seconds))
    if seconds < 2 * 3600:
        return translate(_("{number:.0f} min")).format(number=seconds / 60)
    return translate(_("{number:.1f} h")).format(number=seconds / 3600)
