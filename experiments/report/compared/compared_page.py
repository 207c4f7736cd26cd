"""The page of a comparison: the winner, where and for whom it matters, what it costs, and how to repeat it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.storage import write_whole
from experiments.report.compared import compared_figures, compared_tables
from experiments.report.county_map import county_map
from experiments.report.language import SPACES, translator
from experiments.report.notebook.comparison_plots import ComparisonPlots
from experiments.report.parts import parts_of
from experiments.report.rendering import drawn, rendered
from experiments.report.repeat import commands
from experiments.report.sections import Plot, Section
from experiments.report.sentences.comparing import told_comparison, winner
from experiments.report.words.place_names import PlaceNames, county_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from experiments.report.compared.compared_runs import Compared
    from experiments.report.language import Translate
    from experiments.report.plots.plain_figure import PlainFigure
    from experiments.report.shown_tables import Shown
    from experiments.runs.tables import Run

KINDS: Final = ("town", "class", "station")


def write_comparison(compared: Compared, path: str | Path, *, language: str = "en") -> Path:
    """Write the report of a comparison as one HTML file that works offline.

    Parameters
    ----------
    compared
        Names, tables and runs of a comparison.
    path
        HTML file to write, whole or not at all.
    language
        ``en`` or ``zh``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ScenarioError
        A language that the report does not speak.
    """
    page = _page(compared, language, translator(language))
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, page.encode())
    return target


def _page(compared: Compared, language: str, translate: Translate) -> str:
    """Return the page of a comparison."""
    reference = compared.results[0]
    names = PlaceNames(reference.county, language, translate)
    keys = names.by_key(stations=station_ids(compared.results))
    told = told_comparison(
        compared.differences,
        compared.groups,
        compared.ranking,
        reference=compared.names[0],
        deciding=compared.deciding,
        names=keys,
        translate=translate,
        doubt=compared.doubt,
    )
    plots = drawn(_sections(compared, names, translate, language), language, translate)
    tables = _tables(compared, keys, translate)
    return rendered(
        "compared.html.j2",
        language,
        translate,
        title=translate("Comparison: {names}").format(names=translate(", ").join(compared.names)),
        county=county_title(reference.county, language),
        scenario=reference.scenario,
        answer=SPACES[language].join(winner(compared.ranking, compared.differences, compared.names[0], translate)),
        told=told,
        ranked=compared_tables.ranked(compared, translate),
        matrix=compared_tables.matrix(compared, translate),
        sections=plots,
        tables=tables,
        contents=_contents(plots, tables, translate),
        appendix=[_manifest(name, run) for name, run in zip(compared.names, compared.results, strict=True)],
    )


def station_ids(runs: Iterable[Run]) -> list[str]:
    """Return the charging stations of all layouts."""
    return sorted({station for run in runs for station in run.tables["layout"]["station_id"]})


def _sections(compared: Compared, names: PlaceNames, translate: Translate, language: str) -> list[Section]:
    """Return what is drawn: the forest, and the map of change where a town changes."""
    told = compared.differences.filter(pl.col("measure").is_in(compared.deciding))
    found = []
    if told["difference"].count():
        caption = translate(
            "Each point is the mean of the paired differences from the reference over replications; the line through "
            "it is the interval that holds, with a probability of 95 per cent, for all measures and alternatives "
            "shown together. A line that meets 0 decides nothing."
        )
        runs = dict(zip(compared.names, compared.results, strict=True))
        shown = told["measure"].unique(maintain_order=True).to_list()
        forest = Plot(ComparisonPlots(runs, told).differences(shown, language=language), caption)
        found.append(Section("s-forest", translate("Differences from the reference"), [forest]))
    reference = compared.results[0]
    payload = compared_figures.change_payload(reference.county, compared.groups, names, translate)
    if payload is not None:
        said = _map_caption(compared, names, translate)
        drawn_map = Plot(_map(compared, names, translate), SPACES[language].join(said), played=payload)
        found.append(Section("s-map", translate("Where it changes"), [drawn_map]))
    return found


def _map(compared: Compared, names: PlaceNames, translate: Translate) -> PlainFigure:
    """Return the map of the reference, which the page colours by change."""
    reference = compared.results[0]
    tables = reference.tables
    made = (reference.county, tables["layout"], tables["stations"], names, translate)
    return county_map(*made, river="river" in parts_of(reference))


def _map_caption(compared: Compared, names: PlaceNames, translate: Translate) -> list[str]:
    """Return what the map of change shows, and the towns that clearly change."""
    clear = [names.name("towns", town) for town in compared_figures.changed(compared.groups)]
    said = translate(
        "A town is red where a request costs its drivers more than in the reference (bill, time, and energy gone "
        "without), green where it costs less; stations are those of the reference."
    )
    listed = translate("Clearly changed: {list}.").format(list=translate(", ").join(clear))
    none = translate("No town is clearly better or worse off.")
    return [said, listed if clear else none]


def _tables(compared: Compared, keys: dict[str, str], translate: Translate) -> dict[str, tuple[str, Shown]]:
    """Return the tables of differences by anchor: all measures, then by town, class and station where any was seen."""
    titles = {
        "town": translate("Who gains and who loses: by town"),
        "class": translate("Who gains and who loses: by class of vehicle"),
        "station": translate("By station: those who leave without a charge"),
    }
    found = {
        "differences": (
            translate("All measures"),
            compared_tables.differences(compared.differences, translate),
        )
    }
    if compared.doubt.height:
        found["doubt"] = (
            translate("Over the ranges of the assumptions"),
            compared_tables.over_assumptions(compared.doubt, translate),
        )
    for kind in KINDS:
        rows = compared.groups.filter(by=kind)
        shown = compared_tables.differences(rows, translate, keys=keys)
        if shown.rows:
            found[kind] = (titles[kind], shown)
    return found


def _contents(
    plots: list[dict[str, Any]], tables: dict[str, tuple[str, Shown]], translate: Translate
) -> dict[str, str]:
    """Return the titles of all sections by anchor, in the order of the page."""
    return {
        "s-answer": translate("The answer"),
        "s-ranking": translate("The alternatives, their size and their cost"),
        **{section["id"]: section["title"] for section in plots},
        **{f"s-{key}": title for key, (title, _) in tables.items()},
        "s-repeat": translate("How to repeat these runs"),
    }


def _manifest(name: str, run: Run) -> dict[str, Any]:
    """Return what identifies the run of an alternative."""
    return {"name": name, "scenario": run.scenario, "manifest": run.manifest, "commands": commands(run)[:1]}
