"""The towns on the map by what an alternative changes for their drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from experiments.formatting import figure
from experiments.report.county_map.drawing import BAR, NEUTRAL
from experiments.report.sentences.comparing import JUDGEMENTS
from experiments.statistics.paired import NO_DIFFERENCE, SAME

if TYPE_CHECKING:
    from data.county import County
    from experiments.report.language import Translate
    from experiments.report.words.place_names import PlaceNames

_GOOD_TO_BAD: Final = [[0.0, "#1b7837"], [0.25, "#a6dba0"], [0.5, "#f7f7f7"], [0.75, "#f4a582"], [1.0, "#b2182b"]]
"""Less burden green, more red, none white (ColorBrewer's PRGn and RdBu halves)."""


def change_payload(
    county: County, groups: pl.DataFrame, names: PlaceNames, translate: Translate
) -> dict[str, Any] | None:
    """Return what the page needs to colour the towns by what a request costs their drivers more or less.

    Parameters
    ----------
    county : data.County
        Whose towns they are.
    groups : polars.DataFrame
        Differences by town: columns of `experiments.designs.judgement.GROUPS`.
    names : PlaceNames
        Names in the language.
    translate : Translate
        Into the language.

    Returns
    -------
    dict or None
        As `experiments.report.county_map.drawing.map_payload`, with a layer per alternative; None where no town was
        seen in two alternatives.
    """
    seen = groups.filter(pl.col("by") == "town", pl.col("difference").is_not_null())
    # one scale for all alternatives: their colours compare
    most = max((abs(float(value)) for value in seen["difference"]), default=0.0)
    if most == 0.0:
        return None
    towns = county.towns["town"].to_list()
    said = translate("{alternative}: change of the burden per request, CNY")
    layers: list[dict[str, Any]] = []
    for name in seen["alternative"].unique(maintain_order=True):
        changes = dict(seen.filter(alternative=name).select("key", "difference").iter_rows())
        values = [None if town not in changes else round(changes[town], 3) for town in towns]
        layers.append(
            {
                "key": f"change-{len(layers)}",
                "title": said.format(alternative=name),
                "of": "towns",
                "values": values,
                "low": -most,
                "high": most,
                "reversed": False,
                "scale": _GOOD_TO_BAD,
            }
        )
    cards = [_card(town, seen.filter(key=town), names, translate) for town in towns]
    empty: dict[str, Any] = {"day": None, "guns": [], "names": [], "lng": []}
    looks = {"scale": _GOOD_TO_BAD, "neutral": NEUTRAL, "bar": BAR}
    return {**looks, **empty, "layers": layers, "cards": {"towns": cards}}


def _card(town: str, rows: pl.DataFrame, names: PlaceNames, translate: Translate) -> dict[str, Any]:
    """Return the card of a town: what a request costs its drivers in each alternative, and the change."""
    lines: list[list[str]] = []
    for row in rows.iter_rows(named=True):
        if not lines:
            lines.append([translate("reference"), figure(row["reference"], row["unit"])])
        judged = translate(JUDGEMENTS[row["judgement"]])
        lines.append([row["alternative"], f"{figure(row['other'], row['unit'])} ({judged})"])
    return {"title": names.name("towns", town), "lines": lines}


def changed(groups: pl.DataFrame) -> list[str]:
    """Return the towns for whose drivers an alternative is clearly better or worse, those that change most first."""
    clear = ~pl.col("judgement").is_in([NO_DIFFERENCE, SAME]) & pl.col("judgement").is_in(["better", "worse"])
    rows = groups.filter(pl.col("by") == "town", clear).sort(pl.col("difference").abs(), descending=True)
    return rows["key"].unique(maintain_order=True).to_list()
