"""The report: one HTML file that works offline, made of what the run folder holds and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import plotly.io
import polars as pl

from data.memory.stored_tables import columns_of
from data.storage import write_whole
from data.tables.roles import HOUSEHOLD_CAR, classes_of
from experiments.report import figures
from experiments.report.county_map import county_map
from experiments.report.guards import csv_cell
from experiments.report.headline import headline
from experiments.report.language import LANGUAGES, SPACES, translator
from experiments.report.parts import concerns, parts_of
from experiments.report.repeat import command, commands
from experiments.report.shown_tables import Tables
from experiments.report.verdicts import Verdicts
from experiments.report.words.limits import LIMITS
from experiments.report.words.place_names import PlaceNames, county_title

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from experiments.report.language import Translate
    from experiments.runs.tables import Run


@dataclass(frozen=True, slots=True)
class Section:
    """Plots under one head."""

    title: str
    plots: list[go.Figure]


def write_report(result: Run, path: str | Path, *, language: str = "en") -> Path:
    """Write the report of a run.

    Parameters
    ----------
    result
        Scenario, tables, manifest and county of a run; nothing else is read.
    path
        HTML file to write; written under a temporary name and renamed.
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
    page = _page(result, language, translator(language))
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, page.encode())
    return target


def _page(run: Run, language: str, translate: Translate) -> str:
    """Return the page of a run."""
    names = PlaceNames(run.county, language, translate)
    tables = Tables(names, translate, original=language == LANGUAGES[0])
    verdicts = Verdicts(run.tables, run.county, language, names, translate, command=command(run))
    return _template().render(
        language=language,
        translate=translate,
        scenario=run.scenario,
        manifest=run.manifest,
        space=SPACES[language],
        answer=SPACES[language].join(headline(run, verdicts, translate)),
        scorecard=verdicts.rows(),
        sections=_drawn(_sections(run, names, translate), language, translate),
        county=county_title(run.county, language),
        stations=tables.stations(run.tables["stations"]),
        preview=tables.preview(run.tables["preview"]),
        checks=tables.checks(run.tables["checks"]),
        more=tables.more(run.tables),
        figures=tables.figures(run.county),
        sources=tables.sources(run.county),
        limits=_limits(parts_of(run), translate),
        commands=commands(run),
        plotly=_plotly(),
    )


def _plotly() -> str:
    """Return the script that draws the plots: plotly's bundle of scatter, bar and pie, a quarter of the whole."""
    return files("experiments.report").joinpath("assets", "plotly-basic.min.js").read_text(encoding="utf-8")


def _template() -> jinja2.Template:
    """Return the page's template; all text is escaped."""
    text = files("experiments.report").joinpath("template.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["csv_cell"] = csv_cell
    return environment.from_string(text)


def _limits(parts: frozenset[str], translate: Translate) -> list[str]:
    """Return what the models of these parts leave out, each with its subject."""
    said = translate("{subject}: {limit}")
    return [
        said.format(subject=translate(subject), limit=translate(limit))
        for subject, limits in LIMITS.items()
        for key, limit in limits.items()
        if concerns(subject, parts) and concerns(key, parts)
    ]


def _sections(run: Run, names: PlaceNames, translate: Translate) -> list[Section]:
    """Return the plots of the page."""
    tables, days = run.tables, run.scenario.days
    place = pl.coalesce("site", "town", "station_id").map_elements(names.place, return_dtype=pl.String)
    stations = tables["stations"].with_columns(place=place)
    plan = county_map(run.county, tables["layout"], stations, names, translate, river="river" in parts_of(run))
    sections = [Section(translate("Map"), [plan])]
    areas = stations["site"].is_not_null().any()
    sessions = columns_of(tables, "sessions", "replication", "meter_kwh", "kgco2")
    if sessions.height:
        load = columns_of(tables, "load", "replication", "station_id", "start_min", "mean_kw", "meter_kwh")
        use, wait = translate("guns in use, %"), translate("P95 of the wait, min")
        sections += [
            Section(
                translate("Waits and use by town and service area") if areas else translate("Waits and use by town"),
                [
                    figures.interval_bars(stations, "place", "wait_p95_min", wait),
                    figures.interval_bars(stations, "place", "gun_utilisation_share", use, percent=True),
                ],
            ),
            Section(
                translate("Load of public charging"),
                [figures.county_load(load, stations, days, run.scenario.charging.interval_min, translate)],
            ),
            Section(
                translate("Carbon of public charging by hour"),
                [figures.carbon_by_hour(sessions, load, days, translate)],
            ),
        ]
    if tables["town_load"].filter(pl.col("base_kw") > 0.0).height:
        drawn = figures.town_day(tables["town_load"], days, names, translate)
        sections.append(Section(translate("A day of the towns: other users and all charging"), [drawn]))
    households = classes_of(run.county.vehicle_classes, HOUSEHOLD_CAR)[:1]
    cars = tables["stock"].filter(pl.col("vehicle_class").is_in(households))
    if tables["tanks"].height:
        tanks = figures.tank_levels(tables["tanks"], names, translate)
        sections.append(Section(translate("LNG on the river"), [tanks]))
    return [
        *sections,
        Section(translate("Carbon intensity"), [figures.carbon_bars(tables["carbon"], translate)]),
        Section(translate("Cars by drive"), [figures.stock_area(cars, translate)]),
        Section(translate("Petroleum of land transport"), [figures.petroleum_line(tables["petroleum"], translate)]),
    ]


def _drawn(sections: list[Section], language: str, translate: Translate) -> list[dict[str, Any]]:
    """Return titles and plots as HTML; plots are numbered over the whole page."""
    words = {word: translate(word) for word in figures.MODE_BAR}
    config = {"displaylogo": False, "locale": language, "locales": {language: {"dictionary": words}}}
    numbers = iter(range(sum(len(section.plots) for section in sections)))
    return [
        {
            "title": section.title,
            "plots": [
                plotly.io.to_html(
                    plot,
                    include_plotlyjs=False,
                    full_html=False,
                    div_id=f"plot-{next(numbers)}",
                    config=config,
                )
                for plot in section.plots
            ],
        }
        for section in sections
    ]
