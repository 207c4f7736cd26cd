"""The scorecard as the page shows it: one row per target, with its other criteria, evidence and assumptions."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from experiments.report.sentences import sentences
from experiments.report.sentences.flipping import told_doubt
from experiments.report.sentences.remedying import told_remedies
from experiments.report.sentences.story import Story
from experiments.report.words.labels import amount, code, figure_name
from experiments.scorecard.card import FLIPS, REMEDIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from data.county import County
    from experiments.report.language import Translate
    from experiments.report.words.place_names import PlaceNames

VERDICTS: Final = {
    "met": "met",
    "missed": "missed",
    "late": "late",
    "on course": "on course",
    "off course": "off course",
    "reported": "reported",
    "given": "given",
    "open": "open",
}
"""English word by verdict, in the order in which they are counted."""

REASONS: Final = {
    "needs replications": "The interval over replications spans the limit.",
    "range spans the limit": "The assumptions within their ranges give values on both sides of the limit.",
    "series disagree": "The series of the carbon accounts or the paths to the year disagree on the limit.",
    "at the limit": "The simulation holds the value at the limit, so it cannot pass it.",
    "left out": "The scenario does not simulate what the target asks for.",
    "no data": "The county's tables do not hold what the answer needs, or nothing was observed.",
    "no model": "No model of this version answers the metric.",
}
"""English sentence by reason for an open verdict."""

_TOLD: Final = frozenset({"left out", "no data", "no model"})
"""Reasons that the evidence tells more closely, where there is any."""

CRITERIA: Final = {
    "late_share": "drivers who wait too long or go without",
    "piles_total": "public charging piles",
    "unserved_share": "requests that are not served",
    "ebike_lost_share": "trips that find no bike with charge",
    "last_terminal_year": "year in which the last terminal opens",
    "project_opening_year": "year in which the first project opens",
    "holiday_wait_p95_min": "P95 of the wait on holidays",
    "given_path": "on the path that is given",
    "lng_p95_wait_min": "P95 of the wait at LNG stations",
    "stockout_share": "calls that find the tank dry",
    "lng_unserved_share": "calls that are not served",
}
"""English name by criterion that stands beside a metric."""


def criterion_name(name: str, translate: Translate) -> str:
    """Return a criterion in the reader's language, where no target stands beside that names its metric."""
    words = CRITERIA.get(name)
    return code(name, translate).replace("_", " ") if words is None else translate(words)


_NAMED_BY: Final = {
    "lng_stations_in_county": "lng_stations",
    "terminal_wait_h": "terminals",
    "travel_time_change_share": "road_projects",
}
"""Metrics whose facts belong to rows of a table that may share its ids with towns."""

_SIGNS: Final = {">=": "≥", "<=": "≤", "==": "=", "none": ""}
_GOOD: Final = frozenset({"met", "on course"})
_BAD: Final = frozenset({"missed", "late", "off course"})


@dataclass(frozen=True, slots=True)
class Line:
    """A criterion beside its limit, as text.

    Attributes
    ----------
    key, criterion : str
        The criterion as the scorecard names it, and its name.
    goal, value : str
        Limit and value with their unit.
    interval : str
        Interval over replications and range of the assumptions, in words.
    span, kind : str
        The interval alone, and what kind it is; empty where there is none.
    verdict, style : str
        The verdict in words, and its colour.
    """

    key: str
    criterion: str
    goal: str
    value: str
    interval: str
    span: str
    kind: str
    verdict: str
    style: str


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target of the plan on the page: the metric itself, what decides, and what stands behind it.

    ``own`` is the metric with its own verdict, ``line`` the metric with that of the target. ``step`` is the first of
    ``remedies`` as it is said after the measure; empty where there is none.
    """

    target: str
    measure: str
    wording: str
    year: str
    own: Line
    line: Line
    others: list[Line]
    decider: Line
    decided_by: str
    reason: str
    remedies: list[str]
    step: str
    evidence: list[str]
    rests_on: list[str]

    @property
    def shown(self) -> str:
        """Return the measure of the criterion that decides; it is named where it is not the metric itself."""
        return f"{self.measure} ({self.decider.criterion})" if self.decided_by else self.measure


class Verdicts:
    """The scorecard of a run in one language.

    Parameters
    ----------
    tables : mapping of str to polars.DataFrame
        Tables of the run: ``scorecard``, ``facts``, ``assumptions``, ``flips``.
    county : data.County
        Whose targets they are.
    language : str
        Of `experiments.report.language.LANGUAGES`.
    names : PlaceNames
        Names of places in the language.
    translate : Translate
        Into the language.
    command : str
        What runs the scenario again, such as ``xijiang run deqing-2030``.
    """

    def __init__(
        self,
        tables: Mapping[str, pl.DataFrame],
        county: County,
        language: str,
        names: PlaceNames,
        translate: Translate,
        *,
        command: str = "xijiang run",
    ) -> None:
        self._card, self._facts, self._assumptions = (tables[name] for name in ("scorecard", "facts", "assumptions"))
        # runs that somebody made by hand need not have it
        self._flips = tables.get("flips", FLIPS.to_frame())
        self._remedies = tables.get("remedies", REMEDIES.to_frame())
        draws = tables.get("answer_draws")
        self._drawn = set() if draws is None else set(draws.select("target_id", "criterion").unique().iter_rows())
        self._command = command
        self._language = language
        self._names = names
        stations = tables.get("stations")
        self._stations = () if stations is None else stations["station_id"].unique().sort().to_list()
        self._translate = translate
        self._lacking = [name for name, table in county.tables.items() if not table.height]
        self._targets = {row["target"]: row for row in county.targets.iter_rows(named=True)}

    def rows(self) -> list[TargetRow]:
        """Return one row per target, in the order of the scorecard."""
        return list(self._rows)

    @functools.cached_property
    def _rows(self) -> tuple[TargetRow, ...]:
        """The rows; topics, next steps and scorecard of a page all begin with them."""
        parts = self._card.partition_by("target_id", maintain_order=True)
        return tuple(self._row(part) for part in parts)

    def counts(self) -> dict[str, int]:
        """Return the number of targets by verdict in words, without verdicts that none has."""
        said = self._card.filter("decides")["verdict"].to_list()
        counted = {self._translate(word): said.count(verdict) for verdict, word in VERDICTS.items()}
        return {word: count for word, count in counted.items() if count}

    def verdict_of(self, metric: str) -> str | None:
        """Return the verdict on the first target of a metric; None where the plan has none."""
        found = self._card.filter(pl.col("decides") & (pl.col("metric") == metric))["verdict"]
        return found[0] if found.len() else None

    def _row(self, part: pl.DataFrame) -> TargetRow:
        """Return the row of a target from its criteria: the metric itself stands first."""
        criteria: list[dict[str, Any]] = part.to_dicts()
        main = criteria[0]
        decides = next((row for row in criteria if row["decides"]), main)
        target = main["target_id"]
        measure = self._said(target, "measure") or target
        lines = [self._line(row) for row in criteria]
        decider = lines[criteria.index(decides)]
        reason = decides["reason"] or ""
        # how sure it is and what would turn it before the figures behind it
        evidence = [*self._doubt(target, main["metric"]), *self._evidence(target, main["metric"])]
        return TargetRow(
            target=target,
            measure=measure,
            wording=self._said(target, "wording"),
            year="" if main["year"] is None else str(main["year"]),
            own=lines[0],
            line=replace(lines[0], **self._tag(decides["verdict"])),
            others=lines[1:],
            decider=decider,
            decided_by="" if decides is main else self._decided_by(decider),
            reason="" if evidence and reason in _TOLD else self._translate(REASONS.get(reason, reason)),
            remedies=self._closing(target, main["metric"]),
            step=next(iter(self._closing(target, main["metric"], under=measure)), ""),
            evidence=evidence,
            rests_on=self._rests_on(target),
        )

    def _line(self, row: Mapping[str, Any]) -> Line:
        """Return a criterion as text."""
        unit, limit = row["unit"], row["limit"]
        goal = "" if limit is None else f"{_SIGNS.get(row['comparator'], '')} {self._amount(limit, unit)}".strip()
        span, kind = self._span(row)
        return Line(
            key=row["criterion"],
            criterion=self._criterion(row["criterion"], row["metric"], row["target_id"]),
            goal=goal,
            value=self._amount(row["value"], unit),
            interval=self._interval(row),
            span=span,
            kind=kind,
            **self._tag(row["verdict"]),
        )

    def _decided_by(self, line: Line) -> str:
        """Return which criterion decides, with its figure and limit."""
        said = self._translate("Decided by: {criterion}, {value} against {goal}.")
        return said.format(criterion=line.criterion, value=line.value or self._translate("none"), goal=line.goal)

    def _criterion(self, criterion: str, metric: str | None, target: str) -> str:
        """Return the name of a criterion: the measure itself, a series of it, or one that stands beside it."""
        if criterion == metric and criterion not in CRITERIA:
            return self._said(target, "measure") or criterion
        series = criterion.removeprefix(f"{metric}_")
        if series != criterion:
            return code(series, self._translate)
        return self._translate(CRITERIA.get(criterion, criterion))

    def _evidence(self, target: str, metric: str | None) -> list[str]:
        """Return what there is to say about a target."""
        names = self._names.by_key(_NAMED_BY.get(metric or ""), stations=self._stations)
        tables = (self._card, self._facts, self._assumptions)
        return sentences(target, metric, *tables, self._translate, names=names, lacking=self._lacking)

    def about(self, target: str, tell: Callable[[Story], None]) -> list[str]:
        """Return what one telling alone says of a target."""
        mine = pl.col("target_id") == target
        story = Story(self._card.filter(mine), self._facts.filter(mine), self._translate, self._named())
        tell(story)
        return story.lines

    def _named(self) -> dict[str, str]:
        """Return the names of places and charging stations by id."""
        return self._names.by_key(stations=self._stations)

    def _doubt(self, target: str, metric: str | None) -> list[str]:
        """Return what the assumptions mean for a target, and what would change its verdict."""
        return told_doubt(target, self._card, self._flips, self.naming(target, metric), self._translate)

    def _closing(self, target: str, metric: str | None, *, under: str = "") -> list[str]:
        """Return what would close the open criteria of a target."""
        named = self.naming(target, metric)
        return told_remedies(target, self._remedies, named, self._translate, command=self._command, under=under)

    def naming(self, target: str, metric: str | None) -> Callable[[str], str]:
        """Return what names the criteria of a target."""
        return lambda name: self._criterion(name, metric, target)

    def _tag(self, verdict: str) -> dict[str, str]:
        """Return word and style of a verdict."""
        style = "met" if verdict in _GOOD else "missed" if verdict in _BAD else "open"
        return {"verdict": self._translate(VERDICTS.get(verdict, verdict)), "style": style}

    def _interval(self, row: Mapping[str, Any]) -> str:
        """Return the interval over replications and the range of assumptions, where they say more than the value."""
        spans = {
            "sampling": self._translate("{low} to {high}"),
            "assumption": self._translate("with the assumptions {low} to {high}"),
        }
        shown = []
        for kind, said in spans.items():
            low, high = row[f"{kind}_low"], row[f"{kind}_high"]
            if low is not None and low != high:
                shown.append(said.format(low=self._amount(low, row["unit"]), high=self._amount(high, row["unit"])))
        return self._translate("; ").join(shown)

    def _span(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """Return the interval and what kind it is: over replications, of drawn assumptions, or from end to end."""
        # where a share of the draws keeps the limit, the assumptions were drawn, as where the draws are at hand
        drawn = row["p_met"] is not None or (row["target_id"], row["criterion"]) in self._drawn
        of_draws = self._translate("95 per cent of the draws of the assumptions")
        kinds = {
            "sampling": self._translate("95 per cent over replications"),
            "assumption": of_draws if drawn else self._translate("range of the assumptions"),
        }
        ends = {kind: (row[f"{kind}_low"], row[f"{kind}_high"]) for kind in kinds}
        known = {kind: (low, high) for kind, (low, high) in ends.items() if low is not None and high is not None}
        said = self._translate("{low} to {high}")
        spans = [
            said.format(low=self._amount(low, row["unit"]), high=self._amount(high, row["unit"]))
            for low, high in known.values()
        ]
        between = self._translate("; ")
        return between.join(spans), between.join(kinds[kind] for kind in known)

    def _amount(self, value: float | None, unit: str | None) -> str:
        """Return a value with its unit."""
        return amount(value, unit, self._translate)

    def _rests_on(self, target: str) -> list[str]:
        """Return the assumptions behind a target: tables with their rows, figures by name."""
        said = self._translate("{table} ({rows} of {of_rows} rows)")
        mine = self._assumptions.filter(pl.col("target_id") == target)
        named = mine.select("table", "rows", "of_rows", "figure").iter_rows()
        return [
            figure_name(figure, self._translate)
            if figure
            else said.format(table=self._translate(table, "table"), rows=rows, of_rows=of_rows)
            for table, rows, of_rows, figure in named
        ]

    def _said(self, target: str, column: str) -> str:
        """Return a column of a target in the language; in English where the table has no other."""
        row = self._targets.get(target, {})
        return row.get(f"{column}_{self._language}") or row.get(column) or ""
