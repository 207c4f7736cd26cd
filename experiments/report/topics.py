"""The first page: what a run says by topic, in plain words with interval, verdict and grounds, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from experiments.report.sentences.story import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.report.language import Translate
    from experiments.report.verdicts import Line, TargetRow, Verdicts

_SAID: Final[Mapping[str, Mapping[str, str]]] = {
    _("Charging"): {
        "guns_total": _("The layout has {value} in public."),
        "late_share": _("{value} of those who want to charge wait longer than the county's limit, or go without."),
        "unserved_share": _("{value} of the requests are not served."),
        "service_area_side_coverage_share": _("{value} of the sides of service areas charge fast."),
        "town_coverage_share": _("{value} of the towns have a public pile."),
    },
    _("Power grid"): {
        "transformer_peak_share": _("At its peak the fullest town needs {value} of what its grid carries."),
    },
    _("River"): {
        "lng_stations_in_county": _("Open for LNG: {value}."),
        "lng_p95_wait_min": _("95 of 100 ships that bunker LNG wait {value} or less."),
        "last_terminal_year": _("The last terminal of the plan opens in {value}."),
        "terminal_wait_h": _("A cargo vessel waits {value} for its berth, on the mean."),
        "lng_bunkered_gas_share": _("The LNG bunkered is {value} of the county's natural gas."),
    },
    _("Roads"): {
        "project_opening_year": _("The first road project opens in {value}."),
        "travel_time_change_share": _("The first road project changes the minutes of a trip by {value}."),
        "idling_energy_change_share": _("Better signals change the fuel burnt at junctions by {value}."),
    },
    _("Vehicles"): {
        "new_energy_car_flow_share": _("Of the new cars of {year}, {value} plug in or run on fuel cells."),
        "clean_flow_share": _("Of all that is new in {year}, {value} runs on new or clean energy."),
        "bev_stock_share_by_class": _("Of the vehicles that the plan names, {value} are battery-electric in {year}."),
        "ebikes_total": _("For rent: {value}."),
        "ebike_lost_share": _("{value} of those who want an e-bike find none with charge."),
    },
    _("Carbon and petroleum"): {
        "vehicle_intensity_change_share": _("Carbon per turnover of operating vehicles changes by {value} to {year}."),
        "ship_intensity_change_share": _("Carbon per turnover of operating ships changes by {value} to {year}."),
        "petroleum_peak_year": _("Land transport burns most petroleum in {value}."),
    },
}
"""What a criterion's value means, by topic and criterion."""
_STEPS: Final = 4  # as many as a reader acts on


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a topic.

    Attributes
    ----------
    text : str
        The sentence.
    interval : str
        Interval of its value over replications and with the assumptions; empty where it has none.
    target, anchor : str
        Target that asks, and the number of its evidence on the page.
    grounds : int
        Number of assumptions behind it.
    verdict, style : str
        The verdict in words, and its colour.
    """

    text: str
    interval: str
    target: str
    anchor: int
    grounds: int
    verdict: str
    style: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the plan and what the run says about it."""

    title: str
    said: list[Said]


def topics(verdicts: Verdicts, translate: Translate) -> list[Topic]:
    """Return the topics that the plan asks about, each criterion with its value in a sentence."""
    rows = list(enumerate(verdicts.rows(), 1))
    found = []
    for title, sentences in _SAID.items():
        said = [
            _said(sentences[line.key], row, line, anchor, translate)
            for anchor, row in rows
            for line in (row.own, *row.others)
            if line.key in sentences and line.value
        ]
        if said:
            found.append(Topic(translate(title), said))
    return found


def _said(template: str, row: TargetRow, line: Line, anchor: int, translate: Translate) -> Said:
    """Return the sentence about a criterion."""
    return Said(
        text=translate(template).format(value=line.value, year=row.year),
        interval=line.interval,
        target=row.target,
        anchor=anchor,
        grounds=len(row.rests_on),
        verdict=line.verdict,
        style=line.style,
    )


def next_steps(verdicts: Verdicts, translate: Translate) -> list[str]:
    """Return what to do next: what misses its target first, then what would close what is open."""
    rows = verdicts.rows()
    said = translate(_("{target}, {verdict}: change the plan there first and compare the two with xijiang compare."))
    missed = [
        said.format(target=f"{row.target} {row.measure}", verdict=row.line.verdict)
        for row in rows
        if row.decider.style == "missed"
    ]
    closing = translate(_("{target}: {remedy}"))
    opened = [closing.format(target=f"{row.target} {row.measure}", remedy=row.step) for row in rows if row.step]
    return [*missed, *opened][:_STEPS]
