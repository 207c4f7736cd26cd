"""``xijiang carbon`` in sentences: verdicts, what buses and taxis do, what freight needs, when petroleum peaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

import fleet
from data.tables.roles import FREIGHT, classes_of
from experiments.pathways.carbon_draws import PEAK
from experiments.scorecard.card import headline
from fleet.emissions.accounts import HEADLINE_GRID

if TYPE_CHECKING:
    from data.county import County


def target_words(card: pl.DataFrame) -> list[str]:
    """Return the verdict on each target, with its interval and the share of the draws that keep its limit."""
    lines = []
    for row in headline(card).iter_rows(named=True):
        if row["value"] is None:
            continue
        said = "{:.0f}" if row["metric"] == PEAK else "{:+.1%}"
        text = f"Target {row['target_id']} is {row['verdict']}: {said.format(row['value'])}"
        if row["assumption_low"] is not None:
            low, high = (said.format(row[end]) for end in ("assumption_low", "assumption_high"))
            text += f" ({low} to {high} in 95 % of the draws"
            text += ")" if row["p_met"] is None else f"; {row['p_met']:.0%} of them keep its limit)"
        lines.append(f"{text}.")
    return lines


def verdict_words(county: County, account: pl.DataFrame, goals: dict[str, tuple[float, int]]) -> list[str]:
    """Return the change of each mode and boundary, and in which series it meets its target."""
    base = round(county.figure("carbon.baseline_year"))
    lines = []
    for mode, (goal, year) in goals.items():
        both = account.filter((pl.col("mode") == mode) & (pl.col("year") == year))
        rows = both.filter(pl.col("grid") == HEADLINE_GRID)
        for boundary in rows["boundary"].unique(maintain_order=True):
            bounded = rows.filter(pl.col("boundary") == boundary).sort("series")
            start = f"{mode}, boundary {boundary}, {year} against {base}: "
            if bounded["change"].null_count():
                lines.append(f"{start}no turnover, so no intensity and no verdict.")
                continue
            moved = both.filter((pl.col("grid") == "moving") & (pl.col("boundary") == boundary))
            moving = dict(moved.select("series", "change").iter_rows())
            parts = [f"series {row['series']} {_change(row, moving)}" for row in bounded.iter_rows(named=True)]
            verdict = _met_in(bounded, goal)
            if _met_in(moved, goal) != verdict:
                verdict += f"; with the grid of each year {_met_in(moved, goal)}"
            lines.append(f"{start}{'; '.join(parts)}. Target {goal:+.0%}: {verdict}.")
    return lines


def _met_in(rows: pl.DataFrame, goal: float) -> str:
    """Return in which series a change meets its target."""
    met = rows.filter(pl.col("change") <= goal)["series"].sort().to_list()
    return f"met in series {', '.join(met)}" if met else "met in no series"


def effect_words(effect: pl.DataFrame, goals: dict[str, tuple[float, int]]) -> list[str]:
    """Return what electric buses and taxis do to the target of road transport, as computed; nothing without one."""
    if "road" not in goals:
        return []
    year = goals["road"][1]
    rows = effect.filter((pl.col("year") == year) & (pl.col("grid") == HEADLINE_GRID))
    if not rows.height:
        return []
    parts = []
    for boundary in rows["boundary"].unique(maintain_order=True):
        bounded = rows.filter(pl.col("boundary") == boundary).sort("series")
        shown = [
            f"{series} {100.0 * value + 0.0:+.1f}" if value else f"{series} not at all"
            for series, value in bounded.select("series", "effect").iter_rows()
        ]
        parts.append(f"boundary {boundary} {', '.join(shown)}")
    return [f"Electric buses and taxis move the change to {year} (in points, by series): {'; '.join(parts)}."]


def needed_words(county: County, goals: dict[str, tuple[float, int]]) -> list[str]:
    """Return how much of the freight must be electric for the road's target, with and without the grid's emissions."""
    if "road" not in goals:
        return []
    goal, year = goals["road"]
    parts = []
    for name in classes_of(county.vehicle_classes, *FREIGHT):
        powers = set(county.energy_use.filter(pl.col("vehicle_class") == name)["power"])
        if not {"diesel", "bev"} <= powers:
            continue
        shares = {
            series: fleet.electric_share_needed(county, name, change=goal, year=year, series=series) for series in "abc"
        }
        shown = [
            f"{series} {share:.0%}" if share is not None and share <= 1.0 else f"{series} out of reach"
            for series, share in shares.items()
        ]
        parts.append(f"{name.replace('_', ' ')} {', '.join(shown)}")
    return (
        [f"Share of a class's t km that electric trucks alone need for {goal:+.0%}: {'; '.join(parts)}."]
        if parts
        else []
    )


def peak_words(oil: pl.DataFrame, peak: pl.DataFrame) -> list[str]:
    """Return when petroleum peaks."""
    top = oil.sort("petroleum_t", descending=True).row(0, named=True)
    text = f"Petroleum of land transport is highest in {top['year']} ({top['petroleum_t']:,.0f} t)."
    if peak.height:
        seen = peak.filter(pl.col("peak_share") >= 0.005)
        shown = ", ".join(f"{year} {share:.0%}" for year, share in seen.iter_rows())
        text += f" Share of draws that peak in a year: {shown}."
    return [text]


def _change(row: dict[str, Any], moving: dict[str, float]) -> str:
    """Return a change with its range, and with the grid of each year where that counts."""
    more = [] if row["low"] is None else [f"{row['low']:+.1%} to {row['high']:+.1%}"]
    if row["series"] != "a":
        more.append(f"grid moving {moving[row['series']]:+.1%}")
    return f"{row['change']:+.1%}" + (f" ({'; '.join(more)})" if more else "")
