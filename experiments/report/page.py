"""The report: one HTML file that works offline."""

from __future__ import annotations

import json
import os
import shlex
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import plotly.io
import polars as pl
from plotly.offline import get_plotlyjs

from data import load_county
from data.edits import with_cells
from data.outcomes import SERVED
from experiments.formatting import figure
from experiments.report import figures
from experiments.report.sentences import sentences
from experiments.report.shown_tables import more_tables
from experiments.report.words import answer, head, limits, words
from experiments.scenario.files import flatten, shipped
from experiments.scenario.model import Scenario
from experiments.scorecard import headline, interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

    from data.county import County
    from experiments.runs.tables import Run

_LABELS = {"name", "title", "purpose", "based_on", "seed", "replications"}


def write_report(result: Run, path: str | Path, *, language: str = "en") -> Path:
    """Write the report of a run.

    Parameters
    ----------
    result
        Tables and manifest of a run.
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
    word = words(language)
    place = result.manifest["paths"].get("county", result.scenario.county)
    county = with_cells(load_county(place).with_figures(result.scenario.figures), result.scenario.tables)
    page = _template().render(
        language=language,
        word=word,
        scenario=result.scenario,
        manifest=result.manifest,
        head=lambda name: head(name, language),
        answer=_answer(result, county.figure("charging.los_wait_min"), language),
        scorecard=_scorecard(result.tables, county.targets, language),
        sections=_sections(result, county, word, language),
        stations=_records(_station_table(result.tables["stations"])),
        preview=_records(_preview_table(result.tables["preview"])),
        checks=_records(_check_table(result.tables["checks"])),
        more={name: _records(table) for name, table in more_tables(result.tables).items()},
        figures=_records(_figure_table(county)),
        sources=_records(_used_sources(county)),
        limits=limits(language),
        commands=_commands(result),
        plotly=get_plotlyjs(),
    )
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.write_text(page, encoding="utf-8")
    draft.replace(target)
    return target


def _template() -> jinja2.Template:
    """Return the page's template; all text is escaped."""
    text = files("experiments.report").joinpath("template.html.j2").read_text(encoding="utf-8")
    return jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)


def _answer(result: Run, late_min: float, language: str) -> str:
    """Return the answer in a few sentences; a wait of more than `late_min` is late."""
    verdicts = dict(headline(result.tables["scorecard"]).select("metric", "verdict").iter_rows())
    sessions = result.tables["sessions"]
    if not sessions.height:
        return answer(verdicts, None, language)
    served = sessions.filter(SERVED)
    days = result.scenario.days * max(1, sessions["replication"].n_unique())
    weighted = pl.col("gun_utilisation_share") * pl.col("guns")
    service = {
        "asked": sessions.height / days,
        "mwh": float(served["energy_kwh"].sum()) / days / 1000.0,
        "late": served.filter(pl.col("wait_min") > late_min).height / max(1, served.height),
        "late_min": late_min,
        "lost": 1.0 - served.height / sessions.height,
        "use": float(result.tables["stations"].select(weighted.sum() / pl.col("guns").sum()).item()),
    }
    return answer(verdicts, service, language)


def _scorecard(tables: Mapping[str, pl.DataFrame], targets: pl.DataFrame, language: str) -> list[dict[str, Any]]:
    """Return the row of each target that decides, with numbers as text."""
    card, facts, assumptions = (tables[name] for name in ("scorecard", "facts", "assumptions"))
    named = {row["target"]: row for row in targets.iter_rows(named=True)}
    rows = []
    for row in interval(headline(card)).iter_rows(named=True):
        target, unit = row["target_id"], row["unit"]
        goal = "" if row["limit"] is None else f"{_sign(row['comparator'])} {figure(row['limit'], unit)}"
        spread = row["low"] is not None and row["low"] != row["high"]
        to = "to" if language == "en" else "–"
        ends = f"{figure(row['low'], unit)} {to} {figure(row['high'], unit)}" if spread else ""
        known = named.get(target, {})
        shown = {
            "measure": (known.get("measure_zh") if language == "zh" else None) or known.get("measure") or target,
            "criterion": row["criterion"] if row["criterion"] != row["metric"] else "",
            "goal": goal,
            "shown": figure(row["value"], unit),
            "interval": ends,
            "evidence": " ".join(sentences(target, row["metric"], card, facts, assumptions)),
            "assumptions": [
                behind["figure"] or f"{behind['table']} ({behind['rows']} of {behind['of_rows']} rows)"
                for behind in assumptions.filter(pl.col("target_id") == target).iter_rows(named=True)
            ],
        }
        rows.append(row | shown)
    return rows


def _sign(comparator: str) -> str:
    """Return the sign of a comparison."""
    return {">=": "≥", "<=": "≤", "==": "=", "none": ""}.get(comparator, comparator)


def _sections(result: Run, county: County, word: dict[str, str], language: str) -> list[dict[str, str]]:
    """Return headings and figures in the order of the page."""
    tables = result.tables
    column = "name_zh" if language == "zh" else "name_en"
    known = ((county.towns, "town"), (county.service_areas, "site"))
    names = {row[key]: row[column] for frame, key in known for row in frame.iter_rows(named=True)}
    place = pl.coalesce("site", "town")
    stations = tables["stations"].with_columns(place=place.replace(names))
    plots: list[tuple[str, go.Figure]] = [("map", figures.county_map(county, tables["layout"], stations, word))]
    if tables["sessions"].height:
        plots += [
            ("towns", figures.interval_bars(stations, "place", "wait_p95_min", word["minutes"])),
            ("towns", figures.interval_bars(stations, "place", "gun_utilisation_share", word["use"], percent=True)),
            ("load", figures.county_load(tables["load"], stations, result.scenario.days, word)),
            ("hours", figures.carbon_by_hour(tables["sessions"], tables["load"], result.scenario.days, word)),
        ]
    if tables["tanks"].height:
        plots.append(("river", figures.tank_levels(tables["tanks"], word)))
    plots += [
        ("carbon", figures.carbon_bars(tables["carbon"], word)),
        ("stock", figures.stock_area(tables["stock"], word)),
        ("petroleum", figures.petroleum_line(tables["petroleum"], word)),
    ]
    sections: list[dict[str, str]] = []
    for number, (name, plot) in enumerate(plots):
        html = plotly.io.to_html(
            plot, include_plotlyjs=False, full_html=False, div_id=f"plot-{number}", config={"displaylogo": False}
        )
        repeated = bool(sections) and sections[-1]["name"] == name
        sections.append({"name": name, "title": "" if repeated else word[name], "html": html})
    return sections


def _station_table(stations: pl.DataFrame) -> pl.DataFrame:
    """Return one row a station: means over replications."""
    means = ["arrivals", "served", "energy_kwh", "wait_mean_min", "wait_p95_min", "gun_utilisation_share", "peak_kw"]
    return stations.group_by("station_id", maintain_order=True).agg(
        pl.col("town", "site", "piles", "guns").first(), pl.col(means).mean().round(3)
    )


def _preview_table(preview: pl.DataFrame) -> pl.DataFrame:
    """Return one row a station: formulas and simulation, means over replications."""
    means = [
        "offered_erlang",
        "busy_hour_erlang",
        "utilisation_share",
        "simulated_utilisation_share",
        "wait_share",
        "wait_mean_min",
        "simulated_wait_mean_min",
        "wait_difference_min",
    ]
    return preview.group_by("station_id", maintain_order=True).agg(
        pl.col("guns").first(), pl.col(means).mean().round(3), pl.col("stable").all()
    )


def _check_table(checks: pl.DataFrame) -> pl.DataFrame:
    """Return one row a check: both sides in the first replication, and whether it holds in all."""
    return checks.group_by("check", maintain_order=True).agg(
        pl.col("expected", "got").first().round(6), pl.col("holds").all()
    )


def _figure_table(county: County) -> pl.DataFrame:
    """Return the county's figures, assumptions first."""
    order = pl.col("confidence") != "assumption"
    return county.figures.sort(order, "key").select(
        "key", "value", "unit", "low", "high", "year", "confidence", "source", "note"
    )


def _used_sources(county: County) -> pl.DataFrame:
    """Return the bibliography."""
    return county.sources.select("source_id", "title", "year", "kind", "licence")


def _records(frame: pl.DataFrame) -> dict[str, Any]:
    """Return a frame as header and rows of text for the template."""
    rows = [
        ["" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in frame.iter_rows()
    ]
    return {"header": frame.columns, "rows": rows}


def _commands(result: Run) -> list[str]:
    """Return the commands that repeat the run: by its manifest, and a shipped scenario by all keys that differ."""
    scenario = result.scenario
    commands = ["xijiang run --from manifest.json --out again"]
    if scenario.name in shipped():
        both = (Scenario.load(scenario.name), scenario)
        was, now = (flatten(one.model_dump(mode="json", exclude=_LABELS)) for one in both)
        changed = [(key, value) for key, value in now.items() if was.get(key) != value]
        sets = [part for key, value in changed for part in ("--set", f"{key}={_toml(value)}")]
        given = ["--seed", str(result.manifest["seed"]), "-n", str(result.manifest["replications"])]
        commands.insert(0, shlex.join(["xijiang", "run", scenario.name, *given, *sets]))
    return commands


def _toml(value: object) -> str:
    """Return a value as `--set` reads it."""
    return value if isinstance(value, str) else json.dumps(value)
