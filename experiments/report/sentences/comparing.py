"""A comparison in sentences: what is worse and better, what would decide the rest, who gains and who loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from experiments.report.sentences.story import _
from experiments.report.words.labels import amount
from experiments.statistics.measures import MEASURES
from experiments.statistics.paired import NO_DIFFERENCE, SAME, UNDECIDED
from experiments.statistics.replications import FIRST, MOST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.report.language import Translate

JUDGEMENTS: Final[Mapping[str, str]] = {
    "better": _("better"),
    "worse": _("worse"),
    "context": _("context"),
    NO_DIFFERENCE: _("no clear difference"),
    SAME: _("the same"),
    UNDECIDED: _("not decided"),
}
"""English word by judgement."""

GROUPS: Final[Mapping[str, str]] = {
    "town": _("{judgement} for drivers from: {list}."),
    "class": _("{judgement} for: {list}."),
    "station": _("{judgement} at the stations: {list}."),
}
"""English sentence by kind of group."""

TITLE: Final = _("Reference: {reference}; paired differences on common random numbers")
HEADS: Final = (
    _("alternative"),
    _("measure"),
    _("reference"),
    _("other"),
    _("difference"),
    _("interval"),
    _("judgement"),
    _("x replications"),
)
"""Heads of the table of differences."""
DOUBT_HEADS: Final = (
    _("alternative"),
    _("measure"),
    _("difference"),
    _("interval over the assumptions"),
    _("probability to be worse"),
    _("probability to be better"),
)
"""Heads of the table of differences over the assumptions."""
NOTES: Final = (
    _("Intervals of the measures that decide (those of service, or --on) hold together with a probability of 0.95."),
    _("x replications: how many times more replications independent seeds would need for the same interval."),
)
ALIKE: Final = _("The same in every replication: {list}.")
SURE: Final = _("Best by procedure KN: {best} (with a probability of 0.95 it is the best, or within the zone).")
UNSURE: Final = _("Best by procedure KN: {best} so far; not certain.")
_SURE: Final = 0.95  # from here on the first is called the best, not the first
FILES: Final = _("Runs, values.csv, differences.csv, groups.csv, ranking.csv and doubt.csv: {folder}")


def told_comparison(
    differences: pl.DataFrame,
    groups: pl.DataFrame,
    ranking: pl.DataFrame,
    *,
    reference: str,
    deciding: list[str],
    names: Mapping[str, str],
    translate: Translate,
    doubt: pl.DataFrame | None = None,
) -> list[str]:
    """Return what a comparison says.

    Parameters
    ----------
    differences, groups, ranking : polars.DataFrame
        Tables of the comparison, as `experiments.designs.judgement` makes them.
    reference : str
        The alternative that the others are compared with.
    deciding : list of str
        Measures of which it is said how many replications would decide them.
    names : mapping of str to str
        Names of towns, stations and classes by key, in the language.
    translate : Translate
        Into the language.
    doubt : polars.DataFrame, optional
        Differences over the assumptions, as `experiments.designs.doubted` makes them.
    """
    if differences["pairs"].max() in (None, 0, 1):
        said = _("One replication decides nothing: a single pair has no interval. `-n {number}` gives one.")
        return [translate(said).format(number=FIRST)]
    lines = []
    for part in differences.partition_by("alternative", maintain_order=True):
        name = part["alternative"][0]
        parts = [
            *_clear(part, translate),
            *_unclear(part.filter(pl.col("measure").is_in(deciding)), translate),
            *([] if doubt is None else doubted(part, doubt.filter(alternative=name), translate)),
            *_who(groups.filter(alternative=name), names, translate),
        ]
        if (part.filter(pl.col("pairs") > 0)["judgement"] == SAME).all():
            parts = [translate(_("the same in every replication and measure."))]
        said = translate(_("{alternative} against {reference}: {parts}"))
        lines.append(said.format(alternative=name, reference=reference, parts=" ".join(parts)))
    return [*lines, *_ranked(ranking, translate)]


def _clear(part: pl.DataFrame, translate: Translate) -> list[str]:
    """Return the clear differences of an alternative: what is worse, what is better, and what is neither."""
    said = {
        "worse": translate(_("worse: {list}.")),
        "better": translate(_("better: {list}.")),
        "context": translate(_("for context, neither better nor worse: {list}.")),
    }
    lines = []
    for judged, sentence in said.items():
        rows = part.filter(judgement=judged)
        if rows.height:
            listed = translate(_("; ")).join(_change(row, translate) for row in rows.iter_rows(named=True))
            lines.append(sentence.format(list=listed))
    return lines or [translate(_("no clear difference in any measure."))]


def _unclear(part: pl.DataFrame, translate: Translate) -> list[str]:
    """Return how many replications would decide what is not clear."""
    rows = part.filter(judgement=NO_DIFFERENCE)
    if not rows.height:
        return []
    listed = [
        translate(_("{measure} (about {number} replications would)")).format(
            measure=measure_name(name, translate), number=number
        )
        if number is not None
        else translate(_("{measure} (not even {number} replications would)")).format(
            measure=measure_name(name, translate), number=MOST
        )
        for name, number in rows.select("measure", "pairs_to_decide").iter_rows()
    ]
    return [translate(_("not decided: {list}.")).format(list=translate(_("; ")).join(listed))]


def _who(groups: pl.DataFrame, names: Mapping[str, str], translate: Translate) -> list[str]:
    """Return which towns, classes and stations are clearly worse or better off."""
    lines = []
    for by, sentence in GROUPS.items():
        for judged in ("worse", "better"):
            rows = groups.filter(by=by, judgement=judged)
            # those who gain or lose most first
            keys = rows.sort(pl.col("difference").abs(), descending=True)["key"].to_list()
            if keys:
                listed = translate(_(", ")).join(names.get(key) or translate(key.replace("_", " ")) for key in keys)
                lines.append(translate(sentence).format(judgement=translate(JUDGEMENTS[judged]), list=listed))
    return lines


def _ranked(ranking: pl.DataFrame, translate: Translate) -> list[str]:
    """Return the alternatives from best to worst with the probability that each is the best."""
    rows = ranking.drop_nulls("p_best")
    if not rows.height:
        return []
    parts = [
        _chances(name, chance, assumed, translate)
        for name, chance, assumed in rows.select("alternative", "p_best", "p_best_assumed").iter_rows()
    ]
    said = translate(_("From best to worst by {measure}: {list}."))
    return [said.format(measure=measure_name(rows["measure"][0], translate), list=translate(_(", ")).join(parts))]


def _chances(name: str, chance: float, assumed: float | None, translate: Translate) -> str:
    """Return an alternative with the probabilities that it is the best: by chance, and over the assumptions."""
    if assumed is None:
        return translate(_("{alternative} ({chance} the best)")).format(alternative=name, chance=_percent(chance))
    both = translate(_("{alternative} ({chance} the best; over the assumptions {assumed})"))
    return both.format(alternative=name, chance=_percent(chance), assumed=_percent(assumed))


def _percent(share: float) -> str:
    """Return a probability for reading; one that is no certainty is not rounded to it."""
    if 0.0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1.0 else f"{100.0 * share:.0f} %"


def winner(ranking: pl.DataFrame, differences: pl.DataFrame, reference: str, translate: Translate) -> list[str]:
    """Return which alternative is best, how sure that is, and by how much; each figure is one of the tables.

    Parameters
    ----------
    ranking, differences : polars.DataFrame
        Tables of the comparison, as `experiments.designs.judgement` makes them.
    reference : str
        The alternative that the others are compared with.
    translate : Translate
        Into the language.
    """
    best, measure, mean, chance = ranking.select("alternative", "measure", "mean", "p_best").row(0)
    named = measure_name(measure, translate)
    if chance is None:
        return [translate(_("One replication, or a measure that was not always seen, names no best alternative."))]
    sure = _("{best} is the best by {measure} with a probability of {chance}: {mean}.")
    unsure = _(
        "No alternative is the best by {measure} with a probability of 95 %; {best} comes first with {chance}: {mean}."
    )
    units = dict(differences.select("measure", "unit").iter_rows())
    value = f"{number_text(mean)} {translate(units.get(measure, ''))}".strip()
    said = translate(sure if chance >= _SURE else unsure).format(
        best=best, measure=named, chance=_percent(chance), mean=value
    )
    assumed = ranking["p_best_assumed"][0]
    over = translate(_("Within the ranges of the assumptions it is the best with a probability of {chance}."))
    lines = [said] if assumed is None else [said, over.format(chance=_percent(assumed))]
    pair = differences.filter(alternative=best, measure=measure)
    if best == reference or not pair.height or pair["difference"][0] is None:
        return lines
    row = pair.row(0, named=True)
    against = translate(_("Against {reference} the difference is {difference} ({judgement})."))
    return [
        *lines,
        against.format(
            reference=reference,
            difference=amount(row["difference"], row["unit"], translate),
            judgement=translate(JUDGEMENTS[row["judgement"]]),
        ),
    ]


def doubted(part: pl.DataFrame, doubt: pl.DataFrame, translate: Translate) -> list[str]:
    """Return which differences hold over the assumptions, and which may turn.

    Parameters
    ----------
    part : polars.DataFrame
        Differences of an alternative.
    doubt : polars.DataFrame
        The same over the assumptions.
    translate : Translate
        Into the language.
    """
    judged = dict(part.select("measure", "judgement").iter_rows())
    rows = [row for row in doubt.iter_rows(named=True) if row["low"] != row["high"] or row["low"] != 0.0]
    stays = [
        row for row in rows if (row[f"p_{judged.get(row['measure'])}"] if _is_clear(row, judged) else 0.0) >= _SURE
    ]
    turns = [row for row in rows if row not in stays and row["p_worse"] is not None]
    said = []
    if stays:
        listed = translate(_("; ")).join(measure_name(row["measure"], translate) for row in stays)
        holds = _("Within the ranges of the assumptions ({points} short runs of each) this holds for: {list}.")
        said.append(translate(holds).format(points=stays[0]["points"], list=listed))
    if turns:
        listed = translate(_("; ")).join(_turning(row, translate) for row in turns)
        said.append(translate(_("It depends on the assumptions: {list}.")).format(list=listed))
    return said


def _is_clear(row: Mapping[str, Any], judged: Mapping[str, str]) -> bool:
    """Return whether a measure is better or worse by its replications."""
    return judged.get(row["measure"]) in ("better", "worse")


def _turning(row: Mapping[str, Any], translate: Translate) -> str:
    """Return a difference that goes both ways over the assumptions."""
    said = translate(_("{measure} (worse in {worse}, better in {better} of the short runs; {low} to {high})"))
    return said.format(
        measure=measure_name(row["measure"], translate),
        worse=_percent(row["p_worse"]),
        better=_percent(row["p_better"]),
        low=amount(row["low"], row["unit"], translate),
        high=amount(row["high"], row["unit"], translate),
    )


def measure_name(name: str, translate: Translate) -> str:
    """Return a measure in words."""
    return translate(MEASURES[name].words)


def _change(row: Mapping[str, Any], translate: Translate) -> str:
    """Return a difference in words."""
    values = f"{number_text(row['reference'])} -> {number_text(row['other'])} {translate(row['unit'])}"
    return f"{measure_name(row['measure'], translate)} {values}"


def number_text(number: float | None) -> str:
    """Return a number for reading."""
    if number is None:
        return "-"
    return f"{number:,.0f}" if abs(number) >= 1000.0 else f"{number:.4g}"


def cells(row: Mapping[str, Any], translate: Translate) -> list[str]:
    """Return a difference as the cells of a table with `HEADS`."""
    interval = ""
    if row["low"] is not None:
        ends = (number_text(row["low"]), number_text(row["high"]))
        interval = translate(_("{low} to {high}")).format(low=ends[0], high=ends[1])
    return [
        row["alternative"],
        f"{row['measure']}, {row['unit']}",
        *(number_text(row[name]) for name in ("reference", "other", "difference")),
        interval,
        translate(JUDGEMENTS[row["judgement"]]),
        "" if row["variance_ratio"] is None else f"{row['variance_ratio']:.3g}",
    ]
