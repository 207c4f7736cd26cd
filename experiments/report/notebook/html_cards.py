"""Cards that a notebook shows of a run, a comparison, a sweep or a sizing: the answer first, tables after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from experiments.report.headline import headline
from experiments.report.language import SPACES, translator
from experiments.report.sentences.comparing import cells, told_comparison
from experiments.report.verdicts import Verdicts
from experiments.report.words.findings import SHOWN, finding_text
from experiments.report.words.place_names import PlaceNames

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl

    from data.goals import Sizing
    from experiments.runs.tables import Run

MOST_ROWS: Final = 12
"""Rows of a table in a card; the attribute holds them all."""


def run_card(run: Run, language: str = "en") -> str:
    """Return the answer of a run and its scorecard as HTML."""
    translate = translator(language)
    names = PlaceNames(run.county, language, translate)
    verdicts = Verdicts(run.tables, run.county, language, names, translate, command="")
    scenario = run.scenario
    rows = [
        (row.target, row.measure, row.line.goal, row.line.value, row.line.verdict, row.line.interval)
        for row in verdicts.rows()
    ]
    heads = ("target", "measure", "goal", "value", "verdict", "interval")
    return _card(
        scenario.title or scenario.name,
        f"{scenario.name} · {scenario.replications} x {scenario.days} d · seed {scenario.seed}",
        [SPACES[language].join(headline(run, verdicts, translate))],
        [_table([translate(head) for head in heads], rows)] if rows else [],
        ".plot, .report(path), .scorecard, .facts, .sessions, ... (dir(result) lists all tables)",
    )


def comparison_card(
    names: Sequence[str],
    differences: pl.DataFrame,
    groups: pl.DataFrame,
    ranking: pl.DataFrame,
    run: Run,
    *,
    deciding: list[str],
    doubt: pl.DataFrame | None = None,
) -> str:
    """Return a comparison in sentences, and its clear differences as a table."""
    translate = translator("en")
    places = PlaceNames(run.county, "en", translate).by_key(None)
    lines = told_comparison(
        differences,
        groups,
        ranking,
        reference=names[0],
        deciding=deciding,
        names=places,
        translate=translate,
        doubt=doubt,
    )
    clear = differences.filter(differences["judgement"].is_in(["better", "worse", "context"])).head(MOST_ROWS)
    heads = ("alternative", "measure", "reference", "other", "difference", "interval", "judgement", "x replications")
    rows = [cells(row, translate) for row in clear.iter_rows(named=True)]
    return _card(
        " / ".join(names),
        f"{len(names)} alternatives on common random numbers",
        lines,
        [_table(heads, rows)] if rows else [],
        ".plot.differences(), .values, .differences, .groups, .ranking, .doubt, .results",
    )


def sizing_card(sizing: Sizing) -> str:
    """Return what was asked of a sizing, what it found and what binds."""
    translate = translator("en")
    key = "feasible" if sizing.feasible else "infeasible"
    verdict = translate(SHOWN[key])
    lines = [finding_text(sizing.question, translate), verdict]
    lines += [finding_text(found, translate) for found in sizing.binds]
    return _card("Sizing", "", lines, [_frame(sizing.answer)], ".plot.frontier(), .plot.map(), .answer, .frontier")


def sweep_card(points: pl.DataFrame, axes: Sequence[str], name: str, shown: Sequence[str]) -> str:
    """Return the points of a sweep with some of their measures."""
    kept = [column for column in (*axes, *shown) if column in points.columns]
    about = f"{points.height} points over {', '.join(axes)}"
    return _card(f"Sweep of {name}", about, [], [_frame(points.select(kept))], ".plot.measure(name), .points")


def _card(title: str, about: str, lines: Iterable[str], tables: Iterable[Markup], more: str) -> str:
    """Return a card; all text is escaped."""
    parts = [Markup("<h4 style='margin:0'>{}</h4><small>{}</small>").format(title, about)]
    parts += [Markup("<p style='max-width:60em'>{}</p>").format(line) for line in lines]
    parts += tables
    parts.append(Markup("<small><code>{}</code></small>").format(more))
    return str(Markup("<div>{}</div>").format(Markup("\n").join(parts)))


def _frame(frame: pl.DataFrame) -> Markup:
    """Return the first rows of a table."""
    flat = [
        name for name, kind in frame.schema.items() if not kind.is_nested() and frame[name].null_count() < len(frame)
    ]
    rows = frame.select(flat).head(MOST_ROWS).rows()
    texts = [[f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    left = frame.height - len(rows)
    after = Markup("<small>... {} more rows</small>").format(left) if left else Markup("")
    return _table(flat, texts) + after


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """Return a table; all cells are escaped."""
    head = Markup("").join(Markup("<th style='text-align:left'>{}</th>").format(text) for text in heads)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td style='text-align:left'>{}</td>").format(cell) for cell in row)
        )
        for row in rows
    )
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(head, body)
