"""The page of a sizing: its answer in a sentence, the map, service against size, the change by town, what was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.report.designed.design_page import DesignPage
from experiments.report.designed.plain_tables import shown_frame
from experiments.report.notebook.design_plots import SizingPlots
from experiments.report.sections import Plot, Section
from experiments.report.sentences.story import _
from experiments.report.words.place_names import PlaceNames, county_title
from experiments.report.words.told_sizing import SizingWords

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from data.county import County
    from data.goals import Sizing
    from experiments.report.language import Translate
    from experiments.scenario.model import Scenario

_HIDDEN = ("source", "confidence", "lon", "lat", "site", "opened_year", "note", "seeds")
_TITLES = {
    "charging": _("Charging piles and guns: {scenario}"),
    "sites": _("Where stations should stand: {scenario}"),
    "path": _("What to build when: {scenario}"),
    "bunkering": _("LNG bunkering: {scenario}"),
    "electric": _("Charging of vessels: {scenario}"),
    "ebikes": _("Crews and vans of e-bikes: {scenario}"),
    "fleet": _("Vehicles of fleets: {scenario}"),
    "swap": _("Battery swapping: {scenario}"),
    "storage": _("Photovoltaics and storage: {scenario}"),
}


def sizing_page(
    sizing: Sizing,
    kind: str,
    scenario: Scenario,
    county: County,
    commands: Sequence[str],
    *,
    language: str,
    translate: Translate,
) -> DesignPage:
    """Return the page of a sizing.

    Parameters
    ----------
    sizing : Sizing
        What was found.
    kind : str
        What was sized: a name of `experiments.sizing.KINDS`.
    scenario : Scenario
        What it was sized for.
    county : data.County
        Its county.
    commands : sequence of str
        Commands that repeat it, and what to do with its answer.
    language, translate
        The reader's.
    """
    words = SizingWords(kind, PlaceNames(county, language, translate), translate)
    about = translate(_("{scenario}: {replications} x {days} days · {county}")).format(
        scenario=scenario.name,
        replications=scenario.replications,
        days=scenario.days,
        county=county_title(county, language),
    )
    return DesignPage(
        title=translate(_TITLES[kind]).format(scenario=translate(scenario.title) or scenario.name),
        about=about,
        answer=f"{words.question(sizing)} {words.verdict(sizing)}",
        told=words.lines(sizing),
        sections=_plots(sizing, county, language, translate),
        tables={
            name: shown_frame(table.drop(_HIDDEN, strict=False), title.rstrip(":："), translate)
            for name, (title, table) in _tables(sizing, words).items()
        },
        commands=commands,
        notes=_notes(sizing, translate),
    )


def _tables(sizing: Sizing, words: SizingWords) -> dict[str, tuple[str, pl.DataFrame]]:
    """Return the tables of the page: those of the terminal, and the answer by pile group."""
    found = words.tables(sizing)
    if "answer" not in found and not any(table.equals(sizing.answer) for table in sizing.tables.values()):
        found["answer"] = (words.said("answer"), words.cells(sizing.answer))
    return found


def _plots(sizing: Sizing, county: County, language: str, translate: Translate) -> list[Section]:
    """Return the map of a layout, and the service of the sizes that were tried."""
    plots = SizingPlots(sizing.answer, sizing.frontier, county)
    found = []
    if {"station_id", "piles", "guns_per_pile", "lon", "lat"} <= set(sizing.answer.columns):
        caption = translate(_("Stations of the answer; their symbols grow with their guns."))
        title = translate(_("Where they stand"))
        found.append(Section("s-where", title, [Plot(plots.map(language=language), caption)]))
    if _has_intervals(sizing):
        caption = translate(
            _("Each point is a size that was tried; filled ones meet the target. Whiskers: 95 per cent.")
        )
        title = translate(_("Service against size"))
        found.append(Section("s-frontier", title, [Plot(plots.frontier(language=language), caption)]))
    return found


def _has_intervals(sizing: Sizing) -> bool:
    """Return whether sizes were simulated: plans and integer programmes have no intervals."""
    return any(f"{name}_low" in sizing.frontier.columns for name in sizing.frontier.columns)


def _notes(sizing: Sizing, translate: Translate) -> list[str]:
    """Return how to read the figures of sizes that were simulated."""
    if not _has_intervals(sizing):
        return []
    return [
        translate(_("All sizes are tried on the same random numbers; the answer is confirmed on others.")),
        translate(_("Intervals: 95 per cent, of the mean over replications; they do not hold what is assumed.")),
    ]
