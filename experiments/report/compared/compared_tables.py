"""Tables of a comparison: the alternatives ranked, with their size and cost; differences; scenarios by layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from charging.costs.price_table import Prices
from charging.costs.station_costs import station_costs
from data.money import FEN
from experiments.formatting import figure
from experiments.report.guards import csv_cell
from experiments.report.sentences import comparing
from experiments.report.sentences.comparing import JUDGEMENTS, measure_name
from experiments.report.shown_tables import Cell, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.report.compared.compared_runs import Compared
    from experiments.report.language import Translate
    from experiments.runs.tables import Run

MILLION: Final = 1e6
_NOTHING: Final = 1e-9  # less is the last digit of a sum


def ranked(compared: Compared, translate: Translate) -> Shown:
    """Return one row per alternative, the best first: measure, probability, size and cost with their range."""
    runs = dict(zip(compared.names, compared.results, strict=True))
    measure = compared.ranking["measure"][0]
    unit = dict(compared.differences.select("measure", "unit").iter_rows()).get(measure, "")
    heads = [translate(head) for head in ("rank", "alternative")]
    heads += [f"{measure_name(measure, translate)}, {translate(unit)}", translate("probability to be the best")]
    assumed = compared.ranking["p_best_assumed"].count() > 0
    if assumed:
        heads.append(translate("the same over the assumptions"))
    heads += [translate("piles"), translate("guns"), translate("stations")]
    costs = [_cost(run) for run in runs.values()]
    if any(costs):
        heads += [
            translate("to build, million CNY"),
            translate("range of the prices"),
            translate("a year, million CNY"),
        ]
    rows = []
    for rank, name, _, mean, chance, over in compared.ranking.iter_rows():
        chances = [chance, over] if assumed else [chance]
        row = [_plain(rank), _text(name), _mean(mean), *(_number(one, "share") for one in chances)]
        row += _size(runs[name])
        if any(costs):
            cost = costs[compared.names.index(name)]
            row += cost or [_text("")] * 3
        rows.append(row)
    return Shown("", heads, rows)


def _size(run: Run) -> list[Cell]:
    """Return piles, guns and stations of a layout."""
    layout = run.tables["layout"]
    guns = int((layout["piles"] * layout["guns_per_pile"]).sum())
    return [_plain(int(layout["piles"].sum())), _plain(guns), _plain(layout["station_id"].n_unique())]


def _cost(run: Run) -> list[Cell]:
    """Return what all stations of a layout cost to build, its range, and a year; nothing where prices are not known.

    A year is the investment over its life, rents and upkeep, without electricity.
    """
    if not run.county.tables["infrastructure_prices"].height:
        return []
    built, yearly = {}, {}
    for level in ("low", "value", "high"):
        costs = station_costs(run.tables["layout"], Prices.from_county(run.county, level=level))
        built[level], yearly[level] = (
            float(costs[column].sum()) / FEN / MILLION for column in ("investment_fen", "yearly_fen")
        )
    ends = f"{built['low']:.1f}–{built['high']:.1f}"
    return [_number(built["value"]), _text(ends), _number(yearly["value"])]


def differences(rows: pl.DataFrame, translate: Translate, *, keys: Mapping[str, str] | None = None) -> Shown:
    """Return differences as a table, those that are clear first.

    Parameters
    ----------
    rows : polars.DataFrame
        Columns of `experiments.designs.judgement.DIFFERENCES`, or of its `GROUPS` with `keys`.
    translate : Translate
        Into the language.
    keys : mapping of str to str, optional
        Names of towns, classes or stations: they stand in front.
    """
    heads = [translate(head) for head in comparing.HEADS[:-1]]
    seen = rows.filter(pl.col("difference").is_not_null())
    clear = seen["judgement"].is_in(["worse", "better"])
    ordered = pl.concat([seen.filter(clear), seen.filter(~clear)])
    lines = []
    for row in ordered.iter_rows(named=True):
        cells = _difference(row, translate)
        lines.append(cells if keys is None else [_named(row["key"], keys, translate), *cells])
    return Shown("", heads if keys is None else [translate("who"), *heads], lines)


def _named(key: str, names: Mapping[str, str], translate: Translate) -> Cell:
    """Return the name of a town, class or station, with its id as a hint."""
    name = names.get(key) or translate(key.replace("_", " "))
    return Cell(name, csv_cell(name), key if name != key else "")


def _difference(row: Mapping[str, Any], translate: Translate) -> list[Cell]:
    """Return the cells of a difference."""
    unit = row["unit"]
    interval = _text("")
    if row["low"] is not None:
        ends = {end: _number(row[end], unit, translate).text for end in ("low", "high")}
        interval = _text(translate("{low} to {high}").format(**ends))
    return [
        _text(row["alternative"]),
        _text(f"{translate(row['words'])}"),
        *(_number(row[name], unit, translate) for name in ("reference", "other", "difference")),
        interval,
        _text(translate(JUDGEMENTS[row["judgement"]])),
    ]


def over_assumptions(doubt: pl.DataFrame, translate: Translate) -> Shown:
    """Return differences over the assumptions as a table: `experiments.designs.doubted.DOUBT`."""
    heads = [translate(head) for head in comparing.DOUBT_HEADS]
    lines = []
    for row in doubt.iter_rows(named=True):
        ends = {end: _number(row[end], row["unit"], translate).text for end in ("low", "high")}
        lines.append(
            [
                _text(row["alternative"]),
                _text(measure_name(row["measure"], translate)),
                _number(row["difference"], row["unit"], translate),
                _text(translate("{low} to {high}").format(**ends)),
                *(_number(row[name], "share") for name in ("p_worse", "p_better")),
            ]
        )
    return Shown("", heads, lines)


def matrix(compared: Compared, translate: Translate) -> Shown | None:
    """Return the measure of the ranking by scenario and layout; None where there is one scenario or one layout."""
    pairs = [(run.scenario.name, str(run.scenario.charging.layout)) for run in compared.results]
    scenarios, layouts = (list(dict.fromkeys(pair[at] for pair in pairs)) for at in (0, 1))
    if len(scenarios) < 2 or len(layouts) < 2:
        return None
    means = dict(compared.ranking.select("alternative", "mean").iter_rows())
    values = {pair: means[name] for pair, name in zip(pairs, compared.names, strict=True)}
    rows = [[_text(one), *(_mean(values.get((one, layout))) for layout in layouts)] for one in scenarios]
    return Shown("", [translate("scenario"), *layouts], rows)


def _text(text: str) -> Cell:
    """Return a cell with a text."""
    return Cell(text, csv_cell(text))


def _plain(number: int) -> Cell:
    """Return a cell with a whole number."""
    return Cell(f"{number:,}", str(number))


def _mean(value: float | None) -> Cell:
    """Return a cell with a measure of an alternative, with the digits in which alternatives differ."""
    return Cell("", "") if value is None else Cell(comparing.number_text(value), f"{value:g}")


def _number(value: float | None, unit: str | None = None, translate: Translate | None = None) -> Cell:
    """Return a cell with a number; plain in the download."""
    if value is None:
        return Cell("", "")
    value = value if abs(value) > _NOTHING else 0.0
    shown = unit if translate is None or unit is None or unit in {"share", "year"} else translate(unit)
    return Cell(figure(value, shown), f"{value:g}")
